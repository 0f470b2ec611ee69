"""Money: fees, currencies, refunds, and books that always balance."""

from __future__ import annotations

import json
from contextlib import closing
from fractions import Fraction

import pytest
import stripe

from funding.sandbox.stripe import currencies
from funding.sandbox.stripe.books import Leg, OutOfBalance
from tests.sandbox.conftest import DELAY_SECONDS, Sandbox

# Amount and currency of a charge; what it is in euro cents; the fees of processing and converting.
SETTLED = [
    (2550, "eur", 2550, [63]),
    (50, "eur", 50, [26]),
    (10_000, "gbp", 11_500, [198, 230]),
    (10_000, "usd", 9_200, [163, 184]),
    (100_000, "sek", 8_800, [157, 176]),
    (5_000, "jpy", 3_050, [71, 61]),
    (10_000, "kwd", 3_000, [70, 60]),
    (50_000, "isk", 335, [30, 7]),
]


@pytest.mark.parametrize(("amount", "currency", "euro_cents", "fees"), SETTLED)
def test_a_charge_is_settled_in_euro_with_its_fees(
    sandbox: Sandbox, amount: int, currency: str, euro_cents: int, fees: list[int]
) -> None:
    charge = sandbox.paid(amount, currency).latest_charge
    transaction = charge.balance_transaction
    assert (charge.amount, charge.currency) == (amount, currency)
    assert (transaction.amount, transaction.currency) == (euro_cents, "eur")
    assert [part.amount for part in transaction.fee_details] == fees
    assert transaction.fee == sum(fees)
    assert transaction.net == euro_cents - sum(fees)
    assert (transaction.exchange_rate is None) == (currency == "eur")
    assert (transaction.status, transaction.type) == ("pending", "charge")


def test_the_balance_transaction_comes_a_moment_after_the_payment(sandbox: Sandbox) -> None:
    client, session = sandbox.client(), sandbox.session()
    done = sandbox.control("pay", session=session.id)
    expand = {"expand": ["latest_charge.balance_transaction"]}
    intent = client.payment_intents.retrieve(done["payment_intent"], expand)
    assert intent.status == "succeeded"
    assert intent.latest_charge.balance_transaction is None
    assert client.balance_transactions.list().data == []
    sandbox.control("clock", advance_seconds=DELAY_SECONDS)
    intent = client.payment_intents.retrieve(intent.id, expand)
    assert intent.latest_charge.balance_transaction.amount == 2550
    event = client.events.list({"type": "charge.updated"}).data[0]
    assert event.data.previous_attributes.to_dict() == {"balance_transaction": None}
    assert event.data.object.balance_transaction.startswith("txn_")


def test_money_is_pending_and_after_two_days_available(sandbox: Sandbox) -> None:
    client = sandbox.client()
    sandbox.paid(2550)
    balance = client.balance.retrieve()
    assert (balance.pending[0].amount, balance.available[0].amount) == (2487, 0)
    sandbox.control("clock", advance_days=2)
    balance = client.balance.retrieve()
    assert (balance.pending[0].amount, balance.available[0].amount) == (0, 2487)
    assert client.balance_transactions.list().data[0].status == "available"


def test_one_card_makes_money_available_at_once(sandbox: Sandbox) -> None:
    sandbox.paid(2550, card="4000000000000077")
    assert sandbox.client().balance.retrieve().available[0].amount == 2487


def test_another_settlement_currency_can_be_chosen() -> None:
    with closing(Sandbox(settlement_currency="gbp")) as sandbox:
        transaction = sandbox.paid(11_500, "eur").latest_charge.balance_transaction
        assert (transaction.amount, transaction.currency) == (10_000, "gbp")
        assert sandbox.client().balance.retrieve().pending[0].currency == "gbp"
        sandbox.emulator.world.books.verify()


@pytest.mark.parametrize(
    ("amount", "currency", "code"),
    [
        (49, "eur", "amount_too_small"),
        (43, "gbp", "amount_too_small"),
        (568, "sek", "amount_too_small"),
        (81, "jpy", "amount_too_small"),
        (7_400, "isk", "amount_too_small"),
        (100_000_000, "eur", "amount_too_large"),
        (10_050, "isk", "invalid_charge_amount_no_decimal_compatible"),
        (10_005, "kwd", "parameter_invalid_integer"),
    ],
)
def test_amounts_have_limits_by_currency(
    sandbox: Sandbox, amount: int, currency: str, code: str
) -> None:
    with pytest.raises(stripe.InvalidRequestError) as caught:
        sandbox.session(amount, currency)
    assert caught.value.code == code


def test_the_smallest_amounts_are_taken(sandbox: Sandbox) -> None:
    for amount, currency in ((50, "eur"), (44, "gbp"), (569, "sek"), (82, "jpy"), (7_500, "isk")):
        assert sandbox.session(amount, currency).amount_total == amount


def test_an_unknown_currency_is_refused(sandbox: Sandbox) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="Invalid currency"):
        sandbox.session(1000, "xxx")


def test_a_part_and_then_the_rest_is_refunded_and_no_more(sandbox: Sandbox) -> None:
    client, intent = sandbox.client(), sandbox.paid(2550)
    part = client.refunds.create(
        {"payment_intent": intent.id, "amount": 550, "metadata": {"refund": "r1"}}
    )
    assert (part.status, part.amount, part.metadata.to_dict()) == (
        "succeeded",
        550,
        {"refund": "r1"},
    )
    transaction = client.balance_transactions.retrieve(part.balance_transaction)
    assert (transaction.amount, transaction.fee, transaction.net) == (-550, 0, -550)
    charge = client.charges.retrieve(intent.latest_charge.id)
    assert (charge.amount_refunded, charge.refunded) == (550, False)
    with pytest.raises(stripe.InvalidRequestError, match="greater than unrefunded amount"):
        client.refunds.create({"payment_intent": intent.id, "amount": 2001})
    rest = client.refunds.create({"charge": charge.id})
    assert rest.amount == 2000
    assert client.charges.retrieve(charge.id).refunded
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.refunds.create({"charge": charge.id, "amount": 1})
    assert caught.value.code == "charge_already_refunded"
    assert [r.id for r in client.refunds.list({"charge": charge.id}).data] == [rest.id, part.id]
    assert len(client.refunds.list({"payment_intent": intent.id, "limit": 1}).data) == 1


def test_a_refund_in_another_currency_is_taken_at_the_same_rate(sandbox: Sandbox) -> None:
    intent = sandbox.paid(10_000, "gbp")
    refund = sandbox.client().refunds.create(
        {"payment_intent": intent.id, "amount": 4_000, "expand": ["balance_transaction"]}
    )
    assert refund.currency == "gbp"
    assert (refund.balance_transaction.amount, refund.balance_transaction.currency) == (
        -4_600,
        "eur",
    )


def test_a_refund_may_come_before_its_charge_is_settled(sandbox: Sandbox) -> None:
    client, session = sandbox.client(), sandbox.session()
    done = sandbox.control("pay", session=session.id)
    client.refunds.create({"payment_intent": done["payment_intent"]})
    sandbox.control("clock", advance_seconds=120)
    kinds = [t.type for t in client.balance_transactions.list().data]
    assert kinds == ["refund", "charge"]


@pytest.mark.parametrize("amount", [0, -5])
def test_a_refund_is_a_positive_amount(sandbox: Sandbox, amount: int) -> None:
    intent = sandbox.paid()
    with pytest.raises(stripe.InvalidRequestError):
        sandbox.client().refunds.create({"payment_intent": intent.id, "amount": amount})


def test_what_was_not_paid_is_not_refunded(sandbox: Sandbox) -> None:
    client, session = sandbox.client(), sandbox.session()
    sandbox.control("pay", session=session.id, card="4000000000000002")
    charge = client.charges.list().data[0]
    for params in ({"charge": charge.id}, {"payment_intent": charge.payment_intent}):
        with pytest.raises(stripe.InvalidRequestError):
            client.refunds.create(params)


def test_a_refund_can_be_pending_at_first(sandbox: Sandbox) -> None:
    client, intent = sandbox.client(), sandbox.paid(card="4000000000007726")
    refund = client.refunds.create({"payment_intent": intent.id})
    assert refund.status == "pending"
    sandbox.control("clock", advance_seconds=61)
    assert client.refunds.retrieve(refund.id).status == "succeeded"
    assert client.events.list({"type": "refund.updated"}).data[0].data.object.status == "succeeded"


@pytest.mark.parametrize(("currency", "taken"), [("eur", 1000), ("gbp", 1150)])
def test_a_refund_can_fail_later_and_the_money_comes_back(
    sandbox: Sandbox, currency: str, taken: int
) -> None:
    client, intent = sandbox.client(), sandbox.paid(2550, currency, card="4000000000005126")
    refund = client.refunds.create({"payment_intent": intent.id, "amount": 1000})
    assert refund.status == "succeeded"
    assert client.balance.retrieve().available[0].amount == -taken
    sandbox.control("clock", advance_seconds=61)
    refund = client.refunds.retrieve(refund.id, {"expand": ["failure_balance_transaction"]})
    assert (refund.status, refund.failure_balance_transaction.amount) == ("failed", taken)
    assert client.balance.retrieve().available[0].amount == 0
    assert client.charges.retrieve(intent.latest_charge.id).amount_refunded == 0
    types = [event.type for event in client.events.list({"types": ["refund.failed"]}).data]
    assert types == ["refund.failed"]
    books = sandbox.control("books")["currencies"][currency]
    assert (books["refunds"], books["refund_failures"]) == (1000, 1000)


def test_a_refund_in_the_dashboard_is_like_any_other(sandbox: Sandbox) -> None:
    client, intent = sandbox.client(), sandbox.paid(2550)
    made = sandbox.control("refund", payment_intent=intent.id, amount=50)
    assert client.refunds.retrieve(made["id"]).amount == 50
    event = client.events.list({"type": "refund.created"}).data[0]
    assert event.request.idempotency_key is None


def test_metadata_of_charges_and_refunds_can_be_changed(sandbox: Sandbox) -> None:
    client, intent = sandbox.client(), sandbox.paid()
    charge = client.charges.update(intent.latest_charge.id, {"metadata": {"seen": "1"}})
    assert charge.metadata.to_dict() == {"gift": "g1", "seen": "1"}
    refund = client.refunds.create({"charge": charge.id})
    refund = client.refunds.update(refund.id, {"metadata": {"why": "asked"}})
    assert refund.metadata.to_dict() == {"why": "asked"}


def test_balance_transactions_are_listed_by_source_type_and_time(sandbox: Sandbox) -> None:
    client, intent = sandbox.client(), sandbox.paid()
    refund = client.refunds.create({"payment_intent": intent.id, "amount": 100})
    listed = client.balance_transactions.list
    assert [t.source for t in listed({"type": "charge"}).data] == [intent.latest_charge.id]
    assert [t.amount for t in listed({"source": refund.id}).data] == [-100]
    with pytest.raises(stripe.InvalidRequestError, match="No such payout"):
        listed({"payout": "po_1"})
    sources = [t.source.object for t in listed({"expand": ["data.source"]}).data]
    assert sources == ["refund", "charge"]
    assert len(listed({"created": {"gte": intent.created}}).data) == 2


def test_the_books_tell_every_charge_in_detail(sandbox: Sandbox) -> None:
    intent = sandbox.paid(10_000, "gbp")
    sandbox.client().refunds.create({"payment_intent": intent.id, "amount": 4_000})
    status, _, body = sandbox.call("GET", "/_control/books?detail=1")
    books = json.loads(body)
    assert status == 200
    assert books["currencies"]["gbp"]["charges"] == 10_000
    assert books["currencies"]["gbp"]["refunds"] == 4_000
    assert books["currencies"]["eur"]["balance"] == 11_500 - 428 - 4_600
    assert books["currencies"]["eur"]["fees"] == 428
    (charge,) = books["charges"]
    assert (charge["charge"], charge["refunded"]) == (intent.latest_charge.id, 4_000)
    assert charge["balance_transaction"]["net"] == 11_072
    assert charge["refunds"][0]["settled"] == -4_600


def test_an_entry_that_does_not_balance_is_refused(sandbox: Sandbox) -> None:
    books = sandbox.emulator.world.books
    with pytest.raises(OutOfBalance):
        books.post("wrong", "x", [Leg("pending", "eur", 5), Leg("fees", "gbp", -5)])
    sandbox.emulator.world.store.run("INSERT INTO accounts VALUES ('fees', 'eur', 1)")
    with pytest.raises(OutOfBalance):
        books.check()
    sandbox.emulator.world.store.run("DELETE FROM accounts")


@pytest.mark.parametrize("currency", sorted(currencies.EURO_VALUE))
def test_every_currency_of_the_list_can_be_converted_and_has_a_minimum(currency: str) -> None:
    floor = currencies.minimum(currency, "eur")
    assert 0 < floor <= currencies.MAXIMUM
    assert currencies.convert(floor, currency, "eur") >= 50
    assert currencies.convert(floor - 1, currency, "eur") <= 50
    assert currencies.convert(1000, currency, currency) == 1000


def test_halves_are_rounded_away_from_zero() -> None:
    halves = [Fraction(n, 2) for n in (1, 3, -1, -3)]
    assert [currencies.half_up(half) for half in halves] == [1, 2, -1, -2]
    assert currencies.half_up(Fraction(49, 100)) == 0
