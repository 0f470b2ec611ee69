"""Who may see the pages of applicants."""

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any, Final

from funding import clock
from funding.documents import register
from funding.mail import links
from funding.users.models import User
from grants import (
    applications,
    attachments,
    coapplicants,
    completions,
    declarations,
    references,
    rounds,
)
from grants.applications import Content
from grants.models import Application, Attachment, CoInvitation, Referee, Round
from grants.naming import Named
from grants.sections import Sections
from grants.terms import Entry
from grants.terms import Sections as Asks
from tests.access.table import EVERYBODY, SIGNED_IN, Answer, Page
from tests.access.world import World, entity, general
from tests.grants.applications.cast import TEAM, terms, written
from tests.grants.decisions.cast import none_declared


def call(world: World) -> Round:
    """An open round."""
    fund = world.of(general)
    made = rounds.create(entity_id=world.of(entity).pk, terms=terms(fund), by=world["pat"])
    return rounds.publish(round_id=made.pk, by=world["pat"])


def _begun(world: World, by: User) -> Application:
    draft = applications.start(
        uuid=uuid.uuid4(),
        round_id=world.of(call).pk,
        content=Content("Dogs", "T3", "research", body=TEAM),
        by=by,
    )
    return applications.save(
        application_id=draft.pk, version=draft.version, content=written(), by=by
    )


def draft(world: World) -> Application:
    """One that Asel is writing."""
    return _begun(world, world["asel"])


def asked(world: World) -> Application:
    """A draft of Asel's in a round that asks something before its form."""
    condition = Entry("Is it in the range?", True, "This round pays for the range only.")
    facts = terms(world.of(general), name="Asking", conditions=(condition,))
    made = rounds.create(entity_id=world.of(entity).pk, terms=facts, by=world["pat"])
    return applications.start(
        uuid=uuid.uuid4(),
        round_id=rounds.publish(round_id=made.pk, by=world["pat"]).pk,
        content=Content("Cats", "T3", "research", body=TEAM),
        by=world["asel"],
    )


def sent(world: World) -> Application:
    """One that Asel has sent."""
    begun = _begun(world, world["asel"])
    return applications.submit(application_id=begun.pk, version=begun.version, by=world["asel"])


def _with_file(application: Application, by: User) -> Attachment:
    content = f"For {application.pk}".encode()
    return attachments.add(
        application_id=application.pk, name="a.txt", size=len(content), blocks=[content], by=by
    )


def file_of_draft(world: World) -> Attachment:
    """A file of what Asel is writing."""
    return _with_file(world.of(draft), world["asel"])


def half(world: World) -> attachments.Standing:
    """A file that has not come yet."""
    return attachments.begin(
        application_id=world.of(draft).pk,
        name="b.txt",
        size=20_000,
        sha256="b" * 64,
        by=world["asel"],
    )


def file_of_sent(world: World) -> Attachment:
    """A file of an application on which nobody has declared an interest."""
    begun = _begun(world, world["asel"])
    made = _with_file(begun, world["asel"])
    applications.submit(application_id=begun.pk, version=begun.version, by=world["asel"])
    return made


def file_of_open(world: World) -> Attachment:
    """A file of an application in which Carol and Dan have no interest."""
    begun = _begun(world, world["asel"])
    made = _with_file(begun, world["asel"])
    applications.submit(application_id=begun.pk, version=begun.version, by=world["asel"])
    none_declared(made.application, [world["carol"], world["dan"]])
    return made


def file_of_left(world: World) -> Attachment:
    """A file of an application that Carol and Dan have stepped out of."""
    begun = _begun(world, world["asel"])
    made = _with_file(begun, world["asel"])
    applications.submit(application_id=begun.pk, version=begun.version, by=world["asel"])
    for name in ("carol", "dan"):
        declarations.step_out(application_id=begun.pk, reason="Kin.", by=world[name])
    return made


def _join(world: World, application: Application, name: str, right: str) -> None:
    told = coapplicants.invite(
        application_id=application.pk, email=world[name].email, right=right, by=world["asel"]
    )
    coapplicants.accept(invitation_id=told.pk, by=world[name])


def shared(world: World) -> Application:
    """One that Asel writes with Alice, and that Bob reads."""
    begun = _begun(world, world["asel"])
    _join(world, begun, "alice", "edit")
    _join(world, begun, "bob", "view")
    return begun


def file_of_members(world: World) -> Attachment:
    """A file of an application for which Carol of the committee applies with Asel."""
    begun = _begun(world, world["asel"])
    _join(world, begun, "carol", "edit")
    made = _with_file(begun, world["carol"])
    applications.submit(application_id=begun.pk, version=begun.version, by=world["asel"])
    none_declared(made.application, [world["dan"]])
    return made


def invitation(world: World) -> CoInvitation:
    """Asks Alice to apply together with Asel."""
    return coapplicants.invite(
        application_id=world.of(draft).pk,
        email=world["alice"].email,
        right="view",
        by=world["asel"],
    )


def referee(world: World) -> Referee:
    """Somebody without an account whom Asel named, and who has a mailed link."""
    facts = terms(world.of(general), name="Naming", sections=Asks(asks_references=True))
    made = rounds.create(entity_id=world.of(entity).pk, terms=facts, by=world["pat"])
    named = Named("Lin", "Altai", "lin@altai.example", "Led my thesis", may_be_asked=True)
    begun = applications.start(
        uuid=uuid.uuid4(),
        round_id=rounds.publish(round_id=made.pk, by=world["pat"]).pk,
        content=Content("Cats", "T3", "research", body=TEAM),
        by=world["asel"],
    )
    begun = applications.save(
        application_id=begun.pk,
        version=begun.version,
        content=written(beside=Sections(referees=(named,))),
        by=world["asel"],
    )
    applications.submit(application_id=begun.pk, version=begun.version, by=world["asel"])
    return Referee.objects.get(application=begun)


def _link(world: World) -> dict[str, Any]:
    return {"token": links.sign(references.PURPOSE, str(world.of(referee).uuid))}


def _shared(world: World) -> dict[str, Any]:
    return {"uuid": world.of(shared).uuid}


def _members(world: World) -> dict[str, Any]:
    return {"uuid": world.of(file_of_members).application.uuid}


def _token(world: World) -> dict[str, Any]:
    return {"token": coapplicants.token_of(world.of(invitation))}


def _file(thing: Callable[[World], Attachment]) -> Callable[[World], dict[str, Any]]:
    return lambda world: {"uuid": world.of(thing).file.uuid}


def _piece(world: World) -> dict[str, Any]:
    return _draft(world) | {"file": world.of(half).uuid}


_OUT: Final[dict[str, Answer]] = {
    "carol": "403",
    "dan": "403",
    "carol without factor": "factor",
    "dan without factor": "factor",
}
# A member of the committee without the second step learns nothing of what is there.
_READ: Final[dict[str, Answer]] = {
    f"{name} without factor": "factor" for name in ("carol", "dan", "pat")
}


def _call(world: World) -> dict[str, Any]:
    return {"slug": world.of(call).slug}


def _draft(world: World) -> dict[str, Any]:
    return {"uuid": world.of(draft).uuid}


def _asked(world: World) -> dict[str, Any]:
    return {"uuid": world.of(asked).uuid}


def _sent(world: World) -> dict[str, Any]:
    return {"uuid": world.of(sent).uuid}


def returned(world: World) -> Application:
    """One of Asel's that the officer has sent back."""
    begun = _begun(world, world["asel"])
    made = applications.submit(application_id=begun.pk, version=begun.version, by=world["asel"])
    day = clock.now().date() + dt.timedelta(days=5)
    completions.ask(
        application_id=made.pk, reasons={"work": "Say how."}, due_on=day, by=world["pat"]
    )
    return made


def _returned(world: World) -> dict[str, Any]:
    return {"uuid": world.of(returned).uuid}


def on_paper(world: World) -> Application:
    """One that Asel has sent, with its paper, and on which nobody has declared an interest."""
    begun = _begun(world, world["asel"])
    made = applications.submit(application_id=begun.pk, version=begun.version, by=world["asel"])
    register.render_due()
    return made


def on_open_paper(world: World) -> Application:
    """Another one, in which Carol and Dan have said that they have no interest."""
    made = on_paper(world)
    none_declared(made, [world["carol"], world["dan"]])
    return made


def _paper_open(world: World) -> dict[str, Any]:
    return {"uuid": world.of(on_open_paper).uuid, "number": 1}


def _paper(world: World) -> dict[str, Any]:
    return {"uuid": world.of(on_paper).uuid, "number": 1}


def _entity(world: World) -> dict[str, Any]:
    return {"entity": world.of(entity).slug}


def hidden(world: World) -> Round:
    """A round that nobody but the officer sees yet."""
    facts = terms(world.of(general), name="Call of the officer")
    return rounds.create(entity_id=world.of(entity).pk, terms=facts, by=world["pat"])


def _hidden(world: World) -> dict[str, Any]:
    return {"slug": world.of(hidden).slug}


PAGES = [
    Page("grants:apply", SIGNED_IN),
    Page("grants:apply_start", SIGNED_IN, _call),
    Page("grants:apply_start", SIGNED_IN, _call, method="POST"),
    Page("grants:apply_application", {"asel"}, _draft, state="draft"),
    Page("grants:apply_application", {"asel"}, _sent, state="sent"),
    Page("grants:apply_conditions", {"asel"}, _asked, state="draft"),
    Page("grants:apply_conditions", {"asel"}, _asked, state="draft", method="POST"),
    Page("grants:round_form", EVERYBODY, _call),
    Page("grants:round_form", set(), _hidden, state="hidden", stranger="404"),
    Page(
        "grants:apply_paper",
        {"asel", "pat"},
        _paper,
        # They have not said yet what interest they have in it.
        but={
            **dict.fromkeys(("carol", "dan"), "403"),
            **dict.fromkeys(("carol without factor", "dan without factor"), "factor"),
        },
        is_guessed=False,
    ),
    Page("grants:apply_paper", {"asel", "pat", "carol", "dan"}, _paper_open, state="open"),
    Page("grants:apply_completion", {"asel"}, _returned),
    Page("grants:apply_complete", {"asel"}, _returned, method="POST"),
    Page("grants:apply_completion_autosave", {"asel"}, _returned, method="POST"),
    Page("grants:officer_return", {"pat"}, _sent),
    Page("grants:officer_return", {"pat"}, _sent, method="POST"),
    Page("grants:apply_save", {"asel"}, _draft, method="POST"),
    Page("grants:apply_autosave", {"asel"}, _draft, method="POST"),
    Page("grants:apply_showing", {"asel"}, _sent, method="POST"),
    Page("grants:apply_withdraw", {"asel"}, _draft, state="draft", method="POST"),
    Page("grants:apply_withdraw", {"asel"}, _sent, state="sent", method="POST"),
    Page("grants:apply_file", {"asel"}, _draft, method="POST"),
    Page("grants:apply_file_begin", {"asel"}, _draft, method="POST"),
    Page("grants:apply_file_piece", {"asel"}, _piece, method="POST"),
    Page("grants:application_file", {"asel"}, _file(file_of_draft), state="draft", but=_READ),
    Page(
        "grants:application_file",
        {"asel", "pat"},
        _file(file_of_sent),
        state="undeclared",
        but=_OUT,
        is_guessed=False,
    ),
    Page(
        "grants:application_file",
        {"asel", "pat", "carol", "dan"},
        _file(file_of_open),
        state="open",
    ),
    Page(
        "grants:application_file",
        {"asel", "pat"},
        _file(file_of_left),
        state="stepped out",
        but=_OUT,
        is_guessed=False,
    ),
    Page("grants:apply_application", {"asel", "alice", "bob"}, _shared, state="shared"),
    Page("grants:apply_save", {"asel", "alice"}, _shared, state="shared", method="POST"),
    Page("grants:apply_autosave", {"asel", "alice"}, _shared, state="shared", method="POST"),
    Page("grants:apply_withdraw", {"asel"}, _shared, state="shared", method="POST"),
    Page("grants:apply_file", {"asel", "alice"}, _shared, state="shared", method="POST"),
    # Whoever has the link from the mail.
    Page("grants:reference", EVERYBODY, _link),
    Page("grants:reference", EVERYBODY, _link, method="POST", sends=lambda _: {"do": "decline"}),
    Page("grants:apply_people", {"asel", "alice", "bob"}, _shared),
    Page("grants:apply_people", {"asel", "alice", "bob"}, _shared, method="POST"),
    Page(
        "grants:apply_comment",
        {"asel", "alice"},
        _shared,
        method="POST",
        sends=lambda _: {"words": "Good."},
    ),
    *(
        Page(
            "grants:apply_invitation",
            {"alice"},
            _token,
            method=method,
            others="403",
            is_guessed=False,
        )
        for method in ("GET", "POST")
    ),
    Page(
        "grants:committee_application",
        {"dan"},
        _members,
        state="of a member",
        but={"carol": "403", "carol without factor": "factor"},
        is_guessed=False,
    ),
    # As one of those who apply she reads what she sent.
    Page(
        "grants:application_file",
        {"asel", "carol", "pat", "dan"},
        _file(file_of_members),
        state="of a member",
        but={"carol without factor": "ok"},
        is_guessed=False,
    ),
    Page("grants:officer", {"pat"}),
    Page("grants:officer_applications", {"pat"}),
    Page("grants:officer_application", {"pat"}, _sent, state="sent"),
    Page("grants:officer_application", {"pat"}, _draft, state="draft", but={"pat": "404"}),
    Page("grants:officer_round_new", {"pat"}, _entity),
    Page("grants:officer_round_new", {"pat"}, _entity, method="POST"),
    Page("grants:officer_round", {"pat"}, _hidden),
    Page("grants:officer_round", {"pat"}, _hidden, method="POST"),
    Page("grants:officer_publish", {"pat"}, _hidden, method="POST"),
]
