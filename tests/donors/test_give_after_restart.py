"""The giving form while the database comes and goes."""

from django.core.cache import cache
from django.db import connection
from django.test import Client

from donors.views import ready
from tests import make
from tests.conftest import superuser_connection


def test_a_connection_that_was_lost_is_made_anew(committed: None) -> None:
    """The database was started again since the last visit; nobody notices."""
    del committed
    cache.clear()
    ready.forget()
    make.fund(make.entity(), "General fund", slug="general")
    browser = Client()
    assert "General fund" in browser.get("/give/").content.decode()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
    with superuser_connection() as root:
        root.execute("SELECT pg_terminate_backend(%s)", [pid])
    assert "General fund" in browser.get("/give/").content.decode()
