"""Goal: a person is removed for good, and no figure, page or report changes by a penny."""

import datetime as dt
import re
from collections.abc import Callable

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client

from donors.models import ERASED, Donor, Gift
from funding import clock
from funding.documents.models import Document
from funding.ledger import verify
from funding.ledger.models import Entry, Fund, Posting
from funding.mail import outbox
from funding.mail.models import Mail, MailState
from funding.site.privacy import erasures, persons, removing, retention
from funding.site.privacy.erasures import EndFirst, NobodyThere, TooLate
from funding.site.privacy.models import Erasure, ErasureState, Kept
from funding.users.models import Role, User
from tests import make
from tests.clocks import clock_at as clock_at
from tests.people import make_person, sign_in
from tests.site.privacy import lives

pytestmark = pytest.mark.django_db

PUBLIC = ["/", "/funds/", "/funds/general/", "/transparency/", "/journal/general.csv",
          "/journal/general.beancount", "/give/", "/supporters/"]  # fmt: skip
SECRETS = ("Unheard", "secret.example", "Cicha", "Dziadek", "Sleep well")


@pytest.fixture
def general() -> Fund:
    return make.fund(make.entity(), slug="general")


@pytest.fixture
def owner(general: Fund) -> User:
    lives.brought_in(general, lives.lived(general).donor)
    lives.somebody_else(general)
    left()
    return User.objects.get(email=lives.EMAIL)


def left() -> None:
    """Every mail that waits has left."""
    outbox.waiting().update(state=MailState.SENT, sent_at=clock.now())


def asked(user: User) -> Erasure:
    return erasures.ask(
        person=persons.of_user(user), ends_pledges=False, actor=f"user:{user.pk}", language="en"
    )


def removed(user: User) -> Erasure:
    row = asked(user)
    assert not erasures.carry_out(row.pk)
    left()
    Erasure.objects.filter(pk=row.pk).update(due_at=clock.now())
    assert erasures.carry_out(row.pk)
    row.refresh_from_db()
    return row


def found(*but: str) -> set[str]:
    """Tables, but for these, in which anything of the person stands."""
    said = set()
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT t::text FROM "{table}" t')
            text = " ".join(row[0] for row in cursor.fetchall())
            if any(secret in text for secret in SECRETS):
                said.add(table)
    return said - set(but)


def public(client: Client) -> dict[str, str]:
    """Every public page and file, without what is new in each answer."""
    # Files may be fetched only so often, and other tests did.
    cache.clear()
    pages = {}
    for address in PUBLIC:
        answer = client.get(address)
        body = b"".join(answer) if answer.streaming else answer.content
        text = body.decode()
        pages[address] = re.sub(r'(nonce|value)="[^"]*"', "", text)
    return pages


def books() -> list[object]:
    rows = Gift.objects.order_by("pk").values_list(
        "pk", "amount_minor", "state", "settled_at", "refunded_minor", "donor", "charge"
    )
    return [*rows, *Posting.objects.order_by("pk").values_list(), *Entry.objects.values_list()]


def test_what_must_be_ended_first_is_said_and_nothing_moves(owner: User, general: Fund) -> None:
    tara = make_person("tara@cast.example", "Tara", Role.TREASURER)
    with pytest.raises(EndFirst, match="office"):
        asked(tara)
    assert not Erasure.objects.exists()
    with pytest.raises(NobodyThere):
        erasures.ask(
            person=persons.Person(None, (), ()), ends_pledges=True, actor="user:1", language="en"
        )
    # What is under way is waited for: a gift that may still be paid.
    make.gift(general, email=lives.EMAIL)
    row = asked(owner)
    assert asked(owner) == row
    assert not erasures.carry_out(row.pk)
    row.refresh_from_db()
    assert (row.state, row.waits_for) == (ErasureState.ASKED, "gifts")
    assert Donor.objects.filter(email=lives.EMAIL).exists()
    erasures.withdraw(erasure_id=row.pk, actor="user:1")
    assert erasures.withdraw(erasure_id=row.pk, actor="user:1").addresses == []


def test_the_person_goes_and_every_figure_stays(client: Client, owner: User) -> None:
    before, pages = books(), public(client)
    row = removed(owner)
    assert row.state == ErasureState.DONE
    assert books() == before
    assert public(client) == pages
    assert verify.verify() == []
    # Only what the law keeps says who it was: papers with a number.
    assert found() == {"documents_document"}
    assert set(Gift.objects.filter(donor__in=row.donors).values_list("donor_name", flat=True)) == {
        ERASED
    }
    assert {lives.OTHER} == set(
        Gift.objects.exclude(donor__in=row.donors).values_list("donor_name", flat=True)
    )
    assert Mail.objects.filter(to_address=lives.OTHER_EMAIL).exists()
    # Done again it changes nothing.
    assert not erasures.carry_out(row.pk)
    with pytest.raises(NobodyThere):
        erasures.ask(
            person=persons.Person(row.user_id, tuple(row.donors), ()), ends_pledges=True,
            actor="user:1", language="en",
        )  # fmt: skip
    with pytest.raises(TooLate):
        erasures.withdraw(erasure_id=row.pk, actor="user:1")


def test_what_the_law_keeps_goes_when_its_years_are_over(
    owner: User, clock_at: Callable[[dt.datetime], None]
) -> None:
    row = removed(owner)
    assert Kept.objects.count() >= 3
    assert retention.let_go() == 0
    (shelf,) = retention.shelves()
    assert (shelf.years, shelf.ground) == (7, "books")
    hashes = list(Document.objects.order_by("pk").values_list("number", "sha256"))
    last = shelf.last_until
    clock_at(dt.datetime(last.year, 12, 31, 12, tzinfo=dt.UTC))
    assert retention.let_go() == 0
    clock_at(dt.datetime(last.year + 1, 1, 1, 12, tzinfo=dt.UTC))
    kept = Kept.objects.count()
    assert retention.let_go() == kept
    assert retention.let_go() == 0
    assert found() == set()
    assert list(Document.objects.order_by("pk").values_list("number", "sha256")) == hashes
    assert row.kept.filter(scrubbed_at__isnull=True).count() == 0


def test_whoever_gives_with_the_address_later_is_somebody_new(owner: User, general: Fund) -> None:
    row = removed(owner)
    gift = make.gift(general, email=lives.EMAIL, name="Zbigniew Again")
    assert gift.donor_id not in row.donors
    assert gift.donor.name == "Zbigniew Again"


@pytest.mark.parametrize("stop", range(9))
def test_a_worker_that_is_killed_between_pieces_leaves_nothing(owner: User, stop: int) -> None:
    row = asked(owner)
    assert erasures._begin(row.pk)
    row.refresh_from_db()
    for piece in removing.PIECES[:stop]:
        piece(row)
    left()
    assert erasures.carry_out(row.pk)
    assert found() == {"documents_document"}
    assert Kept.objects.count() == len(set(Kept.objects.values_list("what", "number")))


def test_the_database_keeps_them_removed(owner: User) -> None:
    row = removed(owner)
    donor = Donor.objects.get(pk=row.donors[0])
    with lives.refused("donor_erased_stays_so"):
        Donor.objects.filter(pk=donor.pk).update(name="Zbigniew")
    with lives.refused("donor_erased_stays_so"):
        Donor.objects.filter(pk=donor.pk).update(erased_at=None)
    with lives.refused("donor_erased_is_nobody"):
        Donor.objects.create(name="A", erased_at=clock.now(), created_at=clock.now())
    document = Document.objects.first()
    assert document is not None
    with lives.refused("document_keeps_its_number"):
        Document.objects.filter(pk=document.pk).update(
            scrubbed_at=clock.now(), snapshot={}, content=None, number=99
        )
    with lives.refused("document_facts_are_frozen"):
        Document.objects.filter(pk=document.pk).update(snapshot={})
    for change, name in (
        ({"state": "asked"}, "erasure_state_fits_its_instants"),
        ({"addresses": ["a@b.example"]}, "erasure_ended_keeps_no_address"),
        ({"stripe_told_at": None}, "erasure_done_was_told_to_stripe"),
        ({"subject": "7"}, "erasure_is_of_a_person"),
    ):
        with lives.refused(name):
            Erasure.objects.filter(pk=row.pk).update(**change)


def test_a_person_asks_on_their_page_and_is_gone(client: Client, owner: User) -> None:
    sign_in(client, owner)
    page = client.get("/account/data/erase/").content.decode()
    assert "Goes now" in page
    assert "receipts, statements and what the bank said" in page
    (stay,) = retention.would_keep(persons.of_user(owner))
    assert client.post("/account/data/erase/", follow=True).status_code == 200
    assert "You asked to be forgotten" in client.get("/account/data/").content.decode()
    client.post("/account/data/stay/")
    assert Erasure.objects.get().state == ErasureState.WITHDRAWN
    # What the page says is what is done.
    removed(owner)
    (shelf,) = retention.shelves()
    assert (stay.entity, stay.until) == (shelf.entity, shelf.last_until)


def test_staff_remove_somebody_and_set_the_years(client: Client, owner: User) -> None:
    sign_in(client, make_person("tara@cast.example", "Tara", Role.TREASURER))
    donor = persons.of_user(owner).donor_ids[0]
    assert "Remove this person" in client.get(f"/treasurer/privacy/{donor}/").content.decode()
    client.post(f"/treasurer/privacy/{donor}/erase/")
    row = Erasure.objects.get()
    erasures.carry_out(row.pk)
    left()
    Erasure.objects.update(due_at=clock.now())
    assert erasures.carry_out(row.pk)
    assert client.get(f"/treasurer/privacy/{donor}/").status_code == 404
    assert (
        "vouchers of the books: 7 years" in client.get("/treasurer/privacy/kept/").content.decode()
    )
    slug = Document.objects.first().entity.slug  # type: ignore[union-attr]
    for bad in ("0", "51", "x", "٣", "1" * 12, "\0"):
        answer = client.post(f"/treasurer/privacy/kept/{slug}/", {"books": bad})
        assert answer.status_code == 409, bad
    client.post(f"/treasurer/privacy/kept/{slug}/", {"books": "10", "aid": ""})
    (shelf,) = retention.shelves()
    assert shelf.years == 10
