"""Who may see what banks take back, and answer them."""

import datetime as dt
from typing import Any

from donors.models import Dispute, DisputeStatus, EarlyWarning
from funding import clock
from tests.access.pages_site import gift
from tests.access.table import Page
from tests.access.world import World

KEEPERS = {"tara", "ada"}


def dispute(world: World) -> Dispute:
    """One of Alice's gift, with a paper among the evidence."""
    now, given = clock.now(), world.of(gift)
    made = Dispute.objects.create(
        stripe_id="du_access",
        gift=given,
        status=DisputeStatus.NEEDS_RESPONSE,
        reason="fraudulent",
        currency=given.currency,
        amount_minor=given.gross_minor,
        opened_at=now,
        due_by=now + dt.timedelta(days=9),
        told_at=now,
        due_at=now + dt.timedelta(days=1),
    )
    made.files.create(
        field="receipt",
        name="receipt.pdf",
        content_type="application/pdf",
        content=b"%PDF-",
        added_by="user:1",
        added_at=now,
    )
    return made


def warning(world: World) -> EarlyWarning:
    """One of Alice's gift."""
    return EarlyWarning.objects.create(
        stripe_id="issfr_access",
        gift=world.of(gift),
        fraud_type="made_with_stolen_card",
        warned_at=clock.now(),
    )


def _dispute(world: World) -> dict[str, Any]:
    return {"uuid": world.of(dispute).uuid}


def _paper(world: World) -> dict[str, Any]:
    return _dispute(world) | {"field": "receipt"}


def _warning(world: World) -> dict[str, Any]:
    return {"uuid": world.of(warning).uuid}


def _csv(world: World) -> dict[str, Any]:
    del world
    return {"csv": "1"}


PAGES = [
    Page("donors:disputes", KEEPERS),
    Page("donors:disputes", KEEPERS, state="as a file", sends=_csv),
    Page("donors:dispute", KEEPERS, _dispute),
    Page("donors:dispute_evidence", KEEPERS, _dispute, method="POST"),
    Page("donors:dispute_paper", KEEPERS, _paper),
    Page("donors:dispute_submit", KEEPERS, _dispute),
    Page("donors:dispute_submit", KEEPERS, _dispute, method="POST"),
    Page("donors:dispute_accept", KEEPERS, _dispute),
    Page("donors:dispute_accept", KEEPERS, _dispute, method="POST"),
    Page("donors:warning", KEEPERS, _warning),
    Page("donors:warning_refund", KEEPERS, _warning, method="POST"),
    Page("donors:warning_keep", KEEPERS, _warning, method="POST"),
]
