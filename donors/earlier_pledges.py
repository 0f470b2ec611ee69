"""Regular gifts of the system before: their givers are asked by mail, once and once more.

Nothing is charged for them here. Each is a row that says what its giver gave there; whoever goes
on begins a pledge of their own, which closes the row. Who says no ends it, and whoever says
nothing is left in peace after one reminder. One mail tells a giver of all of theirs.
"""

import datetime as dt
from collections.abc import Collection, Sequence
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from donors.models import Donor, EarlierPledge, EarlierState, Pledge, Rhythm
from donors.models.earlier import COMES, OPEN
from donors.pledge_mails import EACH
from funding import clock, jobs
from funding.audit import log
from funding.documents import paper
from funding.errors import Refused
from funding.mail import links, outbox
from funding.parties.models import Entity

# What the link of the mail, and the form that it leads to, are signed for.
CONTINUE: Final = "earlier"
FORM: Final = "earlier_form"
LINK_LIVES: Final = dt.timedelta(days=60)
FORM_LIVES: Final = dt.timedelta(days=1)
# So long after a mail the next step is due: the one reminder, and then the end.
PATIENCE: Final = dt.timedelta(days=14)
# Givers in one sweep, each a short transaction of its own.
PIECE: Final = 100


class NothingToAsk(Refused):
    """None of those that were chosen can be asked."""


def lock(pk: int) -> EarlierPledge:
    """The row, locked for the rest of the transaction."""
    return EarlierPledge.objects.select_for_update(no_key=True, of=("self",)).get(pk=pk)


def invite(*, rows: QuerySet[EarlierPledge], actor: str) -> int:
    """Have the givers of these asked by mail. Returns how many of them that newly concerns.

    The worker writes, in pieces; those that were asked before are left as they are. Refuses:
    NothingToAsk.
    """
    now = clock.now()
    with transaction.atomic():
        fresh = not_asked().filter(pk__in=rows.values("pk"))
        ids = list(fresh.select_for_update(no_key=True).order_by("pk").values_list("pk", flat=True))
        if not ids:
            raise NothingToAsk(_("There is nobody here who was not asked before."))
        EarlierPledge.objects.filter(pk__in=ids).update(asked_at=now, asked_by=actor, due_at=now)
        log.record(
            actor=actor, action="earlier_pledges.asked", subject="earlier_pledges", count=len(ids)
        )
        jobs.after_commit("donors.tasks.write_to_earlier_givers")
    return len(ids)


@transaction.atomic
def decline(*, pk: int, actor: str) -> EarlierPledge:
    """End one: its giver does not go on, or staff was told so. Again, or after: nothing."""
    row = lock(pk)
    if row.is_open or row.state == EarlierState.LAPSED:
        _close(row, EarlierState.ENDED, actor)
    return row


def decline_all_of(*, donor_ids: Collection[int], actor: str) -> None:
    """End whatever is open of these donors, in the open transaction."""
    rows = EarlierPledge.objects.filter(donor__in=donor_ids, state__in=COMES).order_by("pk")
    for pk in rows.values_list("pk", flat=True):
        decline(pk=pk, actor=actor)


def continued(pledge: Pledge) -> None:
    """A pledge has begun, in the open transaction: close what it goes on with.

    That is the one its giver came from, or else the oldest open one of the same giver for the
    same fund: whoever begins without the link is not to be asked once more.
    """
    rows = EarlierPledge.objects.select_for_update(no_key=True, of=("self",)).order_by("pk")
    which = Q(pk=pledge.continues_id, state__in=COMES)
    if pledge.continues_id is None:
        which = Q(donor=pledge.donor_id, fund=pledge.fund_id, state__in=OPEN)
    if EarlierPledge.objects.filter(pledge=pledge).exists():
        return
    row = rows.filter(which).first()
    if row is not None:
        row.pledge = pledge
        _close(row, EarlierState.CONTINUED, f"donor:{pledge.donor_id}")


def _close(row: EarlierPledge, state: EarlierState, actor: str) -> None:
    row.state, row.ended_at, row.ended_by, row.due_at = state, clock.now(), actor, None
    row.save(update_fields=["state", "ended_at", "ended_by", "due_at", "pledge"])
    facts = {"pledge": row.pledge_id} if row.pledge_id else {}
    log.record(
        actor=actor, action=f"earlier_pledge.{state}", subject=f"earlier_pledge:{row.pk}", **facts
    )


def not_asked() -> QuerySet[EarlierPledge]:
    """Those whose givers nobody has had asked, and that have not ended."""
    return EarlierPledge.objects.filter(state=EarlierState.TAKEN, asked_at__isnull=True)


def waiting() -> QuerySet[EarlierPledge]:
    """Those for which something is to be done some day."""
    return EarlierPledge.objects.filter(due_at__isnull=False)


def sweep(*, limit: int = PIECE) -> int:
    """Write what is due to so many givers, and give up whom nobody answered for. How many."""
    due = waiting().filter(due_at__lte=clock.now()).order_by("due_at", "pk")
    whom = dict.fromkeys(due.values_list("donor_id", "entity_id")[:limit])
    return sum(write(donor_id=donor, entity_id=entity) for donor, entity in whom)


def write_some() -> None:
    """One piece of the work, and a ring for the next as long as there is one."""
    if sweep() and waiting().filter(due_at__lte=clock.now()).exists():
        jobs.after_commit("donors.tasks.write_to_earlier_givers")


@transaction.atomic
def write(*, donor_id: int, entity_id: int) -> int:
    """Take the next step with all that is due of one giver. Two at once take it once."""
    donor = Donor.objects.select_for_update(no_key=True, of=("self",)).get(pk=donor_id)
    now = clock.now()
    due = EarlierPledge.objects.select_for_update(skip_locked=True, no_key=True, of=("self",))
    due = due.filter(donor=donor, entity=entity_id, due_at__lte=now, state__in=OPEN)
    rows = list(due.select_related("fund", "entity").order_by("pk"))
    over = [row for row in rows if row.reminded_at is not None or not donor.email]
    for row in over:
        lapses = row.reminded_at is not None
        _close(row, EarlierState.LAPSED if lapses else EarlierState.ENDED, "system")
    remind = [row for row in rows if row.invited_at is not None and row not in over]
    ask = [row for row in rows if row.invited_at is None and row not in over]
    for each, mailed_at in ((ask, "invited_at"), (remind, "reminded_at")):
        if each:
            _mail(donor, each, is_again=mailed_at == "reminded_at")
        for row in each:
            row.state, row.due_at = EarlierState.INVITED, now + PATIENCE
            setattr(row, mailed_at, now)
            row.save(update_fields=["state", "due_at", mailed_at])
    return int(bool(rows))


def _mail(donor: Donor, rows: Sequence[EarlierPledge], *, is_again: bool) -> None:
    first = rows[0]
    entity = paper.entity_facts(first.entity)
    outbox.queue(
        key=f"earlier_pledge:{first.pk}:{'reminder' if is_again else 'invitation'}",
        cause=f"earlier_pledge:{first.pk}",
        to_address=donor.email,
        to_name=first.donor_name,
        template="earlier_pledge",
        context={
            "gifts": [_told(row) for row in rows],
            "is_again": is_again,
            "link_days": LINK_LIVES.days,
            "days": PATIENCE.days,
            "entity": entity,
            "illustrative": entity["is_illustrative"],
        },
        language=donor.language,
    )


def _told(row: EarlierPledge) -> dict[str, Any]:
    return {
        "amount": row.amount,
        "each": EACH[Rhythm(row.rhythm)],
        "fund": row.fund.name,
        "url": _link(row),
    }


def _link(row: EarlierPledge) -> str:
    # The mark is no word of an address, so it is put in afterwards; signed as the mail leaves.
    path = reverse("donors:pledge_continue", kwargs={"token": "token"})
    return f"{settings.SITE_URL}{path.replace('token', links.mark(CONTINUE, str(row.uuid)))}"


def of_link(token: str) -> EarlierPledge | None:
    """The one that the link of a mail is about, whatever became of it."""
    return _named(CONTINUE, token, LINK_LIVES)


def for_form(row: EarlierPledge) -> str:
    """What the giving form carries, so that what is begun there goes on with this one."""
    return links.sign(FORM, str(row.uuid))


def of_form(token: str) -> EarlierPledge | None:
    """The one that a giving form goes on with; None where it carries no good word of one."""
    found = _named(FORM, token, FORM_LIVES) if token else None
    return found if found is not None and found.state in COMES else None


def _named(purpose: str, token: str, lives: dt.timedelta) -> EarlierPledge | None:
    # What is signed is ours, so it is a UUID.
    uuid = links.read(purpose, token, lives=lives)
    rows = EarlierPledge.objects.select_related("fund", "entity", "donor")
    # A giver who was removed since has no link any more.
    return rows.filter(uuid=uuid, donor__erased_at__isnull=True).first() if uuid else None


def counts(rows: QuerySet[EarlierPledge]) -> dict[EarlierState, int]:
    """How many of these are in each state."""
    counted = rows.order_by().values_list("state").annotate(number=Count("pk"))
    found = dict(counted)
    return {state: found.get(state.value, 0) for state in EarlierState}


def bodies() -> QuerySet[Entity]:
    """The receiving bodies that have taken any over."""
    return Entity.objects.filter(pk__in=EarlierPledge.objects.values("entity")).order_by("pk")
