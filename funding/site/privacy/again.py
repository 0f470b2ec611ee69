"""After a restore: whoever was removed since the backup is removed again.

Within the transaction of the restore they lose name, addresses and account, and no mail to them
is left. What follows waits until Stripe has told what became of what the backup shows under way:
gifts of the lost time still find their donor then.
"""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import transaction

from donors import donors
from donors.models import Donor
from funding import clock
from funding.audit import log
from funding.mail import pauses
from funding.recovery import erased
from funding.recovery.erased import Again, Line
from funding.site.privacy import erasures, marks, obstacles, removing
from funding.site.privacy.models import Erasure, ErasureState
from funding.users import forgetting
from funding.users.models import User

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class _Found:
    """Rows of one person, in the order of the list."""

    users: list[int] = field(default_factory=list)
    donors: list[int] = field(default_factory=list)


def redo(lines: Sequence[Line], cause: str) -> list[Again]:
    """Remove again whom these lines name and the database knows. Harmless when repeated."""
    answers = _answering(lines)
    done = []
    for line in lines:
        found = _Found()
        for each in line.marks:
            # A row that two lines name is one person's already.
            kind, pk = answers.pop(each, ("", 0))
            if kind == marks.USER:
                found.users.append(pk)
            elif kind == marks.DONOR:
                found.donors.append(pk)
        if found.users or found.donors:
            done.append(_remove(found, cause))
    return done


def last() -> list[Erasure]:
    """Those who were removed again after the last restore that had such."""
    rows = Erasure.objects.exclude(restored="").order_by("-pk")
    newest = rows.values("restored")[:1]
    return list(rows.filter(restored=newest).order_by("pk"))


def _answering(lines: Sequence[Line]) -> dict[str, tuple[str, int]]:
    """The rows of people who stand and whom a line names, by their marks."""
    named = {each for line in lines for each in line.marks}
    secrets = [erased.keys()[number] for number in {line.key for line in lines}]
    answers = {}
    for kind, pk, name in _standing() if named else ():
        for secret in secrets:
            if (each := erased.mark(name, secret)) in named:
                answers[each] = kind, pk
    return answers


def _standing() -> Iterator[tuple[str, int, str]]:
    taken = _Found()
    for row in erasures.waiting().exclude(restored=""):
        taken.users += row.users
        taken.donors += row.donors
    people = Donor.objects.filter(erased_at__isnull=True, organisation__isnull=True)
    known = people.exclude(pk__in=taken.donors).values_list("pk", "created_at")
    for pk, made_at in known.iterator():
        yield marks.DONOR, pk, marks.name(marks.DONOR, pk, made_at)
    accounts = User.objects.exclude(pk__in=taken.users).exclude(joined_at__isnull=True)
    accounts = accounts.exclude(email__endswith=forgetting.NOWHERE)
    for pk, joined_at in accounts.values_list("pk", "joined_at").iterator():
        assert joined_at is not None
        yield marks.USER, pk, marks.name(marks.USER, pk, joined_at)


def _remove(found: _Found, cause: str) -> Again:
    row = _asked(found, cause)
    try:
        with transaction.atomic():
            if not obstacles.others(row.donors):
                _quieten(row)
    except Exception as error:
        # One that cannot go keeps neither the books from coming back nor the others here.
        logger.exception("erasure %s cannot be done again", row.pk)
        row.error = f"{type(error).__name__}: {error}"[:2000]
        row.save()
    log.record(actor="system", action="erasure.again", subject=row.subject, cause=cause)
    return Again(row.subject, row.error or erasures.waits_for(row))


def _asked(found: _Found, cause: str) -> Erasure:
    """The wish, which the backup may hold already."""
    now = clock.now()
    subject = f"user:{found.users[0]}" if found.users else f"donor:{found.donors[0]}"
    asked = Erasure.objects.filter(state=ErasureState.ASKED).order_by("pk")
    mine = [each for each in asked if each.subject == subject or {*each.donors} & {*found.donors}]
    new = Erasure(asked_by="system", asked_at=now)
    row = min(mine, key=lambda each: each.subject != subject, default=new)
    row.subject, row.user_id = subject, found.users[0] if found.users else None
    row.users, row.donors, row.restored = found.users, sorted(found.donors), cause
    row.addresses = _addresses(found)
    row.language, row.due_at, row.waits_for, row.error = settings.LANGUAGE_CODE, now, "", ""
    row.save()
    return row


def _addresses(found: _Found) -> list[str]:
    known = {
        *Donor.objects.filter(pk__in=found.donors).values_list("email", flat=True),
        *User.objects.filter(pk__in=found.users).values_list("email", flat=True),
        *EmailAddress.objects.filter(user__in=found.users, verified=True).values_list(
            "email", flat=True
        ),
    }
    return sorted({address.lower() for address in known if address})


def _quieten(row: Erasure) -> None:
    """Take away at once what says who they are to others, and what would be sent to them."""
    for mail in pauses.held().filter(to_address__in=row.addresses):
        pauses.leave(pk=mail.pk, actor="system")
    erasures.end_what_runs(removing.person_of(row), actor="system")
    donors.take_names(row.donors)
    for user_id in row.users:
        forgetting.forget(user_id)
