"""Pages that need both halves, and the table of webhooks."""

from django.apps import AppConfig


class SiteConfig(AppConfig):
    """Home, funds, the webhook and the health page."""

    name = "funding.site"
    label = "site"

    def ready(self) -> None:
        """Register the rounds of this part and what waits for whom."""
        from donors import followers, merges
        from funding import jobs
        from funding.gateway import inbox, movements
        from funding.site import (
            followed,
            reconcile,
            reports,
            tasks,
            telling,
            watching,
            webhooks,
        )
        from funding.site.models import FollowedPaper

        jobs.register_sweep("inbox", tasks.drain, inbox.waiting)
        jobs.register_sweep("walk", tasks.walk)
        jobs.register_sweep("movements", webhooks.follow_movements, movements.waiting)
        jobs.register_sweep("fund reports", reports.sweep, reports.waiting)
        jobs.register_sweep("followed papers", followed.sweep, followed.waiting)
        followers.register("papers", followed.look_again)
        merges.register_paper(FollowedPaper)
        _register_inbox_mail()
        _register_zoo_mail()
        _register_news()
        _register_interests()
        _register_privacy()
        jobs.register_sweep("alarms", watching.sweep)
        jobs.register_sweep("alert mails", telling.tell)
        jobs.register_nightly("verify", watching.verify_books)
        jobs.register_nightly("reconcile", reconcile.nightly)
        _register_waits()


def _register_waits() -> None:
    """What waits for those who keep the money and the accounts."""
    from funding import waits
    from funding.site import (
        alerts,
        payout_pages,
        people,
        report_pages,
        restored,
        setup,
        steps,
        stuck,
        treasury,
    )
    from funding.users.models import Role

    stuck.register()
    people.register_waits()
    waits.register("alerts", alerts.waiting, *treasury.DESK)
    waits.register("failed reports", report_pages.failed)
    waits.register("steps", steps.waiting, *treasury.DESK)
    waits.register("overdrawn funds", treasury.overdrawn, Role.TREASURER)
    waits.register("restored", restored.waiting, *treasury.DESK)
    waits.register("suspense", payout_pages.waiting, *treasury.DESK)
    waits.register("setting up", setup.unfinished, Role.ADMINISTRATOR)


def _register_inbox_mail() -> None:
    """What waits for people, by mail once a day."""
    from funding import jobs
    from funding.mail import guards
    from funding.site import inbox_mails

    guards.register(inbox_mails.STOP, inbox_mails.against)
    jobs.register_sweep("inbox mails", inbox_mails.sweep)


def _register_zoo_mail() -> None:
    """Certificates and statements of zoos, by mail."""
    from funding import jobs
    from funding.site.zoo_mail import sending

    jobs.register_sweep("papers of zoos", sending.sweep, sending.waiting)
    jobs.register_nightly("mailed statements of zoos", sending.look_around)


def _register_privacy() -> None:
    """Copies of what is held on people, and letting them go."""
    from funding import jobs
    from funding.recovery import erased
    from funding.site.privacy import again, copies, erasures, marks, retention

    erased.register(marks.removed, again.redo)
    jobs.register_sweep("data copies", copies.sweep, copies.waiting)
    jobs.register_sweep("erasures", erasures.sweep, erasures.waiting)
    jobs.register_nightly("events of those removed", erasures.listen)
    jobs.register_nightly("kept papers", retention.let_go)


def _register_news() -> None:
    """News on the pages of projects, and their digests."""
    from donors import merges
    from funding import jobs
    from funding.site.models import DigestShare
    from funding.site.news import digests, shown
    from grants import projects

    projects.register_news(shown.of_project)
    merges.register_stays(DigestShare)
    jobs.register_sweep("news digests", digests.sweep, digests.waiting)


def _register_interests() -> None:
    """What gifts tell of the interests of members in applications."""
    from funding.site import interests
    from grants import recusals

    if interests.zoo_that_gave not in recusals.SOURCES:
        recusals.SOURCES.append(interests.zoo_that_gave)
