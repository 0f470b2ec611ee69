"""Run what is due, once or until nothing is left."""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError

from funding import jobs

# Each round may make work for the next (an event books a gift, the gift earns a receipt, the
# receipt a mail); more rounds than this would be a sweep that feeds itself.
_MOST_ROUNDS = 200


class Command(BaseCommand):
    """`manage.py sweep [--until-idle]`."""

    help = "Run every sweep: events, gifts, refunds, receipts, documents, mails, the fold."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """One switch."""
        parser.add_argument("--until-idle", action="store_true", help="repeat until nothing moves")

    def handle(self, *, until_idle: bool, **_options: object) -> None:
        """Sweep, and say how many rows moved."""
        total = 0
        for _round in range(_MOST_ROUNDS if until_idle else 1):
            moved = jobs.sweep_once()
            total += moved
            if not moved:
                break
        else:
            if until_idle:
                raise CommandError(f"Still busy after {_MOST_ROUNDS} rounds.")
        self.stdout.write(f"{total} moved")
