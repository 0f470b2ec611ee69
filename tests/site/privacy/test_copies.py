"""Goal: a person gets all that is held on them, once, and nothing of anybody else."""

import datetime as dt
import io
import json
from collections.abc import Callable

import pytest
from allauth.account.models import EmailAddress
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from pypdf import PdfReader

from funding import clock
from funding.audit.models import Record
from funding.ledger.models import Fund
from funding.mail import links
from funding.mail.models import Mail
from funding.site.privacy import copies, facts, persons
from funding.site.privacy.models import CopyState, DataCopy
from funding.users.models import Role, User
from tests import make
from tests.clocks import clock_at as clock_at
from tests.people import make_person, sign_in
from tests.site.privacy import lives

pytestmark = pytest.mark.django_db


@pytest.fixture
def general() -> Fund:
    return make.fund(make.entity())


@pytest.fixture
def owner(general: Fund) -> User:
    lives.brought_in(general, lives.lived(general).donor)
    lives.somebody_else(general)
    return User.objects.get(email=lives.EMAIL)


def ordered(user: User) -> DataCopy:
    return copies.order(person=persons.of_user(user), actor=f"user:{user.pk}", language="en")


def text_of(copy: DataCopy) -> str:
    copy.refresh_from_db()
    assert copy.for_readers is not None
    pages = PdfReader(io.BytesIO(bytes(copy.for_readers))).pages
    return " ".join(" ".join(page.extract_text().split()) for page in pages)


def test_the_copy_holds_everything_of_them_and_nothing_of_others(owner: User) -> None:
    copy = ordered(owner)
    assert copies.make(copy.pk)
    copy.refresh_from_db()
    assert copy.for_machines is not None
    told = json.loads(bytes(copy.for_machines))
    assert told["schema"] == "manul-fund/personal-data/1"
    assert {row["donor_name"] for row in told["held"]["donors.Gift"]} == {
        lives.NAME,
        "Z. Unheard",
    }
    assert len(told["held"]["donors.Gift"]) == 3
    assert {row["email"] for row in told["held"]["donors.Donor"]} == {lives.EMAIL, lives.WORK}
    expected = {
        "users.User", "account.EmailAddress", "donors.Consent", "donors.GiftLine",
        "donors.Tribute", "donors.Receipt", "donors.Statement", "documents.Document",
        "donors.Refund", "donors.Merge", "mail.Mail", "audit.Record",
    }  # fmt: skip
    assert expected <= set(told["held"])
    whole, shown = bytes(copy.for_machines).decode(), text_of(copy)
    for secret in lives.SECRETS:
        assert secret in whole
    for secret in ("Unheard", lives.EMAIL, lives.STREET, lives.WORDS):
        assert secret in shown
    for other in lives.OTHERS:
        assert other not in whole
        assert other not in shown


def test_no_secret_that_opens_something_is_told(owner: User) -> None:
    told = facts.told(persons.of_user(owner))
    assert "password" not in told["held"]["users.User"][0]
    sign_in(Client(), owner)
    (step,) = facts.told(persons.of_user(owner))["held"]["mfa.Authenticator"]
    assert "data" not in step


def test_whoever_of_the_fund_did_something_is_called_the_fund(owner: User) -> None:
    (refund,) = facts.told(persons.of_user(owner))["held"]["donors.Refund"]
    assert refund["requested_by"] == "the fund"
    logged = facts.told(persons.of_user(owner))["held"]["audit.Record"]
    assert {row["actor"] for row in logged} <= {
        "the fund", "system", f"user:{owner.pk}",
        *(f"donor:{pk}" for pk in persons.of_user(owner).donor_ids),
    }  # fmt: skip


def test_an_address_that_is_not_proved_tells_nothing(owner: User, general: Fund) -> None:
    del owner
    eve = make_person("eve@nobody.example", "Eve")
    EmailAddress.objects.create(user=eve, email=lives.EMAIL, verified=False, primary=False)
    assert persons.of_user(eve).donor_ids == ()
    assert "Unheard" not in json.dumps(facts.told(persons.of_user(eve)))


def test_asked_twice_is_the_same_and_mailed_once(owner: User) -> None:
    first = ordered(owner)
    assert ordered(owner) == first
    assert copies.make(first.pk)
    assert not copies.make(first.pk)
    first.refresh_from_db()
    assert ordered(owner) == first
    again = DataCopy.objects.get()
    assert bytes(again.for_machines or b"") == bytes(first.for_machines or b"")
    assert Mail.objects.filter(key__startswith="data-copy:").count() == 1
    assert copies.sweep() == 0


def test_its_files_go_when_their_time_is_over(
    owner: User, clock_at: Callable[[dt.datetime], None]
) -> None:
    copy = ordered(owner)
    assert copies.sweep() == 1
    clock_at(clock.now() + copies.SAME_FOR + dt.timedelta(minutes=1))
    assert ordered(owner) != copy
    clock_at(clock.now() + copies.LIVES)
    copies.sweep()
    copy.refresh_from_db()
    assert (copy.state, copy.for_machines, copy.for_readers) == (CopyState.GONE, None, None)


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"subject": "7"}, "datacopy_is_of_a_person"),
        ({"state": "done"}, "datacopy_holds_its_files_while_it_stands"),
        ({"state": "odd"}, "datacopy_state_is_known"),
        ({"state": "failed"}, "datacopy_failed_says_why"),
        ({"attempts": 6}, "datacopy_attempts_are_few"),
    ],
)
def test_the_database_refuses(owner: User, change: dict[str, object], name: str) -> None:
    copy = ordered(owner)
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        DataCopy.objects.filter(pk=copy.pk).update(**change)
    with (
        pytest.raises(IntegrityError, match="datacopy_is_made_one_at_a_time"),
        transaction.atomic(),
    ):
        DataCopy.objects.create(
            subject=copy.subject, asked_by="user:1", asked_at=clock.now(), due_at=clock.now()
        )


def test_one_that_was_lost_by_its_worker_is_given_up_and_says_so(owner: User) -> None:
    copy = ordered(owner)
    DataCopy.objects.filter(pk=copy.pk).update(attempts=5)
    assert not copies.make(copy.pk)
    copy.refresh_from_db()
    assert copy.state == CopyState.FAILED
    assert ordered(owner) != copy


def test_the_link_of_the_mail_opens_nothing_without_signing_in(client: Client, owner: User) -> None:
    copy = ordered(owner)
    assert copies.make(copy.pk)
    assert lives.WORDS not in Mail.objects.get(key=f"data-copy:{copy.pk}:ready").text
    link = reverse("data_copy", kwargs={"token": links.sign(copies.PURPOSE, str(copy.uuid))})
    files = [
        reverse("data_file", kwargs={"uuid": copy.uuid, "form": form}) for form in ("json", "pdf")
    ]
    assert client.get(link)["Location"].startswith("/accounts/login/")
    for file in files:
        assert client.get(file)["Location"].startswith("/accounts/login/")
    sign_in(client, make_person("eve@nobody.example", "Eve"))
    assert "too old, or it is not yours" in client.get(link, follow=True).content.decode()
    assert [client.get(file).status_code for file in files] == [404, 404]
    sign_in(client, owner)
    assert "To read (PDF)" in client.get(link, follow=True).content.decode()
    assert json.loads(client.get(files[0]).content)["addresses"] == [lives.EMAIL]
    assert client.get(files[1]).content.startswith(b"%PDF")
    assert client.get(files[0].replace(".json", ".csv")).status_code == 404


def test_a_person_asks_on_their_page(client: Client, owner: User) -> None:
    sign_in(client, owner)
    answer = client.post(reverse("data_ask"), follow=True)
    assert "Being made" in answer.content.decode()
    assert DataCopy.objects.get().asked_by == f"user:{owner.pk}"


def test_staff_make_and_open_one_for_a_letter_and_the_log_says_so(
    client: Client, owner: User, general: Fund
) -> None:
    tara = make_person("tara@cast.example", "Tara", Role.TREASURER)
    sign_in(client, tara)
    gift = make.gift(general, name="Old Letter", email="")
    assert "Old Letter" in client.get("/treasurer/privacy/?q=Letter").content.decode()
    assert client.get("/treasurer/privacy/?q=%00").status_code == 200
    page = f"/treasurer/privacy/{gift.donor_id}/"
    assert "Old Letter" in client.get(page).content.decode()
    client.post(f"{page}copy/")
    assert copies.sweep() == 1
    copy = DataCopy.objects.get()
    assert (copy.subject, copy.user) == (f"donor:{gift.donor_id}", None)
    assert not Mail.objects.filter(key__startswith="data-copy:").exists()
    assert "Old Letter" in client.get(f"{page}{copy.uuid}.json").content.decode()
    logged = Record.objects.get(action="data.copy_opened")
    assert (logged.actor, logged.subject) == (f"user:{tara.pk}", copy.subject)
    # What was made for one person is not opened from another one's page.
    other = persons.of_user(owner).donor_ids[0]
    assert client.get(f"/treasurer/privacy/{other}/{copy.uuid}.json").status_code == 404


def test_a_body_is_nobody(client: Client, owner: User) -> None:
    del owner
    sign_in(client, make_person("tara@cast.example", "Tara", Role.TREASURER))
    assert client.get("/treasurer/privacy/2000000011/").status_code == 404
