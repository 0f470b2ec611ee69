"""Goal: the grantee is told of each change of their money, in text and in HTML alike."""

import pytest

from funding.mail.models import Mail
from funding.money import Money
from grants import disbursements
from tests.grants.payments.cast import OTHER_IBAN, Stage, stage

pytestmark = pytest.mark.django_db

NAMES = ["Łukasz Żółw", "Бат-Эрдэнэ Дорж", "山田花子", "Zoë <b>O’Brien</b>"]


@pytest.fixture
def set_() -> Stage:
    """The award and its people."""
    return stage()


def named(set_: Stage, title: str) -> Stage:
    """The same award, of a project with this title."""
    project = set_.award.application.project
    project.title = title
    project.save()
    return set_


def mails() -> dict[str, Mail]:
    """The last mail of each kind: by the noun and the verb of its key."""
    rows = Mail.objects.order_by("pk")
    return {mail.key.partition(":")[0] + mail.key.rpartition(":")[2]: mail for mail in rows}


def unwrapped(side: str) -> str:
    """A mail's words on one line, wherever its lines were broken."""
    return " ".join(side.split())


@pytest.mark.parametrize("title", NAMES)
def test_every_mail_names_the_work_on_both_sides(set_: Stage, title: str) -> None:
    named(set_, title)
    set_.banked()
    set_.paid(30_000)
    set_.banked(iban=OTHER_IBAN, by=set_.pat)
    row = set_.requested(10_000)
    disbursements.decline(disbursement_id=row.pk, why="Too <early>.", by=set_.dan)
    set_.returned(5_000)
    set_.cancelled()
    told = mails()
    assert set(told) == {
        "bankdetailsentered",
        "disbursementpaid",
        "disbursementdeclined",
        "returntold",
        "cancellationtold",
    }
    for mail in told.values():
        assert mail.to_address == set_.asel.email
        assert title in unwrapped(mail.text)
        assert title.replace("<", "&lt;").replace(">", "&gt;") in unwrapped(mail.html)
        assert "<b>O’Brien" not in mail.html
        assert "Manul Fund Example Foundation" in mail.text
        assert "{" not in mail.text
        assert len(mail.subject) < 200
    assert "Too <early>." in told["disbursementdeclined"].text
    assert "Too &lt;early&gt;." in told["disbursementdeclined"].html


def test_a_change_of_account_is_told_to_the_applicants_own_address(set_: Stage) -> None:
    set_.checked(set_.requested())
    set_.banked(iban=OTHER_IBAN, by=set_.pat)
    mail = Mail.objects.order_by("pk").last()
    assert mail is not None
    assert mail.to_address == set_.asel.email
    assert mail.subject == "The bank details for Steppe were changed"
    for side in map(unwrapped, (mail.text, mail.html)):
        assert "3000" in side
        assert "DE89" not in side
        assert "The programme officer entered an account" in side
        assert "has to be checked again before it is made" in side


def test_a_payment_in_another_currency_says_what_was_sent(set_: Stage) -> None:
    row = set_.checked(set_.requested(30_000))
    set_.screened()
    set_.released(row, sent=Money(120_000_000, "MNT"), rate="4000.00")
    mail = Mail.objects.get(key=f"disbursement:{row.pk}:paid")
    for side in map(unwrapped, (mail.text, mail.html)):
        assert "€300.00" in side
        assert "at a rate of 4000.00" in side
        assert "SEB 4711" in side
