"""What the tests of the ledger share."""

import os
from collections.abc import Iterator

import psycopg
import pytest
from django.db import connection

from funding.settings import database
from tests.ledger.desk import Desk


@pytest.fixture
def desk(committed: None) -> Iterator[Desk]:
    parts = database(os.environ["DATABASE_URL"])
    with psycopg.connect(
        host=parts["HOST"],
        port=parts["PORT"] or None,
        user=parts["USER"],
        password=parts["PASSWORD"] or None,
        dbname=connection.settings_dict["NAME"],
    ) as owner:
        yield Desk(owner)
        owner.rollback()
