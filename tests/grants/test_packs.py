"""The auditor's pack: everything of an award in one file, for few, and the same when made again."""

import datetime as dt
import hashlib
import io
import json
import os
import zipfile
from collections.abc import Callable, Iterator

import pytest
from django.core.cache import cache
from django.test import Client

from funding import clock
from funding.audit.models import Record
from funding.users.models import Role
from grants import pack_parts, packs
from grants.models import Application, Award, Declaration, Pack, PackPiece, Recusal
from grants.pack_parts import File
from grants.packs import NotForYou, NothingInIt
from tests.clocks import clock_at as clock_at
from tests.grants.payments import cast
from tests.grants.payments.cast import Stage, stage
from tests.grants.payments.reported import reported
from tests.grants.payments.scheduled import agreed, scheduled
from tests.people import make_person, sign_in
from tests.refusing import refused

Clock = Callable[[dt.datetime], None]
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fresh_counters() -> None:
    cache.clear()


@pytest.fixture
def at() -> Stage:
    made = stage()
    made.paid(30_000)
    return made


@pytest.fixture
def further() -> Iterator[list[File]]:
    """What a further part of the product puts into every pack."""
    files: list[File] = []
    pack_parts.register("of a test", _source := lambda _award: list(files))
    yield files
    assert pack_parts.SOURCES.pop("of a test") is _source


def made(at: Stage, **facts: int) -> Pack:
    pack = packs.ask(**(facts or {"award_id": at.award.pk}), by=at.tara)
    assert packs.make(pack.pk)
    pack.refresh_from_db()
    return pack


def opened(pack: Pack) -> dict[str, bytes]:
    whole = b"".join(packs.pieces(pack))
    assert hashlib.sha256(whole).hexdigest() == pack.sha256
    assert len(whole) == pack.size_bytes
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.mark.parametrize(
    ("facts", "constraint"),
    [
        ({"year": 2026}, "pack_is_of_an_award_or_of_a_year"),
        ({"award": None}, "pack_is_of_an_award_or_of_a_year"),
        ({"state": "lost"}, "pack_state_is_known"),
        ({"sha256": "x"}, "pack_made_has_its_hash"),
        ({"expires_at": None}, "pack_made_has_its_hash"),
    ],
)
def test_the_database_refuses(at: Stage, facts: dict[str, object], constraint: str) -> None:
    pack = made(at)
    with refused(constraint):
        Pack.objects.filter(pk=pack.pk).update(**facts)


def test_it_is_for_few_and_for_nobody_who_stepped_out(at: Stage) -> None:
    carol = make_person("carol@example.org", "Carol", Role.COMMITTEE)
    ada = make_person("ada@example.org", "Ada", Role.ADMINISTRATOR)
    for person in (at.asel, at.pat, carol, at.eve):
        with pytest.raises(NotForYou):
            packs.ask(award_id=at.award.pk, by=person)
    assert not Pack.objects.exists()
    for person in (at.tara, at.dan, ada):
        packs.ask(award_id=at.award.pk, by=person)
    Recusal.objects.create(
        application=at.award.application, member=at.dan, reason="Kin.", declared_at=clock.now()
    )
    for wanted in (
        {"award_id": at.award.pk},
        {"entity_id": at.entity.pk, "year": clock.now().year},
    ):
        with pytest.raises(NotForYou):
            packs.ask(**wanted, by=at.dan)
    with pytest.raises(NothingInIt):
        packs.ask(entity_id=at.entity.pk, year=1999, by=at.tara)


def test_a_chair_who_is_out_of_another_one_of_the_round_does_not_read_its_ranking(
    at: Stage,
) -> None:
    other = cast.award(at.entity, at.asel, 1_000, slug="other")
    Application.objects.filter(pk=other.application_id).update(round=at.award.application.round)
    Recusal.objects.create(
        application=other.application, member=at.dan, reason="Kin.", declared_at=clock.now()
    )
    with pytest.raises(NotForYou):
        packs.ask(award_id=at.award.pk, by=at.dan)


def test_it_holds_all_that_its_list_says(at: Stage) -> None:
    Declaration.objects.create(
        application=at.award.application, member=at.dan, interest="soft", nature="advised",
        words="My cousin asked me", declared_at=clock.now(),
    )  # fmt: skip
    at.returned(10_000)
    files = opened(made(at))
    start = f"award-{at.award.pk}/"
    listed = json.loads(files["manifest.json"])["files"]
    assert [each["name"] for each in listed] == sorted(set(files) - {"manifest.json", "README.txt"})
    for each in listed:
        content = files[each["name"]]
        assert len(content) == each["bytes"]
        assert hashlib.sha256(content).hexdigest() == each["sha256"]
        assert each["name"] in files["README.txt"].decode()
        assert each["what"]
    folders = {name.removeprefix(start).split("/")[0] for name in files if name.startswith(start)}
    assert {
        "01-call", "02-application", "03-checks", "04-interests", "05-reviews", "07-decision",
        "08-letters", "09-schedule", "10-payments", "11-endings", "12-ledger", "13-log",
    } <= folders  # fmt: skip
    (payment,) = json.loads(files[f"{start}10-payments/payments.json"])["payments"]
    assert (payment["requested_by"], payment["checked_by"], payment["released_by"]) == (
        "Asel", "Pat", "Tara",
    )  # fmt: skip
    assert payment["bank_reference"] == "SEB 4711"
    journal = files[f"{start}12-ledger/journal.csv"].decode()
    assert f"award:{at.award.pk}" in journal
    assert "gift:" not in journal
    whole = b"".join(files.values())
    for private in (cast.IBAN.replace(" ", ""), "My cousin"):
        assert private.encode() not in whole
    assert "…7466" in files[f"{start}10-payments/payments.json"].decode()
    assert b"award.adopted" not in files["README.txt"]


def test_agreement_and_reports_are_in_it_as_they_were_agreed_and_sent() -> None:
    set_ = stage()
    scheduled(set_)
    agreement = agreed(set_)
    sending = reported(set_)
    pack = packs.ask(award_id=set_.award.pk, by=set_.tara)
    assert packs.make(pack.pk)
    pack.refresh_from_db()
    files = opened(pack)
    start = f"award-{set_.award.pk}/"
    told = json.loads(files[f"{start}09-agreement/version-1.json"])
    assert (told["accepted_as"], told["sha256"]) == ("Asel Example", agreement.sha256)
    report = json.loads(files[f"{start}11-reports/interim-1.json"])
    assert (report["sha256"], report["answered_by"]) == (sending.sha256, "Pat")
    assert report["lines"]


def test_made_again_it_is_the_same_until_a_fact_is_added(at: Stage, clock_at: Clock) -> None:
    first = made(at)
    clock_at(clock.now() + packs.LIVES / 2)
    second = made(at)
    assert (second.pk, second.sha256) == (first.pk, first.sha256)
    at.returned(10_000)
    assert made(at).sha256 != first.sha256
    assert Pack.objects.count() == 1


def test_a_year_holds_every_award_of_it(at: Stage) -> None:
    other = cast.award(at.entity, at.asel, 1_000, slug="other")
    year = clock.today(at.entity.zone).year
    pack = made(at, entity_id=at.entity.pk, year=year)
    folders = {name.split("/")[0] for name in opened(pack) if "/" in name}
    assert folders == {f"award-{at.award.pk}", f"award-{other.pk}"}
    assert Award.objects.count() == 2


def test_a_further_part_is_one_line_and_a_long_file_lies_in_pieces(
    at: Stage, further: list[File]
) -> None:
    content = os.urandom(5 * packs.PIECE)
    further.append(File("99-more/film.bin", content, "A film."))
    pack = made(at)
    sizes = [len(bytes(each.content)) for each in PackPiece.objects.filter(pack=pack)]
    assert len(sizes) > 5
    assert max(sizes) <= packs.PIECE
    assert opened(pack)[f"award-{at.award.pk}/99-more/film.bin"] == content
    with pytest.raises(ValueError, match="Two parts"):
        pack_parts.register("of a test", lambda _award: [])


def test_what_stops_on_the_way_leaves_what_was_there_and_is_tried_again(
    at: Stage, clock_at: Clock, further: list[File]
) -> None:
    before = made(at)
    whole = b"".join(packs.pieces(before))
    further.append(File("99", None, "Broken."))  # type: ignore[arg-type]
    pack = packs.ask(award_id=at.award.pk, by=at.tara)
    assert not packs.make(pack.pk)
    pack.refresh_from_db()
    assert (pack.state, pack.attempts) == ("waiting", 1)
    assert "TypeError" in pack.error
    assert b"".join(packs.pieces(pack)) == whole
    assert not packs.make(pack.pk), "it is not due yet"
    further.clear()
    clock_at(pack.due_at)
    assert packs.sweep() == 1
    pack.refresh_from_db()
    assert (pack.state, pack.sha256) == ("done", before.sha256)


def test_a_worker_that_died_leaves_a_row_that_the_sweep_finds(at: Stage, clock_at: Clock) -> None:
    pack = packs.ask(award_id=at.award.pk, by=at.tara)
    assert packs._claim(pack.pk)
    assert packs.sweep() == 0, "somebody may be at work on it"
    clock_at(clock.now() + packs.LEASE)
    assert packs.sweep() == 1
    pack.refresh_from_db()
    assert pack.state == "done"
    Pack.objects.update(state="running", attempts=5)
    clock_at(clock.now() + 2 * packs.LEASE)
    assert packs.sweep() == 1
    pack.refresh_from_db()
    assert (pack.state, "five times" in pack.error) == ("failed", True)


def test_after_a_month_it_is_let_go_and_can_be_made_again(
    client: Client, at: Stage, clock_at: Clock
) -> None:
    pack = made(at)
    clock_at(clock.now() + packs.LIVES)
    assert packs.sweep() == 1
    assert packs.sweep() == 0
    pack.refresh_from_db()
    assert (pack.state, PackPiece.objects.count()) == ("let_go", 0)
    sign_in(client, at.tara)
    assert client.get(f"/audit/{pack.pk}/pack.zip").status_code == 404
    assert pack.sha256 in client.get(f"/audit/{pack.pk}/").text
    assert made(at).sha256 == pack.sha256


def test_it_is_asked_for_watched_and_taken_away(client: Client, at: Stage) -> None:
    sign_in(client, at.tara)
    assert "No pack" not in client.get("/audit/").text
    year = f"{at.entity.pk}:{clock.today(at.entity.zone).year}"
    answer = client.post("/audit/ask/", {"year": year})
    pack = Pack.objects.get()
    assert answer.headers["Location"] == f"/audit/{pack.pk}/"
    assert "the worker has not begun yet" in client.get(f"/audit/{pack.pk}/").text
    packs.make(pack.pk)
    page = client.get(f"/audit/{pack.pk}/").text
    assert "Download the ZIP" in page
    answer = client.get(f"/audit/{pack.pk}/pack.zip")
    whole = answer.getvalue()
    assert len(whole) == int(answer.headers["Content-Length"])
    assert Record.objects.filter(action="pack.taken", actor=f"user:{at.tara.pk}").count() == 1
    for rubbish in (
        {}, {"year": "1:1999"}, {"year": "x"}, {"award": "٣"}, {"award": "9" * 30},
        {"award": "\0"}, {"year": ":"},
    ):  # fmt: skip
        assert client.post("/audit/ask/", rubbish).status_code in {302, 404}
    assert Pack.objects.count() == 1
