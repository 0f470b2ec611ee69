"""The officer's desk: rounds written from a page, applications found, and never a draft."""

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from funding import clock, waits
from funding.users.models import Role
from grants import rounds
from grants.budgets import Line
from grants.models import Application, Item, Motion, Recusal, Round
from tests.grants.applications.cast import Stage, stage, terms
from tests.people import make_person, sign_in


@pytest.fixture
def cast(db: None) -> Stage:
    return stage()


@pytest.fixture
def desk(cast: Stage, client: Client) -> Client:
    """Pat's browser."""
    sign_in(client, cast.pat)
    return client


def typed(cast: Stage, **facts: Any) -> dict[str, Any]:
    """A round as one types it."""
    told = {
        "name": "Winter call",
        "call": "For work in the field.",
        "criteria": "What helps most.",
        "maximum": "8,000.00",
        "opens": "2027-01-10T09:00",
        "closes": "2027-03-01T23:59",
        "grace": "30",
        "decides_on": "2027-04-15",
        f"fund_{cast.fund.pk}": "20000",
    }
    return told | facts


def test_a_round_is_written_by_the_clock_of_its_body(desk: Client, cast: Stage) -> None:
    place = f"/officer/rounds/new/{cast.entity.slug}/"
    assert desk.get(place).status_code == 200
    answer = desk.post(place, typed(cast))
    made = Round.objects.get(name="Winter call")
    assert answer.status_code == 302
    assert made.opens_at == dt.datetime(2027, 1, 10, 8, tzinfo=dt.UTC)
    assert made.maximum_minor == 800_000
    assert dict(made.funds.values_list("fund", "envelope_minor")) == {cast.fund.pk: 2_000_000}
    assert made.published_at is None
    assert desk.get(f"/rounds/{made.slug}/").status_code == 404
    page = desk.get(f"/officer/rounds/{made.slug}/").content.decode()
    assert 'value="2027-01-10T09:00"' in page
    desk.post(f"/officer/rounds/{made.slug}/publish/")
    desk.post(f"/officer/rounds/{made.slug}/publish/")
    assert desk.get(f"/rounds/{made.slug}/").status_code == 200


@pytest.mark.parametrize(
    ("field", "text", "said"),
    [
        ("maximum", "about eight", "as a number"),
        ("maximum", "0", "above zero"),
        ("closes", "2026-12-01T10:00", "closes before it opens"),
        ("decides_on", "2027-02-01", "before the end of the round"),
        ("name", "", "required"),
    ],
)
def test_a_mistake_is_said_and_nothing_typed_is_lost(
    desk: Client, cast: Stage, field: str, text: str, said: str
) -> None:
    before = Round.objects.count()
    answer = desk.post(f"/officer/rounds/new/{cast.entity.slug}/", typed(cast, **{field: text}))
    page = answer.content.decode()
    assert answer.status_code in {409, 422}
    assert said in page
    assert "For work in the field." in page
    assert Round.objects.count() == before


def test_what_was_sent_is_found_and_drafts_are_nobodys_business(desk: Client, cast: Stage) -> None:
    draft, other = cast.started(), cast.sent()
    page = desk.get("/officer/applications/").content.decode()
    assert "Guard dogs with herders" in page
    assert str(draft.uuid) not in page
    assert desk.get(f"/officer/applications/{draft.uuid}/").status_code == 404
    one = desk.get(f"/officer/applications/{other.uuid}/").content.decode()
    assert other.sha256 in one
    assert "Асель Дорж" in one
    for asked, number in (
        ("?state=submitted", 1),
        ("?state=awarded", 0),
        ("?country=MN&theme=T3", 1),
        ("?country=KZ", 0),
        ("?q=guard+dogs", 1),
        ("?q=нохой", 1),
        ("?q=nobody", 0),
        (f"?round={cast.round.slug}", 1),
        ("?state=nonsense", 1),
    ):
        shown = desk.get(f"/officer/applications/{asked}").context["shown"]
        assert shown.paginator.count == number, asked


def test_the_file_holds_what_the_list_shows(desk: Client, cast: Stage) -> None:
    cast.sent()
    answer = desk.get("/officer/applications/?csv=1&state=submitted")
    lines = answer.getvalue().decode("utf-8-sig").splitlines()
    assert len(lines) == 2
    assert "5010.00" in lines[1]
    assert "Өмнөговь нохой" in lines[1]


def test_a_longer_list_asks_no_more_questions(desk: Client, cast: Stage) -> None:
    cast.sent()
    desk.get("/officer/applications/")
    with CaptureQueriesContext(connection) as few:
        desk.get("/officer/applications/")
    for _ in range(3):
        cast.sent()
    with CaptureQueriesContext(connection) as more:
        desk.get("/officer/applications/")
    assert len(more) == len(few)


def test_a_round_that_has_closed_waits_for_the_officer(cast: Stage) -> None:
    cast.sent()
    assert waits.for_user(cast.pat) == []
    cast.closes(dt.timedelta(days=1))
    (wait,) = waits.for_user(cast.pat)
    assert "One application waits" in wait.sentence
    (hers,) = waits.for_user(cast.carol)
    assert hers.title == "Say what interest you have in Small grants 2027"
    assert wait.title == "Small grants 2027 has closed"
    row = Application.objects.get()
    _in_a_motion(cast, row, "withdrawn")
    assert len(waits.for_user(cast.pat)) == 1
    _in_a_motion(cast, row, "open")
    assert waits.for_user(cast.pat) == []


def test_minutes_of_grace_pass_before_a_round_waits(cast: Stage) -> None:
    cast.sent()
    cast.closes(dt.timedelta(minutes=5), grace_minutes=10)
    assert waits.for_user(cast.pat) == []
    cast.closes(dt.timedelta(minutes=5), grace_minutes=4)
    assert len(waits.for_user(cast.pat)) == 1


def _in_a_motion(cast: Stage, application: Application, state: str) -> None:
    now = clock.now()
    motion = Motion.objects.create(
        round=cast.round,
        number=Motion.objects.count() + 1,
        put_by=cast.pat,
        created_at=now,
        closes_at=now + dt.timedelta(days=5),
        due_at=now,
    )
    Item.objects.create(motion=motion, application=application, amount_minor=1, state=state)


def test_a_round_whose_day_has_come_waits_to_be_published(cast: Stage) -> None:
    told = terms(cast.fund, name="Forgotten")
    rounds.create(entity_id=cast.entity.pk, terms=told, by=cast.pat)
    (wait,) = waits.for_user(cast.pat)
    assert wait.title == "Publish Forgotten"
    assert waits.for_user(cast.carol) == []


def test_an_officer_who_applies_meets_neither_their_draft_nor_their_case(
    desk: Client, cast: Stage
) -> None:
    own = cast.saved(cast.started(cast.pat), cast.pat, title="Own work")
    assert "Own work" not in desk.get("/officer/applications/").text
    assert desk.get(f"/officer/applications/{own.uuid}/").status_code == 404
    cast.submitted(own, cast.pat)
    page = desk.get(f"/officer/applications/{own.uuid}/")
    assert page.status_code == 403
    assert "61 herder" not in page.text


def test_of_what_an_officer_has_stepped_out_only_the_title_is_told(cast: Stage) -> None:
    both = make_person("paul@example.org", "Paul", Role.OFFICER, Role.COMMITTEE)
    client = Client()
    sign_in(client, both)
    row = cast.sent(title="Dogs")
    Recusal.objects.create(application=row, member=both, reason="Kin.", declared_at=clock.now())
    page = client.get("/officer/applications/").text
    file: Any = client.get("/officer/applications/?csv=1")
    lines = file.getvalue().decode("utf-8-sig")
    assert "Dogs" in page
    assert "Dogs" in lines
    for hidden in ("5,010", "5010", "Өмнөговь", "Kin.", "asel@", "submitted,"):
        assert hidden not in page
        assert hidden not in lines
    for asked in ("country=MN", "state=submitted", "theme=T3", "q=Dogs"):
        found = client.get(f"/officer/applications/?{asked}").context["shown"]
        assert found.paginator.count == 0, asked
    answer = client.get(f"/officer/applications/{row.uuid}/")
    assert answer.status_code == 403
    assert "Dogs" in answer.text
    assert "61 herder" not in answer.text


def test_work_across_the_range_is_found_and_sums_are_told(desk: Client, cast: Stage) -> None:
    cast.sent(title="Dogs")
    cast.sent(title="Cats", country="", lines=(Line("pay", "Vet", 1, 100),), minimum_minor=100)
    whole = desk.get("/officer/applications/")
    assert "Asked for: €5,011.00." in whole.text
    assert ("range", "The whole range") in whole.context["form"].fields["country"].choices
    found = desk.get("/officer/applications/?country=range").context["shown"]
    assert [row.project.title for row in found] == ["Cats"]
