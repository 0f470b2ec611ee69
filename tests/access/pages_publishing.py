"""Who may read reports of grantees: everybody, once they are shown; and who may show them."""

from typing import Any

from funding import clock
from grants.models import Project, ReportPhoto, ReportSending
from tests.access.pages_payments import award, set_out
from tests.access.pages_public import NOBODY
from tests.access.table import EVERYBODY, Page
from tests.access.world import World
from tests.grants import publishing


def shown(world: World) -> ReportSending:
    """A report with a photo that everybody may read."""
    made = world.of(award)
    Project.objects.filter(application__award=made).update(published_at=clock.now())
    return publishing.published(made)


def held_back(world: World) -> ReportSending:
    """The next one of the same award, of which nobody has decided."""
    return publishing.accepted(world.of(shown).report.award, "final")


def decided(world: World) -> ReportSending:
    """The final report of an award with a schedule, for those who decide on it."""
    return publishing.accepted(world.of(set_out), "final")


def _report(world: World, sending: ReportSending) -> dict[str, Any]:
    del world
    return {"slug": sending.report.award.application.project.slug, "kind": sending.report.kind}


def _shown(world: World) -> dict[str, Any]:
    return _report(world, world.of(shown))


def _held_back(world: World) -> dict[str, Any]:
    return _report(world, world.of(held_back))


def _picture(world: World, sending: ReportSending) -> dict[str, Any]:
    mark = ReportPhoto.objects.get(report=sending.report).sha256
    return _report(world, sending) | {"size": "small", "mark": mark}


def _desk(world: World) -> dict[str, Any]:
    sending = world.of(decided)
    return {"pk": sending.report.award_id, "kind": "final"}


def _photo(world: World) -> dict[str, Any]:
    sending = world.of(decided)
    return {"pk": sending.report.award_id, "number": sending.report.photos.get().pk}


def _first(_: World) -> dict[str, Any]:
    return {"number": "1", "hidden_why": "A den is named."}


DECIDE = {"pat", "dan"}
PAGES = [
    Page("grants:project_report", EVERYBODY, _shown),
    Page("grants:project_report", NOBODY, _held_back, state="not shown", stranger="404"),
    Page(
        "grants:project_report_picture",
        EVERYBODY,
        lambda world: _picture(world, world.of(shown)),
    ),
    Page(
        "grants:project_report_picture",
        NOBODY,
        lambda world: _picture(world, world.of(held_back)),
        state="not shown",
        stranger="404",
    ),
    Page("grants:award_report_publish", DECIDE, _desk, method="POST", sends=_first),
    Page("grants:award_report_hide", DECIDE, _desk, method="POST", sends=_first),
    Page("grants:award_report_consent", {"asel"}, _desk, method="POST", sends=_first),
    Page("grants:award_report_picture_hide", {"asel", *DECIDE}, _photo, method="POST"),
]
