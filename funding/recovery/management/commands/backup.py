"""`manage.py backup`."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from funding.recovery import backups, keys
from funding.recovery.backups import Made
from funding.recovery.refusals import CannotBackUp


class Command(BaseCommand):
    """One sealed file with all that the fund knows."""

    help = (
        "Writes one encrypted file with the whole database, documents included, which only the "
        "holders of the secret keys can open. Settings and secrets are not in it."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Where to, for whom, and how many stay."""
        parser.add_argument("--to", type=Path, default=Path(settings.ROOT) / "var" / "backups")
        parser.add_argument(
            "--recipient",
            action="append",
            metavar="age1...",
            help="Who can open it; may be given again. Without it: BACKUP_RECIPIENTS.",
        )
        parser.add_argument("--keep", type=int, metavar="N", help="Keep only the N newest.")
        parser.add_argument(
            "--make-key",
            type=Path,
            metavar="FILE",
            help="Make no backup but a new key, on a machine that is not the server.",
        )

    def handle(self, *_: object, **options: Any) -> None:  # noqa: ANN401 -- as Django has it
        """Make a backup or a key."""
        if options["keep"] is not None and options["keep"] < 1:
            raise CommandError("--keep: at least one backup stays.")
        try:
            if options["make_key"]:
                self._tell_key(options["make_key"], keys.make(options["make_key"]))
                return
            made = backups.make(
                to=options["to"].absolute(),
                recipients=keys.recipients(options["recipient"] or settings.BACKUP_RECIPIENTS),
                keep=options["keep"],
            )
        except CannotBackUp as refused:
            raise CommandError(refused.sentence) from refused
        self._tell(made)

    def _tell_key(self, path: Path, public: str) -> None:
        self.stdout.write(
            f"The secret key is in {path}. Keep it where the server is not, twice, one on paper: "
            "without it no backup can be read.\n"
            f"On the server: BACKUP_RECIPIENTS={public}"
        )

    def _tell(self, made: Made) -> None:
        rows = sum(made.manifest["rows"].values())
        size = made.path.stat().st_size / 1_000_000
        self.stdout.write(
            f"{made.path}\n"
            f"{size:.1f} MB, {rows} rows, {made.manifest['documents'].get('with_bytes', 0)} "
            f"documents, SHA-256 of the dump {made.manifest['sha256']}, "
            f"{made.seconds:.1f} seconds.\n"
            "Not in it: SECRET_KEY, Stripe's keys, the mail server's password, the databases' "
            "passwords. Keep these apart, and the key that opens this file too."
        )
        for path in made.removed:
            self.stdout.write(f"Removed {path.name}.")
