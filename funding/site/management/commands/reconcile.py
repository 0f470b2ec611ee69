"""`manage.py reconcile [--json]`: our books against Stripe's; exit 1 if they differ."""

import json
from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError

from funding.gateway.client import Unreachable
from funding.money import Money
from funding.site import reconcile
from funding.site.comparing import Difference


class Command(BaseCommand):
    """What the night does, at once and aloud."""

    help = "Compares the books with Stripe's and the bank's. Exit 1 and the differences, if any."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """One switch."""
        parser.add_argument("--json", action="store_true")

    def handle(self, *, json: bool, **_options: object) -> None:
        """Compare, and say what differs."""
        try:
            made = reconcile.run()
        except Unreachable as error:
            raise CommandError("Stripe does not answer, so nothing was compared.") from error
        found = reconcile.differences_of(made)
        if json:
            self.stdout.write(_json(made.differences))
        else:
            for each in found:
                self.stdout.write(_line(each))
            if not found:
                self.stdout.write("The books agree to the penny.")
        if made.count:
            raise SystemExit(1)


def _json(differences: object) -> str:
    return json.dumps(differences, indent=2)


def _line(each: Difference) -> str:
    ours, theirs = Money(each.ours, each.currency), Money(each.theirs, each.currency)
    can = "  (can be repaired)" if each.repair else ""
    sums = f"ours {ours.text()}, theirs {theirs.text()}"
    return f"{each.kind}  {each.subject}: {sums}. {each.cause}{can}"
