"""A backup is whole or not there, and only its keepers can read it."""

import hashlib
import io
import signal
import stat
import subprocess
import sys
import tarfile
import time
from pathlib import Path

import pyrage
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from donors.models import Receipt
from funding.recovery import keys
from funding.recovery.refusals import CannotBackUp, WrongKey
from tests.recovery.conftest import ROOT, Database, Keeper


def files(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} - {".lock", "manul.erased"}


def test_a_backup_holds_the_dump_its_figures_and_their_sums(
    backup: Path, keeper: Keeper, receipt: Receipt
) -> None:
    (identity,) = keys.identities(keeper.file.read_text())
    clear = pyrage.decrypt(backup.read_bytes(), [identity])
    with tarfile.open(fileobj=io.BytesIO(clear)) as tar:
        names = tar.getnames()
        assert names == ["manifest.json", "database/000001", "SHA256SUMS"]
        found = [tar.extractfile(name) for name in names]
        manifest, dump, sums = [content.read() for content in found if content]
    assert dump.startswith(b"PGDMP")
    assert hashlib.sha256(dump).hexdigest() in sums.decode()
    assert hashlib.sha256(manifest).hexdigest() in sums.decode()
    assert b'"ledger_posting.amount_minor": {\n   "EUR": 0\n' in manifest
    assert b'"donors_gift.amount_minor": {\n   "EUR": 2550\n' in manifest
    assert b'"with_bytes": 1' in manifest


def test_nobody_else_can_read_it(backup: Path, receipt: Receipt) -> None:
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    assert files(backup.parent) == {backup.name}
    sealed = backup.read_bytes()
    for clear in (b"alice@donor.example", b"PGDMP", b"manifest"):
        assert clear not in sealed
    with pytest.raises(pyrage.DecryptError):
        pyrage.decrypt(sealed, [pyrage.x25519.Identity.generate()])


def test_a_backup_for_nobody_is_refused(here: Database, tmp_path: Path) -> None:
    done = here.process("backup", "--to", tmp_path / "b")
    assert done.returncode == 1
    assert "Nobody could open this backup" in done.stderr
    assert not (tmp_path / "b").exists()

    done = here.command("backup", "--to", tmp_path / "b", "--recipient", "age1nonsense")
    assert done.returncode == 1
    assert "no public key of age" in done.stderr


def test_the_application_cannot_back_up(here: Database, keeper: Keeper, tmp_path: Path) -> None:
    done = here.command(
        "backup", "--to", tmp_path / "b", "--recipient", keeper.public, role="manul_app"
    )
    assert done.returncode == 1
    assert "Only the owner of the tables" in done.stderr
    assert files(tmp_path / "b") == set()


def test_a_server_without_a_dumper_is_told_so(
    here: Database, keeper: Keeper, tmp_path: Path
) -> None:
    broken = tmp_path / "bin"
    broken.mkdir()
    (broken / "pg_dump").write_text(
        "#!/bin/sh\n[ $1 = --version ] && echo 'pg_dump (x) 99' || exit 7"
    )
    (broken / "pg_dump").chmod(0o755)
    done = here.command(
        "backup", "--to", tmp_path / "b", "--recipient", keeper.public, PG_BIN=str(broken)
    )
    assert done.returncode == 1
    assert "pg_dump stopped" in done.stderr
    assert files(tmp_path / "b") == set()


def test_a_killed_backup_leaves_nothing_under_a_final_name(
    here: Database, keeper: Keeper, tmp_path: Path
) -> None:
    slow = tmp_path / "bin"
    slow.mkdir()
    (slow / "pg_dump").write_text(
        "#!/bin/sh\n[ $1 = --version ] && echo 'pg_dump (x) 99' || { echo PGDMP; exec sleep 60; }"
    )
    (slow / "pg_dump").chmod(0o755)
    folder = tmp_path / "b"
    words = ("backup", "--to", str(folder), "--recipient", keeper.public)
    running = subprocess.Popen(
        [sys.executable, "manage.py", *words],
        cwd=ROOT,
        env=here.environment(PG_BIN=str(slow)),
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 60
    while not list(folder.glob(".manul-*.part")):
        assert running.poll() is None, running.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.05)

    # Meanwhile a second one is not let in.
    done = here.command(*words)
    assert done.returncode == 1
    assert "Another backup is being written" in done.stderr

    running.send_signal(signal.SIGKILL)
    running.communicate()
    assert not list(folder.glob("manul-*"))
    done = here.command(*words)
    assert done.returncode == 0, done.stderr
    (left,) = files(folder)
    assert left.endswith(".backup.age")


def test_only_the_newest_are_kept_and_other_files_are_left_alone(
    backup: Path, here: Database, keeper: Keeper
) -> None:
    folder = backup.parent
    (folder / "letter.age").touch()
    (folder / "manul-20200101T000000Z.backup.age").touch()
    words = ("backup", "--to", folder, "--keep", "2", "--recipient", keeper.public)
    done = here.command(*words)
    assert done.returncode == 0, done.stderr
    assert "Removed manul-20200101T000000Z.backup.age" in done.stdout
    assert backup.exists()
    assert len(files(folder)) == 3

    assert here.command(*words).returncode == 0
    assert not backup.exists()
    assert len(files(folder)) == 3


def test_none_is_not_a_number_to_keep(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="at least one"):
        call_command("backup", to=tmp_path, keep=0)


def test_a_key_is_made_once_and_for_its_maker_alone(tmp_path: Path) -> None:
    file = tmp_path / "key"
    public = keys.make(file)
    assert public.startswith("age1")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    (identity,) = keys.identities(file.read_text())
    assert str(identity.to_public()) == public
    before = file.read_bytes()
    with pytest.raises(CannotBackUp, match="never overwritten"):
        keys.make(file)
    assert file.read_bytes() == before


@pytest.mark.parametrize("text", ["", "# nothing\n", "AGE-SECRET-KEY-1NONSENSE", "age1abc"])
def test_what_is_no_secret_key_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(WrongKey) as refused:
        keys.identities(text)
    assert "NONSENSE" not in str(refused.value)
