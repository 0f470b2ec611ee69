"""Another e-mail address for a donor, confirmed from the old mailbox and from the new one.

Whoever asks is told the same whether or not the new address is known here: only its own mailbox
learns that. Gifts, pledges and consents stay where they are, because they belong to the donor
and not to the address; receipts stay as they were printed. Stripe's customers follow in three
beats: the row says that they have not been told, they are told, the row says so.
"""

import datetime as dt
import logging
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from donors.models import Donor, EmailChange, EmailChangeState, Pledge, PledgeState
from funding import clock, jobs
from funding.audit import log
from funding.errors import Refused
from funding.gateway import customers
from funding.gateway.client import Missing, Rejected, Unreachable
from funding.mail import links, outbox
from funding.users import guests
from funding.users.models import User

logger = logging.getLogger(__name__)

OLD: Final = "email_old"
NEW: Final = "email_new"
LIVES: Final = dt.timedelta(hours=48)
_LEASE: Final = dt.timedelta(minutes=5)
_LOOK_AGAIN: Final = dt.timedelta(hours=2)


class NotYours(Refused):
    """The old address is not a verified one of this person."""


class SameAddress(Refused):
    """The new address is the person's already."""


def ask(*, user: User, old_email: str, new_email: str, language: str) -> EmailChange:
    """Write a wish down and mail to both addresses. A later wish takes the place of an earlier.

    Refuses: NotYours, SameAddress; and nothing because of whom the new address belongs to.
    """
    old, new = old_email.strip().lower(), new_email.strip().lower()
    mine = guests.verified(user)
    if old not in mine:
        raise NotYours(_("Choose one of your own addresses."))
    if new in mine:
        raise SameAddress(_("That is your address already."))
    now = clock.now()
    with transaction.atomic():
        # One wish at a time: two at once wait for each other here.
        User.objects.select_for_update(no_key=True).get(pk=user.pk)
        for earlier in _asked().filter(user=user):
            _end(earlier, actor=f"user:{user.pk}", why="another wish")
        change = EmailChange.objects.create(
            user=user,
            donor=Donor.objects.filter(email=old).first(),
            old_email=old,
            new_email=new,
            is_known=is_known(new, user),
            asked_at=now,
            expires_at=now + LIVES,
            due_at=now + LIVES,
        )
        log.record(actor=f"user:{user.pk}", action="email.change_asked", subject=f"user:{user.pk}")
        _mail(change, "old", old, language)
        _mail(change, "known" if change.is_known else "new", new, language)
    return change


def is_known(email: str, user: User) -> bool:
    """Whether a donor, or a person other than this one, is known by this address."""
    return Donor.objects.filter(email=email).exists() or guests.is_taken(email, but=user)


def read(token: str) -> tuple[EmailChange, str] | None:
    """The wish behind a link, and whose mailbox it went to; None when it is no link of ours."""
    for side in (OLD, NEW):
        if told := links.read(side, token, lives=LIVES):
            change = EmailChange.objects.filter(uuid=UUID(told)).first()
            return (change, side) if change else None
    return None


@transaction.atomic
def confirm(*, change_id: int, side: str, language: str) -> EmailChange:
    """Note that this mailbox agrees; once both do, the address changes. Harmless when repeated."""
    change = _lock(change_id)
    if change.state != EmailChangeState.ASKED:
        return change
    now = clock.now()
    if change.expires_at <= now:
        _end(change, actor="system", why="too late")
        return change
    if side == OLD:
        change.old_confirmed_at = change.old_confirmed_at or now
    else:
        change.new_confirmed_at = change.new_confirmed_at or now
    change.save(update_fields=["old_confirmed_at", "new_confirmed_at"])
    if change.old_confirmed_at and change.new_confirmed_at:
        _carry_out(change, language)
    return change


@transaction.atomic
def withdraw(*, user: User, actor: str) -> None:
    """Leave the address as it is. The links of the mails then open nothing."""
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    for change in _asked().filter(user=user):
        _end(change, actor=actor, why="withdrawn")


def open_of(user: User) -> EmailChange | None:
    """The wish that waits for its mailboxes."""
    return _asked().filter(user=user, expires_at__gt=clock.now()).first()


class _NotFree(Exception):
    """The new address is somebody's."""


def _must_be_free(email: str, user: User) -> None:
    if is_known(email, user):
        raise _NotFree


def _carry_out(change: EmailChange, language: str) -> None:
    old, new, actor = change.old_email, change.new_email, f"user:{change.user_id}"
    try:
        with transaction.atomic():
            _must_be_free(new, change.user)
            guests.move(change.user_id, old, new)
            donor = Donor.objects.select_for_update(no_key=True).filter(email=old).first()
            if donor is not None:
                donor.email = new
                donor.save(update_fields=["email"])
    except (IntegrityError, guests.AddressGone, _NotFree):
        # It became somebody else's while the mails were on their way.
        _end(change, actor="system", why="the address is not free")
        return
    now = clock.now()
    change.state, change.ended_at, change.due_at = EmailChangeState.DONE, now, now
    change.donor = donor
    change.save(update_fields=["state", "ended_at", "due_at", "donor"])
    log.record(actor=actor, action="email.changed", subject=f"user:{change.user_id}")
    if donor is not None:
        log.record(actor=actor, action="donor.email_changed", subject=f"donor:{donor.pk}")
    _mail(change, "done", old, language)
    jobs.after_commit("donors.tasks.tell_of_address", change.pk)


def tell(change_id: int) -> bool:
    """Tell Stripe the donor's address of today, for each customer that it knows.

    Whether that is done. Raises Unreachable; harmless when repeated.
    """
    change = EmailChange.objects.select_related("donor").get(pk=change_id)
    if change.state != EmailChangeState.DONE or change.told_at is not None:
        return False
    donor = change.donor
    email = donor.email if donor else ""
    if donor is not None and email:
        for customer in _customers(donor):
            key = f"email:{change.uuid}:{change.attempts}:{customer}"
            try:
                customers.write_to(key=key, customer=customer, email=email)
            except (Missing, Rejected) as error:
                logger.warning("customer of %s was not told: %s", change, error)
    return _told(change_id, email)


@transaction.atomic
def _told(change_id: int, email: str) -> bool:
    """Note it, unless the address has changed again or a first payment is still under way."""
    change = _lock(change_id)
    donor = change.donor
    if donor is not None:
        donor = Donor.objects.select_for_update(no_key=True).get(pk=donor.pk)
        begins = Pledge.objects.filter(donor=donor, state=PledgeState.STARTED).exists()
        if donor.email != email or begins:
            return False
    change.told_at, change.error = clock.now(), ""
    change.old_email = change.new_email = ""
    change.save(update_fields=["told_at", "error", "old_email", "new_email"])
    return True


def waiting() -> QuerySet[EmailChange]:
    """The wishes that wait for their mailboxes, and those that Stripe has not been told of."""
    return EmailChange.objects.filter(
        Q(state=EmailChangeState.ASKED) | Q(state=EmailChangeState.DONE, told_at__isnull=True)
    )


def sweep(*, limit: int = 100) -> int:
    """End what was never confirmed, and tell Stripe what it has not been told."""
    due = waiting().filter(due_at__lte=clock.now()).order_by("due_at", "pk")
    return sum(_sweep_one(pk) for pk in list(due.values_list("pk", flat=True)[:limit]))


def _sweep_one(change_id: int) -> int:
    now = clock.now()
    rows = waiting().filter(pk=change_id)
    if not rows.filter(due_at__lte=now).update(attempts=F("attempts") + 1, due_at=now + _LEASE):
        return 0
    change = rows.first()
    if change is None:
        return 0
    if change.state == EmailChangeState.ASKED:
        return _expire(change_id)
    try:
        is_told = tell(change_id)
    except Unreachable as error:
        is_told = False
        rows.update(error=str(error)[:2000])
    wait = min(_LOOK_AGAIN, dt.timedelta(minutes=1) * 2 ** min(change.attempts, 10))
    rows.update(due_at=clock.now() + wait)
    return int(is_told)


@transaction.atomic
def _expire(change_id: int) -> int:
    change = _lock(change_id)
    if change.state != EmailChangeState.ASKED:
        return 0
    _end(change, actor="system", why="too late")
    return 1


def _customers(donor: Donor) -> list[str]:
    rows = (
        Pledge.objects.filter(donor=donor).exclude(customer="").values_list("customer", flat=True)
    )
    return sorted({*rows, *filter(None, [donor.stripe_customer])})


def _asked() -> QuerySet[EmailChange]:
    return EmailChange.objects.filter(state=EmailChangeState.ASKED)


def _lock(change_id: int) -> EmailChange:
    return EmailChange.objects.select_for_update(of=("self",)).get(pk=change_id)


def _end(change: EmailChange, *, actor: str, why: str) -> None:
    change.state, change.ended_at = EmailChangeState.ENDED, clock.now()
    change.old_email = change.new_email = ""
    change.save(update_fields=["state", "ended_at", "old_email", "new_email"])
    subject = f"user:{change.user_id}"
    log.record(actor=actor, action="email.change_ended", subject=subject, why=why)


def _mail(change: EmailChange, kind: str, to_address: str, language: str) -> None:
    """One mail of the four: to the old mailbox, to the new, to one that is known, and the end."""
    side = {"old": OLD, "new": NEW}.get(kind)
    confirm_url = ""
    if side is not None:
        path = reverse("donors:email_confirm", kwargs={"token": "TOKEN"})
        confirm_url = settings.SITE_URL + path.replace("TOKEN", links.mark(side, str(change.uuid)))
    outbox.queue(
        key=f"email-change:{change.pk}:{kind}",
        cause=f"user:{change.user_id}",
        to_address=to_address,
        to_name="",
        template="email_change",
        context={
            "kind": kind,
            "confirm_url": confirm_url,
            "hours": LIVES // dt.timedelta(hours=1),
            "contact_url": settings.SITE_URL + reverse("contact"),
            "account_url": settings.SITE_URL + reverse("account"),
        },
        language=language,
    )
