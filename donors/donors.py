"""Finding the person behind a gift, and remembering what they agreed to."""

from collections.abc import Collection

from django.db import transaction
from django.utils.translation import gettext as _

from donors.models import Consent, Donor, Pledge, Purpose
from donors.models.pledges import RUNNING
from funding import clock


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
    donor, _made = Donor.objects.get_or_create(
        email=email.strip().lower(),
        defaults={"name": name.strip(), "language": language, "created_at": clock.now()},
    )
    return donor


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


def news_wording() -> str:
    """The sentence beside the box, stored with every answer to it."""
    return _("Send me news of the projects, a few times a year.")


def record_news_consent(donor: Donor) -> None:
    """Note that the donor asked for news. Saying nothing changes nothing."""
    Consent.objects.create(
        donor=donor,
        purpose=Purpose.NEWS,
        is_given=True,
        wording=news_wording(),
        recorded_at=clock.now(),
    )
