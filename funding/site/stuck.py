"""Work that does not go on by itself: the list, and beginning again."""

from dataclasses import dataclass
from typing import Final

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from funding import stuck as rules
from funding.site import followed, report_pages, reports
from funding.site.models import FollowedPaper, FundReport
from funding.site.treasury import DESK
from funding.stuck import Source, Stuck
from funding.users import access
from funding.users.models import User

SHOWN: Final = 50


@dataclass(frozen=True, slots=True)
class Heap:
    """The stuck rows of one kind: how many, the oldest of them, and what can be done."""

    name: str
    label: str | Promise
    count: int
    rows: list[Stuck]
    can_leave: bool

    @property
    def more(self) -> int:
        """How many there are that the page does not show."""
        return self.count - len(self.rows)


class LeaveForm(forms.Form):
    """Why nothing more is to be done."""

    why = forms.CharField(max_length=400)


def register() -> None:
    """Add reports that cannot be made to the list."""
    label = gettext_lazy("Reports that cannot be made")
    rules.register("reports", reports.failed, _retry_report, show=_show_report, label=label)
    label = gettext_lazy("Papers of followed money that cannot be made")
    rules.register("followed", followed.failed, followed.retry, show=_show_followed, label=label)


@never_cache
@require_safe
@access.role(*DESK)
def stuck(request: HttpRequest) -> HttpResponse:
    """Treasurers and administrators may: every row whose attempts are used up."""
    heaps = [_heap(rules.SOURCES[name], count) for name, count in rules.counts().items() if count]
    context = {"heaps": heaps, "count": sum(heap.count for heap in heaps)}
    return render(request, "site/stuck.html", context)


@require_POST
@access.role(*DESK)
@access.fresh
def stuck_retry(request: HttpRequest, name: str, pk: int) -> HttpResponseBase:
    """Treasurers and administrators may: let one row begin again."""
    _one(name, pk)
    rules.SOURCES[name].retry(pk=pk, actor=access.actor_of(request))
    messages.success(request, _("It begins again. If it stops once more, it comes back here."))
    return redirect(f"{reverse('stuck')}#{name}")


@require_POST
@access.role(*DESK)
@access.fresh
def stuck_leave(request: HttpRequest, name: str, pk: int) -> HttpResponseBase:
    """Treasurers and administrators may: take one row off the list, and say why."""
    _one(name, pk)
    leave, form = rules.SOURCES[name].leave, LeaveForm(request.POST)
    if leave is None:
        raise Http404
    if not form.is_valid():
        messages.error(request, _("Nothing was changed. Write why nothing more is to be done."))
    else:
        leave(pk=pk, actor=access.actor_of(request), why=form.cleaned_data["why"])
        messages.success(request, _("Left as it is. The log says who, and why."))
    return redirect(f"{reverse('stuck')}#{name}")


def _heap(source: Source, count: int) -> Heap:
    shown = [source.show(row) for row in source.rows()[:SHOWN]]
    return Heap(source.name, source.label, count, shown, source.leave is not None)


def _one(name: str, pk: int) -> None:
    source = rules.SOURCES.get(name)
    if source is None or not source.rows().filter(pk=pk).exists():
        raise Http404


def _show_followed(paper: FollowedPaper) -> Stuck:
    what = f"{paper.get_kind_display()} {paper.pk}"
    return Stuck(paper.pk, what, paper.asked_at, paper.attempts, paper.error)


def _show_report(report: FundReport) -> Stuck:
    page = reverse("report", kwargs={"pk": report.pk})
    what = _("Report on %s") % report_pages.name_of(report)
    return Stuck(report.pk, what, report.asked_at, report.attempts, report.error, page)


def _retry_report(*, pk: int, actor: str) -> None:
    by = User.objects.get(pk=int(actor.removeprefix("user:")))
    reports.ask_again(report_id=pk, by=by)
