"""Goal: a zoo is written down as papers need it, and only its own people change that."""

import io

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageFile
from PIL.PngImagePlugin import PngInfo

from donors.models import Donor, Zoo
from donors.zoos import logos, numbers, words, zoos
from donors.zoos.zoos import NotAProfile
from funding import clock
from funding.audit.models import Record
from funding.pictures import NotAPicture
from tests.donors.zoos import zoo_world

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("name", " \u202e "),
        ("country", ""),
        ("finance_email", "nobody"),
        ("registration_number", "none"),
        ("registration_number", "12<script>"),
        ("vat_number", "SE00000000"),
        ("vat_number", "FI0000000"),
        ("association", "zzz"),
    ],
)
def test_what_papers_cannot_print_is_refused_by_its_field(field: str, wrong: str) -> None:
    with pytest.raises(NotAProfile) as refused:
        zoos.found(
            profile=zoo_world.profile(**{field: wrong}), owner_email="a@b.example", actor="user:1"
        )
    assert refused.value.field == field
    assert not Zoo.objects.exists()
    assert not Record.objects.exists()


def test_a_zoo_comes_with_a_donor_that_is_nobodys_mailbox() -> None:
    made = zoo_world.zoo()
    donor = Donor.objects.get()
    assert (donor.organisation, donor.name) == (made.organisation, "Kuusirannan Eläintarha Oy")
    with (
        pytest.raises(IntegrityError, match="is_no_mailbox"),
        transaction.atomic(),
    ):
        Donor.objects.update(email="bob@kuusiranta.example")


def test_two_zoos_may_have_no_mailbox_and_two_donors_may_not_share_one() -> None:
    zoo_world.zoo()
    zoo_world.zoo(name="Norrvik Djurpark", country="SE", vat_number="SE000000000001")
    assert Donor.objects.filter(email="").count() == 2
    Donor.objects.create(name="A", email="a@x.example", created_at=clock.now())
    with pytest.raises(IntegrityError, match="donor_email_is_one_donors"), transaction.atomic():
        Donor.objects.create(name="B", email="A@x.example", created_at=clock.now())


def test_a_change_is_written_down_once_and_reaches_the_donor() -> None:
    made = zoo_world.zoo()
    told = zoo_world.profile(legal_name="Kuusiranta ry", finance_email="Pay@Kuusiranta.example")
    for _ in range(2):
        zoos.change(zoo_id=made.pk, profile=told, actor="user:1")
    made.refresh_from_db()
    assert made.finance_email == "pay@kuusiranta.example"
    assert Donor.objects.get().name == "Kuusiranta ry"
    record = Record.objects.get(action="zoo.changed")
    assert record.facts == {"fields": "legal_name finance_email"}


def test_a_refused_change_moves_nothing() -> None:
    made = zoo_world.zoo()
    with pytest.raises(NotAProfile):
        zoos.change(zoo_id=made.pk, profile=zoo_world.profile(vat_number="FI1"), actor="user:1")
    assert zoos.told_of(Zoo.objects.get()) == zoo_world.profile()
    assert not Record.objects.filter(action="zoo.changed").exists()


@pytest.mark.parametrize(
    ("typed", "country"),
    [
        ("GB 123 4567 89", "GB"),
        ("XI123456789", "GB"),
        ("el123456789", "GR"),
        ("SE 556000-0000 01", "SE"),
        ("CHE-123.456.789 MWST", "CH"),
        ("NL123456789B01", "NL"),
        ("00-1234567", "US"),
    ],
)
def test_vat_numbers_are_known_however_they_are_spaced(typed: str, country: str) -> None:
    assert numbers.is_vat(numbers.vat(typed), country)


@given(st.text(max_size=300))
def test_words_are_one_line_and_stay_so(text: str) -> None:
    once = words.one_line(text)
    assert words.one_line(once) == once.strip()
    assert not set(once) & {"\n", "\r", "\x00", "\u202e"}
    assert len(words.lines(text).split("\n")) <= 8


def picture(size: tuple[int, int], kind: str = "PNG", **more: object) -> bytes:
    """A picture of one colour."""
    out = io.BytesIO()
    Image.new("RGB", size, "#484").save(out, kind, **more)
    return out.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>",
        b"\x89PNG\r\n\x1a\n" + b"\x00" * 50,
        picture((400, 300))[:-40],
        picture((40, 30), "GIF"),
        picture((5100, 5100)),
        picture((8, 300)),
        picture((40, 30)) + b"\x00" * logos.MOST_BYTES,
    ],
    ids=["nothing", "svg", "rubbish", "cut", "gif", "vast", "thin", "heavy"],
)
def test_what_is_no_logo_is_refused_and_nothing_is_kept(
    content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = zoo_world.zoo()
    # As it is once a paper was made in this process.
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)
    with pytest.raises(NotAPicture):
        zoos.set_logo(zoo_id=made.pk, content=content, actor="user:1")
    assert Zoo.objects.get().logo is None
    assert not Record.objects.filter(action__startswith="zoo.logo").exists()


def test_a_logo_is_drawn_anew_and_nothing_else_of_the_file_is_kept() -> None:
    made = zoo_world.zoo()
    notes = PngInfo()
    notes.add_text("Author", "somebody's secret")
    content = picture((1200, 300), pnginfo=notes) + b"PK\x03\x04 a hidden archive"
    for _ in range(2):
        zoos.set_logo(zoo_id=made.pk, content=content, actor="user:1")
    kept = bytes(Zoo.objects.get().logo or b"")
    assert b"secret" not in kept
    assert b"archive" not in kept
    assert Image.open(io.BytesIO(kept)).size == (480, 120)
    assert Record.objects.filter(action="zoo.logo_changed").count() == 1
    zoos.set_logo(zoo_id=made.pk, content=None, actor="user:1")
    assert Zoo.objects.get().logo is None
