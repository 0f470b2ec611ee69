"""Donors from a table: found by their address, or new."""

from collections.abc import Sequence
from typing import Final

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from donors import donors
from donors.models import Donor
from funding import clock
from funding.audit import log
from funding.imports import kinds
from funding.imports.cells import WrongCell
from funding.imports.kinds import Field, Kind, Verdict
from funding.imports.models import Import, Row
from funding.users import guests

NAME: Final = "donors"

FIELDS: Final = (
    Field("name", gettext_lazy("Name"), is_needed=True, guesses=("donor", "full name")),
    Field(
        "email",
        gettext_lazy("E-mail"),
        is_needed=True,
        guesses=("e-mail", "mail", "email address"),
        is_key=True,
    ),
    Field("language", gettext_lazy("Language"), guesses=("lang",)),
)


def register() -> None:
    """Let donors be imported."""
    kinds.register(
        NAME,
        Kind(words=gettext_lazy("Donors without gifts"), fields=FIELDS, check=check, take=take),
    )


def check(batch: Import, rows: Sequence[Row]) -> list[Verdict]:
    """What is wrong with donors, or that they are known."""
    del batch
    addresses = {_address(row.values.get("email", "")) for row in rows}
    known = set(Donor.objects.filter(email__in=addresses).values_list("email", flat=True))
    return [_verdict(row, known) for row in rows]


def _verdict(row: Row, known: set[str]) -> Verdict:
    address = _address(row.values.get("email", ""))
    try:
        must_be_a_name(row.values.get("name", ""))
        must_be_an_address(address)
        language(row.values.get("language", ""))
    except WrongCell as error:
        return Verdict(error=str(error))
    if not address:
        return Verdict(error=_("A donor without a gift is known by an address."))
    return Verdict(is_known=address in known)


def take(batch: Import, rows: Sequence[Row], actor: str) -> None:
    """Write new donors down. Known ones keep the name on record."""
    people = found_or_made(
        [(row.values["email"], row.values["name"], row.values.get("language", "")) for row in rows]
    )
    guests.ensure_many({donor.email: donor.name for donor in people})
    log.record(
        actor=actor, action="donors.imported", subject=f"import:{batch.pk}", rows=len(people)
    )


def found_or_made(wanted: Sequence[tuple[str, str, str]]) -> list[Donor]:
    """For each (address, name, language) its donor; without an address a new one each."""
    now = clock.now()
    by_address: dict[str, Donor] = {}
    for email, name, spoken in wanted:
        if address := _address(email):
            by_address.setdefault(
                address,
                Donor(email=address, name=name.strip(), language=language(spoken), created_at=now),
            )
    Donor.objects.bulk_create(by_address.values(), ignore_conflicts=True)
    known = {
        # Seldom: one that was brought together with another one.
        donor.email: donors.standing(donor) if donor.merged_into_id else donor
        for donor in Donor.objects.filter(email__in=by_address)
    }
    nameless = [
        Donor(email="", name=name.strip(), language=language(spoken), created_at=now)
        for email, name, spoken in wanted
        if not _address(email)
    ]
    fresh = iter(Donor.objects.bulk_create(nameless))
    return [known[address] if (address := _address(email)) else next(fresh) for email, *_ in wanted]


def must_be_a_name(text: str) -> None:
    """Raises WrongCell for no name, or one that is too long."""
    if not text.strip() or len(text.strip()) > 200:
        raise WrongCell(_("A donor has a name of at most 200 letters."))


def must_be_an_address(text: str) -> None:
    """Raises WrongCell for what is no address; none at all is right."""
    if not text.strip():
        return
    try:
        validate_email(_address(text))
    except ValidationError as error:
        raise WrongCell(_("%s is no e-mail address.") % text) from error


def language(text: str) -> str:
    """A language of ours. Raises WrongCell."""
    word = text.strip().lower() or settings.LANGUAGE_CODE
    if word not in dict(settings.LANGUAGES):
        raise WrongCell(_("%s is no language that we write in.") % text)
    return word


def _address(text: str) -> str:
    return text.strip().lower()
