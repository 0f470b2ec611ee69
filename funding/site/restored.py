"""After a restore: what was left out, and the mails that wait until a person has looked."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from funding import lists
from funding.documents.models import Gap
from funding.mail import pauses
from funding.recovery.models import Restore
from funding.site.treasury import DESK
from funding.users import access
from funding.users.models import User
from funding.waits import Wait

PAGE_OF = 50


def waiting(_user: User) -> list[Wait]:
    """Mails that were stopped by a restore wait for those who keep the money."""
    restore = _latest()
    if restore is None or not pauses.is_on():
        return []
    count = pauses.held().count()
    return [
        Wait(
            title=_("The books were restored, and no mail leaves"),
            url=reverse("restored"),
            sentence=ngettext(
                "One mail waits for you to look.", "%(count)s mails wait for you to look.", count
            )
            % {"count": count},
            since=restore.restored_at,
            state=_("Look"),
            look="stop",
        )
    ]


@never_cache
@require_safe
@access.role(*DESK)
def restored(request: HttpRequest) -> HttpResponse:
    """Treasurers and administrators may: what the last restore has left to be looked at."""
    restore = _latest()
    mails = pauses.held().defer("text", "html")
    old = mails.filter(queued_at__lte=restore.taken_at).count() if restore else 0
    context = {
        "restore": restore,
        "gaps": Gap.objects.order_by("-pk")[:PAGE_OF],
        "is_paused": pauses.is_on(),
        "shown": lists.page(request, mails),
        "old": old,
    }
    return render(request, "site/restored.html", context)


@require_POST
@access.role(*DESK)
@access.fresh
def restored_leave(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Treasurers and administrators may: one held mail is not to be sent."""
    if not pauses.held().filter(pk=pk).exists():
        raise Http404
    pauses.leave(pk=pk, actor=access.actor_of(request))
    messages.success(request, _("That mail will not be sent."))
    return redirect("restored")


@require_POST
@access.role(*DESK)
@access.fresh
def restored_leave_old(request: HttpRequest) -> HttpResponseBase:
    """Treasurers and administrators may: none that the backup held is to be sent."""
    restore = _latest()
    if restore is not None:
        pauses.leave_older(than=restore.taken_at, actor=access.actor_of(request))
        messages.success(request, _("None of the mails that the backup held will be sent."))
    return redirect("restored")


@require_POST
@access.role(*DESK)
@access.fresh
def restored_send(request: HttpRequest) -> HttpResponseBase:
    """Treasurers and administrators may: mails leave again, those that wait first."""
    if pauses.end(actor=access.actor_of(request)):
        messages.success(request, _("Mails leave again."))
    return redirect("restored")


def _latest() -> Restore | None:
    return Restore.objects.order_by("-restored_at", "-pk").first()
