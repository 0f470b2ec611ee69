"""A paper on where the money went shows news of the projects, with pictures that have words."""

import io
from typing import Any

from pypdf import PdfReader

from donors.models import Zoo
from funding import clock
from funding.ledger.models import Fund
from funding.site.models import FollowedKind
from grants.models import Project
from tests.clocks import clock_at as clock_at
from tests.documents.test_receipt import walk
from tests.site.news import writing
from tests.site.test_followed import ClockAt, awarded, gave, made, snapshot
from tests.site.test_followed import general as general
from tests.site.test_followed import zoo as zoo


def alternatives(content: bytes) -> list[str]:
    """What the paper says of its photographs, for those who cannot see them."""
    root: Any = PdfReader(io.BytesIO(content)).trailer["/Root"]
    said = [
        str(node.get("/Alt", ""))
        for node in walk(root["/StructTreeRoot"])
        if node.get("/S") == "/Figure"
    ]
    assert all(said)
    return [each for each in said if "manul by" in each]


def test_where_the_money_went_prints_news_with_one_picture_and_a_certificate_none(
    zoo: Zoo, general: Fund, clock_at: ClockAt
) -> None:
    gift = gave(zoo, general, 90_000)
    awarded(general, "Dens before winter", 60_000)
    Project.objects.update(published_at=clock.now())
    project = Project.objects.get()
    before = made(gift, FollowedKind.TRAIL).sha256
    certificate = made(gift).sha256
    for number in range(3):
        writing.published(
            writing.with_picture(
                project_id=project.pk,
                words={"en": writing.words(title=f"Den {number}", alt="A manul by its den")},
            )
        )
    row = made(gift, FollowedKind.TRAIL)
    assert (row.version, made(gift).sha256) == (2, certificate)
    assert row.sha256 != before
    (line,) = (each for each in snapshot(row)["trails"][0]["lines"] if each["is_award"])
    assert [told["title"] for told in line["news"]] == ["Den 2", "Den 1"]
    assert [bool(told["picture"]) for told in line["news"]] == [True, False]
    document = row.document
    assert document is not None
    document.refresh_from_db()
    content = bytes(document.content or b"")
    assert content.startswith(b"%PDF-")
    assert alternatives(content) == ["A manul by its den"]
