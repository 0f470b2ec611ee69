"""A gift begun after the backup has no row after the restore; its payment is still told of."""

import datetime as dt
from uuid import uuid4

import pytest

from donors.models import Gift
from funding import clock
from funding.alerts.models import Alert
from funding.recovery.models import Restore
from funding.site import webhooks
from tests import make
from tests.donors.conftest import Visitor
from tests.sandbox.conftest import Sandbox


@pytest.fixture
def lost(committed: None, stripe: Sandbox) -> Gift:
    """A gift that was paid, and that the books do not know under any of its names."""
    gift = make.gift(make.fund(make.entity()))
    visitor = Visitor(stripe)
    visitor.pays(gift)
    visitor.waits()
    was = Gift.objects.get(pk=gift.pk)
    Gift.objects.update(uuid=uuid4(), checkout="", checkout_url="")
    return was


def restored(taken_at: dt.datetime) -> Restore:
    """Books that are those of an instant."""
    return Restore.objects.create(
        file="x", sha256="0" * 64, version="1", taken_at=taken_at, restored_at=clock.now()
    )


def told(gift: Gift) -> list[str]:
    """What is said of a gift to those in charge."""
    webhooks.walk_movements()
    rows = Alert.objects.filter(subject=f"gift:{gift.uuid}")
    return list(rows.values_list("sentence", flat=True))


def test_a_payment_of_a_lost_gift_is_told_to_those_in_charge_once(lost: Gift) -> None:
    restored(clock.now() - dt.timedelta(hours=1))
    (sentence,) = told(lost)
    assert sentence.startswith("€25.50 came for a gift that is not in the restored books")
    assert lost.donor.email not in sentence
    assert told(lost) == [sentence]
    assert Gift.objects.filter(settled_at__isnull=False).count() == 0


def test_without_a_restore_or_from_before_the_backup_nothing_is_said(lost: Gift) -> None:
    assert told(lost) == []
    restored(clock.now())
    assert told(lost) == []
