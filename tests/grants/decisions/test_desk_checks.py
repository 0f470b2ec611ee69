"""Goal: the committee works on what passed the officer's check, and one person refuses nobody."""

import datetime as dt
from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import reverse

from funding import clock, waits
from funding.mail.models import Mail
from funding.users.models import Role
from grants import (
    benches,
    declarations,
    desk_checks,
    desk_facts,
    letters,
    motions,
    outcomes,
    recusals,
    reviews,
)
from grants.desk_checks import Answer, Barred, Finding, NotChecked, NotForYou, NotPassed, NotWhole
from grants.models import (
    Application,
    Assignment,
    BudgetLine,
    CheckResult,
    DeskCheck,
    Item,
    Motion,
    Round,
    Vote,
)
from tests.grants.decisions.cast import none_declared
from tests.grants.decisions.checking import checked, finding, first_checked, refused
from tests.grants.decisions.test_declarations import by_the_database
from tests.people import make_person, sign_in

pytestmark = pytest.mark.django_db


def test_the_database_lets_nothing_through_that_did_not_pass() -> None:
    set_ = first_checked()
    (wanted,) = set_.applications
    motion = Motion.objects.create(
        round=set_.round,
        number=1,
        put_by=set_.dan,
        created_at=clock.now(),
        closes_at=clock.now() + dt.timedelta(days=5),
        due_at=clock.now(),
    )
    for result in (None, "refused"):
        if result:
            checked(set_, result=result)
        with by_the_database("item_is_of_what_passed"):
            Item.objects.create(motion=motion, application=wanted, amount_minor=100_000)
        with by_the_database("assignment_is_of_what_passed"):
            Assignment.objects.create(
                application=wanted, member=set_.carol, assigned_at=clock.now()
            )
        with by_the_database("review_is_of_what_passed"):
            wanted.reviews.create(member=set_.carol, version=1, saved_at=clock.now())


def test_a_vote_needs_the_check_of_what_was_sent_last() -> None:
    set_ = first_checked()
    (wanted,) = set_.applications
    checked(set_)
    item = set_.put({0: 100_000}).items.get()
    Application.objects.filter(pk=wanted.pk).update(sha256="d" * 64)
    with by_the_database("vote_is_of_what_passed"):
        Vote.objects.create(item=item, member=set_.carol, choice="for", cast_at=clock.now())


def test_the_database_keeps_checks_and_two_people() -> None:
    set_ = first_checked()
    row = checked(set_, result="refused")
    with by_the_database("deskcheck_takes_two"):
        DeskCheck.objects.filter(pk=row.pk).update(confirmed_by=set_.pat, confirmed_at=clock.now())
    with by_the_database("deskcheck_stays"):
        DeskCheck.objects.filter(pk=row.pk).update(result="passed", reason="", sentence="")
    with by_the_database("deskcheck_stays"):
        DeskCheck.objects.filter(pk=row.pk).delete()
    with by_the_database("deskcheck_one_stands"):
        DeskCheck.objects.create(
            application=row.application,
            sha256=row.sha256,
            result="passed",
            checked_by=set_.pat,
            checked_at=clock.now(),
        )
    for wrong in ({"reason": "money"}, {"sentence": ""}, {"result": "passed"}):
        facts = {"result": "refused", "reason": "scope", "sentence": "Wolves."} | wrong
        with by_the_database("deskcheck_refusal_says_why"):
            DeskCheck.objects.create(
                application=row.application,
                sha256=row.sha256,
                checked_by=set_.pat,
                checked_at=clock.now(),
                ended_at=clock.now(),
                ended_by=set_.dan,
                ended_why="x",
                **facts,
            )


def test_only_officers_check_and_each_answer_counts() -> None:
    set_ = first_checked()
    (wanted,) = set_.applications
    good = finding(wanted)
    for person in (set_.dan, set_.carol, set_.tara, set_.asel, set_.eve):
        refused(
            set_,
            NotForYou,
            lambda by=person: desk_checks.check(application_id=wanted.pk, finding=good, by=by),
        )
    bad = finding(wanted, result="refused")
    for wrong in (
        Finding(good.answers[1:], CheckResult.PASSED),
        Finding(bad.answers, CheckResult.PASSED),
        Finding(
            [Answer(each.question, False) for each in good.answers],
            CheckResult.NOT_ELIGIBLE,
            "scope",
            "No.",
        ),
        Finding(bad.answers, CheckResult.NOT_ELIGIBLE, "money", "No."),
        Finding(bad.answers, CheckResult.NOT_ELIGIBLE, "scope", "  "),
    ):
        refused(
            set_,
            NotWhole,
            lambda told=wrong: desk_checks.check(
                application_id=wanted.pk, finding=told, by=set_.pat
            ),
        )
    Round.objects.filter(pk=set_.round.pk).update(checks_first=False)
    refused(
        set_,
        NotChecked,
        lambda: desk_checks.check(application_id=wanted.pk, finding=good, by=set_.pat),
    )


def test_what_is_owed_of_an_earlier_award_bars(overdue: None) -> None:
    set_ = first_checked()
    said = refused(set_, Barred, lambda: checked(set_))
    assert said == "It cannot pass: Steppe Team owes a report."
    assert checked(set_, result="refused", reason="overdue").reason == "overdue"


@pytest.fixture
def overdue() -> Iterator[None]:
    """Another noun knows of something that is owed."""

    def source(body: object) -> list[str]:
        return [f"{body} owes a report."]

    desk_facts.OVERDUE.append(source)
    yield
    desk_facts.OVERDUE.remove(source)


def test_members_know_of_what_passed_and_of_nothing_else() -> None:
    set_ = first_checked()
    (wanted,) = set_.applications
    Round.objects.filter(pk=set_.round.pk).update(
        reviews_wanted=1, marks_due_at=clock.now() + dt.timedelta(days=1)
    )
    set_.round.refresh_from_db()

    def seen(person: object) -> list[Application]:
        return list(benches.applications(set_.round, person))  # type: ignore[arg-type]

    assert seen(set_.carol) == seen(set_.dan) == []
    assert benches.proposable(set_.round, set_.dan, None) == []
    assert not declarations.may_read(wanted, set_.carol)
    reviews.assign(round_id=set_.round.pk, by=set_.pat)
    assert not Assignment.objects.exists()
    with pytest.raises(recusals.Unchecked):
        set_.propose({0: 100_000})
    row = checked(set_, result="refused")
    # A chair looks a second time, and even so proposes nothing that did not pass.
    assert (seen(set_.carol), seen(set_.dan)) == ([], [wanted])
    refused(set_, NotPassed, lambda: set_.propose({0: 100_000}))
    refused(
        set_,
        NotPassed,
        lambda: letters.decline(
            application_id=wanted.pk, words=letters.Words("other", "No."), by=set_.dan
        ),
    )
    desk_checks.send_back(check_id=row.pk, why="Look again.", by=set_.dan)
    assert seen(set_.dan) == []
    checked(set_)
    assert seen(set_.carol) == seen(set_.dan) == [wanted]
    reviews.assign(round_id=set_.round.pk, by=set_.pat)
    assert Assignment.objects.count() == 1
    set_.put({0: 100_000})


def test_it_takes_a_chair_who_takes_part_to_refuse() -> None:
    set_ = first_checked()
    (wanted,) = set_.applications
    row = checked(set_, result="refused")
    for person in (set_.pat, set_.carol, set_.tara):
        refused(set_, NotForYou, lambda by=person: desk_checks.confirm(check_id=row.pk, by=by))
    both = make_person("both@example.org", "Both", Role.CHAIR, Role.OFFICER)
    refused(set_, declarations.Undeclared, lambda: desk_checks.confirm(check_id=row.pk, by=both))
    none_declared(wanted, [both])
    declarations.step_out(application_id=wanted.pk, reason="Kin.", by=set_.dan)
    refused(set_, recusals.Recused, lambda: desk_checks.confirm(check_id=row.pk, by=set_.dan))
    assert [each.pk for each in desk_checks.unconfirmed(both)] == [row.pk]
    assert not desk_checks.unconfirmed(set_.dan)
    done = desk_checks.confirm(check_id=row.pk, by=both)
    wanted.refresh_from_db()
    assert (wanted.state, wanted.refusal, wanted.decline_reason) == (
        "declined",
        "scope",
        "It is about wolves.",
    )
    mail = Mail.objects.get()
    assert "It is about wolves." in mail.text
    assert "the committee does not decide on it" in " ".join(mail.text.split())
    assert desk_checks.confirm(check_id=row.pk, by=both).confirmed_at == done.confirmed_at
    assert Mail.objects.count() == 1


def test_an_officer_who_is_also_a_chair_does_not_confirm_their_own_check() -> None:
    set_ = first_checked()
    both = make_person("both@example.org", "Both", Role.CHAIR, Role.OFFICER)
    (wanted,) = set_.applications
    none_declared(wanted, [both])
    said = finding(wanted, result="refused")
    row = desk_checks.check(application_id=wanted.pk, finding=said, by=both)
    refused(set_, NotForYou, lambda: desk_checks.confirm(check_id=row.pk, by=both))
    assert not desk_checks.unconfirmed(both)


def test_the_same_check_again_is_the_one_that_stands_and_another_is_refused() -> None:
    set_ = first_checked()
    row = checked(set_)
    assert checked(set_) == row
    refused(set_, NotChecked, lambda: checked(set_, result="refused"))
    Application.objects.update(sha256="d" * 64)
    again = checked(set_)
    row.refresh_from_db()
    assert (again != row, row.ended_why) == (True, "It was sent again.")


def test_a_chair_reopens_a_refusal_and_the_applicant_hears_of_it() -> None:
    set_ = first_checked()
    (wanted,) = set_.applications
    row = checked(set_, result="refused")
    refused(set_, NotChecked, lambda: desk_checks.reopen(check_id=row.pk, why="x", by=set_.dan))
    desk_checks.confirm(check_id=row.pk, by=set_.dan)
    assert outcomes.of([set_.round.pk])[set_.round.pk].declined == 1
    refused(
        set_,
        recusals.ReasonMissing,
        lambda: desk_checks.reopen(check_id=row.pk, why=" ", by=set_.dan),
    )
    for _time in range(2):
        desk_checks.reopen(check_id=row.pk, why="It is about manuls.", by=set_.dan)
    wanted.refresh_from_db()
    assert (wanted.state, wanted.refusal, wanted.decided_at) == ("submitted", "", None)
    assert Mail.objects.filter(key=f"deskcheck:{row.pk}:reopened").count() == 1
    checked(set_)
    set_.decided({0: 100_000})
    passed = DeskCheck.objects.get(ended_at__isnull=True)
    refused(set_, NotChecked, lambda: desk_checks.reopen(check_id=passed.pk, why="x", by=set_.dan))


def test_a_check_is_not_reopened_under_an_open_vote() -> None:
    set_ = first_checked()
    row = checked(set_)
    motion = set_.put({0: 100_000})
    refused(set_, NotChecked, lambda: desk_checks.reopen(check_id=row.pk, why="x", by=set_.dan))
    motions.withdraw(motion_id=motion.pk, by=set_.dan)
    desk_checks.reopen(check_id=row.pk, why="x", by=set_.dan)


def test_facts_are_computed_and_shown() -> None:
    set_ = first_checked()
    (wanted,) = set_.applications
    BudgetLine.objects.create(
        application=wanted,
        category="goods",
        what="Traps",
        quantity=2,
        unit_minor=20_000,
        amount_minor=40_000,
    )
    BudgetLine.objects.create(
        application=wanted,
        category="travel",
        what="Buses",
        quantity=1,
        unit_minor=30_000,
        amount_minor=30_000,
    )
    # More than its share cannot be sent at all, so the fact says that it was kept to.
    set_.round.cost_limits.create(category="goods", most_percent=90)
    told = {fact.code: (fact.is_ok, fact.sentence) for fact in desk_facts.of(wanted)}
    assert told["budget"] == (
        False,
        "The budget has 2 lines; what is asked of this fund adds up to €700.00.",
    )
    assert told["cost_goods"][0] is True
    assert told["maximum"][0] is told["minimum"][0] is told["earlier"][0] is True
    assert told["earlier"][1] == "Steppe Team has had no award before."
    assert told["in_time"][0] is False


def test_the_pages_take_a_check_from_both_sides(client: Client) -> None:
    set_ = first_checked()
    (wanted,) = set_.applications
    page = reverse("grants:officer_check", kwargs={"uuid": wanted.uuid})
    assert [wait.title for wait in waits.for_user(set_.pat)] == ["Check what came in to Round 2027"]
    sign_in(client, set_.pat, factor=True)
    assert "adds up to" in client.get(page).content.decode()
    asked = desk_checks.questions(wanted)
    sent = {f"ok-{at}": "no" for at in range(len(asked))} | {"result": "refused"}
    response = client.post(page, sent | {"note-0": "Wolves\0 ١٢"})
    assert response.status_code in {409, 422}
    assert "Wolves" in response.content.decode()
    notes = {f"note-{at}": "Wolves." for at in range(len(asked))}
    response = client.post(page, sent | notes | {"reason": "scope", "sentence": "Wolves."})
    assert response.status_code == 302
    sign_in(client, set_.carol, factor=True)
    where = reverse("grants:committee_application", kwargs={"uuid": wanted.uuid})
    assert client.get(where).status_code == 404
    sign_in(client, set_.dan, factor=True)
    assert "to be refused" in str([wait.title for wait in waits.for_user(set_.dan)])
    assert "Refuse it" in client.get(where).content.decode()
    look = reverse("grants:committee_second_look", kwargs={"uuid": wanted.uuid})
    assert client.post(look, {"do": "rubbish"}).status_code == 404
    assert client.post(look, {"do": "confirm"}).status_code == 302
    wanted.refresh_from_db()
    assert wanted.state == "declined"
