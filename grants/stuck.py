"""Minutes and letters that cannot be made, for the list of stuck work."""

from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from funding import clock, jobs, stuck
from funding.audit import log
from funding.stuck import Stuck
from grants import papers
from grants.models import Award, Motion


def register() -> None:
    """Add them to the list, and say where an award is shown."""
    stuck.register_page("award", page_of_award)
    stuck.register(
        "minutes",
        stuck_minutes,
        retry_minute,
        show=show_minute,
        label=gettext_lazy("Minutes that cannot be made"),
    )
    stuck.register(
        "letters",
        stuck_letters,
        retry_letter,
        show=show_letter,
        label=gettext_lazy("Letters of awards that cannot be made"),
    )


def page_of_award(pk: int) -> str:
    """The page of the award with this number."""
    return reverse("grants:award", kwargs={"pk": pk})


def stuck_minutes() -> QuerySet[Motion]:
    """The minutes whose attempts are used up."""
    return papers.unmade_minutes().filter(attempts__gte=papers.MOST_ATTEMPTS)


def stuck_letters() -> QuerySet[Award]:
    """The letters whose attempts are used up."""
    return papers.unmade_letters().filter(attempts__gte=papers.MOST_ATTEMPTS)


def show_minute(motion: Motion) -> Stuck:
    """A minute as the list shows it."""
    since = motion.decided_at or motion.due_at
    return Stuck(
        motion.pk, _("Minute of motion %s") % motion.pk, since, motion.attempts, motion.error
    )


def show_letter(award: Award) -> Stuck:
    """A letter as the list shows it."""
    what = _("Letter of award %s") % award.pk
    page = page_of_award(award.pk)
    return Stuck(award.pk, what, award.adopted_at, award.attempts, award.error, page)


@transaction.atomic
def retry_minute(*, pk: int, actor: str) -> None:
    """Make it once more, with all its attempts."""
    if stuck_minutes().select_for_update(of=("self",)).filter(pk=pk).first() is None:
        return
    Motion.objects.filter(pk=pk).update(attempts=0, due_at=clock.now())
    log.record(actor=actor, action="minute.retried", subject=f"motion:{pk}")
    jobs.after_commit("grants.tasks.make_minute", pk)


@transaction.atomic
def retry_letter(*, pk: int, actor: str) -> None:
    """Make it once more, with all its attempts."""
    if stuck_letters().select_for_update(of=("self",)).filter(pk=pk).first() is None:
        return
    Award.objects.filter(pk=pk).update(attempts=0, due_at=clock.now())
    log.record(actor=actor, action="letter.retried", subject=f"award:{pk}")
    jobs.after_commit("grants.tasks.make_letter", pk)
