"""Take a report of a mail server that a mail of ours did not arrive."""

import os
import sys

from django.core.management.base import BaseCommand
from django.db import DatabaseError

from funding.mail import bounces


class Command(BaseCommand):
    """`manage.py take_bounce < report`, as a mail server pipes it."""

    help = "Read one report (RFC 3464) from standard input and note which mail came back."

    def handle(self, **_options: object) -> None:
        """Say how many mails came back. Exit 75: the mail server keeps it and tries again."""
        raw = sys.stdin.buffer.read(bounces.MOST_BYTES)
        try:
            found = bounces.take(raw)
        except (bounces.TryLater, DatabaseError) as error:
            self.stderr.write(f"{type(error).__name__}: not now")
            raise SystemExit(os.EX_TEMPFAIL) from error
        # What is not about us is no fault of the mail server's, so that it has nothing to repeat.
        self.stdout.write(f"{len(found)} came back")
