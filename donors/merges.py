"""Bringing two donors together who are one person, and parting them again.

Rows are pointed at another donor and nothing else changes: no sum, no receipt, no promise at
Stripe. A regular gift stays with the customer that Stripe has for it, so two that run go on
side by side. The donor that is brought in stays as a row that leads to the other one.
"""

from dataclasses import dataclass
from typing import Any, Final

from django.db import transaction
from django.db.models import Count, Model, Q, QuerySet
from django.utils.translation import gettext as _

from donors import merge_news
from donors.models import (
    Consent,
    Declaration,
    Donor,
    EarlierPledge,
    EmailChange,
    EmailChangeState,
    Gift,
    Merge,
    Pledge,
    Receipt,
    ReceiptState,
    Statement,
    YearEndShare,
)
from donors.models.pledges import RUNNING
from funding import clock
from funding.audit import log
from funding.documents import register
from funding.documents.models import DocumentState
from funding.errors import Refused
from funding.users import guests

# What is moved, by the name that it has in a merge's list. A test holds that every relation to
# a donor is named here or among those that stay.
Moved = Gift | Pledge | Consent | EarlierPledge
MOVES: Final[dict[str, type[Moved]]] = {
    "gifts": Gift,
    "pledges": Pledge,
    "consents": Consent,
    "earlier_pledges": EarlierPledge,
}
# What was said to a donor, or is about the row itself, stays with it.
STAYS: Final[list[type[Model]]] = [
    Statement,
    EmailChange,
    Merge,
    Donor,
    Declaration,
    YearEndShare,
]
# Of these the document that stands is void once the gifts are another donor's.
PAPERS: Final[list[Any]] = [Statement]


class NotTwo(Refused):
    """Both are the same donor, or one of them has been brought in already."""


class NotAPerson(Refused):
    """One of them stands for an organisation."""


class HasDeclared(Refused):
    """A claim may rest on a declaration of one of them."""


class UnderWay(Refused):
    """An address of theirs is being changed."""


class ReasonMissing(Refused):
    """Nobody wrote why."""


class NotAsItWas(Refused):
    """What was moved is not where it was moved to."""


@dataclass(frozen=True, slots=True)
class Preview:
    """What a merge would move, and what to look at before."""

    kept: Donor
    gone: Donor
    gifts: int
    received: list[tuple[str, int]]
    pledges: int
    running: int
    kept_running: int
    receipts: int
    consents: int
    statements: int
    warnings: list[str]


def register_paper(model: type[Model]) -> None:
    """Leave papers of this kind with their donor, and void what stands of them in a merge."""
    if model not in PAPERS:
        STAYS.append(model)
        PAPERS.append(model)


def register_stays(model: type[Model]) -> None:
    """Leave rows of this kind with their donor in a merge."""
    if model not in STAYS:
        STAYS.append(model)


def find(text: str) -> QuerySet[Donor]:
    """Donors by a part of their name or address, with how many gifts each has."""
    found = Donor.objects.filter(
        merged_into__isnull=True, organisation__isnull=True, erased_at__isnull=True
    )
    if text.strip().isdigit():
        found = found.filter(pk=int(text.strip()[:18]))
    else:
        found = found.filter(
            Q(name__icontains=text.strip())
            | Q(email__icontains=text.strip())
            | Q(gifts__donor_name__icontains=text.strip())
        )
    return found.distinct().annotate(count=Count("gifts", distinct=True)).order_by("name", "pk")


def preview(*, kept_id: int, gone_id: int) -> Preview:
    """What would be moved. Refuses what `merge` would refuse; moves nothing."""
    donors = Donor.objects.in_bulk([kept_id, gone_id])
    kept, gone = donors.get(kept_id), donors.get(gone_id)
    if kept is None or gone is None:
        raise NotTwo(_("Choose two donors."))
    _must_be_mergeable(kept, gone)
    gifts, pledges = Gift.objects.filter(donor=gone), Pledge.objects.filter(donor=gone)
    received: dict[str, int] = {}
    for gift in gifts.filter(settled_at__isnull=False):
        received[gift.currency] = received.get(gift.currency, 0) + gift.left_minor
    return Preview(
        kept=kept,
        gone=gone,
        gifts=gifts.count(),
        received=sorted(received.items()),
        pledges=pledges.count(),
        running=pledges.filter(state__in=RUNNING).count(),
        kept_running=Pledge.objects.filter(donor=kept, state__in=RUNNING).count(),
        receipts=Receipt.objects.filter(gift__donor=gone, state=ReceiptState.ISSUED).count(),
        consents=Consent.objects.filter(donor=gone).count(),
        statements=len(_standing_papers(gone)),
        warnings=_warnings(kept, gone),
    )


@transaction.atomic
def merge(*, kept_id: int, gone_id: int, why: str, actor: str) -> Merge:
    """Point everything of one donor at the other. The same again is the same merge.

    Refuses: NotTwo, NotAPerson, HasDeclared, UnderWay, ReasonMissing.
    """
    if not why.strip():
        raise ReasonMissing(_("Write why they are one person."))
    kept, gone = _lock(kept_id, gone_id)
    done = Merge.objects.filter(kept=kept, gone=gone, undone_at__isnull=True).first()
    if done is not None:
        return done
    _must_be_mergeable(kept, gone)
    moved = {
        name: sorted(_rows(model, gone).values_list("pk", flat=True))
        for name, model in MOVES.items()
    }
    for name, model in MOVES.items():
        _rows(model, gone).filter(pk__in=moved[name]).update(donor=kept)
    gone.merged_into = kept
    gone.save(update_fields=["merged_into"])
    for document_id in _standing_papers(gone):
        register.void(document_id=document_id, actor=actor)
    made = Merge.objects.create(
        kept=kept,
        gone=gone,
        moved=moved,
        why=why.strip()[:400],
        merged_at=clock.now(),
        merged_by=actor,
    )
    _record(made, actor, "donor.merged")
    merge_news.fall_due(made)
    return made


@transaction.atomic
def undo(*, merge_id: int, actor: str) -> Merge:
    """Move exactly those rows back. What came since stays where it is. Harmless when repeated.

    Refuses: NotAsItWas.
    """
    pair = Merge.objects.values_list("kept_id", "gone_id").get(pk=merge_id)
    kept, gone = _lock(*pair)
    made = Merge.objects.select_for_update(of=("self",)).get(pk=merge_id)
    if made.undone_at is not None:
        return made
    if kept.erased_at is not None or gone.erased_at is not None:
        raise NotAsItWas(_("One of them was removed, so they stay together."))
    if kept.merged_into_id is not None:
        raise NotAsItWas(_("The donor that was kept was brought in to another one since."))
    gone.merged_into = None
    gone.save(update_fields=["merged_into"])
    for name, model in MOVES.items():
        # A merge of before there was such a kind of row moved none.
        moved = made.moved.get(name, [])
        if _rows(model, kept).filter(pk__in=moved).update(donor=gone) != len(moved):
            raise NotAsItWas(_("Something that was moved is not there any more."))
    made.undone_at, made.undone_by = clock.now(), actor
    made.save(update_fields=["undone_at", "undone_by"])
    _record(made, actor, "donor.parted")
    merge_news.fall_due(made)
    return made


def _record(made: Merge, actor: str, action: str) -> None:
    counts: dict[str, Any] = {name: len(ids) for name, ids in made.moved.items()}
    subject = f"donor:{made.gone_id}"
    log.record(actor=actor, action=action, subject=subject, kept=made.kept_id, **counts)


def _rows(model: type[Moved], donor: Donor) -> QuerySet[Any]:
    rows: QuerySet[Any] = model.objects.filter(donor=donor)
    return rows


def _lock(kept_id: int, gone_id: int) -> tuple[Donor, Donor]:
    """Both donors, locked in the order of their ids: nobody gives as one of them meanwhile."""
    rows = Donor.objects.select_for_update(of=("self",)).filter(pk__in=[kept_id, gone_id])
    found = {donor.pk: donor for donor in rows.order_by("pk")}
    if len(found) != 2:
        raise NotTwo(_("Choose two donors."))
    return found[kept_id], found[gone_id]


def _must_be_mergeable(kept: Donor, gone: Donor) -> None:
    if kept.pk == gone.pk:
        raise NotTwo(_("Choose two donors."))
    if kept.organisation_id is not None or gone.organisation_id is not None:
        raise NotAPerson(_("An organisation is nobody's duplicate. Its members act for it."))
    if kept.erased_at is not None or gone.erased_at is not None:
        raise NotTwo(_("One of them was removed."))
    if kept.merged_into_id is not None or gone.merged_into_id is not None:
        raise NotTwo(_("One of them was brought in to another donor already."))
    if Declaration.objects.filter(donor__in=[kept, gone]).exists():
        raise HasDeclared(_("One of them has declared Gift Aid: what is claimed rests on whose "
                            "each gift is."))  # fmt: skip
    changes = EmailChange.objects.filter(donor__in=[kept, gone], state=EmailChangeState.ASKED)
    if changes.exists():
        raise UnderWay(_("An address of theirs is being changed. Wait for two days at most."))


def _standing_papers(donor: Donor) -> list[int]:
    found: list[int] = []
    for model in PAPERS:
        rows = model.objects.filter(donor=donor, document__state=DocumentState.VALID)
        found += rows.order_by("pk").values_list("document_id", flat=True)
    return found


def _warnings(kept: Donor, gone: Donor) -> list[str]:
    """What makes it doubtful that both are one person, or surprising to them."""
    said = []
    if kept.name.casefold() != gone.name.casefold():
        said.append(_("Their names differ."))
    if len(guests.owners([kept.email, gone.email])) > 1:
        said.append(
            _("Both addresses have an account of their own. Whoever reads the mail of the one "
              "that is kept will see the gifts of both, and the other one will see none.")
        )  # fmt: skip
    if Pledge.objects.filter(donor__in=[kept, gone], state__in=RUNNING).count() > 1:
        said.append(_("More than one regular gift runs. All go on, each by its own card."))
    return said
