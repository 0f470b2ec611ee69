"""An empty installation, step by step: what is there, what comes next, and the first forms."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Final
from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_countries import countries

from funding import clock
from funding.errors import Refused
from funding.ledger import entities
from funding.ledger.entities import Frame, Particulars
from funding.ledger.models import Account, Entry, Fund, Kind, Opening, Period
from funding.money import EXPONENTS
from funding.parties.models import Entity, TaxRegime
from funding.site.treasury import DESK
from funding.users import access, roles
from funding.users.models import Role, User
from funding.waits import Wait
from grants.models import Round


@dataclass(frozen=True, slots=True)
class Part:
    """One line of the checklist. `state` is done, next, open or later."""

    title: str
    sentence: str
    url: str
    link: str
    is_done: bool
    is_needed: bool
    state: str = ""


class ParticularsForm(forms.Form):
    """What receipts say of a receiving body, and what may be put right later."""

    legal_name = forms.CharField(
        max_length=200,
        label=gettext_lazy("Legal name"),
        help_text=gettext_lazy("As registered. A partnership is not a legal body."),
    )
    registration_number = forms.CharField(
        max_length=60, required=False, label=gettext_lazy("Registration number")
    )
    address = forms.CharField(
        label=gettext_lazy("Address"),
        help_text=gettext_lazy("As printed on receipts."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    contact_email = forms.EmailField(
        max_length=254,
        label=gettext_lazy("Contact e-mail"),
        help_text=gettext_lazy("Shown to everybody."),
    )
    tax_regime = forms.ChoiceField(
        choices=[("", gettext_lazy("Choose")), *TaxRegime.choices],
        label=gettext_lazy("Tax paragraph on receipts"),
    )
    signatory_name = forms.CharField(max_length=120, label=gettext_lazy("Who signs receipts"))
    signatory_role = forms.CharField(max_length=120, label=gettext_lazy("In which office"))
    cosignatory_name = forms.CharField(
        max_length=120,
        required=False,
        label=gettext_lazy("Who signs certificates too"),
        help_text=gettext_lazy("Left empty, they carry one signature."),
    )
    cosignatory_role = forms.CharField(
        max_length=120, required=False, label=gettext_lazy("The second one's office")
    )
    giving_prefix = forms.RegexField(
        r"^360G-[A-Za-z0-9_]+$",
        max_length=40,
        required=False,
        label=gettext_lazy("Its prefix at 360Giving"),
        help_text=gettext_lazy("Only once it is registered there. It begins with 360G-."),
        error_messages={"invalid": gettext_lazy("Write it as 360Giving gave it: 360G-manul.")},
    )
    org_identifier = forms.RegexField(
        r"^[A-Z]{2,3}-[A-Z0-9]+-\S+$",
        max_length=60,
        required=False,
        label=gettext_lazy("Its identifier by org-id.guide"),
        help_text=gettext_lazy("The list, then the number in it. Published with its grants."),
        error_messages={"invalid": gettext_lazy("Write the list first: GB-SC-SC004064.")},
    )

    def clean(self) -> dict[str, Any]:
        """Nobody holds an office who has no name."""
        data = self.cleaned_data
        if data.get("cosignatory_role") and not data.get("cosignatory_name"):
            self.add_error("cosignatory_name", _("Write who holds this office."))
        return data

    def particulars(self) -> Particulars:
        """What a valid form says."""
        names = Particulars.__dataclass_fields__
        told = {name: self.cleaned_data[name] for name in names}
        # Browsers end lines of a text with both marks; the paper wants plain ones.
        return Particulars(**told | {"address": "\n".join(told["address"].splitlines())})


class EntityForm(ParticularsForm):
    """A receiving body that is not there yet, with the frame of its books."""

    country = forms.ChoiceField(label=gettext_lazy("Country"))
    zone = forms.ChoiceField(
        label=gettext_lazy("Time zone"),
        help_text=gettext_lazy("Its calendar decides on which day something is booked. It stays."),
    )
    currency = forms.ChoiceField(
        label=gettext_lazy("Currency"),
        help_text=gettext_lazy("Stripe pays out to it, and it reports, in this one. It stays."),
    )
    series = forms.RegexField(
        r"^[A-Z]{2,8}$",
        label=gettext_lazy("Series of its papers"),
        help_text=gettext_lazy("Two to eight capital letters: MF makes MF-2027-000001. It stays."),
        error_messages={"invalid": gettext_lazy("Write two to eight capital letters, A to Z.")},
    )
    bank = forms.CharField(
        max_length=120,
        label=gettext_lazy("Its bank account"),
        help_text=gettext_lazy("A name for the books, such as the bank’s; no number is needed."),
    )

    def __init__(self, sent: QueryDict | None = None) -> None:
        super().__init__(sent)
        for name, choices in (
            ("country", _countries()),
            ("zone", _zones()),
            ("currency", [(code, code) for code in sorted(EXPONENTS)]),
        ):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = [("", _("Choose")), *choices]

    def frame(self) -> Frame:
        """What stays."""
        return Frame(**{name: self.cleaned_data[name] for name in Frame.__dataclass_fields__})


class BankForm(forms.Form):
    """A further bank account."""

    name = forms.CharField(max_length=120, label=gettext_lazy("Name of the account"))


@never_cache
@require_safe
@access.role(Role.ADMINISTRATOR)
def setup(request: HttpRequest) -> HttpResponse:
    """Administrators may: what the installation has, and what comes next."""
    return _page(request, BankForm())


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@access.role(Role.ADMINISTRATOR)
@access.fresh
def setup_entity(request: HttpRequest) -> HttpResponse:
    """Administrators may: write the receiving body down, with its first places of money."""
    form = EntityForm(request.POST if request.method == "POST" else None)
    if request.method != "POST" or not form.is_valid():
        status = 422 if form.is_bound else 200
        return render(request, "site/setup_entity.html", {"form": form}, status=status)
    try:
        entities.found(
            particulars=form.particulars(),
            frame=form.frame(),
            bank=form.cleaned_data["bank"],
            actor=access.actor_of(request),
        )
    except Refused as refusal:
        form.add_error(None, refusal.sentence)
        return render(request, "site/setup_entity.html", {"form": form}, status=409)
    messages.success(request, _("It is there, with its Treasury, its bank account and Stripe."))
    return redirect("setup")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@access.role(Role.ADMINISTRATOR)
@access.fresh
def setup_change(request: HttpRequest, slug: str) -> HttpResponse:
    """Administrators may: put right what papers say of a receiving body from now on."""
    entity = get_object_or_404(Entity, slug=slug)
    start = {name: getattr(entity, name) for name in Particulars.__dataclass_fields__}
    form = ParticularsForm(request.POST if request.method == "POST" else None, initial=start)
    if request.method != "POST" or not form.is_valid():
        context = {"form": form, "entity": entity}
        status = 422 if form.is_bound else 200
        return render(request, "site/setup_change.html", context, status=status)
    entities.change(
        entity_id=entity.pk, particulars=form.particulars(), actor=access.actor_of(request)
    )
    messages.success(request, _("Changed. Papers already issued keep what they say."))
    return redirect("setup")


@require_POST
@access.role(Role.ADMINISTRATOR)
@access.fresh
def setup_bank(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Administrators may: open a further bank account."""
    entity = get_object_or_404(Entity, slug=slug)
    form = BankForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    entities.open_bank(
        entity_id=entity.pk, name=form.cleaned_data["name"], actor=access.actor_of(request)
    )
    messages.success(request, _("The account is open in the books."))
    return redirect("setup")


def parts() -> list[Part]:
    """The checklist: what is needed for the first gift, in its order, and then the rest."""
    found, is_next = [], True
    for part in (*_needed(), *_later()):
        if part.is_done:
            state = "done"
        elif part.is_needed:
            state, is_next = ("next" if is_next else "open"), False
        else:
            state = "later"
        found.append(replace(part, state=state))
    return found


def unfinished(_user: User) -> list[Wait]:
    """What waits for an administrator: an installation that can receive no gift yet."""
    following = next((part for part in parts() if part.state == "next"), None)
    if following is None:
        return []
    return [
        Wait(
            title=_("Finish the setting-up"),
            url=reverse("setup"),
            sentence=_("Next: %s.") % following.title,
            since=clock.now(),
            state=_("to do"),
        )
    ]


def _needed() -> Iterator[Part]:
    entity = Entity.objects.order_by("pk").first()
    kinds = set(Account.objects.filter(entity=entity).values_list("kind", flat=True))
    yield Part(
        title=_("A receiving body"),
        sentence=_("The legal body that receives and owns the money, and issues receipts."),
        url=reverse("setup_entity"),
        link=_("Set it up"),
        is_done=entity is not None and {Kind.BANK, Kind.CLEARING} <= kinds,
        is_needed=True,
    )
    yield Part(
        title=_("A fund that is open to gifts"),
        sentence=_("A pot of money with a purpose. Donors choose between funds."),
        url=reverse("fund_new"),
        link=_("Open a fund"),
        is_done=Fund.objects.filter(is_treasury=False, is_open_to_gifts=True).exists(),
        is_needed=True,
    )
    yield Part(
        title=_("Card payments"),
        sentence=_("Stripe’s key stands in the environment, not in a page; the README says how."),
        url="",
        link="",
        is_done=bool(settings.STRIPE_SECRET_KEY),
        is_needed=True,
    )
    yield Part(
        title=_("A second person"),
        sentence=_(
            "Transfers, opening balances and larger refunds take two people who are treasurer "
            "or administrator. A lost second factor takes two administrators."
        ),
        url=reverse("people"),
        link=_("Give somebody a role"),
        is_done=roles.holders(*DESK).count() > 1,
        is_needed=True,
    )


def _later() -> Iterator[Part]:
    yield Part(
        title=_("Opening balances"),
        sentence=_("What the funds had before these books began, if they had something."),
        url=reverse("openings"),
        link=_("Bring a balance forward"),
        is_done=Opening.objects.exists(),
        is_needed=False,
    )
    yield Part(
        title=_("A period"),
        sentence=_("A year of the books, so that it can be closed when it is over."),
        url=reverse("periods"),
        link=_("Open a period"),
        is_done=Period.objects.exists(),
        is_needed=False,
    )
    yield Part(
        title=_("A committee and its chair"),
        sentence=_("Who votes on applications; the chair puts motions."),
        url=reverse("people"),
        link=_("Give roles"),
        is_done=_has(Role.CHAIR) and _has(Role.COMMITTEE),
        is_needed=False,
    )
    has_officer = roles.holders(Role.OFFICER).exists()
    yield Part(
        title=_("A programme officer and a round"),
        sentence=_("The officer writes and publishes a round, with its dates and its money."),
        url=reverse("grants:rounds") if has_officer else reverse("people"),
        link=_("See the rounds") if has_officer else _("Give the role"),
        is_done=has_officer and Round.objects.filter(published_at__isnull=False).exists(),
        is_needed=False,
    )
    yield Part(
        title=_("The first gift"),
        sentence=_("Give a small sum yourself, and read the receipt as a donor does."),
        url=reverse("donors:give"),
        link=_("Give"),
        is_done=Entry.objects.filter(reason="gift").exists(),
        is_needed=False,
    )


def _has(role: Role) -> bool:
    return roles.holders(role).exists()


def _countries() -> list[tuple[str, str]]:
    return [(country.code, country.name) for country in countries]


def _zones() -> list[tuple[str, str]]:
    """Zones that are called after a place; the others are aliases and oddities."""
    named = sorted(zone for zone in available_timezones() if zone.split("/")[0] in _REGIONS)
    return [(zone, zone.replace("_", " ")) for zone in ["UTC", *named]]


_REGIONS: Final = frozenset(
    {"Africa", "America", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific"}
)


def _page(request: HttpRequest, form: BankForm, *, status: int = 200) -> HttpResponse:
    bodies = Entity.objects.order_by("pk")
    banks = Account.objects.filter(kind__in=[Kind.BANK, Kind.CLEARING]).order_by("kind", "code")
    context = {
        "parts": parts(),
        "bodies": [(body, [row for row in banks if row.entity_id == body.pk]) for body in bodies],
        "form": form,
    }
    return render(request, "site/setup.html", context, status=status)
