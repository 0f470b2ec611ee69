"""How money, days and instants are written."""

import datetime as dt

import pytest

from funding.money import Money
from funding.site.templatetags import look


@pytest.mark.parametrize(
    ("minor", "currency", "expected"),
    [
        (2500, "EUR", "€25"),
        (2550, "EUR", "€25.50"),
        (100000, "EUR", "€1,000"),
        (1000000, "JPY", "¥1,000,000"),
        (10000, "SEK", "SEK\u00a0100"),
    ],
)
def test_round_amounts_are_written_short(minor: int, currency: str, expected: str) -> None:
    assert look.short(Money(minor, currency)) == expected


def test_an_instant_is_written_with_its_zone() -> None:
    at = dt.datetime(2026, 3, 14, 23, 30, tzinfo=dt.UTC)
    assert "15 March 2026, 00:30 CET" in look.instant(at, "Europe/Stockholm")
    assert "14 March 2026, 23:30 UTC" in look.instant(at)
    assert "15 March 2026" in look.day(at, "Europe/Stockholm")
    assert 'datetime="2026-03-15"' in look.day(at, "Europe/Stockholm")


@pytest.mark.parametrize(
    ("email", "expected"),
    [("zoe@example.org", "z…@example.org"), ('"a@b"@example.org', '"…@example.org')],
)
def test_an_address_is_masked(email: str, expected: str) -> None:
    assert look.masked(email) == expected
