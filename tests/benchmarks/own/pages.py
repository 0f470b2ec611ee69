"""The product's pages, called without a web server, for what a stopwatch cannot see."""

import django

from tests.benchmarks.answering import answer
from tests.benchmarks.own.ledger import prepare


def collect() -> None:
    """The static files as production has them: hashed and compressed."""
    from django.core.management import call_command

    call_command("collectstatic", verbosity=0, interactive=False, clear=True)


def queries(path: str) -> list[list[str]]:
    """The statements of the first visit to a page, for which it is made, and of the second."""
    return [_queries(path), _queries(path)]


def _queries(path: str) -> list[str]:
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as captured:
        response = Client().get(path, headers={"host": "localhost"})
    assert response.status_code == 200, response.content
    return [each["sql"] for each in captured.captured_queries]


if __name__ == "__main__":
    django.setup()
    answer({"collect": collect, "prepare": prepare, "queries": queries})
