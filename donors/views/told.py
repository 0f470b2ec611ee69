"""What the treasurer's pages tell of a gift: its money, its papers, its entries, its history."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from donors import public_names
from donors import refunds as rules
from donors.forms.intake import PaidForm
from donors.models import Gift, GiftLine, GiftState, Pledge, Refund, RefundState, Withdrawal
from funding.audit.models import Record
from funding.ledger import balances
from funding.ledger.balances import FundFigures
from funding.ledger.models import Entry, Fund
from funding.mail import outbox
from funding.money import Money
from funding.users import actors

# The deeds of the log in words. One that is missing here is shown as it stands in the log.
_DEEDS: Final = {
    "gift.started": gettext_lazy("promised it"),
    "gift.promised": gettext_lazy("said that its direct debit is on its way"),
    "gift.mandate_lost": gettext_lazy("said that the mandate of its direct debit has ended"),
    "gift.settled": gettext_lazy("said that it is paid; it was booked"),
    "gift.entered": gettext_lazy("entered it by hand; it was booked"),
    "gift.taken_back": gettext_lazy("took it back: it was entered by mistake"),
    "gift.held": gettext_lazy("held it until somebody accepts it"),
    "name.shown": gettext_lazy("had a name shown with it in public"),
    "name.changed": gettext_lazy("changed what is shown with it in public"),
    "name.hidden": gettext_lazy("took the name away that was shown with it"),
    "name.barred": gettext_lazy("decided that no name is shown with it"),
    "name.allowed": gettext_lazy("let its giver choose a name again"),
    "verdict.proposed": gettext_lazy("proposed what becomes of it"),
    "verdict.decided": gettext_lazy("decided what becomes of it"),
    "verdict.turned_down": gettext_lazy("did not agree to what was proposed"),
    "gift.returned": gettext_lazy("noted that its money went back before it was accepted"),
    "gift.sent_back_again": gettext_lazy("had it sent back again"),
    "gift.failed": gettext_lazy("said that it is not paid"),
    "gift.refunded": gettext_lazy("gave money back; it was booked"),
    "gift.withdrawn": gettext_lazy("told that the bank took money back; it was booked"),
    "gift.reinstated": gettext_lazy("told that the bank gave money again; it was booked"),
    "dispute.opened": gettext_lazy("told of a dispute"),
    "dispute.moved": gettext_lazy("told how the dispute stands"),
    "dispute.evidence_kept": gettext_lazy("wrote evidence"),
    "dispute.paper_taken_out": gettext_lazy("took a paper out of the evidence"),
    "dispute.submit_decided": gettext_lazy("decided to send the evidence"),
    "dispute.submit_done": gettext_lazy("has sent the evidence; the bank has it"),
    "dispute.submit_too_late": gettext_lazy("sent the evidence after the dispute was closed"),
    "dispute.submit_rejected": gettext_lazy("did not take the evidence"),
    "dispute.accept_decided": gettext_lazy("decided to accept the loss"),
    "dispute.accept_done": gettext_lazy("has accepted the loss; the dispute is closed"),
    "dispute.accept_too_late": gettext_lazy("accepted the loss after the dispute was closed"),
    "dispute.accept_rejected": gettext_lazy("did not take the word that the loss is accepted"),
    "warning.came": gettext_lazy("told of a warning that this is fraud"),
    "warning.refunded": gettext_lazy("gave it back because of the warning"),
    "warning.kept": gettext_lazy("kept it in spite of the warning"),
    "receipt.issued": gettext_lazy("issued a receipt"),
    "receipt.resent": gettext_lazy("mailed a copy of the receipt"),
    "receipt.retried": gettext_lazy("had the receipt made again"),
    "gift.tried_again": gettext_lazy("asked the bank for the direct debit again"),
    "pledge.started": gettext_lazy("promised it"),
    "pledge.left": gettext_lazy("said that the payment page was left"),
    "pledge.active": gettext_lazy("said that it runs"),
    "pledge.behind": gettext_lazy("said that an instalment has not been paid"),
    "pledge.paused": gettext_lazy("said that it is paused"),
    "pledge.ended": gettext_lazy("said that it has ended"),
    "pledge.followed": gettext_lazy("told of another sum"),
    "pledge.amount.done": gettext_lazy("had it changed: another sum"),
    "pledge.amount.refused": gettext_lazy("asked in vain for a change: another sum"),
    "pledge.rhythm.done": gettext_lazy("had it changed: another rhythm"),
    "pledge.rhythm.refused": gettext_lazy("asked in vain for a change: another rhythm"),
    "pledge.day.done": gettext_lazy("had it changed: another day"),
    "pledge.day.refused": gettext_lazy("asked in vain for a change: another day"),
    "pledge.fund.done": gettext_lazy("had it changed: another fund"),
    "pledge.fund.refused": gettext_lazy("asked in vain for a change: another fund"),
    "pledge.skip.done": gettext_lazy("had it changed: that the next one is left out"),
    "pledge.skip.refused": gettext_lazy(
        "asked in vain for a change: that the next one is left out"
    ),
    "pledge.pause.done": gettext_lazy("had it changed: a pause"),
    "pledge.pause.refused": gettext_lazy("asked in vain for a change: a pause"),
    "pledge.resume.done": gettext_lazy("had it changed: that it goes on"),
    "pledge.resume.refused": gettext_lazy("asked in vain for a change: that it goes on"),
    "pledge.method.done": gettext_lazy("had it changed: another card or account"),
    "pledge.method.refused": gettext_lazy("asked in vain for a change: another card or account"),
    "pledge.retry.done": gettext_lazy("had it changed: another try at the payment"),
    "pledge.retry.refused": gettext_lazy("asked in vain for a change: another try at the payment"),
    "pledge.end.done": gettext_lazy("had it changed: its end"),
    "pledge.end.refused": gettext_lazy("asked in vain for a change: its end"),
    "gift.retried": gettext_lazy("had Stripe asked once more how it stands"),
    "refund.requested": gettext_lazy("asked for a refund"),
    "refund.proposed": gettext_lazy("proposed a refund over the limit"),
    "refund.approved": gettext_lazy("agreed to the refund"),
    "refund.declined": gettext_lazy("turned the refund down"),
    "refund.failed": gettext_lazy("could not give the money back; it is with us"),
    "refund.rejected": gettext_lazy("was told by Stripe that it cannot be given back"),
    "refund.retried": gettext_lazy("asked for the refund once more"),
    "refund.let_go": gettext_lazy("let the failed refund be"),
}


@dataclass(frozen=True, slots=True)
class Deed:
    """One line of the history."""

    record: Record
    who: str
    what: str
    money: Money | None


@dataclass(frozen=True, slots=True)
class Line:
    """One fund's part of a gift."""

    fund: Fund
    gift: Money
    cover: Money
    whole: Money
    figures: FundFigures

    @property
    def falls_short(self) -> bool:
        """Whether giving it back pushes the fund below zero: its money is promised already."""
        left = self.figures.available
        return left.minor < (self.whole.minor if left.currency == self.whole.currency else 1)


@dataclass(frozen=True, slots=True)
class Back:
    """One refund, with its people by name."""

    refund: Refund
    money: Money
    asked_by: str
    decided_by: str


@dataclass(frozen=True, slots=True)
class Leg:
    """One line of an entry."""

    account: str
    fund: str
    money: Money


@dataclass(frozen=True, slots=True)
class Booked:
    """One entry of the journal with its lines."""

    entry: Entry
    legs: tuple[Leg, ...]


def proposed() -> str:
    """What is said of a refund over the limit."""
    return _("Proposed. Nothing is sent before another treasurer or administrator agrees.")


def asked_for(gift: Gift | None = None) -> str:
    """What is said of a refund that is on its way."""
    if gift is not None and gift.is_by_hand:
        return _("Pay it from our bank account now, and note the payment on this page.")
    return _("Stripe is asked for it now. The donor sees it within about ten days.")


def entered(gift: Gift) -> str:
    """What is said of a gift that was entered just now."""
    if gift.state == GiftState.HELD:
        return _("It is held until somebody accepts it; no receipt is made before.")
    return _("It is booked, and its receipt is being made.")


def value(gift: Gift) -> Money | None:
    """What it was worth in the currency that it was changed into, once that is known."""
    return None if gift.value_minor is None else Money(gift.value_minor, gift.value_currency)


def fee(gift: Gift) -> Money | None:
    """What Stripe kept of it, once that is known."""
    return None if gift.fee_minor is None else Money(gift.fee_minor, gift.value_currency)


def papers(gift: Gift) -> str:
    """The numbers of its receipts."""
    rows = [receipt.document for receipt in gift.receipts.all()]
    return "; ".join(document.name for document in rows if document)


def whole(gift: Gift) -> dict[str, object]:
    """Everything that the page of one gift shows."""
    worth, kept = value(gift), fee(gift)
    left = Money(rules.left_of(gift), gift.currency)
    lines = _lines(gift)
    deeds, refunds = _people(gift)
    return {
        "gift": gift,
        "pledge": Pledge.objects.filter(instalments__gift=gift).first(),
        "zone": gift.entity.zone,
        "lines": lines,
        "amount": Money(gift.amount_minor, gift.currency),
        "cover": Money(gift.cover_minor, gift.currency),
        "gross": Money(gift.gross_minor, gift.currency),
        "benefit": Money(gift.benefit_minor, gift.currency),
        "value": worth,
        "fee": kept,
        "net": worth - kept if worth and kept else worth,
        "given_back": Money(gift.refunded_minor, gift.currency),
        "taken_back": Money(gift.withdrawn_minor, gift.currency),
        "withdrawals": withdrawals(gift),
        "disputes": list(gift.disputes.order_by("pk")),
        "warnings": list(gift.warnings.order_by("pk")),
        "left": left,
        "limit": Money(settings.REFUND_LIMIT_MINOR, gift.entity.currency),
        "can_give_back": gift.settled_at is not None and left.minor > 0,
        "short": [line for line in lines if line.falls_short],
        "refunds": refunds,
        "to_pay": [
            row for row in refunds if gift.is_by_hand and row.refund.state == RefundState.REQUESTED
        ],
        "paid_form": PaidForm() if gift.is_by_hand else None,
        "can_be_mistake": gift.is_by_hand and gift.state == GiftState.SETTLED and not refunds,
        "open_refunds": [row for row in refunds if row.refund.state == RefundState.PROPOSED],
        "booked": booked(gift),
        "mails": outbox.about(f"gift:{gift.pk}"),
        "chosen": public_names.of(gift),
        "is_public": public_names.public().filter(gift=gift).exists(),
        "name_changes": list(public_names.history(gift)),
        "deeds": deeds,
    }


def withdrawals(gift: Gift) -> list[tuple[Withdrawal, Money, Money | None]]:
    """What banks took and brought again: the row, its sum and its fee."""
    return [
        (
            row,
            Money(row.amount_minor, gift.currency),
            Money(row.fee_minor, row.value_currency) if row.fee_minor else None,
        )
        for row in gift.withdrawals.select_related("dispute").order_by("pk")
    ]


def _lines(gift: Gift) -> list[Line]:
    rows: list[GiftLine] = list(gift.lines.all())
    figures = balances.figures(row.fund_id for row in rows)
    return [
        Line(
            fund=row.fund,
            gift=Money(row.amount_minor, gift.currency),
            cover=Money(row.cover_minor, gift.currency),
            whole=Money(row.amount_minor + row.cover_minor, gift.currency),
            figures=figures[row.fund_id],
        )
        for row in rows
    ]


def _people(gift: Gift) -> tuple[list[Deed], list[Back]]:
    """History and refunds together, so that all names are looked up at once."""
    records = list(Record.objects.filter(subject=f"gift:{gift.pk}").order_by("pk"))
    rows = list(gift.refunds.order_by("pk"))
    known = actors.names(
        [record.actor for record in records]
        + [name for row in rows for name in (row.requested_by, row.decided_by) if name]
    )
    return (
        [_deed(record, known[record.actor], gift.currency) for record in records],
        backs(rows, known, currency_of={gift.pk: gift.currency}),
    )


def backs(
    rows: Iterable[Refund], known: dict[str, str], *, currency_of: dict[int, str]
) -> list[Back]:
    """Refunds with the people who asked for and decided them."""
    return [
        Back(
            refund=row,
            money=Money(row.amount_minor, currency_of[row.gift_id]),
            asked_by=known[row.requested_by],
            decided_by=known.get(row.decided_by, ""),
        )
        for row in rows
    ]


def deeds_of(
    subject: str, currency: str, *, more: Iterable[str]
) -> tuple[list[Deed], dict[str, str]]:
    """The history of a subject, and the names of its actors and of some more."""
    records = list(Record.objects.filter(subject=subject).order_by("pk"))
    known = actors.names([record.actor for record in records] + list(more))
    return [_deed(record, known[record.actor], currency) for record in records], known


def _deed(record: Record, who: str, currency: str) -> Deed:
    minor = record.facts.get("minor")
    return Deed(
        record=record,
        who=who,
        what=str(_DEEDS.get(record.action, record.action)),
        money=Money(minor, currency) if isinstance(minor, int) else None,
    )


def booked(gift: Gift) -> list[Booked]:
    entries = (
        Entry.objects.filter(cause=f"gift:{gift.pk}")
        .prefetch_related("postings__account", "postings__fund")
        .order_by("pk")
    )
    return [
        Booked(
            entry,
            tuple(
                Leg(
                    posting.account.name,
                    posting.fund.name,
                    Money(posting.amount_minor, posting.currency),
                )
                for posting in sorted(entry.postings.all(), key=lambda row: row.pk)
            ),
        )
        for entry in entries
    ]
