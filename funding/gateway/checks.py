"""Refusals of key and address combinations that would move real money by mistake."""

from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register

_STRIPE = "https://api.stripe.com"
_LIVE = ("sk_live_", "rk_live_")
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


def connect() -> None:
    """Register the checks, which run before every command and at start."""
    register(keys_and_addresses, Tags.security)


def keys_and_addresses(**_: object) -> list[CheckMessage]:
    """Judge key, Stripe's address and our own address together."""
    is_live = settings.STRIPE_SECRET_KEY.startswith(_LIVE)
    is_stripe = settings.STRIPE_API_BASE == _STRIPE
    site = urlsplit(settings.SITE_URL)
    is_public = (site.hostname or "") not in _LOOPBACK
    found: list[CheckMessage] = []
    if is_live and not is_stripe:
        found.append(_error(1, "A live key would be sent to an address that is not Stripe's."))
    if is_live and settings.DEBUG:
        found.append(_error(2, "A live key is set while DEBUG is on."))
    if is_live and site.scheme != "https":
        found.append(_error(3, "A live key is set while SITE_URL is not https."))
    if is_live and settings.CLOCK_FILE:
        found.append(_error(4, "A live key is set while CLOCK_FILE can turn the clock."))
    if not is_stripe and is_public:
        found.append(_error(5, "STRIPE_API_BASE is a sandbox while SITE_URL is a public address."))
    if is_public and not is_live and is_stripe and not settings.STRIPE_TEST_MODE:
        found.append(
            _error(
                6,
                "SITE_URL is public but the key is no live key: gifts would not be real. "
                "Set STRIPE_TEST_MODE=1 if that is meant.",
            )
        )
    if is_public and not settings.STRIPE_WEBHOOK_SECRETS:
        found.append(_error(7, "SITE_URL is public but STRIPE_WEBHOOK_SECRETS is empty."))
    return found


def _error(number: int, text: str) -> Error:
    return Error(text, id=f"gateway.E{number:03d}")
