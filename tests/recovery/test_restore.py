"""A restore brings back all of it, verified, or changes nothing."""

from pathlib import Path

import psycopg
import pytest

from donors.models import Receipt
from tests.conftest import superuser_connection
from tests.recovery.conftest import Database, Keeper


def tables(database: Database) -> int:
    question = "SELECT count(*)::int FROM pg_tables WHERE schemaname = 'public'"
    return int(database.ask(question)[0][0])


def test_a_restored_database_is_the_one_that_was_backed_up(
    backup: Path, empty: Database, keeper: Keeper, receipt: Receipt
) -> None:
    # In processes of their own here, as on the day of need.
    done = empty.process("restore", backup, "--key", keeper.file)
    assert done.returncode == 0, done.stderr
    assert "every invariant of the ledger holds" in done.stdout
    assert "It took " in done.stdout

    assert empty.process("ledger", "verify", role="manul_app").returncode == 0
    document = receipt.document
    assert document is not None
    assert empty.ask("SELECT sha256, encode(sha256(content), 'hex') FROM documents_document") == [
        (document.sha256, document.sha256)
    ]
    assert empty.ask("SELECT action, actor FROM audit_record ORDER BY id DESC LIMIT 1") == [
        ("backup.restored", "system")
    ]


def test_roles_and_triggers_are_as_deployed(backup: Path, empty: Database, keeper: Keeper) -> None:
    assert empty.command("restore", backup, "--key", keeper.file).returncode == 0
    for forbidden in (
        "DELETE FROM ledger_posting",
        "UPDATE audit_record SET actor = 'x'",
        "TRUNCATE ledger_entry",
        "CREATE TABLE mine ()",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            empty.ask(forbidden, role="manul_app")
    with pytest.raises(psycopg.errors.CheckViolation, match="never deleted"):
        empty.ask("DELETE FROM documents_document")
    assert empty.ask("SELECT count(*) FROM donors_gift", role="manul_app") == [(1,)]


def test_a_wrong_key_is_refused_before_anything_is_touched(
    backup: Path, empty: Database, tmp_path: Path
) -> None:
    stranger = tmp_path / "stranger.key"
    empty.command("backup", "--make-key", stranger)
    done = empty.command("restore", backup, "--key", stranger)
    assert done.returncode == 1
    assert "Nothing was changed. This key does not open" in done.stderr
    assert tables(empty) == 0


@pytest.mark.parametrize("harm", ["cut", "flipped", "empty", "other"])
def test_a_damaged_file_is_refused_before_anything_is_touched(
    harm: str, backup: Path, empty: Database, keeper: Keeper
) -> None:
    whole = backup.read_bytes()
    middle = len(whole) // 2
    backup.write_bytes(
        {
            "cut": whole[:-1000],
            "flipped": whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :],
            "empty": b"",
            "other": b"%PDF-1.7 " * 1000,
        }[harm]
    )
    done = empty.command("restore", backup, "--key", keeper.file)
    assert done.returncode == 1
    assert done.stderr.startswith("CommandError: Nothing was changed. ")
    assert "damaged" in done.stderr
    assert tables(empty) == 0


def test_a_full_database_is_not_restored_into(backup: Path, here: Database, keeper: Keeper) -> None:
    # The session that empties tables between tests stays, and a restore wants to be alone.
    with superuser_connection() as root:
        root.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    done = here.command("restore", backup, "--key", keeper.file)
    assert done.returncode == 1
    assert "is not empty" in done.stderr
    done = here.command("restore", backup, "--key", keeper.file, "--replace", typed="yes\n")
    assert done.returncode == 1
    assert "'yes' is not its name" in done.stderr
    assert here.ask("SELECT count(*) FROM donors_gift") == [(1,)]


def test_a_full_database_is_replaced_when_its_name_is_typed(
    backup: Path, empty: Database, keeper: Keeper
) -> None:
    assert empty.command("restore", backup, "--key", keeper.file).returncode == 0
    empty.ask("UPDATE donors_donor SET email = 'changed@donor.example'")
    typed = f"{empty.name}\n"
    done = empty.command("restore", backup, "--key", keeper.file, "--replace", typed=typed)
    assert done.returncode == 0, done.stderr
    assert empty.ask("SELECT email FROM donors_donor") == [("alice@donor.example",)]


def test_a_database_in_use_is_not_replaced(backup: Path, empty: Database, keeper: Keeper) -> None:
    assert empty.command("restore", backup, "--key", keeper.file).returncode == 0
    with psycopg.connect(empty.url("manul_app")):
        done = empty.command(
            "restore", backup, "--key", keeper.file, "--replace", typed=f"{empty.name}\n"
        )
    assert done.returncode == 1
    assert "Stop web, worker and scheduler" in done.stderr
    assert empty.ask("SELECT count(*) FROM donors_gift") == [(1,)]


def test_a_migrated_database_that_nobody_has_used_counts_as_empty(
    backup: Path, empty: Database, keeper: Keeper
) -> None:
    assert empty.command("migrate", "--noinput").returncode == 0
    done = empty.command("restore", backup, "--key", keeper.file)
    assert done.returncode == 0, done.stderr
    assert empty.ask("SELECT count(*) FROM donors_gift") == [(1,)]


def test_a_backup_of_books_that_do_not_verify_is_refused_whole(
    here: Database, empty: Database, keeper: Keeper, receipt: Receipt, tmp_path: Path
) -> None:
    with superuser_connection() as root:
        root.execute("SET session_replication_role = replica")
        root.execute(
            "UPDATE ledger_posting SET amount_minor = amount_minor + 1 WHERE id IN"
            " (SELECT min(id) FROM ledger_posting)"
        )
    folder = tmp_path / "b"
    assert here.command("backup", "--to", folder, "--recipient", keeper.public).returncode == 0
    (path,) = folder.glob("*.age")
    assert empty.command("restore", path, "--key", keeper.file, "--check").returncode == 0
    done = empty.command("restore", path, "--key", keeper.file)
    assert done.returncode == 1
    assert "The ledger does not verify" in done.stderr
    assert tables(empty) == 0


def test_a_backup_can_be_read_through_without_a_restore(
    backup: Path, empty: Database, keeper: Keeper
) -> None:
    done = empty.command("restore", backup, "--key", "-", "--check", typed=keeper.file.read_text())
    assert done.returncode == 0, done.stderr
    assert f"{backup.name} is whole: taken " in done.stdout
    assert tables(empty) == 0
