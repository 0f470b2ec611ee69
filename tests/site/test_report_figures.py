"""Goal: a report says what the postings say, however they are added up."""

import datetime as dt
from collections import Counter
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from funding.ledger import statements
from funding.ledger.book import Leg
from funding.ledger.models import Fund
from funding.site import report_figures
from grants import figures
from grants.models import Award
from tests import make
from tests.site import report_world
from tests.site.random_life import random_life
from tests.site.recount import recount
from tests.site.report_world import Life, euro

pytestmark = pytest.mark.django_db

YEAR = (dt.date(2025, 1, 1), dt.date(2025, 12, 31))
SPANS = [
    YEAR,
    (dt.date(2024, 1, 1), dt.date(2024, 1, 31)),
    (dt.date(2024, 4, 1), dt.date(2024, 6, 30)),
    (dt.date(2024, 2, 29), dt.date(2025, 3, 15)),
    (dt.date(2020, 1, 1), dt.date(2026, 6, 30)),
]
LINES = ("opening", "gifts", "refunds", "fees", "transfers", "awards", "other", "closing")


def told(at: Life, fund: Fund | None, start: dt.date, end: dt.date) -> dict[str, Any]:
    """What the report says."""
    return report_figures.facts(at.report(fund, start, end))


def sum_of(rows: list[dict[str, Any]], name: str = "minor") -> int:
    return sum(row[name] for row in rows)


def hold_together(facts: dict[str, Any]) -> None:
    """Every sum is that of its parts."""
    moved, behind = facts["moved"], facts["behind"]
    assert sum(moved[name] for name in LINES[:-1]) == moved["closing"]
    assert sum_of(facts["months"]) == sum_of(facts["sizes"]) == moved["gifts"]
    assert sum_of(facts["currencies"]) == moved["gifts"]
    for name in ("months", "sizes", "currencies"):
        assert sum_of(facts[name], "count") == moved["gift_count"]
    assert sum_of(facts["fees"]) == moved["fees"]
    assert sum_of(facts["others"]) == moved["other"]
    assert sum_of(facts["transfers"]) == moved["transfers"]
    assert sum_of(behind["places"]) == moved["closing"]
    promised = behind["held"] + behind["committed"] + behind["reserve"]
    assert behind["available"] == moved["closing"] - promised
    rows = facts["awards"] + facts["earlier"]
    assert sum_of(rows, "drawn") == -moved["awards"]
    assert sum_of(rows, "paid_during") == facts["payments_sum"] == sum_of(facts["payments"])
    for row in [*rows, facts["awards_sum"], facts["earlier_sum"]]:
        assert row["awarded"] == row["paid"] + row["payable"] + row["committed"]


def agree(facts: dict[str, Any], again: dict[str, Any]) -> None:
    """The report says what was counted once more."""
    moved, behind = facts["moved"], facts["behind"]
    for name in (*LINES, "gift_count"):
        assert moved[name] == again.get(name, 0), name
    digits = 4 if facts["is_yearly"] else 7
    months: Counter[str] = Counter()
    for month, minor in again["months"].items():
        months[month[:digits]] += minor
    rows = {row["month"][:digits]: row["minor"] for row in facts["months"]}
    assert {month: minor for month, minor in rows.items() if minor} == {
        month: minor for month, minor in months.items() if minor
    }
    assert {index: row["count"] for index, row in enumerate(facts["sizes"]) if row["count"]} == {
        size: count for size, count in again["sizes"].items() if count
    }
    assert {row["currency"]: row["minor"] for row in facts["currencies"]} == dict(again["given"])
    assert (behind["held"], behind["committed"]) == (again["held"], again["committed"])
    assert sum_of(behind["on_its_way"]) == again["abroad"]
    places = {row["kind"]: row["minor"] for row in behind["places"]}
    assert places.get("payable", 0) == again["payable"]


@pytest.mark.parametrize("seed", range(6))
def test_a_random_life_is_reported_as_it_is_recounted(seed: int) -> None:
    lived = random_life(seed)
    for start, end in SPANS:
        for fund in lived.funds:
            facts = told(lived, fund, start, end)
            hold_together(facts)
            agree(facts, recount([fund], start, end))
        facts = told(lived, None, start, end)
        hold_together(facts)
        agree(facts, recount(lived.funds, start, end))


@pytest.mark.parametrize("seed", [3, 4])
def test_the_report_on_all_funds_is_the_sum_of_those_on_each(seed: int) -> None:
    lived = random_life(seed)
    for start, end in SPANS:
        each = [told(lived, fund, start, end) for fund in lived.funds]
        whole = told(lived, None, start, end)
        for name in LINES:
            assert whole["moved"][name] == sum(one["moved"][name] for one in each), name
            assert sum_of(whole["funds"], name) == whole["moved"][name]
        for name in ("held", "committed", "reserve", "available"):
            assert whole["behind"][name] == sum(one["behind"][name] for one in each), name
        assert whole["payments_sum"] == sum(one["payments_sum"] for one in each)
        assert whole["exchange"] == sum(one["exchange"] for one in each)
        for name in ("awarded", "paid", "payable", "committed"):
            assert whole["awards_sum"][name] == sum(one["awards_sum"][name] for one in each)


def test_at_the_end_of_today_awards_say_what_their_pages_say() -> None:
    lived = random_life(5)
    facts = told(lived, None, dt.date(2024, 1, 1), dt.date(2026, 6, 30))
    now = figures.of(Award.objects.values_list("pk", flat=True)).values()
    for name in ("awarded", "paid", "payable", "committed"):
        assert facts["awards_sum"][name] == sum(getattr(each, name).minor for each in now)
    assert len(facts["awards"]) == len(now) > 0


def test_the_statement_of_the_ledger_is_the_statement_of_the_report() -> None:
    lived = random_life(6)
    for fund in lived.funds:
        facts = told(lived, fund, *YEAR)
        moved = statements.movements(fund_ids=[fund.pk], start=YEAR[0], end=YEAR[1])
        assert {name: getattr(moved, name).minor for name in LINES} | {
            "gift_count": moved.gift_count
        } == facts["moved"]


def test_a_fund_without_a_single_entry_has_a_report_of_noughts() -> None:
    lived = report_world.life()
    for fund in (lived.funds[0], None):
        facts = told(lived, fund, *YEAR)
        hold_together(facts)
        assert set(facts["moved"].values()) == {0}
        assert (facts["awards"], facts["earlier"], facts["payments"]) == ([], [], [])
        assert len(facts["months"]) == 12
        assert report_figures.drawings(facts)["tail"] == []


def test_a_fund_opened_within_the_period_begins_with_nothing() -> None:
    lived = report_world.life(opened_on=dt.date(2025, 6, 1))
    general = lived.funds[0]
    lived.gives(dt.date(2025, 6, 2), 5_000, general)
    facts = told(lived, general, *YEAR)
    assert (facts["moved"]["opening"], facts["moved"]["closing"]) == (0, 5_000)
    before = told(lived, None, dt.date(2024, 1, 1), dt.date(2024, 12, 31))
    assert [row["name"] for row in before["funds"]] == ["Snow and rock"]
    assert [row["name"] for row in told(lived, None, *YEAR)["funds"]] == [
        "General fund",
        "Snow and rock",
    ]


def test_what_happened_after_the_last_day_is_not_in_the_report() -> None:
    lived = report_world.life()
    general = lived.funds[0]
    lived.gives(dt.date(2025, 12, 31), 100_000, general)
    award = lived.awards_to(dt.date(2025, 12, 31), "Dens", {general: 40_000})
    first = told(lived, general, *YEAR)
    lived.gives(dt.date(2026, 1, 1), 7_000, general)
    lived.falls_due(dt.date(2026, 1, 1), award, 1, {general: 40_000})
    lived.is_paid(dt.date(2026, 1, 2), award, 1, {general: 40_000})
    assert told(lived, general, *YEAR) == first
    assert first["behind"] == {
        "places": [{"kind": "money", "minor": 100_000}],
        "held": 0,
        "committed": 40_000,
        "reserve": 0,
        "available": 60_000,
        "on_its_way": [],
    }
    after = told(lived, general, dt.date(2026, 1, 1), dt.date(2026, 1, 31))
    assert after["awards"] == []
    (row,) = after["earlier"]
    assert (row["paid_before"], row["paid_during"], row["committed"]) == (0, 40_000, 0)
    assert after["moved"]["awards"] == -40_000
    quiet = told(lived, general, dt.date(2026, 2, 1), dt.date(2026, 2, 28))
    assert (quiet["awards"], quiet["earlier"]) == ([], [])


def test_a_gift_put_right_is_taken_from_its_size_and_month() -> None:
    lived = report_world.life()
    number = lived.gives(dt.date(2025, 2, 3), 30_000, lived.funds[0])
    lived.gives(dt.date(2025, 2, 3), 30_000, lived.funds[0])
    lived.reverses(f"gift:{number}:settle", dt.date(2025, 2, 9))
    facts = told(lived, lived.funds[0], *YEAR)
    hold_together(facts)
    assert [row["count"] for row in facts["sizes"]] == [0, 0, 0, 1, 0]
    assert facts["months"][1] == {"month": "2025-02-01", "count": 1, "minor": 30_000}


def test_a_foreign_gift_is_told_at_its_value_and_its_refund_at_that_of_its_day() -> None:
    lived = report_world.life()
    general = lived.funds[0]
    day = dt.date(2025, 3, 30)
    gift = lived.gives_pounds(day, 10_000, 11_500, general, known=dt.date(2025, 4, 1))
    lived.gives_pounds(day, 2_000, 0, general)
    lived.gets_pounds_back(dt.date(2025, 5, 2), gift, 4_000, 4_610, general)
    spring = told(lived, general, dt.date(2025, 3, 1), dt.date(2025, 3, 31))
    assert spring["moved"]["gifts"] == 0
    assert spring["behind"]["on_its_way"] == [{"currency": "GBP", "minor": 12_000}]
    facts = told(lived, general, *YEAR)
    assert facts["moved"]["gifts"] == 11_500
    assert facts["moved"]["refunds"] == -4_610
    assert facts["currencies"] == [
        {"currency": "GBP", "given": 10_000, "count": 1, "minor": 11_500}
    ]
    # The forty pounds had come in as EUR 46.00.
    assert facts["exchange"] == -10
    assert facts["refund_count"] == 1
    assert facts["behind"]["on_its_way"] == [{"currency": "GBP", "minor": 2_000}]


def test_exchange_differences_of_parts_add_up_to_that_of_the_whole() -> None:
    lived = report_world.life()
    general = lived.funds[0]
    gift = lived.gives_pounds(dt.date(2025, 1, 2), 1_000, 1_157, general, known=dt.date(2025, 1, 2))
    for month, pence in ((2, 333), (3, 333), (4, 334)):
        lived.gets_pounds_back(dt.date(2025, month, 1), gift, pence, 390, general)
    parts = [
        told(lived, general, dt.date(2025, month, 1), dt.date(2025, month, 28))["exchange"]
        for month in (2, 3, 4)
    ]
    assert sum(parts) == told(lived, general, *YEAR)["exchange"] == 1_157 - 3 * 390


def test_transfers_name_the_other_fund() -> None:
    lived = report_world.life()
    general, snow = lived.funds
    lived.brings_forward(dt.date(2025, 1, 2), 90_000, general)
    lived.moves(dt.date(2025, 2, 2), 5_000, general, snow)
    lived.moves(dt.date(2025, 2, 3), 1_000, general, snow)
    assert told(lived, general, *YEAR)["transfers"] == [{"name": "Snow and rock", "minor": -6_000}]
    assert told(lived, snow, *YEAR)["transfers"] == [{"name": "General fund", "minor": 6_000}]
    assert told(lived, None, *YEAR)["transfers"] == []
    assert told(lived, general, *YEAR)["others"] == [{"kind": "brought_forward", "minor": 90_000}]


def test_all_funds_say_where_money_lies_when_a_payout_has_moved_it() -> None:
    lived = report_world.life()
    general = lived.funds[0]
    treasury = Fund.objects.get(entity=lived.entity, is_treasury=True)
    lived.gives(dt.date(2025, 2, 2), 9_000, general)
    lived.post(
        "payout:1:arrive", "transfer", "payout:1", dt.date(2025, 3, 1),
        Leg(lived.bank, treasury.pk, euro(6_000)),
        Leg(lived.clearing, treasury.pk, euro(-6_000)),
    )  # fmt: skip
    whole = told(lived, None, *YEAR)
    assert whole["behind"]["places"] == [
        {"kind": "bank", "minor": 6_000},
        {"kind": "clearing", "minor": 3_000},
    ]
    hold_together(whole)
    assert told(lived, general, *YEAR)["behind"]["places"] == [{"kind": "money", "minor": 9_000}]


def test_another_entity_and_another_currency_are_left_out() -> None:
    lived = report_world.life()
    other = report_world.Life(make.entity(), [], lived.asel)
    elsewhere = make.fund(other.entity, "Elsewhere")
    make.fund(lived.entity, "Pounds", currency="GBP")
    other.gives(dt.date(2025, 2, 2), 9_000, elsewhere)
    facts = told(lived, None, *YEAR)
    assert facts["moved"]["gifts"] == 0
    assert [row["name"] for row in facts["funds"]] == ["General fund", "Snow and rock"]


def test_a_period_of_many_years_is_told_by_year() -> None:
    lived = report_world.life()
    lived.gives(dt.date(2023, 2, 2), 9_000, lived.funds[0])
    facts = told(lived, None, dt.date(2021, 7, 1), dt.date(2025, 6, 30))
    assert facts["is_yearly"]
    assert [row["month"] for row in facts["months"]] == [
        f"{year}-01-01" for year in range(2021, 2026)
    ]
    assert facts["months"][2] == {"month": "2023-01-01", "count": 1, "minor": 9_000}


def test_reading_takes_as_many_queries_for_many_gifts_as_for_one() -> None:
    lived = report_world.life()
    general = lived.funds[0]
    lived.gives(dt.date(2025, 1, 5), 1_000, general)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            told(lived, general, *YEAR)
        return len(captured)

    few = queries()
    for day in range(1, 29):
        lived.gives(dt.date(2025, 2, day), 1_000 + day, general)
        lived.gets_back(dt.date(2025, 3, day), 10, general)
    assert queries() == few < 20
