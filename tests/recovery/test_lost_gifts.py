"""A gift begun after the backup has no row after the restore; its money is still told of."""

from uuid import uuid4

import pytest

from donors.models import Gift
from funding.alerts.models import Alert
from funding.gateway.models import Movement, MovementState
from funding.site import webhooks
from tests import make
from tests.books import assert_agreed
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


def test_the_money_of_a_lost_gift_is_in_suspense_and_told_once(lost: Gift, stripe: Sandbox) -> None:
    for _walk in range(2):
        webhooks.walk_movements()
    movement = Movement.objects.get()
    assert movement.state == MovementState.SUSPENSE
    alert = Alert.objects.get()
    assert (alert.kind, alert.subject) == ("movement_unknown", f"movement:{movement.pk}")
    assert lost.donor.email not in alert.sentence
    assert Gift.objects.filter(settled_at__isnull=False).count() == 0
    assert_agreed(stripe)
