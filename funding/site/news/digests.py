"""One mail of what was published, at most one in seven days, to those who asked for it.

The worker gathers who asked, then mails them, in short transactions of some people each. A
person's part is a row that is mailed or left out once, with the mail in the same transaction:
a worker that dies costs one piece, and whoever goes on mails nobody twice.
"""

import datetime as dt
import logging
from collections.abc import Callable
from typing import Any, Final

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F, Max, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from donors import donors, news
from donors.models import Consent, Donor, Purpose
from donors.news import Item
from funding import clock, jobs
from funding.audit import log
from funding.documents import paper
from funding.errors import Refused
from funding.mail import bounces, outbox
from funding.mail.models import Mail
from funding.parties.models import Entity
from funding.site.models import Digest, DigestShare, DigestState, NewsItem, ShareState
from funding.site.news import shares, shown
from funding.users.models import User

logger = logging.getLogger(__name__)

# People in one transaction: a second of a worker's time.
PIECE: Final = 50
EVERY: Final = dt.timedelta(days=7)
# Whoever has had no digest yet is told what was published so lately.
FIRST_REACH: Final = dt.timedelta(days=90)
MOST_ITEMS: Final = 10
_LOOK_AGAIN: Final = dt.timedelta(minutes=1)

Items = Callable[[dt.datetime, str], list[Item]]


class NothingNew(Refused):
    """Nothing was published since the last digest."""


class BegunAlready(Refused):
    """What has begun cannot be called off."""


def plan(*, starts_at: dt.datetime | None, actor: str) -> Digest:
    """Ask for a digest, now or later. While one is open it is that one, whoever asks.

    Refuses: NothingNew.
    """
    now = clock.now()
    if (is_open := open_one()) is not None:
        return is_open
    if not upcoming().exists():
        raise NothingNew(_("Nothing was published since the last digest."))
    at = max(starts_at or now, now)
    try:
        with transaction.atomic():
            row = Digest.objects.create(asked_by=actor, asked_at=now, starts_at=at, due_at=at)
            log.record(actor=actor, action="digest.planned", subject=f"digest:{row.pk}")
            jobs.after_commit("funding.site.tasks.go_on_with_digest", row.pk)
    except IntegrityError as error:
        if "digest_is_open_once" not in str(error) or (is_open := open_one()) is None:
            raise
        return is_open
    return row


@transaction.atomic
def call_off(*, digest_id: int, actor: str) -> None:
    """Let a planned digest not happen. Harmless when repeated. Refuses: BegunAlready."""
    row = Digest.objects.select_for_update().get(pk=digest_id)
    if row.state == DigestState.CALLED_OFF:
        return
    if row.state != DigestState.PLANNED:
        raise BegunAlready(_("It has begun. Nobody can be sure to have no mail of it yet."))
    row.state, row.done_at = DigestState.CALLED_OFF, clock.now()
    row.save(update_fields=["state", "done_at"])
    log.record(actor=actor, action="digest.called_off", subject=f"digest:{row.pk}")


def open_one() -> Digest | None:
    """The digest that is planned or under way."""
    return Digest.objects.filter(done_at__isnull=True).first()


def upcoming() -> QuerySet[NewsItem]:
    """What a digest that began now would tell somebody who had the last one."""
    last = Digest.objects.filter(state=DigestState.DONE).aggregate(last=Max("until"))["last"]
    return _between(last or clock.now() - FIRST_REACH, clock.now())


def asked() -> QuerySet[Donor]:
    """Everybody whose last word on news is yes, and who has an address."""
    words = Consent.objects.filter(purpose=Purpose.NEWS)
    last = words.order_by("donor", "-pk").distinct("donor").values("pk")
    yes = words.filter(pk__in=last, is_given=True).values("donor")
    alive = Donor.objects.filter(erased_at__isnull=True, merged_into__isnull=True)
    return alive.exclude(email="").filter(pk__in=yes)


def go_on(digest_id: int, *, piece: int = PIECE) -> bool:
    """One piece of work, of so many people. True when there was something to do.

    Harmless when repeated, and by several workers at once.
    """
    with transaction.atomic():
        rows = Digest.objects.select_for_update(skip_locked=True)
        row = rows.filter(pk=digest_id, done_at__isnull=True, starts_at__lte=clock.now()).first()
        if row is None:
            return False
        if row.state == DigestState.PLANNED:
            row.state, row.until = DigestState.GATHERING, clock.now()
        elif row.state == DigestState.GATHERING:
            _gather(row, piece)
        else:
            _send(row, piece)
        row.due_at, row.error = clock.now(), ""
        row.save()
        if row.done_at is None:
            jobs.after_commit("funding.site.tasks.go_on_with_digest", row.pk)
    return True


def context(items: list[Item], stop_url: str) -> dict[str, Any]:
    """What the mail is told, for a preview of it."""
    entity = Entity.objects.order_by("pk").first()
    return news.context(items, stop_url, paper.entity_facts(entity) if entity else {})


def preview(language: str) -> list[Item]:
    """The items of a digest that began now, in a language."""
    return _items(list(upcoming()[:MOST_ITEMS]), language)


def test(*, person: User, language: str) -> Mail | None:
    """Mail what would go to the one who asks, and to nobody else; None with nothing to tell."""
    items = preview(language)
    if not items:
        return None
    return outbox.queue(
        key=f"digesttest:{person.pk}:{language}:{clock.now():%Y%m%d%H%M%S}",
        cause=f"user:{person.pk}",
        to_address=person.email,
        to_name=person.name,
        template="news",
        context=context(items, f"{settings.SITE_URL}{reverse('news')}"),
        language=language,
    )


def waiting() -> QuerySet[Digest]:
    """Those that are not done."""
    return Digest.objects.filter(done_at__isnull=True)


def sweep(*, limit: int = 20) -> int:
    """Go on with what is due: so many pieces at most. Returns how many there were."""
    pieces = 0
    for pk in list(waiting().filter(due_at__lte=clock.now()).values_list("pk", flat=True)):
        while pieces < limit and _go_on_safely(pk):
            pieces += 1
    return pieces


def _go_on_safely(digest_id: int) -> bool:
    try:
        return go_on(digest_id)
    except Exception as error:
        logger.exception("digest %s cannot go on", digest_id)
        Digest.objects.filter(pk=digest_id).update(
            failures=F("failures") + 1,
            error=f"{type(error).__name__}: {error}"[:2000],
            due_at=clock.now() + _LOOK_AGAIN,
        )
        return False


def _gather(row: Digest, number: int) -> None:
    """Claim the next people who asked for news."""
    piece = list(
        asked().filter(pk__gt=row.reached).order_by("pk").values_list("pk", flat=True)[:number]
    )
    DigestShare.objects.bulk_create(
        [DigestShare(digest=row, donor_id=pk) for pk in piece], ignore_conflicts=True
    )
    if piece:
        row.reached = piece[-1]
    if len(piece) < number:
        row.state = DigestState.SENDING


def _send(row: Digest, number: int) -> None:
    """Mail the next people, or leave them out and say why."""
    waits = row.shares.filter(state=ShareState.WAITING).order_by("pk")
    piece = list(waits[:number])
    if not piece:
        row.state, row.done_at = DigestState.DONE, clock.now()
        log.record(actor="system", action="digest.done", subject=f"digest:{row.pk}")
        return
    items = _known_items(row)
    for share in piece:
        try:
            with transaction.atomic():
                share.state = _one(row, share, items)
        except Exception:
            logger.exception("digest %s: share %s cannot be written", row.pk, share.pk)
            share.state = ShareState.FAILED
        share.ended_at = clock.now()
    DigestShare.objects.bulk_update(piece, ["state", "ended_at"])


def _one(row: Digest, share: DigestShare, items: Items) -> ShareState:
    """One person, held so that nobody takes the consent back or removes them meanwhile."""
    donor = Donor.objects.select_for_update(no_key=True).get(pk=share.donor_id)
    is_here = donor.email and donor.erased_at is None and donor.merged_into_id is None
    if not is_here or not news.wants(donor):
        return ShareState.NO_CONSENT
    if bounces.sends_back(donor.email):
        return ShareState.BOUNCED
    had = shares.told().filter(donor__in=donors.led_here(donor.pk))
    last = had.aggregate(at=Max("ended_at"), until=Max("digest__until"))
    if last["at"] and last["at"] > clock.now() - EVERY:
        return ShareState.TOO_SOON
    assert row.until is not None
    found = items(last["until"] or row.until - FIRST_REACH, donor.language)
    if not found:
        return ShareState.NOTHING
    entity = Entity.objects.order_by("pk").first()
    facts = paper.entity_facts(entity) if entity else {}
    news.mail(
        donor_id=donor.pk,
        key=shares.key(row),
        cause=f"digest:{row.pk}",
        items=found,
        entity=facts,
    )
    return ShareState.MAILED


def _known_items(row: Digest) -> Items:
    """The items since an instant, in a language, read once for all who share both."""
    assert row.until is not None
    until = row.until
    rows: dict[dt.datetime, list[NewsItem]] = {}

    def items(since: dt.datetime, language: str) -> list[Item]:
        if since not in rows:
            rows[since] = list(_between(since, until)[:MOST_ITEMS])
        return _items(rows[since], language)

    return items


def _between(since: dt.datetime, until: dt.datetime) -> QuerySet[NewsItem]:
    return shown.published().filter(published_at__gt=since, published_at__lte=until)


def _items(rows: list[NewsItem], language: str) -> list[Item]:
    return [
        Item(each.title, each.beginning, f"{settings.SITE_URL}{each.url}", each.language)
        for each in shown.told(rows, language)
    ]
