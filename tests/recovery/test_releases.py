"""A backup outlives the release that made it: an older one is brought up, a newer one refused."""

from pathlib import Path

import pytest

from tests.recovery.conftest import Database, Keeper

# The release before money was traced: whoever ran it had none of the tables of tracing.
BEFORE_TRACING = "0013_payouts"
TABLES = "SELECT count(*)::int FROM pg_tables WHERE schemaname = 'public'"
QUEUE = "SELECT count(*) FROM ledger_traced WHERE place IS NULL"


def backed_up(database: Database, keeper: Keeper, folder: Path) -> Path:
    """A backup of it by the release that its tables belong to."""
    done = database.command("backup", "--to", folder, "--recipient", keeper.public)
    assert done.returncode == 0, done.stderr
    (path,) = folder.glob("*.age")
    return path


@pytest.fixture
def older(backup: Path, empty: Database, keeper: Keeper, tmp_path: Path) -> Path:
    """A backup by the release before tracing, of a fund that has lived."""
    assert empty.command("restore", backup, "--key", keeper.file).returncode == 0
    done = empty.command("migrate", "ledger", BEFORE_TRACING)
    assert done.returncode == 0, done.stderr
    assert empty.ask("SELECT to_regclass('ledger_traced')") == [(None,)]
    return backed_up(empty, keeper, tmp_path / "older")


def test_a_backup_by_an_older_release_is_brought_up_and_verified(
    older: Path, empty: Database, keeper: Keeper
) -> None:
    before = empty.ask("SELECT count(*), sum(abs(amount_minor)) FROM ledger_posting")
    typed = f"{empty.name}\n"
    done = empty.command("restore", older, "--key", keeper.file, "--replace", typed=typed)
    assert done.returncode == 0, done.stderr
    told = [line for line in done.stdout.splitlines() if line.startswith("Brought up to this")]
    assert "Brought up to this version: ledger.0014_tracing" in told
    assert "every invariant of the ledger holds" in done.stdout
    assert empty.ask("SELECT count(*), sum(abs(amount_minor)) FROM ledger_posting") == before
    assert empty.command("migrate", "--check").returncode == 0
    assert empty.ask(QUEUE) == empty.ask("SELECT count(*) FROM ledger_entry")
    assert empty.ask(QUEUE)[0][0] > 0, "what was booked before waits to be traced"
    assert empty.command("ledger", "verify", role="manul_app").returncode == 0


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
        assert "which is newer than this one: ledger.9999_of_a_later_release" in done.stderr
        assert "Restore it with that version." in done.stderr
        assert empty.ask(TABLES) == [(0,)]
    assert empty.command("restore", backup, "--key", keeper.file).returncode == 0
