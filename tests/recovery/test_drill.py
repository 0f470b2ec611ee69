"""The drill: everything is destroyed, and one command brings it back, verified.

A whole checkout runs with the demonstration's year in its books. What is kept apart in real life
is kept apart here: the secrets, and Stripe, which is a company of its own.
"""

import hashlib
import re
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.sandbox.checkouts import Checkout

pytestmark = [pytest.mark.simulation, pytest.mark.xdist_group("up")]

NAME = "series || '-' || year || '-' || lpad(number::text, 6, '0')"
KEPT_APART = ("secrets.json", "sandbox", "clock")


@pytest.fixture
def checkout() -> Iterator[Checkout]:
    with tempfile.TemporaryDirectory(prefix="manul-up-") as name:
        running = Checkout(Path(name))
        yield running
        running.close()


def stop(checkout: Checkout) -> None:
    checkout.runs[-1].send_signal(signal.SIGINT)
    assert checkout.runs[-1].wait(60) == 0


def papers(checkout: Checkout) -> dict[str, str]:
    """Every document by its number, with the sum that the database keeps."""
    rows = checkout.sql(
        f"SELECT {NAME}, sha256 FROM documents_document WHERE rendered_at IS NOT NULL"
    )
    return {str(name): str(sha256) for name, sha256 in rows}


def a_receipt(checkout: Checkout) -> tuple[str, str, bytes]:
    """A receipt as a donor has it: its number, its code, and its bytes."""
    rows: list[tuple[Any, ...]] = checkout.sql(
        f"SELECT {NAME}, verify_code, content FROM documents_document"
        " WHERE template = 'receipt' AND rendered_at IS NOT NULL ORDER BY id LIMIT 1"
    )
    name, code, content = rows[0]
    return name, code, bytes(content)


def figures(checkout: Checkout) -> list[tuple[Any, ...]]:
    """What must not differ: gifts, awards, postings and their sums."""
    return checkout.sql(
        "SELECT (SELECT count(*) FROM donors_gift), (SELECT count(*) FROM grants_award),"
        " (SELECT count(*) FROM ledger_posting), (SELECT sum(abs(amount_minor)) FROM"
        " ledger_posting), (SELECT count(*) FROM audit_record WHERE action NOT IN"
        " ('backup.made', 'backup.restored', 'document.gap_declared'))"
    )


def destroy(checkout: Checkout) -> None:
    """Drop the database while it still runs, stop, and remove all that is on the disk."""
    superuser = re.search(
        r"DATABASE_SUPERUSER_URL='?([^'\n]+)", (checkout.folder / "var/up.env").read_text()
    )
    assert superuser
    address = superuser[1].replace("/manul?", "/postgres?")
    with psycopg.connect(address, autocommit=True) as root:
        root.execute("DROP DATABASE manul WITH (FORCE)")
    checkout.runs[-1].kill()
    checkout.runs[-1].wait()
    for process in checkout.members():
        process.kill()
    apart = checkout.folder / "apart"
    apart.mkdir()
    for name in KEPT_APART:
        if (checkout.folder / "var" / name).exists():
            shutil.move(checkout.folder / "var" / name, apart / name)
    shutil.rmtree(checkout.folder / "var")
    apart.rename(checkout.folder / "var")


def test_from_a_backup_to_a_running_product_with_one_command(
    checkout: Checkout, capsys: pytest.CaptureFixture[str]
) -> None:
    checkout.up()
    assert checkout.command("sweep", "--until-idle").returncode == 0
    before, documents = figures(checkout), papers(checkout)
    number, code, content = a_receipt(checkout)
    assert documents
    assert all(before[0])

    key, safe = checkout.folder / "keeper.key", checkout.folder / "safe"
    told = checkout.command("backup", "--make-key", str(key))
    public = re.search(r"BACKUP_RECIPIENTS=(age1\S+)", told.stdout)
    assert public, told.stderr
    # Beside the running product: its database goes on serving meanwhile.
    done = checkout.command("backup", "--to", str(safe), "--recipient", public[1])
    assert done.returncode == 0, done.stderr
    (backup,) = safe.glob("*.age")

    destroy(checkout)
    assert not (checkout.folder / "var" / "pg").exists()

    began = time.monotonic()
    done = checkout.command("restore", str(backup), "--key", str(key))
    restored_after = time.monotonic() - began
    assert done.returncode == 0, done.stderr
    assert "every invariant of the ledger holds" in done.stdout
    checkout.up("--no-demo")
    running_after = time.monotonic() - began

    assert figures(checkout) == before
    assert papers(checkout) == documents
    assert a_receipt(checkout) == (number, code, content)
    assert hashlib.sha256(content).hexdigest() == documents[number]
    assert number in checkout.get(checkout.port, f"/verify/{code}/")
    assert checkout.command("ledger", "verify").returncode == 0
    stop(checkout)
    with capsys.disabled():
        print(
            f"\nRestore drill: {backup.stat().st_size / 1e6:.1f} MB, {before[0][2]} postings, "
            f"{len(documents)} documents: verified after {restored_after:.1f} s, "
            f"running after {running_after:.1f} s."
        )
