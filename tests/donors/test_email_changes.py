"""Goal: an address changes when both mailboxes say so, and then everything goes on under it."""

import datetime as dt
import re
from collections.abc import Callable

import pytest
from allauth.account.models import EmailAddress
from django.db import IntegrityError
from django.test import Client

from donors import email_changes, gifts, receipts
from donors.email_changes import NEW, OLD, NotYours, SameAddress
from donors.models import Donor, EmailChange, EmailChangeState, PledgeState
from funding import clock
from funding.ledger.models import Fund
from funding.mail import links
from funding.mail.models import Mail
from funding.users.models import User
from tests import make
from tests.books import assert_agreed
from tests.clocks import clock_at as clock_at
from tests.donors.conftest import Visitor
from tests.donors.regular import Giver
from tests.ledger.racing import together
from tests.people import make_person, sign_in
from tests.sandbox.conftest import Sandbox

ALICE, LATER = "alice@donor.example", "alice@later.example"
ClockAt = Callable[[dt.datetime], None]


@pytest.fixture
def alice(general: Fund) -> User:
    """A donor who has signed in before."""
    user = make_person(ALICE, "Alice Example")
    make.gift(general)
    return user


def ask(user: User, new: str = LATER, old: str = ALICE) -> EmailChange:
    return email_changes.ask(user=user, old_email=old, new_email=new, language="en")


def confirm(change: EmailChange, *sides: str) -> EmailChange:
    for side in sides:
        change = email_changes.confirm(change_id=change.pk, side=side, language="en")
    return change


def kinds() -> list[tuple[str, str]]:
    """Which mails went where."""
    rows = Mail.objects.filter(key__startswith="email-change:").order_by("pk")
    return [(mail.key.rpartition(":")[2], mail.to_address) for mail in rows]


def assert_unmoved(user: User) -> None:
    user.refresh_from_db()
    assert user.email == ALICE
    assert Donor.objects.filter(email=ALICE).exists()
    assert not Donor.objects.filter(email=LATER, gifts__isnull=False).exists()
    assert EmailAddress.objects.get(user=user).email == ALICE


@pytest.mark.parametrize(
    ("old", "new", "refusal"),
    [("eve@donor.example", LATER, NotYours), (ALICE, "ALICE@donor.example ", SameAddress)],
)
def test_what_cannot_be_asked_for_is_refused(
    alice: User, old: str, new: str, refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        ask(alice, new, old)
    assert not EmailChange.objects.exists()
    assert kinds() == []


def test_an_unverified_address_changes_nothing(alice: User) -> None:
    EmailAddress.objects.filter(user=alice).update(verified=False)
    with pytest.raises(NotYours):
        ask(alice)


@pytest.mark.parametrize("known_as", ["donor", "person", "address"])
def test_whoever_asks_for_a_known_address_is_told_nothing_of_it(
    general: Fund, alice: User, client: Client, known_as: str
) -> None:
    if known_as == "donor":
        Donor.objects.create(name="Bob", email=LATER, created_at=clock.now())
    elif known_as == "person":
        User.objects.create_user(LATER)
    else:
        other = make_person("bob@donor.example", "Bob")
        EmailAddress.objects.create(user=other, email=LATER, verified=False)
    sign_in(client, alice, factor=False)
    answer = client.post("/account/email/", {"old": ALICE, "new": LATER})
    assert answer.status_code == 302
    change = EmailChange.objects.get()
    assert kinds() == [("old", ALICE), ("known", LATER)]
    told = Mail.objects.get(key__endswith=":known")
    assert "~signed" not in told.text + told.html
    page = client.post(f"/account/email/{links.sign(OLD, str(change.uuid))}/")
    assert "This mailbox has said yes" in page.content.decode()
    assert "Your address of today has said yes" in client.get("/account/email/").content.decode()
    # Even a signature for the new mailbox, which never was sent, moves nothing.
    assert confirm(change, NEW).state == EmailChangeState.ENDED
    assert_unmoved(alice)


def test_one_mailbox_alone_changes_nothing(alice: User) -> None:
    for side in (OLD, NEW):
        change = confirm(ask(alice), side, side)
        assert change.state == EmailChangeState.ASKED
        assert_unmoved(alice)


def test_a_link_that_is_late_withdrawn_or_of_an_earlier_wish_moves_nothing(
    alice: User, clock_at: ClockAt
) -> None:
    earlier = ask(alice)
    change = ask(alice, "alice@third.example")
    assert confirm(earlier, OLD, NEW).state == EmailChangeState.ENDED
    email_changes.withdraw(user=alice, actor="user:1")
    assert confirm(change, OLD, NEW).state == EmailChangeState.ENDED
    late = ask(alice)
    clock_at(clock.now() + dt.timedelta(hours=49))
    assert confirm(late, OLD, NEW).state == EmailChangeState.ENDED
    assert email_changes.sweep() == 0
    assert_unmoved(alice)
    assert not EmailChange.objects.exclude(old_email="", new_email="").exists()


def test_a_wish_that_nobody_confirms_ends_by_itself_and_forgets_the_addresses(
    alice: User, clock_at: ClockAt
) -> None:
    change = ask(alice)
    clock_at(clock.now() + dt.timedelta(hours=49))
    assert email_changes.sweep() == 1
    change.refresh_from_db()
    assert (change.state, change.old_email, change.new_email) == ("ended", "", "")


def test_an_address_that_became_somebody_elses_meanwhile_ends_the_wish(
    general: Fund, alice: User
) -> None:
    change = confirm(ask(alice), OLD)
    make.gift(general, email=LATER, name="Bob")
    assert confirm(change, NEW).state == EmailChangeState.ENDED
    alice.refresh_from_db()
    assert alice.email == ALICE
    assert Donor.objects.get(email=LATER).gifts.exists()


def test_both_mailboxes_at_once_and_again_change_it_once(alice: User) -> None:
    change = ask(alice)
    sides = [OLD, NEW, OLD, NEW, OLD, NEW]
    assert not [
        each
        for each in together(6, lambda n: confirm(change, sides[n]))
        if isinstance(each, Exception)
    ]
    assert confirm(change, OLD, NEW).state == EmailChangeState.DONE
    assert kinds() == [("old", ALICE), ("new", LATER), ("done", ALICE)]


def test_two_wishes_for_one_address_at_once_give_it_to_one(general: Fund, alice: User) -> None:
    bob = make_person("bob@donor.example", "Bob")
    make.gift(general, email=bob.email)
    wishes = [confirm(ask(alice), OLD), confirm(ask(bob, LATER, bob.email), OLD)]
    together(2, lambda number: confirm(wishes[number], NEW))
    states = sorted(EmailChange.objects.values_list("state", flat=True))
    assert states == ["done", "ended"]
    assert Donor.objects.filter(email=LATER).count() == 1
    assert User.objects.filter(email=LATER).count() == 1


def test_the_database_refuses_one_that_is_done_without_both(alice: User) -> None:
    change = ask(alice)
    with pytest.raises(IntegrityError, match="emailchange_done_was_confirmed_by_both"):
        EmailChange.objects.filter(pk=change.pk).update(state="done", ended_at=clock.now())


def test_everything_goes_on_under_the_new_address_and_receipts_stay_as_they_were(
    general: Fund, visitor: Visitor, stripe: Sandbox, client: Client
) -> None:
    alice = make_person(ALICE, "Alice Example")
    gift = make.gift(general)
    visitor.pays(gift)
    visitor.waits()
    gifts.follow(gift.pk)
    receipts.sweep()
    document = gift.receipts.get().document
    assert document is not None
    before = (bytes(document.content or b""), document.snapshot)
    confirm(ask(alice), OLD, NEW)
    document.refresh_from_db()
    assert (bytes(document.content or b""), document.snapshot) == before
    alice.refresh_from_db()
    assert alice.email == LATER
    sign_in(client, alice, factor=False)
    assert document.name in client.get("/account/").content.decode()
    # Who gives with the old address from now on is somebody else.
    assert make.gift(general).donor_id != gift.donor_id
    assert_agreed(stripe)


def test_a_pledge_goes_on_and_stripe_writes_to_the_new_address(
    general: Fund, giver: Giver, stripe: Sandbox
) -> None:
    alice = make_person(ALICE, "Alice Example")
    pledge = giver.begins(general)
    change = confirm(ask(alice), OLD, NEW)
    assert stripe.client().customers.retrieve(pledge.customer).email == ALICE
    email_changes.sweep()
    email_changes.sweep()
    assert stripe.client().customers.retrieve(pledge.customer).email == LATER
    change.refresh_from_db()
    assert change.told_at is not None
    assert (change.old_email, change.new_email) == ("", "")
    giver.passes(pledge)
    giver.hears()
    pledge.refresh_from_db()
    assert pledge.state == PledgeState.ACTIVE
    assert pledge.instalments.count() == 2
    assert_agreed(stripe)


def test_stripe_is_told_the_address_of_today_whichever_worker_comes_last(
    general: Fund, giver: Giver, stripe: Sandbox
) -> None:
    alice = make_person(ALICE, "Alice Example")
    pledge = giver.begins(general)
    first = confirm(ask(alice), OLD, NEW)
    alice.refresh_from_db()
    second = confirm(ask(alice, "alice@third.example", LATER), OLD, NEW)
    for change in (second, first, second):
        email_changes.tell(change.pk)
    told = stripe.client().customers.retrieve(pledge.customer).email
    assert told == "alice@third.example"


def test_the_pages_take_the_links_of_the_mails(alice: User, client: Client) -> None:
    sign_in(client, alice, factor=False)
    client.post("/account/email/", {"old": ALICE, "new": LATER})
    stranger = Client()
    for kind in ("old", "new"):
        mail = Mail.objects.get(key__endswith=f":{kind}")
        assert "~signed:" in mail.text
        assert not re.search(r"~|signed|\d", mail.subject)
        found = re.search(r"http\S+(/account/email/\S+/)", links.fill(mail.text))
        assert found is not None
        # Programs that look into links only read them.
        page = stranger.get(found[1])
        assert "Yes, change it" in page.content.decode()
        assert ALICE not in page.content.decode()
        page = stranger.post(found[1])
    assert "Your address has changed." in page.content.decode()
    assert stranger.get("/account/email/nothing/").status_code == 410


def test_a_session_that_is_old_is_asked_again(alice: User, client: Client) -> None:
    sign_in(client, alice, factor=False, minutes_ago=10)
    answer = client.post("/account/email/", {"old": ALICE, "new": LATER})
    assert answer.status_code == 302
    assert not EmailChange.objects.exists()
