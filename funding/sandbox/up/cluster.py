"""PostgreSQL's data on disk: made whole, checked before use, freed of a crash's remains."""

import contextlib
import os
import shutil
import subprocess
from pathlib import Path

import psutil

from funding.sandbox.up import binaries
from funding.sandbox.up.reasons import CannotStart

SUPERUSER = "postgres"


def plain_environment() -> dict[str, str]:
    """The environment without variables that would steer PostgreSQL's programs elsewhere."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PG")}


def make(folder: Path, *, durable: bool) -> None:
    """Make an empty cluster; it stands under its name only when it is whole."""
    # A start that is interrupted here leaves only the .new folder, which the next removes.
    fresh = folder.with_name("pg.new")
    shutil.rmtree(fresh, ignore_errors=True)
    command = [
        *binaries.wrapper(), binaries.postgres("initdb"), "-D", fresh, "-U", SUPERUSER,
        "--encoding=UTF8", "--locale=C", "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8", "--data-checksums",
        # Only this user can open the folder of the socket, and there is no port.
        "--auth-local=trust", "--auth-host=reject",
    ]  # fmt: skip
    done = subprocess.run(
        [str(part) for part in command] + ([] if durable else ["--no-sync"]),
        check=False,
        capture_output=True,
        text=True,
        env=plain_environment(),
        start_new_session=True,
    )
    if done.returncode:
        raise CannotStart(f"The database could not be made:\n{done.stdout}{done.stderr}")
    fresh.rename(folder)


def command(folder: Path, *, sockets: Path, durable: bool) -> list[str | Path]:
    """What starts the server of a cluster. It listens in the folder `sockets` and nowhere else.

    With `durable` everything that was committed is there again after a crash or a power cut.
    """
    settings = {
        "listen_addresses": "",
        "unix_socket_directories": str(sockets),
        "unix_socket_permissions": "0700",
        "max_connections": "200",
        "log_line_prefix": "%m [%p] %u ",
        "log_timezone": "UTC",
        "timezone": "UTC",
    }
    if not durable:
        settings |= {
            "fsync": "off",
            "synchronous_commit": "off",
            "full_page_writes": "off",
            "wal_level": "minimal",
            "max_wal_senders": "0",
        }
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    return [*binaries.wrapper(), binaries.postgres("postgres"), "-D", folder, *options]


def check(folder: Path) -> None:
    """Refuse data that another user owns or another major version has made."""
    if folder.stat().st_uid != os.geteuid():
        raise CannotStart(
            "./var was made by another user. Start as that user, or take it over: "
            "sudo chown -R $(id -u):$(id -g) var"
        )
    made_by = int((folder / "PG_VERSION").read_text().strip())
    if made_by != binaries.postgres_major():
        raise CannotStart(
            f"The data in ./var/pg belong to PostgreSQL {made_by}, the programs installed now "
            f"are PostgreSQL {binaries.postgres_major()}. Take the data over:\n"
            f"    PG_BIN=<folder of PostgreSQL {made_by}'s programs> python3 manage.py up\n"
            "and beside it:\n"
            '    . var/up.env; pg_dumpall -d "$DATABASE_SUPERUSER_URL" > all.sql\n'
            "Stop, mv var/pg var/pg.old, start again without PG_BIN, and beside it:\n"
            '    . var/up.env; psql "$DATABASE_SUPERUSER_URL" -f all.sql'
        )


def forget_stale_pid(path: Path) -> None:
    """Remove a crashed server's lock file when no PostgreSQL has that number any more.

    PostgreSQL takes any process of that number for itself, which happens after a restart of
    the machine or while nobody has taken note of the server's end, and refuses to start.
    """
    with contextlib.suppress(OSError, ValueError, IndexError):
        pid = int(path.read_text().splitlines()[0])
        try:
            stale = "postgres" not in " ".join(psutil.Process(pid).cmdline())
        except psutil.Error:
            stale = True
        if stale:
            path.unlink()
