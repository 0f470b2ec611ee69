"""Take in a sanctions list as its publisher gave it out, and search it for every payee."""

import argparse
import datetime as dt
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from funding.errors import Refused
from funding.imports import reading
from grants import sanctions, searches
from grants.sanctions import PUBLISHED, Columns


class Command(BaseCommand):
    """`manage.py sanctions_list FILE --called NAME --of DAY [--columns uk|eu|plain]`."""

    help = "Take in a sanctions list from a CSV file whole, and search payees in it."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """The file, what the list is called, its own day, and which columns to read."""
        parser.add_argument("file", type=Path, help="the list as CSV, as it was downloaded")
        parser.add_argument("--called", required=True, help="such as: UK Sanctions List")
        parser.add_argument(
            "--of", required=True, type=dt.date.fromisoformat, help="the list's own day: 2027-03-14"
        )
        parser.add_argument(
            "--columns", choices=sorted(PUBLISHED), default="plain", help="whose columns it has"
        )
        parser.add_argument("--reference", help="the column with the entry's reference")
        parser.add_argument("--name", action="append", help="a column with a part of the name")

    def handle(
        self,
        *,
        file: Path,
        called: str,
        of: dt.date,
        columns: str,
        reference: str | None,
        name: list[str] | None,
        **_options: object,
    ) -> None:
        """Say how many names there are, and how many payees are like one of them."""
        known = PUBLISHED[columns]
        wanted = Columns(reference or known.reference, tuple(name or known.names))
        try:
            content = file.read_bytes()
        except OSError as error:
            raise CommandError(f"{file} cannot be read: {error.strerror}.") from None
        if len(content) > reading.MOST_BYTES:
            raise CommandError(f"{file} is larger than {reading.MOST_BYTES // 1024**2} MB.")
        try:
            list_ = sanctions.take_in(
                name=called, published_on=of, content=content, columns=wanted, actor="system"
            )
        except Refused as refusal:
            raise CommandError(f"Nothing was taken in. {refusal.sentence}") from None
        likes = searches.search_payees(list_)
        self.stdout.write(f"{list_.name} of {of}: {list_.names.count()} names.")
        self.stdout.write(f"Payees that are like one of them: {likes}.")
