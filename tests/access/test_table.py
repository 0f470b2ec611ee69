"""Every page is asked for in the name of everybody; nobody learns more than the table says."""

import importlib
import pkgutil
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connection, transaction
from django.http import HttpResponseBase
from django.shortcuts import resolve_url
from django.test import Client
from django.urls import reverse

from tests import access
from tests.access.table import WITHOUT, Page, guesses, sessions
from tests.access.world import PEOPLE, STAFF, World
from tests.tidy.test_pages import patterns

# Anybody's own sign-in pages; tests of the users hold them.
ELSEWHERE = ("admin:",)


def rows() -> list[Page]:
    """The rows of every part."""
    names = [each.name for each in pkgutil.iter_modules(access.__path__)]
    modules = [
        importlib.import_module(f"tests.access.{name}")
        for name in sorted(names)
        if name.startswith("pages_")
    ]
    return [page for module in modules for page in module.PAGES]


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    """One world for all rows, in one transaction that never ends well."""
    with django_db_blocker.unblock():
        whole = transaction.atomic()
        whole.__enter__()
        yield World()
        transaction.set_rollback(True)
        whole.__exit__(None, None, None)


def told(answer: HttpResponseBase) -> str:
    """What came back, in the words of the table."""
    status = answer.status_code
    place = str(getattr(answer, "url", "")).partition("?")[0]
    if status in {302, 303}:
        if place == resolve_url(settings.LOGIN_URL):
            return "sign in"
        return "factor" if place.startswith(reverse("mfa_index")) else "ok"
    return str(status) if status in {403, 404, 405} or status >= 500 else "ok"


def moved() -> dict[str, int]:
    """How many rows of each table were written in the open transaction; sessions aside."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, n_tup_ins + n_tup_upd + n_tup_del FROM pg_stat_xact_user_tables"
            " WHERE n_tup_ins + n_tup_upd + n_tup_del > 0 AND relname <> 'django_session'"
        )
        return dict(cursor.fetchall())


def ask(client: Client, page: Page, where: dict[str, Any], form: dict[str, Any]) -> list[str]:
    """Ask, and undo it: what came back, and which tables were written."""
    before = moved()
    with transaction.atomic():
        call = client.post if page.method == "POST" else client.get
        answer = call(reverse(page.name, kwargs=where), form)
        if answer.streaming:
            answer.getvalue()
        after = moved()
        transaction.set_rollback(True)
    return [told(answer), *sorted(name for name in after if after[name] != before.get(name, 0))]


def complaints(world: World, page: Page, session: str) -> list[str]:
    """Where the product and this row of the table differ for this session."""
    where, form = page.where(world), page.sends(world)
    found = []
    asked = [(page.answer(session), where)]
    if page.is_guessed:
        asked += [(page.told_of_nothing(session), guess) for guess in guesses(where)]
    client = world.client(session)
    for wanted, place in asked:
        cache.clear()
        got, *written = ask(client, page, place, form)
        if got != wanted:
            found.append(f"{page.label} {place}: {session} is told {got}, not {wanted}")
        elif wanted != "ok" and written:
            found.append(f"{page.label} {place}: {session} is refused, but wrote {written}")
    return found


@pytest.mark.parametrize("session", sessions())
def test_everybody_gets_what_the_table_says(world: World, session: str) -> None:
    found = [said for page in rows() for said in complaints(world, page, session)]
    assert not found, "\n".join(found)


def test_every_address_stands_in_the_table() -> None:
    known = {page.name for page in rows()}
    ours = {name for name, _view in patterns() if not name.startswith(ELSEWHERE)}
    assert sorted(ours - known) == []
    assert sorted(known - ours) == []


def test_no_row_stands_there_twice_and_everybody_in_it_is_of_the_cast() -> None:
    labels = Counter(page.label for page in rows())
    assert [label for label, times in labels.items() if times > 1] == []
    cast = {"visitor", *PEOPLE}
    for page in rows():
        assert set(page.may) <= cast, page.label
        assert set(page.but) <= set(sessions()), page.label


def test_the_table_notices_a_door_that_stands_open(world: World) -> None:
    anyones = Page("account", {"alice"})
    assert complaints(world, anyones, "eve") == ["GET account {}: eve is told ok, not 404"]
    assert complaints(world, Page("people", {"ada"}, stranger="404"), "visitor")
    closed = Page("people", {"ada", "eve"})
    assert complaints(world, closed, "eve") == ["GET people {}: eve is told 404, not ok"]


def test_the_table_notices_what_was_written_in_a_refusal(world: World) -> None:
    renamed = Page("account_name", {"alice"}, method="POST", sends=lambda _: {"name": "Mallory"})
    assert ask(world.client("eve"), renamed, {}, {"name": "Mallory"}) == [
        "ok",
        "audit_record",
        "users_user",
    ]
    assert ask(world.client("eve"), renamed, {}, {"name": ""}) == ["ok"]


def test_staff_are_asked_for_the_second_step_wherever_a_role_opens_the_door() -> None:
    page = Page("people", {"ada"})
    assert page.answer(f"ada{WITHOUT}") == "factor"
    assert page.answer(f"tara{WITHOUT}") == "404"
    assert {page.answer(f"{name}{WITHOUT}") for name in STAFF} == {"factor", "404"}
