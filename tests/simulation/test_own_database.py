"""Goal: a simulation's own database crashes as a machine does, and nobody beside it notices."""

import os

import psycopg
import pytest
from django.db import connection

from donors.models import Gift
from tests import make
from tests.simulation import ending
from tests.simulation.stage import application_connection
from tests.simulation.test_controls import Quiet

pytestmark = [pytest.mark.simulation, pytest.mark.xdist_group("simulation")]


def test_a_crash_keeps_what_was_committed_and_nothing_else(committed: None) -> None:
    shared = os.environ["DATABASE_SUPERUSER_URL"], connection.settings_dict["HOST"]
    with Quiet(0, has_database=True) as stage:
        kept = make.gift(stage.funds[0])
        begun = application_connection()
        begun.execute("UPDATE donors_gift SET message = 'begun'")
        stage.crash_database(0)
        with pytest.raises(psycopg.OperationalError):
            begun.execute("SELECT 1")
        assert list(Gift.objects.values_list("pk", "message")) == [(kept.pk, "")]
        assert list(ending._crashes(stage)) == []
        stage.crashes += 1
        assert list(ending._crashes(stage)) == ["the database recovered 1 times after 2 crashes"]
    assert (os.environ["DATABASE_SUPERUSER_URL"], connection.settings_dict["HOST"]) == shared
    assert Gift.objects.count() == 0
