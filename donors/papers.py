"""What papers say of whom they are for, and in which language they say it."""

from django.conf import settings

from donors.models import Donor, Zoo


def facts(donor: Donor) -> dict[str, object]:
    """Beside the name: of an organisation, what stands on its invoices too; of a person nothing."""
    zoo = _zoo(donor)
    if zoo is None:
        return {}
    return {
        "address": zoo.billing_address.splitlines(),
        "country": zoo.organisation.country,
        "registration_number": zoo.organisation.registration_number,
    }


def language(donor: Donor) -> str:
    """The language in which papers are written to it."""
    zoo = _zoo(donor)
    wanted = zoo.language if zoo else donor.language
    return wanted if wanted in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE


def _zoo(donor: Donor) -> Zoo | None:
    if donor.organisation_id is None:
        return None
    return (
        Zoo.objects.select_related("organisation")
        .filter(organisation=donor.organisation_id)
        .first()
    )
