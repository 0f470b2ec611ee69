"""The legal body that receives: founded with what its books need, and corrected later."""

from dataclasses import asdict, dataclass

from django.db import IntegrityError, transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from funding import clock
from funding.audit import log
from funding.errors import Refused
from funding.ledger import accounts
from funding.ledger.models import Account, Fund, Kind, Restriction
from funding.parties.models import Entity


class SeriesTaken(Refused):
    """Another organisation numbers its papers with these letters."""


class OfficeUnnamed(Refused):
    """An office is somebody's, so it needs a name beside it."""


class PlaceUnnamed(Refused):
    """A place of money needs a name that can stand in the books."""


@dataclass(frozen=True, slots=True)
class Particulars:
    """What may be put right later. Papers already issued keep what they say."""

    legal_name: str
    registration_number: str
    address: str
    contact_email: str
    tax_regime: str
    signatory_name: str
    signatory_role: str
    cosignatory_name: str = ""
    cosignatory_role: str = ""
    giving_prefix: str = ""
    org_identifier: str = ""


@dataclass(frozen=True, slots=True)
class Frame:
    """What stays: where the body is, and how its time, its money and its papers are counted."""

    country: str
    zone: str
    currency: str
    series: str


def found(*, particulars: Particulars, frame: Frame, bank: str, actor: str) -> Entity:
    """Write a receiving body down, with its Treasury, a bank account and a Stripe clearing.

    Without these three its first gift could not be booked, so they come together or not at
    all. Raises SeriesTaken, PlaceUnnamed, OfficeUnnamed.
    """
    _must_be_named(particulars)
    try:
        with transaction.atomic():
            entity = Entity.objects.create(
                slug=_free_slug(particulars.legal_name, frame.series),
                **asdict(particulars),
                **asdict(frame),
            )
            _open_treasury(entity)
            accounts.open_place(
                entity_id=entity.pk, kind=Kind.CLEARING, slug=entity.slug, name="Stripe"
            )
            log.record(actor=actor, action="entity.founded", subject=f"entity:{entity.pk}")
            open_bank(entity_id=entity.pk, name=bank, actor=actor)
    except IntegrityError as error:
        if not Entity.objects.filter(series=frame.series).exists():
            raise
        raise SeriesTaken(
            _("An organisation with this series is here already. Papers need their own letters.")
        ) from error
    return entity


def change(*, entity_id: int, particulars: Particulars, actor: str) -> Entity:
    """Put name, address, contact or who signs right; again with the same words: nothing.

    Raises OfficeUnnamed.
    """
    _must_be_named(particulars)
    with transaction.atomic():
        entity = Entity.objects.select_for_update(no_key=True).get(pk=entity_id)
        wanted = asdict(particulars)
        changed = sorted(name for name, value in wanted.items() if getattr(entity, name) != value)
        if not changed:
            return entity
        for name in changed:
            setattr(entity, name, wanted[name])
        entity.save(update_fields=changed)
        log.record(
            actor=actor,
            action="entity.changed",
            subject=f"entity:{entity.pk}",
            fields=", ".join(changed),
        )
    return entity


def open_bank(*, entity_id: int, name: str, actor: str) -> Account:
    """Open a further bank account of an entity; the same name again: the same one.

    Raises PlaceUnnamed, and accounts.PlaceTaken when another body has that code.
    """
    with transaction.atomic():
        entity = Entity.objects.select_for_update(no_key=True).get(pk=entity_id)
        word = slugify(name)
        if not word:
            raise PlaceUnnamed(_("Name the bank account with Latin letters or digits."))
        code = f"{entity.slug[:20]}-{word}"[:50].rstrip("-")
        standing = Account.objects.filter(code=f"{Kind.BANK.value}:{code}").first()
        place = accounts.open_place(
            entity_id=entity_id, kind=Kind.BANK, slug=code, name=name.strip()
        )
        if standing is None:
            log.record(
                actor=actor,
                action="place.opened",
                subject=f"entity:{entity_id}",
                place=place.code,
            )
    return place


def _must_be_named(particulars: Particulars) -> None:
    if particulars.cosignatory_role and not particulars.cosignatory_name:
        raise OfficeUnnamed(_("Write who holds this office."))


def _open_treasury(entity: Entity) -> None:
    Fund.objects.create(
        entity=entity,
        slug=f"treasury-{entity.slug}"[:50],
        name="Treasury",
        purpose="Moves between places of money.",
        restriction=Restriction.UNRESTRICTED,
        currency=entity.currency,
        is_treasury=True,
        is_open_to_gifts=False,
        opened_on=clock.today(entity.zone),
        position=900,
    )


def _free_slug(legal_name: str, series: str) -> str:
    """A word for the books: from the name, else from the letters of its papers."""
    word = slugify(legal_name)[:30].strip("-") or series.lower()
    return f"{word}-{series.lower()}" if Entity.objects.filter(slug=word).exists() else word
