"""Finding the person behind a gift, how they like it, and forgetting who they were."""

from collections.abc import Collection

from django.db import transaction
from django.utils.translation import gettext as _

from donors.models import ERASED, Donor, Gift, Pledge
from donors.models.pledges import RUNNING
from funding import clock
from funding.audit import log
from funding.errors import Refused


class Erased(Refused):
    """The donor was removed, so nothing new is theirs."""


@transaction.atomic
def find_or_create(*, name: str, email: str, language: str) -> Donor:
    """The donor with this address, in the open transaction; a new one with this name if none.

    A known donor keeps the name on record: whoever types an address on a public form must not
    be able to rename its owner. The name for the receipt stands on the gift. Somebody without
    an address is a donor of their own each time.
    """
    if not email.strip():
        return Donor.objects.create(
            name=name.strip(), email="", language=language, created_at=clock.now()
        )
    while True:
        donor, _made = Donor.objects.get_or_create(
            email=email.strip().lower(),
            defaults={"name": name.strip(), "language": language, "created_at": clock.now()},
        )
        try:
            return standing(donor)
        except Erased:
            # They were removed while we waited for them; whoever gives now is somebody new.
            continue


@transaction.atomic
def standing(donor: Donor) -> Donor:
    """The donor itself, or the one that it was brought together with.

    Locked in the open transaction, so that it is not brought in to another meanwhile.
    Refuses: Erased.
    """
    while donor.merged_into_id is not None:
        donor = Donor.objects.get(pk=donor.merged_into_id)
    locked = Donor.objects.select_for_update(no_key=True).get(pk=donor.pk)
    if locked.erased_at is not None:
        raise Erased(_("This donor was removed. Enter the gift for a new one."))
    return locked if locked.merged_into_id is None else standing(locked)


def led_here(donor_id: int) -> list[int]:
    """The donor and all that were brought in to it, also by way of one another."""
    found = last = [donor_id]
    while last:
        last = list(Donor.objects.filter(merged_into__in=last).values_list("pk", flat=True))
        found = found + last
    return found


@transaction.atomic
def forget(donor_id: int) -> None:
    """Take away who a donor was, for good. Harmless when repeated. The caller says so in the log.

    Gifts stay theirs, so that no sum changes. Whoever gives with the address later is somebody
    new.
    """
    donor = Donor.objects.select_for_update(of=("self",)).get(pk=donor_id)
    if donor.erased_at is not None:
        return
    donor.name, donor.email, donor.postal_address, donor.currency = ERASED, "", "", ""
    donor.erased_at = clock.now()
    donor.save()


def take_names(donor_ids: Collection[int]) -> None:
    """Take away who these donors are, in the open transaction; they stand on for their gifts.

    So a gift of theirs that is still found has its donor, and nobody is written to.
    """
    Donor.objects.filter(pk__in=donor_ids).update(
        name=ERASED, email="", postal_address="", currency=""
    )
    for rows in (Gift.objects, Pledge.objects):
        rows.filter(donor__in=donor_ids).update(donor_name=ERASED, message="")


def language(addresses: Collection[str]) -> str | None:
    """The language in which the donor of these addresses is written to; None: not a donor."""
    rows = Donor.objects.filter(email__in=addresses).order_by("pk")
    return rows.values_list("language", flat=True).first()


@transaction.atomic
def speak(*, addresses: Collection[str], language: str) -> None:
    """Write to the donors of these addresses in another language, also about what runs.

    Gifts keep the language in which they were made, and so do their receipts.
    """
    for donor in Donor.objects.select_for_update().filter(email__in=addresses).order_by("pk"):
        donor.language = language
        donor.save(update_fields=["language"])
        Pledge.objects.filter(donor=donor, state__in=RUNNING).update(language=language)


@transaction.atomic
def prefer(*, addresses: Collection[str], currency: str, actor: str) -> None:
    """Let the giving form start with this currency for the donors of these addresses."""
    for donor in Donor.objects.select_for_update().filter(email__in=addresses).order_by("pk"):
        if donor.currency != currency:
            donor.currency = currency
            donor.save(update_fields=["currency"])
            subject = f"donor:{donor.pk}"
            log.record(actor=actor, action="donor.currency", subject=subject, currency=currency)


def currency(addresses: Collection[str]) -> str:
    """The currency that the donor of these addresses prefers; empty where none was chosen."""
    rows = Donor.objects.filter(email__in=addresses).exclude(currency="").order_by("pk")
    return rows.values_list("currency", flat=True).first() or ""
