"""Declarations: what a taxpayer says, in which words, and for which gifts."""

import datetime as dt
from dataclasses import asdict, dataclass
from typing import Final

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from donors.giftaid import limits
from donors.models import Channel, Declaration, Gift, Instalment, Pledge, Scope
from donors.models.people import Donor
from funding import clock
from funding.audit import log
from funding.errors import Refused
from funding.mail import outbox
from funding.parties.models import Entity, TaxRegime

# HM Revenue and Customs' own sentence, in force since 6 April 2016. It is English law's, and
# stays in English.
UNDERSTOOD: Final = (
    "I am a UK taxpayer and understand that if I pay less Income Tax and/or Capital Gains Tax "
    "than the amount of Gift Aid claimed on all my donations in that tax year it is my "
    "responsibility to pay any difference."
)
# Within so many days of its confirmation a declaration by word of mouth can be taken back
# as if it had never been made.
ORAL_DAYS: Final = 30


class NotDeclared(Refused):
    """This cannot be declared so."""


@dataclass(frozen=True, slots=True)
class Taxpayer:
    """A name and a home address as the tax office wants them."""

    title: str
    first_name: str
    last_name: str
    house: str
    postcode: str


def is_on(entity: Entity) -> bool:
    """Whether this body claims Gift Aid: it says so, and keeps its books in pounds."""
    return entity.tax_regime == TaxRegime.UK_GIFT_AID and entity.currency == "GBP"


def wording(entity: Entity, scope: Scope, gift: Gift | None = None) -> str:
    """The words that a taxpayer declares: as they are stored, or before there is a gift."""
    if scope == Scope.ONE:
        of = f" of {gift.gross.text()}" if gift else ""
        return f"I want to Gift Aid my donation{of} to {entity.legal_name}. {UNDERSTOOD}"
    what = "I want to Gift Aid this donation and any donations I make in the future or have made"
    return f"{what} in the past 4 years to {entity.legal_name}. {UNDERSTOOD}"


def check(taxpayer: Taxpayer) -> Taxpayer:
    """The taxpayer as it is stored. Refuses: NotDeclared, for what the tax office does not take."""
    code = limits.postcode(taxpayer.postcode)
    if code is None:
        raise NotDeclared(_("Write a UK postcode such as EH12 6TS, or X for an address abroad."))
    said = Taxpayer(
        taxpayer.title.strip()[:4],
        " ".join(taxpayer.first_name.split()),
        " ".join(taxpayer.last_name.split()),
        " ".join(taxpayer.house.split()),
        code,
    )
    if not (said.first_name and said.last_name and said.house):
        raise NotDeclared(_("Write first name, last name, and the name or number of the house."))
    if max(len(said.first_name), len(said.last_name)) > 35 or len(said.house) > 40:
        raise NotDeclared(_("A name has at most 35 letters there, and a house at most 40."))
    return said


@transaction.atomic
def declare(
    *,
    donor_id: int,
    entity_id: int,
    scope: Scope,
    taxpayer: Taxpayer,
    channel: Channel,
    given_on: dt.date,
    actor: str,
    gift: Gift | None = None,
    pledge: Pledge | None = None,
) -> Declaration:
    """Write a declaration down. The same again, while it runs, is the one that stands.

    One of all gifts takes the place of an earlier one of the same giver. What the treasurer
    writes down is confirmed to the giver by mail. Refuses: NotDeclared.
    """
    entity, said = Entity.objects.get(pk=entity_id), check(taxpayer)
    if not is_on(entity):
        raise NotDeclared(_("%s does not claim Gift Aid.") % entity.legal_name)
    if given_on > clock.today(entity.zone):
        raise NotDeclared(_("A declaration is not made in the future."))
    # One giver's declarations one after the other.
    donor = Donor.objects.select_for_update(no_key=True).get(pk=donor_id)
    if (same := _standing(donor, entity, scope, said, gift)) is not None:
        return same
    if scope == Scope.ALL:
        _running(donor.pk, entity.pk).update(cancelled_on=given_on, cancelled_by=actor)
    made = Declaration.objects.create(
        **asdict(said),
        donor=donor,
        entity=entity,
        scope=scope,
        gift=gift,
        pledge=pledge,
        channel=channel,
        wording=wording(entity, scope, gift),
        given_on=given_on,
        covers_from=_covers_from(scope, given_on),
        recorded_at=clock.now(),
        recorded_by=actor,
    )
    facts: dict[str, int | str] = {"donor": donor.pk, "scope": scope.value}
    facts["channel"] = channel.value
    log.record(actor=actor, action="declaration.made", subject=f"declaration:{made.pk}", **facts)
    if channel in (Channel.PAPER, Channel.ORAL):
        _confirm(made)
    return made


def declare_with(gift: Gift, scope: Scope, taxpayer: Taxpayer) -> Declaration:
    """Declare on the form with which a gift begins; it counts once that gift is here."""
    return declare(
        donor_id=gift.donor_id,
        entity_id=gift.entity_id,
        scope=scope,
        taxpayer=taxpayer,
        channel=Channel.FORM,
        given_on=clock.today(gift.entity.zone),
        actor=f"donor:{gift.donor_id}",
        gift=gift,
    )


def declare_with_pledge(pledge: Pledge, taxpayer: Taxpayer) -> Declaration:
    """Declare for all gifts on the form with which a regular one begins; it counts once an
    instalment is here, and covers those that follow.
    """
    return declare(
        donor_id=pledge.donor_id,
        entity_id=pledge.entity_id,
        scope=Scope.ALL,
        taxpayer=taxpayer,
        channel=Channel.FORM,
        given_on=clock.today(pledge.entity.zone),
        actor=f"donor:{pledge.donor_id}",
        pledge=pledge,
    )


def _proven() -> Q:
    """Whose words were shown to be theirs: by an account, by hand, or by money that came."""
    paid = Instalment.objects.filter(pledge=OuterRef("pledge"), gift__settled_at__isnull=False)
    return (
        Q(gift__isnull=True, pledge__isnull=True)
        | Q(gift__settled_at__isnull=False)
        | Q(Exists(paid))
    )


def is_declared(gift: Gift) -> bool:
    """Whether a declaration came with this gift."""
    return Declaration.objects.filter(gift=gift).exists()


def _covers_from(scope: Scope, given_on: dt.date) -> dt.date:
    return limits.years_before(given_on, limits.BACK_YEARS) if scope == Scope.ALL else given_on


def _running(donor_id: int, entity_id: int) -> QuerySet[Declaration]:
    return Declaration.objects.filter(
        donor_id=donor_id, entity_id=entity_id, scope=Scope.ALL, cancelled_on__isnull=True
    )


def _standing(
    donor: Donor, entity: Entity, scope: Scope, said: Taxpayer, gift: Gift | None
) -> Declaration | None:
    if scope == Scope.ONE:
        return Declaration.objects.filter(gift=gift, scope=Scope.ONE).first()
    for one in _running(donor.pk, entity.pk).filter(_proven()):
        there = Taxpayer(one.title, one.first_name, one.last_name, one.house, one.postcode)
        if there == said:
            return one
    return None


@transaction.atomic
def cancel(*, declaration_id: int, actor: str) -> Declaration:
    """End a declaration from today on; gifts given before stay covered.

    One by word of mouth, within 30 days, covers nothing at all. A second time changes nothing.
    """
    declaration = Declaration.objects.select_for_update().get(pk=declaration_id)
    if declaration.cancelled_on is not None:
        return declaration
    today = clock.today(declaration.entity.zone)
    recorded_on = declaration.recorded_at.date()
    is_early = today <= recorded_on + dt.timedelta(days=ORAL_DAYS)
    is_void = declaration.channel == Channel.ORAL and is_early
    before_all = declaration.covers_from - dt.timedelta(days=1)
    declaration.cancelled_on = before_all if is_void else today
    declaration.cancelled_by = actor
    declaration.save(update_fields=["cancelled_on", "cancelled_by"])
    log.record(
        actor=actor,
        action="declaration.cancelled",
        subject=f"declaration:{declaration.pk}",
        from_the_start=is_void,
    )
    return declaration


def covering(gift: Gift, given_on: dt.date) -> Declaration | None:
    """The declaration that covers a gift given on this day, the one of this gift alone first."""
    lasts = Q(cancelled_on__isnull=True) | Q(cancelled_on__gte=given_on)
    rows = Declaration.objects.filter(_proven() & lasts, entity_id=gift.entity_id)
    own = rows.filter(scope=Scope.ONE, gift=gift).first()
    if own is not None:
        return own
    every = rows.filter(donor_id=gift.donor_id, scope=Scope.ALL, covers_from__lte=given_on)
    return every.order_by("-given_on", "-pk").first()


def of_addresses(addresses: list[str]) -> QuerySet[Declaration]:
    """The declarations of somebody who reads these addresses, those that run first."""
    rows = Declaration.objects.filter(donor__email__in=addresses).select_related("entity", "gift")
    return rows.order_by("cancelled_on", "-given_on", "-pk")


def latest_gift(addresses: list[str]) -> Gift | None:
    """The latest received gift of these addresses to a body that claims Gift Aid."""
    rows = Gift.objects.filter(
        donor__email__in=addresses,
        settled_at__isnull=False,
        entity__tax_regime=TaxRegime.UK_GIFT_AID,
        entity__currency="GBP",
    )
    return rows.select_related("entity").order_by("-settled_at", "-pk").first()


def _confirm(made: Declaration) -> None:
    entity = made.entity
    outbox.queue(
        key=f"declaration:{made.pk}:confirmation",
        cause=f"declaration:{made.pk}",
        to_address=made.donor.email,
        to_name=made.donor.name,
        template="declaration",
        context={
            "entity": {
                "legal_name": entity.legal_name,
                "address": entity.address.splitlines(),
                "contact_email": entity.contact_email,
            },
            "illustrative": entity.is_illustrative,
            "donor_name": made.donor.name,
            "wording": made.wording,
            "given_on": made.given_on,
            "recorded_on": made.recorded_at.date(),
            "is_oral": made.channel == Channel.ORAL,
            "days": ORAL_DAYS,
        },
        language=made.donor.language,
    )
