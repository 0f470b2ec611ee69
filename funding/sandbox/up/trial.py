"""`manage.py test`: throw-away services, then pytest with all arguments passed on."""

import os
import secrets
import signal
import subprocess
import sys
from pathlib import Path
from types import FrameType

from funding.sandbox.up import system
from funding.sandbox.up.services import Services

FAST = ["-m", "not browser and not simulation"]
NOTHING_COLLECTED = 5
# These say how to spread the tests, or need them in one process.
OWN_SPREAD = ("-n", "--numprocesses", "--dist", "--pdb", "--trace", "--collect-only", "--co")
WORKERS_AT_MOST = 4


def environment(services: Services) -> dict[str, str]:
    """What the tests are told. The test database is made by the owner's role."""
    told = services.environment
    if "DATABASE_OWNER_URL" in told:
        told["DATABASE_URL"] = told["DATABASE_OWNER_URL"]
    return (
        dict(os.environ)
        | {
            "DJANGO_SETTINGS_MODULE": "funding.settings",
            "DEBUG": "0",
            "SECRET_KEY": secrets.token_urlsafe(48),
            "SITE_URL": "http://localhost:8000",
            "STRIPE_API_BASE": "http://127.0.0.1:9",
            "STRIPE_SECRET_KEY": "sk_test_for_tests_only",
            "STRIPE_WEBHOOK_SECRETS": "whsec_for_tests_only",
            "MAIL_URL": "smtp://127.0.0.1:9/",
            "C_FORCE_ROOT": "1",
        }
        | told
        | ({"BROWSER_PATH": path} if (path := system.browser()) else {})
    )


def arguments(given: list[str]) -> list[str]:
    """Pytest's arguments: `fast` is spelt out, and a whole run uses the machine's cores."""
    fast = given[:1] == ["fast"]
    rest = given[1:] if fast else list(given)
    marks = FAST if fast and "-m" not in rest else []
    return [*marks, *_spread(rest), *rest]


def _spread(rest: list[str]) -> list[str]:
    told = any(part.startswith(OWN_SPREAD) for part in rest)
    named = any(not part.startswith("-") and Path(part.split("::")[0]).is_file() for part in rest)
    workers = min(os.cpu_count() or 1, WORKERS_AT_MOST)
    # A single file is done before the workers of a spread run have started.
    if told or named or workers == 1:
        return []
    return ["-n", str(workers), "--dist", "loadgroup"]


def main(root: Path, given: list[str]) -> int:
    """Run the tests; pytest's exit code, but running no test at all is a failure."""
    note = root / "var" / "apt-failed"
    note.parent.mkdir(exist_ok=True)
    system.provide(note, for_tests=True, for_browser=given[:1] != ["fast"])
    command = [sys.executable, "-m", "pytest", *arguments(given)]
    with Services.throw_away(durable=False) as services:
        code = run_until_done(command, root, environment(services))
    if code == NOTHING_COLLECTED:
        print("No test was run.", file=sys.stderr)
        return 1
    return code


def run_until_done(command: list[str], root: Path, env: dict[str, str]) -> int:
    """Run a program in the terminal's foreground; a wish to end is passed on to it."""
    running: list[subprocess.Popen[bytes]] = []

    def pass_on(number: int, _frame: FrameType | None) -> None:
        # Ctrl-C reaches the program by itself, a SIGTERM only reaches us.
        if number != signal.SIGINT and running:
            running[0].send_signal(signal.SIGINT)

    # Before the program starts: a shell's background job ignores SIGINT, and what is ignored
    # stays so in a program started from here, while what is handled does not.
    before = {
        number: signal.signal(number, pass_on)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    }
    try:
        running.append(subprocess.Popen(command, cwd=root, env=env))
        return running[0].wait()
    finally:
        for number, action in before.items():
            signal.signal(number, action)
