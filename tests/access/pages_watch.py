"""Who may see what is wrong, and say that it is dealt with."""

from typing import Any

from funding import clock
from funding.alerts import alarms
from funding.alerts.models import Alert
from funding.gateway.models import Event, EventState
from tests.access.table import Page
from tests.access.world import World

KEEPERS = {"tara", "ada"}


def alert(world: World) -> Alert:
    """A payout that failed."""
    del world
    alarms.sound(kind="payout_failed", subject="payout:1", sentence="The bank sent it back.")
    return Alert.objects.get(subject="payout:1")


def event(world: World) -> Event:
    """One that was given up."""
    del world
    now = clock.now()
    return Event.objects.create(
        stripe_id="evt_stuck",
        kind="charge.updated",
        object_id="ch_stuck",
        payload={},
        received_at=now,
        due_at=now,
        handled_at=now,
        state=EventState.GIVEN_UP,
        attempts=12,
        error="PaymentMismatch",
    )


def _stuck(world: World) -> dict[str, Any]:
    return {"name": "events", "pk": world.of(event).pk}


def _alert(world: World) -> dict[str, Any]:
    return {"pk": world.of(alert).pk}


def _why(world: World) -> dict[str, Any]:
    del world
    return {"why": "The bank was asked."}


def _csv(world: World) -> dict[str, Any]:
    del world
    return {"csv": "1"}


def _mail(world: World) -> dict[str, Any]:
    del world
    return {"name": "receipt-copy", "tongue": "sv"}


PAGES = [
    Page("alerts", KEEPERS),
    Page("alerts", KEEPERS, state="as a file", sends=_csv),
    Page("alert", KEEPERS, _alert),
    Page("alert_close", KEEPERS, _alert, method="POST", sends=_why),
    Page("health", KEEPERS),
    Page("mail_samples", KEEPERS | {"pat"}),
    Page("mail_sample", KEEPERS | {"pat"}, _mail),
    Page("mail_sample_page", KEEPERS | {"pat"}, _mail),
    # No token is set here; tests of the metrics hold who reads them with one.
    Page("metrics", set(), stranger="404"),
    Page("stuck", KEEPERS),
    Page("stuck_leave", KEEPERS, _stuck, method="POST"),
    Page("stuck_retry", KEEPERS, _stuck, method="POST"),
]
