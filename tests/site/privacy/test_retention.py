"""Goal: what the law keeps stays its years and not a day longer, however many let it go."""

import datetime as dt
import threading
from collections.abc import Callable
from uuid import uuid4

import pytest
from django.db import transaction

from donors import receipts
from donors.giftaid import claims
from donors.intake import matching
from donors.models import BankLine, Declaration, Gift
from funding import clock, jobs
from funding.alerts.models import Round
from funding.audit.models import Record
from funding.documents.models import Document
from funding.ledger.verify import verify
from funding.site.privacy import erasures, persons, retention
from funding.site.privacy.models import Erasure, ErasureState, Kept, KeptWhat
from funding.site.privacy.retention import CannotGo
from tests.clocks import clock_at as clock_at
from tests.conftest import as_root
from tests.donors import taxpayers
from tests.donors.intake import desk as making
from tests.donors.intake.desk import TARA, Desk
from tests.ledger.racing import together
from tests.sandbox.conftest import Sandbox
from tests.site.privacy.test_erasures import books, left


def gone(donor_id: int) -> Erasure:
    """Removed, as far as it goes without Stripe."""
    person = persons.of_donor(donor_id)
    assert person is not None
    receipts.sweep()
    left()
    row = erasures.ask(person=person, ends_pledges=False, actor="user:1", language="en")
    for _round in range(2):
        Erasure.objects.filter(pk=row.pk).update(due_at=clock.now())
        erasures.carry_out(row.pk)
        left()
    row.refresh_from_db()
    assert row.state == ErasureState.DONE, (row.waits_for, row.error)
    return row


def new_year(year: int) -> dt.datetime:
    return dt.datetime(year, 1, 1, 12, tzinfo=dt.UTC)


def by_bank(desk: Desk) -> Gift:
    """Two gifts of Bo's: a line of the bank, and one noted by hand."""
    line = desk.line(12000, payer_name="BO EK UNHEARD", text="From Bo")
    matching.match(
        line_id=line.pk,
        kind="gift",
        amount_minor=12000,
        what=desk.giver(12000),
        actor=TARA,
        token=uuid4(),
    )
    return desk.gift(reference="BO EK SALARY 7")


@pytest.mark.django_db
def test_gifts_by_hand_and_bank_lines_keep_their_names_for_the_years(
    clock_at: Callable[[dt.datetime], None],
) -> None:
    desk = making.desk()
    gift = by_bank(desk)
    other = desk.line(500, payer_name="ASA OPENLY")
    before = books()
    gone(gift.donor_id)
    gift.refresh_from_db()
    assert (gift.reference, gift.donor_name) == ("BO EK SALARY 7", "Erased donor")
    line = BankLine.objects.get(payer_name="BO EK UNHEARD")
    what = set(Kept.objects.values_list("what", flat=True))
    assert {KeptWhat.REFERENCE, KeptWhat.BANK_LINE} <= what
    (shelf, *_more) = retention.shelves()
    last = shelf.last_until.year
    clock_at(dt.datetime(last, 12, 31, 12, tzinfo=dt.UTC))
    assert retention.let_go() == 0
    clock_at(new_year(last + 1))
    assert retention.let_go() == Kept.objects.count()
    gift.refresh_from_db()
    line.refresh_from_db()
    assert gift.reference == f"erased:{gift.pk}"
    assert (line.payer_name, line.payer_iban, line.text) == ("", "", "")
    assert line.reference == f"erased:{line.pk}"
    other.refresh_from_db()
    assert other.payer_name == "ASA OPENLY"
    assert books() == before
    desk.assert_sound()


@pytest.mark.django_db
def test_a_claimed_declaration_stays_six_years_and_goes_then(
    clock_at: Callable[[dt.datetime], None],
) -> None:
    society = taxpayers.society()
    society.declare()
    gift = society.gift()
    claim = claims.gather(entity_id=society.entity.pk, actor=TARA)
    person = persons.of_donor(gift.donor_id)
    assert person is not None
    receipts.sweep()
    left()
    waits = erasures.ask(person=person, ends_pledges=False, actor="user:1", language="en")
    assert not erasures.carry_out(waits.pk)
    waits.refresh_from_db()
    assert waits.waits_for == "claims"
    claims.send(claim_id=claim.pk, reference="HMRC 1", actor=TARA)
    gone(gift.donor_id)
    declaration = Declaration.objects.get()
    assert (declaration.last_name, declaration.cancelled_on is None) == ("O'Brien-Smith", False)
    kept = Kept.objects.get(what=KeptWhat.DECLARATION)
    assert (kept.ground, kept.counts_from) == ("aid", gift.received_on)
    clock_at(dt.datetime(kept.counts_from.year + 6, 12, 31, 12, tzinfo=dt.UTC))
    retention.let_go()
    declaration.refresh_from_db()
    assert declaration.last_name == "O'Brien-Smith"
    clock_at(new_year(kept.counts_from.year + 7))
    assert retention.let_go() >= 1
    declaration.refresh_from_db()
    assert (declaration.first_name, declaration.last_name) == ("Erased", "donor")
    assert "Zo" not in f"{declaration.title}{declaration.house}{declaration.wording}"
    assert [each for each in verify() if not each.is_notice] == []


@pytest.mark.django_db
def test_a_declaration_without_a_claim_goes_at_once() -> None:
    society = taxpayers.society()
    gift = society.gift()
    society.declare()
    gone(gift.donor_id)
    declaration = Declaration.objects.get()
    assert (declaration.last_name, declaration.postcode) == ("donor", "X")
    assert not Kept.objects.filter(what=KeptWhat.DECLARATION).exists()


def test_one_that_cannot_go_is_told_keeps_no_other_and_goes_when_it_can(
    committed: None, clock_at: Callable[[dt.datetime], None], stripe: Sandbox
) -> None:
    del committed, stripe
    number = kept_things(clock_at)
    stuck = Kept.objects.filter(what=KeptWhat.DOCUMENT).order_by("pk").first()
    assert stuck is not None
    # Its paper is damaged, as no rule of the product would leave it.
    facts = "UPDATE documents_document SET snapshot = %s WHERE id = %s"
    as_root(facts, "[]", stuck.number)
    with pytest.raises(CannotGo, match=f"1 kept things cannot go; {number - 1} went"):
        retention.let_go()
    assert list(retention.kept().values_list("pk", flat=True)) == [stuck.pk]

    jobs.nightly_once()
    night = Round.objects.get(name="kept papers")
    assert (night.error, night.failing_since is not None) == ("CannotGo", True)
    assert retention.over().count() == 1
    as_root(facts, "{}", stuck.number)
    jobs.nightly_once()
    night.refresh_from_db()
    assert (night.error, night.failing_since) == ("", None)
    assert not retention.kept().exists()
    assert Document.objects.get(pk=stuck.number).scrubbed_at is not None


def kept_things(clock_at: Callable[[dt.datetime], None]) -> int:
    desk = making.desk()
    gone(by_bank(desk).donor_id)
    clock_at(new_year(clock.now().year + 60))
    return retention.over().count()


def test_two_workers_let_each_thing_go_once(
    committed: None, clock_at: Callable[[dt.datetime], None]
) -> None:
    number = kept_things(clock_at)
    assert number >= 2
    done = together(3, lambda _: retention.let_go())
    assert sum(each for each in done if isinstance(each, int)) == number, done
    assert Record.objects.filter(action="kept.let_go").count() == number
    assert not retention.kept().exists()


def test_control_without_the_lock_a_thing_goes_more_than_once(
    committed: None, clock_at: Callable[[dt.datetime], None]
) -> None:
    kept_things(clock_at)
    first = Kept.objects.order_by("pk").values_list("pk", flat=True)[0]

    both = threading.Barrier(2)

    def careless(_: int) -> int:
        with transaction.atomic():
            row = Kept.objects.get(pk=first)
            if row.scrubbed_at is not None:
                return 0
            # So long as another one looks as well.
            both.wait(timeout=10)
            return Kept.objects.filter(pk=first).update(scrubbed_at=clock.now())

    assert together(2, careless) == [1, 1]
