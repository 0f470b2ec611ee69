"""Searching for payees in our copies of sanctions lists, when asked and when a list is new."""

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from funding import clock
from funding.audit import log
from funding.users import roles
from funding.users.models import User
from grants import bank_details, sanctions, screenings
from grants.models import (
    Award,
    AwardState,
    BankDetails,
    SanctionsList,
    Screening,
    ScreeningResult,
)
from grants.sanctions import Hit


def names_of(award: Award, details: BankDetails | None) -> list[str]:
    """Whom to look up: the holder, the organisation, the applicant and the bank, each once."""
    project, applicant = award.application.project, award.application.applicant
    names = [
        details.holder if details else "",
        project.organisation.name,
        applicant.name,
        details.bank_name if details else "",
    ]
    return list(dict.fromkeys(filter(None, names)))


@transaction.atomic
def look_up(*, award_id: int, by: User) -> list[Screening]:
    """Search every list that we keep for an award's payee, and write down what came of each.

    A list that the same person has searched for the same names today is not searched again.
    Raises screenings.NotForScreening.
    """
    if not roles.has(by, *screenings.MAY_SCREEN):
        sentence = _("An officer, a treasurer or an administrator looks payees up.")
        raise screenings.NotForScreening(sentence)
    award = _locked(award_id)
    details = bank_details.current(award_id)
    if details is None:
        sentence = _("There are no bank details yet, so there is nobody to look up.")
        raise screenings.NotForScreening(sentence)
    found = sanctions.current()
    if not found:
        raise screenings.NotForScreening(_("No list was taken in yet."))
    return [_search(award, details, each, by) for each in found]


def search_payees(list_: SanctionsList) -> int:
    """Search a list for the payee of every active award; how many are like an entry.

    An award that was searched for in it with its present account is left out, so whoever died
    in the middle goes on.
    """
    likes = 0
    for award_id in Award.objects.filter(state=AwardState.ACTIVE).values_list("pk", flat=True):
        with transaction.atomic():
            award, details = _locked(award_id), bank_details.current(award_id)
            if details is None or _of(details).filter(searched=list_).exists():
                continue
            row = _search(award, details, list_, None)
            likes += row.result != ScreeningResult.NO_MATCH
    return likes


def _locked(award_id: int) -> Award:
    rows = Award.objects.select_for_update(no_key=True, of=("self",))
    return rows.select_related("application__project__organisation", "application__applicant").get(
        pk=award_id
    )


def _of(details: BankDetails) -> QuerySet[Screening]:
    return Screening.objects.filter(award_id=details.award_id, bank_sha256=details.sha256)


def _search(award: Award, details: BankDetails, list_: SanctionsList, by: User | None) -> Screening:
    names = names_of(award, details)
    looked_up = "\n".join(names)
    today = clock.now().date()
    same = _of(details).filter(searched=list_, made_by=by, names=looked_up, made_at__date=today)
    if row := same.order_by("-pk").first():
        return row
    known = _answered(details)
    hits = sanctions.search(list_, names)
    new = [hit for hit in hits if (hit.name, hit.reference) not in known]
    row = Screening.objects.create(
        award=award,
        names=looked_up,
        list_name=list_.name,
        list_date=list_.published_on,
        result=ScreeningResult.POSSIBLE if new else ScreeningResult.NO_MATCH,
        note=_note(new, len(hits) - len(new)),
        bank_sha256=details.sha256,
        searched=list_,
        found=sanctions.as_facts(new),
        made_by=by,
        made_at=clock.now(),
    )
    log.record(
        actor=f"user:{by.pk}" if by else "system",
        action="screening.recorded",
        subject=f"award:{award.pk}",
        screening=row.pk,
        result=str(row.result),
    )
    return row


def _answered(details: BankDetails) -> set[tuple[str, str]]:
    """Names and entries that two people have read about and found to be others."""
    rows = screenings.of(details)
    found: set[tuple[str, str]] = set()
    for at, row in enumerate(rows):
        later = {each.made_by_id for each in rows[:at] if each.searched_id is None and _no(each)}
        if len(later) >= screenings.FOUR_EYES:
            found |= {(hit["name"], hit["reference"]) for hit in row.found}
    return found


def _no(row: Screening) -> bool:
    return row.result == ScreeningResult.NO_MATCH


def _note(hits: list[Hit], known: int) -> str:
    sentence = ngettext(
        "Searched by the fund itself: one entry is like a name.",
        "Searched by the fund itself: %(n)s entries are like a name.",
        len(hits),
    )
    words = [sentence % {"n": len(hits)} if hits else _("Searched by the fund itself.")]
    words += [
        _("%(name)s is like %(listed)s (%(reference)s), %(percent)s per cent.")
        % {
            "name": hit.name,
            "listed": hit.listed,
            "reference": hit.reference,
            "percent": hit.percent,
        }
        for hit in hits[:10]
    ]
    if known:
        told = ngettext(
            "One more is known, and two people found it to be somebody else.",
            "%(n)s more are known, and two people found them to be somebody else.",
            known,
        )
        words.append(told % {"n": known})
    return " ".join(words)
