"""Numbers without gaps, and documents that never change what they say."""

import datetime as dt
import time
from collections.abc import Callable

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import Max

from funding.audit.models import Record
from funding.documents import register
from funding.documents.models import Document, DocumentState, Sequence
from funding.errors import Refused
from tests.documents.conftest import issue, make_entity, make_snapshot
from tests.ledger.racing import together

Clock = Callable[[dt.datetime], None]


def numbers() -> list[int]:
    return sorted(Document.objects.values_list("number", flat=True))


def test_sixteen_writers_leave_no_gap(committed: None) -> None:
    entity = make_entity()

    def write(writer: int) -> None:
        for turn in range(3):
            issue(entity, f"receipt:{writer * 10 + turn}:document")

    assert together(16, write) == [None] * 16
    assert numbers() == list(range(1, 49))
    assert Sequence.objects.get().last == 48


def test_certificates_are_counted_apart_and_neither_series_has_a_gap(committed: None) -> None:
    entity = make_entity()

    def write(writer: int) -> None:
        for turn in range(2):
            template = "certificate" if (writer + turn) % 2 else "receipt"
            issue(entity, f"{template}:{writer}:{turn}", template=template)

    assert together(12, write) == [None] * 12
    assert [row.last for row in Sequence.objects.order_by("series")] == [12, 12]
    assert {row.series for row in Sequence.objects.all()} <= set(register.all_series(entity))
    for series in Sequence.objects.values_list("series", flat=True):
        rows = Document.objects.filter(series=series).order_by("number")
        assert list(rows.values_list("number", flat=True)) == list(range(1, 13))
        assert {row.template == "certificate" for row in rows} == {series.endswith("-C")}
    first = Document.objects.get(series="MF-C", number=1)
    assert first.name == f"MF-C-{first.year}-000001"


def test_control_highest_number_plus_one_takes_numbers_twice(committed: None) -> None:
    # What the locked row prevents: each writer reads the same highest number.
    entity = make_entity()
    taken = []

    def write(writer: int) -> None:
        with transaction.atomic():
            highest = Document.objects.filter(entity=entity).aggregate(top=Max("number"))["top"]
            time.sleep(0.05)
            taken.append((highest or 0) + 1)

    together(8, write)
    assert len(set(taken)) < 8


def test_some_of_sixteen_writers_roll_back_and_leave_no_gap(committed: None) -> None:
    entity = make_entity()

    def write(writer: int) -> None:
        with transaction.atomic():
            issue(entity, f"receipt:{writer}:document")
            if writer % 3 == 0:
                raise Refused("Changed my mind.")

    refused = [answer for answer in together(16, write) if isinstance(answer, Refused)]
    assert len(refused) == 6
    assert numbers() == list(range(1, 11))


def test_eight_writers_of_one_key_issue_one_document(committed: None) -> None:
    entity = make_entity()
    issued = together(8, lambda _: issue(entity).pk)
    assert len(set(issued)) == 1
    assert numbers() == [1]
    assert Sequence.objects.get().last == 1


@pytest.mark.django_db
def test_the_same_key_with_other_facts_is_an_error() -> None:
    entity = make_entity()
    first = issue(entity)
    assert issue(entity) == first
    with pytest.raises(register.DocumentConflict):
        issue(entity, gives_minor=4000)
    with pytest.raises(register.DocumentConflict):
        issue(make_entity("XX"))
    assert numbers() == [1]


@pytest.mark.django_db
def test_the_year_is_the_entitys_own(clock_at: Clock) -> None:
    north, west = make_entity("MF"), make_entity("US", "America/Los_Angeles")
    clock_at(dt.datetime(2026, 12, 31, 23, 30, tzinfo=dt.UTC))
    assert issue(north, "a").name == "MF-2027-000001"
    assert issue(west, "b").name == "US-2026-000001"
    assert Document.objects.get(key="a").issued_on == dt.date(2027, 1, 1)
    clock_at(dt.datetime(2027, 1, 1, 9, 0, tzinfo=dt.UTC))
    assert issue(west, "c").name == "US-2027-000001"
    assert issue(north, "d").name == "MF-2027-000002"


@pytest.mark.django_db
def test_a_code_is_found_however_it_is_typed() -> None:
    document = issue(make_entity())
    assert len(document.verify_code) == 16
    assert set(document.verify_code) <= set(register.ALPHABET)
    assert not set("01258BGILOSUZ") & set(register.ALPHABET)
    for typed in (
        document.verify_code,
        document.verify_text,
        document.verify_text.lower(),
        f"  {document.verify_text.replace('-', ' – ')} ",
    ):
        assert register.find(typed) == document
    for wrong in ("", "x", document.verify_code[:-1], document.verify_code + "A", "A" * 16, "\x00"):
        assert register.find(wrong) is None
    assert register.verify_url(document).endswith(f"/verify/{document.verify_text}/")


@pytest.mark.django_db
def test_codes_do_not_repeat() -> None:
    entity = make_entity()
    codes = {issue(entity, f"receipt:{number}").verify_code for number in range(50)}
    assert len(codes) == 50


@pytest.mark.django_db
def test_a_void_document_stays_void() -> None:
    entity = make_entity()
    first, second = issue(entity, "a"), issue(entity, "b")
    ended = register.void(document_id=first.pk, actor="user:7")
    assert ended.state == DocumentState.VOID
    assert register.void(document_id=first.pk, actor="user:8") == ended
    with pytest.raises(register.DocumentEnded):
        register.replace(document_id=first.pk, by_id=second.pk, actor="user:7")
    deeds = Record.objects.filter(action="document.voided")
    assert [(deed.actor, deed.subject) for deed in deeds] == [("user:7", f"document:{first.pk}")]


@pytest.mark.django_db
def test_a_replaced_document_names_its_successor() -> None:
    entity = make_entity()
    first, second, third = (issue(entity, key) for key in "abc")
    register.replace(document_id=first.pk, by_id=second.pk, actor="system")
    register.replace(document_id=first.pk, by_id=second.pk, actor="system")
    found = register.find(first.verify_code)
    assert found is not None
    assert (found.state, found.replaced_by) == (DocumentState.REPLACED, second)
    with pytest.raises(register.DocumentEnded):
        register.replace(document_id=first.pk, by_id=third.pk, actor="system")
    with pytest.raises(register.DocumentEnded):
        register.void(document_id=first.pk, actor="system")
    assert Record.objects.filter(action="document.replaced").count() == 1


@pytest.mark.django_db
def test_only_a_later_document_of_the_same_entity_replaces() -> None:
    entity = make_entity()
    first, second = issue(entity, "a"), issue(entity, "b")
    stranger = issue(make_entity("XX"), "c")
    for old, new in ((first, stranger), (second, first), (first, first)):
        with pytest.raises((Refused, KeyError)):
            register.replace(document_id=old.pk, by_id=new.pk, actor="system")
    assert set(Document.objects.values_list("state", flat=True)) == {DocumentState.VALID}


def refused_by(constraint: str, statement: str) -> None:
    """The database itself refuses the statement, by this name."""
    with (
        pytest.raises(IntegrityError) as refusal,
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
    assert refusal.value.__cause__.diag.constraint_name == constraint  # type: ignore[union-attr]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "change",
    [
        "number = 7",
        "series = 'ZZ'",
        "key = 'other'",
        "verify_code = 'AAAACCCCDDDDEEEE'",
        "snapshot = snapshot || '{\"gives_minor\": 1}'",
        "issued_at = issued_at + interval '1 day'",
        "language = 'sv'",
    ],
)
def test_what_a_document_says_never_changes(change: str) -> None:
    issue(make_entity())
    refused_by("document_facts_are_frozen", f"UPDATE documents_document SET {change}")


@pytest.mark.django_db
def test_bytes_are_written_once_and_carry_their_own_hash() -> None:
    document = issue(make_entity())
    write = "UPDATE documents_document SET content = 'a', rendered_at = issued_at, sha256 = "
    refused_by("document_hash_is_of_its_bytes", f"{write} repeat('0', 64)")
    with connection.cursor() as cursor:
        cursor.execute(f"{write} encode(sha256('a'), 'hex')")
    refused_by(
        "document_bytes_are_written_once",
        "UPDATE documents_document SET content = 'b', sha256 = encode(sha256('b'), 'hex')",
    )
    refused_by(
        "document_bytes_are_written_once",
        "UPDATE documents_document SET content = NULL, sha256 = '', rendered_at = NULL",
    )
    register.void(document_id=document.pk, actor="system")
    document.refresh_from_db()
    assert bytes(document.content or b"") == b"a"


@pytest.mark.django_db
def test_neither_documents_nor_sequences_go_away_or_back() -> None:
    document = issue(make_entity())
    register.void(document_id=document.pk, actor="system")
    refused_by(
        "document_ends_once", "UPDATE documents_document SET state = 'valid', ended_at = NULL"
    )
    refused_by("document_is_kept", "DELETE FROM documents_document")
    refused_by("sequence_counts_by_one", "UPDATE documents_sequence SET last = last + 2")
    refused_by("sequence_counts_by_one", "UPDATE documents_sequence SET last = last - 1")
    refused_by("sequence_is_kept", "DELETE FROM documents_sequence")


@pytest.mark.django_db
def test_every_trigger_of_the_register_is_enabled() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled = 'O'"
            " AND tgrelid IN ('documents_document'::regclass, 'documents_sequence'::regclass)"
        )
        assert {row[0] for row in cursor.fetchall()} == {
            "document_is_frozen",
            "document_is_not_truncated",
            "sequence_only_counts",
            "sequence_is_not_truncated",
        }


@pytest.mark.django_db
def test_the_snapshot_is_kept_as_it_was_given() -> None:
    document = issue(make_entity())
    document.refresh_from_db()
    assert document.snapshot == make_snapshot()
    assert document.facts()["document"]["name"] == document.name
