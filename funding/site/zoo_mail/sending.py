"""Papers of zoos go out by mail: each once, those of one day together, in one mail a day.

A paper waits until the day on which it was made is over. What replaced a mailed one is mailed
as its correction, and one that is void without another in its place is told of.
"""

import datetime as dt
from itertools import chain
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils import translation

from donors import statements
from donors.models import Refund, Statement, StatementState, Withdrawal, YearEndShare, Zoo
from donors.statements import NothingToState
from funding import clock
from funding.audit import log
from funding.documents import paper, register
from funding.documents.models import Document, DocumentState
from funding.documents.statement import name_of
from funding.mail import outbox
from funding.site.models import FollowedKind, FollowedPaper, PaperRound, PaperState, ZooPaper
from funding.site.zoo_mail import readers
from funding.site.zoo_mail.readers import Reader

# Papers in one mail; more of them go on the next day.
MOST: Final = 12


def sweep(*, limit: int = 100) -> int:
    """Find what was made and mail what is due. Returns how many papers moved."""
    return gather(limit=limit) + sum(send(pk) for pk in _due(limit))


def waiting() -> QuerySet[ZooPaper]:
    """Papers that count and that nobody was mailed yet."""
    return ZooPaper.objects.filter(
        mailed_in__isnull=True, is_older=False, document__state=DocumentState.VALID
    )


def gather(*, limit: int = 100) -> int:
    """Put papers of zoos that are ready into the line. Returns how many were new."""
    new = 0
    rows: list[FollowedPaper | Statement] = [*_certificates()[:limit], *_statements()[:limit]]
    for row in rows:
        zoo = Zoo.objects.get(organisation=row.donor.organisation_id)
        now = clock.now()
        facts = {"zoo": zoo, "found_at": now, "due_at": _day_over(row.entity.zone)}
        new += ZooPaper.objects.get_or_create(document=row.document, defaults=facts)[1]
    return new


def _certificates() -> QuerySet[FollowedPaper]:
    rows = FollowedPaper.objects.filter(kind=FollowedKind.CERTIFICATE, state=PaperState.DONE)
    return rows.filter(_ready()).select_related("donor", "entity").order_by("pk")


def _statements() -> QuerySet[Statement]:
    # A year's statements of which the treasurer said that nobody is mailed them.
    quiet = YearEndShare.objects.filter(statement=OuterRef("pk"), year_end__mails=False)
    rows = Statement.objects.filter(~Exists(quiet), state=StatementState.DONE)
    return rows.filter(_ready()).select_related("donor", "entity").order_by("pk")


def _ready() -> Q:
    known = ZooPaper.objects.filter(document=OuterRef("document"))
    return Q(
        ~Exists(known),
        donor__organisation__zoo__isnull=False,
        document__state=DocumentState.VALID,
        document__rendered_at__isnull=False,
    )


def _day_over(zone: str) -> dt.datetime:
    tomorrow = clock.today(zone) + dt.timedelta(days=1)
    return dt.datetime.combine(tomorrow, dt.time(), ZoneInfo(zone))


def _ended() -> QuerySet[ZooPaper]:
    """Mailed papers that are void, of which nobody was told yet."""
    return ZooPaper.objects.filter(
        mailed_in__isnull=False, ended_in__isnull=True, document__state=DocumentState.VOID
    )


def _due(limit: int) -> list[int]:
    """The zoos that have something to be mailed."""
    made = waiting().filter(due_at__lte=clock.now()).values_list("zoo", flat=True)
    ended = _ended().values_list("zoo", flat=True)
    return sorted(set(chain(made[:limit], ended[:limit])))


@transaction.atomic
def send(zoo_id: int) -> int:
    """Mail what is due to the readers of one zoo, once a day. Returns how many papers went.

    All of it in one transaction: a worker that dies has mailed nothing, and two at once mail
    once.
    """
    rows = Zoo.objects.select_for_update(of=("self",), no_key=True, skip_locked=True)
    zoo = rows.select_related("organisation").filter(pk=zoo_id).first()
    if zoo is None:
        return 0
    mine = waiting().filter(zoo=zoo, due_at__lte=clock.now())
    whole = mine.select_related("document__entity").order_by("pk")
    made, ended = list(whole[:MOST]), list(_ended().filter(zoo=zoo).select_related("document"))
    if not made and not ended:
        return 0
    first = (made or ended)[0].document.entity
    day = clock.today(first.zone)
    # A second batch of the same day waits for the next one.
    if PaperRound.objects.filter(zoo=zoo, day=day).exists():
        return 0
    return _send(PaperRound.objects.create(zoo=zoo, day=day, made_at=clock.now()), made, ended)


def _send(round_: PaperRound, made: list[ZooPaper], ended: list[ZooPaper]) -> int:
    for row in made:
        row.mailed_in, row.earlier = round_, _mailed_before(row.document)
    for row in ended:
        row.ended_in = round_
    ZooPaper.objects.bulk_update(made, ["mailed_in", "earlier"])
    ZooPaper.objects.bulk_update(ended, ["ended_in"])
    ids = [row.document_id for row in made]
    shares = YearEndShare.objects.filter(statement__document__in=ids, mailed_at__isnull=True)
    shares.update(mailed_at=clock.now())
    for reader in readers.of(round_.zoo):
        _queue(round_, reader, made, ended)
    log.record(
        actor="system",
        action="zoo.papers_mailed",
        subject=f"zoo:{round_.zoo_id}",
        papers=len(made),
        void=len(ended),
    )
    return len(made) + len(ended)


def _mailed_before(document: Document) -> Document | None:
    """Of the papers whose place it took the latest that was mailed."""
    before = Document.objects.filter(replaced_by=document).defer("content").first()
    while before is not None:
        if ZooPaper.objects.filter(document=before, mailed_in__isnull=False).exists():
            return before
        before = Document.objects.filter(replaced_by=before).defer("content").first()
    return None


def _queue(round_: PaperRound, reader: Reader, made: list[ZooPaper], ended: list[ZooPaper]) -> None:
    zoo, documents = round_.zoo, [row.document for row in made]
    entity = paper.entity_facts((documents or [ended[0].document])[0].entity)
    place = reverse("zoo_papers", kwargs={"uuid": zoo.uuid})
    with translation.override(reader.language):
        told = {"papers": [_told(row) for row in made], "ended": [_told(row) for row in ended]}
    outbox.queue(
        key=f"paperround:{round_.pk}:{reader.key}",
        cause=f"paperround:{round_.pk}",
        to_address=reader.address,
        to_name=reader.name,
        template="zoo_papers",
        context=told
        | {
            "zoo": zoo.name,
            "is_corrected": bool(made) and all(row.earlier for row in made),
            "here_url": f"{settings.SITE_URL}{place}",
            "entity": entity,
            "illustrative": entity["is_illustrative"],
        },
        language=reader.language,
        attachments=[
            outbox.File(f"{each.name}.pdf", "application/pdf", bytes(each.content or b""))
            for each in documents
        ],
    )


def _told(row: ZooPaper) -> dict[str, Any]:
    """A paper as the mail tells it, in the language that is on."""
    document = row.document
    begins, ends = (dt.date.fromisoformat(document.snapshot[name]) for name in ("from", "to"))
    return {
        "kind": document.template,
        "name": document.name,
        "days": name_of(begins, ends),
        "earlier": row.earlier.name if row.earlier else "",
        "verify_url": register.verify_url(document),
    }


def look_around(*, limit: int = 1000) -> int:
    """Ask again for mailed statements of zoos whose money moved since they were asked for.

    Certificates are looked at by themselves. Returns how many were asked for. Every night.
    """
    return sum(_ask_again(pk) for pk in list(_moved().values_list("pk", flat=True)[:limit]))


def _moved() -> QuerySet[Statement]:
    of = {"gift__donor": OuterRef("donor"), "gift__entity": OuterRef("entity")}
    since = OuterRef("asked_at")
    back = Refund.objects.filter(Q(booked_at__gt=since) | Q(ended_at__gt=since), **of)
    taken = Withdrawal.objects.filter(booked_at__gt=since, **of)
    mailed = ZooPaper.objects.filter(document=OuterRef("document"), mailed_in__isnull=False)
    rows = Statement.objects.filter(Exists(mailed), state=StatementState.DONE)
    return (
        rows.filter(Exists(back) | Exists(taken), document__state=DocumentState.VALID)
        .filter(asked_at__lt=clock.now())
        .order_by(F("asked_at"), "pk")
    )


def _ask_again(pk: int) -> int:
    row = Statement.objects.select_related("donor", "entity").get(pk=pk)
    try:
        statements.order(
            donor=row.donor,
            entity=row.entity,
            begins_on=row.begins_on,
            ends_on=row.ends_on,
            actor="system",
        )
    except NothingToState:
        return 0
    return 1
