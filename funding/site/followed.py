"""Papers of followed money: certificates of zoos, and where the money of a donor went.

The row is the queue. The facts are frozen under a number in a short transaction that holds the
gifts, and the pages are laid out after it. When money of a counted gift goes back, or comes
again, the paper is looked at again by itself: it is replaced, or void when nothing is left.
"""

import datetime as dt
import logging
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import translation
from django.utils.translation import gettext as _

from donors import papers, statements
from donors.models import Donor, Gift
from donors.statement_facts import Days
from funding import clock, jobs
from funding.audit import log
from funding.documents import register
from funding.documents.making import Queue, fingerprint
from funding.documents.models import Document, DocumentState
from funding.documents.register import CannotRender
from funding.errors import Refused
from funding.ledger import trace
from funding.ledger.models import Entry, Traced
from funding.parties.models import Entity
from funding.site import followed_facts
from funding.site.models import (
    MOST_ATTEMPTS,
    FollowedGift,
    FollowedKind,
    FollowedPaper,
    PaperState,
)

logger = logging.getLogger(__name__)


class NothingToFollow(Refused):
    """Nothing is left of what this donor gave in these days."""


class NotAnOrganisation(Refused):
    """A certificate is an organisation's."""


class _NotTraced(Exception):
    """Tracing has not seen all that happened to these gifts yet."""


def order(
    *,
    kind: FollowedKind,
    donor: Donor,
    entity: Entity,
    begins_on: dt.date,
    ends_on: dt.date,
    actor: str,
) -> FollowedPaper:
    """Ask for the paper on what a donor gave to an entity in these days.

    Asked for before, it is the same row: one that waits goes on, one that is done is compared
    with what is so today. Refuses: PeriodImpossible, NotAnOrganisation, NothingToFollow.
    """
    statements.must_be_over(entity, begins_on, ends_on)
    if kind == FollowedKind.CERTIFICATE and donor.organisation_id is None:
        raise NotAnOrganisation(_("Certificates are made for organisations."))
    days = Days(begins_on, ends_on, entity.zone)
    if not any(gift.left_minor for gift in _gifts(donor.pk, entity.pk, days)):
        raise NothingToFollow(_("Nothing of what you gave in these days is here."))
    now = clock.now()
    with transaction.atomic():
        row, is_new = FollowedPaper.objects.get_or_create(
            kind=kind,
            donor=donor,
            entity=entity,
            begins_on=begins_on,
            ends_on=ends_on,
            defaults={"asked_by": actor, "asked_at": now, "due_at": now},
        )
        row = _lock(row.pk)
        if is_new or row.state != PaperState.WAITING:
            _put_in_line(row, actor)
    return row


def look_again(gift: Gift) -> None:
    """Another sum is left of a locked gift: papers that count it are looked at again.

    In the transaction of that change. Whoever freezes facts holds the gift, so a paper is
    either found here or sees the change itself.
    """
    counted = FollowedGift.objects.filter(gift=gift, version=F("paper__version"))
    stale = counted.exclude(left_minor=gift.left_minor if gift.settled_at else 0)
    for pk in sorted(set(stale.values_list("paper_id", flat=True))):
        row = _lock(pk)
        # Also one whose pages are being laid out: its facts are frozen, and are these no more.
        if row.document is not None and row.document.state == DocumentState.VALID:
            _put_in_line(row, "system")


def make(paper_id: int) -> bool:
    """Take a paper as far as it will go; whether it is done. Harmless when repeated.

    Two workers at once make one: the first takes the row, the second finds it taken.
    """
    if not QUEUE.claim(paper_id):
        return False
    asked_at = FollowedPaper.objects.values_list("asked_at", flat=True).get(pk=paper_id)
    try:
        while trace.sweep():
            pass
        document = issue(paper_id)
        if document is not None:
            register.render(document.pk)
    except (CannotRender, _NotTraced) as error:
        logger.warning("paper %s waits: %s", paper_id, error)
        QUEUE.put_off(paper_id, f"{error} {error.__cause__ or ''}".strip())
        return False
    except NothingToFollow:
        # What was there when it was asked for went back before it was made.
        QUEUE.end_empty(paper_id)
        return False
    except Exception as error:
        logger.exception("paper %s cannot be made", paper_id)
        QUEUE.put_off(paper_id, f"{type(error).__name__}: {error}")
        return False
    done = FollowedPaper.objects.filter(pk=paper_id, document__isnull=False)
    # Put in line again meanwhile, it is not done: somebody looks at it once more.
    done.filter(state=PaperState.WAITING, asked_at=asked_at).update(state=PaperState.DONE, error="")
    return True


@transaction.atomic
def issue(paper_id: int) -> Document | None:
    """Freeze the facts under a number, unless the document that stands says the same.

    One that says something else is replaced; with nothing left to say it is void, and None.
    """
    # The gifts first, as whoever changes one holds it before it looks for papers.
    gifts = _held(FollowedPaper.objects.select_related("entity").get(pk=paper_id))
    row = _lock(paper_id)
    standing = row.document
    is_valid = standing is not None and standing.state == DocumentState.VALID
    if not gifts:
        if standing is None:
            raise NothingToFollow(_("Nothing of what you gave in these days is here."))
        if is_valid:
            register.void(document_id=standing.pk, actor="system")
        return None
    told = _told(row, gifts)
    mark = fingerprint(told)
    if standing is not None and is_valid and row.sha256 == mark:
        return standing
    document = _freeze(row, told, standing.name if standing is not None and is_valid else None)
    row.document, row.sha256 = document, mark
    row.save(update_fields=["document", "sha256", "version"])
    FollowedGift.objects.bulk_create(
        FollowedGift(paper=row, version=row.version, gift=gift, left_minor=gift.left_minor)
        for gift in gifts
    )
    if standing is not None and is_valid:
        register.replace(document_id=standing.pk, by_id=document.pk, actor="system")
    log.record(
        actor="system",
        action=f"{row.kind}.issued",
        subject=f"followedpaper:{row.pk}",
        document=document.name,
    )
    return document


def documents(row: FollowedPaper) -> list[Document]:
    """Every document that was made of a paper, the latest first, without their bytes."""
    keys = [key_of(row, version) for version in range(1, row.version + 1)]
    return list(Document.objects.filter(key__in=keys).defer("content").order_by("-pk"))


def key_of(row: FollowedPaper, version: int) -> str:
    """By which the register knows one version of a paper."""
    return f"{row.kind}:{row.pk}:{version}"


def waiting() -> QuerySet[FollowedPaper]:
    """The papers that are asked for and not made yet."""
    return FollowedPaper.objects.filter(state=PaperState.WAITING)


def failed() -> QuerySet[FollowedPaper]:
    """The papers that could not be made, the oldest first."""
    return FollowedPaper.objects.filter(state=PaperState.FAILED).order_by("asked_at", "pk")


QUEUE: Final = Queue(
    waiting, lambda row: f"followedpaper:{row.pk}", "paper.failed", most_attempts=MOST_ATTEMPTS
)


@transaction.atomic
def retry(*, pk: int, actor: str) -> None:
    """Put one that could not be made into the line again. Harmless when it is not so any more."""
    row = failed().select_for_update(of=("self",)).filter(pk=pk).first()
    if row is not None:
        _put_in_line(row, actor)


def sweep(*, limit: int = 50) -> int:
    """Make what is due, oldest first. Returns how many papers were made."""
    return sum(make(pk) for pk in QUEUE.due(limit))


def _gifts(donor_id: int, entity_id: int, days: Days) -> QuerySet[Gift]:
    return Gift.objects.filter(
        donor=donor_id, entity=entity_id, settled_at__gte=days.begin, settled_at__lt=days.end
    ).order_by("settled_at", "pk")


def _held(row: FollowedPaper) -> list[Gift]:
    """The gifts of a locked row of which something is left, held until the facts are frozen."""
    gifts = _gifts(row.donor_id, row.entity_id, _days(row))
    ids = list(gifts.order_by("pk").values_list("pk", flat=True))
    held = Gift.objects.filter(pk__in=ids).select_for_update(no_key=True, of=("self",))
    list(held.order_by("pk").values_list("pk", flat=True))
    lines = gifts.filter(pk__in=ids).prefetch_related("lines")
    found = [gift for gift in lines if gift.left_minor]
    causes = [f"gift:{gift.pk}" for gift in found]
    untraced = Traced.objects.filter(place=None).values("entry_id")
    if Entry.objects.filter(cause__in=causes, pk__in=untraced).exists():
        raise _NotTraced("The money is being traced.")
    return found


def _days(row: FollowedPaper) -> Days:
    return Days(row.begins_on, row.ends_on, row.entity.zone)


def _told(row: FollowedPaper, gifts: list[Gift]) -> dict[str, Any]:
    language = papers.language(row.donor)
    with translation.override(language):
        told = followed_facts.facts(
            gifts=gifts,
            entity=row.entity,
            days=_days(row),
            donor=row.donor,
            # A certificate is one page for the wall.
            with_news=row.kind == FollowedKind.TRAIL,
        )
    return told | {"language": language}


def _freeze(row: FollowedPaper, told: dict[str, Any], replaces: str | None) -> Document:
    row.version += 1
    return register.issue(
        entity_id=row.entity_id,
        template=row.kind,
        key=key_of(row, row.version),
        snapshot=told | {"replaces": replaces, "site_url": settings.SITE_URL},
        language=told["language"],
        actor=row.asked_by,
    )


def _lock(paper_id: int) -> FollowedPaper:
    rows = FollowedPaper.objects.select_related("document").defer("document__content")
    return rows.select_for_update(of=("self",)).get(pk=paper_id)


def _put_in_line(row: FollowedPaper, actor: str) -> None:
    now = clock.now()
    row.asked_by, row.asked_at, row.due_at = actor, now, now
    row.state, row.attempts, row.error = PaperState.WAITING, 0, ""
    row.save()
    log.record(actor=actor, action=f"{row.kind}.asked", subject=f"followedpaper:{row.pk}")
    jobs.after_commit("funding.site.tasks.make_followed", row.pk)
