"""Who may see the desk of a zoo: its own people, by what they may do for it."""

from typing import Any
from uuid import uuid4

from donors.models import Contribution, Invitation, Invoice, Pace, Proforma, Zoo
from donors.zoos import accounts, contributions, invitations, invoices, proformas
from donors.zoos.contributions import Offer
from funding import clock
from funding.documents import register
from funding.parties.models import Membership, Part
from tests.access.table import EVERYBODY, Page
from tests.access.world import World, entity, general
from tests.donors.zoos import zoo_world
from tests.donors.zoos.test_zoos import picture
from tests.donors.zoos.zoo_world import joins, person

STAFF = {"pat", "tara", "ada"}


def own(world: World) -> Zoo:
    """The zoo that Bob owns, for which Asel only looks on."""
    made = zoo_world.zoo(world["bob"])
    joins(made, world["asel"], Part.VIEWER)
    made.logo = picture((40, 20))
    made.save()
    return made


def fia(world: World) -> Membership:
    """Somebody else who sees to its invoices."""
    return joins(world.of(own), person("fia"), Part.FINANCE)


def asked(world: World) -> Invitation:
    """Eve is asked to join, and has not answered."""
    return invitations.invite(
        zoo_id=world.of(own).pk, email=world["eve"].email, part=Part.VIEWER, actor="user:999999"
    )


def _own(world: World) -> dict[str, Any]:
    world.of(asked)
    return {"uuid": world.of(own).uuid}


def _all(world: World) -> dict[str, Any]:
    world.of(asked)
    return {}


def _fia(world: World) -> dict[str, Any]:
    return _own(world) | {"pk": world.of(fia).pk}


def _asked(world: World) -> dict[str, Any]:
    return {"uuid": world.of(asked).uuid}


def _asked_of_it(world: World) -> dict[str, Any]:
    return _own(world) | {"pk": world.of(asked).pk}


def proposed(world: World) -> Contribution:
    """One that waits for a fund."""
    return contributions.promise(
        zoo_id=world.of(own).pk, offer=_offer(world, fund_id=None), actor="user:999999"
    )


def billed(world: World) -> Invoice:
    """One that was issued, with its paper."""
    accounts.write(
        entity_id=world.of(entity).pk,
        holder="Example Fund",
        bank="",
        iban="SE45 5000 0000 0583 9825 7466",
        bic="",
        actor="user:999999",
    )
    made = contributions.promise(zoo_id=world.of(own).pk, offer=_offer(world), actor="user:999999")
    contributions.bill(made.pk)
    found = made.invoices.get()
    assert found.document_id is not None
    register.render(found.document_id)
    return found


def _offer(world: World, **facts: Any) -> Offer:
    told: dict[str, Any] = {
        "token": uuid4(),
        "entity_id": world.of(entity).pk,
        "currency": "EUR",
        "amount_minor": 50_000,
        "pace": Pace.ONCE,
        "starts_on": clock.today(world.of(entity).zone),
        "fund_id": world.of(general).pk,
        "wish": "For dens.",
    }
    return Offer(**told | facts)


def _file(world: World) -> dict[str, Any]:
    return {"uuid": world.of(own).uuid}


def _proposed(world: World) -> dict[str, Any]:
    return _file(world) | {"pk": world.of(proposed).pk}


def _proposed_end(world: World) -> dict[str, Any]:
    return _proposed(world) | {"what": "end"}


def _billed(world: World) -> dict[str, Any]:
    return _file(world) | {"pk": world.of(billed).pk}


def cancelled(world: World) -> Invoice:
    """One of which nothing is open."""
    world.of(billed)
    made = contributions.promise(zoo_id=world.of(own).pk, offer=_offer(world), actor="user:999999")
    contributions.bill(made.pk)
    return invoices.cancel(invoice_id=made.invoices.get().pk, why="x", actor="user:999999")


def _cancelled(world: World) -> dict[str, Any]:
    return _file(world) | {"pk": world.of(cancelled).pk}


def announced(world: World) -> Proforma:
    """Of a promise that waits for a fund, with its pages."""
    made = proformas.ask(contribution_id=world.of(proposed).pk, actor="user:999999")
    register.render(made.document_id)
    return made


def _announced(world: World) -> dict[str, Any]:
    return _file(world) | {"pk": world.of(announced).contribution_id}


def _announced_file(world: World) -> dict[str, Any]:
    return _announced(world) | {"version": 1}


def _step(world: World) -> dict[str, Any]:
    return _billed(world) | {"what": "cancel"}


KEEPERS = {"tara", "ada"}
MEMBERS = {"bob", "asel"}
PAGES = [
    # Eve has an invitation to see.
    Page("donors:zoo", MEMBERS | {"eve"}, _all),
    Page("donors:zoo_desk", MEMBERS, _own),
    Page("donors:zoo_profile", MEMBERS, _own),
    # Without a form: the answer is 422.
    Page("donors:zoo_profile_save", {"bob"}, _own, method="POST"),
    Page("donors:zoo_logo", MEMBERS, _own),
    Page("donors:zoo_logo_save", {"bob"}, _own, method="POST"),
    Page("donors:zoo_people", MEMBERS, _own),
    Page("donors:zoo_invite", {"bob"}, _own, method="POST"),
    Page("donors:zoo_uninvite", {"bob"}, _asked_of_it, method="POST"),
    Page("donors:zoo_part", {"bob"}, _fia, method="POST", sends=lambda _: {"part": "viewer"}),
    Page("donors:zoo_remove", {"bob"}, _fia, method="POST"),
    # The only owner may not: the answer is 409.
    Page("donors:zoo_leave", MEMBERS, _own, method="POST"),
    Page("donors:zoo_invitation", {"eve"}, _asked),
    Page("donors:zoo_invitation", {"eve"}, _asked, method="POST"),
    Page("donors:zoo_show", {"bob"}, _own, method="POST", sends=lambda _: {"show": "1"}),
    Page("donors:supporters", EVERYBODY),
    # It is not shown, or has no logo: nobody learns which.
    Page("donors:supporter_logo", set(), _own, stranger="404"),
    Page("donors:zoo_list", STAFF),
    Page("donors:zoo_file", STAFF, _file),
    # Without an IBAN: the answer is 422.
    Page("donors:zoo_account", KEEPERS, method="POST"),
    Page("donors:zoo_file_fund", KEEPERS, _proposed, method="POST"),
    Page("donors:zoo_file_promise", KEEPERS, _proposed_end, method="POST"),
    Page("donors:zoo_bill", KEEPERS, _billed),
    Page("donors:zoo_bill_step", KEEPERS, _step, method="POST"),
    # Without a sum: the answer is 422.
    Page("donors:zoo_promise", {"bob"}, _own, method="POST"),
    Page("donors:zoo_promise_end", {"bob"}, _proposed, method="POST"),
    Page("donors:zoo_invoice", MEMBERS, _billed),
    Page("donors:zoo_invoice_page", MEMBERS, _billed),
    # Nothing of it is open: the answer is 409.
    Page("donors:zoo_invoice_pay", {"bob"}, _cancelled, method="POST"),
    Page("donors:zoo_give", {"bob"}, _own),
    # Without a sum: the answer is 422.
    Page("donors:zoo_give", {"bob"}, _own, method="POST"),
    Page("donors:zoo_proforma", MEMBERS, _announced),
    Page("donors:zoo_proforma_ask", {"bob"}, _announced, method="POST"),
    Page("donors:zoo_promise_order", {"bob"}, _announced, method="POST"),
    Page("donors:zoo_proforma_file", MEMBERS, _announced_file),
    Page("donors:zoo_file_proforma", KEEPERS, _announced),
    Page("donors:zoo_file_proforma_ask", KEEPERS, _announced, method="POST"),
    Page("donors:zoo_file_proforma_file", KEEPERS, _announced_file),
    Page("donors:zoo_new", STAFF, method="POST"),
]
