"""The office's page for a digest: what would go, a test of it, when it goes, what became of it."""

import base64
import datetime as dt
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.middleware.csp import get_nonce
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from funding import clock, limits
from funding.errors import Refused
from funding.limits import Brake
from funding.mail import posting, writing
from funding.parties.models import Entity
from funding.site.models import Digest
from funding.site.news import digests, figures
from funding.site.news.views.desk import WRITERS
from funding.users import access, actors

_EXAMPLE = "/news/stop/…/"
_TESTS = Brake("digest-test", 20, 3600)
_HOUR = 8


class PlanForm(forms.Form):
    """On which day a digest goes; none: now."""

    day = forms.DateField(
        required=False,
        label=gettext_lazy("On this day, at eight in the morning"),
        help_text=gettext_lazy("Empty: now."),
        widget=forms.DateInput(attrs={"type": "date"}),
        error_messages={"invalid": gettext_lazy("Write the day as a date.")},
    )

    def clean_day(self) -> dt.date | None:
        """The day, if it is not over and not a year away."""
        day: dt.date | None = self.cleaned_data["day"]
        today = clock.today(_zone())
        if day is not None and not today <= day <= today + dt.timedelta(days=366):
            raise forms.ValidationError(_("Choose a day within a year from today."))
        return day

    @property
    def starts_at(self) -> dt.datetime | None:
        """The instant, or None for now."""
        day = self.cleaned_data["day"]
        return day and dt.datetime.combine(day, dt.time(_HOUR), ZoneInfo(_zone()))


@never_cache
@require_safe
@access.role(*WRITERS)
def digest_new(request: HttpRequest) -> HttpResponse:
    """Officers and administrators may: the mail as it would go, and the form that sends it."""
    return _page(request, PlanForm())


@never_cache
@require_safe
@access.role(*WRITERS)
def digest_page(request: HttpRequest, tongue: str) -> HttpResponse:
    """Officers and administrators may: the mail as mail programs show it."""
    items = digests.preview(tongue)
    if tongue not in dict(settings.LANGUAGES) or not items:
        raise Http404
    logo = "data:image/png;base64," + base64.b64encode(posting.LOGO.read_bytes()).decode()
    facts = digests.context(items, settings.SITE_URL + _EXAMPLE)
    with translation.override(tongue):
        page = writing.page("news", facts | {"logo": logo, "subject": items[0].title})
    return HttpResponse(page.replace("<style>", f'<style nonce="{get_nonce(request)}">'))


@require_POST
@access.role(*WRITERS)
def digest_test(request: HttpRequest) -> HttpResponse:
    """Officers and administrators may: mail it to themselves, in every language."""
    person = access.person(request)
    limits.check(_TESTS, str(person.pk))
    sent = [digests.test(person=person, language=code) for code, _name in settings.LANGUAGES]
    if any(sent):
        messages.success(request, _("It is on its way to %s.") % person.email)
    return redirect("digest_new")


@require_POST
@access.role(*WRITERS)
def digest_plan(request: HttpRequest) -> HttpResponse:
    """Officers and administrators may: send it now, or on a day. Pressed twice it is one."""
    form = PlanForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    try:
        row = digests.plan(starts_at=form.starts_at, actor=access.actor_of(request))
    except Refused as refusal:
        form.add_error(None, refusal.sentence)
        return _page(request, form, status=409)
    return redirect("digest", pk=row.pk)


@never_cache
@require_safe
@access.role(*WRITERS)
def digest(request: HttpRequest, pk: int) -> HttpResponse:
    """Officers and administrators may: how far one has come. The page renews itself."""
    row = get_object_or_404(Digest, pk=pk)
    context = {
        "row": row,
        "figures": figures.of(row),
        "asked_by": actors.names([row.asked_by])[row.asked_by],
        "zone": _zone(),
    }
    return render(request, "site/digest.html", context)


@require_POST
@access.role(*WRITERS)
def digest_call_off(request: HttpRequest, pk: int) -> HttpResponse:
    """Officers and administrators may: let a planned one not happen."""
    row = get_object_or_404(Digest, pk=pk)
    digests.call_off(digest_id=row.pk, actor=access.actor_of(request))
    return redirect("digest", pk=pk)


def _page(asked: HttpRequest, form: PlanForm, *, status: int = 200) -> HttpResponse:
    letters = []
    for code, name in settings.LANGUAGES:
        if items := digests.preview(code):
            facts = digests.context(items, settings.SITE_URL + _EXAMPLE)
            letters.append((code, name, writing.write("news", facts, code)))
    context = {
        "form": form,
        "letters": letters,
        "count": digests.asked().count(),
        "is_open": digests.open_one(),
    }
    return render(asked, "site/digest_new.html", context, status=status)


def _zone() -> str:
    entity = Entity.objects.order_by("pk").first()
    return entity.zone if entity else "UTC"
