"""Goal: three people take an award to paid through pages, each with what they need to see."""

import pytest
from django.core.cache import cache

from funding.ledger.models import Entry
from funding.money import Money
from funding.users.models import Role
from grants import figures
from grants.models import AwardState, Disbursement, DisbursementState, Return, Screening
from tests.grants.payments.cast import IBAN, OTHER_IBAN, Stage, stage
from tests.grants.payments.desk import account, asked, at, bank_did, browser, text
from tests.grants.payments.figures import assert_identity
from tests.mail.conftest import MailServer
from tests.mail.conftest import server as server
from tests.people import make_person
from tests.users.conftest import code_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def set_() -> Stage:
    """The award and its people, and no brakes left over from another test."""
    cache.clear()
    return stage()


def ready(set_: Stage) -> Disbursement:
    """A payment that may be released."""
    row = set_.checked(set_.requested())
    set_.screened()
    return row


def test_an_award_is_paid_by_three_people_through_pages(set_: Stage) -> None:
    award = set_.award
    asel = browser(set_.asel, factor=False)
    pat, tara = browser(set_.pat), browser(set_.tara)
    asel.post(at(award, "bank"), account())
    assert asel.post(at(award, "ask"), asked())["Location"] == at(award)
    row = Disbursement.objects.get()
    assert "Check the payment of €300.00" in text(pat.get(at(award)))
    pat.post(at(award, "check", number=1), {"bank_sha256": row.bank_sha256})
    look = {
        "names": "Steppe Team\nAsel",
        "list_name": "Example list",
        "list_date": "2026-01-02",
        "result": "no_match",
        "note": "Looked up both.",
    }
    pat.post(at(award, "screening"), look)
    assert "No match found in Example list of" in text(tara.get(at(award, "payment", number=1)))
    tara.post(at(award, "release", number=1), bank_did(set_, row.bank_sha256))
    row.refresh_from_db()
    assert (row.state, row.fee_minor) == (DisbursementState.RELEASED, 1_500)
    assert figures.of([award.pk])[award.pk].paid == Money(30_000, "EUR")
    for client in (asel, pat, tara):
        page = text(client.get(at(award)))
        assert "reference SEB 4711" in page
        assert [page.count(sum_) >= 2 for sum_ in ("1,000.00", "300.00", "700.00")] == [True] * 3
    assert_identity(award)


def test_the_whole_account_is_for_whoever_answers_for_it(set_: Stage) -> None:
    row = set_.requested()
    payment = at(set_.award, "payment", number=1)
    assert IBAN in text(browser(set_.pat).get(payment))
    for who, address in (
        (set_.tara, payment),
        (set_.asel, at(set_.award)),
        (set_.pat, at(set_.award)),
    ):
        page = text(browser(who, factor=who != set_.asel).get(address))
        assert IBAN not in page
        assert "… 7466" in page
    set_.checked(row)
    set_.screened()
    assert IBAN in text(browser(set_.tara).get(payment))
    assert IBAN not in text(browser(set_.pat).get(payment))


def test_whoever_prepared_a_payment_sees_no_button_but_whom_it_waits_for(set_: Stage) -> None:
    row = ready(set_)
    page = text(browser(set_.pat).get(at(set_.award, "payment", number=1)))
    assert "Release it" not in page
    assert "Waits for a treasurer: <bdi>Paul</bdi>, <bdi>Tara</bdi>." in page
    set_.banked(iban=OTHER_IBAN, by=set_.paul)
    row.refresh_from_db()
    page = text(browser(set_.paul).get(at(set_.award, "payment", number=1)))
    assert "Check it" not in page
    assert "You entered the bank details. Another person takes this step." in page
    assert "<bdi>Dan</bdi>, <bdi>Pat</bdi>." in page


def test_without_a_look_there_is_no_release_but_what_it_lacks(set_: Stage) -> None:
    row = set_.checked(set_.requested())
    tara = browser(set_.tara)
    page = text(tara.get(at(set_.award, "payment", number=1)))
    assert "Nobody has looked up the payee" in page
    assert "has left our bank" not in page
    before = Entry.objects.count()
    answer = tara.post(at(set_.award, "release", number=1), bank_did(set_, row.bank_sha256))
    assert "Nobody has looked up the payee" in text(answer, 409)
    assert Entry.objects.count() == before


def test_an_applicant_confirms_by_mail_and_loses_nothing(set_: Stage, server: MailServer) -> None:
    asel = browser(set_.asel, factor=False, minutes_ago=10)
    answer = asel.post(at(set_.award, "bank"), account())
    assert answer["Location"].startswith("/accounts/confirm/")
    assert not set_.award.bank_details.exists()
    asel.post("/accounts/confirm/", {"next": at(set_.award, "bank")})
    code = {"code": code_in(server), "next": at(set_.award, "bank")}
    assert asel.post("/accounts/confirm/", code)["Location"] == at(set_.award)
    assert set_.award.bank_details.get().iban == IBAN.replace(" ", "")


def test_a_wrong_account_comes_back_filled_in(set_: Stage) -> None:
    wrong = account(iban="SE46 5000 0000 0583 9825 7466", holder="Өнөржаргал")
    asel = browser(set_.asel, factor=False)
    page = text(asel.post(at(set_.award, "bank"), wrong), 422)
    assert "This is no IBAN" in page
    assert "SE46 5000" in page
    assert "Өнөржаргал" in page
    assert "Write the BIC" in text(
        asel.post(
            at(set_.award, "bank"),
            account(iban="", account_number="5000123456", bank_name="Bank", country="MN"),
        ),
        422,
    )
    assert not set_.award.bank_details.exists()


def test_a_request_sent_twice_is_one_payment(set_: Stage) -> None:
    set_.banked()
    asel = browser(set_.asel, factor=False)
    for _ in range(2):
        assert asel.post(at(set_.award, "ask"), asked())["Location"] == at(set_.award)
    assert Disbursement.objects.count() == 1
    answer = asel.post(at(set_.award, "ask"), asked(amount="400"))
    assert "Another payment was asked for meanwhile" in text(answer, 409)
    assert Disbursement.objects.count() == 1


@pytest.mark.parametrize(
    ("facts", "status", "said"),
    [
        ({"amount": "1000.01"}, 409, "€1,000.00 of this award can still be asked for."),
        ({"amount": "ten"}, 422, "Write the amount in digits"),
        ({"amount": "0"}, 422, "Write a sum above nought."),
        ({"purpose": ""}, 422, "Write what the payment is for."),
    ],
)
def test_a_refused_request_comes_back_with_its_sentence(
    set_: Stage, facts: dict[str, str], status: int, said: str
) -> None:
    set_.banked()
    answer = browser(set_.asel, factor=False).post(at(set_.award, "ask"), asked(**facts))
    page = text(answer, status)
    assert said in page
    assert f'value="{facts.get("amount", "300.00")}"' in page
    assert not Disbursement.objects.exists()


def test_a_bank_change_between_check_and_release_stops_the_release(set_: Stage) -> None:
    row = ready(set_)
    tara = browser(set_.tara)
    text(tara.get(at(set_.award, "payment", number=1)))
    browser(set_.asel, factor=False).post(at(set_.award, "bank"), account(iban=OTHER_IBAN))
    before = Entry.objects.count()
    answer = tara.post(at(set_.award, "release", number=1), bank_did(set_, row.bank_sha256))
    page = text(answer, 409)
    assert "This payment is requested by now." in page
    assert "Nothing was changed." in page
    assert Entry.objects.count() == before


def test_a_bank_change_while_somebody_checks_shows_them_the_new_account(set_: Stage) -> None:
    row = set_.requested()
    pat = browser(set_.pat)
    assert IBAN in text(pat.get(at(set_.award, "payment", number=1)))
    set_.banked(iban=OTHER_IBAN)
    answer = pat.post(at(set_.award, "check", number=1), {"bank_sha256": row.bank_sha256})
    page = text(answer, 409)
    assert "The bank details were changed meanwhile" in page
    assert OTHER_IBAN in page
    row.refresh_from_db()
    assert row.state == DisbursementState.REQUESTED


def test_two_treasurers_with_the_same_page_open_release_once(set_: Stage) -> None:
    row = ready(set_)
    other = make_person("tom@example.org", "Tom", Role.TREASURER)
    first, second = browser(set_.tara), browser(other)
    for client in (first, second):
        assert "Release it" in text(client.get(at(set_.award, "payment", number=1)))
    address = at(set_.award, "release", number=1)
    assert first.post(address, bank_did(set_, row.bank_sha256)).status_code == 302
    page = text(second.post(address, bank_did(set_, row.bank_sha256)), 409)
    assert "This payment is paid by now." in page
    assert Entry.objects.filter(reason="award_paid").count() == 1


@pytest.mark.parametrize(
    ("facts", "status", "said"),
    [
        ({"reference": ""}, 422, "Write the reference that the bank gave."),
        ({"fee": "-1"}, 422, "Write 0 or more."),
        ({"paid_on": "2999-01-01"}, 409, "The bank paid between the day of the check and today."),
        ({"sent": "300", "sent_currency": "MNT"}, 409, "Write the rate"),
        ({"sent": "299.99"}, 409, "the bank sends what was approved"),
        ({"place": "bank:nowhere"}, 422, "Select a valid choice"),
    ],
)
def test_a_refused_release_comes_back_filled_in(
    set_: Stage, facts: dict[str, str], status: int, said: str
) -> None:
    row = ready(set_)
    before = Entry.objects.count()
    answer = browser(set_.tara).post(
        at(set_.award, "release", number=1), bank_did(set_, row.bank_sha256, **facts)
    )
    page = text(answer, status)
    assert said in page
    assert f'value="{facts.get("reference", "SEB 4711")}"' in page or "reference" in facts
    assert Entry.objects.count() == before


def test_a_payment_is_declined_with_a_reason(set_: Stage) -> None:
    set_.checked(set_.requested())
    tara = browser(set_.tara)
    address = at(set_.award, "decline", number=1)
    assert "Write why." in text(tara.post(address, {"why": ""}), 422)
    assert tara.post(address, {"why": "Too early."})["Location"] == at(set_.award)
    assert "Too early." in text(browser(set_.asel, factor=False).get(at(set_.award)))
    assert "by now" in text(tara.post(address, {"why": "Again."}), 409)
    assert_identity(set_.award)


def test_a_rest_is_cancelled_through_its_page(set_: Stage) -> None:
    set_.requested(30_000)
    pat = browser(set_.pat)
    page = text(pat.get(at(set_.award, "cancel")))
    assert "−700.00" in page
    assert "300.00" in page
    assert "Write why." in text(pat.post(at(set_.award, "cancel"), {"why": " "}), 422)
    assert pat.post(at(set_.award, "cancel"), {"why": "Done."}).status_code == 302
    page = text(browser(set_.asel, factor=False).get(at(set_.award)))
    assert "€700.00 was cancelled by Pat" in page
    assert "Nothing of this award is left" in text(
        pat.post(at(set_.award, "cancel"), {"why": "Done."}), 409
    )


def test_an_award_that_is_over_offers_nothing(set_: Stage) -> None:
    set_.cancelled()
    set_.award.refresh_from_db()
    assert set_.award.state == AwardState.CANCELLED
    page = text(browser(set_.asel, factor=False).get(at(set_.award)))
    assert "cancelled" in page
    assert 'class="button' not in page
    for name in ("bank", "ask"):
        answer = browser(set_.asel, factor=False).get(at(set_.award, name))
        assert "This award is over" in text(answer, 409)


def test_money_that_came_back_is_recorded_once(set_: Stage) -> None:
    set_.paid(30_000)
    tara = browser(set_.tara)
    form = {
        "amount": "100",
        "returned_on": set_.award.disbursements.get().paid_on,
        "place": set_.bank,
        "reference": "BACK 7",
    }
    assert "€300.00 of this award was paid" in text(tara.get(at(set_.award, "return")))
    assert tara.post(at(set_.award, "return"), form).status_code == 302
    page = text(tara.post(at(set_.award, "return"), form), 409)
    assert "was recorded before: €100.00" in page
    assert 'value="BACK 7"' in page
    assert Return.objects.count() == 1
    assert "No more can come back." in text(
        tara.post(at(set_.award, "return"), form | {"amount": "201", "reference": "BACK 8"}), 409
    )
    assert "came back unspent" in text(browser(set_.asel, factor=False).get(at(set_.award)))
    assert_identity(set_.award)


def test_an_administrator_looks_a_payee_up_and_sees_nothing_else(set_: Stage) -> None:
    set_.requested()
    ada = browser(make_person("ada@example.org", "Ada", Role.ADMINISTRATOR))
    page = text(ada.get(at(set_.award, "screening")))
    assert "Steppe Team\nAsel" in page
    assert "7466" not in page
    assert ada.get(at(set_.award)).status_code == 404
    look = {
        "names": "Somebody else",
        "list_name": "Example list",
        "list_date": "2026-01-02",
        "result": "no_match",
        "note": "Looked.",
    }
    assert "Look the account holder up as well" in text(
        ada.post(at(set_.award, "screening"), look), 409
    )
    assert not Screening.objects.exists()
    look["names"] = "steppe team"
    assert ada.post(at(set_.award, "screening"), look)["Location"] == at(set_.award, "screening")
    assert str(Screening.objects.get().made_by) == "Ada"


def test_an_applicant_is_not_shown_who_was_looked_up_in_which_list(set_: Stage) -> None:
    set_.paid()
    page = text(browser(set_.asel, factor=False).get(at(set_.award)))
    assert "Example list" not in page
    assert "Waits for" not in page
