"""Whether the parts that the fund needs are alive. Cheap, quick and without secrets."""

import time
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Final

from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from redis import Redis
from redis.exceptions import RedisError

from funding.ledger import balances

# Beyond these the part is called slow: bells not answered, postings not folded.
LONGEST_QUEUE: Final = 1_000
LONGEST_TAIL: Final = 50_000
_ANSWER_SECONDS: Final = 0.5


@dataclass(frozen=True, slots=True)
class Sign:
    """One part: whether it lives, and how old or how long what we saw of it is."""

    ok: bool
    age_seconds: int | None = None
    length: int | None = None


@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """Everybody may. 503 when gifts cannot be taken; with ?strict=1 when any part is down."""
    signs = told()
    needed = signs.values() if request.GET.get("strict") == "1" else [signs["database"]]
    shown = {
        name: {key: value for key, value in asdict(sign).items() if value is not None}
        for name, sign in signs.items()
    }
    return JsonResponse(shown, status=200 if all(sign.ok for sign in needed) else 503)


def told() -> dict[str, Sign]:
    """What each part shows of itself at this moment."""
    signs = {"database": _database()} | _queue_and_workers()
    signs["tail"] = _tail() if signs["database"].ok else Sign(ok=False)
    return signs


def _database() -> Sign:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return Sign(ok=False)
    return Sign(ok=True)


def _tail() -> Sign:
    try:
        length = balances.tail()
    except DatabaseError:
        return Sign(ok=False)
    return Sign(ok=length <= LONGEST_TAIL, length=length)


def _queue_and_workers() -> dict[str, Sign]:
    names = {"worker": "alive:worker", "scheduler": "alive:beat", "fold": "alive:fold"}
    dead = dict.fromkeys(["queue", *names], Sign(ok=False))
    try:
        length = bells()
        seen = cache.get_many(list(names.values()))
    except (RedisError, OSError):
        return dead
    # The keys expire by themselves, so one that is there is recent enough.
    now = int(time.time())
    ages = {name: seen.get(key) for name, key in names.items()}
    return {"queue": Sign(ok=length <= LONGEST_QUEUE, length=length)} | {
        name: Sign(ok=at is not None, age_seconds=None if at is None else max(0, now - int(at)))
        for name, at in ages.items()
    }


def bells() -> int:
    """How many bells wait for a worker. Raises RedisError, OSError."""
    # The client is typed for both its ways of waiting; this one answers at once.
    return int(str(_redis(settings.REDIS_URL).llen("celery")))


@lru_cache(maxsize=2)
def _redis(url: str) -> Redis:
    return Redis.from_url(
        url, socket_timeout=_ANSWER_SECONDS, socket_connect_timeout=_ANSWER_SECONDS
    )
