"""Whoever was removed after a backup is removed again when it is restored, and nobody else."""

import datetime as dt
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from pytest_django.fixtures import Settings

from donors import receipts
from donors.models import ERASED, Donor, Gift, Receipt
from funding import clock, jobs
from funding.gateway.models import Cursor
from funding.gateway.transactions import NAME
from funding.ledger.models import Fund
from funding.mail import outbox, pauses
from funding.mail.models import Mail, MailState
from funding.recovery import erased
from funding.recovery.models import Restore
from funding.recovery.refusals import CannotBackUp
from funding.site.privacy import again, erasures, marks, persons
from funding.site.privacy.erasures import TooLate
from funding.site.privacy.models import Erasure, ErasureState
from funding.users.models import Role, User
from tests import make
from tests.donors.stating import at, given
from tests.people import make_person, sign_in
from tests.recovery.conftest import Database, Keeper
from tests.sandbox.conftest import Sandbox
from tests.site.privacy import lives
from tests.site.privacy.test_erasures import left

ALICE = "alice@donor.example"


@pytest.fixture(autouse=True)
def place(settings: Settings, tmp_path: Path) -> Path:
    """A list of this test's own."""
    path = tmp_path / "apart" / "list"
    settings.ERASED_LIST = str(path)
    return path


def forgotten(donor_id: int) -> Erasure:
    """Removed for good."""
    person = persons.of_donor(donor_id)
    assert person is not None
    receipts.sweep()
    row = erasures.ask(person=person, ends_pledges=True, actor="user:1", language="en")
    for _round in range(2):
        left()
        Erasure.objects.filter(pk=row.pk).update(due_at=clock.now())
        erasures.carry_out(row.pk)
    row.refresh_from_db()
    assert row.state == ErasureState.DONE, (row.waits_for, row.error)
    return row


# The whole way, on files and databases.


def test_who_was_removed_since_the_backup_is_removed_again_and_nobody_else(
    backup: Path, empty: Database, keeper: Keeper, receipt: Receipt, place: Path
) -> None:
    fund = receipt.gift.lines.get().fund
    bob = given(fund, 900, at("2026-03-01"), name="Bob", email="bob@donor.example")
    forgotten(receipt.gift.donor_id)
    # She gives again as somebody new, which the backup does not know.
    given(fund, 500, at("2026-04-01"), name="Alice Anew", email=ALICE)
    assert "alice" not in place.read_text().lower()
    connection.close()

    restore = ("restore", backup, "--key", keeper.file)
    typed = f"{empty.name}\n"
    for words in (restore, (*restore, "--replace")):
        done = empty.command(*words, typed=typed)
        assert done.returncode == 0, done.stderr
        assert "Removed again, as they were before: user:" in done.stdout
        assert empty.ask("SELECT name, email FROM donors_donor") == [(ERASED, "")]
        assert empty.ask("SELECT donor_name, amount_minor FROM donors_gift") == [(ERASED, 2550)]
        assert empty.ask("SELECT count(*) FROM users_user WHERE is_active") == [(0,)]
        assert empty.ask("SELECT state FROM mail_mail") == [("let_go",)]
        assert empty.ask("SELECT state, restored <> '' FROM site_erasure") == [("asked", True)]
    assert empty.command("ledger", "verify", role="manul_app").returncode == 0
    assert Gift.objects.filter(pk=bob.pk, donor_name="Bob").exists()


def test_without_a_list_or_with_a_strange_one_nothing_is_restored(
    backup: Path, empty: Database, keeper: Keeper, receipt: Receipt, place: Path
) -> None:
    forgotten(receipt.gift.donor_id)
    connection.close()
    words = ("restore", backup, "--key", keeper.file)
    whole = place.read_text()
    body, seal = whole.rstrip().rsplit(" ", 1)
    other = f"2020-01-01 {body.split(' ')[1]}"
    for harm in (f"{other} {seal}\n", "nonsense\n", f"{whole}x{whole}", "\0\n"):
        place.write_text(harm)
        done = empty.command(*words)
        assert done.returncode == 1, harm
        assert "was not written by this installation, or was altered" in done.stderr
    # Another installation's: the same words, another key.
    place.write_text(whole)
    with pytest.MonkeyPatch.context() as here:
        here.setattr(settings, "SECRET_KEY", "another" * 10)
        assert empty.command(*words).returncode == 1
        # The key of then is known still.
        here.setattr(settings, "SECRET_KEY_FALLBACKS", [KEY])
        assert len(erased.for_restore(backup)) == 1
    place.unlink()
    (backup.parent / erased.COPY).unlink()
    done = empty.command(*words)
    assert done.returncode == 1
    assert "would be back" in done.stderr
    assert empty.ask("SELECT count(*)::int FROM pg_tables WHERE schemaname = 'public'") == [(0,)]

    done = empty.command(*words, "--without-erased")
    assert done.returncode == 0, done.stderr
    assert "Removed again" not in done.stdout
    assert empty.ask("SELECT email FROM donors_donor") == [(ALICE,)]


KEY = settings.SECRET_KEY


# The list.


@pytest.mark.django_db
def test_a_list_only_grows_and_half_a_line_counts_for_nothing(place: Path) -> None:
    days = [erased.Removed(dt.date(2026, 1, day), [f"donor:{day}:x"]) for day in (1, 2)]
    erased.note(days[:1])
    erased.note(days[:1])
    assert len(erased.read(place)) == 1
    with place.open("a") as file:
        file.write("2026-01-02 abc")
    assert len(erased.read(place)) == 1
    erased.note(days)
    assert [line.day.day for line in erased.read(place)] == [1, 2]
    assert place.stat().st_mode & 0o777 == 0o600


@pytest.mark.django_db
def test_a_backup_brings_the_list_the_copy_and_the_database_together(
    place: Path, tmp_path: Path
) -> None:
    donor = given(make.fund(make.entity()), 900, at("2026-03-01"), email=ALICE).donor
    forgotten(donor.pk)
    folder = tmp_path / "backups"
    folder.mkdir()
    erased.copy(folder)
    erased.note([erased.Removed(dt.date(2026, 1, 1), ["donor:1:of an older life"])])
    erased.copy(folder)
    assert len(erased.read(folder / erased.COPY)) == 2
    # The list itself is lost: what the database knows and what was copied is there again.
    place.unlink()
    erased.copy(folder)
    assert len(erased.read(place)) == 2
    (folder / erased.COPY).write_text("nonsense\n")
    with pytest.raises(CannotBackUp, match="The backup stands"):
        erased.copy(folder)


@pytest.mark.django_db
def test_an_erasure_ends_only_when_it_is_in_the_list(place: Path) -> None:
    donor = given(make.fund(make.entity()), 900, at("2026-03-01"), email=ALICE).donor
    place.parent.write_text("A file where a folder is to be.")
    with pytest.raises(AssertionError, match="Errno"):
        forgotten(donor.pk)
    row = Erasure.objects.get()
    assert row.state == ErasureState.REMOVING
    assert Donor.objects.get(pk=donor.pk).name == ERASED
    place.parent.unlink()
    Erasure.objects.update(due_at=clock.now())
    assert erasures.carry_out(row.pk)
    assert len(erased.read(place)) == 1


# Who answers to it.


@pytest.fixture
def fund(db: None) -> Fund:
    return make.fund(make.entity())


def restored() -> str:
    """A restore, with the mails paused as it leaves them."""
    now = clock.now()
    row = Restore.objects.create(
        file="x", sha256="0" * 64, version="1", taken_at=now, restored_at=now
    )
    pauses.begin(why=row.cause)
    return row.cause


def lines_of(*rows: Donor | User) -> list[erased.Line]:
    """The list as it names these as one person."""
    names = [
        marks.name(marks.DONOR, row.pk, row.created_at)
        if isinstance(row, Donor)
        else marks.name(marks.USER, row.pk, row.joined_at or clock.now())
        for row in rows
    ]
    erased.note([erased.Removed(dt.date(2026, 5, 1), names)])
    return erased.read(Path(settings.ERASED_LIST))


def test_an_id_that_was_given_anew_is_somebody_else(fund: Fund) -> None:
    donor = given(fund, 900, at("2026-03-01"), email=ALICE).donor
    lines = lines_of(donor)
    Donor.objects.filter(pk=donor.pk).update(
        created_at=donor.created_at + dt.timedelta(microseconds=1)
    )
    assert again.redo(lines, restored()) == []
    assert not Erasure.objects.exists()


def test_removed_again_once_and_the_rest_follows_when_stripe_has_told(
    fund: Fund, client: Client
) -> None:
    gift = lives.lived(fund)
    other = lives.somebody_else(fund)
    user = User.objects.get(email=lives.EMAIL)
    lines, cause = lines_of(user, gift.donor), restored()
    waiting = outbox.waiting().filter(to_address=lives.EMAIL).count()
    assert waiting

    (told,) = again.redo(lines, cause)
    assert (told.subject, told.waits_for) == (f"user:{user.pk}", "stripe")
    assert again.redo(lines, cause) == []
    row = Erasure.objects.get()
    assert Mail.objects.filter(to_address=lives.EMAIL, state=MailState.LET_GO).count() == waiting
    assert outbox.waiting().filter(to_address=lives.OTHER_EMAIL).exists()
    assert Donor.objects.get(pk=other.donor_id).email == lives.OTHER_EMAIL
    with pytest.raises(TooLate):
        erasures.withdraw(erasure_id=row.pk, actor="user:1")
    # What is found of the lost time has its donor still.
    Gift.objects.filter(pk=other.pk).update(donor=gift.donor_id)
    Gift.objects.filter(pk=other.pk).update(donor=other.donor_id)
    assert not erasures.carry_out(row.pk)

    sign_in(client, make_person("tara@cast.example", "Tara", Role.TREASURER))
    page = client.get("/treasurer/privacy/kept/").content.decode()
    assert "Removed again after the last restore" in page
    assert f"user:{user.pk}" in page

    now = clock.now()
    Cursor.objects.update_or_create(name=NAME, defaults={"walked_at": now, "reached_at": now})
    Erasure.objects.update(due_at=clock.now())
    assert erasures.carry_out(row.pk), Erasure.objects.get().waits_for
    assert again.redo(lines, cause) == []
    assert not Mail.objects.filter(key=f"erasure:{row.pk}:begun").exists()
    assert Donor.objects.get(pk=gift.donor_id).erased_at is not None


def test_a_merge_that_was_undone_since_keeps_it_for_people(fund: Fund) -> None:
    kept = lives.lived(fund, account=False).donor
    gone = lives.brought_in(fund, kept)
    lines = lines_of(kept)
    (told,) = again.redo(lines, restored())
    assert told.waits_for == "merges"
    assert Donor.objects.get(pk=kept.pk).email == lives.EMAIL
    row = Erasure.objects.get()
    assert not erasures.carry_out(row.pk)
    assert Donor.objects.filter(pk__in=[kept.pk, gone.pk], erased_at__isnull=True).count() == 2


def test_a_wish_that_the_backup_holds_is_taken_up(fund: Fund) -> None:
    donor = lives.lived(fund, account=False).donor
    person = persons.of_donor(donor.pk)
    assert person is not None
    row = erasures.ask(person=person, ends_pledges=False, actor="user:1", language="sv")
    again.redo(lines_of(donor), restored())
    assert Erasure.objects.get().pk == row.pk


def test_a_mail_to_nobody_is_let_go(fund: Fund, stripe: Sandbox) -> None:
    del stripe
    mail = outbox.queue(
        key="x:1", cause="x:1", to_address="", to_name="", template="erased",
        context={"privacy_url": "https://fund.example/privacy/"},
    )  # fmt: skip
    assert mail.state == MailState.LET_GO
    jobs.sweep_once()
    mail.refresh_from_db()
    assert (mail.state, mail.attempts) == (MailState.LET_GO, 0)
