"""News by e-mail: only to those who asked for it, and one click takes that back."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from donors import donors
from donors.donors import Erased
from donors.models import ERASED, Consent, Donor, Purpose
from funding import clock
from funding.audit import log
from funding.errors import Refused
from funding.mail import links, outbox
from funding.mail.models import Mail, Withheld

STOP: Final = "news"
# Whoever finds an old mail again must still be able to stop them.
LINK_LIVES: Final = dt.timedelta(days=730)


class NotAskedFor(Refused):
    """The donor has not asked for news, or has taken it back."""


def wants(donor: Donor) -> bool:
    """Whether the last word of the donor was yes."""
    last = donor.consents.filter(purpose=Purpose.NEWS).order_by("pk").last()
    return last is not None and last.is_given


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to tell, by its beginning; `url` leads to all of it."""

    title: str
    beginning: str
    url: str
    language: str


@transaction.atomic
def mail(
    *, donor_id: int, key: str, cause: str, items: Sequence[Item], entity: Mapping[str, Any]
) -> Mail:
    """Queue one mail of news for one donor, in their language; the same key again adds none.

    Refuses: NotAskedFor.
    """
    donor = Donor.objects.select_for_update(no_key=True).get(pk=donor_id)
    if not wants(donor):
        raise NotAskedFor(_("This donor has not asked for news."))
    url = stop_url(donor)
    return outbox.queue(
        key=f"news:{key}:{donor.pk}",
        cause=cause,
        to_address=donor.email,
        to_name=donor.name,
        template="news",
        context=context(items, url, entity),
        language=donor.language,
        stop_url=url,
    )


def context(items: Sequence[Item], url: str, entity: Mapping[str, Any]) -> dict[str, Any]:
    """What the mail is told; `url` ends the news."""
    return {
        "items": list(items),
        "first": items[0].title,
        "more": len(items) - 1,
        "stop_url": url,
        "entity": entity,
        "illustrative": entity.get("is_illustrative", False),
    }


@transaction.atomic
def stop(*, donor_id: int, actor: str) -> bool:
    """Take the consent back. False when there is none any more: pressing twice does no harm."""
    # An old mail may have gone to an address that was brought together with another.
    donor = donors.standing(Donor.objects.get(pk=donor_id))
    if not wants(donor):
        return False
    Consent.objects.create(
        donor=donor,
        purpose=Purpose.NEWS,
        is_given=False,
        wording=stop_wording(),
        recorded_at=clock.now(),
    )
    log.record(actor=actor, action="news.stopped", subject=f"donor:{donor.pk}")
    return True


def against(subject: str) -> Withheld | None:
    """Why a mail of news to this donor must not leave now; None: they still ask for it.

    Whoever the donor was brought together with is held in the open transaction: a withdrawal
    comes before the answer and is heard, or after the mail was taken up.
    """
    reader = Donor.objects.get(pk=int(subject))
    try:
        donor = donors.standing(reader)
    except Erased:
        return Withheld.REMOVED
    if reader.name == ERASED:
        return Withheld.REMOVED
    return None if wants(donor) else Withheld.CONSENT


def stop_wording() -> str:
    """What is stored with the taking back."""
    return _("Send me no more news.")


def stop_url(donor: Donor) -> str:
    """Ends the news without signing in; signed when the mail leaves."""
    # The mark is no word of an address, so it is put in afterwards.
    path = reverse("donors:news_stop", kwargs={"token": "token"})
    return f"{settings.SITE_URL}{path.replace('token', links.mark(STOP, str(donor.pk)))}"


def donor_of(token: str) -> int | None:
    """Whose news a link stops; None when it is none of ours or too old."""
    subject = links.read(STOP, token, lives=LINK_LIVES)
    return int(subject) if subject else None
