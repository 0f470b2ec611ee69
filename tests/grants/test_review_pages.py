"""Goal: a member reviews alone and reads the others after; the chair tries and keeps a proposal."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from funding import waits
from funding.users.models import User
from grants import declarations, reviews
from grants.models import Allocation, Application, Criterion, Review, Round
from tests.grants.decisions.cast import Table
from tests.grants.decisions.test_committee_pages import browser
from tests.grants.reviewing import asked, hand_in, reviewed

pytestmark = pytest.mark.django_db

RUBBISH = ("-1", "6", "٣", "1e3", "\0", "9" * 30, "<b>", "٣٫٥", "nan", "inf")


@pytest.fixture
def set_() -> Table:
    found = reviewed("Ibex", "Lynx", "Manul")
    reviews.assign(round_id=found.round.pk, by=found.dan)
    return found


def place(application: Application) -> str:
    return reverse("grants:committee_review", kwargs={"uuid": application.uuid})


def bench(set_: Table) -> str:
    return reverse("grants:committee_workbench", kwargs={"slug": set_.round.slug})


def marks(set_: Table, *chosen: str, **facts: str) -> dict[str, str]:
    """What a browser sends of a review."""
    criteria = Criterion.objects.filter(round=set_.round).order_by("position")
    told = {f"mark{each.pk}": mark for each, mark in zip(criteria, chosen, strict=False) if mark}
    return {"version": "0", "do": "save", "reasons": "Sound.", "advice": "", **told, **facts}


def all_in(set_: Table) -> None:
    """Everybody who is asked gives marks: the first application the best."""
    for at, application in enumerate(set_.applications):
        for member in asked(set_, application):
            hand_in(set_, application, member, 5 - at, 5 - at)


def other_than(set_: Table, application: Application, *people: User) -> User:
    """A reviewer of it who is none of these."""
    return next(each for each in asked(set_, application) if each not in people)


def test_a_member_saves_hands_in_and_then_reads_the_others(set_: Table) -> None:
    ibex = set_.applications[0]
    me = asked(set_, ibex)[0]
    other = other_than(set_, ibex, me)
    hand_in(set_, ibex, other, 2, 1)
    client = browser(me)
    assert "Review “Ibex”" in [each.title for each in waits.for_user(me)]
    first = client.get(place(ibex)).text
    assert "2 marks are missing" in first
    assert "One other review is in." in first
    assert other.name not in first
    assert client.post(place(ibex), marks(set_, "4")).status_code == 302
    assert "One mark is missing" in client.get(place(ibex)).text
    refused = client.post(place(ibex), marks(set_, "4", version="1", do="hand_in"), follow=True)
    assert "1 are missing" in refused.text
    assert not Review.objects.filter(member=me, handed_in_at__isnull=False).exists()
    client.post(place(ibex), marks(set_, "4", "3", version="2", do="hand_in"))
    last = client.get(place(ibex)).text
    assert other.name in last
    assert "What the others think" in last
    assert "Review “Ibex”" not in [each.title for each in waits.for_user(me)]
    client.post(place(ibex), {"do": "correct", "why": "I misread it."})
    assert "You are changing your review: I misread it." in client.get(place(ibex)).text


def test_a_stale_window_keeps_what_was_written(set_: Table) -> None:
    ibex = set_.applications[0]
    me = asked(set_, ibex)[0]
    client = browser(me)
    client.post(place(ibex), marks(set_, "4", reasons="From the first window."))
    answer = client.post(place(ibex), marks(set_, "2", reasons="From the second window."))
    assert answer.status_code == 409
    assert "From the second window." in answer.text
    assert "Another window saved" in answer.text
    assert "From the first window." in answer.text
    assert Review.objects.get().reasons == "From the first window."
    again = marks(
        set_, "2", reasons="From both.", version=str(answer.context["form"].data["version"])
    )
    assert client.post(place(ibex), again).status_code == 302
    assert Review.objects.get().reasons == "From both."


@pytest.mark.parametrize("rubbish", RUBBISH)
def test_rubbish_is_refused_in_words(set_: Table, rubbish: str) -> None:
    ibex = set_.applications[0]
    me = asked(set_, ibex)[0]
    client = browser(me)
    for told in (
        marks(set_, rubbish, reasons="Kept."),
        marks(set_, "3", version=rubbish, reasons="Kept."),
    ):
        answer = client.post(place(ibex), told)
        assert answer.status_code in {409, 422}
        assert "Kept." in answer.text
    assert not Review.objects.exists()
    all_in(set_)
    pk, fund = set_.applications[0].pk, set_.funds[0].pk
    names = ("bar", "country", "without", "deep", f"fund{fund}", f"amount{pk}", f"choice{pk}")
    for name in names:
        answer = browser(set_.dan).get(bench(set_), {name: rubbish, f"why{pk}": rubbish})
        assert answer.status_code == 200


def test_the_ranking_opens_with_the_last_review(set_: Table) -> None:
    client = browser(set_.carol)
    closed = client.get(bench(set_)).text
    assert "opens when every review is in" in closed
    assert "Ibex" not in closed
    all_in(set_)
    shown = client.get(bench(set_)).text
    assert "5.00" in shown
    assert "Write the motion from it" not in shown, "the chair keeps it"


def test_whoever_stepped_out_sees_a_title_and_no_sum_that_tells_more(set_: Table) -> None:
    all_in(set_)
    declarations.step_out(application_id=set_.applications[0].pk, reason="Mine.", by=set_.carol)
    context = browser(set_.carol).get(bench(set_)).context
    (mine,) = [line for line in context["lines"] if line.is_out]
    assert (mine.score, mine.ask, mine.amount, mine.parts, mine.sentence) == (
        None,
        None,
        None,
        (),
        "",
    )
    assert all(each["left"] is None and each["width"] == 0 for each in context["funds"])
    assert context["most"] is None
    text = browser(set_.carol).get(bench(set_)).text
    assert "You stepped out of this one." in text
    assert "5.00" not in text


def test_the_order_has_no_gap_where_somebody_stepped_out(set_: Table) -> None:
    all_in(set_)
    ibex = set_.applications[0]
    Round.objects.update(most_per_applicant=1)
    sentences = {line.sentence for line in browser(set_.dan).get(bench(set_)).context["lines"]}
    assert any("gets its share already: Ibex." in each for each in sentences)
    declarations.step_out(application_id=ibex.pk, reason="Mine.", by=set_.carol)
    plain = browser(set_.carol).get(bench(set_)).context["lines"]
    assert [(line.application.project.title, line.is_out) for line in plain] == [
        ("Lynx", False),
        ("Manul", False),
        ("Ibex", True),
    ]
    assert [(line.score.place, line.score.band) for line in plain[:2]] == [(1, 1), (2, 2)]
    assert {line.sentence for line in plain[:2]} == {"Another application stands in its way."}
    tried = browser(set_.carol).get(bench(set_), {f"choice{ibex.pk}": "out"}).context
    assert [line.sentence for line in tried["lines"]] == [line.sentence for line in plain]
    assert tried["changes"] == []


def test_what_was_altered_is_not_told_to_who_is_out_of_any_of_it(set_: Table) -> None:
    all_in(set_)
    lynx = set_.applications[1]
    declarations.step_out(application_id=lynx.pk, reason="Mine.", by=set_.carol)
    told = {f"amount{lynx.pk}": "700", f"why{lynx.pk}": "A smaller team."}
    seen = browser(set_.dan).get(bench(set_), told).context["seen"]
    browser(set_.dan).post(bench(set_), told | {"seen": seen})
    assert Allocation.objects.get().changes == ["“Lynx” gets €700.00: A smaller team."]
    assert "A smaller team." in browser(set_.dan).get(bench(set_)).text
    assert "A smaller team." not in browser(set_.carol).get(bench(set_)).text


def test_the_chair_tries_and_keeps_and_a_repeat_keeps_nothing_more(set_: Table) -> None:
    all_in(set_)
    client, lynx = browser(set_.dan), set_.applications[1].pk
    asked_for = {f"amount{lynx}": "700", f"why{lynx}": "A smaller team.", "deep": "1"}
    shown = client.get(bench(set_), asked_for)
    assert "This is not the plain proposal" in shown.text
    assert "700.00" in shown.text
    assert not Allocation.objects.exists()
    told = asked_for | {"seen": shown.context["seen"]}
    first = client.post(bench(set_), told)
    kept = Allocation.objects.get()
    assert kept.motion is not None
    assert first["Location"] == reverse("grants:committee_change", kwargs={"pk": kept.motion_id})
    assert client.post(bench(set_), told)["Location"] == first["Location"]
    assert Allocation.objects.count() == 1
    assert "A smaller team." in client.get(first["Location"]).text
    stale = client.post(bench(set_), asked_for | {"seen": "0" * 64, "bar": "1"})
    assert stale.status_code == 409
    assert "changed since you looked" in stale.text
    again = client.get(bench(set_), {"deep": "1"}).context["seen"]
    in_the_way = client.post(bench(set_), {"deep": "1", "seen": again})
    assert in_the_way.status_code == 409
    assert "stands in motion 1 already" in in_the_way.text
    assert "Not kept" in in_the_way.text
    wrong = client.get(bench(set_), {f"amount{lynx}": "700"})
    assert "Say why “Lynx” gets this sum." in wrong.text
    assert 'value="700"' in wrong.text


def test_officer_and_chair_ask_for_reviews_and_hear_who_is_missing(set_: Table) -> None:
    Round.objects.update(reviews_wanted=6)
    where = reverse("grants:committee_assign", kwargs={"slug": set_.round.slug})
    said = browser(set_.dan).post(where, follow=True).text
    assert "3 reviews are wanted for which no member is left." in said
    Round.objects.update(reviews_wanted=5)
    assert "Every application has its reviewers." in browser(set_.pat).post(where, follow=True).text


def test_a_page_costs_the_same_with_more_applications(set_: Table) -> None:
    all_in(set_)
    client = browser(set_.dan)

    def count() -> int:
        with CaptureQueriesContext(connection) as found:
            assert client.get(bench(set_)).status_code == 200
        return len(found)

    count()
    few = count()
    more = [set_.apply(title) for title in ("Argali", "Saker", "Marmot")]
    reviews.assign(round_id=set_.round.pk, by=set_.dan)
    for application in more:
        for member in asked(set_, application):
            hand_in(set_, application, member, 1, 1)
    assert count() == few


def test_what_nobody_has_declared_on_stays_closed(set_: Table) -> None:
    new = set_.apply("Silent", declared=False)
    answer = browser(set_.carol).get(place(new))
    assert answer.status_code == 403
    assert "Say first whether you have an interest" in answer.text


def autosave(application: Application) -> str:
    return reverse("grants:committee_autosave", kwargs={"uuid": application.uuid})


def test_a_review_saves_itself_and_goes_on_after_an_answer_that_was_lost(set_: Table) -> None:
    ibex = set_.applications[0]
    me = asked(set_, ibex)[0]
    client = browser(me)
    assert "data-autosave" in client.get(place(ibex)).text
    first = client.post(autosave(ibex), marks(set_, "4", tab="one", reasons="A"))
    assert first.json()["version"] == 1
    # The answer never came, so the same tab sends more from where it stood.
    again = client.post(autosave(ibex), marks(set_, "4", "3", tab="one", reasons="A and B"))
    assert again.json()["version"] == 2
    assert Review.objects.get().reasons == "A and B"
    assert Review.objects.get().marks.count() == 2
    other = client.post(autosave(ibex), marks(set_, "1", tab="two", reasons="C", version="1"))
    assert other.status_code == 409
    assert "Another window saved" in other.json()["refused"]
    assert Review.objects.get().reasons == "A and B"
    bad = client.post(autosave(ibex), marks(set_, "9", tab="one", version="2"))
    assert bad.status_code == 422
    client.post(place(ibex), marks(set_, "4", "3", version="2", tab="one", do="hand_in"))
    late = client.post(autosave(ibex), marks(set_, "1", "1", tab="one", version="3"))
    assert late.status_code == 409
    assert "handed in" in late.json()["refused"]
    assert reviews.given_by(ibex, me) is not None
    assert client.get(autosave(ibex)).status_code == 405


def test_nobody_saves_a_review_of_what_is_closed_or_not_asked(set_: Table) -> None:
    ibex = set_.applications[0]
    me = asked(set_, ibex)[0]
    spare = next(each for each in set_.members if each not in asked(set_, ibex))
    assert browser(spare).post(autosave(ibex), marks(set_, "4")).status_code == 409
    declarations.step_out(application_id=ibex.pk, reason="Mine.", by=me)
    assert browser(me).post(autosave(ibex), marks(set_, "4")).status_code == 403
    assert browser(set_.pat).post(autosave(ibex), marks(set_, "4")).status_code == 404
    assert not Review.objects.exists()
