"""What every page of papers does: the form over the years, the order, and the list."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.db.models import Min, QuerySet
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from donors import statements
from donors.models import Donor, Gift, Statement, StatementState
from donors.statements import NothingToState
from funding import clock
from funding.documents.models import Document
from funding.documents.statement import name_of
from funding.parties.models import Entity
from funding.site import followed
from funding.site.followed import NothingToFollow
from funding.site.followed_forms import STATEMENT, PaperForm
from funding.site.models import FollowedKind, FollowedPaper, PaperState

_LABELS = {
    FollowedKind.CERTIFICATE: gettext_lazy("Certificate"),
    FollowedKind.TRAIL: gettext_lazy("Where the money went"),
    STATEMENT: gettext_lazy("Statement"),
}


@dataclass(frozen=True, slots=True)
class Shown:
    """One row of the list: a paper over some days, with all that was made of it."""

    label: str | Promise
    days: str
    state: str
    body: str
    address: str
    papers: list[tuple[str, Document]]

    @property
    def standing(self) -> tuple[str, Document] | None:
        """The document that counts, with its address, once its pages are there."""
        return next(
            (each for each in self.papers if each[1].state == "valid" and each[1].rendered_at), None
        )


def form(
    gifts: QuerySet[Gift], kinds: tuple[str, ...], sent: QueryDict | None = None
) -> PaperForm | None:
    """The form over the years since the first gift; None where nothing was given."""
    received = gifts.filter(settled_at__isnull=False)
    first = received.aggregate(first=Min("settled_at"))["first"]
    newest = received.select_related("entity").order_by("-settled_at").first()
    if first is None or newest is None:
        return None
    zone, regime = newest.entity.zone, newest.entity.tax_regime
    today = clock.today(zone)
    return PaperForm(kinds=kinds, first=first.date(), today=today, regime=regime, sent=sent)


def order(*, gifts: QuerySet[Gift], kind: str, days: PaperForm, actor: str) -> None:
    """One for each donor and each body that received something of theirs in these days.

    Refuses: PeriodImpossible, and NothingToState or NothingToFollow where there is none at all.
    """
    pairs = sorted(gifts.order_by().values_list("donor", "entity").distinct())
    nothing: NothingToState | NothingToFollow | None = None
    count = 0
    for donor, entity in pairs:
        try:
            _order_one(kind, donor, entity, days, actor)
            count += 1
        except (NothingToState, NothingToFollow) as refusal:
            nothing = refusal
    if not count and nothing is not None:
        raise nothing


def _order_one(kind: str, donor_id: int, entity_id: int, days: PaperForm, actor: str) -> None:
    donor, entity = Donor.objects.get(pk=donor_id), Entity.objects.get(pk=entity_id)
    begins_on, ends_on = days.days
    if kind == STATEMENT:
        statements.order(
            donor=donor, entity=entity, begins_on=begins_on, ends_on=ends_on, actor=actor
        )
        return
    followed.order(
        kind=FollowedKind(kind),
        donor=donor,
        entity=entity,
        begins_on=begins_on,
        ends_on=ends_on,
        actor=actor,
    )


def shown(
    donors: QuerySet[Donor], kinds: Iterable[str], url: Callable[[str, int, int], str]
) -> list[Shown]:
    """Every paper of these donors, the latest days first. `url` makes the address of a file."""
    wanted = list(kinds)
    rows: list[tuple[str, FollowedPaper | Statement]] = [
        (row.kind, row)
        for row in FollowedPaper.objects.filter(donor__in=donors, kind__in=wanted).select_related(
            "entity", "donor"
        )[:100]
    ]
    if STATEMENT in wanted:
        found = Statement.objects.filter(donor__in=donors).select_related("entity", "donor")
        rows += [(STATEMENT, row) for row in found[:100]]
    rows.sort(key=lambda each: (each[1].ends_on, each[1].begins_on, each[0]), reverse=True)
    return [_shown(kind, row, url) for kind, row in rows]


def is_open(rows: Iterable[Shown]) -> bool:
    """Whether one of them is being made."""
    return any(row.state in (StatementState.WAITING, PaperState.WAITING) for row in rows)


def _shown(kind: str, row: FollowedPaper | Statement, url: Callable[[str, int, int], str]) -> Shown:
    papers = statements.documents(row) if isinstance(row, Statement) else followed.documents(row)
    return Shown(
        label=_LABELS[kind],
        days=name_of(row.begins_on, row.ends_on),
        state=row.state,
        body=row.entity.legal_name,
        address=row.donor.email,
        papers=[(url(kind, row.pk, int(paper.key.rpartition(":")[2])), paper) for paper in papers],
    )


def file(donors: QuerySet[Donor], kind: str, pk: int, version: int) -> HttpResponse:
    """The frozen bytes of one version of a paper of these donors; 404 for any other."""
    if kind == STATEMENT:
        get_object_or_404(Statement, pk=pk, donor__in=donors)
    else:
        get_object_or_404(FollowedPaper, pk=pk, kind=kind, donor__in=donors)
    document = get_object_or_404(Document, key=f"{kind}:{pk}:{version}")
    if document.content is None:
        raise Http404
    response = HttpResponse(bytes(document.content), content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{document.name}.pdf"'
    return response
