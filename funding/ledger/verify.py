"""Recompute every invariant from the postings and say what does not hold."""

from dataclasses import dataclass
from typing import Any, Final

from django.conf import settings
from django.db import connection

from funding.ledger.invariants import OVERDRAWN, QUESTIONS, TRIGGERS
from funding.ledger.privileges import APPEND_ONLY


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that should not be.

    A notice is lawful but wants the treasurer's eye, such as a fund that a refund pushed
    below zero; everything else means that the books or their guards are broken.
    """

    invariant: str
    subject: str
    found: str
    is_notice: bool = False


# Questions of those who book, by name, asked beside the ledger's own.
FURTHER: Final[dict[str, str]] = {}


def register(name: str, question: str) -> None:
    """Add a question whose rows are what is wrong: (subject, what). The same twice is harmless."""
    if name in QUESTIONS or FURTHER.setdefault(name, question) != question:
        raise ValueError(f"Two invariants are called {name}.")


def verify() -> list[Difference]:
    """Everything that is wrong, errors first. Reads the whole journal; changes nothing."""
    found = [
        *_answers(),
        *_overdrawn(),
        *_triggers(),
        *_isolation(),
        *_privileges(),
    ]
    return sorted(found, key=lambda difference: difference.is_notice)


def _answers() -> list[Difference]:
    return [
        Difference(invariant, str(subject), str(text))
        for invariant, question in (QUESTIONS | FURTHER).items()
        for subject, text in _ask(question)
    ]


def _overdrawn() -> list[Difference]:
    return [
        Difference("fund_is_not_overdrawn", str(fund), str(text), is_notice=bool(has_cause))
        for fund, text, has_cause in _ask(OVERDRAWN)
    ]


def _triggers() -> list[Difference]:
    question = """
        SELECT t.tgname, c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
        WHERE t.tgenabled IN ('O', 'A') AND c.relnamespace = 'public'::regnamespace
    """
    armed = {(str(name), str(table)) for name, table in _ask(question)}
    return [
        Difference("trigger_is_enabled", f"{name} on {table}", "missing or disabled")
        for name, table in TRIGGERS.items()
        if (name, table) not in armed
    ]


def _isolation() -> list[Difference]:
    ((level,),) = _ask("SELECT current_setting('transaction_isolation')")
    if level == "read committed":
        return []
    return [Difference("isolation_is_read_committed", "this connection", str(level))]


def _privileges() -> list[Difference]:
    role = settings.APP_ROLE
    question = """
        SELECT r.rolname, r.rolsuper OR EXISTS (
            SELECT FROM pg_class c WHERE c.relname = ANY(%s) AND c.relowner = r.oid)
        FROM pg_roles r WHERE r.rolname = %s
    """
    known = _ask(question, [list(APPEND_ONLY), role])
    if not known:
        return [Difference("application_has_its_own_role", role, "no such role", is_notice=True)]
    if known[0][1]:
        return [Difference("application_has_its_own_role", role, "it owns the journal")]
    question = """
        SELECT t.name, p.name FROM unnest(%s::text[]) AS t(name)
        CROSS JOIN unnest(ARRAY['UPDATE', 'DELETE', 'TRUNCATE', 'TRIGGER']) AS p(name)
        WHERE has_table_privilege(%s, t.name, p.name)
    """
    return [
        Difference("journal_is_append_only", str(table), f"{role} may {right}")
        for table, right in _ask(question, [list(APPEND_ONLY), role])
    ]


def _ask(question: str, values: list[Any] | None = None) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(question, values)
        rows: list[tuple[object, ...]] = cursor.fetchall()
    return rows
