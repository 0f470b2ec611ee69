"""What the database refuses, by the name of the constraint."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from django.db import IntegrityError, connection, transaction


@contextmanager
def refused(constraint: str) -> Iterator[None]:
    """What is done inside is refused by this constraint, at the latest when it is judged."""
    try:
        with transaction.atomic():
            yield
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    except IntegrityError as error:
        cause = error.__cause__
        assert isinstance(cause, psycopg.Error)
        assert cause.diag.constraint_name == constraint
    else:
        pytest.fail(f"{constraint} has let it through")
