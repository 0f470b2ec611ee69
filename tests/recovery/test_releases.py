"""A backup outlives the release that made it: an older one is brought up, a newer one refused."""

from pathlib import Path

import pytest
from django.db.migrations.loader import MigrationLoader

from tests.recovery.conftest import Database, Keeper

# The release whose ledger could not have its tables counted within a transaction.
BEFORE_COUNTING = "0012_legs_by_their_entry"
COUNTS = "SELECT count(*)::int FROM pg_proc WHERE proname = 'ledger_count_grown'"
TABLES = "SELECT count(*)::int FROM pg_tables WHERE schemaname = 'public'"


def backed_up(database: Database, keeper: Keeper, folder: Path) -> Path:
    """A backup of it by the release that its tables belong to."""
    done = database.command("backup", "--to", folder, "--recipient", keeper.public)
    assert done.returncode == 0, done.stderr
    (path,) = folder.glob("*.age")
    return path


@pytest.fixture
def older(backup: Path, empty: Database, keeper: Keeper, tmp_path: Path) -> Path:
    """A backup by an older release, of a fund that has lived."""
    assert empty.command("restore", backup, "--key", keeper.file).returncode == 0
    done = empty.command("migrate", "ledger", BEFORE_COUNTING)
    assert done.returncode == 0, done.stderr
    assert empty.ask(COUNTS) == [(0,)]
    return backed_up(empty, keeper, tmp_path / "older")


def test_a_backup_by_an_older_release_is_brought_up_and_verified(
    older: Path, empty: Database, keeper: Keeper
) -> None:
    before = empty.ask("SELECT count(*), sum(abs(amount_minor)) FROM ledger_posting")
    typed = f"{empty.name}\n"
    done = empty.command("restore", older, "--key", keeper.file, "--replace", typed=typed)
    assert done.returncode == 0, done.stderr
    told = [line for line in done.stdout.splitlines() if line.startswith("Brought up to this")]
    assert "Brought up to this version: ledger.0013_count_grown" in told
    assert "every invariant of the ledger holds" in done.stdout
    assert empty.ask("SELECT count(*), sum(abs(amount_minor)) FROM ledger_posting") == before
    assert empty.command("migrate", "--check").returncode == 0
    assert empty.ask(COUNTS) == [(1,)]
    assert empty.command("ledger", "verify", role="manul_app").returncode == 0


def test_a_backup_from_before_migrations_were_drawn_together(
    backup: Path, empty: Database, keeper: Keeper, tmp_path: Path
) -> None:
    """Whole it goes on, without a part of what was drawn together it is refused."""
    assert empty.command("restore", backup, "--key", keeper.file).returncode == 0
    here = MigrationLoader(None, ignore_no_migrations=True).disk_migrations
    drawn = {key: migration.replaces for key, migration in here.items() if migration.replaces}
    assert len(drawn) > 10
    for (app, name), replaced in drawn.items():
        own = f"app = '{app}' AND name = '{name}'"
        empty.ask(f"DELETE FROM django_migrations WHERE {own}")
        for each in replaced:
            row = f"('{each[0]}', '{each[1]}', '2026-01-01')"
            empty.ask(f"INSERT INTO django_migrations (app, name, applied) VALUES {row}")
    older = backed_up(empty, keeper, tmp_path / "older")
    last = "app = 'grants' AND name = '0042_reports'"
    empty.ask(f"DELETE FROM django_migrations WHERE {last}")
    oldest = backed_up(empty, keeper, tmp_path / "oldest")

    typed = f"{empty.name}\n"
    done = empty.command("restore", oldest, "--key", keeper.file, "--replace", typed=typed)
    assert done.returncode == 1
    assert "too old for it: grants.0001_initial" in done.stderr
    done = empty.command("restore", older, "--key", keeper.file, "--replace", typed=typed)
    assert done.returncode == 0, done.stderr
    assert empty.command("migrate", "--check").returncode == 0


def test_a_backup_by_a_newer_release_is_refused_before_anything_is_touched(
    here: Database, empty: Database, keeper: Keeper, backup: Path, tmp_path: Path
) -> None:
    mark = "('ledger', '9999_of_a_later_release', '2030-01-01')"
    here.ask(f"INSERT INTO django_migrations (app, name, applied) VALUES {mark}")
    try:
        newer = backed_up(here, keeper, tmp_path / "newer")
    finally:
        here.ask("DELETE FROM django_migrations WHERE name = '9999_of_a_later_release'")
    for words in ((), ("--check",)):
        done = empty.command("restore", newer, "--key", keeper.file, *words)
        assert done.returncode == 1
        assert "Nothing was changed. The backup was made by version" in done.stderr
        assert (
            "newer than this one or too old for it: ledger.9999_of_a_later_release" in done.stderr
        )
        assert "Restore it with that version." in done.stderr
        assert empty.ask(TABLES) == [(0,)]
    assert empty.command("restore", backup, "--key", keeper.file).returncode == 0
