"""Members of the committee write to each other about an application until it is decided.

Who takes part in deciding it reads and writes here, once their own review is in; who has
stepped out, has not declared yet or waits for a chair's ruling does neither. What is written
stays. Nobody is mailed: it waits in the inbox of the others until they look.
"""

import datetime as dt
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, F, Min, OuterRef
from django.utils.translation import gettext as _

from funding import clock
from funding.audit import log
from funding.errors import Refused
from funding.users import roles
from funding.users.models import User
from grants import declarations, recusals, reviews, texts
from grants.models import (
    Application,
    ApplicationState,
    Item,
    ItemState,
    Remark,
    RemarkReader,
)
from grants.models.messages import LONGEST


class NotARemark(Refused):
    """What was typed cannot be said."""


class NotYours(Refused):
    """The discussion is not open to the person, or not yet."""


class IsDecided(Refused):
    """There is nothing left to discuss."""


def may_read(application: Application, member: User) -> bool:
    """Whether the person takes part in deciding the application and may know what others think
    of it. Its round is at hand."""
    takes_part = roles.has(member, *recusals.MEMBERS) and declarations.may_score(
        application, member
    )
    return takes_part and (_is_free_to_talk(application) or _has_said(application, member))


def is_open(application: Application) -> bool:
    """Whether there is still something to decide on."""
    return application.state == ApplicationState.SUBMITTED


def of(application: Application, member: User) -> list[Remark]:
    """All that was said, in its order; nothing for whom it is closed."""
    if not may_read(application, member):
        return []
    rows = Remark.objects.filter(application=application)
    return list(rows.select_related("author").order_by("pk"))


@transaction.atomic
def say(*, application_id: int, uuid: UUID, text: str, by: User) -> Remark:
    """Say something to the others. The same uuid with the same text again: nothing.

    Raises NotARemark, NotYours, IsDecided, and what `declarations.must_take_part` does.
    """
    said = texts.letter(text, LONGEST, NotARemark)
    application = recusals.lock(application_id)
    declarations.must_take_part(application, by)
    if not may_read(application, by):
        raise NotYours(_("The discussion opens to you once your own review is handed in."))
    if known := Remark.objects.filter(uuid=uuid).first():
        if (known.application_id, known.author_id, known.text) != (application.pk, by.pk, said):
            raise NotARemark(_("This page has sent a message already. Send this one anew."))
        return known
    if not is_open(application):
        raise IsDecided(_("This application is decided, and what was said stands."))
    made = Remark.objects.create(
        uuid=uuid, application=application, author=by, text=said, sent_at=clock.now()
    )
    log.record(
        actor=f"user:{by.pk}",
        action="remark.made",
        subject=f"application:{application.pk}",
        remark=made.pk,
    )
    return made


def opened(application: Application, member: User, upto: int) -> None:
    """Keep how far the member has read, by the last remark on their page."""
    row, _is_new = RemarkReader.objects.get_or_create(application=application, member=member)
    RemarkReader.objects.filter(pk=row.pk, read_upto__lt=upto).update(read_upto=upto)


def unread(member: User) -> list[tuple[Application, dt.datetime]]:
    """Undecided applications in whose discussion there is something new for the member, and
    since when."""
    mine = Application.objects.filter(state=ApplicationState.SUBMITTED).decided_by(member)
    seen = RemarkReader.objects.filter(
        application=OuterRef("application"), member=member, read_upto__gte=OuterRef("pk")
    )
    rows = Remark.objects.filter(~Exists(seen), application__in=mine.order_by().values("pk"))
    rows = rows.exclude(author=member).order_by()
    since = dict(rows.values_list("application").annotate(first=Min("sent_at")))
    found = Application.objects.filter(pk__in=since).select_related("project", "round")
    return [(each, since[each.pk]) for each in found.order_by("pk") if may_read(each, member)]


def told(application: Application, until: dt.datetime) -> dict[str, object]:
    """What a minute says of the discussion: how many spoke how often, and never what."""
    rows = Remark.objects.filter(application=application, sent_at__lte=until).order_by("pk")
    names = rows.order_by().values_list(F("author"), flat=True).distinct()
    first, last = rows.first(), rows.last()
    return {
        "remarks": rows.count(),
        "people": len(names),
        "first_at": first.sent_at.isoformat() if first else "",
        "last_at": last.sent_at.isoformat() if last else "",
    }


def _is_free_to_talk(application: Application) -> bool:
    """Nobody is asked for marks, or the committee votes, so that marks stand."""
    voted = Item.objects.filter(application=application, motion__put_at__isnull=False)
    is_voted_on = voted.exclude(state=ItemState.WITHDRAWN).exists()
    return not application.round.reviews_wanted or is_voted_on


def _has_said(application: Application, member: User) -> bool:
    return reviews.may_read_others(application, member)
