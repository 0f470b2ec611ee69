"""Who may see the pages of the committee, and the papers of its decisions."""

import datetime as dt
from typing import Any

from funding import clock
from funding.ledger.models import Fund
from funding.parties.models import Entity
from funding.users.models import Role, User
from grants import decisions, declarations, motions, papers, votes
from grants.models import (
    Application,
    Award,
    Choice,
    Declaration,
    Interest,
    Item,
    Motion,
    Round,
    RoundFund,
)
from grants.motions import Proposal
from tests import make
from tests.access.table import COMMITTEE, Page
from tests.access.world import World
from tests.grants.decisions.cast import application, none_declared
from tests.grants.payments.cast import give
from tests.people import make_person


def body(world: World) -> Entity:
    """A receiving body of its own, so that its money comes in by a place of its own."""
    del world
    return make.entity()


def pot(world: World) -> Fund:
    """A fund with money."""
    made = make.fund(world.of(body), "A pot")
    give(made, 10**6)
    return made


def call(world: World) -> Round:
    """A round over the fund, whose call is over."""
    now = clock.now()
    made = Round.objects.create(
        slug="committee-call",
        name="A call",
        entity=world.of(body),
        call="Work.",
        criteria="Sense.",
        currency="EUR",
        maximum_minor=10**7,
        opens_at=now - dt.timedelta(days=60),
        closes_at=now - dt.timedelta(days=30),
        decides_on=now.date(),
        published_at=now - dt.timedelta(days=60),
    )
    RoundFund.objects.create(round=made, fund=world.of(pot), envelope_minor=10**6)
    return made


def members(world: World) -> list[User]:
    """The committee: Carol, Dan, and two of no other part."""
    return [
        world["carol"],
        world["dan"],
        make_person("cleo@cast.example", "Cleo", Role.COMMITTEE),
        make_person("cyril@cast.example", "Cyril", Role.COMMITTEE),
    ]


def sent(world: World, title: str) -> Application:
    found = application(world.of(call), world["asel"], title, 10_000)
    none_declared(found, world.of(members))
    return found


def silent(world: World) -> Application:
    """An application on which nobody has declared an interest."""
    return application(world.of(call), world["asel"], "Silent", 10_000)


def interest(world: World) -> Declaration:
    """An interest of Carol on which Dan can rule."""
    return declarations.declare(
        application_id=sent(world, "Close").pk,
        interest=Interest.SOFT,
        nature="group",
        words="One group.",
        by=world["carol"],
    )


def undecided(world: World) -> Application:
    """An application in no motion."""
    return sent(world, "Undecided")


def left(world: World) -> Application:
    """An application that Carol and Dan have stepped out of, and that is under vote."""
    chair = make_person("chloe@cast.example", "Chloe", Role.CHAIR)
    found = sent(world, "Left")
    make_person("cora@cast.example", "Cora", Role.COMMITTEE)
    none_declared(found, [chair])
    for name in ("carol", "dan"):
        declarations.step_out(application_id=found.pk, reason="Kin.", by=world[name])
    motion = _draft(world, found, by=chair)
    motions.put(motion_id=motion.pk, by=chair)
    return found


def _draft(world: World, found: Application, by: User | None = None) -> Motion:
    return motions.draft(
        round_id=world.of(call).pk,
        text="That it be funded.",
        closes_at=clock.now() + dt.timedelta(days=5),
        proposals=[Proposal(found.pk, {world.of(pot).pk: 10_000})],
        by=by or world["dan"],
    )


def draft(world: World) -> Motion:
    """A motion that is being written."""
    return _draft(world, sent(world, "In a draft"))


def under_vote(world: World) -> Motion:
    """A motion that is open."""
    world.of(members)
    motion = _draft(world, sent(world, "Under vote"))
    return motions.put(motion_id=motion.pk, by=world["dan"])


def award(world: World) -> Award:
    """Of a motion that was decided, with its papers made."""
    everybody = world.of(members)
    motion = _draft(world, sent(world, "Funded"))
    motions.put(motion_id=motion.pk, by=world["dan"])
    item = motion.items.get()
    for person in everybody:
        votes.cast(item_id=item.pk, choice=Choice.FOR, by=person)
    Motion.objects.filter(pk=motion.pk).update(
        put_at=clock.now() - dt.timedelta(days=2), closes_at=clock.now()
    )
    decisions.close(motion_id=motion.pk)
    papers.sweep()
    return Award.objects.get(item=item)


def _silent(world: World) -> dict[str, Any]:
    return {"uuid": world.of(silent).uuid}


def _interest(world: World) -> dict[str, Any]:
    return {"pk": world.of(interest).pk}


def _call(world: World) -> dict[str, Any]:
    return {"slug": world.of(call).slug}


def _undecided(world: World) -> dict[str, Any]:
    return {"uuid": world.of(undecided).uuid}


def _left(world: World) -> dict[str, Any]:
    return {"uuid": world.of(left).uuid}


def _item_of(world: World) -> Item:
    return world.of(under_vote).items.get()


def _motion(world: World) -> dict[str, Any]:
    return {"pk": world.of(under_vote).pk}


def _written(world: World) -> dict[str, Any]:
    del world
    return {"closes_at": (clock.now() + dt.timedelta(days=3)).strftime("%Y-%m-%dT%H:%M")}


def _out(
    name: str,
    *,
    method: Any = "GET",
    item: bool = False,
    sends: dict[str, Any] | None = None,
    state: str = "stepped out",
) -> Page:
    """The same page of an application that is closed to both."""
    factor = {"carol without factor": "factor", "dan without factor": "factor"}
    told: Any = {"carol": "403", "dan": "403", **factor}
    if name == "grants:committee_decline":
        told |= {"carol": "404", "carol without factor": "404"}

    def _where(world: World) -> dict[str, Any]:
        if state == "undeclared":
            return _silent(world)
        return {"pk": world.of(left).items.get().pk} if item else _left(world)

    return Page(
        name,
        (),
        _where,
        state=state,
        method=method,
        sends=lambda _: sends or {},
        but=told,
        is_guessed=False,
    )


PAGES = [
    Page("grants:committee", COMMITTEE),
    Page("grants:committee_round", COMMITTEE, _call),
    Page(
        "grants:committee_round",
        COMMITTEE,
        _call,
        state="as a file",
        sends=lambda _: {"csv": "1"},
    ),
    Page("grants:committee_declarations", COMMITTEE, _call),
    Page(
        "grants:committee_declarations",
        COMMITTEE,
        _call,
        method="POST",
        sends=lambda world: {f"interest-{world.of(silent).pk}": "rubbish"},
    ),
    Page("grants:committee_ruling", {"dan"}, _interest),
    Page(
        "grants:committee_ruling",
        {"dan"},
        _interest,
        method="POST",
        sends=lambda _: {"may": "yes", "sentence": "A large group."},
    ),
    _out("grants:committee_application", state="undeclared"),
    _out("grants:committee_decline", method="POST", sends={"reason": "No."}, state="undeclared"),
    Page("grants:committee_draft", {"dan"}, _call),
    Page("grants:committee_draft", {"dan"}, _call, method="POST", sends=_written),
    Page("grants:committee_application", COMMITTEE, _undecided),
    _out("grants:committee_application"),
    Page("grants:committee_discussion", COMMITTEE, _undecided),
    Page(
        "grants:committee_discussion",
        COMMITTEE,
        _undecided,
        method="POST",
        sends=lambda _: {"text": "Too dear?"},
    ),
    _out("grants:committee_discussion"),
    _out("grants:committee_discussion", method="POST", sends={"text": "Let me."}),
    _out("grants:committee_discussion", state="undeclared"),
    Page(
        "grants:committee_step_out",
        COMMITTEE,
        _undecided,
        method="POST",
        sends=lambda _: {"reason": "Kin."},
    ),
    Page("grants:committee_decline", {"dan"}, _undecided),
    Page(
        "grants:committee_decline",
        {"dan"},
        _undecided,
        method="POST",
        sends=lambda _: {"reason": "permits", "feedback": "No permits."},
    ),
    _out("grants:committee_decline", method="POST", sends={"reason": "No."}),
    Page("grants:committee_motion", COMMITTEE, _motion),
    Page(
        "grants:committee_motion",
        {"dan"},
        lambda world: {"pk": world.of(draft).pk},
        state="draft",
        but={"carol without factor": "factor"},
    ),
    Page("grants:committee_change", {"dan"}, lambda world: {"pk": world.of(draft).pk}),
    Page(
        "grants:committee_change",
        {"dan"},
        lambda world: {"pk": world.of(draft).pk},
        method="POST",
        sends=_written,
    ),
    Page(
        "grants:committee_vote_together",
        COMMITTEE,
        _motion,
        method="POST",
        sends=lambda _: {"choice": "for", "items": "rubbish"},
    ),
    Page(
        "grants:committee_vote_together",
        {"dan"},
        lambda world: {"pk": world.of(draft).pk},
        state="draft",
        method="POST",
        but={"carol without factor": "factor"},
    ),
    Page(
        "grants:committee_object",
        COMMITTEE,
        _motion,
        method="POST",
        sends=lambda _: {"why": "Too soon."},
    ),
    Page(
        "grants:committee_object",
        {"dan"},
        lambda world: {"pk": world.of(draft).pk},
        state="draft",
        method="POST",
        but={"carol without factor": "factor", "dan": "404"},
    ),
    # Nobody of the cast is a trustee; tests/grants/decisions/test_ratifications.py has who is.
    Page("grants:committee_ratification", (), _motion),
    Page("grants:committee_ratification", (), _motion, method="POST"),
    Page("grants:committee_withdraw", {"dan"}, _motion, method="POST"),
    Page("grants:committee_item", COMMITTEE, lambda world: {"pk": world.of(_item_of).pk}),
    _out("grants:committee_item", item=True),
    Page(
        "grants:committee_vote",
        COMMITTEE,
        lambda world: {"pk": world.of(_item_of).pk},
        method="POST",
        sends=lambda _: {"choice": "for"},
    ),
    _out("grants:committee_vote", method="POST", item=True, sends={"choice": "for"}),
    Page(
        "grants:committee_minute",
        {"carol", "dan", "pat", "tara"},
        lambda world: {"pk": Item.objects.get(award=world.of(award)).motion_id},
    ),
    Page(
        "grants:award_letter",
        {"asel", "dan", "pat", "tara"},
        lambda world: {"pk": world.of(award).pk},
    ),
]
