"""What every test stands on: the real database in its two roles, and no other network.

`manage.py test` starts the services and names them in the environment. The owner creates and
migrates the test database; the tests themselves run as the application's role, so that a
missing privilege shows here and not in production.
"""

import os
import shutil
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext, setup_databases, teardown_databases
from playwright.sync_api import Browser, sync_playwright
from pytest_django.fixtures import Settings

from funding.settings import database
from tests import migrated, statics
from tests.sandbox.conftest import KEY, Sandbox
from tests.wiping import Wiper

ROWS = 0


def pytest_addoption(parser: pytest.Parser) -> None:
    """How many rows the long imports have; each test has a small number of its own."""
    parser.addoption("--rows", type=int, default=ROWS, help="rows of long imports, such as 100000")


def rows_of(config: pytest.Config, default: int) -> int:
    """The number of rows asked for on the command line, or the test's own."""
    asked: int = config.getoption("--rows", default=ROWS)
    return asked or default


def _switch_role(user: str) -> None:
    connection.close()
    connection.settings_dict["USER"] = user


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None, django_db_modify_db_settings: None, django_db_blocker: Any
) -> Iterator[None]:
    """The owner makes and migrates the test database; the tests go on as the application.

    pytest-django's own fixture makes no database unless a collected test bears its mark,
    which tests on `committed` do not.
    """
    owner = connection.settings_dict["USER"]
    with django_db_blocker.unblock():
        connection.settings_dict["TEST"]["TEMPLATE"] = migrated.template()
        # Nothing brings back what a test changed but a rollback or a flush, so nothing is kept.
        made = setup_databases(
            verbosity=0, interactive=False, aliases={"default": None}, serialized_aliases=()
        )
        _switch_role(settings.APP_ROLE)
    yield
    with django_db_blocker.unblock():
        _end_other_sessions()
        _switch_role(owner)
        teardown_databases(made, verbosity=0)


def _end_other_sessions() -> None:
    """A thread that answered a browser may still hold a session when its server is gone."""
    connections.close_all()
    _wiper.close()
    with superuser_connection() as root:
        root.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def superuser_connection() -> "psycopg.Connection[Any]":
    """A connection that may do anything, to the very database under test."""
    parts = database(os.environ["DATABASE_SUPERUSER_URL"])
    return psycopg.connect(
        host=parts["HOST"],
        port=parts["PORT"] or None,
        user=parts["USER"],
        password=parts["PASSWORD"] or None,
        dbname=connection.settings_dict["NAME"],
        autocommit=True,
    )


def as_root(statement: str, *values: object) -> None:
    """Do what no role of the product may, with the triggers asleep."""
    with superuser_connection() as root:
        root.execute("SET session_replication_role = replica")
        root.execute(statement, values)


@pytest.fixture
def committed(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """For races: real commits, seen by other threads and wiped afterwards.

    Django's own flush would TRUNCATE, which the journal refuses and the application's role
    may not do; `wipe` is the one place that goes round both, in the test database only.
    """
    with django_db_blocker.unblock():
        yield
        connections.close_all()
        wipe()


@pytest.fixture(scope="session", autouse=True)
def erased_list(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Who is removed in a test is written down where no other process of tests writes."""
    settings.ERASED_LIST = os.environ["ERASED_LIST"] = str(
        tmp_path_factory.mktemp("erased") / "list"
    )


@pytest.fixture(scope="session", autouse=True)
def static_files(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Pages are served with the files as production has them: hashed and compressed."""
    temporary = tmp_path_factory.getbasetemp()
    # The processes of a run have folders in one; alone, a run has a folder of its own.
    statics.collect(temporary.parent if "PYTEST_XDIST_WORKER" in os.environ else temporary)
    settings.MIDDLEWARE = statics.shared(settings.MIDDLEWARE)


_wiper = Wiper(superuser_connection)


def wipe() -> None:
    """Empty every table but those that migrations fill."""
    _wiper.wipe(os.environ["DATABASE_SUPERUSER_URL"], connection.settings_dict["NAME"])


@pytest.fixture
def count_queries() -> type[CaptureQueriesContext]:
    """`with count_queries(connection) as captured: ...` then len(captured)."""
    return CaptureQueriesContext


@pytest.fixture
def stripe(settings: Settings) -> Iterator[Sandbox]:
    """A running sandbox that the product talks to; it must never break Stripe's contract."""
    running = Sandbox()
    settings.STRIPE_API_BASE = running.url
    settings.STRIPE_SECRET_KEY = KEY
    settings.STRIPE_WEBHOOK_SECRETS = ["whsec_test"]
    yield running
    breaches = list(running.emulator.breaches)
    running.emulator.world.books.verify()
    running.close()
    assert breaches == []


# Chromium is to speak to nobody but the page that it shows.
_QUIET = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The system's Chromium."""
    path = next(
        filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
    )
    assert path, "No Chromium: apt-get install chromium"
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(
            executable_path=path,
            # Root has no user namespace of its own to lock the browser into.
            args=[*_QUIET, *(["--no-sandbox"] if os.geteuid() == 0 else [])],
        )
        yield running
        running.close()
