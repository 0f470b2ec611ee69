"""The officer and those who apply write to each other about an application, draft or sent.

Whoever of those who apply may comment or write it may write here too; all of them read. The
committee reads what an officer showed it, where the application and its names are open to it.
The other side is told by mail that there is something, once until they have opened it.
"""

import datetime as dt
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, Min, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from funding import clock
from funding.audit import log
from funding.errors import Refused
from funding.users import roles
from funding.users.models import Role, User
from grants import identities, notices, texts
from grants.models import Application, Message, MessageReader, Right
from grants.models.applications import ApplicationQuerySet
from grants.models.messages import LONGEST, MessageQuerySet

# The rights of co-applicants who write here.
_WRITERS: Final = (Right.COMMENT, Right.EDIT)


class NotAMessage(Refused):
    """What was typed cannot be sent."""


class NotYourLetters(Refused):
    """The person does not write about this application."""


def known_to_office(person: User) -> ApplicationQuerySet:
    """The applications about which an officer may write: what was sent, whoever reads it, and of
    drafts those whose applicant wrote first and that are open to the officer."""
    first = Message.objects.filter(application=OuterRef("pk"), from_office=False)
    written = Application.objects.open_to(person).filter(Exists(first))
    sent = Q(submitted_at__isnull=False)
    return Application.objects.filter(sent | Q(pk__in=written.values("pk")))


def may_write(application: Application, person: User) -> bool:
    """Whether the person writes as one of those who apply."""
    return Application.objects.commented_by(person).filter(pk=application.pk).exists()


def is_office(application: Application, person: User) -> bool:
    """Whether the person reads and writes as the office: an officer to whom the application and
    its names are open."""
    rows = known_to_office(person).open_to(person).filter(pk=application.pk)
    is_open = roles.has(person, Role.OFFICER) and rows.exists()
    return is_open and not identities.is_hidden(application, person)


def about(application: Application) -> MessageQuerySet:
    """Every message about an application, whoever asks."""
    return Message.objects.filter(application=application)


def of(application: Application) -> list[Message]:
    """All messages about it, in their order."""
    return list(_read(about(application)))


def shared(application: Application, person: User) -> list[Message]:
    """What an officer showed the committee, for a member to whom the application is open; nothing
    while its names are not."""
    rows = _read(about(application).filter(shared_with_committee=True))
    is_open = Application.objects.open_to(person).filter(pk=application.pk).exists()
    if not is_open or identities.is_hidden(application, person):
        return []
    return list(rows)


def write(
    *, application_id: int, uuid: UUID, text: str, by: User, from_office: bool, show: bool = False
) -> Message:
    """Send a message to the other side; `show` lets the committee read it. The same uuid with the
    same text again: nothing.

    Raises NotAMessage, NotYourLetters.
    """
    said = texts.letter(text, LONGEST, NotAMessage)
    with transaction.atomic():
        application = _lock(application_id, by, from_office=from_office)
        if known := Message.objects.filter(uuid=uuid).first():
            told = (known.application_id, known.author_id, known.from_office, known.text)
            if told != (application.pk, by.pk, from_office, said):
                raise NotAMessage(_("This page has sent a message already. Send this one anew."))
            return known
        made = Message.objects.create(
            uuid=uuid,
            application=application,
            author=by,
            from_office=from_office,
            text=said,
            shared_with_committee=show and from_office,
            sent_at=clock.now(),
        )
        _record(made, by, "sent")
        for person in _others(application, from_office=from_office):
            _tell(made, person)
    return made


@transaction.atomic
def show(*, application_id: int, uuid: UUID, by: User) -> None:
    """An officer lets the committee read a message. It cannot be taken back. Again: nothing.

    Raises NotYourLetters.
    """
    application = _lock(application_id, by, from_office=True)
    found = about(application).filter(uuid=uuid, shared_with_committee=False).first()
    if found is not None:
        about(application).filter(pk=found.pk).update(shared_with_committee=True)
        _record(found, by, "shown")


@transaction.atomic
def settle(*, application_id: int, upto: int, by: User, from_office: bool) -> None:
    """Say that what the other side wrote, as far as the message `upto`, needs no answer.
    Again: nothing.

    Raises NotYourLetters.
    """
    application = _lock(application_id, by, from_office=from_office)
    rows = about(application).unanswered(from_office=not from_office).filter(pk__lte=upto)
    for each in list(rows):
        about(application).filter(pk=each.pk).update(settled_at=clock.now())
        _record(each, by, "settled")


@transaction.atomic
def opened(application: Application, person: User) -> None:
    """Keep that the person opened the page, before it is read what stands there: a message that
    comes in this moment is then either on the page or told by mail."""
    MessageReader.objects.update_or_create(
        application=application,
        person=person,
        defaults={"last_read_at": clock.now(), "told_at": None},
    )


def waiting(
    rows: ApplicationQuerySet, *, from_office: bool
) -> list[tuple[Application, dt.datetime]]:
    """Of these applications those where one side waits for an answer, and since when."""
    found = Message.objects.unanswered(from_office=from_office).filter(
        application__in=rows.order_by().values("pk")
    )
    since = dict(found.order_by().values_list("application").annotate(first=Min("sent_at")))
    known = Application.objects.filter(pk__in=since).select_related("project", "round")
    return [(each, since[each.pk]) for each in known.order_by("pk")]


def waiting_for_office(person: User) -> list[tuple[Application, dt.datetime]]:
    """What waits for an officer, of what is open to them with its names."""
    found = waiting(known_to_office(person).open_to(person), from_office=False)
    nameless = identities.hidden([each for each, _since in found], person)
    return [(each, since) for each, since in found if each.pk not in nameless]


def _lock(application_id: int, by: User, *, from_office: bool) -> Application:
    rows = Application.objects.select_for_update(no_key=True, of=("self",))
    application = rows.select_related("round__entity", "project").get(pk=application_id)
    if not (is_office(application, by) if from_office else may_write(application, by)):
        raise NotYourLetters(_("You do not write about this application."))
    return application


def _others(application: Application, *, from_office: bool) -> list[User]:
    """Who may answer: of those who apply, or of the officers."""
    if not from_office:
        officers = roles.holders(Role.OFFICER)
        return [each for each in officers if is_office(application, each)]
    joined = application.coapplicants.filter(ended_at=None, right__in=_WRITERS)
    people = Q(pk=application.applicant_id) | Q(pk__in=joined.values("person"))
    return list(User.objects.filter(people, is_active=True).order_by("pk"))


def _tell(message: Message, person: User) -> None:
    MessageReader.objects.get_or_create(application=message.application, person=person)
    rows = MessageReader.objects.filter(application=message.application, person=person)
    # Whoever opens the page in this moment waits for this row, and then reads the message.
    if rows.select_for_update().get().told_at is None:
        rows.update(told_at=clock.now())
        notices.message_written(message, person)


def _read(rows: "QuerySet[Message]") -> "QuerySet[Message]":
    return rows.select_related("author").order_by("pk")


def _record(message: Message, by: User, verb: str) -> None:
    log.record(
        actor=f"user:{by.pk}",
        action=f"message.{verb}",
        subject=f"application:{message.application_id}",
        message=message.pk,
    )
