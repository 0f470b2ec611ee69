"""Make a frozen proposal of a round again, and say whether it comes out the same."""

import argparse

from django.core.management.base import BaseCommand, CommandError

from grants import workbench
from grants.models import Allocation


class Command(BaseCommand):
    """`manage.py replay_round <round> [--number N]`; exit 1 if a single byte differs."""

    help = "Recompute a frozen proposal from its marks, its lot and its funds, and print it."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """The round by the end of its address, and which of its proposals: the last by default."""
        parser.add_argument("round", help="the round, as in its address")
        parser.add_argument("--number", type=int, help="which proposal; without it, the last")

    def handle(self, *, round: str, number: int | None, **_options: object) -> None:
        """Print the proposal as it comes out now, then its fingerprint and what was frozen."""
        rows = Allocation.objects.filter(round__slug=round).order_by("-number")
        kept = (rows if number is None else rows.filter(number=number)).first()
        if kept is None:
            raise CommandError(f"No proposal of a round {round} was frozen under this number.")
        again = workbench.replayed(kept.frozen)
        self.stdout.write(again)
        sha256 = workbench.fingerprint(again)
        if again != kept.frozen or sha256 != kept.sha256:
            raise CommandError(f"It comes out as {sha256}, and {kept.sha256} was frozen.")
        self.stderr.write(f"Proposal {kept.number}, the same bit by bit: {sha256}")
