"""Goal: in a blind round no member reads who applies before their own review, on any page."""

import datetime as dt
import secrets
import threading
from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, reverse

from funding import clock, waits
from funding.mail.models import Mail
from funding.parties.models import Organisation
from funding.users.models import Role, User
from grants import (
    applications,
    call_words,
    declarations,
    identities,
    reminders,
    reviews,
    rounds,
    terms,
)
from grants.models import Application, Assignment, Interest, Motion, Round
from grants.terms import Limits, NotARound, Steps
from tests.grants.applications.cast import stage
from tests.grants.decisions.cast import Table
from tests.grants.decisions.test_committee_pages import browser
from tests.grants.payments.test_payment_races import together
from tests.grants.reviewing import hand_in, reviewed
from tests.people import make_person, sign_in
from tests.refusing import refused

BODY, PERSON, EMAIL = "Irbis Trust", "Asel Tairova", "asel@irbis.example"
SECRETS = (BODY, "irbis", PERSON, "Tairova", EMAIL, "+996 555 123 456")
SUMMARY = (
    f"The {BODY} and asel  tairova count tracks; write to {EMAIL}, see https://irbis.example/x "
    "or call +996 555 123 456."
)
# Addresses whose purpose is to say who asks, so that interests are declared.
DECLARING = {"committee_declarations"}


def blind(*titles: str, numbered: bool = True) -> Table:
    """A blind round with applications of one body whose texts name it."""
    found = reviewed(*titles, wanted=2)
    found.asel.name, found.asel.email = PERSON, EMAIL
    found.asel.save()
    now = clock.now()
    body = Organisation.objects.create(
        name=BODY, country="KG", website="https://irbis.example/", created_at=now
    )
    for at, each in enumerate(found.applications, start=1):
        each.project.organisation, each.project.summary = body, SUMMARY
        each.project.save()
        Application.objects.filter(pk=each.pk).update(blind_number=40 + at if numbered else None)
    Round.objects.filter(pk=found.round.pk).update(is_blind=True)
    found.round.refresh_from_db()
    for each in found.applications:
        each.refresh_from_db()
    return found


def ask(set_: Table, application: Application, *members: User) -> None:
    """Ask exactly these for a review."""
    for member in members:
        Assignment.objects.create(application=application, member=member, assigned_at=clock.now())


def everywhere(**known: object) -> Iterator[tuple[str, str]]:
    """Every address of the product that these values fill, with its name."""

    def walk(resolver: URLResolver, spaces: tuple[str, ...]) -> Iterator[str]:
        for each in resolver.url_patterns:
            if isinstance(each, URLResolver):
                more = (each.namespace,) if each.namespace else ()
                yield from walk(each, spaces + more)
            elif isinstance(each, URLPattern) and each.name:
                yield ":".join([*spaces, each.name])

    # Those of givers and of administrators, who are no members, have tables of their own.
    mine = (
        name for name in walk(get_resolver(), ()) if name.startswith("grants:") or ":" not in name
    )
    for name in mine:
        for keys in ("", "slug", "uuid", "pk", "entity", "pk number"):
            try:
                yield name, reverse(name, kwargs={key: known[key] for key in keys.split()})
            except NoReverseMatch:
                continue


def read(client: Client, path: str, **query: str) -> str:
    """What a page answers, whatever its status."""
    answer = client.get(path, query)
    content = answer.getvalue() if answer.streaming else answer.content
    return content.decode("utf-8", "replace")


def leaks(text: str) -> list[str]:
    """What of who applies stands in a text."""
    return [secret for secret in SECRETS if secret.casefold() in text.casefold()]


def states(set_: Table) -> dict[str, tuple[User, bool]]:
    """Members by what they have done with the first application, and who may read its people."""
    wanted = set_.applications[0]
    dan, carol, given, spare, _late = set_.members
    ask(set_, wanted, dan, carol, given)
    hand_in(set_, wanted, given, 4, 3)
    reviews.save(
        application_id=wanted.pk,
        version=0,
        opinion=reviews.Opinion(reasons="Half of it."),
        by=carol,
    )
    return {
        "asked, a chair": (dan, False),
        "asked, with a draft": (carol, False),
        "handed in": (given, True),
        "not asked": (spare, False),
    }


STATES = ("asked, a chair", "asked, with a draft", "handed in", "not asked", "an officer too")


@pytest.mark.django_db
@pytest.mark.parametrize("state", STATES)
def test_no_page_no_list_and_no_search_says_who_applies_before_the_own_review(state: str) -> None:
    set_ = blind("Winter count")
    wanted = set_.applications[0]
    soft = make_person("soft@example.org", "Soft", Role.COMMITTEE)
    said = declarations.declare(
        application_id=wanted.pk, interest=Interest.SOFT, nature="wrote", words="A paper.", by=soft
    )
    both = make_person("both@example.org", "Both", Role.COMMITTEE, Role.OFFICER)
    declarations.declare(application_id=wanted.pk, interest=Interest.NONE, by=both)
    member, reads = (states(set_) | {"an officer too": (both, False)})[state]
    client, opened = browser(member), set()
    known = {
        "slug": set_.round.slug,
        "uuid": wanted.uuid,
        "pk": said.pk,
        "number": 1,
        "entity": set_.entity.slug,
    }
    for name, path in everywhere(**known):
        if "logout" not in path and name.partition(":")[2] not in DECLARING:
            found = leaks(read(client, path))
            assert reads or not found, (name, found)
            opened |= {name} if found else set()
    assert ("grants:committee_application" in opened) is reads
    place = reverse("grants:committee_round", kwargs={"slug": set_.round.slug})
    for query in ({"csv": "1"}, {"q": "Trust"}, {"q": "Trust", "csv": "1"}):
        text = read(client, place, **query)
        assert bool(leaks(text)) is reads, query
        assert ("Winter count" in text) is (reads or "q" not in query), query
    told = " ".join(f"{each.title} {each.sentence}" for each in waits.for_user(member))
    assert not leaks(told)


@pytest.mark.django_db
def test_an_officer_who_also_sits_on_the_committee_finds_nobody_by_name() -> None:
    set_ = blind("Winter count")
    both = make_person("both@example.org", "Both", Role.COMMITTEE, Role.OFFICER)
    declarations.declare(application_id=set_.applications[0].pk, interest=Interest.NONE, by=both)
    place = reverse("grants:officer_applications")
    for client, reads in ((browser(both), False), (browser(set_.pat), True)):
        for query in ({"csv": "1"}, {"q": BODY, "csv": "1"}, {"q": EMAIL, "csv": "1"}):
            text = read(client, place, **query)
            assert bool(leaks(text)) is reads, query
            assert ("Winter count" in text) is (reads or "q" not in query), query
        one = reverse("grants:officer_application", kwargs={"uuid": set_.applications[0].uuid})
        assert bool(leaks(read(client, one))) is reads


@pytest.mark.django_db
def test_names_addresses_and_numbers_in_the_text_are_covered_and_the_rest_stays() -> None:
    set_ = blind("Winter count of 2026")
    wanted = set_.applications[0]
    facts = identities.facts(wanted, set_.carol)
    assert facts["summary"] == (
        "The Applicant 41 and Applicant 41 count tracks; write to Applicant 41, see Applicant 41 "
        "or call Applicant 41"
        "."
    )
    assert (facts["title"], facts["alias"]) == ("Winter count of 2026", "Applicant 41")
    assert "organisation" not in facts
    assert facts["theme"]["name"]
    assert identities.facts(wanted, set_.pat)["organisation"]["name"] == BODY


@pytest.mark.django_db
def test_every_fact_of_a_submission_is_known_to_be_open_or_not() -> None:
    """What is added to the form is hidden until somebody says here that it names nobody."""
    set_ = blind("Winter count")
    told = applications.facts(set_.applications[0])
    # What this round does not ask is not among them.
    assert told.keys() >= identities.OPEN - {"permits", "safeguards"}


@pytest.mark.django_db
def test_it_opens_with_the_own_review_the_vote_or_the_day_for_who_is_not_asked() -> None:
    set_ = blind("Winter count")
    wanted = set_.applications[0]
    dan, carol, given, spare, _late = set_.members
    states(set_)
    assert identities.is_hidden(wanted, carol)
    assert not identities.is_hidden(wanted, given)
    assert not identities.is_hidden(wanted, set_.pat)
    assert not identities.is_hidden(wanted, set_.asel)
    Round.objects.update(marks_due_at=clock.now() - dt.timedelta(hours=1))
    wanted = Application.objects.select_related("round").get(pk=wanted.pk)
    assert not identities.is_hidden(wanted, spare), "nobody asks this member any more"
    assert identities.is_hidden(wanted, carol), "a late review is still to come"
    motion = set_.put({0: 60_000})
    assert not identities.is_hidden(wanted, carol), "reviews stand once the vote is open"
    Motion.objects.filter(pk=motion.pk).update(state="withdrawn")
    motion.items.update(state="withdrawn")
    assert identities.is_hidden(wanted, carol)
    assert identities.is_hidden(wanted, dan)


@pytest.mark.django_db
def test_declaring_comes_first_and_names_the_people() -> None:
    set_ = blind("Winter count")
    new = make_person("new@example.org", "New", Role.COMMITTEE)
    client = Client()
    sign_in(client, new)
    place = reverse("grants:committee_declarations", kwargs={"slug": set_.round.slug})
    assert BODY in read(client, place)
    assert PERSON in read(client, place)
    client.post(place, {f"interest-{set_.applications[0].pk}": "none"})
    assert not leaks(read(client, place))


@pytest.mark.django_db
def test_the_mails_to_members_name_nobody() -> None:
    set_ = blind("Winter count")
    states(set_)
    Round.objects.update(marks_due_at=clock.now() + dt.timedelta(hours=20))
    assert reminders.sweep()
    mails = Mail.objects.filter(to_address__in=[each.email for each in set_.members])
    assert mails.exists()
    assert not any(leaks(f"{each.subject} {each.text} {each.html}") for each in mails)


@pytest.mark.django_db
def test_the_database_holds_number_and_step() -> None:
    set_ = blind("Winter count", "Den survey")
    one, _other = set_.applications
    for change, name in (
        ({"blind_number": 7}, "application_keeps_its_blind_number"),
        ({"blind_number": None}, "application_keeps_its_blind_number"),
    ):
        with refused(name):
            Application.objects.filter(pk=one.pk).update(**change)
    with refused("round_is_blind_only_with_reviews"):
        Round.objects.update(reviews_wanted=0, marks_due_at=None)
    with refused("application_of_a_blind_round_has_its_number"):
        set_.apply("Unnumbered")


@pytest.mark.django_db
def test_no_two_of_a_round_have_the_same_number() -> None:
    blind("Winter count", "Den survey", numbered=False)
    with refused("application_blind_number_once_a_round"):
        Application.objects.update(blind_number=7)
    with refused("application_blind_number_counts_from_one"):
        Application.objects.filter(project__title="Den survey").update(blind_number=0)


@pytest.mark.django_db
def test_a_step_that_hides_names_needs_marks_and_is_told_with_the_call() -> None:
    set_ = blind("Winter count")
    Round.objects.update(decides_on=clock.now().date() + dt.timedelta(days=9))
    asked = terms.of(Round.objects.get())
    assert asked.steps.is_blind
    assert "do not read the names" in " ".join(call_words.steps(asked))
    with pytest.raises(NotARound, match="somebody has to give marks"):
        terms.must_make_sense(replace(asked, steps=Steps(is_blind=True), limits=Limits()))
    changed = replace(asked, steps=replace(asked.steps, is_blind=False))
    with pytest.raises(rounds.Fixed):
        rounds.change(round_id=set_.round.pk, terms=changed, by=set_.pat)


@pytest.mark.django_db
def test_a_submission_draws_its_number_once_and_at_random() -> None:
    set_ = stage()
    Round.objects.update(
        reviews_wanted=1, marks_due_at=set_.round.closes_at + dt.timedelta(days=9), is_blind=True
    )
    draft = set_.saved(set_.started())
    assert draft.blind_number is None
    sent = applications.submit(application_id=draft.pk, version=draft.version, by=set_.asel)
    assert 1 <= (sent.blind_number or 0) <= 99
    again = applications.submit(application_id=draft.pk, version=draft.version, by=set_.asel)
    assert again.blind_number == sent.blind_number


@pytest.mark.usefixtures("committed")
def test_applications_sent_in_one_moment_draw_different_numbers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rows = [each.pk for each in blind("One", "Two", "Three", "Four", numbered=False).applications]
    # Chance is taken out, so that all of them draw the same number first.
    monkeypatch.setattr(secrets, "choice", lambda free: free[0])
    seen = threading.Barrier(len(rows))

    def draw(pk: int) -> None:
        application = Application.objects.select_related("round").get(pk=pk)
        seen.wait()
        with transaction.atomic():
            identities.number(application)

    assert together(*(partial(draw, pk) for pk in rows)) == ["done"] * 4
    numbers = Application.objects.values_list("blind_number", flat=True)
    assert sorted(map(str, numbers)) == ["1", "2", "3", "4"]


@pytest.mark.usefixtures("committed")
def test_control_without_another_try_one_of_two_is_refused() -> None:
    rows = [each.pk for each in blind("One", "Two", numbered=False).applications]
    said = []

    def draw(pk: int) -> None:
        try:
            Application.objects.filter(pk=pk).update(blind_number=7)
        except IntegrityError:
            said.append("refused")

    together(*(partial(draw, pk) for pk in rows))
    assert said == ["refused"]
