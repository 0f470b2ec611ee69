"""Who may see regular gifts, and change them."""

import datetime as dt
import uuid
from typing import Any

from donors import donors, pledges
from donors.earlier_pledges import CONTINUE
from donors.models import ChangeKind, ChangeState, EarlierPledge, EndedWhy, Pledge, PledgeState
from donors.pledge_mails import AGAIN, REPAIR
from funding import clock
from funding.imports.models import Import
from funding.mail import links
from tests.access.table import EVERYBODY, Page
from tests.access.world import World, general
from tests.donors import regular


def _begun(world: World, name: str) -> Pledge:
    facts = {"email": world["alice"].email, "token": uuid.uuid4()}
    made = pledges.start(regular.promise(world.of(general), **facts))
    made.state, made.began_at = PledgeState.ACTIVE, clock.now()
    made.subscription, made.method = f"sub_access_{name}", "Card ending 4242"
    made.next_at = clock.now() + dt.timedelta(days=20)
    made.save()
    return made


def running(world: World) -> Pledge:
    """One that Alice gives by."""
    return _begun(world, "running")


def ended(world: World) -> Pledge:
    """One that Alice has ended."""
    made = _begun(world, "ended")
    made.state, made.ended_at = PledgeState.ENDED, clock.now()
    made.ended_why = EndedWhy.GIVER
    made.save()
    made.changes.create(
        kind=ChangeKind.END,
        state=ChangeState.DONE,
        before={"amount_minor": 1000, "cover_minor": 0, "rhythm": "monthly", "method": ""}
        | {"fund_id": made.fund_id, "next_at": None, "resumes_at": None},
        actor=f"user:{world['alice'].pk}",
        created_at=clock.now(),
        ended_at=clock.now(),
        due_at=clock.now(),
    )
    return made


def _running(world: World) -> dict[str, Any]:
    return {"uuid": world.of(running).uuid}


def _ended(world: World) -> dict[str, Any]:
    return {"uuid": world.of(ended).uuid}


def _fund(world: World) -> dict[str, Any]:
    return _running(world) | {"what": "fund"}


def _link(world: World) -> dict[str, Any]:
    return {"token": links.sign(REPAIR, str(world.of(running).uuid))}


def _again(world: World) -> dict[str, Any]:
    return {"token": links.sign(AGAIN, str(world.of(ended).uuid))}


def earlier(world: World) -> EarlierPledge:
    """One that Alice gave by in another system."""
    of = world.of(general)
    batch = Import.objects.create(
        kind="pledges",
        entity=of.entity,
        name="file",
        digest="x",
        started_by="user:1",
        started_at=clock.now(),
        due_at=clock.now(),
    )
    return EarlierPledge.objects.create(
        entity=of.entity,
        donor=donors.find_or_create(name="Alice", email=world["alice"].email, language="en"),
        donor_name="Alice",
        fund=of,
        currency=of.currency,
        amount_minor=1000,
        rhythm="monthly",
        reference="A-1",
        batch=batch,
        taken_at=clock.now(),
    )


def _earlier(world: World) -> dict[str, Any]:
    return {"token": links.sign(CONTINUE, str(world.of(earlier).uuid))}


KEEPERS = {"tara", "ada"}
PAGES = [
    Page("donors:earlier_pledge_list", KEEPERS),
    Page("donors:earlier_pledge_steps", KEEPERS, method="POST"),
    # Whoever has the link may; a link that is none is told so with 410.
    Page("donors:pledge_continue", EVERYBODY, _earlier, is_guessed=False),
    Page("donors:pledge_continue", EVERYBODY, _earlier, method="POST", is_guessed=False),
    Page("donors:pledge_list", KEEPERS),
    Page("donors:pledge_list", KEEPERS, state="as a file", sends=lambda _: {"csv": "1"}),
    Page("donors:pledge_desk", KEEPERS, _running, state="running"),
    Page("donors:pledge_desk", KEEPERS, _ended, state="ended"),
    # Without a reason: the answer is 422.
    Page("donors:pledge_stop", KEEPERS, _running, method="POST"),
    # Nothing is open: the answer leads back and says so.
    Page("donors:pledge_try", KEEPERS, _running, method="POST"),
    Page("donors:pledge", {"alice"}, _running, state="running"),
    Page("donors:pledge", {"alice"}, _ended, state="ended"),
    Page("donors:pledge_change", {"alice"}, _fund),
    # The fund stays as it is: the answer is 409.
    Page(
        "donors:pledge_change",
        {"alice"},
        _fund,
        method="POST",
        sends=lambda world: {"fund": world.of(general).slug},
    ),
    Page("donors:pledge_again", {"alice"}, _ended),
    # One that runs needs none: the answer leads to it.
    Page("donors:pledge_again", {"alice"}, _running, method="POST"),
    Page("donors:pledge_again_link", EVERYBODY, _again, is_guessed=False),
    Page("donors:pledge_again_link", EVERYBODY, _again, method="POST", is_guessed=False),
    Page("donors:pledge_card", {"alice"}, _running),
    # Of one that is over no card is asked for: the answer leads back.
    Page("donors:pledge_card", {"alice"}, _ended, method="POST"),
    # Whoever has the link may; a link that is none is told so with 410.
    Page("donors:pledge_repair", EVERYBODY, _link, is_guessed=False),
    # Every instalment is paid: the answer is 409.
    Page(
        "donors:pledge_repair",
        EVERYBODY,
        _link,
        method="POST",
        sends=lambda _: {"do": "retry"},
        is_guessed=False,
    ),
]
