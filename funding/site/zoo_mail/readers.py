"""Who is mailed the papers of a zoo, and in which language."""

from dataclasses import dataclass

from django.conf import settings
from django.db import transaction

from donors import donors
from donors.models import Zoo
from donors.zoos import members
from funding import clock
from funding.audit import log
from funding.parties.models import Membership, Part
from funding.site.models import PaperReader

_PARTS = (Part.OWNER, Part.FINANCE)


@dataclass(frozen=True, slots=True)
class Reader:
    """An address that gets one mail. `key` is the same for as long as the person acts for it."""

    key: str
    address: str
    name: str
    language: str


def of(zoo: Zoo) -> list[Reader]:
    """Everybody who wants them, each address once: the finance contact, owners and finance."""
    unwanted = set(
        PaperReader.objects.filter(zoo=zoo, wants=False).values_list("membership", flat=True)
    )
    found = [] if None in unwanted else [_contact(zoo)]
    acting = members.of(zoo).filter(part__in=_PARTS, user__is_active=True)
    found += [_person(zoo, member) for member in acting if member.pk not in unwanted]
    first: dict[str, Reader] = {}
    for reader in found:
        first.setdefault(reader.address.lower(), reader)
    return list(first.values())


def wants(zoo: Zoo, membership: Membership | None) -> bool:
    """Whether a member, or the finance contact, is mailed papers."""
    row = PaperReader.objects.filter(zoo=zoo, membership=membership).first()
    return row is None or row.wants


@transaction.atomic
def choose(*, zoo_id: int, membership_id: int | None, wants: bool, actor: str) -> None:
    """Mail papers to a member, or to the finance contact (None), or no longer; again: nothing."""
    zoo = Zoo.objects.select_for_update(no_key=True).get(pk=zoo_id)
    rows = PaperReader.objects.filter(zoo=zoo, membership=membership_id)
    row = rows.first()
    if (row is None or row.wants) == wants:
        return
    row = row or PaperReader(zoo=zoo, membership_id=membership_id)
    row.wants, row.changed_at = wants, clock.now()
    row.save()
    log.record(
        actor=actor,
        action="zoo.papers_wanted" if wants else "zoo.papers_unwanted",
        subject=f"zoo:{zoo.pk}",
        membership=membership_id or 0,
    )


def _contact(zoo: Zoo) -> Reader:
    return Reader("finance", zoo.finance_email, zoo.finance_name or zoo.legal_name, _known(zoo))


def _person(zoo: Zoo, member: Membership) -> Reader:
    user = member.user
    language = donors.language([user.email]) or _known(zoo)
    return Reader(str(member.pk), user.email, user.name or zoo.legal_name, language)


def _known(zoo: Zoo) -> str:
    return zoo.language if zoo.language in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
