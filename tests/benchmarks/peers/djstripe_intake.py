"""dj-stripe's webhook view, called without a web server."""

import os
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from typing import Any

import django
from django.conf import settings

from tests.benchmarks import events
from tests.benchmarks.answering import answer, timed_over
from tests.benchmarks.peers.hordak_ledger import database

KEY = "sk_test_" + 24 * "0"

_bodies = events.bodies()


@lru_cache(maxsize=1)
def endpoint() -> Any:
    """The endpoint whose secret signs the events."""
    from djstripe.models import Account, APIKey, WebhookEndpoint

    # It knows the key's account already, so that it never asks Stripe.
    account = Account.objects.create(id="acct_measuring", livemode=False, metadata={})
    APIKey.objects.create(secret=KEY, type="secret", livemode=False, djstripe_owner_account=account)
    return WebhookEndpoint.objects.create(
        djstripe_owner_account=account,
        id="we_measuring",
        secret=events.SECRET,
        enabled_events=["*"],
        status="enabled",
        url="https://fund.example.org/stripe/webhook/",
        livemode=False,
        metadata={},
    )


def prepare() -> str:
    """The tables, without the long way through the migrations; which dj-stripe this is."""
    from importlib.metadata import version

    from django.core.management import call_command

    call_command("migrate", run_syncdb=True, verbosity=0)
    endpoint()
    return version("dj-stripe")


def _requests(count: int) -> Iterator[Any]:
    from django.test import RequestFactory

    for body in islice(_bodies, count):
        yield RequestFactory().post(
            f"/stripe/webhook/{endpoint().djstripe_uuid}",
            data=body,
            content_type="application/json",
            headers={"Stripe-Signature": events.signature(body)},
        )


def _take_in(request: Any) -> None:
    from djstripe.views import ProcessWebhookView

    response = ProcessWebhookView.as_view()(request, uuid=endpoint().djstripe_uuid)
    assert response.status_code == 200


def take_in(seconds: float) -> dict[str, float]:
    """Take events in for so long."""
    return timed_over(seconds, list(_requests(int(seconds * 500) + 1)), _take_in)


def queries() -> int:
    """How many statements one event takes."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    (request,) = _requests(1)
    with CaptureQueriesContext(connection) as captured:
        _take_in(request)
    return len(captured)


if __name__ == "__main__":
    settings.configure(
        INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "djstripe"],
        DATABASES={"default": database(os.environ["DATABASE_URL"])},
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        MIGRATION_MODULES=dict.fromkeys(("auth", "contenttypes", "djstripe")),
        STRIPE_LIVE_MODE=False,
        STRIPE_TEST_SECRET_KEY=KEY,
        DJSTRIPE_FOREIGN_KEY_TO_FIELD="id",
        USE_TZ=True,
        SECRET_KEY="only for measuring",
        ALLOWED_HOSTS=["*"],
    )
    django.setup()
    answer({"prepare": prepare, "take_in": take_in, "queries": queries})
