"""What the giving form starts with: the address, or a gift or pledge whose payment was left."""

from collections.abc import Mapping, Sequence
from uuid import uuid4

from donors import earlier_pledges, splits
from donors.fees import LIMITS
from donors.forms import names, tributes
from donors.forms.giving import ONCE
from donors.forms.parts import PREFIX
from donors.giftaid.declarations import is_declared
from donors.gifts import Wish
from donors.models import EarlierPledge, Gift, Pledge, Rhythm
from donors.pledges import Promise
from donors.public_names import shown_of
from donors.tributes import is_same, is_same_of_pledge, of_gift, of_pledge
from funding.ledger.models import Fund
from funding.money import Money, MoneyError, parse


def opening_values(funds: Sequence[Fund], query: Mapping[str, str]) -> dict[str, object]:
    """What an empty form starts with: what the address says of it where that makes sense, by
    ?fund=, ?amount=, ?currency= and ?rhythm=.
    """
    currency = query.get("currency", "EUR").upper()
    currency = currency if currency in LIMITS else "EUR"
    suggested = LIMITS[currency].suggested
    values: dict[str, object] = {"token": uuid4(), "currency": currency, "shown": currency}
    rhythm = query.get("rhythm", "")
    values["rhythm"] = rhythm if rhythm in Rhythm.values else ONCE
    slugs = [fund.slug for fund in funds]
    asked = query.get("fund", "")
    values["fund"] = asked if asked in slugs else next(iter(slugs), "")
    try:
        amount = parse(query.get("amount", ""), currency)
    except MoneyError:
        amount = suggested[1]
    return values | _amount_values(amount)


def values_of(gift: Gift) -> dict[str, object]:
    """The form filled from a gift whose payment page was left. It has a token of its own."""
    lines = list(gift.lines.select_related("fund").order_by("position"))
    split = lines if len(lines) > 1 else []
    parts = {
        PREFIX + line.fund.slug: Money(line.amount_minor, gift.currency).plain() for line in split
    }
    tribute = of_gift(gift)
    return {
        "token": uuid4(),
        "again": gift.uuid,
        "currency": gift.currency,
        "shown": gift.currency,
        "fund": lines[0].fund.slug,
        "name": gift.donor_name,
        "email": gift.donor.email,
        "cover": bool(gift.cover_minor),
        "message": gift.message,
        **parts,
        **(tributes.values_of(tribute) if tribute else {}),
        **names.values_of(shown_of(gift)),
        **_amount_values(Money(gift.amount_minor, gift.currency)),
    }


def values_of_pledge(pledge: Pledge) -> dict[str, object]:
    """The form filled from a pledge whose payment page was left. It has a token of its own."""
    said = of_pledge(pledge)
    return {
        "token": uuid4(),
        "again": pledge.uuid,
        "rhythm": pledge.rhythm,
        "currency": pledge.currency,
        "shown": pledge.currency,
        "fund": pledge.fund.slug,
        "name": pledge.donor_name,
        "email": pledge.donor.email,
        "cover": bool(pledge.cover_minor),
        "message": pledge.message,
        **_parts_of(pledge),
        **(tributes.values_of(said) if said else {}),
        **names.values_of(shown_of(pledge)),
        **_going_on(pledge.continues),
    } | _amount_values(pledge.amount)


def values_of_earlier(row: EarlierPledge) -> dict[str, object]:
    """The form filled from a regular gift of the system before, which goes on with it."""
    return {
        "token": uuid4(),
        "rhythm": row.rhythm,
        "currency": row.currency,
        "shown": row.currency,
        "fund": row.fund.slug,
        "name": row.donor_name,
        "email": row.donor.email,
        **_going_on(row),
        **_amount_values(row.amount),
    }


def _going_on(row: EarlierPledge | None) -> dict[str, object]:
    return {"earlier": earlier_pledges.for_form(row)} if row else {}


def _parts_of(pledge: Pledge) -> dict[str, object]:
    shares = pledge.shares.select_related("fund").order_by("position")
    return {
        PREFIX + share.fund.slug: Money(share.amount_minor, pledge.currency).plain()
        for share in shares
    }


def _amount_values(amount: Money) -> dict[str, object]:
    if amount in LIMITS[amount.currency].suggested:
        return {"choice": amount.plain()}
    return {"amount": amount.plain()}


def is_unchanged(gift: Gift, wish: Wish) -> bool:
    """Whether a wish asks for exactly what a gift already is."""
    lines = tuple(gift.lines.order_by("position").values_list("fund_id", "amount_minor"))
    there: tuple[object, ...] = (lines, gift.currency, gift.cover_minor, gift.donor_name)
    here: tuple[object, ...] = (wish.lines, wish.currency, wish.cover_minor, wish.name)
    there += (gift.donor.email, shown_of(gift), gift.message)
    here += (wish.email.strip().lower(), wish.shown, wish.message)
    is_new = wish.aid is not None and not is_declared(gift)
    return there == here and is_same(gift, wish.tribute) and not is_new


def is_same_pledge(pledge: Pledge, promise: Promise) -> bool:
    """Whether a promise is exactly what a pledge already is."""
    there: tuple[object, ...] = (pledge.fund_id, pledge.rhythm, pledge.currency, pledge.donor_name)
    here: tuple[object, ...] = (promise.fund_id, promise.rhythm, promise.currency, promise.name)
    there += (pledge.amount_minor, pledge.cover_minor, pledge.donor.email)
    here += (promise.amount_minor, promise.cover_minor, promise.email.strip().lower())
    there += (shown_of(pledge), pledge.message, tuple(splits.of(pledge)))
    here += (promise.shown, promise.message, promise.parts)
    is_new = promise.aid is not None and not pledge.declarations.exists()
    return there == here and is_same_of_pledge(pledge, promise.tribute) and not is_new
