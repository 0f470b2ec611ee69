"""Goal: nothing is paid where it may not be, and a changed account waits."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.db.models import F
from django.urls import reverse

from funding import clock, waits
from funding.mail.models import Mail
from funding.users.models import Role, User
from grants import country_rules, payee_checks
from grants.country_rules import CountryBlocked, NotARule
from grants.models import CountryRule, Disbursement, DisbursementState, Policy, Project
from grants.payee_checks import BankWaits
from grants.screenings import NotScreened
from tests.clocks import clock_at as clock_at
from tests.grants.payments.cast import OTHER_IBAN, Stage, stage
from tests.grants.payments.desk import at, browser, text
from tests.people import make_person
from tests.refusing import refused

pytestmark = pytest.mark.django_db

Move = Callable[[dt.datetime], None]


@pytest.fixture
def set_() -> Stage:
    """The award and its people."""
    return stage()


@pytest.fixture
def ada() -> User:
    """An administrator."""
    return make_person("ada@example.org", "Ada", Role.ADMINISTRATOR)


def proposed(by: User, policy: Policy = Policy.OPEN, **facts: Any) -> CountryRule:
    """Something for Mongolia, where the work is."""
    wanted: dict[str, Any] = {"country": "MN", "policy": policy, "reason": "Counsel's letter."}
    return country_rules.propose(by=by, **wanted | facts)


def licensed(by: User, until: dt.date, **facts: Any) -> CountryRule:
    """Paid under a licence."""
    return proposed(by, Policy.LICENSED, licence="L-1", licence_until=until, **facts)


@pytest.mark.parametrize(("code", "policy"), [("IR", "blocked"), ("AF", "careful"), ("MN", "open")])
def test_what_stands_while_nobody_has_laid_anything_down(code: str, policy: str) -> None:
    assert country_rules.of(code).policy == policy


def test_a_blocked_country_is_neither_checked_nor_paid(set_: Stage) -> None:
    row, other = set_.requested(), set_.checked(set_.requested(10_000))
    set_.screened()
    proposed(set_.tara, Policy.BLOCKED)
    with pytest.raises(CountryBlocked, match="Mongolia"):
        set_.checked(row)
    with pytest.raises(CountryBlocked, match="Mongolia"):
        set_.released(other)
    assert "Mongolia" in payee_checks.lack(other, set_.tara)
    page = text(browser(set_.pat).get(at(set_.award, "payment", number=row.number)))
    assert "Nothing is paid for Mongolia" in page
    assert at(set_.award, "check", number=row.number) not in page
    (wait,) = [each for each in waits.for_user(set_.pat) if "Check a payment" in each.title]
    assert (wait.state, "Mongolia" in wait.sentence) == ("not ready", True)
    assert Disbursement.objects.exclude(released_at=None).count() == 0


def _by_hand(row: Disbursement, set_: Stage) -> None:
    Disbursement.objects.filter(pk=row.pk).update(
        state=DisbursementState.RELEASED,
        released_by=set_.tara,
        released_at=clock.now(),
        paid_on=clock.today("UTC"),
        fee_minor=0,
        bank_reference="X",
    )


@pytest.mark.parametrize("where", ["work", "bank", "organisation"])
def test_the_database_refuses_each_country_that_a_payment_touches(set_: Stage, where: str) -> None:
    row = set_.checked(set_.requested())
    project = set_.award.application.project
    country = {"bank": "SE", "work": "KG", "organisation": "MN"}[where]
    Project.objects.filter(pk=project.pk).update(country="KG")
    proposed(set_.tara, Policy.BLOCKED, country=country)
    with refused("disbursement_goes_where_it_may"):
        _by_hand(row, set_)
    proposed(set_.tara, country=country)
    with refused("disbursement_goes_where_it_may"):
        _by_hand(row, set_)


def test_whoever_proposes_does_not_confirm_and_only_then_it_counts(set_: Stage, ada: User) -> None:
    proposed(set_.tara, Policy.BLOCKED)
    row = proposed(set_.tara)
    assert proposed(set_.tara) == row
    assert country_rules.of("MN").policy == Policy.BLOCKED
    for who in (set_.tara, set_.pat):
        with pytest.raises(NotARule):
            country_rules.confirm(rule_id=row.pk, by=who)
    with refused("countryrule_is_confirmed_by_another_person"):
        CountryRule.objects.filter(pk=row.pk).update(
            confirmed_by=F("proposed_by"), confirmed_at=clock.now()
        )
    country_rules.confirm(rule_id=row.pk, by=ada)
    country_rules.confirm(rule_id=row.pk, by=ada)
    assert country_rules.of("MN").policy == Policy.OPEN
    with refused("countryrule_stays"):
        CountryRule.objects.filter(pk=row.pk).update(policy="careful")
    with refused("countryrule_stays"):
        CountryRule.objects.filter(pk=row.pk).delete()


def test_what_was_overtaken_is_not_confirmed(set_: Stage, ada: User) -> None:
    row = proposed(set_.tara, Policy.CAREFUL)
    proposed(ada, Policy.BLOCKED)
    with pytest.raises(NotARule, match="meanwhile"):
        country_rules.confirm(rule_id=row.pk, by=ada)
    assert country_rules.unconfirmed() == []


@pytest.mark.parametrize(
    "facts",
    [
        {"country": "XX"},
        {"reason": " "},
        {"policy": Policy.LICENSED},
        {"policy": Policy.LICENSED, "licence": "L-1"},
        {
            "policy": Policy.LICENSED,
            "licence": "L-1",
            "licence_until": dt.date(2020, 1, 1),
        },
    ],
)
def test_what_cannot_be_laid_down(set_: Stage, facts: dict[str, Any]) -> None:
    with pytest.raises(NotARule):
        proposed(set_.tara, **facts)
    with pytest.raises(NotARule):
        proposed(set_.pat)
    assert not CountryRule.objects.exists()


def test_a_licence_carries_until_its_last_day_and_two_look(
    set_: Stage, ada: User, clock_at: Move
) -> None:
    today = clock.today("UTC")
    row = set_.checked(set_.requested())
    rule = licensed(set_.tara, today)
    country_rules.confirm(rule_id=rule.pk, by=ada)
    set_.screened()
    with pytest.raises(NotScreened, match="For this country a second person"):
        set_.released(row)
    set_.screened(by=set_.paul)
    clock_at(clock.now() + dt.timedelta(days=2))
    with pytest.raises(CountryBlocked, match="L-1"):
        set_.released(row)
    with refused("disbursement_goes_where_it_may"):
        _by_hand(row, set_)
    assert set_.released(row, paid_on=today).state == DisbursementState.RELEASED


def test_the_first_account_does_not_wait_and_a_changed_one_does(
    set_: Stage, clock_at: Move
) -> None:
    row = set_.requested()
    set_.banked(iban=OTHER_IBAN)
    row.refresh_from_db()
    set_.checked(row)
    set_.screened()
    changed = clock.now()
    with pytest.raises(BankWaits, match="is paid to from"):
        set_.released(row)
    with refused("disbursement_waits_after_a_change_of_account"):
        _by_hand(row, set_)
    assert "is paid to from" in payee_checks.lack(row, set_.tara)
    clock_at(changed + dt.timedelta(hours=72, minutes=1))
    set_.released(row)


def test_the_address_that_was_told_before_is_told_of_a_change(set_: Stage) -> None:
    set_.banked()
    before = set_.asel.email
    User.objects.filter(pk=set_.asel.pk).update(email="thief@example.net")
    set_.award.refresh_from_db()
    set_.banked(iban=OTHER_IBAN)
    told = Mail.objects.filter(key__contains=":entered") | Mail.objects.filter(
        key__endswith=":former"
    )
    mails = list(told.order_by("pk").values_list("to_address", flat=True))
    assert mails == [before, "thief@example.net", before]
    words = " ".join(Mail.objects.get(key__endswith=":former").text.split())
    assert "Nothing is paid to it before" in words


def test_pages_lay_down_confirm_and_search(set_: Stage, ada: User) -> None:
    set_.banked()
    page = reverse("grants:payee_checks")
    tara, second = browser(set_.tara), browser(ada)
    assert "None yet" in text(tara.get(page))
    form = {"country": "MN", "policy": "licensed", "reason": "Counsel’s letter"}
    assert "Write the reference of the licence" in text(tara.post(page, form), 409)
    assert "Choose a country" in text(tara.post(page, {"policy": "x\0", "country": "٣"}), 422)
    form |= {"licence": "L-1", "licence_until": "2099-12-31"}
    assert tara.post(page, form).status_code == 302
    rule = CountryRule.objects.get()
    where = reverse("grants:payee_rule", kwargs={"pk": rule.pk})
    assert "another person confirms it" in text(tara.post(where), 409)
    assert "Confirm for Mongolia" in text(second.get(page))
    assert "Confirm what is done in Mongolia" in text(second.get(reverse("inbox")))
    assert second.post(where).status_code == 302
    assert "Only under a licence: L-1" in text(tara.get(page))
    look = reverse("grants:award_screening", kwargs={"pk": set_.award.pk})
    assert "Mongolia: paid under licence L-1" in text(tara.get(look))
    search = reverse("grants:award_search", kwargs={"pk": set_.award.pk})
    assert "No list was taken in yet" in text(tara.post(search, follow=True))
