"""One mail a day at most of what waits for a person, in the morning of their own place.

Each person's day is claimed with a row before anything is written, and the mail is queued in the
same transaction: a worker that dies leaves neither, and two workers leave one.
"""

import datetime as dt
import hashlib
import logging
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import translation

from donors import donors
from funding import clock, waits
from funding.documents import paper
from funding.mail import links, outbox
from funding.mail.models import Withheld
from funding.parties.models import Entity
from funding.site.models import InboxMail
from funding.users import guests, roles, zones
from funding.users.models import InboxChoice, Role, User
from funding.waits import Wait

logger = logging.getLogger(__name__)

STOP: Final = "inbox"
MORNING: Final = dt.time(7, 0)
# People in one round, so that one round is short; the next comes in seconds.
PIECE: Final = 20
MOST_TOLD: Final = 12
LINK_LIVES: Final = dt.timedelta(days=365)


def sweep() -> int:
    """Look into the inboxes whose morning has come. Returns how many mails were queued."""
    found, mailed = 0, 0
    people = list(readers())
    known = zones.by_person(people)
    # No place on earth is two days from another.
    lately = InboxMail.objects.filter(day__gt=clock.now().date() - dt.timedelta(days=2))
    looked = set(lately.values_list("user", "day"))
    for user in people:
        local = clock.now().astimezone(ZoneInfo(known.get(user.pk, zones.UTC)))
        # Later in the day too: a worker that was away tells it when it is back.
        if local.time() < MORNING or (user.pk, local.date()) in looked:
            continue
        mailed += look(user, local.date())
        found += 1
        if found == PIECE:
            break
    return mailed


def readers() -> list[User]:
    """Everybody who is to be told: who chose it, and who holds a role and did not choose."""
    chosen = InboxChoice.objects.filter(is_mailed=True).values_list("user", flat=True)
    silent = InboxChoice.objects.filter(is_mailed=False).values_list("user", flat=True)
    in_office = roles.holders(*Role).exclude(pk__in=silent).values_list("pk", flat=True)
    rows = User.objects.filter(pk__in={*chosen, *in_office}, is_active=True).exclude(email="")
    return list(rows.order_by("pk"))


def is_wanted(user: User) -> bool:
    """Whether this person gets the mail."""
    choice = InboxChoice.objects.filter(user=user).first()
    return choice.is_mailed if choice else bool(roles.current(user))


def look(user: User, day: dt.date) -> int:
    """Claim a person's day, and mail them what waits if any of it is new. Returns how many."""
    try:
        with transaction.atomic():
            return _look(user, day)
    except IntegrityError as error:
        if "inboxmail_once_a_day" not in str(error):
            raise
        return 0


def context(found: list[Wait], url: str) -> dict[str, Any]:
    """What the mail is told of what waits; `url` ends these mails."""
    entity = Entity.objects.order_by("pk").first()
    return {
        "waits": [{"title": wait.title, "state": wait.state} for wait in found[:MOST_TOLD]],
        "count": len(found),
        "more": max(0, len(found) - MOST_TOLD),
        "here_url": f"{settings.SITE_URL}{reverse('inbox')}",
        "stop_url": url,
        "entity": paper.entity_facts(entity) if entity else {},
        "illustrative": bool(entity and entity.is_illustrative),
    }


def against(subject: str) -> Withheld | None:
    """Why such a mail must not leave now; None: the person still wants it."""
    user = User.objects.select_for_update(no_key=True).get(pk=int(subject))
    if not user.is_active:
        return Withheld.REMOVED
    return None if is_wanted(user) else Withheld.CONSENT


def stop_url(user: User) -> str:
    """Ends these mails without signing in; signed when the mail leaves."""
    path = reverse("inbox_stop", kwargs={"token": "token"})
    return f"{settings.SITE_URL}{path.replace('token', links.mark(STOP, str(user.pk)))}"


def person_of(token: str) -> User | None:
    """Whose mails a link ends; None when it is none of ours or too old."""
    subject = links.read(STOP, token, lives=LINK_LIVES)
    return User.objects.filter(pk=int(subject), is_active=True).first() if subject else None


def stop(user: User) -> None:
    """No more of it for this person. Harmless when repeated."""
    zones.choose(user=user, zone=zones.of(user).key, is_mailed=False)


def _look(user: User, day: dt.date) -> int:
    before = InboxMail.objects.filter(user=user).order_by("-day").first()
    row = InboxMail.objects.create(
        user=user, day=day, is_mailed=False, looked_at=clock.now(), seen=[]
    )
    language = _language(user)
    with translation.override(language):
        found = waits.for_user(user)
    row.seen = sorted({_fingerprint(wait) for wait in found})
    row.is_mailed = bool(set(row.seen) - set(before.seen if before else []))
    row.save()
    if row.is_mailed:
        url = stop_url(user)
        outbox.queue(
            key=f"inbox:{user.pk}:{day}",
            cause=f"user:{user.pk}",
            to_address=user.email,
            to_name=user.name,
            template="inbox_mail",
            context=context(found, url),
            language=language,
            stop_url=url,
        )
    return int(row.is_mailed)


def _language(user: User) -> str:
    """English for whoever holds a role, as their pages are; else that of their own gifts."""
    if roles.current(user):
        return "en"
    return donors.language(guests.verified(user)) or "en"


def _fingerprint(wait: Wait) -> str:
    """The same for the same thing in the same state, whatever the day and the language."""
    told = f"{wait.url} {wait.since.isoformat()} {wait.look}"
    return hashlib.sha256(told.encode()).hexdigest()[:16]
