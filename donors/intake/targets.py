"""The first two things that a line of a bank statement can be: a gift, or known already."""

import datetime as dt
from dataclasses import dataclass
from typing import Final

from django.db.models import QuerySet, Sum
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from donors import donors
from donors.intake import matching, offline
from donors.intake.matching import NotThisOne, Suggestion, Target
from donors.intake.offline import Slip
from donors.models import BankLine, BankPart, Donor, Gift, GiftState, Means
from donors.public_names import Shown
from funding.ledger.models import Entry, Posting

GIFT: Final = "gift"
BOOKED: Final = "booked"
# How far the day in the books and the day on the statement may lie apart.
_APART: Final = dt.timedelta(days=10)


@dataclass(frozen=True, slots=True)
class Giver:
    """Who gave a part of a line, and for what. `lines` are fund ids with their minor units."""

    name: str
    email: str
    lines: tuple[tuple[int, int], ...]
    # The name that they want to be shown, with words on how and when they asked for that.
    shown: Shown | None = None
    asked_words: str = ""
    message: str = ""
    language: str = "en"
    donor_id: int | None = None


def register() -> None:
    """Let gifts and what is in the books already be what lines turn out to be."""
    matching.register_target(
        GIFT, Target(gettext_lazy("A gift"), suggest_gift, take_gift, let_gift_go)
    )
    matching.register_target(
        BOOKED,
        Target(gettext_lazy("In the books already"), suggest_booked, take_booked, let_booked_go),
    )


def suggest_gift(line: BankLine) -> list[Suggestion]:
    """A gift like the last one from the same account; certain when the sum is the same."""
    if line.amount_minor < 0 or not line.payer_iban:
        return []
    before = BankPart.objects.filter(
        kind=GIFT, undone_at=None, line__payer_iban=line.payer_iban, line__currency=line.currency
    ).exclude(line=line)
    last = before.order_by("-pk").first()
    gift = _gift(last) if last else None
    if gift is None or gift.lines.count() != 1:
        return []
    fund = gift.lines.select_related("fund").get().fund
    if fund.closed_on is not None or fund.currency != line.currency:
        return []
    giver = Giver(
        name=gift.donor_name,
        email=gift.donor.email,
        lines=((fund.pk, line.left_minor),),
        language=gift.language,
        donor_id=gift.donor_id,
    )
    said = {"name": gift.donor_name, "fund": fund.name}
    return [
        Suggestion(
            kind=GIFT,
            key=f"donor-{gift.donor_id}-{fund.pk}",
            words=_("A gift of %(name)s to %(fund)s") % said,
            why=_("The last gift from this account was theirs."),
            amount=line.left,
            is_certain=gift.gross_minor == line.left_minor,
            what=giver,
        )
    ]


def take_gift(part: BankPart, what: object, actor: str) -> str:
    """Enter the gift, on the line's day and with the bank's reference."""
    line = part.line
    assert isinstance(what, Giver)
    if line.amount_minor < 0 or sum(minor for _fund, minor in what.lines) != part.amount_minor:
        raise NotThisOne(_("The sums of the funds are not the sum of this part."))
    donor = _donor(what)
    gift = offline.enter(
        slip=Slip(
            token=part.token,
            entity_id=line.entity_id,
            donor_id=donor.pk,
            donor_name=what.name,
            lines=what.lines,
            currency=line.currency,
            means=Means.BANK,
            place=line.place_id,
            received_on=line.booked_on,
            reference=_reference(part),
            shown=what.shown,
            asked_words=what.asked_words,
            message=what.message,
            language=what.language,
            is_unknown=not (line.payer_name or line.payer_iban),
        ),
        actor=actor,
        happened_on=matching.open_day(line),
    )
    return f"gift:{gift.pk}"


def _reference(part: BankPart) -> str:
    """The bank's reference; a further gift of the same line says which part it is."""
    others = part.line.parts.filter(kind=GIFT, undone_at=None).exclude(pk=part.pk)
    reference = part.line.reference
    return f"{reference[:125]}/{part.pk}" if others.exists() else reference


def _donor(what: Giver) -> Donor:
    if what.donor_id is not None:
        return Donor.objects.get(pk=what.donor_id)
    return donors.find_or_create(name=what.name, email=what.email, language=what.language)


def let_gift_go(part: BankPart, why: str, actor: str) -> None:
    """Take the gift back: it was never made. Refuses: NotByHand."""
    gift = Gift.objects.select_for_update(no_key=True).get(pk=_number(part))
    offline.undo(gift=gift, why=why, actor=actor)


def suggest_booked(line: BankLine) -> list[Suggestion]:
    """Entries that moved the same sum of the same account and that no line explains yet."""
    if line.matched_minor:
        return []
    entries = _moves(line)
    return [
        Suggestion(
            kind=BOOKED,
            key=str(entry.pk),
            words=f"{entry.get_reason_display()}, {entry.cause}",
            why=_("The same sum in this account, booked on %s.") % entry.happened_on.isoformat(),
            amount=line.left,
            is_certain=len(entries) == 1 and _is_only_line(line),
            what=entry.pk,
        )
        for entry in entries
    ]


def _moves(line: BankLine) -> list[Entry]:
    span = (line.booked_on - _APART, line.booked_on + _APART)
    taken = BankPart.objects.filter(kind=BOOKED, undone_at=None, target__startswith="entry:")
    near = Posting.objects.filter(
        account_id=line.place_id, currency=line.currency, entry__happened_on__range=span
    ).exclude(entry__cause__startswith="bankline:")
    sums = near.values_list("entry_id").annotate(sum=Sum("amount_minor"))
    ids = [entry_id for entry_id, total in sums if total == line.amount_minor]
    used = {_number(part) for part in taken}
    rows = Entry.objects.filter(pk__in=set(ids) - used, reverses=None, reversed_by=None)
    gifts = {f"gift:{pk}" for pk in _of_lines(rows)}
    return [entry for entry in rows.order_by("pk") if entry.cause not in gifts]


def _of_lines(rows: QuerySet[Entry]) -> list[int]:
    """The gifts behind these entries that were made of a line themselves."""
    causes = list(rows.values_list("cause", flat=True))
    made = BankPart.objects.filter(undone_at=None, target__in=causes)
    return [int(target.removeprefix("gift:")) for target in made.values_list("target", flat=True)]


def _is_only_line(line: BankLine) -> bool:
    same = BankLine.objects.filter(
        place_id=line.place_id,
        currency=line.currency,
        amount_minor=line.amount_minor,
        matched_minor=0,
        booked_on__range=(line.booked_on - _APART, line.booked_on + _APART),
    )
    return not same.exclude(pk=line.pk).exists()


def take_booked(part: BankPart, what: object, actor: str) -> str:
    """Say that the line tells of what stands in the books: nothing more is booked."""
    del actor
    line = part.line
    if part.amount_minor != abs(line.amount_minor):
        raise NotThisOne(_("A line that is in the books already is so as a whole."))
    if what not in {entry.pk for entry in _moves(line)}:
        raise NotThisOne(_("This does not fit any more. Look at the line again."))
    return f"entry:{what}"


def let_booked_go(part: BankPart, why: str, actor: str) -> None:
    """Nothing was booked, so there is nothing to undo."""
    del part, why, actor


def _gift(part: BankPart) -> Gift | None:
    return Gift.objects.filter(pk=_number(part)).exclude(state=GiftState.FAILED).first()


def _number(part: BankPart) -> int:
    return int(part.target.partition(":")[2])
