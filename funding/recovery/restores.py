"""From a backup to books that are verified: all of it in one transaction, or nothing."""

import contextlib
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from django.contrib.contenttypes.models import ContentType
from django.core.cache import cache
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.db.migrations.loader import MigrationLoader
from psycopg import sql
from redis.exceptions import RedisError

from funding.ledger.verify import Difference, verify
from funding.recovery import aftermath, erased, figures, loading
from funding.recovery.aftermath import Aftermath
from funding.recovery.archive import Manifest
from funding.recovery.erased import Again
from funding.recovery.keys import Identity
from funding.recovery.refusals import CannotRestore

# Where a person has done anything at all, one of these has a row.
_SIGNS_OF_LIFE: Final = ("audit_record", "ledger_entry", "parties_entity", "users_user")
_HAS_ROWS: Final = sql.SQL("SELECT EXISTS (SELECT FROM {})::int")
_LOCK_WAIT: Final = "10s"


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore has done, for the report."""

    manifest: Manifest
    migrated: list[str]
    aftermath: Aftermath
    again: list[Again]
    notices: list[Difference]
    seconds: float


def check(path: Path, identities: list[Identity]) -> Manifest:
    """Read a backup through and say what it is. Nothing is touched.

    Refuses: WrongKey, Damaged, and CannotRestore for one that this version cannot restore.
    """
    manifest = loading.check(path, identities)
    strange = sorted(_unknown_migrations(set(manifest["migrations"])))
    if strange:
        raise CannotRestore(
            f"The backup was made by version {manifest['version']}, which is newer than this "
            f"one or too old for it: {', '.join(strange[:3])} is not known here. Restore it "
            "with that version."
        )
    return manifest


def restore(
    path: Path,
    identities: list[Identity],
    *,
    replaces: str = "",
    last: Mapping[str, int],
    with_list: bool = True,
) -> Restored:
    """Restore a backup into the database, which is empty or named by `replaces`.

    `last` are the highest numbers known to have been given, by series and year. Whom the list
    of removed people names is removed again, unless `with_list` is not wanted.

    One transaction: emptied, loaded, compared with the manifest, migrated and granted as
    deployed, verified. Refuses: WrongKey, Damaged, NoList, StrangeList, CannotRestore.
    """
    started = time.monotonic()
    manifest = check(path, identities)
    lines = erased.for_restore(path) if with_list else []
    _refuse_company()
    _refuse_full(replaces)
    try:
        with transaction.atomic():
            _replace(path, identities, manifest)
            migrated = _migrate(manifest)
            after = aftermath.settle(file=path.name, manifest=manifest, last=last)
            again = [each for redo in erased.REDO for each in redo(lines, after.restore.cause)]
            notices = _verified()
    except DatabaseError as error:
        raise CannotRestore(f"The database refused: {error}") from error
    _after_commit()
    return Restored(manifest, migrated, after, again, notices, time.monotonic() - started)


def _unknown_migrations(made: set[str]) -> set[str]:
    here = MigrationLoader(None, ignore_no_migrations=True).disk_migrations
    known = {f"{app}.{name}" for app, name in here}
    for migration in here.values():
        # One that takes the place of several goes on from all of them only.
        replaced = {f"{app}.{name}" for app, name in migration.replaces}
        if replaced <= made:
            known |= replaced
    return made - known


def _refuse_company() -> None:
    """Whoever else is at work here would go on with rows that are gone."""
    others = _one("""
        SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
        AND pid <> pg_backend_pid() AND usesysid IS NOT NULL
    """)
    if others:
        raise CannotRestore(
            f"{others} other connections use this database. Stop web, worker and scheduler "
            "first (`up`: Ctrl-C), then restore."
        )


def _refuse_full(replaces: str) -> None:
    name = str(connection.settings_dict["NAME"])
    if replaces and replaces != name:
        raise CannotRestore(f"The database is called {name}, not {replaces}.")
    there = set(connection.introspection.table_names())
    lived_in = [
        table
        for table in _SIGNS_OF_LIFE
        if table in there and _one(_HAS_ROWS.format(sql.Identifier(table)))
    ]
    strange = there and not there.issuperset(_SIGNS_OF_LIFE)
    if (lived_in or strange) and not replaces:
        raise CannotRestore(
            f"The database {name} is not empty. A restore goes into an empty one; with "
            "--replace it first deletes all that this one holds."
        )


def _replace(path: Path, identities: list[Identity], manifest: Manifest) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL lock_timeout = '{_LOCK_WAIT}'")
        cursor.execute("DROP SCHEMA IF EXISTS public CASCADE; CREATE SCHEMA public")
    loading.load(path, identities)
    _compare(manifest)


def _compare(manifest: Manifest) -> None:
    wrong = figures.differences(manifest, figures.take())
    wrong += [f"document {name}: its bytes are altered" for name in figures.altered_documents()]
    if wrong:
        raise CannotRestore(
            "What was restored is not what the manifest says: " + "; ".join(wrong[:10])
        )


def _migrate(manifest: Manifest) -> list[str]:
    """Bring an older backup up to this version, and grant the roles what they have deployed."""
    ContentType.objects.clear_cache()
    call_command("migrate", verbosity=0, interactive=False)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    return sorted(set(figures.take()["migrations"]) - set(manifest["migrations"]))


def _verified() -> list[Difference]:
    found = verify()
    wrong = [difference for difference in found if not difference.is_notice]
    if wrong:
        told = "; ".join(f"{each.invariant} {each.subject}: {each.found}" for each in wrong[:10])
        raise CannotRestore(f"The ledger does not verify after the restore: {told}")
    return found


def _after_commit() -> None:
    """Statistics for the planner, and a queue that rings for no row of another life."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    # Without a queue there is nothing in it to forget.
    with contextlib.suppress(RedisError, OSError):
        cache.clear()


def _one(question: str | sql.Composed) -> int:
    with connection.cursor() as cursor:
        cursor.execute(question)
        return int(cursor.fetchone()[0])
