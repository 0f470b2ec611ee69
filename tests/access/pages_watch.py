"""Who may see what is wrong, and say that it is dealt with."""

from typing import Any

from funding.alerts import alarms
from funding.alerts.models import Alert
from tests.access.table import Page
from tests.access.world import World

KEEPERS = {"tara", "ada"}


def alert(world: World) -> Alert:
    """A payout that failed."""
    del world
    alarms.sound(kind="payout_failed", subject="payout:1", sentence="The bank sent it back.")
    return Alert.objects.get(subject="payout:1")


def _alert(world: World) -> dict[str, Any]:
    return {"pk": world.of(alert).pk}


def _why(world: World) -> dict[str, Any]:
    del world
    return {"why": "The bank was asked."}


def _csv(world: World) -> dict[str, Any]:
    del world
    return {"csv": "1"}


PAGES = [
    Page("alerts", KEEPERS),
    Page("alerts", KEEPERS, state="as a file", sends=_csv),
    Page("alert", KEEPERS, _alert),
    Page("alert_close", KEEPERS, _alert, method="POST", sends=_why),
]
