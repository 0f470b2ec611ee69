"""The one client of Stripe, and what its failures mean to us.

Everything that speaks to Stripe does so inside `speaking()`, with no transaction open, and
meets four kinds of trouble instead of Stripe's dozen.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

import stripe
from django.conf import settings
from django.db import transaction

from funding.errors import Refused

logger = logging.getLogger(__name__)

API_VERSION = "2026-10-28.endive"
_TIMEOUT_SECONDS = (3.0, 20.0)


class Unreachable(Refused):
    """Stripe did not answer, or not usefully. Whether it acted is unknown: ask again.

    `is_stored` says that Stripe keeps this failure as its answer to the idempotency key, so
    that asking again wants a new key, and a look at what the old one did.
    """

    def __init__(self, sentence: str, *, is_stored: bool = False) -> None:
        super().__init__(sentence)
        self.is_stored = is_stored


class Missing(Exception):
    """Stripe has no such object: it belongs to somebody else or never existed."""


class Rejected(Exception):
    """Stripe understood the request and will not do it, now or later."""


def client() -> stripe.StripeClient:
    """The client for the configured key and address."""
    return _client(settings.STRIPE_SECRET_KEY, settings.STRIPE_API_BASE)


@lru_cache(maxsize=4)
def _client(key: str, base: str) -> stripe.StripeClient:
    return stripe.StripeClient(
        key,
        base_addresses={"api": base, "files": base},
        stripe_version=API_VERSION,
        # A repeated POST carries the same idempotency key, so it is never a second deed.
        max_network_retries=2,
        http_client=stripe.RequestsClient(timeout=_TIMEOUT_SECONDS),
    )


@contextmanager
def speaking() -> Iterator[None]:
    """Turn Stripe's errors into ours, and hold every caller to open no transaction."""
    with transaction.atomic(durable=True):
        # Raises RuntimeError where a transaction is open: locks must not wait for a network.
        pass
    try:
        yield
    except (
        stripe.APIConnectionError,
        stripe.RateLimitError,
        stripe.IdempotencyError,
    ) as error:
        raise _unreachable(error) from error
    except stripe.InvalidRequestError as error:
        if error.code == "resource_missing":
            raise Missing(error.user_message or str(error)) from error
        if error.http_status == 409:
            raise _unreachable(error) from error
        raise Rejected(error.user_message or str(error)) from error
    except (stripe.AuthenticationError, stripe.PermissionError) as error:
        logger.critical("stripe refuses our key: %s", type(error).__name__)
        raise _unreachable(error) from error
    except stripe.APIError as error:
        if error.http_status == 501:
            # Only a rehearsal answers so: the call is one that it does not know.
            raise Rejected(str(error)) from error
        raise _unreachable(error) from error


def _unreachable(error: stripe.StripeError) -> Unreachable:
    logger.warning(
        "stripe unreachable kind=%s status=%s request=%s",
        type(error).__name__,
        error.http_status,
        error.request_id,
    )
    return Unreachable(
        "The payment page cannot be reached at the moment.",
        is_stored=(error.http_status or 0) >= 500,
    )
