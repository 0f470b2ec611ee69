"""What the fund does in each country, proposed by one person and confirmed by another.

Three partners put three regimes of sanctions on the money at once. What stands for a country of
which nobody has laid anything down is said by the database, which refuses by the same words.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from django.db import connection, transaction
from django.utils.translation import gettext as _

from funding import clock
from funding.audit import log
from funding.errors import Refused
from funding.users import roles
from funding.users.models import Role, User
from grants import countries
from grants.models import Award, BankDetails, CountryRule, Policy

MAY_LAY_DOWN: Final = (Role.TREASURER, Role.ADMINISTRATOR)
MAY_READ: Final = (Role.OFFICER, Role.CHAIR, *MAY_LAY_DOWN)

_STANDING: Final = "SELECT policy, licence, licence_until FROM grants_country_policy(%s)"


class NotARule(Refused):
    """This cannot be laid down like this. `field` is the one to look at."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


class CountryBlocked(Refused):
    """Nothing is paid there, or not under this licence."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What counts for one country now."""

    country: str
    policy: Policy
    licence: str
    licence_until: dt.date | None

    @property
    def name(self) -> str:
        """The country's, in the reader's language."""
        return countries.name(self.country)

    @property
    def sentence(self) -> str:
        """What follows from it; empty where nothing does."""
        facts = {"country": self.name, "licence": self.licence, "until": self.licence_until}
        if self.policy == Policy.CAREFUL:
            return _("%(country)s: two people look the payee up.") % facts
        if self.policy == Policy.LICENSED:
            return _("%(country)s: paid under licence %(licence)s, until %(until)s.") % facts
        if self.policy == Policy.BLOCKED:
            return _("%(country)s: nothing is paid without a licence.") % facts
        return ""


def of(country: str) -> Standing:
    """What counts for a country, by its ISO code."""
    with connection.cursor() as cursor:
        cursor.execute(_STANDING, [country])
        policy, licence, until = cursor.fetchone()
    return Standing(country, Policy(policy), licence, until)


def touched(award: Award, details: BankDetails | None) -> list[str]:
    """The countries of the work, the organisation and the bank, each once."""
    project = award.application.project
    bank = details.country if details else ""
    found = [str(project.country), project.organisation.country, bank]
    return sorted({country for country in found if country})


def standing(award: Award, details: BankDetails | None) -> list[Standing]:
    """What counts for each country that an award touches, without those that are as everywhere."""
    found = (of(country) for country in touched(award, details))
    return [each for each in found if each.policy != Policy.OPEN]


def needs_two(award: Award, details: BankDetails) -> bool:
    """Whether two people have to look the payee up."""
    return bool(standing(award, details))


def must_allow(award: Award, details: BankDetails, on: dt.date) -> None:
    """Raise CountryBlocked where nothing may be paid on this day."""
    for each in standing(award, details):
        facts = {"country": each.name, "licence": each.licence, "until": each.licence_until}
        if each.policy == Policy.BLOCKED:
            sentence = _("Nothing is paid for %(country)s. It needs a licence, or another rule.")
            raise CountryBlocked(sentence % facts)
        if each.policy == Policy.LICENSED and (each.licence_until or on) < on:
            sentence = _("Licence %(licence)s for %(country)s ended on %(until)s.")
            raise CountryBlocked(sentence % facts)


@transaction.atomic
def propose(
    *,
    country: str,
    policy: Policy,
    reason: str,
    by: User,
    licence: str = "",
    licence_until: dt.date | None = None,
) -> CountryRule:
    """Lay down what is done in a country. To block counts at once, the rest once confirmed.

    The same again while it waits is the row that stands. Raises NotARule.
    """
    _must_be_able(by)
    is_licence = policy == Policy.LICENSED
    said = {
        "country": country,
        "policy": policy,
        "reason": reason.strip(),
        "licence": " ".join(licence.split()) if is_licence else "",
        "licence_until": licence_until if is_licence else None,
    }
    if not countries.is_known(country):
        raise NotARule("country", _("Choose a country."))
    if is_licence and (not said["licence"] or licence_until is None):
        raise NotARule("licence", _("Write the reference of the licence and its last day."))
    if is_licence and licence_until and licence_until < clock.today("UTC"):
        raise NotARule("licence_until", _("This licence is over."))
    if not said["reason"]:
        raise NotARule("reason", _("Write why. It is kept with the rule."))
    before = CountryRule.objects.filter(country=country).order_by("-pk").first()
    if before and all(getattr(before, name) == value for name, value in said.items()):
        return before
    row = CountryRule.objects.create(proposed_by=by, proposed_at=clock.now(), **said)
    _record(row, by, "proposed")
    return row


@transaction.atomic
def confirm(*, rule_id: int, by: User) -> CountryRule:
    """Let a rule count, as another person than who proposed it; again: as it stands.

    Raises NotARule, also when something else was laid down for the country meanwhile.
    """
    _must_be_able(by)
    row = CountryRule.objects.select_for_update(of=("self",)).get(pk=rule_id)
    if row.confirmed_by_id:
        return row
    if row.proposed_by_id == by.pk:
        raise NotARule("", _("You proposed it, so another person confirms it."))
    if CountryRule.objects.filter(country=row.country, pk__gt=row.pk).exists():
        raise NotARule("", _("Something else was laid down for this country meanwhile."))
    row.confirmed_by, row.confirmed_at = by, clock.now()
    row.save(update_fields=["confirmed_by", "confirmed_at"])
    _record(row, by, "confirmed")
    return row


def unconfirmed(rows: Iterable[CountryRule] | None = None) -> list[CountryRule]:
    """Rules that wait for a second person: the last of its country, and not a blocking one."""
    last: dict[str, CountryRule] = {}
    asked = CountryRule.objects.select_related("proposed_by").order_by("pk")
    for row in asked if rows is None else rows:
        last[row.country] = row
    return [
        row for row in last.values() if not row.confirmed_by_id and row.policy != Policy.BLOCKED
    ]


def _must_be_able(by: User) -> None:
    if not roles.has(by, *MAY_LAY_DOWN):
        raise NotARule("", _("A treasurer or an administrator lays this down."))


def _record(row: CountryRule, by: User, verb: str) -> None:
    log.record(
        actor=f"user:{by.pk}",
        action=f"country_rule.{verb}",
        subject=f"country:{row.country}",
        rule=row.pk,
        policy=str(row.policy),
    )
