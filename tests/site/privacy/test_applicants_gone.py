"""Goal: of an applicant who is removed, files and words go; what was funded keeps its papers."""

import uuid

import pytest
from django.core.cache import cache
from django.db import transaction

from funding.mail.models import Mail
from funding.site.privacy import erasures, facts, persons
from funding.users.models import User
from grants import applications, attachments, coapplicants, public_reports
from grants.models import Attachment, CoApplicant, CoInvitation, DraftComment, FilePiece
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
