"""Gifts by bank, cheque and cash, entered by hand: settled and final at once.

Stripe knows nothing of them. The bank's or the cheque's own number keeps one gift from being
entered twice; one entered wrongly is taken back, and entered again.
"""

import datetime as dt
from dataclasses import dataclass
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from donors import (
    acceptance,
    donors,
    followers,
    holding,
    journals,
    public_names,
    receipts,
    settlements,
)
from donors.models import (
    BankPart,
    Donor,
    Gift,
    GiftLine,
    GiftState,
    HeldGift,
    HeldState,
    Means,
    RefundState,
)
from donors.pools import matches
from donors.public_names import Shown
from funding import clock
from funding.audit import log
from funding.errors import Refused
from funding.ledger import book, periods
from funding.ledger.book import Leg
from funding.ledger.models import Account, Fund, Kind, Reason
from funding.money import Money
from funding.parties.models import Entity
from funding.users import guests

# What is printed on receipts, as Stripe's 'Card ending 4242' is.
_METHODS = {Means.BANK: "Bank transfer", Means.CHEQUE: "Cheque", Means.CASH: "Cash"}


class TokenReused(Refused):
    """The form was sent again with other content under the same token."""


class KnownReference(Refused):
    """A gift with this number of the bank or the cheque stands already."""


class WrongPlace(Refused):
    """It is no bank account of the body that receives the gift."""


class WrongFund(Refused):
    """The fund is closed, another body's, or kept in another currency."""


class WrongValue(Refused):
    """What the bank credited is missing, or said where nothing was changed."""


class NotYet(Refused):
    """The day has not come."""


class NotByHand(Refused):
    """Only a gift that was entered by hand and stands in full is taken back."""


@dataclass(frozen=True, slots=True)
class Slip:
    """A gift as somebody tells of it. `lines` are fund ids with their minor units.

    `value` is what the bank credited, when that is another currency than the gift's. `place`
    is the bank account into which it came, or cash was paid.
    """

    token: UUID
    entity_id: int
    donor_id: int
    donor_name: str
    lines: tuple[tuple[int, int], ...]
    currency: str
    means: Means
    place: str
    received_on: dt.date
    reference: str = ""
    value: Money | None = None
    # The name that its giver wants to be shown, with words on how and when they asked for that.
    shown: Shown | None = None
    asked_words: str = ""
    message: str = ""
    language: str = "en"
    # We asked for just this sum, so nobody needs to look at it first.
    is_asked: bool = False
    # The bank tells neither a name nor an account.
    is_unknown: bool = False

    @property
    def amount(self) -> Money:
        """What was given."""
        return Money(sum(minor for _fund, minor in self.lines), self.currency)


def record(*, slip: Slip, actor: str) -> Gift:
    """Enter a gift on the day on which it came. The same token twice is the same gift.

    Refuses: TokenReused, KnownReference, WrongPlace, WrongFund, WrongValue, NotYet, NotAName,
    NotAsked, and PeriodClosed for a day in a closed period.
    """
    return enter(slip=slip, actor=actor, happened_on=slip.received_on)


def enter(*, slip: Slip, actor: str, happened_on: dt.date) -> Gift:
    """Enter a gift whose money is booked on another day than it came on.

    Money that waited to be understood may have come in a period that is closed by now.
    """
    if found := _of_token(slip):
        return found
    try:
        with transaction.atomic():
            return _write(slip, actor, happened_on)
    except IntegrityError:
        # The same form, or the same number, was sent twice at once, and the other was first.
        if found := _of_token(slip):
            return found
        _must_be_new(slip)
        raise


@transaction.atomic
def take_back(*, gift_id: int, why: str, actor: str) -> Gift:
    """Undo a gift that was entered by mistake: it was never made, and its receipt is void.

    Refuses: NotByHand, while money of it was or is being given back, and while a line of a
    bank statement stands for it: then that match is undone.
    """
    gift = settlements.lock(gift_id)
    if BankPart.objects.filter(target=f"gift:{gift.pk}", undone_at=None).exists():
        sentence = _("This gift was made of a line of a bank statement. Undo it there.")
        raise NotByHand(sentence)
    return undo(gift=gift, why=why, actor=actor)


def undo(*, gift: Gift, why: str, actor: str) -> Gift:
    """Reverse the entries of a locked gift by hand. Refuses: NotByHand."""
    if not why.strip():
        raise Refused(_("Write why it is taken back."))
    if gift.means == Means.STRIPE:
        raise NotByHand(_("This gift came through Stripe. Give it back instead."))
    held = holding.unaccepted(gift)
    if held is not None and held.state == HeldState.WAITING and not held.gone_minor:
        holding.forget(held, gift, actor=actor)
        return _never_made(gift, why, actor)
    gone = [RefundState.DECLINED, RefundState.FAILED]
    if gift.state != GiftState.SETTLED or gift.refunds.exclude(state__in=gone).exists():
        raise NotByHand(_("Money of this gift was given back, or is to be. It stays as it is."))
    today = clock.today(gift.entity.zone)
    for verb in ("value", "settle"):
        if book.find(f"gift:{gift.pk}:{verb}") is not None:
            book.reverse(
                key_of=f"gift:{gift.pk}:{verb}",
                key=f"gift:{gift.pk}:{verb}-reversed",
                reason=Reason.REVERSAL,
                actor=actor,
                happened_on=periods.open_day(entity_id=gift.entity_id, day=today),
            )
    receipts.withdraw(gift)
    return _never_made(gift, why, actor)


def _never_made(gift: Gift, why: str, actor: str) -> Gift:
    gift.state, gift.settled_at = GiftState.FAILED, None
    gift.ended_at, gift.ended_why = clock.now(), why.strip()[:200]
    gift.save(update_fields=["state", "settled_at", "ended_at", "ended_why"])
    followers.tell(gift)
    log.record(actor=actor, action="gift.taken_back", subject=f"gift:{gift.pk}")
    matches.ring(gift)
    book.settle_constraints()
    return gift


def _of_token(slip: Slip) -> Gift | None:
    gift = Gift.objects.filter(form_token=slip.token).first()
    if gift is None:
        return None
    lines = tuple(gift.lines.order_by("position").values_list("fund_id", "amount_minor"))
    same = (lines, gift.currency, gift.donor_id, gift.received_on, gift.reference) == (
        slip.lines,
        slip.currency,
        slip.donor_id,
        slip.received_on,
        slip.reference.strip(),
    )
    if not same:
        sentence = _("This form was sent before with other content. Open it again.")
        raise TokenReused(sentence)
    return gift


def _write(slip: Slip, actor: str, happened_on: dt.date) -> Gift:
    entity = Entity.objects.get(pk=slip.entity_id)
    _must_be_here(slip, entity)
    funds = _funds(slip)
    value = _value(slip, funds)
    _must_be_new(slip)
    donor = donors.standing(Donor.objects.get(pk=slip.donor_id))
    gift = unsaved(slip, entity, donor, value, actor)
    why = []
    if not slip.is_asked:
        why = acceptance.reasons(
            gift, funds=list(funds.values()), worth=value, is_unknown=slip.is_unknown
        )
    came_at = gift.settled_at or clock.now()
    if why:
        gift.state, gift.settled_at = GiftState.HELD, None
    gift.save(force_insert=True)
    GiftLine.objects.bulk_create(
        GiftLine(gift=gift, fund=funds[fund_id], amount_minor=minor, position=index)
        for index, (fund_id, minor) in enumerate(slip.lines)
    )
    public_names.write_down(gift, slip.shown, actor=actor, asked_words=slip.asked_words)
    if why:
        _hold(gift, why, came_at, actor, happened_on)
    else:
        _receive(gift, actor, happened_on)
    book.settle_constraints()
    return gift


def _hold(
    gift: Gift, why: list[str], came_at: dt.datetime, actor: str, happened_on: dt.date
) -> None:
    """Keep its money out of the funds until somebody accepts it."""
    came, valued = _legs(gift)
    held = holding.hold(gift, reasons=why, paid_at=came_at, day=happened_on, legs=came, actor=actor)
    if valued:
        holding.post(held, verb="value", legs=valued, day=happened_on, actor=actor)
    worth = Money(gift.value_minor or 0, gift.value_currency)
    holding.value(held, worth=worth, fee=Money(0, gift.value_currency))


def take_up(gift: Gift, held: HeldGift, *, day: dt.date, actor: str) -> None:
    """Book a gift by hand that was held, now that it is accepted."""
    gift.state, gift.settled_at, gift.final_at = GiftState.SETTLED, held.paid_at, clock.now()
    gift.save(update_fields=["state", "settled_at", "final_at"])
    _receive(gift, actor, day)


def _receive(gift: Gift, actor: str, happened_on: dt.date) -> None:
    _book(gift, actor, happened_on)
    log.record(
        actor=actor,
        action="gift.entered",
        subject=f"gift:{gift.pk}",
        minor=gift.gross_minor,
        currency=gift.currency,
    )
    receipts.fall_due(gift)
    matches.ring(gift)
    if gift.donor.email:
        guests.ensure(gift.donor.email, gift.donor.name)


def unsaved(slip: Slip, entity: Entity, donor: Donor, value: Money, actor: str) -> Gift:
    """The row of a gift by hand, for whoever saves one of them or many."""
    now = clock.now()
    # A day has no hour; noon stands on that day in the calendar of whoever receives.
    noon = dt.datetime.combine(slip.received_on, dt.time(12), ZoneInfo(entity.zone))
    return Gift(
        form_token=slip.token,
        entity=entity,
        donor=donor,
        donor_name=slip.donor_name.strip() or donor.name,
        currency=slip.currency,
        amount_minor=slip.amount.minor,
        message=slip.message.strip(),
        language=slip.language,
        state=GiftState.SETTLED,
        created_at=now,
        settled_at=noon,
        means=slip.means,
        method=_METHODS[slip.means],
        place_id=slip.place,
        received_on=slip.received_on,
        reference=slip.reference.strip(),
        entered_by=actor,
        checkout_expires_at=now,
        value_currency=value.currency,
        value_minor=value.minor,
        fee_minor=0,
        final_at=now,
        due_at=now,
    )


def _legs(gift: Gift) -> tuple[list[Leg], list[Leg]]:
    """The legs of a gift by hand, and those of its exchange, none where nothing was changed."""
    assert gift.place_id is not None
    shares, worth = settlements.shares_of(gift), Money(gift.value_minor or 0, gift.value_currency)
    came = journals.received(shares, currency=gift.currency, clearing=gift.place_id)
    if worth.currency == gift.currency:
        return came, []
    fee = Money(0, worth.currency)
    legs = journals.valued(shares, gross=gift.gross, value=worth, fee=fee, clearing=gift.place_id)
    return came, legs


def _book(gift: Gift, actor: str, happened_on: dt.date) -> None:
    came, valued = _legs(gift)
    for verb, reason, legs in (("settle", Reason.GIFT, came), ("value", Reason.GIFT_VALUE, valued)):
        if not legs:
            continue
        book.post(
            entity_id=gift.entity_id,
            key=f"gift:{gift.pk}:{verb}",
            reason=reason,
            cause=f"gift:{gift.pk}",
            actor=actor,
            happened_on=happened_on,
            legs=legs,
            final_at=None if verb == "settle" and valued else gift.final_at,
        )


def _must_be_here(slip: Slip, entity: Entity) -> None:
    place = Account.objects.filter(pk=slip.place, kind=Kind.BANK, entity=entity)
    if slip.means == Means.STRIPE or not place.exists():
        raise WrongPlace(_("Choose a bank account of the body that receives the gift."))
    if slip.received_on > clock.today(entity.zone):
        raise NotYet(_("A gift is entered on the day on which it came, or later."))
    if slip.means != Means.CASH and not slip.reference.strip():
        sentence = _("Write what the bank calls the payment, or the number of the cheque.")
        raise KnownReference(sentence)


def _must_be_new(slip: Slip) -> None:
    reference = slip.reference.strip()
    rows = Gift.objects.filter(entity_id=slip.entity_id, reference=reference)
    if reference and rows.exclude(state=GiftState.FAILED).exists():
        sentence = _("A gift with the reference %s was entered before.")
        raise KnownReference(sentence % reference)


def _funds(slip: Slip) -> dict[int, Fund]:
    ids = [fund_id for fund_id, _minor in slip.lines]
    rows = Fund.objects.filter(entity_id=slip.entity_id, is_treasury=False, closed_on=None)
    funds = rows.in_bulk(ids)
    if not ids or len(funds) != len(ids) or len(set(ids)) != len(ids):
        raise WrongFund(_("Choose open funds of the body that receives the gift, each once."))
    if len({fund.currency for fund in funds.values()}) != 1:
        raise WrongFund(_("Choose funds that are kept in one currency."))
    if any(minor <= 0 for _fund, minor in slip.lines):
        raise WrongFund(_("Write a sum above zero for each fund."))
    return funds


def _value(slip: Slip, funds: dict[int, Fund]) -> Money:
    own = next(iter(funds.values())).currency
    if slip.currency == own:
        if slip.value not in (None, slip.amount):
            raise WrongValue(_("The fund is kept in %s, so nothing was changed.") % own)
        return slip.amount
    if slip.value is None or slip.value.currency != own or slip.value.minor <= 0:
        sentence = _("The fund is kept in %s. Write what the bank credited in it.")
        raise WrongValue(sentence % own)
    return slip.value
