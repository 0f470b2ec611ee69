"""Reports that everybody may read, on any award, and photos as a telephone makes them."""

import io
from typing import Any

from PIL import Image

from funding import clock
from funding.users.models import Role, User
from grants import publications, reports
from grants.models import Award, Report, ReportAnswer, ReportKind, ReportPhoto, ReportSending
from tests.grants.payments.cast import HASH
from tests.people import make_person

PLACE = "56.9476 N 106.1234 E"
SUMMARY = "Forty traps stood for two winters.\n\nNine manuls came by."


def officer() -> User:
    """Pat, who has the role."""
    found = User.objects.filter(email="pat@staff.example").first()
    return found or make_person("pat@staff.example", "Pat Example", Role.OFFICER)


def photo(colour: str = "green", size: tuple[int, int] = (640, 480)) -> bytes:
    """A JPEG whose camera wrote down where it was."""
    out, exif = io.BytesIO(), Image.Exif()
    exif[0x010E] = PLACE
    exif[0x8825] = {1: "N", 2: (56.0, 9.0, 4.0)}
    Image.new("RGB", size, colour).save(out, "JPEG", exif=exif)
    return out.getvalue()


def accepted(award: Award, kind: str = "interim", **facts: Any) -> ReportSending:
    """A report with one photo that may be shown, as an officer accepted it."""
    now = clock.now()
    report = Report.objects.create(award=award, kind=kind, saved_at=now)
    large, small = reports.drawn(photo())
    shot = ReportPhoto.objects.create(
        report=report,
        content=large,
        small=small,
        sha256=HASH,
        shows="A manul by a trap",
        taken_by="A ranger",
        has_consent=True,
        is_public=True,
        added_at=now,
    )
    told = {
        "summary": SUMMARY,
        "indicators": [{"name": "Traps", "planned": 40, "achieved": 38}],
        "lines": [],
        "paid_minor": 0,
        "spent_minor": 0,
        "unspent_minor": 0,
        "narrative": "What was done.",
        "photos": [
            {"id": shot.pk, "shows": shot.shows, "taken_by": shot.taken_by, "is_public": True}
        ],
    }
    sending = ReportSending.objects.create(
        report=report,
        number=1,
        facts=told | facts,
        sha256=HASH,
        spent_minor=0,
        is_public=True,
        sent_by=award.application.applicant,
        sent_at=now,
    )
    sending.answer, sending.answered_by = ReportAnswer.ACCEPTED, officer()
    sending.answered_at = now
    sending.save()
    return sending


def published(award: Award, kind: str = ReportKind.INTERIM, **facts: Any) -> ReportSending:
    """The same, which everybody may read."""
    sending = accepted(award, kind, **facts)
    publications.publish(sending_id=sending.pk, by=officer())
    return sending
