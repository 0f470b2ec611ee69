"""After a restore nothing that was given is given again, and nothing is sent twice unasked."""

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client

from donors.models import Receipt
from funding import clock
from funding.documents import register
from funding.documents.models import Gap, Sequence
from funding.mail import outbox, pauses
from funding.mail.models import Mail, MailState
from funding.recovery import aftermath
from funding.recovery.models import Restore
from funding.recovery.refusals import CannotRestore
from funding.users.models import Role
from tests import make
from tests.people import make_person, sign_in
from tests.recovery.conftest import Database, Keeper


def numbers(database: Database) -> tuple[int, int]:
    ((given, last),) = database.ask(
        "SELECT (SELECT max(number) FROM documents_document), last FROM documents_sequence"
        " WHERE series !~ '-[CPA]$'"
    )
    return given, last


def test_no_number_and_no_id_is_given_twice(
    backup: Path, here: Database, empty: Database, keeper: Keeper
) -> None:
    done = empty.command("restore", backup, "--key", keeper.file)
    assert done.returncode == 0, done.stderr
    assert numbers(empty) == (1, 1001)
    ask = "SELECT first, last FROM documents_gap ORDER BY series"
    # Submissions, certificates and pro-formas are counted apart, so as many may have been given.
    assert empty.ask(ask) == [(2, 1001), (1, 1000), (1, 1000), (1, 1000)]
    assert "-000002..001001" in done.stdout
    ask = "SELECT last_value FROM donors_gift_id_seq"
    assert empty.ask(ask)[0][0] == here.ask(ask)[0][0] + 1_000_000


def test_the_last_number_can_be_told(
    backup: Path, empty: Database, keeper: Keeper, receipt: Receipt
) -> None:
    assert receipt.document is not None
    series = receipt.document.name.rpartition("-")[0]
    words = ("restore", backup, "--key", keeper.file, "--highest")
    for wrong, why in ((f"{series}=0", "beyond 0"), ("ZZ-1999=5", "no series"), ("5", "no last")):
        done = empty.command(*words, wrong)
        assert done.returncode == 1
        assert why in done.stderr
    assert empty.ask("SELECT count(*)::int FROM pg_tables WHERE schemaname = 'public'") == [(0,)]

    name, _dash, year = series.rpartition("-")
    more = [
        ("--highest", f"{name}-{each}-{year}={last}")
        for each, last in (("A", 4), ("C", 3), ("P", 2))
    ]
    done = empty.command(*words, f"{series}=7", *more[0], *more[1], *more[2])
    assert done.returncode == 0, done.stderr
    ask = "SELECT first, last FROM documents_gap ORDER BY series"
    assert empty.ask(ask) == [(2, 7), (1, 4), (1, 3), (1, 2)]


def test_everybody_signs_in_again_and_mails_wait(
    here: Database, empty: Database, keeper: Keeper, receipt: Receipt, tmp_path: Path
) -> None:
    client = Client()
    sign_in(client, make_person("tara@fund.example", "Tara", Role.TREASURER))
    waiting = Mail.objects.filter(state=MailState.QUEUED).count()
    assert waiting == 1
    connection.close()
    done = here.command("backup", "--to", tmp_path / "b", "--recipient", keeper.public)
    assert done.returncode == 0, done.stderr
    (path,) = (tmp_path / "b").glob("*.age")
    done = empty.command("restore", path, "--key", keeper.file)
    assert done.returncode == 0, done.stderr
    assert "1 sessions ended" in done.stdout
    assert "1 wait" in done.stdout
    assert empty.ask("SELECT count(*) FROM django_session") == [(0,)]
    assert empty.command("sweep", role="manul_app").returncode == 0
    # In the morning of somebody's place the sweep queues what waits for them too.
    ask = "SELECT state, attempts FROM mail_mail WHERE key NOT LIKE 'inbox:%'"
    assert empty.ask(ask) == [("queued", 0)]


@pytest.mark.django_db
def test_a_sequence_leaps_only_over_a_declared_gap() -> None:
    entity = make.entity()
    year = clock.today(entity.zone).year
    told: Any = {"series": entity.series, "year": year, "last": 5, "why": "x", "actor": "system"}
    assert register.skip(entity_id=entity.pk, **told)
    assert register.skip(entity_id=entity.pk, **told) is None
    document = register.issue(
        entity_id=entity.pk, template="receipt", key="x:1", snapshot={}, language="en"
    )
    assert document.number == 6
    with pytest.raises(IntegrityError, match="counts on by one"), transaction.atomic():
        Sequence.objects.update(last=9)
    with pytest.raises(IntegrityError, match="stays so"), transaction.atomic():
        Gap.objects.update(last=9)


@pytest.mark.django_db
def test_while_mails_are_paused_none_leaves() -> None:
    pauses.begin(why="restore:1")
    pauses.begin(why="restore:2")
    old, new = _mail(1), _mail(2)
    assert outbox.send_due() == 0
    assert not outbox.deliver(new.pk)
    assert [mail.attempts for mail in pauses.held()] == [0, 0]

    assert pauses.leave(pk=old.pk, actor="user:1")
    assert not pauses.leave(pk=old.pk, actor="user:1")
    assert pauses.end(actor="user:1")
    assert not pauses.end(actor="user:1")
    assert not pauses.leave(pk=new.pk, actor="user:1")
    old.refresh_from_db()
    assert old.state == MailState.LET_GO
    outbox.send_due()
    new.refresh_from_db()
    # There is no mail server here; that it was tried is what is asked.
    assert new.attempts == 1


@pytest.mark.django_db
def test_the_treasurer_looks_lets_go_of_the_old_and_sends_the_rest(client: Client) -> None:
    sign_in(client, make_person("tara@fund.example", "Tara", Role.TREASURER))
    assert "never restored" in client.get("/treasurer/restored/").text
    assert "no mail leaves" not in client.get("/inbox/").text

    now = clock.now()
    Restore.objects.create(file="x", sha256="0" * 64, version="1", taken_at=now, restored_at=now)
    pauses.begin(why="restore:1")
    old = _mail(1)
    Mail.objects.filter(pk=old.pk).update(queued_at=now - dt.timedelta(hours=1))
    new = _mail(2)
    assert "2 mails wait for you" in client.get("/inbox/").text
    page = client.get("/treasurer/restored/").text
    assert "Let go of the one that the backup held" in page
    client.post("/treasurer/restored/leave-old/")
    states = dict(Mail.objects.values_list("pk", "state"))
    assert states == {old.pk: MailState.LET_GO, new.pk: MailState.QUEUED}
    client.post("/treasurer/restored/send/")
    assert not pauses.is_on()
    assert "mails leave again" in client.get("/treasurer/restored/").text


def test_a_last_number_is_written_one_way() -> None:
    assert aftermath.highest(["MF-2026=231"]) == {"MF-2026": 231}
    with pytest.raises(CannotRestore):
        aftermath.highest(["MF 231"])


def _mail(number: int) -> Mail:
    now = clock.now()
    return Mail.objects.create(
        key=f"gift:{number}:mail",
        cause=f"gift:{number}",
        to_address="alice@donor.example",
        subject="Your receipt",
        text="",
        html="",
        message_id=f"<{number}@fund.example>",
        queued_at=now,
        due_at=now,
    )
