"""Goal: whoever took money back is asked for no more before somebody has spoken with them."""

import datetime as dt
from collections.abc import Callable

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from donors import followers, withdrawals
from donors.models import (
    Contribution,
    ContributionState,
    Gift,
    Invoice,
    InvoicePayment,
    Pace,
    PausedWhy,
    WithdrawalKind,
)
from donors.views.zoo_file import paused
from donors.zoos import contributions, invoices, pauses
from donors.zoos.pauses import NotPaused
from funding import clock
from funding.audit.models import Record
from funding.gateway.disputes import Move
from funding.mail.models import Mail
from funding.money import Money
from funding.users.models import Role
from tests.clocks import clock_at as clock_at
from tests.donors.intake.desk import TARA, Desk
from tests.donors.stating import disputed, given
from tests.donors.zoos.invoicing import desk as desk
from tests.donors.zoos.invoicing import invoice, promised
from tests.donors.zoos.invoicing import open_desk as open_desk
from tests.donors.zoos.test_money_back import back
from tests.donors.zoos.test_payments import pays
from tests.ledger.racing import together
from tests.people import make_person, sign_in

Clock = Callable[[dt.datetime], None]


def paid(desk: Desk) -> Contribution:
    """A yearly promise whose first invoice was paid by bank."""
    made = invoice(desk, pace=Pace.YEARLY)
    pays(desk.line(50_000), made, 50_000)
    return fresh(made.contribution)


def fresh(row: Contribution) -> Contribution:
    row.refresh_from_db()
    return row


def mails() -> list[Mail]:
    return list(Mail.objects.filter(key__contains=":paused-").order_by("pk"))


def bounced(gift: Gift) -> None:
    """Its debit comes back."""
    amount = Money(-gift.gross_minor, gift.currency)
    withdrawals.take_down(
        gift_id=gift.pk,
        kind=WithdrawalKind.LATE_FAILURE,
        source="pyr_1",
        taken_minor=gift.gross_minor,
        moves=[Move("txn_pyr_1", amount, Money(0, "EUR"), clock.now())],
    )


def due_again(row: Contribution, clock_at: Clock) -> None:
    """The day of the next invoice comes."""
    assert row.next_on is not None
    clock_at(dt.datetime.combine(row.next_on, dt.time(12), dt.UTC))


# What is refused.


def test_the_database_knows_no_pause_without_a_reason(desk: Desk) -> None:
    paid(desk)
    now, told = clock.now(), "contribution_pause_says_why"
    for facts in (
        {"state": ContributionState.PAUSED},
        {"state": ContributionState.PAUSED, "paused_at": now},
        {"state": ContributionState.PAUSED, "paused_at": now, "paused_why": "x"},
        {"paused_at": now},
        {"paused_why": PausedWhy.REFUNDED},
    ):
        with pytest.raises(IntegrityError, match=told), transaction.atomic():
            Contribution.objects.update(**facts)


def test_what_ended_or_waits_for_a_fund_does_not_go_on(desk: Desk) -> None:
    waits = promised(desk, fund_id=None, wish="For dens.")
    with pytest.raises(NotPaused):
        pauses.go_on(contribution_id=waits.pk, actor=TARA)
    contributions.end(contribution_id=waits.pk, actor=TARA)
    with pytest.raises(NotPaused):
        pauses.go_on(contribution_id=waits.pk, actor=TARA)
    assert not Record.objects.filter(action="contribution.goes_on").exists()


def test_a_paused_one_issues_nothing(desk: Desk, clock_at: Clock) -> None:
    row = paid(desk)
    back(desk, 20_000)
    due_again(fresh(row), clock_at)
    assert contributions.sweep() == 0
    assert not contributions.bill(row.pk)
    assert Invoice.objects.count() == 1


# Twice, and at once.


def test_told_again_it_is_paused_and_mailed_once(desk: Desk) -> None:
    row = paid(desk)
    back(desk, 20_000)
    first = fresh(row).paused_at
    for _time in range(3):
        followers.tell(Gift.objects.get())
    back(desk, 10_000)
    assert (fresh(row).state, row.paused_at) == (ContributionState.PAUSED, first)
    assert len(mails()) == 1
    assert Record.objects.filter(action="contribution.paused").count() == 1


def test_after_it_goes_on_more_money_back_pauses_it_again(desk: Desk) -> None:
    row = paid(desk)
    for number in range(2):
        back(desk, 10_000)
        assert fresh(row).state == ContributionState.PAUSED
        for _time in range(2):
            pauses.go_on(contribution_id=row.pk, actor=TARA)
        assert len(mails()) == number + 1
    assert Record.objects.filter(action="contribution.goes_on").count() == 2
    assert (fresh(row).state, row.paused_why) == (ContributionState.RUNNING, "")


def test_refund_and_invoice_at_once_make_no_invoice_after_the_pause(open_desk: Desk) -> None:
    row = paid(open_desk)
    gift = Gift.objects.get()
    Contribution.objects.update(starts_on=open_desk.today, next_on=open_desk.today)
    Invoice.objects.update(period_on=open_desk.today - dt.timedelta(days=365))

    def act(number: int) -> None:
        if number < 2:
            back(open_desk, 10_000, gift)
        else:
            contributions.bill(row.pk)

    together(4, act)
    assert fresh(row).state == ContributionState.PAUSED
    issued = Record.objects.filter(action="invoice.issued").order_by("pk").last()
    stopped = Record.objects.get(action="contribution.paused")
    assert issued is not None
    assert issued.pk < stopped.pk
    assert len(mails()) == 1
    before = Invoice.objects.count()
    together(3, lambda _number: contributions.bill(row.pk))
    assert Invoice.objects.count() == before


def test_control_one_that_nobody_paused_issues_its_next_invoice(
    desk: Desk, clock_at: Clock
) -> None:
    row = paid(desk)
    due_again(row, clock_at)
    assert contributions.sweep() == 1


# How it goes.


@pytest.mark.parametrize(
    ("kind", "why", "said"),
    [
        (WithdrawalKind.DISPUTE, PausedWhy.DISPUTED, "is disputed"),
        (WithdrawalKind.LATE_FAILURE, PausedWhy.BOUNCED, "took back a debit"),
    ],
)
def test_a_bank_that_takes_money_back_pauses_it_too(
    desk: Desk, kind: WithdrawalKind, why: PausedWhy, said: str
) -> None:
    made, gift = invoice(desk, pace=Pace.YEARLY), given(desk.general, 50_000, clock.now())
    InvoicePayment.objects.create(
        invoice=made, gift=gift, minor=50_000, paid_on=desk.today, created_at=clock.now()
    )
    made.paid_minor = 50_000
    invoices.restate(made)
    if kind == WithdrawalKind.DISPUTE:
        disputed(gift, -50_000, clock.now())
    else:
        bounced(gift)
    row = fresh(made.contribution)
    assert (row.state, row.paused_why) == (ContributionState.PAUSED, why)
    (mail,) = mails()
    assert said in mail.text
    assert said in mail.html


def test_the_zoo_is_mailed_why_and_the_treasurer_lets_it_go_on(
    client: Client, desk: Desk, clock_at: Clock
) -> None:
    row = paid(desk)
    back(desk, 20_000)
    (mail,) = mails()
    assert mail.to_address == row.zoo.finance_email
    assert "We gave back €200.00" in mail.text
    tara = make_person("tara@fund.example", "Tara", Role.TREASURER)
    (wait,) = paused(tara)
    assert row.zoo.name in wait.title
    due_again(fresh(row), clock_at)
    clock_at(clock.now() + dt.timedelta(days=400))
    sign_in(client, tara)
    page = client.get(wait.url).text
    here = f"/treasurer/zoos/{row.zoo.uuid}/promises/{row.pk}/"
    assert "Money was given back" in page
    assert f"{here}go-on/" in page
    assert f"{here}end/" in page
    assert client.post(f"{here}nothing/").status_code == 404
    assert client.post(f"{here}go-on/").status_code == 302
    # What fell into the pause is not asked for.
    assert fresh(row).next_on is not None
    assert row.next_on >= clock.today("UTC")  # type: ignore[operator]
    assert contributions.sweep() == 0
    assert paused(tara) == []


def test_the_treasurer_can_end_it(client: Client, desk: Desk) -> None:
    row = paid(desk)
    back(desk, 20_000)
    sign_in(client, make_person("tara@fund.example", "Tara", Role.TREASURER))
    for _time in range(2):
        here = f"/treasurer/zoos/{row.zoo.uuid}/promises/{row.pk}/end/"
        assert client.post(here).status_code == 302
    assert (fresh(row).state, row.next_on, row.paused_at) == (ContributionState.ENDED, None, None)
