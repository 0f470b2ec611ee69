"""Goal: the committee sees what it decides on, votes without being led, and leaves as easily."""

import csv
import datetime as dt
import io
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from funding import clock, waits
from funding.users.models import User
from grants import agenda, decisions, declarations, letters, papers
from grants.models import Application, Choice, Motion, MotionState, Recusal, Vote
from tests.clocks import clock_at as clock_at
from tests.grants.decisions.cast import Table, table
from tests.grants.payments.cast import give
from tests.people import sign_in

pytestmark = pytest.mark.django_db


def browser(person: User) -> Client:
    """A browser in which the person has signed in with both steps."""
    client = Client()
    sign_in(client, person)
    return client


def page(person: User, name: str, **where: object) -> str:
    """The text of a page that the person may see."""
    answer = browser(person).get(reverse(f"grants:{name}", kwargs=where))
    assert answer.status_code == 200
    return answer.content.decode()


def written(set_: Table, at: int = 0, **sums: str) -> dict[str, str]:
    """A form for a motion: sums for the application at this place, by the fund's place."""
    pk = set_.applications[at].pk
    until = clock.now() + dt.timedelta(days=4)
    return {
        "text": "That this be funded.",
        "closes_at": until.strftime("%Y-%m-%dT%H:%M"),
        f"a{pk}-why": "Sound.",
        **{f"a{pk}-f{set_.funds[int(place[1:])].pk}": amount for place, amount in sums.items()},
    }


def test_a_chair_writes_changes_and_puts_a_motion() -> None:
    set_ = table()
    set_.apply("Steppe", 100_000)
    client = browser(set_.dan)
    write = reverse("grants:committee_draft", kwargs={"slug": "call"})
    answer = client.post(write, written(set_, f0="600", f1="300.50"))
    motion = Motion.objects.get()
    change = reverse("grants:committee_change", kwargs={"pk": motion.pk})
    assert answer["Location"] == change
    assert motion.items.get().amount_minor == 90_050
    assert "300.50" in client.get(change).content.decode()
    answer = client.post(change, {**written(set_, f0="700"), "do": "put"})
    motion.refresh_from_db()
    assert answer["Location"] == reverse("grants:committee_motion", kwargs={"pk": motion.pk})
    assert (motion.state, motion.items.get().amount_minor) == (MotionState.OPEN, 70_000)


def test_a_refused_motion_comes_back_filled_in_with_the_sentence() -> None:
    set_ = table(80_000)
    set_.apply("Steppe", 100_000)
    client = browser(set_.dan)
    write = reverse("grants:committee_draft", kwargs={"slug": "call"})
    for amount, status, said in (
        ("5", 409, "needs at least €500.00"),
        ("ten", 422, "Write the amount in digits"),
    ):
        answer = client.post(write, written(set_, f0=amount))
        assert answer.status_code == status
        assert said in answer.content.decode()
        assert f'value="{amount}"' in answer.content.decode()
    assert not Motion.objects.exists()
    answer = client.post(write, {**written(set_, f0="900"), "do": "put"})
    assert answer.status_code == 409
    assert "Fund 0 has €800.00 available, and €900.00 is needed." in answer.content.decode()
    assert Motion.objects.get().state == MotionState.DRAFT


def test_no_vote_is_chosen_beforehand_and_it_shows_what_would_be_left() -> None:
    set_ = table(200_000)
    set_.apply("Steppe", 100_000)
    set_.apply("Forest", 60_000)
    motion = set_.put({0: 90_000}, {0: 40_000})
    item = motion.items.order_by("pk")[0]
    set_.vote(motion, "for")
    for person in (set_.dan, set_.carol):
        shown = page(person, "committee_item", pk=item.pk)
        assert " checked" not in shown
        for sum_ in ("2,000.00", "−400.00", "−900.00", "700.00"):
            assert sum_ in shown


def test_a_vote_leads_on_to_the_next_and_can_be_changed() -> None:
    set_ = table()
    set_.apply("Steppe")
    set_.apply("Forest", 60_000)
    motion = set_.put({0: 90_000}, {0: 40_000})
    first, second = motion.items.order_by("pk")
    client = browser(set_.carol)
    vote = reverse("grants:committee_vote", kwargs={"pk": first.pk})
    assert client.post(vote, {}).status_code == 422
    for choice in ("for", "against"):
        answer = client.post(vote, {"choice": choice})
        assert answer["Location"] == reverse("grants:committee_item", kwargs={"pk": second.pk})
    assert Vote.objects.get().choice == Choice.AGAINST


def test_nobody_sees_a_vote_of_another_before_the_end() -> None:
    set_ = table()
    set_.apply()
    motion = set_.put({0: 100_000})
    set_.vote(motion, "against", "against", "against")
    for name, where in (
        ("committee_motion", motion.pk),
        ("committee_item", motion.items.get().pk),
    ):
        shown = page(set_.members[4], name, pk=where)
        assert "Member 3" not in shown
        assert "gainst" not in shown.replace("<span>Against</span>", "").replace('"against"', "")
        assert "3 of 5" in shown
    set_.vote(motion, "for", "for", people=set_.members[3:])
    decisions.close(motion_id=motion.pk)
    assert "<bdi>Member 3</bdi> against" in page(set_.carol, "committee_motion", pk=motion.pk)


def test_stepping_out_closes_the_application_its_votes_and_its_figures() -> None:
    set_ = table()
    wanted, other = set_.apply("Steppe", 77_700), set_.apply("Forest", 60_000)
    motion = set_.put({0: 70_007}, {0: 40_000})
    client = browser(set_.carol)
    step = reverse("grants:committee_step_out", kwargs={"uuid": wanted.uuid})
    assert client.post(step, {"reason": " "}).status_code == 409
    client.post(step, {"reason": "My brother."})
    assert Recusal.objects.get().reason == "My brother."
    item = motion.items.get(application=wanted)
    closed: list[tuple[str, dict[str, object]]] = [
        ("committee_application", {"uuid": wanted.uuid}),
        ("committee_item", {"pk": item.pk}),
    ]
    for name, where in closed:
        answer = client.get(reverse(f"grants:{name}", kwargs=where))
        shown = answer.content.decode()
        assert answer.status_code == 403
        assert "Steppe" in shown
        assert "You stepped out of this application on" in shown
        assert "777.00" not in shown
        assert "700.07" not in shown
    rest = motion.items.get(application=other)
    open_: list[tuple[str, dict[str, object]]] = [
        ("committee_round", {"slug": "call"}),
        ("committee_motion", {"pk": motion.pk}),
        ("committee_item", {"pk": rest.pk}),
    ]
    for name, where in open_:
        shown = client.get(reverse(f"grants:{name}", kwargs=where)).content.decode()
        assert "Steppe" in shown
        assert "777.00" not in shown
        assert name == "committee_round" or "700.07" not in shown
    file = client.get(reverse("grants:committee_round", kwargs={"slug": "call"}), {"csv": "1"})
    text = file.getvalue().decode("utf-8-sig")
    rows = {row["Application"]: row for row in csv.DictReader(io.StringIO(text))}
    assert rows["Steppe"]["Asked"] == rows["Steppe"]["Proposed or awarded"] == ""
    assert rows["Forest"]["Asked"] == "600.00"


def test_the_reason_of_a_step_out_is_shown_to_the_chair_and_to_no_other_member() -> None:
    set_ = table()
    wanted = set_.apply()
    declarations.step_out(application_id=wanted.pk, reason="My brother.", by=set_.carol)
    assert "My brother." in page(set_.dan, "committee_application", uuid=wanted.uuid)
    assert "My brother." not in page(set_.members[2], "committee_application", uuid=wanted.uuid)


def test_whoever_looks_at_a_motion_whose_time_is_up_has_it_counted(
    clock_at: Callable[[dt.datetime], None],
) -> None:
    set_ = table()
    set_.apply()
    motion = set_.put({0: 100_000})
    set_.vote(motion, "for", "for", "against")
    clock_at(motion.closes_at + dt.timedelta(seconds=1))
    assert "adopted" in page(set_.carol, "committee_motion", pk=motion.pk)
    motion.refresh_from_db()
    assert motion.state == MotionState.DECIDED
    assert Application.objects.get().state == "awarded"


def test_the_list_is_filtered() -> None:
    set_ = table()
    set_.apply("Steppe")
    letters.decline(
        application_id=set_.apply("Forest").pk, words=letters.Words("other", "No."), by=set_.dan
    )
    client = browser(set_.carol)
    here = reverse("grants:committee_round", kwargs={"slug": "call"})
    shown = client.get(here, {"state": "declined"}).content.decode()
    assert ("<bdi>Forest</bdi>" in shown, "<bdi>Steppe</bdi>" in shown) == (True, False)
    shown = client.get(here, {"q": "fores"}).content.decode()
    assert ("<bdi>Forest</bdi>" in shown, "<bdi>Steppe</bdi>" in shown) == (True, False)
    assert "One application." in shown


def test_what_waits_for_whom(clock_at: Callable[[dt.datetime], None]) -> None:
    set_ = table(100_000)
    set_.apply("Steppe", 100_000)
    motion = set_.put({0: 100_000})
    title = "Vote on motion 1 of Round 2027"
    assert [wait.title for wait in waits.for_user(set_.carol)] == [title]
    set_.vote(motion, "for", "for", "for")
    assert waits.for_user(set_.carol) == []
    assert waits.for_user(set_.tara) == []
    give(set_.funds[0], -1_000)
    clock_at(motion.closes_at + dt.timedelta(seconds=1))
    decisions.sweep()
    for person in (set_.dan, set_.tara):
        told = [wait.sentence for wait in agenda.short_funds(person)]
        assert [each.partition(" Once")[0] for each in told] == ["Fund 0 is €10.00 short."]
    assert waits.for_user(set_.carol) == []


def test_a_lost_vote_waits_for_the_chairs_reason() -> None:
    set_ = table()
    wanted = set_.apply("Steppe")
    motion = set_.put({0: 100_000})
    set_.vote(motion, *["against"] * 5)
    decisions.close(motion_id=motion.pk)
    (wait,) = waits.for_user(set_.dan)
    assert wait.title == "Say why “Steppe” is not funded"
    assert "Tell the applicant why" in page(set_.dan, "committee_motion", pk=motion.pk)
    letters.decline(application_id=wanted.pk, words=letters.Words("other", "No."), by=set_.dan)
    assert waits.for_user(set_.dan) == []


def test_a_paper_that_is_not_made_yet_says_so_and_then_is_there() -> None:
    set_ = table()
    set_.apply()
    motion = set_.decided({0: 100_000})
    client = browser(set_.carol)
    minute = reverse("grants:committee_minute", kwargs={"pk": motion.pk})
    assert client.get(minute).status_code == 409
    papers.sweep()
    assert client.get(minute).content.startswith(b"%PDF")
