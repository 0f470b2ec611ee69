"""A referee, who has no account: what is asked, and their words."""

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from funding import limits
from funding.errors import Refused
from grants import references
from grants.models import Referee


class ReferenceForm(forms.Form):
    """What a referee writes, and whether the applicant may read it."""

    words = forms.CharField(
        required=False,
        label=gettext_lazy("What you think of the work and of those who want to do it"),
        help_text=gettext_lazy("At most 8,000 characters. It cannot be changed afterwards."),
        widget=forms.Textarea(attrs={"rows": 12, "dir": "auto"}),
    )
    may_applicant_read = forms.BooleanField(
        required=False, label=gettext_lazy("The applicant may read what I wrote")
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@limits.limited(limits.REFERENCE_BY_ADDRESS)
def reference(request: HttpRequest, token: str) -> HttpResponse:
    """Whoever has the link from the mail may: see what is asked, and write once or say no."""
    row = references.referee_of(token)
    if row is None:
        raise Http404
    if request.method != "POST":
        return _page(request, row, ReferenceForm())
    sent = request.POST.copy()
    sent["words"] = sent.get("words", "").replace("\0", "")
    form = ReferenceForm(sent)
    form.is_valid()
    try:
        _answer(row, form, is_no=sent.get("do") == "decline")
    except Refused as refusal:
        form.add_error("words", refusal.sentence)
        return _page(request, row, form, status=409)
    return redirect("grants:reference", token=token)


def _answer(row: Referee, form: ReferenceForm, *, is_no: bool) -> None:
    if is_no:
        references.decline(referee_id=row.pk)
        return
    said = form.cleaned_data
    references.write(
        referee_id=row.pk,
        words=said.get("words", ""),
        may_applicant_read=said["may_applicant_read"],
    )


def _page(
    request: HttpRequest, row: Referee, form: ReferenceForm, *, status: int = 200
) -> HttpResponse:
    context = {
        "referee": row,
        "application": row.application,
        "form": form,
        "is_open": references.is_open(row),
        "state": references.Reference(row, "").state,
        "title": row.application.project.title or _("An application"),
    }
    return render(request, "grants/reference.html", context, status=status)
