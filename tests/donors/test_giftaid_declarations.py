"""Goal: a declaration is a dated row in its own words; which gifts it covers follows the law."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from donors.giftaid import declarations, eligibility, limits
from donors.giftaid.declarations import UNDERSTOOD, NotDeclared, Taxpayer
from donors.giftaid.eligibility import Candidate
from donors.models import Channel, Declaration, Gift, Scope
from funding import clock
from funding.audit.models import Record
from funding.mail.models import Mail
from tests import make
from tests.clocks import clock_at as clock_at
from tests.donors import taxpayers
from tests.donors.taxpayers import ZOE, Society
from tests.ledger.racing import together

Move = Callable[[dt.datetime], None]
DAY = dt.timedelta(days=1)


@pytest.fixture
def society(committed: None) -> Society:
    return taxpayers.society()


def why_not(gift: Gift) -> str:
    gift.refresh_from_db()
    said = eligibility.judge(gift)
    return said if isinstance(said, str) else ""


@pytest.mark.parametrize(
    "facts",
    [
        {"postcode": "12345"},
        {"postcode": ""},
        {"first_name": " "},
        {"last_name": ""},
        {"house": ""},
        {"last_name": "W" * 36},
        {"house": "h" * 41},
    ],
)
def test_what_the_tax_office_does_not_take_is_refused(
    society: Society, facts: dict[str, str]
) -> None:
    told = {"title": "", "first_name": "Z", "last_name": "O", "house": "1", "postcode": "X"}
    with pytest.raises(NotDeclared):
        society.declare(taxpayer=Taxpayer(**told | facts))
    assert Declaration.objects.count() == 0
    assert not Record.objects.filter(action__startswith="declaration.").exists()


def test_only_a_british_body_in_pounds_takes_declarations_and_none_of_tomorrow(
    society: Society,
) -> None:
    for facts in ({}, {"tax_regime": "uk_gift_aid"}):
        with pytest.raises(NotDeclared):
            society.declare(entity_id=make.entity(**facts).pk)
    with pytest.raises(NotDeclared):
        society.declare(given_on=society.today + DAY)
    assert Declaration.objects.count() == 0


@pytest.mark.parametrize(
    ("facts", "name"),
    [
        ({"postcode": "eh12 6ts"}, "declaration_postcode_is_written_right"),
        ({"house": ""}, "declaration_names_a_taxpayer"),
        ({"scope": "one"}, "declaration_of_one_names_its_gift"),
        ({"cancelled_on": dt.date(2026, 1, 1)}, "declaration_is_cancelled_by_somebody"),
        ({"covers_from": dt.date(2999, 1, 1)}, "declaration_covers_its_day"),
    ],
)
def test_the_database_holds_it(society: Society, facts: dict[str, Any], name: str) -> None:
    made = society.declare()
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        Declaration.objects.filter(pk=made.pk).update(**facts)


def test_the_words_name_and_address_are_kept_as_declared(society: Society) -> None:
    made = society.declare()
    assert UNDERSTOOD in made.wording
    assert "Royal Manul Society" in made.wording
    assert (made.postcode, made.house, made.last_name) == ("EH12 6TS", "12", "O'Brien-Smith")
    facts = str(list(Record.objects.values_list("facts", flat=True)))
    assert "EH12" not in facts
    assert "Brien" not in facts


def test_the_same_again_is_one_also_by_several_at_once(society: Society) -> None:
    society.donor()
    made = together(3, lambda _number: society.declare().pk)
    assert len(set(made)) == Declaration.objects.count() == 1


def test_without_the_lock_the_database_refuses_the_second(society: Society) -> None:
    made = society.declare()
    made.pk = None
    with pytest.raises(IntegrityError, match="declaration_of_all_runs_once"), transaction.atomic():
        made.save()


def test_another_address_is_another_declaration_and_the_first_stays_as_it_was(
    society: Society,
) -> None:
    first = society.declare(given_on=society.today - 10 * DAY)
    society.declare(taxpayer=Taxpayer("", "Zoë", "O", "The Mill", "x"))
    first.refresh_from_db()
    assert (first.house, first.cancelled_on) == ("12", society.today)
    assert Declaration.objects.filter(cancelled_on=None).get().postcode == "X"


def test_it_covers_four_years_back_and_all_to_come(society: Society, clock_at: Move) -> None:
    fresh, old = society.today - 1400 * DAY, society.today - 1500 * DAY
    gifts = [society.gift(on=fresh), society.gift(on=old)]
    assert [why_not(gift) for gift in gifts] == [
        "No declaration covers it.",
        "It is more than four years old.",
    ]
    society.declare()
    assert [why_not(gift) for gift in gifts] == ["", "It is more than four years old."]
    clock_at(clock.now() + 40 * DAY)
    assert why_not(society.gift()) == ""


def test_a_cancellation_ends_it_for_later_gifts_only(society: Society, clock_at: Move) -> None:
    made, before = society.declare(), society.gift()
    declarations.cancel(declaration_id=made.pk, actor="user:1")
    clock_at(clock.now() + 3 * DAY)
    declarations.cancel(declaration_id=made.pk, actor="user:1")
    after = society.gift()
    assert [why_not(before), why_not(after)] == ["", "No declaration covers it."]
    assert Record.objects.filter(action="declaration.cancelled").count() == 1


@pytest.mark.parametrize(("days", "says"), [(30, "No declaration covers it."), (31, "")])
def test_one_by_word_of_mouth_can_be_taken_back_within_thirty_days(
    society: Society, clock_at: Move, days: int, says: str
) -> None:
    made, gift = society.declare(channel=Channel.ORAL), society.gift()
    assert why_not(gift) == ""
    mail = Mail.objects.get(cause=f"declaration:{made.pk}")
    assert UNDERSTOOD in " ".join(mail.text.split())
    assert "30 days" in mail.text
    clock_at(clock.now() + days * DAY)
    declarations.cancel(declaration_id=made.pk, actor="user:1")
    assert why_not(gift) == says


def test_one_on_paper_is_confirmed_and_one_on_the_account_is_not(society: Society) -> None:
    society.declare(channel=Channel.PAPER)
    assert Mail.objects.filter(cause__startswith="declaration:").count() == 1
    society.declare(email="b@donor.example")
    assert Mail.objects.filter(cause__startswith="declaration:").count() == 1


def test_one_for_one_gift_covers_no_other(society: Society) -> None:
    gift, other = society.gift(), society.gift()
    society.declare(Scope.ONE, gift=gift)
    society.declare(Scope.ONE, gift=gift)
    assert [why_not(gift), why_not(other)] == ["", "No declaration covers it."]
    assert Declaration.objects.count() == 1


def test_until_its_gift_is_paid_a_declaration_on_a_form_covers_nothing(society: Society) -> None:
    paid = society.gift()
    promised = make.gift(
        society.general, email="zoe@donor.example", currency="GBP", entity_id=society.entity.pk
    )
    society.declare(gift=promised, channel=Channel.FORM)
    assert why_not(paid) == "No declaration covers it."
    # And it stands in nobody's way.
    society.declare()
    assert why_not(paid) == ""


def test_a_gift_that_went_back_or_brought_too_much_in_return_is_not_eligible(
    society: Society,
) -> None:
    society.declare()
    gone, rich, fine = society.gift(), society.gift(200_00), society.gift(200_00)
    society.give_back(gone, 100_00)
    for gift, minor in ((rich, 30_01), (fine, 30_00)):
        Gift.objects.filter(pk=gift.pk).update(benefit_minor=minor, benefit_words="A plush manul")
    assert why_not(gone) == "The gift is not here, or did not stay."
    assert why_not(rich) == "The giver got more in return than the law allows."
    assert why_not(fine) == ""


def test_foreign_money_counts_at_what_it_was_worth_in_pounds(society: Society) -> None:
    society.declare()
    gift = society.gift(100_00, currency="EUR", value=taxpayers.pounds(85_33))
    found = eligibility.judge(gift)
    assert isinstance(found, Candidate)
    assert found.donated_minor == 85_33


@pytest.mark.parametrize(
    ("donated", "most"),
    [(1, 0), (100_00, 25_00), (100_20, 25_01), (200_00, 30_00), (10**8, 2_500_00)],
)
def test_the_limit_of_what_may_be_got_in_return(donated: int, most: int) -> None:
    assert limits.most_benefit(donated) == most


@given(st.integers(1, 10**10))
def test_tax_is_a_quarter_to_the_nearest_penny(donated: int) -> None:
    assert abs(4 * limits.tax_on(donated) - donated) <= 2


def test_four_years_before_a_leap_day_without_one_is_the_28th() -> None:
    assert limits.years_before(dt.date(2104, 2, 29), 4) == dt.date(2100, 2, 28)
    assert limits.postcode("sw1a1aa") == "SW1A 1AA"
    assert limits.postcode("gir 0aa") == "GIR 0AA"
    assert ZOE.postcode == "eh12 6ts"
