"""Finding the person behind a gift, and remembering what they agreed to."""

from django.utils.translation import gettext as _

from donors.models import Consent, Donor, Purpose
from funding import clock


def find_or_create(*, name: str, email: str, language: str) -> Donor:
    """The donor with this address, in the open transaction; a new one with this name if none.

    A known donor keeps the name on record: whoever types an address on a public form must not
    be able to rename its owner. The name for the receipt stands on the gift.
    """
    donor, _made = Donor.objects.get_or_create(
        email=email.strip().lower(),
        defaults={"name": name.strip(), "language": language, "created_at": clock.now()},
    )
    return donor


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
