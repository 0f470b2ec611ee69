"""A fund as those see it who keep it: its figures, its reserve, its words, and its close."""

from typing import Any, Final

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from funding.audit.models import Record
from funding.errors import Refused
from funding.ledger import balances, funds
from funding.ledger.funds import Terms
from funding.ledger.models import Fund, Posting, Restriction
from funding.ledger.transfers import TIED
from funding.money import Money
from funding.parties.models import Entity
from funding.site.amounts import AmountField, read
from funding.site.treasury import DESK
from funding.users import access, actors

SHOWN_DEEDS: Final = 30
_DEEDS: Final = {
    "fund.opened": gettext_lazy("opened it"),
    "fund.changed": gettext_lazy("changed what it says"),
    "fund.closed": gettext_lazy("closed it"),
}


class TermsForm(forms.Form):
    """What a fund says of itself."""

    name = forms.CharField(max_length=120, label=gettext_lazy("Name"))
    purpose = forms.CharField(
        max_length=400,
        label=gettext_lazy("Purpose"),
        help_text=gettext_lazy("One sentence, which donors read before they give."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    restriction = forms.ChoiceField(
        choices=[("", gettext_lazy("Choose")), *Restriction.choices],
        label=gettext_lazy("Who has tied the money"),
    )
    surplus = forms.CharField(
        max_length=400,
        required=False,
        label=gettext_lazy("What happens to money that is left"),
        help_text=gettext_lazy("A sentence. A restricted fund needs it."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    fees_from = forms.ModelChoiceField(
        queryset=Fund.objects.none(),
        required=False,
        empty_label=gettext_lazy("This fund itself"),
        label=gettext_lazy("Who bears the payment fees"),
    )
    is_open_to_gifts = forms.BooleanField(required=False, label=gettext_lazy("Open to gifts"))
    position = forms.IntegerField(
        min_value=0,
        max_value=32_000,
        initial=100,
        label=gettext_lazy("Place in lists"),
        help_text=gettext_lazy("Small numbers stand first."),
    )

    def bear(self, bearers: QuerySet[Fund]) -> None:
        """Which funds may bear the fees."""
        field = self.fields["fees_from"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = bearers

    def terms(self) -> Terms:
        """What a valid form says."""
        told = self.cleaned_data
        return Terms(
            name=told["name"],
            purpose=told["purpose"],
            restriction=Restriction(told["restriction"]),
            surplus=told["surplus"],
            fees_from_id=told["fees_from"].pk if told["fees_from"] else None,
            is_open_to_gifts=told["is_open_to_gifts"],
            position=told["position"],
        )


class NewFundForm(TermsForm):
    """A fund that is not there yet: whose it is, its address, and what it keeps back."""

    entity = forms.ModelChoiceField(
        queryset=Entity.objects.order_by("pk"), label=gettext_lazy("Whose fund it is")
    )
    slug = forms.SlugField(
        max_length=50,
        required=False,
        label=gettext_lazy("Word in its address"),
        help_text=gettext_lazy("Left empty, it is made from the name. It stays."),
    )
    reserve = AmountField(required=False, label=gettext_lazy("Reserve"))

    def clean(self) -> dict[str, Any]:
        """The address from the name where none is written, the reserve in the body's currency."""
        told = self.cleaned_data
        told["slug"] = told.get("slug") or slugify(told.get("name", ""))[:50].strip("-")
        if not told["slug"] and "name" in told:
            self.add_error("slug", _("Write a word of Latin letters for its address."))
        if "entity" in told:
            read(self, "reserve", told["entity"].currency, least=0)
        return told


class ReserveForm(forms.Form):
    """What a fund keeps back from awards."""

    reserve = AmountField(label=gettext_lazy("Reserve"))

    def __init__(
        self,
        fund: Fund,
        sent: QueryDict | None = None,
        *,
        initial: dict[str, object] | None = None,
    ) -> None:
        super().__init__(sent, initial=initial)
        self.fund = fund

    def clean(self) -> dict[str, Any]:
        """The sum in the fund's currency."""
        read(self, "reserve", self.fund.currency, least=0)
        return self.cleaned_data


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@access.role(*DESK)
@access.fresh
def fund_new(request: HttpRequest) -> HttpResponse:
    """Treasurers and administrators may: open a fund."""
    entities = Entity.objects.order_by("pk")
    start = {"position": 100, "is_open_to_gifts": True, "entity": entities.first()}
    form = NewFundForm(request.POST if request.method == "POST" else None, initial=start)
    form.bear(_bearers())
    if request.method != "POST" or not form.is_valid():
        status = 422 if form.is_bound else 200
        context = {"form": form, "has_entity": entities.exists()}
        return render(request, "site/fund_new.html", context, status=status)
    try:
        fund = _opened(request, form)
    except Refused as refusal:
        form.add_error(None, refusal.sentence)
        return render(request, "site/fund_new.html", {"form": form, "has_entity": True}, status=409)
    messages.success(request, _("The fund is open."))
    return redirect("fund_desk", slug=fund.slug)


def _opened(request: HttpRequest, form: NewFundForm) -> Fund:
    told = form.cleaned_data
    return funds.create(
        entity_id=told["entity"].pk,
        slug=told["slug"],
        terms=form.terms(),
        reserve=told["reserve"] or Money(0, told["entity"].currency),
        actor=access.actor_of(request),
    )


@never_cache
@require_safe
@access.role(*DESK)
def fund_desk(request: HttpRequest, slug: str) -> HttpResponse:
    """Treasurers and administrators may: one fund with its figures, its forms and its log."""
    return _page(request, _found(slug))


@require_POST
@access.role(*DESK)
@access.fresh
def fund_change(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Treasurers and administrators may: say something else of a fund."""
    fund = _found(slug)
    form = TermsForm(request.POST)
    form.bear(_bearers(fund))
    if not form.is_valid():
        return _page(request, fund, terms=form, status=422)
    try:
        funds.change(fund_id=fund.pk, terms=form.terms(), actor=access.actor_of(request))
    except Refused as refusal:
        form.add_error(None, refusal.sentence)
        return _page(request, fund, terms=form, status=409)
    messages.success(request, _("Changed."))
    return redirect("fund_desk", slug=slug)


@require_POST
@access.role(*DESK)
@access.fresh
def fund_reserve(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Treasurers and administrators may: keep more or less of a fund back from awards."""
    fund = _found(slug)
    form = ReserveForm(fund, request.POST)
    if not form.is_valid():
        return _page(request, fund, reserve=form, status=422)
    reserve = form.cleaned_data["reserve"]
    try:
        funds.set_reserve(fund_id=fund.pk, reserve=reserve, actor=access.actor_of(request))
    except Refused as refusal:
        form.add_error(None, refusal.sentence)
        return _page(request, fund, reserve=form, status=409)
    messages.success(request, _("The fund keeps %s back now.") % reserve.text())
    return redirect("fund_desk", slug=slug)


@require_POST
@access.role(*DESK)
@access.fresh
def fund_close(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Treasurers and administrators may: close a fund for good."""
    fund = _found(slug)
    if not request.POST.get("sure"):
        messages.error(request, _("Tick that it is for good, then close it."))
        return redirect("fund_desk", slug=slug)
    funds.close(fund_id=fund.pk, actor=access.actor_of(request))
    messages.success(request, _("The fund is closed. Its money and its history stay."))
    return redirect("fund_desk", slug=slug)


def _deed(record: Record, fund: Fund) -> str:
    if record.action == "fund.reserve":
        before, after = (
            Money(int(record.facts[name]), fund.currency).text() for name in ("before", "after")
        )
        said = {"before": before, "after": after}
        return _("set the reserve from %(before)s to %(after)s") % said
    words = str(_DEEDS.get(record.action, record.action))
    return f"{words}: {record.facts['fields']}" if "fields" in record.facts else words


def _found(slug: str) -> Fund:
    shown = Fund.objects.filter(is_treasury=False).select_related("entity", "fees_from")
    return get_object_or_404(shown, slug=slug)


def _bearers(fund: Fund | None = None) -> QuerySet[Fund]:
    rows = Fund.objects.filter(is_treasury=False, closed_on__isnull=True)
    if fund is None:
        return rows
    return rows.filter(entity=fund.entity, currency=fund.currency).exclude(pk=fund.pk)


def _terms_form(fund: Fund) -> TermsForm:
    names = ("name", "purpose", "restriction", "surplus", "fees_from", "is_open_to_gifts")
    form = TermsForm(initial={name: getattr(fund, name) for name in (*names, "position")})
    form.bear(_bearers(fund))
    return form


def _page(
    request: HttpRequest,
    fund: Fund,
    *,
    terms: TermsForm | None = None,
    reserve: ReserveForm | None = None,
    status: int = 200,
) -> HttpResponse:
    figures = balances.figures([fund.pk])[fund.pk]
    records = list(Record.objects.filter(subject=f"fund:{fund.pk}").order_by("-pk")[:SHOWN_DEEDS])
    known = actors.names(record.actor for record in records)
    context = {
        "fund": fund,
        "figures": figures,
        "short": -figures.available,
        "is_tied": fund.restriction in TIED and Posting.objects.filter(fund=fund).exists(),
        "terms": terms or _terms_form(fund),
        "reserve": reserve or ReserveForm(fund, initial={"reserve": figures.reserve.plain()}),
        "deeds": [(record, known[record.actor], _deed(record, fund)) for record in records],
    }
    return render(request, "site/fund_desk.html", context, status=status)
