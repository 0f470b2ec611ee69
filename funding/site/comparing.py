"""The questions of reconciling: each answers with what differs, read from rows alone.

Nothing here speaks to Stripe or changes anything. `reconcile` asks Stripe first.
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any, Final

from django.db import connection
from django.utils.translation import gettext as _

from funding import clock
from funding.gateway import movements
from funding.gateway.models import Movement, Payout, PayoutStatus
from funding.ledger import balances
from funding.ledger.models import Kind
from funding.money import Money
from funding.site.models import StatementBalance

# Repeats the rule that books a line of Stripe's account book, or asks Stripe for the object.
FOLLOW: Final = "follow"
FETCH: Final = "fetch"
PAYOUT: Final = "payout"
# A payout that has not arrived so long after its day is asked after.
_LATE: Final = dt.timedelta(days=3)

# category -> the kind of difference when no entry stands for such a movement.
_UNBOOKED: Final = {
    "charge": "gift_not_booked",
    "refund": "refund_not_booked",
    "refund_failure": "refund_not_booked",
    "payout": "payout_not_booked",
    "payout_reversal": "payout_not_booked",
    "fee": "fee_not_booked",
}

_PER_MOVEMENT: Final = """
WITH stands AS (
    SELECT b.balance_transaction AS bt, e.id FROM {bookings} b
    JOIN ledger_entry e ON e.key = b.entry_key
    UNION
    SELECT b.balance_transaction, r.id FROM {bookings} b
    JOIN ledger_entry e ON e.key = b.entry_key
    JOIN ledger_entry r ON r.reverses_id = e.id
), posted AS (
    SELECT s.bt, p.currency, sum(p.amount_minor) AS minor FROM stands s
    JOIN ledger_posting p ON p.entry_id = s.id
    JOIN ledger_account a ON a.code = p.account_id AND a.kind = 'clearing'
    GROUP BY s.bt, p.currency
), told AS (
    SELECT stripe_id AS bt, currency, net_minor AS minor FROM gateway_movement
    WHERE balance_type = 'payments'
)
SELECT bt, currency, p.minor, t.minor FROM posted p FULL JOIN told t USING (bt, currency)
WHERE coalesce(p.minor, 0) <> coalesce(t.minor, 0)
"""

_UNEXPLAINED: Final = """
SELECT e.key, p.currency, sum(p.amount_minor), min(e.booked_at)
FROM ledger_entry e
JOIN ledger_posting p ON p.entry_id = e.id
JOIN ledger_account a ON a.code = p.account_id AND a.kind = 'clearing'
WHERE e.reverses_id IS NULL AND e.reason <> 'opening'
  AND NOT EXISTS (SELECT FROM ledger_entry r WHERE r.reverses_id = e.id)
  AND e.key NOT IN (SELECT entry_key FROM {bookings} b)
  AND e.key NOT IN (SELECT entry_key FROM {pending} w)
GROUP BY e.key, p.currency HAVING sum(p.amount_minor) <> 0
"""

_ON_THE_WAY: Final = """
SELECT p.currency, sum(p.amount_minor), count(DISTINCT e.id)
FROM {pending} w JOIN ledger_entry e ON e.key = w.entry_key
JOIN ledger_posting p ON p.entry_id = e.id
JOIN ledger_account a ON a.code = p.account_id AND a.kind = 'clearing'
GROUP BY p.currency HAVING sum(p.amount_minor) <> 0
"""

_PAYOUT_SUMS: Final = """
SELECT y.id, y.stripe_id, y.currency, y.amount_minor, y.created_at,
       coalesce(sum(m.net_minor) FILTER (WHERE NOT (m.category = 'payout'
                                                    AND m.source = y.stripe_id)), 0)
FROM gateway_payout y LEFT JOIN gateway_movement m ON m.payout_id = y.id
WHERE y.listed_at IS NOT NULL
GROUP BY y.id
HAVING coalesce(sum(m.net_minor) FILTER (WHERE NOT (m.category = 'payout'
                AND m.source = y.stripe_id)), 0) <> y.amount_minor
"""

_ARRIVALS: Final = """
SELECT y.stripe_id, y.currency, y.amount_minor, y.told_at, v.verb
FROM gateway_payout y, (VALUES ('arrived'), ('returned')) v (verb)
WHERE (CASE v.verb WHEN 'arrived' THEN y.status = 'paid' OR y.arrived_at IS NOT NULL
                   ELSE y.returned_at IS NOT NULL END)
  AND NOT EXISTS (SELECT FROM ledger_entry e WHERE e.key = 'payout:' || y.id || ':' || v.verb)
"""

_SENT: Final = """
SELECT y.stripe_id, y.currency, y.amount_minor, y.created_at FROM gateway_payout y
WHERE NOT EXISTS (SELECT FROM gateway_movement m
                  WHERE m.category = 'payout' AND m.source = y.stripe_id)
"""

_UNKNOWN_PAYOUTS: Final = """
SELECT m.source, m.currency, -m.amount_minor, m.created_at FROM gateway_movement m
WHERE m.category = 'payout'
  AND NOT EXISTS (SELECT FROM gateway_payout y WHERE y.stripe_id = m.source)
"""

_IN_TRANSIT: Final = """
SELECT currency, sum(ours), sum(theirs) FROM (
    SELECT p.currency, p.amount_minor AS ours, 0 AS theirs
    FROM ledger_posting p WHERE p.account_id = 'in_transit'
    UNION ALL
    SELECT currency, 0, amount_minor FROM gateway_payout WHERE status IN ('pending', 'in_transit')
    UNION ALL
    SELECT currency, 0, -net_minor FROM gateway_movement
    WHERE category = 'risk_reserved_funds' AND balance_type = 'payments'
) x GROUP BY currency HAVING sum(ours) <> sum(theirs)
"""


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing on which the books do not agree. `repair` is empty where no rule is certain.

    `ours` and `theirs` are minor units of the currency, debit positive.
    """

    kind: str
    subject: str
    currency: str
    ours: int
    theirs: int
    cause: str
    since: str
    repair: str = ""
    page: str = ""

    @property
    def money(self) -> tuple[Money, Money, Money]:
        """What we say, what they say, and what lies between."""
        ours, theirs = Money(self.ours, self.currency), Money(self.theirs, self.currency)
        return ours, theirs, ours - theirs


def differences(balance: dict[str, int]) -> list[Difference]:
    """Everything that differs, with Stripe's balance as it was told a moment ago."""
    found = [
        *_movements(),
        *_entries(),
        *_payouts(),
        *_in_transit(),
        *_banks(),
    ]
    return [*found, *_balances(balance, found)]


def on_the_way() -> dict[str, tuple[int, int]]:
    """Received and without a balance transaction yet: (minor units, entries) by currency."""
    rows = _ask(movements.with_pending(_ON_THE_WAY))
    return {currency: (int(minor), int(count)) for currency, minor, count in rows}


def clearing() -> dict[str, int]:
    """What our books say Stripe holds, by currency."""
    told = balances.of_entities([Kind.CLEARING])
    sums = Counter[str]()
    for money in chain.from_iterable(told.values()):
        sums[money.currency] += money.minor
    return dict(sums)


def _movements() -> Iterator[Difference]:
    rows = _ask(movements.with_bookings(_PER_MOVEMENT))
    facts = _facts([row[0] for row in rows])
    for stripe_id, currency, posted, told in rows:
        fact = facts.get(stripe_id)
        ours, theirs = int(posted or 0), int(told or 0)
        if fact is None:
            cause = _("It is booked, and the walk over Stripe’s account book has not met it.")
            yield Difference(
                "movement_missing", stripe_id, currency, ours, theirs, cause, _now(), FETCH
            )
        elif posted is None and theirs:
            yield _unbooked(stripe_id, currency, theirs, fact)
        else:
            cause = _("Our entries for it say another sum than Stripe. A person must look.")
            since = fact.created_at.isoformat()
            yield Difference("amounts_differ", stripe_id, currency, ours, theirs, cause, since)


def _unbooked(stripe_id: str, currency: str, theirs: int, fact: Movement) -> Difference:
    kind = _UNBOOKED.get(fact.category, "movement_not_booked")
    cause = _("Stripe moved this money as “%(category)s”, and no entry stands for it yet.") % {
        "category": fact.category
    }
    if fact.error:
        cause = f"{cause} {fact.error[:200]}"
    since = fact.created_at.isoformat()
    return Difference(kind, stripe_id, currency, 0, theirs, cause, since, FOLLOW)


def _facts(ids: list[str]) -> dict[str, Movement]:
    return {row.stripe_id: row for row in Movement.objects.filter(stripe_id__in=ids)}


def _entries() -> Iterator[Difference]:
    question = movements.with_pending(movements.with_bookings(_UNEXPLAINED))
    for key, currency, minor, booked_at in _ask(question):
        cause = _("We moved money at Stripe in our books, and no line of Stripe’s stands for it.")
        since = booked_at.isoformat()
        yield Difference("entry_without_movement", key, currency, int(minor), 0, cause, since)


def _payouts() -> Iterator[Difference]:
    for _pk, stripe_id, currency, amount, created_at, total in _ask(_PAYOUT_SUMS):
        cause = _("Its payments, less fees, do not come to what was sent to the bank.")
        since = created_at.isoformat()
        yield Difference(
            "payout_does_not_add_up", stripe_id, currency, int(total), amount, cause, since
        )
    for stripe_id, currency, amount, told_at, verb in _ask(_ARRIVALS):
        cause = (
            _("Stripe says that it is at the bank, and our books do not.")
            if verb == "arrived"
            else _("The bank sent it back, and our books still have it there.")
        )
        sum_, since = (amount if verb == "arrived" else -amount), told_at.isoformat()
        yield Difference("arrival_not_booked", stripe_id, currency, 0, sum_, cause, since, PAYOUT)
    for stripe_id, currency, amount, created_at in _ask(_SENT):
        cause = _("Stripe sent it, and the line that takes it out of the balance is not known.")
        since = created_at.isoformat()
        yield Difference(
            "payout_without_movement", stripe_id, currency, 0, amount, cause, since, PAYOUT
        )
    for stripe_id, currency, amount, created_at in _ask(_UNKNOWN_PAYOUTS):
        cause = _("It left the balance, and where it is now was never asked.")
        since = created_at.isoformat()
        yield Difference("payout_unknown", stripe_id, currency, 0, amount, cause, since, PAYOUT)
    yield from _late()


def _late() -> Iterator[Difference]:
    rows = Payout.objects.filter(status__in=[PayoutStatus.PENDING, PayoutStatus.IN_TRANSIT])
    for row in rows.filter(arrival_on__lt=(clock.now() - _LATE).date()):
        cause = _("It should have been at the bank on %s. Ask Stripe.") % row.arrival_on
        since = row.created_at.isoformat()
        yield Difference(
            "payout_late", row.stripe_id, row.currency, 0, row.amount_minor, cause, since, PAYOUT
        )


def _in_transit() -> Iterator[Difference]:
    for currency, ours, theirs in _ask(_IN_TRANSIT):
        cause = _("Payouts on their way and money kept back come to another sum than our books.")
        yield Difference(
            "in_transit_differs", currency, currency, int(ours), int(theirs), cause, _now()
        )


def _banks() -> Iterator[Difference]:
    for row in StatementBalance.newest():
        ours = row.ours_minor()
        if ours != row.amount_minor:
            cause = _("The statement of %s says another balance than our books for that day.")
            yield Difference(
                "bank_differs",
                row.place_id,
                row.currency,
                ours,
                row.amount_minor,
                cause % row.day,
                row.entered_at.isoformat(),
            )


def _balances(theirs: dict[str, int], found: list[Difference]) -> Iterator[Difference]:
    ours, waiting = clearing(), on_the_way()
    for currency in sorted(ours.keys() | theirs.keys()):
        known = ours.get(currency, 0) - waiting.get(currency, (0, 0))[0]
        told = theirs.get(currency, 0)
        if known == told:
            continue
        named = {"gift_not_booked", "refund_not_booked", "payout_not_booked", "fee_not_booked",
                 "movement_not_booked", "movement_missing", "amounts_differ",
                 "entry_without_movement"}  # fmt: skip
        explained = sum(
            each.ours - each.theirs
            for each in found
            if each.kind in named and each.currency == currency
        )
        cause = (
            _("The differences named above are all of it.")
            if explained == known - told
            else _("What is named above does not explain all of it. Look for money before %s.")
            % clock.now().date()
        )
        yield Difference("balance_differs", currency, currency, known, told, cause, _now())


def _now() -> str:
    return clock.now().isoformat()


def _ask(question: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(question)
        return cursor.fetchall()
