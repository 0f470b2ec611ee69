"""Who may see the pages of funding.site."""

from typing import Any

from donors import receipts, settlements
from donors.models import Gift, GiftState, Receipt
from funding import clock
from funding.documents import register
from funding.gateway.payments import Payment
from funding.mail import links
from funding.money import Money
from funding.site import inbox_mails
from funding.users import factors, roles
from funding.users.models import FactorReset, Role, Term
from tests import make
from tests.access.table import EVERYBODY, SIGNED_IN, Page
from tests.access.world import STAFF, World, general
from tests.people import make_person


def gift(world: World) -> Gift:
    """One that Alice gave and that is here."""
    given = make.gift(world.of(general), email=world["alice"].email)
    payment = Payment(
        id="pi_access",
        status="succeeded",
        reference=str(given.uuid),
        amount=Money(given.gross_minor, given.currency),
        is_paid=True,
        charge="ch_access",
        paid_at=clock.now(),
        method="Card ending 4242",
        trouble="",
        value=None,
    )
    settled = settlements.settle(gift_id=given.pk, payment=payment)
    assert settled.state == GiftState.SETTLED
    return settled


def receipt(world: World) -> Receipt:
    """The paper of Alice's gift, numbered, rendered and mailed."""
    row = Receipt.objects.get(gift=world.of(gift))
    document_id = receipts.issue(row.pk)
    assert document_id is not None
    register.render(document_id)
    row.refresh_from_db()
    return row


def _inbox_stop(world: World) -> dict[str, Any]:
    return {"token": links.sign(inbox_mails.STOP, str(world["eve"].pk))}


def _receipt(world: World) -> dict[str, Any]:
    return {"pk": world.of(receipt).pk}


def _paper(world: World) -> dict[str, Any]:
    document = world.of(receipt).document
    assert document is not None
    return {"code": document.verify_code}


def term(world: World) -> Term:
    """A term of somebody who is not of the cast."""
    person = make_person("zoe@cast.example", "Zoe Example")
    return roles.grant(
        user_id=person.pk,
        role=Role.COMMITTEE,
        starts_on=clock.today("UTC"),
        ends_on=None,
        actor=f"user:{world['ada'].pk}",
    )


def reset(world: World) -> FactorReset:
    """A lost factor that another administrator asked about."""
    other = make_person("abe@cast.example", "Abe Example", Role.ADMINISTRATOR)
    return factors.ask_reset(user_id=world.of(term).user_id, reason="Rang me up.", by=other)


PUBLIC = [
    Page("home", EVERYBODY),
    Page("funds", EVERYBODY),
    Page("fund", EVERYBODY, lambda world: {"slug": world.of(general).slug}),
    Page("journal", EVERYBODY, lambda world: {"fund": world.of(general).slug, "form": "csv"}),
    Page("verify_ask", EVERYBODY),
    Page("verify", EVERYBODY, _paper),
    Page("about", EVERYBODY),
    Page("privacy", EVERYBODY),
    Page("terms", EVERYBODY),
    Page("contact", EVERYBODY),
    Page("robots", EVERYBODY),
    Page("healthz", EVERYBODY),
    Page("language", EVERYBODY, method="POST", sends=lambda _: {"language": "sv"}),
    # Anybody may knock; a signature of Stripe's is what opens.
    Page("stripe_webhook", EVERYBODY, method="POST"),
]
PAGES = [
    *PUBLIC,
    Page("account", SIGNED_IN),
    Page("account_money", SIGNED_IN),
    Page("account_gift", {"alice"}, lambda world: {"uuid": world.of(gift).uuid}),
    Page("account_receipt", {"alice"}, _receipt),
    Page("account_resend", {"alice"}, _receipt, method="POST"),
    Page("account_name", SIGNED_IN, method="POST", sends=lambda _: {"name": "Somebody"}),
    Page("account_language", SIGNED_IN, method="POST", sends=lambda _: {"language": "sv"}),
    # Those with a second factor are asked for that instead.
    Page("confirm", SIGNED_IN, but=dict.fromkeys(STAFF, "factor"), factorless="factor"),
    Page("inbox", SIGNED_IN, factorless="factor"),
    Page(
        "inbox_choice",
        SIGNED_IN,
        method="POST",
        sends=lambda _: {"zone": "Asia/Bishkek", "is_mailed": "on"},
        factorless="factor",
    ),
    Page("inbox_stop", EVERYBODY, _inbox_stop, is_guessed=False),
    Page("inbox_stop", EVERYBODY, _inbox_stop, method="POST", is_guessed=False),
    Page("people", {"ada"}),
    Page(
        "people_grant",
        {"ada"},
        method="POST",
        sends=lambda world: {
            "email": world["eve"].email,
            "role": Role.TREASURER,
            "starts_on": clock.today("UTC"),
        },
    ),
    Page("people_end", {"ada"}, lambda world: {"pk": world.of(term).pk}, method="POST"),
    Page(
        "people_ask_reset",
        {"ada"},
        lambda world: {"pk": world["tara"].pk},
        method="POST",
        sends=lambda _: {"reason": "Showed me a passport."},
    ),
    Page("people_reset", {"ada"}, lambda world: {"pk": world.of(reset).pk}, method="POST"),
    Page(
        "people_withdraw_reset",
        {"ada"},
        lambda world: {"pk": world.of(reset).pk},
        method="POST",
    ),
]
