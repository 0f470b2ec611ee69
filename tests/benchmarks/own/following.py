"""The page on which a donor follows the money, asked for as a browser does."""

from functools import lru_cache

import django
from django.test import Client

from tests.benchmarks.answering import answer, timed
from tests.benchmarks.own.givers import ALICE, prepare

PAGE = "/account/money/"


@lru_cache(maxsize=1)
def _browser() -> Client:
    """One in which the donor has signed in."""
    from funding.users.models import User
    from tests.people import sign_in

    browser = Client(headers={"host": "localhost"})
    sign_in(browser, User.objects.get(email=ALICE), factor=False)
    return browser


def _open() -> bytes:
    response = _browser().get(PAGE)
    assert response.status_code == 200, response
    return response.content


def look(gifts: int) -> int:
    """How many statements the page takes. Refuses a page that does not follow so many gifts."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from funding.money import Money

    _open()
    with CaptureQueriesContext(connection) as captured:
        page = _open().decode()
    assert Money(2550 * gifts, "EUR").text("en_GB") in page, page
    return len(captured)


def open_page(seconds: float) -> dict[str, float]:
    """Open the page for so long."""
    return timed(seconds, _open)


if __name__ == "__main__":
    django.setup()
    answer({"prepare": prepare, "look": look, "open_page": open_page})
