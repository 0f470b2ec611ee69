"""Brakes on public forms: how often something may happen within a span of time.

The counters live in the cache and are forgotten with it. They hold no address and no e-mail,
only keyed hashes. With the cache down everything is allowed and logged: a brake must never
be the reason why a gift is lost.
"""

import hmac
import ipaddress
import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Concatenate

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Brake:
    """At most `times` of something by one subject in `seconds`, counted from the first."""

    name: str
    times: int
    seconds: int


GIVE_BY_ADDRESS = Brake("give-address", 30, 600)
GIVE_BY_EMAIL = Brake("give-email", 10, 600)
# Stolen cards are tried from many addresses at once; this one sees them together.
GIVE_BY_ALL = Brake("give-all", 600, 600)
SUM_BY_ADDRESS = Brake("sum-address", 300, 300)
VERIFY_BY_ADDRESS = Brake("verify-address", 30, 60)
JOURNAL_BY_ADDRESS = Brake("journal-address", 20, 60)
# The open books read the whole journal.
BOOKS_BY_ADDRESS = Brake("books-address", 60, 60)
# How often one thank-you page may make us ask Stripe.
FOLLOW_BY_GIFT = Brake("follow-gift", 30, 300)
# A link from a mail opens a page without signing in; and each try at a card asks its bank.
REPAIR_BY_ADDRESS = Brake("repair-address", 60, 600)
CARD_BY_PLEDGE = Brake("card-pledge", 15, 3600)
FORGED_WEBHOOK_BY_ADDRESS = Brake("forged-webhook-address", 20, 60)

START_BY_PERSON = Brake("start-person", 30, 86_400)
# A window saves every few seconds while somebody types; several may be open.
SAVE_BY_PERSON = Brake("save-person", 900, 600)
INVITE_BY_PERSON = Brake("invite-person", 30, 86_400)
# A link from a mail opens a page without signing in.
REFERENCE_BY_ADDRESS = Brake("reference-address", 60, 600)
COMMENT_BY_PERSON = Brake("comment-person", 60, 600)
MESSAGE_BY_PERSON = Brake("message-person", 60, 600)
# A file of ten megabytes comes in eighty pieces.
FILE_BY_PERSON = Brake("file-person", 1200, 600)


class TooMany(Exception):
    """A brake caught. Nothing was done; try again after `seconds`."""

    def __init__(self, seconds: int) -> None:
        self.sentence = _("That was too often in a short time. Nothing was done or taken.")
        self.seconds = seconds
        super().__init__(self.sentence)


def hit(brake: Brake, subject: str = "") -> bool:
    """Count one more by this subject. True while it is within the brake."""
    key = f"brake:{brake.name}:{_hashed(subject)}"
    try:
        if cache.add(key, 1, timeout=brake.seconds):
            return True
        count = cache.incr(key)
    except ValueError:
        # The window ended between the two calls, so this is the first of the next.
        return True
    except (RedisError, OSError) as error:
        logger.warning("brake not counted name=%s error=%s", brake.name, type(error).__name__)
        return True
    if count == brake.times + 1:
        logger.warning("brake caught name=%s", brake.name)
    return count <= brake.times


def check(brake: Brake, subject: str = "") -> None:
    """Count one more by this subject, or raise TooMany."""
    if not hit(brake, subject):
        raise TooMany(brake.seconds)


def address(request: HttpRequest) -> str:
    """The visitor's network address, as far as our own proxies vouch for it.

    Each proxy appends the address that it saw, so with n proxies of ours the n-th from the
    right is the visitor's; whatever stands further left was typed by the visitor. Of IPv6 the
    first 64 bits count: one line has the rest to itself.
    """
    seen = str(request.META.get("REMOTE_ADDR", ""))
    if settings.PROXIES:
        chain = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",")]
        if len(chain) >= settings.PROXIES:
            seen = chain[-settings.PROXIES] or seen
    try:
        ip = ipaddress.ip_address(seen)
    except ValueError:
        return ""
    if isinstance(ip, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((ip, 64), strict=False))
    return str(ip)


def limited[**P, R: HttpResponseBase](
    brake: Brake, *, methods: tuple[str, ...] = ("GET", "HEAD", "POST")
) -> Callable[
    [Callable[Concatenate[HttpRequest, P], R]],
    Callable[Concatenate[HttpRequest, P], R],
]:
    """A view that one address may call so often; beyond that it answers 429."""

    def decorate(
        view: Callable[Concatenate[HttpRequest, P], R],
    ) -> Callable[Concatenate[HttpRequest, P], R]:
        @wraps(view)
        def braked(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> R:
            if request.method in methods:
                check(brake, address(request))
            return view(request, *args, **kwargs)

        return braked

    return decorate


def _hashed(subject: str) -> str:
    return hmac.new(settings.SECRET_KEY.encode(), subject.encode(), "sha256").hexdigest()[:32]
