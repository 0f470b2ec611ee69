"""What donors agree to, purpose by purpose: given and taken back, with the words shown.

Nothing is agreed to by silence. Every answer is a further row; the last one of a purpose
stands, and taking back is as easy as giving was.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from donors.models import Consent, Donor, Purpose
from donors.models.people import MOST_ADDRESS_LETTERS
from funding import clock
from funding.audit import log
from funding.errors import Refused

# The sentence beside each box, stored with every answer to it. Whether a name is shown is asked
# gift by gift; what was once answered to it for all gifts stands in the history and counts no more.
WORDINGS: Final[dict[Purpose, Any]] = {
    Purpose.NEWS: gettext_lazy("Send me news of the projects, a few times a year."),
    Purpose.PROJECTS: gettext_lazy("Write to me when a project needs help that I might give."),
    Purpose.POST: gettext_lazy("Thank me by post, with a card now and then."),
}


class AddressMissing(Refused):
    """A card by post needs an address to go to."""


@dataclass(frozen=True, slots=True)
class Choices:
    """What a person answers on the account: the purposes agreed to, and where a card goes."""

    agreed: frozenset[Purpose]
    address: str


def may(*, donor_id: int, purpose: Purpose) -> bool:
    """Whether the donor agrees to this today."""
    latest = Consent.objects.filter(donor=donor_id, purpose=purpose).order_by("-pk").first()
    return latest is not None and latest.is_given


def standing(addresses: Collection[str]) -> frozenset[Purpose]:
    """What all donors of these addresses agree to today."""
    donors = list(Donor.objects.filter(email__in=addresses).values_list("pk", flat=True))
    agreed = {pk: _agreed(pk) for pk in donors}
    return frozenset(
        purpose for purpose in WORDINGS if donors and all(purpose in agreed[pk] for pk in donors)
    )


def history(addresses: Collection[str]) -> QuerySet[Consent]:
    """Every answer that was given for these addresses, the latest first."""
    rows = Consent.objects.filter(donor__email__in=addresses).select_related("donor")
    return rows.order_by("-recorded_at", "-pk")


@transaction.atomic
def answer(*, addresses: Collection[str], choices: Choices, actor: str) -> int:
    """Write down what changed for the donors of these addresses. Returns how many answers.

    Refuses: AddressMissing. The address goes when the cards are not wanted any more.
    """
    address = choices.address.strip()[:MOST_ADDRESS_LETTERS]
    wants_post = Purpose.POST in choices.agreed
    if wants_post and not address:
        raise AddressMissing(_("Write the address to which a card can go."))
    changed = 0
    for donor in Donor.objects.select_for_update().filter(email__in=addresses).order_by("pk"):
        before = _agreed(donor.pk)
        for purpose in WORDINGS:
            if (purpose in before) != (purpose in choices.agreed):
                _record(donor, purpose, is_given=purpose in choices.agreed, actor=actor)
                changed += 1
        if donor.postal_address != (kept := address if wants_post else ""):
            donor.postal_address = kept
            donor.save(update_fields=["postal_address"])
            log.record(actor=actor, action="donor.address_changed", subject=f"donor:{donor.pk}")
    return changed


@transaction.atomic
def record_from_form(donor: Donor, purpose: Purpose) -> None:
    """Note, in the open transaction if there is one, what was agreed to on the giving form.

    Saying nothing there changes nothing, and saying yes again is no further answer.
    """
    Donor.objects.select_for_update(no_key=True).get(pk=donor.pk)
    if purpose not in _agreed(donor.pk):
        _record(donor, purpose, is_given=True, actor=f"donor:{donor.pk}")


def _agreed(donor_id: int) -> frozenset[Purpose]:
    rows = Consent.objects.filter(donor=donor_id).order_by("purpose", "-pk").distinct("purpose")
    return frozenset(Purpose(row.purpose) for row in rows if row.is_given)


def _record(donor: Donor, purpose: Purpose, *, is_given: bool, actor: str) -> None:
    Consent.objects.create(
        donor=donor,
        purpose=purpose,
        is_given=is_given,
        wording=str(WORDINGS[purpose]),
        recorded_at=clock.now(),
    )
    log.record(
        actor=actor,
        action="consent.given" if is_given else "consent.taken_back",
        subject=f"donor:{donor.pk}",
        purpose=purpose.value,
    )


def wordings() -> Mapping[Purpose, str]:
    """Every purpose with its sentence, in the language that is spoken now."""
    return {purpose: str(words) for purpose, words in WORDINGS.items()}
