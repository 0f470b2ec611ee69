"""Removing a person: asked for, begun when nothing is under way, ended for good.

The row is the queue. In one short transaction, with their donors locked, the person goes from
the donors and the account; whoever gives with the address after that is somebody new. The rest
follows piece by piece, and Stripe is told last. What the law keeps is named row by row, and
`retention` lets it go.
"""

import datetime as dt
import logging
from dataclasses import dataclass
from typing import Final

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet
from django.utils.translation import gettext as _

from donors import changes, donors, earlier_pledges, public_names, tributes
from donors.models import CardState, Donor, EndedWhy, Pledge, Tribute
from funding import clock, jobs
from funding.audit import log
from funding.errors import Refused
from funding.gateway import customers
from funding.gateway.client import Rejected, Unreachable
from funding.mail import outbox
from funding.site.privacy import copies, marks, obstacles, persons, removing
from funding.site.privacy.models import Erasure, ErasureState
from funding.site.privacy.persons import Person
from funding.users import forgetting
from funding.users.models import User
from grants import publications

logger = logging.getLogger(__name__)

OPEN: Final = [ErasureState.ASKED, ErasureState.REMOVING]
_LEASE: Final = dt.timedelta(minutes=6)
_LOOK_AGAIN: Final = dt.timedelta(minutes=30)
_LONGEST_WAIT: Final = dt.timedelta(hours=6)
# For so long Stripe may still tell of somebody whom it has deleted.
_STRIPE_SPEAKS: Final = dt.timedelta(days=40)


class EndFirst(Refused):
    """Something of theirs has to be ended before, and by them."""


class StillGiving(Refused):
    """A regular gift runs, and nobody said that it may end."""


class NobodyThere(Refused):
    """There is no such person, or they were removed already."""


class TooLate(Refused):
    """It has begun, and there is no way back."""


@dataclass(frozen=True, slots=True)
class Preview:
    """What an erasure would meet: what must be ended first, and the regular gifts it ends."""

    to_end_first: list[str]
    running: list[Pledge]
    is_under_way: bool


def preview(person: Person) -> Preview:
    """What stands in the way, and what would end. Changes nothing."""
    return Preview(
        obstacles.to_end_first(person),
        obstacles.running(person),
        bool(obstacles.under_way(person)),
    )


def ask(*, person: Person, ends_pledges: bool, actor: str, language: str) -> Erasure:
    """Write the wish down and end what runs. Asked again it is the same one.

    Refuses: NobodyThere, EndFirst, StillGiving.
    """
    if not person.subject or _is_gone(person):
        raise NobodyThere(_("Nothing is held here on this person."))
    try:
        with transaction.atomic():
            return open_of(person) or _write(person, actor, language, ends_pledges=ends_pledges)
    except IntegrityError:
        found = open_of(person)
        if found is None:
            raise
        return found


def _is_gone(person: Person) -> bool:
    known = Donor.objects.filter(pk__in=person.donor_ids, erased_at__isnull=True)
    if person.user_id is not None and User.objects.get(pk=person.user_id).is_active:
        return False
    return not known.exists()


def _write(person: Person, actor: str, language: str, *, ends_pledges: bool) -> Erasure:
    if said := obstacles.to_end_first(person):
        raise EndFirst(" ".join(said))
    running = obstacles.running(person)
    if running and not ends_pledges:
        raise StillGiving(_("A regular gift is still running. It has to end with it."))
    end_what_runs(person, actor=actor)
    now = clock.now()
    erasure = Erasure.objects.create(
        subject=person.subject,
        user_id=person.user_id,
        donors=list(person.donor_ids),
        addresses=list(person.addresses),
        language=language if language in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE,
        asked_by=actor,
        asked_at=now,
        due_at=now,
    )
    log.record(actor=actor, action="erasure.asked", subject=person.subject, erasure=erasure.pk)
    jobs.after_commit("funding.site.tasks.carry_out_erasure", erasure.pk)
    return erasure


def end_what_runs(person: Person, *, actor: str) -> None:
    """End regular gifts, cards to others, and what stands in public, in the open transaction."""
    why = EndedWhy.GIVER if actor == person.subject else EndedWhy.STAFF
    for pledge in obstacles.running(person):
        changes.end(pledge_id=pledge.pk, actor=actor, why=why)
    earlier_pledges.decline_all_of(donor_ids=person.donor_ids, actor=actor)
    cards = Tribute.objects.filter(gift__donor__in=person.donor_ids, card=CardState.WAITING)
    for tribute in cards:
        tributes.stop(tribute_id=tribute.pk, actor=actor)
    public_names.hide_all(person.donor_ids, actor=actor)
    if person.user_id is not None:
        publications.withdraw_all(User.objects.get(pk=person.user_id))


def open_of(person: Person) -> Erasure | None:
    """The erasure of a person that has not ended."""
    return Erasure.objects.filter(subject=person.subject, state__in=OPEN).first()


@transaction.atomic
def withdraw(*, erasure_id: int, actor: str) -> Erasure:
    """Stay after all, as long as it has not begun. Harmless when repeated. Refuses: TooLate."""
    erasure = _lock(erasure_id)
    if erasure.state == ErasureState.WITHDRAWN:
        return erasure
    if erasure.state != ErasureState.ASKED or erasure.restored:
        raise TooLate(_("It has begun already, and there is no way back."))
    erasure.state, erasure.ended_at, erasure.addresses = ErasureState.WITHDRAWN, clock.now(), []
    erasure.error = ""
    erasure.save()
    log.record(actor=actor, action="erasure.withdrawn", subject=erasure.subject)
    return erasure


def carry_out(erasure_id: int) -> bool:
    """Take an erasure as far as it will go today; whether it has ended.

    Harmless when repeated, and after a kill it goes on where it was.
    """
    now = clock.now()
    free = waiting().filter(pk=erasure_id, due_at__lte=now)
    if not free.update(attempts=F("attempts") + 1, due_at=now + _LEASE):
        return False
    try:
        is_done = _begin(erasure_id) and _go_on(erasure_id)
    except (Unreachable, Rejected) as error:
        return _put_off(erasure_id, str(error))
    except Exception as error:
        logger.exception("erasure %s stands still", erasure_id)
        return _put_off(erasure_id, f"{type(error).__name__}: {error}")
    return is_done or _put_off(erasure_id, "")


@transaction.atomic
def _begin(erasure_id: int) -> bool:
    """Let the person go from donors and account, unless something is under way."""
    erasure = _lock(erasure_id)
    if erasure.state != ErasureState.ASKED:
        return erasure.state == ErasureState.REMOVING
    # Nobody gives as one of them from here on; who tries to waits, and is somebody new then.
    list(Donor.objects.select_for_update(of=("self",)).filter(pk__in=erasure.donors).order_by("pk"))
    # After a restore the list has said who the person was; what the backup says is older.
    has_grown = not erasure.restored and _gather(erasure)
    erasure.waits_for = "donors" if has_grown else waits_for(erasure)
    if erasure.waits_for:
        erasure.save()
        return False
    erasure.state, erasure.begun_at = ErasureState.REMOVING, clock.now()
    if not erasure.restored:
        erasure.users = _accounts(erasure)
        _say_goodbye(erasure)
    erasure.save()
    public_names.hide_all(erasure.donors, actor="system")
    for donor_id in erasure.donors:
        donors.forget(donor_id)
    for user_id in erasure.users:
        forgetting.forget(user_id)
    log.record(actor="system", action="erasure.begun", subject=erasure.subject)
    return True


def _gather(erasure: Erasure) -> bool:
    """Add what has become the person's since they asked; whether that are donors."""
    person = persons.of_subject(erasure.subject)
    if person is None:
        return True
    found = set(person.donor_ids) - set(erasure.donors)
    erasure.donors = sorted({*erasure.donors, *person.donor_ids})
    erasure.addresses = sorted({*erasure.addresses, *person.addresses, *_addresses(erasure)})
    return bool(found)


def waits_for(erasure: Erasure) -> str:
    """What an erasure that has not begun waits for, in a word for staff; empty for nothing."""
    person = removing.person_of(erasure)
    since_restore = obstacles.since_restore(erasure) if erasure.restored else ""
    what = since_restore or obstacles.under_way(person)
    return what or ("something to end" if obstacles.to_end_first(person) else "")


def _addresses(erasure: Erasure) -> list[str]:
    rows = Donor.objects.filter(pk__in=erasure.donors).exclude(email="")
    return list(rows.values_list("email", flat=True))


def _accounts(erasure: Erasure) -> list[int]:
    """The person's account, and those kept ready for their other addresses."""
    ready = User.objects.filter(email__in=erasure.addresses, terms=None, memberships=None)
    mine = set() if erasure.user_id is None else {erasure.user_id}
    return sorted(mine | set(ready.values_list("pk", flat=True)))


def _say_goodbye(erasure: Erasure) -> None:
    if not erasure.addresses:
        return
    outbox.queue(
        key=f"erasure:{erasure.pk}:begun",
        cause=erasure.subject,
        to_address=erasure.addresses[0],
        to_name="",
        template="erased",
        context={"privacy_url": f"{settings.SITE_URL}/privacy/"},
        language=erasure.language,
    )


def _go_on(erasure_id: int) -> bool:
    erasure = Erasure.objects.get(pk=erasure_id)
    # For a restore, and outside the database; a full disk there keeps nothing here.
    unlisted = _note(erasure)
    for piece in removing.PIECES:
        piece(erasure)
    copies.take_away(copies.of(removing.person_of(erasure)))
    left = removing.letters(erasure)
    if erasure.stripe_told_at is None:
        for customer in removing.customers(erasure):
            customers.forget(customer)
        Erasure.objects.filter(pk=erasure_id).update(stripe_told_at=clock.now())
    if unlisted is not None:
        raise unlisted
    return not left and _end(erasure_id)


def _note(erasure: Erasure) -> OSError | None:
    try:
        marks.note(erasure)
    except OSError as error:
        return error
    return None


@transaction.atomic
def _end(erasure_id: int) -> bool:
    erasure = _lock(erasure_id)
    if erasure.state == ErasureState.REMOVING:
        erasure.state, erasure.ended_at = ErasureState.DONE, clock.now()
        erasure.addresses, erasure.error = [], ""
        erasure.save()
        log.record(
            actor="system", action="erasure.done", subject=erasure.subject, erasure=erasure.pk
        )
    return True


def waiting() -> QuerySet[Erasure]:
    """The erasures that have not ended."""
    return Erasure.objects.filter(state__in=OPEN)


def sweep(*, limit: int = 20) -> int:
    """Carry out what is due. Returns how many have ended."""
    due = waiting().filter(due_at__lte=clock.now()).order_by("due_at", "pk")
    return sum(carry_out(pk) for pk in list(due.values_list("pk", flat=True)[:limit]))


def listen() -> None:
    """Empty what Stripe told of people after they were removed."""
    since = clock.now() - _STRIPE_SPEAKS
    for erasure in Erasure.objects.filter(begun_at__gte=since).order_by("pk"):
        removing.events(erasure)


def _put_off(erasure_id: int, why: str) -> bool:
    row = waiting().filter(pk=erasure_id)
    attempts = row.values_list("attempts", flat=True).first() or 1
    wait = min(dt.timedelta(minutes=1) * 2 ** min(attempts - 1, 9), _LONGEST_WAIT)
    row.update(due_at=clock.now() + (wait if why else min(wait, _LOOK_AGAIN)), error=why[:2000])
    return False


def _lock(erasure_id: int) -> Erasure:
    return Erasure.objects.select_for_update(of=("self",)).get(pk=erasure_id)
