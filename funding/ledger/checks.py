"""System checks: settings and rows under which the ledger cannot work."""

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import connections

_SET_UP = """
SELECT n.slug,
       count(f.id) FILTER (WHERE f.is_treasury),
       (SELECT count(*) FROM ledger_account a WHERE a.entity_id = n.id AND a.kind = 'clearing'),
       coalesce(array_agg(f.slug ORDER BY f.slug)
                FILTER (WHERE f.currency <> n.currency AND f.is_open_to_gifts), '{}')::text[],
       coalesce(array_agg(f.slug ORDER BY f.slug) FILTER (WHERE b.is_treasury
                OR b.entity_id <> f.entity_id OR b.currency <> f.currency), '{}')::text[]
FROM parties_entity n
JOIN ledger_fund f ON f.entity_id = n.id
LEFT JOIN ledger_fund b ON b.id = f.fees_from_id
GROUP BY n.id ORDER BY n.slug
"""


def connect() -> None:
    """Have them run: the first before every migration, the second for a deployment.

    A database that is only half filled must still migrate, so the second one waits for
    `check --deploy --database default`.
    """
    register(Tags.database)(isolation)
    register(Tags.database, deploy=True)(set_up)


def isolation(*, databases: Sequence[str] | None = None, **_: object) -> list[CheckMessage]:
    """The ledger's locks are only right under READ COMMITTED."""
    found: list[CheckMessage] = []
    for alias in databases or []:
        with connections[alias].cursor() as cursor:
            cursor.execute("SELECT current_setting('transaction_isolation')")
            (level,) = cursor.fetchone()
        if level != "read committed":
            found.append(
                Error(
                    f"Transactions on '{alias}' run under {level.upper()}.",
                    hint="Set isolation_level to READ COMMITTED: under any other level a fund"
                    " could promise more than it has.",
                    id="ledger.E001",
                )
            )
    return found


def set_up(*, databases: Sequence[str] | None = None, **_: object) -> list[CheckMessage]:
    """Funds and places of money must fit together before the first gift arrives."""
    return [
        message
        for alias in databases or []
        if "ledger_fund" in connections[alias].introspection.table_names()
        for row in _rows(alias)
        for message in _judged(*row)
    ]


def _rows(alias: str) -> list[tuple[Any, ...]]:
    with connections[alias].cursor() as cursor:
        cursor.execute(_SET_UP)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def _judged(
    entity: str, treasuries: int, clearings: int, abroad: list[str], feeless: list[str]
) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    if treasuries != 1:
        found.append(
            Error(
                f"'{entity}' has no Treasury fund.",
                hint="Moves between its places of money are booked there: add one.",
                id="ledger.E002",
            )
        )
    if clearings != 1:
        found.append(
            Error(
                f"'{entity}' has {clearings} clearing accounts.",
                hint="Card payments are booked on its one clearing account: open it.",
                id="ledger.E003",
            )
        )
    if feeless:
        found.append(
            Error(
                f"The fees of {', '.join(feeless)} would be borne in another entity or currency.",
                hint="Let fees_from name a fund of the same entity and currency.",
                id="ledger.E004",
            )
        )
    if abroad:
        found.append(
            Warning(
                f"{', '.join(abroad)} cannot receive card payments: '{entity}' is paid out in"
                " another currency.",
                hint="Close these funds to gifts, or give them the entity's currency.",
                id="ledger.W001",
            )
        )
    return found
