"""The granting half of the fund."""

from django.apps import AppConfig


class GrantsConfig(AppConfig):
    """Projects, rounds, applications and awards."""

    name = "grants"

    def ready(self) -> None:
        """Register what must hold of awards, and the sweeps, decisions before their papers."""
        from funding import jobs
        from grants import (
            agenda,
            completions,
            decisions,
            desk_facts,
            files,
            invariants,
            pack_files,
            pack_papers,
            packs,
            papers,
            references,
            reminders,
            report_reminders,
            reports,
            stuck,
            takeovers,
        )

        invariants.register()
        agenda.register()
        jobs.register_sweep("motions", decisions.sweep)
        jobs.register_sweep("minutes", papers.sweep_minutes, papers.waiting_minutes)
        jobs.register_sweep("letters", papers.sweep_letters, papers.waiting_letters)
        jobs.register_sweep("applications sent back", completions.sweep, completions.lapsed)
        jobs.register_sweep("reminders of reviews", reminders.sweep)
        jobs.register_sweep("references", references.sweep)
        jobs.register_sweep("unfinished files", files.sweep)
        jobs.register_sweep("audit packs", packs.sweep, packs.waiting)
        jobs.register_sweep("reminders of reports", report_reminders.sweep)
        # An overdue report of an earlier award bars the next application.
        desk_facts.OVERDUE.append(lambda organisation: reports.overdue(organisation.pk))
        pack_files.register()
        pack_papers.register()
        stuck.register()
        takeovers.register()
        self._tell_what_waits()

    def _tell_what_waits(self) -> None:
        """Register what the pages of granting wait for, for everybody's inbox."""
        from grants.views import (
            award_waits,
            checking,
            discussions,
            messages,
            officer,
            own_waits,
            payee_checks,
            payment_waits,
            reviewers,
            reviews,
        )

        award_waits.register()
        own_waits.register()
        checking.register_waits()
        discussions.register_waits()
        messages.register_waits()
        officer.register_waits()
        payment_waits.register()
        payee_checks.register()
        reviewers.register_waits()
        reviews.register_waits()
