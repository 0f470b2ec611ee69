"""`manage.py bench`: the benchmarks on durable throw-away services.

The peers that are measured against live in an environment of their own, so that what they
need never touches the product's.
"""

import hashlib
import subprocess
import sys
from pathlib import Path

from funding.sandbox.up import system
from funding.sandbox.up.reasons import CannotStart
from funding.sandbox.up.services import Services
from funding.sandbox.up.trial import environment, run_until_done


def peers(root: Path) -> Path:
    """The Python of .venv-bench, made or renewed when its pinned list has changed."""
    pinned = root / "tests" / "benchmarks" / "requirements.txt"
    venv = root / ".venv-bench"
    python = venv / "bin" / "python"
    if not pinned.exists():
        raise CannotStart(f"{pinned.relative_to(root)} is missing.")
    stamp = venv / ".installed"
    wanted = hashlib.sha256(pinned.read_bytes()).hexdigest()
    if python.exists() and stamp.exists() and stamp.read_text() == wanted:
        return python
    print("Making .venv-bench for the peers that are measured against", flush=True)
    uv = Path(sys.prefix) / "bin" / "uv"
    for command in (
        [uv, "venv", "-q", "--clear", "--python", sys.executable, venv],
        [uv, "pip", "install", "-q", "--python", python, "--require-hashes", "-r", pinned],
    ):
        if subprocess.call([str(part) for part in command]):
            raise CannotStart("The peers could not be installed. What went wrong stands above.")
    stamp.write_text(wanted)
    return python


def main(root: Path, given: list[str]) -> int:
    """Run the named benchmarks, or all; the exit code of tests.benchmarks."""
    note = root / "var" / "apt-failed"
    note.parent.mkdir(exist_ok=True)
    system.provide(note)
    own = {"BENCH_PYTHON": str(peers(root))}
    command = [sys.executable, "-m", "tests.benchmarks", *given]
    with Services.throw_away(durable=True) as services:
        return run_until_done(command, root, environment(services) | own)
