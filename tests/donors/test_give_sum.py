"""The sums that the giving form asks for while somebody types."""

import pytest
from django.core.cache import cache
from django.test import Client


@pytest.fixture(autouse=True)
def fresh_counters() -> None:
    cache.clear()


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (
            "amount=10&currency=EUR",
            {"cover": "Add €0.41 so that the payment fee is paid too", "button": "Give €10.00"},
        ),
        (
            "amount=10&currency=EUR&cover=1",
            {"cover": "Add €0.41 so that the payment fee is paid too", "button": "Give €10.41"},
        ),
        (
            "amount=1500&currency=JPY",
            {"cover": "Add ¥102 so that the payment fee is paid too", "button": "Give ¥1,500"},
        ),
        ("amount=&currency=EUR", {}),
        ("amount=1&currency=EUR", {}),
        ("amount=ten&currency=EUR", {}),
    ],
)
def test_the_live_sum_says_what_the_form_will_do(
    client: Client, query: str, expected: dict[str, str]
) -> None:
    assert client.get(f"/give/sum/?{query}").json() == expected


def test_the_live_sum_refuses_an_unknown_currency(client: Client) -> None:
    assert client.get("/give/sum/?amount=10&currency=BTC").status_code == 400
