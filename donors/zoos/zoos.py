"""A zoo as papers print it: founded by the fund's staff, and put right by its own people."""

from dataclasses import dataclass

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _

from donors.models import Association, Donor, Gift, Zoo
from donors.zoos import invitations, logos, numbers, words
from funding import clock
from funding.audit import log
from funding.errors import Refused
from funding.parties.models import Membership, Organisation, Part
from funding.users.models import User


class NotAProfile(Refused):
    """Something about the zoo is missing or cannot be so. `field` is the one to look at."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


@dataclass(frozen=True, slots=True)
class Profile:
    """What is told of a zoo; the country is an ISO code, the language one of ours."""

    name: str
    legal_name: str
    country: str
    finance_email: str
    registration_number: str = ""
    vat_number: str = ""
    billing_address: str = ""
    finance_name: str = ""
    website: str = ""
    association: str = ""
    language: str = settings.LANGUAGE_CODE


def of_person(user: User) -> QuerySet[Zoo]:
    """The zoos that the person acts for today."""
    mine = Membership.objects.filter(user=user, ended_at__isnull=True)
    rows = Zoo.objects.filter(organisation__in=mine.values("organisation_id"))
    return rows.select_related("organisation").order_by("organisation__name", "pk")


def found(*, profile: Profile, owner_email: str, actor: str) -> Zoo:
    """Write a zoo down, with the donor that stands for it, and invite its first owner.

    Refuses: NotAProfile, and what `invitations.invite` refuses.
    """
    told = read(profile)
    with transaction.atomic():
        now = clock.now()
        body = Organisation.objects.create(
            name=told.name,
            country=told.country,
            registration_number=told.registration_number,
            website=told.website,
            created_at=now,
        )
        zoo = Zoo(organisation=body, created_at=now, created_by=actor)
        _fill(zoo, told)
        zoo.save()
        Donor.objects.create(
            name=told.legal_name, organisation=body, language=told.language, created_at=now
        )
        log.record(actor=actor, action="zoo.founded", subject=f"zoo:{zoo.pk}")
        invitations.invite(zoo_id=zoo.pk, email=owner_email, part=Part.OWNER, actor=actor)
    return zoo


def change(*, zoo_id: int, profile: Profile, actor: str) -> Zoo:
    """Put the profile right; again with the same words: nothing. Papers keep what they say.

    Refuses: NotAProfile.
    """
    told = read(profile)
    with transaction.atomic():
        zoo = lock(zoo_id)
        before = told_of(zoo)
        if before == told:
            return zoo
        body = zoo.organisation
        body.name, body.country, body.website = told.name, told.country, told.website
        body.registration_number = told.registration_number
        body.save()
        _fill(zoo, told)
        zoo.save()
        # The donor's name is what receipts to come are made out to.
        donors = Donor.objects.filter(organisation=body)
        donors.update(name=told.legal_name, language=told.language)
        fields = [
            name for name in Profile.__slots__ if getattr(before, name) != getattr(told, name)
        ]
        log.record(
            actor=actor, action="zoo.changed", subject=f"zoo:{zoo.pk}", fields=" ".join(fields)
        )
    return zoo


def set_logo(*, zoo_id: int, content: bytes | None, actor: str) -> Zoo:
    """Take this picture as the logo, drawn anew; None takes it away. Refuses: NotAPicture."""
    drawn = None if content is None else logos.drawn_anew(content)
    with transaction.atomic():
        zoo = lock(zoo_id)
        if drawn == (None if zoo.logo is None else bytes(zoo.logo)):
            return zoo
        zoo.logo = drawn
        zoo.save(update_fields=["logo"])
        action = "zoo.logo_removed" if drawn is None else "zoo.logo_changed"
        log.record(actor=actor, action=action, subject=f"zoo:{zoo.pk}")
    return zoo


def show(*, zoo_id: int, is_shown: bool, actor: str) -> Zoo:
    """Show the zoo among the supporters, or no longer; again: nothing."""
    with transaction.atomic():
        zoo = lock(zoo_id)
        if is_shown == (zoo.shown_since is not None):
            return zoo
        zoo.shown_since = clock.now() if is_shown else None
        zoo.save(update_fields=["shown_since"])
        action = "zoo.shown" if is_shown else "zoo.hidden"
        log.record(actor=actor, action=action, subject=f"zoo:{zoo.pk}")
    return zoo


def supporters() -> QuerySet[Zoo]:
    """The zoos that want to be shown, and have given something that is still here."""
    given = Gift.objects.filter(donor__organisation=OuterRef("organisation"), state="settled")
    rows = Zoo.objects.filter(Exists(given), shown_since__isnull=False)
    return rows.select_related("organisation").order_by("organisation__name", "pk")


def lock(zoo_id: int) -> Zoo:
    """The zoo, locked with its organisation for the rest of the transaction."""
    body_id = Zoo.objects.values_list("organisation_id", flat=True).get(pk=zoo_id)
    # The organisation first: the trigger that looks for owners takes that lock as well.
    body = Organisation.objects.select_for_update(no_key=True).get(pk=body_id)
    zoo = Zoo.objects.select_for_update(no_key=True).get(pk=zoo_id)
    zoo.organisation = body
    return zoo


def told_of(zoo: Zoo) -> Profile:
    """The profile as it stands."""
    body = zoo.organisation
    return Profile(
        name=body.name,
        legal_name=zoo.legal_name,
        country=body.country,
        finance_email=zoo.finance_email,
        registration_number=body.registration_number,
        vat_number=zoo.vat_number,
        billing_address=zoo.billing_address,
        finance_name=zoo.finance_name,
        website=body.website,
        association=zoo.association,
        language=zoo.language,
    )


def read(profile: Profile) -> Profile:
    """The profile cleaned. Refuses: NotAProfile."""
    name, legal = words.one_line(profile.name), words.one_line(profile.legal_name)
    if not name:
        raise NotAProfile("name", _("Write the name of the zoo."))
    if len(profile.country) != 2:
        raise NotAProfile("country", _("Choose the country of the zoo."))
    number = words.one_line(profile.registration_number, 60)
    if number and not numbers.is_registration(number):
        sentence = _("A registration number has digits, and perhaps letters, dashes and points.")
        raise NotAProfile("registration_number", sentence)
    vat = numbers.vat(profile.vat_number)
    if vat and not numbers.is_vat(vat, profile.country):
        sentence = _("VAT numbers of this country look otherwise. Leave it empty if you have none.")
        raise NotAProfile("vat_number", sentence)
    if profile.association not in Association.values:
        raise NotAProfile("association", _("Choose an association from the list."))
    if profile.language not in dict(settings.LANGUAGES):
        raise NotAProfile("language", _("Choose a language from the list."))
    return Profile(
        name=name,
        legal_name=legal or name,
        country=profile.country,
        finance_email=_address(profile.finance_email),
        registration_number=number,
        vat_number=vat,
        billing_address=words.lines(profile.billing_address),
        finance_name=words.one_line(profile.finance_name, 120),
        website=profile.website.strip(),
        association=profile.association,
        language=profile.language,
    )


def _address(text: str) -> str:
    address = text.strip().lower()
    try:
        validate_email(address)
    except ValidationError as error:
        sentence = _("Write the address to which invoices are mailed.")
        raise NotAProfile("finance_email", sentence) from error
    return address


def _fill(zoo: Zoo, told: Profile) -> None:
    for name in ("legal_name", "vat_number", "billing_address", "finance_name", "finance_email"):
        setattr(zoo, name, getattr(told, name))
    zoo.association, zoo.language = told.association, told.language
