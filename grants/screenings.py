"""Looking payees up in sanctions lists, and what a look is worth.

Nobody is ever cleared: a look says that no match was found in one list of one day.
"""

import datetime as dt
from collections.abc import Iterable
from typing import Final

from django.db import transaction
from django.utils.translation import gettext as _

from funding import clock
from funding.audit import log
from funding.errors import Refused
from funding.users import roles
from funding.users.models import Role, User
from grants import bank_details, country_rules, sanctions
from grants.models import Award, BankDetails, Screening, ScreeningResult

COUNTS_FOR: Final = dt.timedelta(days=30)
FOUR_EYES: Final = 2
MAY_SCREEN: Final = (Role.OFFICER, Role.TREASURER, Role.ADMINISTRATOR)


class NotScreened(Refused):
    """The payee was not looked up as a payment needs it."""


class NotForScreening(Refused):
    """The look cannot be written down like this."""


@transaction.atomic
def record(
    *,
    award_id: int,
    names: str,
    list_name: str,
    list_date: dt.date,
    result: ScreeningResult,
    note: str,
    by: User,
) -> Screening:
    """Write down a look into a list, for the bank details that stand now.

    `names` has one name per line, the account holder among them. Raises NotForScreening.
    """
    if not roles.has(by, *MAY_SCREEN):
        raise NotForScreening(_("An officer, a treasurer or an administrator looks payees up."))
    award = Award.objects.select_for_update(no_key=True).get(pk=award_id)
    details = bank_details.current(award_id)
    if details is None:
        raise NotForScreening(_("There are no bank details yet, so there is nobody to look up."))
    looked_up = [" ".join(line.split()) for line in names.splitlines() if line.strip()]
    if details.holder.casefold() not in {name.casefold() for name in looked_up}:
        sentence = _("Look the account holder up as well: %(holder)s.")
        raise NotForScreening(sentence % {"holder": details.holder})
    if not list_name.strip() or not note.strip():
        raise NotForScreening(_("Name the list, and write what you looked at and what you saw."))
    if list_date > clock.today(award.entity.zone):
        raise NotForScreening(_("The list cannot be of a day that is still to come."))
    screening = Screening.objects.create(
        award=award,
        names="\n".join(looked_up),
        list_name=list_name.strip(),
        list_date=list_date,
        result=result,
        note=note.strip(),
        bank_sha256=details.sha256,
        made_by=by,
        made_at=clock.now(),
    )
    log.record(
        actor=f"user:{by.pk}",
        action="screening.recorded",
        subject=f"award:{award.pk}",
        screening=screening.pk,
        result=str(result),
    )
    return screening


def of(details: BankDetails) -> list[Screening]:
    """Every look at these bank details, the latest first."""
    rows = Screening.objects.filter(award_id=details.award_id, bank_sha256=details.sha256)
    return list(rows.select_related("made_by", "searched").order_by("-pk"))


def read_since_match(rows: Iterable[Screening]) -> tuple[bool, list[Screening]]:
    """Whether a match stands among looks, the latest first, and who has looked since.

    After a match only what a person has read counts, not a further search.
    """
    since: list[Screening] = []
    for row in rows:
        if row.result != ScreeningResult.NO_MATCH:
            return True, [each for each in since if each.searched_id is None]
        if row.made_by_id:
            since.append(row)
    return False, since


def lack(details: BankDetails, releaser: User) -> str:
    """What keeps this person from a release, as a sentence; empty if a look stands for it."""
    try:
        needed_for_release(details, releaser)
    except NotScreened as refusal:
        return refusal.sentence
    return ""


def needed_for_release(details: BankDetails, releaser: User) -> Screening:
    """The look that a release by this person stands on. Raises NotScreened with the reason.

    A match stops the payment until two people have read about it since, however old it is. Two
    look as well where the country asks for care, and each list that we keep has to be searched.
    """
    rows = of(details)
    is_match, since = read_since_match(rows)
    if is_match and not since:
        raise NotScreened(_("The last look into a list found a match. Look into it first."))
    if not rows:
        raise NotScreened(_("Nobody has looked up the payee with these bank details yet."))
    _must_be_searched(rows)
    young = [each for each in since if clock.now() - each.made_at <= COUNTS_FOR]
    if not young:
        sentence = _("The last look into a list is older than %(days)s days.")
        raise NotScreened(sentence % {"days": COUNTS_FOR.days})
    others = [each for each in young if each.made_by_id != releaser.pk]
    if not others:
        raise NotScreened(_("You looked the payee up yourself. Another person looks as well."))
    if len({each.made_by_id for each in young}) < FOUR_EYES:
        if is_match:
            raise NotScreened(_("A match was found. A second person looks into it as well."))
        if country_rules.needs_two(details.award, details):
            sentence = _("For this country a second person looks the payee up as well.")
            raise NotScreened(sentence)
    return others[0]


def _must_be_searched(rows: Iterable[Screening]) -> None:
    searched = {row.searched_id for row in rows}
    for each in sanctions.current():
        if each.pk not in searched:
            sentence = _("The payee was not searched for in %(list)s of %(day)s yet.")
            facts = {"list": each.name, "day": each.published_on.isoformat()}
            raise NotScreened(sentence % facts)
