"""Goal: an officer writes hours that exist, and of an open round only what may still move."""

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from funding import clock
from funding.users.models import Role
from grants import rounds
from grants import terms as calls
from grants.models import Round, RoundFund
from tests import make
from tests.grants.applications.cast import Stage, stage, terms
from tests.grants.applications.test_officer_pages import typed
from tests.people import make_person, sign_in


@pytest.fixture
def cast(db: None) -> Stage:
    return stage()


@pytest.fixture
def desk(cast: Stage, client: Client) -> Client:
    """Pat's browser."""
    sign_in(client, cast.pat)
    return client


def untouched(desk: Client, round_: Round) -> dict[str, Any]:
    """What a browser sends of a round whose form nobody touched."""
    form = desk.get(f"/officer/rounds/{round_.slug}/").context["form"]
    return {
        field.html_name: str(field.field.widget.format_value(field.value()) or "")
        for field in form
        if not field.field.disabled
    }


@pytest.mark.parametrize(
    "facts",
    [
        # In Stockholm the clocks go forward and back in these hours.
        {"opens": "2027-03-28T02:30", "closes": "2027-04-01T10:00"},
        {"closes": "2027-10-31T02:30", "decides_on": "2027-12-01"},
        {"grace": "241"},
        {"opens": "soon"},
        {"decides_on": "2027-13-01"},
    ],
)
def test_hours_that_do_not_exist_are_refused(
    desk: Client, cast: Stage, facts: dict[str, str]
) -> None:
    answer = desk.post(f"/officer/rounds/new/{cast.entity.slug}/", typed(cast, **facts))
    assert answer.status_code == 422
    assert "For work in the field." in answer.text
    assert Round.objects.count() == 1


def test_of_an_open_round_only_later_dates_are_taken(desk: Client, cast: Stage) -> None:
    place = f"/officer/rounds/{cast.round.slug}/"
    was = calls.of(cast.round)
    end = (was.closes_at + dt.timedelta(days=3)).replace(second=0)
    local = end.astimezone(ZoneInfo(cast.entity.zone))
    told = typed(cast, closes=f"{local:%Y-%m-%dT%H:%M}", decides_on=f"{was.decides_on:%Y-%m-%d}")
    assert desk.post(place, told).status_code == 302
    now = calls.of(Round.objects.get())
    assert (now.closes_at, now.grace_minutes) == (end, 30)
    assert (now.name, now.call, now.maximum_minor) == (was.name, was.call, was.maximum_minor)
    assert (now.envelopes, now.opens_at) == (was.envelopes, was.opens_at)
    earlier = told | {"closes": f"{local - dt.timedelta(days=1):%Y-%m-%dT%H:%M}"}
    refused = desk.post(place, earlier)
    assert refused.status_code == 409
    assert "later but not earlier" in refused.text
    assert calls.of(Round.objects.get()) == now


def test_a_form_that_nobody_touched_changes_nothing(desk: Client, cast: Stage) -> None:
    late = clock.now().replace(microsecond=7) + dt.timedelta(days=9)
    lines = "One line.\nAnother line."
    for told in (
        terms(cast.fund, closes_at=late, call=lines),
        terms(cast.fund, closes_at=late, call=lines, opens_at=late - dt.timedelta(days=2)),
    ):
        made = rounds.create(entity_id=cast.entity.pk, terms=told, by=cast.pat)
        rounds.publish(round_id=made.pk, by=cast.pat)
        sent = {name: value.replace("\n", "\r\n") for name, value in untouched(desk, made).items()}
        assert desk.post(f"/officer/rounds/{made.slug}/", sent).status_code == 302
        assert calls.of(Round.objects.get(pk=made.pk)) == told


def test_a_round_lasts_longer_though_one_of_its_funds_was_closed(desk: Client, cast: Stage) -> None:
    cast.fund.is_open_to_gifts, cast.fund.closed_on = False, clock.today("UTC")
    cast.fund.save()
    sent = untouched(desk, cast.round) | {"grace": "60"}
    assert desk.post(f"/officer/rounds/{cast.round.slug}/", sent).status_code == 302
    assert Round.objects.get().grace_minutes == 60
    assert RoundFund.objects.get().fund == cast.fund


def test_a_round_without_a_fund_is_not_published(desk: Client, cast: Stage) -> None:
    told = typed(cast) | {f"fund_{cast.fund.pk}": ""}
    desk.post(f"/officer/rounds/new/{cast.entity.slug}/", told)
    made = Round.objects.get(name="Winter call")
    answer = desk.post(f"/officer/rounds/{made.slug}/publish/")
    assert answer.status_code == 409
    assert "Name the funds" in answer.text
    made.refresh_from_db()
    assert made.published_at is None


def test_the_desk_of_an_empty_installation_says_what_comes_next(client: Client, db: None) -> None:
    sign_in(client, make_person("pat@example.org", "Pat", Role.OFFICER))
    assert "No round was written yet" in client.get("/officer/").text
    assert "there is none yet" in client.get("/officer/").text
    assert "Nothing was sent in yet" in client.get("/officer/applications/").text
    make.entity(legal_name="First Foundation")
    make.entity(legal_name="Second Foundation")
    assert "Write a round of Second Foundation" in client.get("/officer/").text
