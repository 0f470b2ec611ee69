"""One migrated database on a server, of which every test database is a copy.

Eighty migrations take longer than most files of tests, and each process of a run would carry
them out again.
"""

import hashlib
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.db import connection
from django.test.utils import setup_databases

from funding.settings import ROOT

# Any number that nobody else takes on a server for tests.
_LOCK = 7_302_026


def template() -> str:
    """The name of the migrated database of this code, made by whoever asks first."""
    name = f"migrated_{_fingerprint()}"
    with connection._nodb_cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        try:
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
            if cursor.fetchone() is None:
                _make(f"{name}_half")
                cursor.execute(f"ALTER DATABASE {name}_half RENAME TO {name}")
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])
    return name


def _fingerprint() -> str:
    """Of all that decides what a migrated database looks like."""
    files = [ROOT / "requirements.txt"]
    for config in apps.get_app_configs():
        files += sorted(Path(config.path, "migrations").glob("*.py"))
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:20]


def _make(name: str) -> None:
    """A database of this name with all migrations carried out, and nobody connected to it."""
    given, test = connection.settings_dict["NAME"], connection.settings_dict["TEST"]
    own = test["NAME"]
    test["NAME"] = name
    # What broke off half way lies there still; `interactive=False` makes it anew.
    setup_databases(
        verbosity=0, interactive=False, aliases={"default": None}, serialized_aliases=()
    )
    connection.close()
    test["NAME"] = own
    settings.DATABASES["default"]["NAME"] = connection.settings_dict["NAME"] = given
