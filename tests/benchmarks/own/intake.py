"""The product's webhook view, called without a web server."""

import tempfile
from collections.abc import Iterator
from itertools import islice

import django
from django.http import HttpRequest
from django.test import RequestFactory
from psycopg.pq import Trace

from tests.benchmarks import events
from tests.benchmarks.answering import answer, timed_over

_bodies = events.bodies()


def _requests(count: int) -> Iterator[HttpRequest]:
    for body in islice(_bodies, count):
        yield RequestFactory().post(
            "/stripe/webhook/",
            data=body,
            content_type="application/json",
            headers={"Stripe-Signature": events.signature(body)},
        )


def _take_in(request: HttpRequest) -> None:
    from funding.site.webhooks import stripe_webhook

    assert stripe_webhook(request).status_code == 200


def take_in(seconds: float) -> dict[str, float]:
    """Take events in for so long."""
    return timed_over(seconds, list(_requests(int(seconds * 4000))), _take_in)


def queries() -> int:
    """How many statements one event takes, as they go over the line to the server."""
    from django.db import connection

    (request,) = _requests(1)
    connection.ensure_connection()
    line = connection.connection.pgconn
    with tempfile.TemporaryFile() as log:
        line.trace(log.fileno())
        line.set_trace_flags(Trace.SUPPRESS_TIMESTAMPS)
        _take_in(request)
        line.untrace()
        log.seek(0)
        sent = [row.split(b"\t") for row in log if row.startswith(b"F\t")]
    return sum(row[2].strip() in {b"Query", b"Execute"} for row in sent)


def stored() -> int:
    """How many events are in the inbox."""
    from funding.gateway.models import Event

    return Event.objects.count()


if __name__ == "__main__":
    django.setup()
    answer({"take_in": take_in, "queries": queries, "stored": stored})
