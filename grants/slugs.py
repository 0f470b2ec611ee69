"""Names as parts of an address: readable where the name is Latin, and never twice."""

import secrets

from django.db import IntegrityError, transaction
from django.utils.text import slugify

from grants.models import Project, Round


def give(row: Project | Round, text: str) -> None:
    """Save the row under a slug made of the text, with a number behind it where it is taken.

    Two who take the same one in the same moment do not meet: the later gets another.
    """
    stem = slugify(text)[:60].strip("-") or type(row).__name__.lower()
    for slug in (stem, *(f"{stem}-{number}" for number in range(2, 6))):
        taken = type(row).objects.filter(slug=slug).exclude(pk=row.pk)
        if not taken.exists() and _save(row, slug):
            return
    _save(row, f"{stem}-{secrets.token_hex(4)}")


def _save(row: Project | Round, slug: str) -> bool:
    row.slug = slug
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        if "slug" not in str(error):
            raise
        return False
    return True
