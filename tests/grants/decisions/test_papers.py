"""Goal: one minute for each motion and one letter for each award, whoever is killed in between."""

import io
import re

import pytest
from pypdf import PdfReader

from funding.documents.models import Document
from funding.mail.models import Attachment, Mail
from grants import declarations, papers
from grants.models import Award, Motion
from tests.grants.decisions.cast import Table, table
from tests.grants.payments.test_payment_races import together

NAMES = "Łukasz Żółw Бат-Эрдэнэ 山田花子"


def words(document: Document) -> str:
    """The text of a PDF."""
    assert document.content is not None
    return " ".join(page.extract_text() for page in PdfReader(io.BytesIO(document.content)).pages)


def decided() -> tuple[Table, Motion]:
    """A motion of two awards, one of them in part, that everybody voted for but one who left."""
    set_ = table()
    set_.asel.name = NAMES
    set_.asel.save()
    set_.apply("Guard dogs", 60_000)
    set_.apply("Snow tracks", 80_000)
    declarations.step_out(
        application_id=set_.applications[0].pk, reason="My brother-in-law.", by=set_.carol
    )
    motion = set_.decided({0: 40_000, 1: 20_000}, {0: 50_000})
    return set_, motion


@pytest.mark.django_db
def test_a_minute_is_made_only_of_a_decided_motion() -> None:
    set_ = table()
    set_.apply()
    motion = set_.put({0: 100_000})
    papers.make_minute(motion.pk)
    assert not Document.objects.exists()
    assert not Mail.objects.exists()


@pytest.mark.django_db
def test_the_minute_says_who_voted_how_and_keeps_the_private_reason() -> None:
    _set, motion = decided()
    papers.make_minute(motion.pk)
    motion.refresh_from_db()
    assert motion.minute is not None
    said = words(motion.minute)
    for part in ("Guard dogs", "Snow tracks", "in part", motion.sha256, "Carol", "1,100.00"):
        assert part in said
    assert "Entitled 4, needed 3, took part 4: 4 for, 0 against" in " ".join(said.split())
    assert "brother" not in said
    assert "brother" not in str(motion.minute.snapshot)


@pytest.mark.django_db
def test_the_minute_tells_of_a_conflict_what_an_auditor_asks() -> None:
    """Its nature, who, whether declared before, the discussion, that they withdrew, the quorum."""
    _set, motion = decided()
    papers.make_minute(motion.pk)
    motion.refresh_from_db()
    assert motion.minute is not None
    said = " ".join(words(motion.minute).split())
    for part in (
        "Carol: another interest",
        "before the motion",
        "Discussion: the system keeps no record of one.",
        "Withdrew: from then on neither read it nor voted. Since",
        "Decided without Carol.",
        "4 members without an interest, or with one that was ruled on, were entitled;",
        "4 for, 0 against, 0 abstained. So it was adopted, by a vote of its own.",
        "Why it is in the interest of the fund, as put: Sound.",
    ):
        assert part in said, part
    zoned = re.findall(r"Carol: another interest \d+ \w+ \d{4}, \d\d:\d\d C?ES?T", said)
    assert zoned or "UTC" in said
    assert motion.minute.snapshot["items"][0]["is_alone"] is True
    assert "one vote could be cast" not in said


@pytest.mark.django_db
def test_the_minute_is_mailed_to_the_officer_and_to_members_who_are_out_of_nothing() -> None:
    set_, motion = decided()
    papers.make_minute(motion.pk)
    sent = Mail.objects.filter(key__startswith=f"motion:{motion.pk}:minute-")
    wanted = {person.email for person in (*set_.members, set_.pat)} - {set_.carol.email}
    assert {mail.to_address for mail in sent} == wanted
    assert Attachment.objects.filter(mail__in=sent).count() == len(wanted)


@pytest.mark.django_db
def test_the_letter_says_the_sum_its_funds_and_what_comes_next() -> None:
    set_, _motion = decided()
    award = Award.objects.get(application=set_.applications[1])
    papers.make_letter(award.pk)
    award.refresh_from_db()
    assert award.letter is not None
    said = " ".join(words(award.letter).split())
    for part in ("€500.00 of the €800.00", "Fund 0", f"/awards/{award.pk}/", "Dan", "Sound."):
        assert part in said
    mail = Mail.objects.get(key=f"award:{award.pk}:letter")
    assert (mail.to_address, mail.to_name) == ("asel@example.org", NAMES)
    assert mail.subject == "Your application was funded: €500.00"
    assert f"/awards/{award.pk}/" in mail.text
    assert f"/awards/{award.pk}/" in mail.html
    assert [file.name for file in mail.attachments.all()] == [f"{award.letter.name}.pdf"]


@pytest.mark.django_db
def test_the_sweep_makes_every_paper_without_the_bell_and_once() -> None:
    _set, motion = decided()
    assert papers.sweep() == 3
    assert papers.sweep() == 0
    for award in Award.objects.all():
        papers.make_letter(award.pk)
    papers.make_minute(motion.pk)
    assert Document.objects.count() == 3
    assert Mail.objects.filter(key__endswith=":letter").count() == 2


@pytest.mark.django_db
def test_a_worker_killed_between_number_and_mail_leaves_work_for_the_sweep() -> None:
    _set, motion = decided()
    number = papers.issue_minute(motion.pk)
    letters = [papers.issue_letter(award.pk) for award in Award.objects.order_by("pk")]
    papers.sweep()
    assert set(Document.objects.values_list("pk", flat=True)) == {number, *letters}
    assert not Motion.objects.filter(minute_mailed_at__isnull=True).exists()
    assert not Award.objects.filter(letter_mailed_at__isnull=True).exists()


def test_two_workers_make_one_letter_and_one_mail(committed: None) -> None:
    set_ = table()
    set_.apply()
    set_.decided({0: 100_000})
    award = Award.objects.get()
    assert together(*[lambda: papers.make_letter(award.pk)] * 2) == ["done", "done"]
    assert Document.objects.count() == 1
    assert Mail.objects.count() == 1
