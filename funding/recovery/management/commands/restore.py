"""`manage.py restore`."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from funding.recovery import aftermath, keys, restores
from funding.recovery.archive import Manifest
from funding.recovery.keys import Identity
from funding.recovery.refusals import CannotRestore, WrongKey
from funding.recovery.restores import Restored


class Command(BaseCommand):
    """From a backup to verified books."""

    help = (
        "Restores a backup into an empty database, all of it or nothing, compares it with what "
        "the backup says of itself, and verifies the ledger."
    )
    # The tables that checks would ask may not be there yet.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which file, which key, and whether a full database may go for it."""
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--key", type=Path, required=True, help="The file with the secret key; - reads it in."
        )
        parser.add_argument(
            "--check", action="store_true", help="Only read the backup through; touch nothing."
        )
        parser.add_argument(
            "--replace",
            action="store_true",
            help="Delete what the database holds now; its name must be typed.",
        )

        parser.add_argument(
            "--highest",
            action="append",
            default=[],
            metavar="MF-2026=231",
            help="The last number known to have been given in a series; without it "
            f"{aftermath.NUMBERS_A_DAY} numbers are left out for each day since the backup.",
        )

        parser.add_argument(
            "--without-erased",
            action="store_true",
            help="Remove nobody again: there is no list of those who were removed.",
        )

    def handle(self, *_: object, **options: Any) -> None:  # noqa: ANN401 -- as Django has it
        """Check or restore."""
        path: Path = options["file"]
        try:
            identities = _identities(options["key"])
            if options["check"]:
                self._tell_whole(path, restores.check(path, identities))
                return
            replaces = self._asked(identities, path) if options["replace"] else ""
            last = aftermath.highest(options["highest"])
            with_list = not options["without_erased"]
            self._tell(
                restores.restore(
                    path, identities, replaces=replaces, last=last, with_list=with_list
                )
            )
        except CannotRestore as refused:
            raise CommandError(f"Nothing was changed. {refused.sentence}") from refused

    def _asked(self, identities: list[Identity], path: Path) -> str:
        self._tell_whole(path, restores.check(path, identities))
        name = connection.settings_dict["NAME"]
        self.stdout.write(
            f"All that the database {name} holds now will be deleted. Type its name to go on: ",
            ending="",
        )
        self.stdout.flush()
        typed = sys.stdin.readline().strip()
        if typed != name:
            raise CannotRestore(f"'{typed}' is not its name.")
        return typed

    def _tell_whole(self, path: Path, manifest: Manifest) -> None:
        self.stdout.write(
            f"{path.name} is whole: taken {manifest['taken_at']} of {manifest['site']} by "
            f"version {manifest['version']} on PostgreSQL {manifest['postgresql']}, "
            f"{sum(manifest['rows'].values())} rows, "
            f"{manifest['documents'].get('with_bytes', 0)} documents."
        )

    def _tell(self, restored: Restored) -> None:
        manifest = restored.manifest
        sums = manifest["sums"].get("ledger_posting.amount_minor", {})
        self.stdout.write(
            f"Restored what was taken {manifest['taken_at']} by version {manifest['version']}: "
            f"{sum(manifest['rows'].values())} rows in {len(manifest['rows'])} tables, "
            f"{manifest['documents'].get('with_bytes', 0)} documents with their sums.\n"
            "Rows and sums of every table are those of the backup, and every invariant of the "
            f"ledger holds ({manifest['rows'].get('ledger_posting', 0)} postings, "
            f"{', '.join(sums) or 'no money'})."
        )
        after = restored.aftermath
        for gap in after.gaps:
            self.stdout.write(f"Left out, because they may have been given: {gap}")
        self.stdout.write(
            f"Everybody signs in again ({after.sessions} sessions ended). No mail leaves "
            f"({after.mails} wait) until a treasurer has looked at /treasurer/restored/."
        )
        for again in restored.again:
            waits = f"; the rest waits for: {again.waits_for}" if again.waits_for else ""
            self.stdout.write(f"Removed again, as they were before: {again.subject}{waits}")
        for name in restored.migrated:
            self.stdout.write(f"Brought up to this version: {name}")
        for notice in restored.notices:
            self.stdout.write(f"notice  {notice.invariant}  {notice.subject}: {notice.found}")
        self.stdout.write(f"It took {restored.seconds:.1f} seconds.")


def _identities(path: Path) -> list[Identity]:
    try:
        text = sys.stdin.read() if str(path) == "-" else path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise WrongKey(f"The key file {path} cannot be read.") from error
    return keys.identities(text)
