"""The giving form as every stranger first meets it: made once, and kept while it is true.

All of them see the same page but for three words that are new each time: the token of the
form, the token against forms of other sites, and the nonce of the policy. One statement asks
whether anything that the page shows has changed since it was made, and with the day it names other
days, so it is never an old one.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID, uuid4

from django.conf import settings
from django.contrib.messages.storage.cookie import CookieStorage
from django.db import OperationalError, connection
from django.http import HttpRequest, HttpResponse
from django.middleware.csp import get_nonce
from django.middleware.csrf import get_token
from django.utils.translation import get_language

from funding import clock

# All that the page reads: a test finds out when it reads from another table.
TABLES: Final = frozenset(
    {
        "ledger_fund",
        "parties_entity",
        "donors_matchingpool",
        "donors_zoo",
        "parties_organisation",
    }
)
_STATE: Final = """
SELECT md5(coalesce(string_agg(each.told, '|' ORDER BY each.told), '')) FROM (
    SELECT f::text AS told FROM ledger_fund f
    WHERE f.is_open_to_gifts
       OR f.id IN (SELECT o.fees_from_id FROM ledger_fund o WHERE o.is_open_to_gifts)
    UNION ALL SELECT e::text || (%(now)s AT TIME ZONE e.zone)::date FROM parties_entity e
    UNION ALL SELECT m::text || z::text || o::text FROM donors_matchingpool m
    JOIN donors_zoo z ON z.id = m.zoo_id JOIN parties_organisation o ON o.id = z.organisation_id
    WHERE m.state = 'open' AND m.starts_at <= %(now)s AND m.stops_at > %(now)s
) each
"""
_CSRF: Final = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


@dataclass(frozen=True, slots=True)
class _Kept:
    """A page in one language: its text between the words, and which word comes where."""

    state: str
    texts: list[str]
    words: list[str]

    def with_words(self, values: dict[str, str]) -> str:
        told = [values[word] for word in self.words]
        pairs = zip(self.texts, [*told, ""], strict=True)
        return "".join(part for pair in pairs for part in pair)


_kept: Final[dict[str, _Kept]] = {}


def is_a_strangers(cookies: Mapping[str, str], query: Mapping[str, str]) -> bool:
    """Whether nothing on the page would be this visitor's own, or was asked for by them.

    Whoever has signed in, or is to be told something, brings one of these cookies.
    """
    own = (settings.SESSION_COOKIE_NAME, CookieStorage.cookie_name)
    return not query and not any(name in cookies for name in own)


def page(made: Callable[[UUID], HttpResponse], request: HttpRequest) -> HttpResponse:
    """The form for a stranger, with tokens of its own. `made` makes it around a token."""
    # Asked before the page is made: what changes meanwhile makes it anew the next time.
    token, language = uuid4(), get_language() or ""
    state = f"{_quarter()} {_state()}"
    kept = _kept.get(language)
    if kept is None or kept.state != state:
        response = made(token)
        _kept[language] = _cut(state, response.text, token, request)
        return response
    words = {"token": str(token), "nonce": str(get_nonce(request)), "csrf": get_token(request)}
    return HttpResponse(kept.with_words(words))


def _quarter() -> int:
    """The quarter of an hour that it is: in no zone does a day begin within one."""
    return int(clock.now().timestamp()) // 900


def forget() -> None:
    """Keep nothing."""
    _kept.clear()


def _state() -> str:
    """Another one as soon as anything has changed that the page shows, the day among it.

    Often the only statement of a visit: it is itself what tells whether the connection still
    stands, so that none is asked for that beforehand.
    """
    connection.health_check_done = True  # type: ignore[attr-defined]
    try:
        return _asked()
    except OperationalError:
        if connection.in_atomic_block:
            raise
        connection.close()
        return _asked()


def _asked() -> str:
    with connection.cursor() as cursor:
        cursor.execute(_STATE, {"now": clock.now()})
        state: str = cursor.fetchone()[0]
    return state


def _cut(state: str, text: str, token: UUID, request: HttpRequest) -> _Kept:
    words = {str(token): "token", str(get_nonce(request)): "nonce"}
    words |= dict.fromkeys(_CSRF.findall(text), "csrf")
    found = re.split(f"({'|'.join(map(re.escape, words))})", text)
    return _Kept(state, found[::2], [words[word] for word in found[1::2]])
