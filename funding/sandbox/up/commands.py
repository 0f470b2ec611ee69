"""The commands that `manage.py` does not hand to Django: up, test and bench."""

import sys
from pathlib import Path

from funding.sandbox.up.reasons import CannotStart

ROOT = Path(__file__).resolve().parents[3]


def run(command: str, arguments: list[str]) -> int:
    """Carry out one command; its exit code. What stands in the way is told in a sentence."""
    try:
        if command == "up":
            from funding.sandbox.up import supervisor

            return supervisor.main(ROOT, arguments)
        if command == "test":
            from funding.sandbox.up import trial

            return trial.main(ROOT, arguments)
        from funding.sandbox.up import measuring

        return measuring.main(ROOT, arguments)
    except CannotStart as problem:
        print(problem, file=sys.stderr)
        return 1
