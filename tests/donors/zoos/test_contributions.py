"""Goal: a promise becomes one invoice for each of its days, with no gap, and books nothing."""

import datetime as dt
import time
import uuid
from collections.abc import Callable

import pytest
from django.db import IntegrityError, transaction

from donors.models import Contribution, ContributionState, Invoice, InvoiceState, Pace
from donors.zoos import accounts, contributions, invoices, overdue
from donors.zoos.accounts import NotAnAccount
from donors.zoos.contributions import NotAPromise, NotProposed
from donors.zoos.invoices import NoReason, NotOpen
from funding import clock
from funding.documents.models import Document, DocumentState
from funding.ledger.models import Entry
from funding.mail.models import Mail
from tests import make
from tests.clocks import clock_at as clock_at
from tests.donors.intake import desk as making
from tests.donors.intake.desk import TARA, Desk
from tests.donors.zoos import zoo_world
from tests.donors.zoos.invoicing import days, invoice, offer, promised
from tests.donors.zoos.invoicing import desk as desk
from tests.donors.zoos.invoicing import open_desk as open_desk
from tests.ledger.racing import together

Clock = Callable[[dt.datetime], None]


@pytest.mark.parametrize(
    "wrong",
    [
        {"amount_minor": 0},
        {"currency": "QQQ"},
        {"currency": "MNT"},
        {"fund_id": None},
        {"fund_id": 2_000_000_000},
        {"starts_on": dt.date(2020, 1, 1)},
        {"starts_on": dt.date(2200, 1, 1)},
    ],
)
def test_what_is_no_promise_is_refused(desk: Desk, wrong: dict[str, object]) -> None:
    zoo = zoo_world.zoo()
    with pytest.raises(NotAPromise):
        contributions.promise(zoo_id=zoo.pk, offer=offer(desk, **wrong), actor="user:2")
    assert not Contribution.objects.exists()


def test_a_form_sent_twice_is_one_promise_and_other_content_is_an_error(desk: Desk) -> None:
    zoo, asked = zoo_world.zoo(), offer(desk)
    first, second = (
        contributions.promise(zoo_id=zoo.pk, offer=asked, actor="user:2") for _ in range(2)
    )
    assert first == second
    with pytest.raises(NotAPromise):
        contributions.promise(
            zoo_id=zoo.pk, offer=offer(desk, token=asked.token, amount_minor=1), actor="user:2"
        )


def test_words_wait_for_a_fund_and_stay_as_they_were_written(desk: Desk) -> None:
    row = promised(desk, fund_id=None, wish="For dens in Mongolia,\nbefore winter.")
    assert (row.state, row.next_on) == (ContributionState.PROPOSED, None)
    assert not contributions.bill(row.pk)
    fund = make.fund(desk.entity, "Mongolia", restriction="restricted", surplus="Then elsewhere.")
    for _ in range(2):
        contributions.give_fund(contribution_id=row.pk, fund_id=fund.pk, actor=TARA)
    with pytest.raises(NotProposed):
        contributions.give_fund(contribution_id=row.pk, fund_id=desk.general.pk, actor=TARA)
    assert contributions.bill(row.pk)
    made = Invoice.objects.get()
    assert made.fund == fund
    assert made.document is not None
    assert made.document.snapshot["wish"] == "For dens in Mongolia, before winter."


def test_the_database_knows_no_running_promise_without_a_fund(desk: Desk) -> None:
    promised(desk)
    with pytest.raises(IntegrityError, match="contribution_state_fits"), transaction.atomic():
        Contribution.objects.update(fund=None)


def test_nothing_is_issued_before_an_account_is_known(db: None) -> None:
    row = promised(making.desk())
    assert not contributions.bill(row.pk)
    assert not Document.objects.exists()
    with pytest.raises(NotAnAccount):
        accounts.write(
            entity_id=row.entity_id, holder="A", bank="", iban="SE00 5000", bic="", actor=TARA
        )


def test_an_invoice_is_no_income_and_no_debt(desk: Desk) -> None:
    made = invoice(desk, order_number="PO-7731")
    assert not Entry.objects.exists()
    assert (made.open_minor, made.due_on - made.issued_on) == (50_000, days(30))
    assert made.reference.startswith("RF")
    row = made.contribution
    row.refresh_from_db()
    assert row.state == ContributionState.ENDED
    assert not contributions.bill(row.pk)


@pytest.mark.parametrize(
    ("pace", "first", "then"),
    [
        (Pace.QUARTERLY, (8, 31), [(11, 30), (2, 0), (5, 31), (8, 31)]),
        (Pace.YEARLY, (12, 31), [(12, 31), (12, 31)]),
    ],
)
def test_each_day_of_a_rhythm_has_one_invoice(
    desk: Desk,
    clock_at: Clock,
    pace: Pace,
    first: tuple[int, int],
    then: list[tuple[int, int]],
) -> None:
    year = desk.today.year + 1
    begins = dt.date(year, *first)
    row = promised(desk, pace=pace, starts_on=begins)
    assert contributions.sweep() == 0
    clock_at(dt.datetime.combine(begins + days(365), dt.time(12), dt.UTC))
    while contributions.sweep():
        pass
    told = list(row.invoices.order_by("period_on").values_list("period_on", flat=True))
    assert told[0] == begins
    # Of February the last day, whichever that is in this year.
    found = [(day.month, 0 if day.month == 2 else day.day) for day in told[1:]]
    assert found == then[: len(found)]
    numbers = list(Document.objects.order_by("pk").values_list("number", flat=True))
    assert numbers == list(range(1, len(told) + 1))


def test_two_sweeps_at_once_issue_once(open_desk: Desk) -> None:
    row = promised(open_desk, pace=Pace.YEARLY)
    assert together(3, lambda _number: contributions.bill(row.pk)).count(True) == 1
    assert Invoice.objects.count() == Document.objects.count() == 1


def test_without_the_lock_the_database_keeps_the_second_one_out(open_desk: Desk) -> None:
    row = promised(open_desk, pace=Pace.YEARLY)

    def bill(_number: int) -> object:
        with transaction.atomic():
            seen = Contribution.objects.get(pk=row.pk)
            time.sleep(0.3)
            assert seen.next_on is not None
            return invoices.issue(seen, period_on=seen.next_on)

    assert [type(each) for each in together(2, bill)].count(IntegrityError) == 1
    assert list(Document.objects.values_list("number", flat=True)) == [1]


def test_the_mail_goes_once_to_who_sees_to_invoices_with_all_that_is_needed(desk: Desk) -> None:
    made = invoice(desk, order_number="PO-7731")
    for _ in range(2):
        invoices.make(made.pk)
    mail = Mail.objects.get(key=f"invoice:{made.pk}:mail")
    assert mail.to_address == "invoices@kuusiranta.example"
    assert mail.attachments.get().content[:5] == b"%PDF-"
    for words in ("€500.00", "PO-7731", "SE45 5000", made.reference[:4], "Kuusiranta Zoo"):
        assert words in mail.text
        assert words in mail.html
    assert invoices.sweep() == 0


def test_the_sweep_alone_mails_it(desk: Desk) -> None:
    made = invoice(desk)
    assert invoices.sweep() == 1
    made.refresh_from_db()
    assert made.mailed_at is not None


def test_cancelled_it_is_void_and_the_zoo_is_told(desk: Desk) -> None:
    made = invoice(desk)
    invoices.make(made.pk)
    with pytest.raises(NoReason):
        invoices.cancel(invoice_id=made.pk, why=" ", actor=TARA)
    for _ in range(2):
        invoices.cancel(invoice_id=made.pk, why="Sent twice.", actor=TARA)
    made.refresh_from_db()
    assert (made.state, made.open_minor) == (InvoiceState.CANCELLED, 0)
    assert Document.objects.get().state == DocumentState.VOID
    assert Mail.objects.filter(key=f"invoice:{made.pk}:cancelled").count() == 1
    with pytest.raises(NotOpen):
        invoices.forgive(invoice_id=made.pk, why="x", actor=TARA)


def test_replaced_it_has_a_new_number_and_the_old_one_points_there(desk: Desk) -> None:
    made = invoice(desk)
    first, second = (
        invoices.replace(
            invoice_id=made.pk, amount_minor=40_000, order_number="PO-1", why="Sum.", actor=TARA
        )
        for _ in range(2)
    )
    made.refresh_from_db()
    assert first == second == made.replaced_by
    assert made.document is not None
    assert made.document.state == DocumentState.REPLACED
    assert first.document is not None
    assert first.document.snapshot["replaces"] == made.document.name
    assert (first.amount_minor, first.order_number) == (40_000, "PO-1")


def test_reminders_follow_their_plan_and_are_one_mail(desk: Desk, clock_at: Clock) -> None:
    zoo = zoo_world.zoo()
    first = invoice(desk, zoo)
    invoice(desk, zoo, token=uuid.uuid4(), amount_minor=12_300)
    sent = []
    for passed in (0, 6, 7, 8, 20, 21, 44, 46, 90):
        clock_at(dt.datetime.combine(first.due_on + days(passed), dt.time(12), dt.UTC))
        sent.append(overdue.remind() + overdue.remind())
    assert sent == [0, 0, 1, 0, 0, 1, 0, 1, 0]
    mails = Mail.objects.filter(cause=f"zoo:{zoo.pk}", key__contains="reminder").order_by("pk")
    assert [mail.to_address for mail in mails] == ["invoices@kuusiranta.example"] * 3
    assert "2 invoices are still open" in mails[0].subject
    assert "€123.00" in mails[0].text


def test_after_weeks_without_a_sweep_one_reminder_goes(desk: Desk, clock_at: Clock) -> None:
    made = invoice(desk)
    clock_at(dt.datetime.combine(made.due_on + days(60), dt.time(12), dt.UTC))
    assert (overdue.remind(), overdue.remind()) == (1, 0)
    clock_at(clock.now() + days(1))
    assert overdue.remind() == 0


@pytest.mark.parametrize(
    ("currency", "minor", "shown"),
    [("KWD", 75_120, "75.120"), ("KRW", 500_000, "500,000"), ("CZK", 600_000, "6,000.00")],
)
def test_other_currencies_are_printed_with_their_own_decimals(
    desk: Desk, currency: str, minor: int, shown: str
) -> None:
    made = invoice(desk, currency=currency, amount_minor=minor)
    invoices.make(made.pk)
    assert shown in Mail.objects.get(key=f"invoice:{made.pk}:mail").text
