"""What the givers of a fund want it to pay for: written by the treasurer, with its history."""

from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from funding.errors import Refused
from funding.ledger.models import Fund
from funding.users import access
from funding.users.models import Role
from grants import countries, scopes, texts
from grants.models import FundScope, Project, Theme
from grants.scopes import NotAScope, Scope

SHOWN_ROWS: Final = 50


class ScopeForm(forms.Form):
    """What a fund may pay for. What is left empty does not limit it."""

    countries = forms.MultipleChoiceField(
        required=False, label=gettext_lazy("Countries"), widget=forms.CheckboxSelectMultiple
    )
    themes = forms.MultipleChoiceField(
        required=False, label=gettext_lazy("Themes"), widget=forms.CheckboxSelectMultiple
    )
    projects = forms.MultipleChoiceField(
        required=False, label=gettext_lazy("Projects"), widget=forms.CheckboxSelectMultiple
    )
    expires_on = forms.DateField(
        required=False,
        label=gettext_lazy("Last day for an award"),
        help_text=gettext_lazy("Empty: no last day."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    words = forms.CharField(
        required=False,
        max_length=2_000,
        label=gettext_lazy("The givers’ words"),
        help_text=gettext_lazy("As they wrote them, without names. Everybody reads them."),
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    reason = forms.CharField(
        max_length=400,
        label=gettext_lazy("Why"),
        help_text=gettext_lazy("A letter, a contract, an appeal, with its date."),
    )

    def __init__(self, kept: Scope, sent: QueryDict | None = None) -> None:
        names = ("expires_on", "words")
        lists = ("countries", "themes", "projects")
        told = {name: getattr(kept, name) for name in names}
        super().__init__(sent, initial=told | {name: sorted(getattr(kept, name)) for name in lists})
        self._choose("countries", countries.range_choices())
        self._choose("themes", [(each.pk, each.label) for each in Theme.objects.all()])
        # A project that was named once stays to be chosen, whatever became of it.
        shown = Project.objects.filter(published_at__isnull=False) | Project.objects.filter(
            pk__in=kept.projects
        )
        self._choose("projects", [(each.pk, each.title) for each in shown.order_by("title")])

    def _choose(self, name: str, choices: list[Any]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = choices
        if not choices:
            del self.fields[name]

    def scope(self) -> Scope:
        """What a valid form says."""
        said = self.cleaned_data
        return Scope(
            countries=frozenset(said["countries"]),
            themes=frozenset(said.get("themes", ())),
            projects=frozenset(int(pk) for pk in said.get("projects", ())),
            expires_on=said["expires_on"],
            words=texts.paragraphs(said["words"]),
        )

    def lists(self) -> list[forms.BoundField]:
        """Countries, themes and projects, for the page."""
        return [self[name] for name in ("countries", "themes", "projects") if name in self.fields]

    def others(self) -> list[forms.BoundField]:
        """The last day, the words and the reason."""
        return [self[name] for name in ("expires_on", "words", "reason")]


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@access.role(Role.TREASURER)
@access.fresh
def fund_scope(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Treasurers may: write what the givers of a fund want, and read what was written before."""
    fund = get_object_or_404(Fund.objects.filter(is_treasury=False), slug=slug)
    kept = scopes.standing([fund.pk])[fund.pk]
    if request.method != "POST":
        return _page(request, fund, ScopeForm(kept))
    form = ScopeForm(kept, request.POST)
    if not form.is_valid():
        return _page(request, fund, form, status=422)
    try:
        scopes.write(
            fund_id=fund.pk,
            scope=form.scope(),
            reason=form.cleaned_data["reason"],
            by=access.person(request),
        )
    except Refused as refusal:
        field = refusal.field if isinstance(refusal, NotAScope) else ""
        form.add_error(field if field in form.fields else None, refusal.sentence)
        return _page(request, fund, form, status=409)
    messages.success(request, _("Written. It counts from now on."))
    return redirect("fund_scope", slug=slug)


def _page(request: HttpRequest, fund: Fund, form: ScopeForm, *, status: int = 200) -> HttpResponse:
    rows = FundScope.objects.filter(fund=fund).select_related("written_by").order_by("-pk")
    context = {
        "fund": fund,
        "form": form,
        "rows": [(row, scopes.sentences(scopes.of(row))) for row in rows[:SHOWN_ROWS]],
    }
    return render(request, "site/fund_scope.html", context, status=status)
