"""What a backup says about itself: rows and sums of every table, and where its lists end."""

from typing import Any, Final

from django.db import connection
from psycopg import sql

Figures = dict[str, Any]

# Amounts are called so everywhere, whatever table they stand in.
_MONEY: Final = "_minor"


def take() -> Figures:
    """The figures of the database as the open transaction sees it."""
    tables = _tables()
    return {
        "rows": {name: _count(name) for name in tables},
        "sums": {
            f"{name}.{column}": _sums(name, column, has_currency="currency" in columns)
            for name, columns in tables.items()
            for column in columns
            if column.endswith(_MONEY)
        },
        "documents": _documents() if "documents_document" in tables else {},
        "numbers": _numbers() if "documents_sequence" in tables else {},
        "migrations": _migrations() if "django_migrations" in tables else [],
    }


def differences(told: Figures, found: Figures) -> list[str]:
    """Where the figures of a restored database are not those of its backup, one line each."""
    return [
        f"{part}: {name or 'all'} was {then}, is {now}"
        for part in ("rows", "sums", "documents", "numbers", "migrations")
        for name, then, now in _apart(told.get(part), found.get(part))
    ]


def _apart(told: Any, found: Any) -> list[tuple[str, object, object]]:  # noqa: ANN401 -- JSON
    if not isinstance(told, dict) or not isinstance(found, dict):
        return [] if told == found else [("", told, found)]
    return [
        (name, told.get(name), found.get(name))
        for name in sorted(told.keys() | found.keys())
        if told.get(name) != found.get(name)
    ]


def _tables() -> dict[str, list[str]]:
    rows = _rows("""
        SELECT c.relname, coalesce(array_agg(a.attname::text ORDER BY a.attname)
                                   FILTER (WHERE a.atttypid IN (20, 21, 23, 1043)), '{}')
        FROM pg_class c LEFT JOIN pg_attribute a
             ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
        GROUP BY c.relname ORDER BY c.relname
    """)
    return dict(rows)


def _count(table: str) -> int:
    ((count,),) = _rows(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table)))
    return int(count)


def _sums(table: str, column: str, *, has_currency: bool) -> dict[str, int]:
    question = sql.SQL(
        "SELECT {by}, sum({column})::bigint FROM {table} WHERE {column} IS NOT NULL"
        " GROUP BY 1 ORDER BY 1"
    ).format(
        by=sql.Identifier("currency") if has_currency else sql.Literal(""),
        column=sql.Identifier(column),
        table=sql.Identifier(table),
    )
    return {str(currency): int(total) for currency, total in _rows(question)}


def _documents() -> dict[str, Any]:
    """How many documents have their bytes, and one sum over the sums of all of them."""
    ((count, digest),) = _rows("""
        SELECT count(*), encode(sha256(coalesce(string_agg(sha256, '' ORDER BY id), '')::bytea),
                                'hex')
        FROM documents_document WHERE rendered_at IS NOT NULL
    """)
    return {"with_bytes": count, "sha256_of_all": digest}


def altered_documents() -> list[str]:
    """Documents of which the bytes are not those that their sum was taken of."""
    rows = _rows("""
        SELECT series || '-' || year || '-' || number FROM documents_document
        WHERE rendered_at IS NOT NULL AND encode(sha256(content), 'hex') <> sha256 ORDER BY id
    """)
    return [str(name) for (name,) in rows]


def _numbers() -> dict[str, int]:
    """The last number of every series and year, such as 'MF-2026'; the entity's id before it."""
    rows = _rows(
        "SELECT entity_id || ':' || series || '-' || year, last FROM documents_sequence ORDER BY 1"
    )
    return {str(name): int(last) for name, last in rows}


def _migrations() -> list[str]:
    rows = _rows("SELECT DISTINCT app || '.' || name FROM django_migrations ORDER BY 1")
    return [str(name) for (name,) in rows]


def _rows(question: str | sql.Composed) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(question)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows
