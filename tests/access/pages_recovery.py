"""Who may see what a restore has left, and let the mails go."""

import datetime as dt
from typing import Any

from funding import clock
from funding.mail import pauses
from funding.mail.models import Mail
from funding.recovery.models import Restore
from tests.access.table import Page
from tests.access.world import World

KEEPERS = {"tara", "ada"}


def restore(world: World) -> Restore:
    """Books of yesterday."""
    del world
    now = clock.now()
    pauses.begin(why="restore:1")
    return Restore.objects.create(
        file="manul.backup.age",
        sha256="0" * 64,
        version="0.1.0",
        taken_at=now - dt.timedelta(days=1),
        restored_at=now,
    )


def mail(world: World) -> Mail:
    """One that the backup held."""
    written = world.of(restore).taken_at - dt.timedelta(minutes=1)
    return Mail.objects.create(
        key="receipt:0:mail",
        cause="gift:1",
        to_address="alice@donor.example",
        subject="Your receipt",
        text="",
        html="",
        message_id="<1@fund.example>",
        queued_at=written,
        due_at=written,
    )


def _mail(world: World) -> dict[str, Any]:
    return {"pk": world.of(mail).pk}


PAGES = [
    Page("restored", KEEPERS),
    Page("restored_leave", KEEPERS, _mail, method="POST"),
    Page("restored_leave_old", KEEPERS, method="POST"),
    Page("restored_send", KEEPERS, method="POST"),
]
