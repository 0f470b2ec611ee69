"""Statements of a year that were mailed and are not right any more, mailed again as corrected.

Money of a year may go back, or come again, after its statements have left. Whoever got one is
mailed the one that takes its place, once for each that does, with what moved since. A night's
moves come in one mail. A statement that changed in its looks only is not mailed again.
"""

import datetime as dt
import logging
from collections import Counter
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.urls import reverse

from donors import statements
from donors.models import Refund, StatementState, Withdrawal, YearEndShare
from donors.statements import NothingToState
from funding import clock
from funding.audit import log
from funding.documents import paper, register
from funding.documents.models import Document, DocumentState
from funding.mail import outbox
from funding.money import Money

logger = logging.getLogger(__name__)

_WHAT: Final = ("day", "what", "received_on", "currency", "minor")


def look_around(*, limit: int = 1000) -> int:
    """Ask again for the statements of whom money moved since theirs was mailed or looked at.

    Returns how many were asked for. Every night.
    """
    return sum(_ask_again(pk) for pk in list(_moved().values_list("pk", flat=True)[:limit]))


def _moved() -> QuerySet[YearEndShare]:
    of = {"gift__donor": OuterRef("donor"), "gift__entity": OuterRef("year_end__entity")}
    since = OuterRef("looked_at")
    back = Refund.objects.filter(Q(booked_at__gt=since) | Q(ended_at__gt=since), **of)
    taken = Withdrawal.objects.filter(booked_at__gt=since, **of)
    return (
        YearEndShare.objects.filter(mailed_at__isnull=False, looked_at__isnull=False)
        .filter(Exists(back) | Exists(taken))
        # Nobody is left to read it.
        .exclude(donor__email="")
        .order_by("pk")
    )


@transaction.atomic
def _ask_again(share_id: int) -> int:
    rows = YearEndShare.objects.select_for_update(of=("self",), skip_locked=True)
    share = rows.select_related("donor", "year_end__entity").filter(pk=share_id).first()
    if share is None:
        return 0
    share.looked_at = clock.now()
    share.save(update_fields=["looked_at"])
    days = share.year_end
    try:
        statements.order(
            donor=share.donor,
            entity=days.entity,
            begins_on=days.begins_on,
            ends_on=days.ends_on,
            actor="system",
        )
    except NothingToState:
        return 0
    return 1


def waiting() -> QuerySet[YearEndShare]:
    """Mailed statements whose place another one has taken that is ready."""
    return YearEndShare.objects.filter(
        mailed_at__isnull=False,
        mailed_version__lt=F("statement__version"),
        statement__state=StatementState.DONE,
        statement__document__rendered_at__isnull=False,
        statement__document__state=DocumentState.VALID,
    ).exclude(donor__email="")


def sweep(*, limit: int = 100) -> int:
    """Mail what took the place of a mailed one. Returns how many mails were queued."""
    due = waiting().order_by("pk").values_list("pk", flat=True)
    return sum(_mail_one(pk) for pk in list(due[:limit]))


@transaction.atomic
def _mail_one(share_id: int) -> int:
    rows = waiting().select_for_update(of=("self",), skip_locked=True)
    whole = rows.select_related("donor", "statement__document", "year_end__entity")
    share = whole.filter(pk=share_id).first()
    if share is None:
        return 0
    statement = share.statement
    assert statement.document is not None
    key = f"statement:{statement.pk}:{share.mailed_version}"
    earlier = Document.objects.defer("content").filter(key=key).first()
    moves = _since(earlier.snapshot if earlier else {}, statement.document.snapshot)
    share.mailed_version = statement.version
    share.save(update_fields=["mailed_version"])
    if earlier is None or not moves:
        return 0
    _queue(share, earlier, statement.document, moves)
    log.record(
        actor="system",
        action="statement.corrected",
        subject=f"statement:{statement.pk}",
        document=statement.document.name,
    )
    return 1


def _since(before: dict[str, Any], after: dict[str, Any]) -> list[dict[str, Any]]:
    """The moves of money that stand in a statement and did not in the one before it."""
    there = Counter(_moves(before))
    new = Counter(_moves(after)) - there
    return [dict(zip(_WHAT, move, strict=True)) for move in sorted(new.elements())]


def _moves(told: dict[str, Any]) -> list[tuple[Any, ...]]:
    rows = [row for one in told.get("sums", []) for row in (*one["rows"], *one["later"])]
    return [tuple(row[name] for name in _WHAT) for row in rows]


def _queue(
    share: YearEndShare, earlier: Document, document: Document, moves: list[dict[str, Any]]
) -> None:
    entity = paper.entity_facts(share.year_end.entity)
    outbox.queue(
        key=f"yearend:{share.year_end_id}:{share.pk}:{share.mailed_version}",
        cause=f"statement:{share.statement_id}",
        to_address=share.donor.email,
        to_name=share.donor.name,
        template="statement_corrected",
        context={
            "document_name": document.name,
            "earlier_name": earlier.name,
            "begins_on": share.year_end.begins_on,
            "ends_on": share.year_end.ends_on,
            "moves": [_said(move) for move in moves],
            "remains": [
                Money(one["remains_minor"], one["currency"]) for one in document.snapshot["sums"]
            ],
            "verify_url": register.verify_url(document),
            "account_url": f"{settings.SITE_URL}{reverse('donors:statement_list')}",
            "entity": entity,
            "illustrative": entity["is_illustrative"],
        },
        language=share.donor.language,
        attachments=[
            outbox.File(f"{document.name}.pdf", "application/pdf", bytes(document.content or b""))
        ],
    )


def _said(move: dict[str, Any]) -> dict[str, Any]:
    """A move as the mail tells it."""
    days = {name: dt.date.fromisoformat(move[name]) for name in ("day", "received_on")}
    return move | days | {"sum": Money(abs(move["minor"]), move["currency"])}
