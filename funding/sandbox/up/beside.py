"""Any other command, on the services of this checkout.

Beside a running `up` it uses what `up` has started. Without one, a command that needs the
database starts the services for as long as it runs.
"""

import os
import signal
import sys
from pathlib import Path
from types import FrameType

from funding.sandbox.up import environment
from funding.sandbox.up.commands import ROOT
from funding.sandbox.up.environment import Keys, Lock
from funding.sandbox.up.processes import end_leftovers, remember
from funding.sandbox.up.reasons import CannotStart
from funding.sandbox.up.services import Services

# These work without a database; the address they are told need not answer.
WITHOUT_SERVICES = {
    "check", "collectstatic", "compilemessages", "diffsettings", "help", "makemessages",
    "makemigrations", "sendtestemail", "startapp", "startproject", "version", "--help", "-h",
    "--version",
}  # fmt: skip
# Only the owner of the tables may change them.
AS_OWNER = {
    "backup", "dbshell", "flush", "makemigrations", "migrate", "restore", "sqlflush", "sqlmigrate",
}  # fmt: skip


def run(argv: list[str]) -> int:
    """Carry out a Django command line where DATABASE_URL does not say which database."""
    command = argv[1] if len(argv) > 1 else "help"
    if "--deploy" in argv:
        # This judges the environment as it is given; nothing may be added to it.
        return _django(argv)
    try:
        return _on_services(command, argv)
    except CannotStart as problem:
        print(problem, file=sys.stderr)
        return 1


def _on_services(command: str, argv: list[str]) -> int:
    var = ROOT / "var"
    lock = Lock(var)
    if not lock.take():
        told = environment.read(var)
        if not told:
            raise CannotStart(
                "`up` is just starting here. Wait for its line Ready, then try again."
            )
        _become(told, command)
        return _django(argv)
    services = Services.of_checkout(ROOT)
    told = environment.product(var, Keys(var), port=8000, sandbox_port=8001, smtp_port=25)
    _become(told | services.environment, command)
    if command in WITHOUT_SERVICES or "--help" in argv:
        lock.release()
        return _django(argv)
    return _during(services, var, argv)


def _during(services: Services, var: Path, argv: list[str]) -> int:
    end_leftovers(var / "pids.json", ROOT)
    services.on_change = lambda: remember(var / "pids.json", services.children)
    signal.signal(signal.SIGTERM, _leave)
    with services:
        return _django(argv)


def _leave(number: int, _frame: FrameType | None) -> None:
    raise SystemExit(128 + number)


def _become(told: dict[str, str], command: str) -> None:
    os.environ.update(told)
    if command in AS_OWNER and "DATABASE_OWNER_URL" in told:
        os.environ["DATABASE_URL"] = told["DATABASE_OWNER_URL"]


def _django(argv: list[str]) -> int:
    from django.core.management import execute_from_command_line

    try:
        execute_from_command_line(argv)
    except SystemExit as end:
        # The services must still be stopped, so the code is passed on as a value.
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    return 0
