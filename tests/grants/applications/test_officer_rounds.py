"""Goal: an officer writes hours that exist, and of an open round only what may still move."""

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.forms import BoundField
from django.test import Client

from funding import clock
from funding.users.models import Role
from grants import rounds
from grants import terms as calls
from grants.models import Round, RoundFund
from tests import make
from tests.grants.applications.cast import Stage, stage, terms
from tests.grants.applications.test_officer_pages import typed
from tests.grants.scoping import whole_terms
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
        field.html_name: _shown(field)
        for field in form
        if not field.field.disabled and (field.widget_type != "checkbox" or field.value())
    }


def _shown(field: BoundField) -> str:
    if field.widget_type == "select":
        first = next(iter(field.field.choices))  # type: ignore[attr-defined]
        return str(field.value() or first[0])
    if field.widget_type == "checkbox":
        return "on"
    value = field.field.widget.format_value(field.value())
    return "" if value is None else str(value)


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


def test_every_step_limit_and_question_stays_where_nobody_touched_it(
    desk: Client, cast: Stage
) -> None:
    soon = clock.now() + dt.timedelta(days=2)
    for facts in ({"opens_at": soon}, {}):
        told = whole_terms(cast.fund, **facts)
        made = rounds.create(entity_id=cast.entity.pk, terms=told, by=cast.pat)
        kept = calls.of(Round.objects.get(pk=made.pk))
        place = f"/officer/rounds/{made.slug}/"
        assert desk.post(place, untouched(desk, made)).status_code == 302
        assert calls.of(Round.objects.get(pk=made.pk)) == kept
        rounds.publish(round_id=made.pk, by=cast.pat)
        assert desk.post(place, untouched(desk, made)).status_code == 302
        assert calls.of(Round.objects.get(pk=made.pk)) == kept


def test_a_round_with_everything_is_written_on_the_page(desk: Client, cast: Stage) -> None:
    told = whole_terms(cast.fund, opens_at=clock.now() + dt.timedelta(days=2))
    made = rounds.create(entity_id=cast.entity.pk, terms=told, by=cast.pat)
    sent = untouched(desk, made) | {"name": "Another call", "bar": "2,5", "cost_travel": "30"}
    assert desk.post(f"/officer/rounds/new/{cast.entity.slug}/", sent).status_code == 302
    other, was = calls.of(Round.objects.get(name="Another call")), calls.of(made)
    assert other.cost_limits == (("other", 10), ("pay", 0), ("travel", 30))
    assert (other.steps.reviews_wanted, other.limits) == (3, was.limits)
    assert (other.asked, other.conditions) == (was.asked, was.conditions)


@pytest.mark.parametrize("sort", ["asked", "conditions"])
def test_one_more_row_keeps_what_was_typed_and_saves_nothing(
    desk: Client, cast: Stage, sort: str
) -> None:
    soon = clock.now() + dt.timedelta(days=2)
    made = rounds.create(
        entity_id=cast.entity.pk, terms=whole_terms(cast.fund, opens_at=soon), by=cast.pat
    )
    place, was = f"/officer/rounds/{made.slug}/", calls.of(made)
    sent = untouched(desk, made) | {"name": "Half", "opens": "soon", "asked-2-name": "Fairness"}
    answer = desk.post(place, sent | {"more": sort})
    assert answer.status_code == 200
    assert 'value="Half"' in answer.text
    assert 'value="soon"' in answer.text
    assert 'value="Fairness"' in answer.text
    last = {"asked": "asked-3-mark5", "conditions": "conditions-2-otherwise"}
    assert f'name="{last[sort]}"' in answer.text
    assert calls.of(Round.objects.get(pk=made.pk)) == was


@pytest.mark.parametrize(
    ("facts", "field", "status"),
    [
        ({"bar": "6"}, "bar", 409),
        ({"bar": "good"}, "bar", 422),
        ({"bar": "٣"}, "bar", 422),
        ({"bar": "1\0"}, "bar", 422),
        ({"most_per_country": "10000000000000000000000"}, "most_per_country", 422),
        ({"most_per_applicant": "1000000000000"}, "most_per_applicant", 409),
        ({"most_of_fund": "101"}, "most_of_fund", 409),
        ({"cost_goods": "100"}, "cost_goods", 409),
        ({"marks_due": ""}, "marks_due", 409),
        ({"reviews": "-1"}, "reviews", 422),
        ({"asked-0-mark3": ""}, "asked-0-mark3", 422),
        ({"asked-1-weight": "101"}, "asked-1-weight", 422),
        ({"asked-2-name": "Fairness"}, "asked-2-question", 422),
        ({"asked-1-name": "Need"}, "asked-0-name", 409),
        ({"conditions-0-otherwise": " "}, "conditions-0-otherwise", 422),
        ({"conditions-0-wanted": "perhaps"}, "conditions-0-wanted", 422),
    ],
)
def test_a_mistake_leads_to_its_field_and_loses_nothing(
    desk: Client, cast: Stage, facts: dict[str, str], field: str, status: int
) -> None:
    told = whole_terms(cast.fund, opens_at=clock.now() + dt.timedelta(days=2))
    made = rounds.create(entity_id=cast.entity.pk, terms=told, by=cast.pat)
    was = calls.of(made)
    sent = untouched(desk, made) | {"call": "A new call."} | facts
    answer = desk.post(f"/officer/rounds/{made.slug}/", sent)
    assert answer.status_code == status
    assert f'href="#id_{field}"' in answer.text
    assert "A new call." in answer.text
    assert calls.of(Round.objects.get(pk=made.pk)) == was


@pytest.mark.parametrize("rows", ["", "x", "-3", "10000000000000000000000", "٣", "1\0"])
def test_a_count_of_rows_that_is_rubbish_breaks_nothing(
    desk: Client, cast: Stage, rows: str
) -> None:
    sent = typed(cast) | {"asked_rows": rows, "conditions_rows": rows}
    answer = desk.post(f"/officer/rounds/new/{cast.entity.slug}/", sent)
    assert answer.status_code in {302, 422}


def test_an_emptied_row_is_dropped(desk: Client, cast: Stage) -> None:
    told = whole_terms(cast.fund, opens_at=clock.now() + dt.timedelta(days=2))
    made = rounds.create(entity_id=cast.entity.pk, terms=told, by=cast.pat)
    sent = untouched(desk, made)
    sent |= {name: "" for name in sent if name.startswith("asked-0-")}
    assert desk.post(f"/officer/rounds/{made.slug}/", sent).status_code == 302
    assert [each.name for each in calls.of(made).asked] == ["Method"]


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
