"""Goal: a message that is pressed twice at once, or meets another, is told once."""

import uuid

import pytest

from funding.mail.models import Mail
from grants import messages
from grants.models import Application, Message
from tests.grants.applications.cast import Stage, stage
from tests.ledger.racing import together


@pytest.fixture
def set_(committed: None) -> Stage:
    """The round and its people."""
    return stage()


@pytest.fixture
def draft(set_: Stage) -> Application:
    """A draft that has all it needs."""
    return set_.saved(set_.started())


def send(draft: Application, name: uuid.UUID) -> Message:
    return messages.write(
        application_id=draft.pk, uuid=name, text="May we?", by=draft.applicant, from_office=False
    )


def told(set_: Stage) -> int:
    return Mail.objects.filter(to_address=set_.pat.email, key__startswith="message:").count()


def test_one_key_at_once_is_one_message_and_one_mail(set_: Stage, draft: Application) -> None:
    name = uuid.uuid4()
    said = together(4, lambda _: send(draft, name).pk)
    assert len(set(said)) == 1
    assert (Message.objects.count(), told(set_)) == (1, 1)


def test_several_at_once_are_told_once(set_: Stage, draft: Application) -> None:
    said = together(4, lambda _: send(draft, uuid.uuid4()).pk)
    assert len(set(said)) == 4
    assert (Message.objects.count(), told(set_)) == (4, 1)
