"""Statements that run so often that the server keeps their plans.

Django's cursor pastes values into the text, so that the server plans every call anew, which
takes longer than the reading itself. Here the values travel beside the text, and the server
keeps the statement where the connection has a `prepare_threshold`.
"""

from collections.abc import Sequence
from typing import Any

import psycopg
from django.db import connection


def rows(statement: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    """The rows of a statement. Give numbers as `Int8`: another type is another plan."""
    connection.ensure_connection()
    connection.validate_no_broken_transaction()
    with (
        connection.wrap_database_errors,
        psycopg.Cursor(connection.connection) as cursor,
    ):
        found = cursor.execute(statement, values, prepare=True).fetchall()
    if connection.queries_logged:
        # Whoever counts statements counts this one too.
        connection.queries_log.append({"sql": statement, "time": "0"})
    return found
