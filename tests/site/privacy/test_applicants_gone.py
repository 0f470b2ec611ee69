"""Goal: of an applicant who is removed, files and words go; what was funded keeps its papers."""

import datetime as dt
import uuid
from collections.abc import Callable

import pytest
from django.core.cache import cache
from django.db import transaction

from funding import clock
from funding.mail.models import Mail
from funding.parties import keeping
from funding.parties.keeping import Ground
from funding.site.privacy import erasures, facts, persons, removing, retention
from funding.site.privacy.models import Erasure, Kept, KeptWhat
from funding.users.models import User
from grants import applications, attachments, coapplicants, public_reports
from grants.models import (
    Application,
    Attachment,
    Award,
    CoApplicant,
    CoInvitation,
    DraftComment,
    FilePiece,
    Item,
    Motion,
)
from tests.clocks import clock_at as clock_at
from tests.grants import publishing, showing
from tests.grants.applications import sheaf
from tests.grants.applications.cast import Stage, stage
from tests.people import make_person

pytestmark = pytest.mark.django_db


@pytest.fixture
def set_() -> Stage:
    """The round and its people."""
    cache.clear()
    return stage()


def attached(set_: Stage, by: User | None = None) -> Attachment:
    draft = set_.saved(set_.started(by=by), by)
    return attachments.add(
        application_id=draft.pk,
        name="Асель.pdf",
        size=len(sheaf.PDF),
        blocks=[sheaf.PDF],
        by=by or set_.asel,
    )


def funded(sent: Application) -> Award:
    """The committee has funded what was sent."""
    now = clock.now()
    motion = Motion.objects.create(
        round=sent.round,
        number=1,
        state="decided",
        put_by=sent.applicant,
        created_at=now,
        put_at=now - dt.timedelta(days=6),
        closes_at=now,
        frozen={},
        sha256="a" * 64,
        decided_at=now,
        due_at=now,
    )
    item = Item.objects.create(
        motion=motion, application=sent, amount_minor=sent.ask_minor, state="adopted"
    )
    Application.objects.filter(pk=sent.pk).update(state="awarded", decided_at=now)
    return Award.objects.create(
        item=item,
        application=sent,
        entity=sent.round.entity,
        currency="EUR",
        amount_minor=sent.ask_minor,
        adopted_at=now,
        due_at=now,
    )


def removed(person: User) -> None:
    erasure = erasures.ask(
        person=persons.of_user(person), ends_pledges=False, actor="user:1", language="en"
    )
    erasures.carry_out(erasure.pk)


def test_the_files_of_a_withdrawn_application_go_with_its_applicant(set_: Stage) -> None:
    made = attached(set_)
    told = facts.told(persons.of_user(set_.asel))["held"]
    assert [each["name"] for each in told["grants.StoredFile"]] == ["Асель.pdf"]
    applications.withdraw(application_id=made.application_id, by=set_.asel)
    removed(set_.asel)
    made.file.refresh_from_db()
    assert (made.file.state, made.file.name) == ("gone", "erased")
    assert made.sha256 == sheaf.sha(sheaf.PDF)
    assert not FilePiece.objects.exists()


def test_a_co_applicant_who_is_removed_leaves_with_their_words_and_address(set_: Stage) -> None:
    made = attached(set_)
    bea = make_person("bea@secret.example", "Bea")
    told = coapplicants.invite(
        application_id=made.application_id, email=bea.email, right="edit", by=set_.asel
    )
    coapplicants.accept(invitation_id=told.pk, by=bea)
    coapplicants.comment(
        application_id=made.application_id, uuid=uuid.uuid4(), words="Secret", by=bea
    )
    held = facts.told(persons.of_user(bea))["held"]
    # Nobody is removed while a mail to them is on its way.
    Mail.objects.all().delete()
    assert {"grants.CoApplicant", "grants.CoInvitation", "grants.DraftComment"} <= held.keys()
    removed(bea)
    assert CoApplicant.objects.get().ended_at is not None
    assert "secret" not in CoInvitation.objects.get().email
    assert DraftComment.objects.get().words == "erased"
    assert FilePiece.objects.exists()


def test_what_a_grantee_let_be_shown_goes_with_them_and_is_told_to_them() -> None:
    set_ = showing.shown()
    publishing.published(set_.award)
    person = persons.of_user(set_.asel)
    for _again in range(2):
        with transaction.atomic():
            erasures.end_what_runs(person, actor=person.subject)
    assert not public_reports.shown().exists()
    told = facts.told(person)["held"]["grants.Publication"]
    assert [each["kind"] for each in told] == ["withdrawn"]


def test_the_files_of_what_was_funded_go_when_the_law_lets_them(
    clock_at: Callable[[dt.datetime], None],
) -> None:
    set_ = stage()
    file = attached(set_).file
    award = funded(set_.submitted(Application.objects.get()))
    person = persons.of_user(set_.asel)
    assert [stay.entity for stay in retention.would_keep(person)] == [set_.entity]
    erasure = Erasure.objects.create(
        subject=person.subject,
        user=set_.asel,
        donors=[],
        users=[set_.asel.pk],
        addresses=[set_.asel.email],
        asked_at=clock.now(),
        due_at=clock.now(),
        asked_by="user:1",
    )
    removing.sent_files(erasure)
    removing.sent_files(erasure)
    kept = Kept.objects.get()
    assert (kept.what, kept.number, kept.ground) == (KeptWhat.FILE, file.pk, "books")
    until = keeping.until(set_.entity, Ground.BOOKS, award.adopted_at.date())
    clock_at(dt.datetime.combine(until, dt.time(12), dt.UTC))
    assert retention.let_go() == 0
    assert FilePiece.objects.exists()
    clock_at(dt.datetime.combine(until + dt.timedelta(days=1), dt.time(12), dt.UTC))
    assert retention.let_go() == 1
    assert retention.let_go() == 0
    file.refresh_from_db()
    assert (file.state, file.name, file.sha256) == ("gone", "erased", sheaf.sha(sheaf.PDF))
    assert not FilePiece.objects.exists()
