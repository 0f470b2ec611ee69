"""What the form offers in each currency, and whether the cover it proposes pays the fee."""

import pytest

from donors.fees import LIMITS, cover_for
from donors.forms.giving import CURRENCIES
from funding.money import Money
from funding.sandbox.stripe import currencies


def test_every_currency_has_a_name_limits_and_a_rate() -> None:
    assert set(CURRENCIES) == set(LIMITS)
    assert {"NOK", "DKK", "CHF"} <= set(LIMITS)
    for currency, limit in LIMITS.items():
        assert {money.currency for money in (limit.maximum, *limit.suggested)} == {currency}
        assert cover_for(limit.minimum)


@pytest.mark.parametrize("currency", LIMITS)
def test_what_is_suggested_may_be_given_and_stripe_takes_it(currency: str) -> None:
    limit = LIMITS[currency]
    assert list(limit.suggested) == sorted(set(limit.suggested), key=lambda money: money.minor)
    assert all(limit.minimum <= money <= limit.maximum for money in limit.suggested)
    most = limit.maximum + cover_for(limit.maximum)
    assert limit.minimum.minor >= currencies.minimum(currency.lower(), "eur")
    assert most.minor <= currencies.MAXIMUM


@pytest.mark.parametrize("currency", LIMITS)
def test_the_cover_pays_the_whole_fee_of_a_card(currency: str) -> None:
    limit = LIMITS[currency]
    for amount in (limit.minimum, *limit.suggested, limit.maximum):
        kept = _comes_to(amount + cover_for(amount))
        wanted = currencies.convert(amount.minor, currency.lower(), "eur")
        # Two sums are rounded to the cent on the way.
        assert kept >= wanted - 1, amount


def _comes_to(gross: Money) -> int:
    """What is left of a card payment in euro cents, at the sandbox's rates."""
    value = currencies.convert(gross.minor, gross.currency.lower(), "eur")
    fee = currencies.processing_fee(value, "eur")
    return value - fee - (0 if gross.currency == "EUR" else currencies.conversion_fee(value))
