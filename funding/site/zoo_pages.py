"""Pages of a zoo that need both halves: where its money went, and the papers of its gifts."""

from typing import Final
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from donors.models import Donor, Gift, Zoo
from donors.views.zoo_file import KEEPERS
from donors.views.zoo_guarding import ANY, MONEY, facts, of_zoo
from donors.zoos import members
from funding import limits, lists
from funding.errors import Refused
from funding.limits import Brake
from funding.money import Money
from funding.site import following, paper_desk
from funding.site.followed_forms import CERTIFICATE, STATEMENT, TRAIL, PaperForm
from funding.site.zoo_mail import readers
from funding.users import access

KINDS: Final = (CERTIFICATE, STATEMENT, TRAIL)
BRAKE: Final = Brake("zoo-paper", 60, 3600)


@never_cache
@require_safe
@of_zoo(*ANY)
def zoo_money(request: HttpRequest, zoo: Zoo) -> HttpResponse:
    """Whoever acts for the zoo may: where its money went."""
    gifts = following.here(_gifts(zoo))
    page = lists.page(request, gifts)
    context = facts(access.person(request), zoo) | {
        "trails": following.follow(gifts),
        "shown": page,
        "query": lists.query(request),
        "rows": [(gift, Money(gift.gross_minor, gift.currency)) for gift in page.object_list],
    }
    return render(request, "site/zoo_money.html", context)


@never_cache
@require_safe
@of_zoo(*ANY)
def zoo_papers(request: HttpRequest, zoo: Zoo) -> HttpResponse:
    """Whoever acts for the zoo may: certificates, statements, and where the money went."""
    return _papers(request, zoo, paper_desk.form(_gifts(zoo), KINDS))


@require_POST
@of_zoo(*MONEY)
def zoo_paper_ask(request: HttpRequest, zoo: Zoo) -> HttpResponse:
    """Owners and finance may: ask for a paper, or for one that says what is so today."""
    form = paper_desk.form(_gifts(zoo), KINDS, request.POST)
    if form is None:
        return redirect("zoo_papers", uuid=zoo.uuid)
    if status := _refused(request, zoo, form):
        return _papers(request, zoo, form, status=status)
    return redirect("zoo_papers", uuid=zoo.uuid)


@require_POST
@of_zoo(*MONEY)
def zoo_paper_mail(request: HttpRequest, zoo: Zoo) -> HttpResponse:
    """Owners and finance may: say whether papers are mailed to them, and to the finance contact."""
    actor = access.actor_of(request)
    member = members.of(zoo).get(user=access.person(request))
    for name, membership_id in (("mine", member.pk), ("contact", None)):
        wants = request.POST.get(name) == "1"
        readers.choose(zoo_id=zoo.pk, membership_id=membership_id, wants=wants, actor=actor)
    messages.success(request, _("Written down. It holds for papers that are made from now on."))
    return redirect("zoo_papers", uuid=zoo.uuid)


@never_cache
@require_safe
@of_zoo(*ANY)
def zoo_paper_file(
    request: HttpRequest, zoo: Zoo, kind: str, pk: int, version: int
) -> HttpResponse:
    """Whoever acts for the zoo may: the frozen bytes of one version."""
    del request
    return paper_desk.file(_donors(zoo), kind, pk, version)


@never_cache
@require_safe
@access.role(*KEEPERS)
def zoo_file_papers(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Treasurers and administrators may: the papers of a zoo, and the form that asks for one."""
    zoo = _zoo(uuid)
    return _file_papers(request, zoo, paper_desk.form(_gifts(zoo), KINDS))


@require_POST
@access.role(*KEEPERS)
def zoo_file_paper_ask(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Treasurers and administrators may: have a paper made for a zoo."""
    zoo = _zoo(uuid)
    form = paper_desk.form(_gifts(zoo), KINDS, request.POST)
    if form is None:
        return redirect("zoo_file_papers", uuid=uuid)
    if status := _refused(request, zoo, form):
        return _file_papers(request, zoo, form, status=status)
    return redirect("zoo_file_papers", uuid=uuid)


@never_cache
@require_safe
@access.role(*KEEPERS)
def zoo_file_paper(
    request: HttpRequest, uuid: UUID, kind: str, pk: int, version: int
) -> HttpResponse:
    """Treasurers and administrators may: the frozen bytes of one version."""
    del request
    return paper_desk.file(_donors(_zoo(uuid)), kind, pk, version)


def _zoo(uuid: UUID) -> Zoo:
    return get_object_or_404(Zoo.objects.select_related("organisation"), uuid=uuid)


def _donors(zoo: Zoo) -> QuerySet[Donor]:
    return Donor.objects.filter(organisation=zoo.organisation_id)


def _gifts(zoo: Zoo) -> QuerySet[Gift]:
    return Gift.objects.filter(donor__organisation=zoo.organisation_id)


def _refused(asked: HttpRequest, zoo: Zoo, form: PaperForm) -> int:
    """Order it; the status of the answer when that was refused, nought when it was not."""
    if not form.is_valid():
        return 422
    limits.check(BRAKE, str(zoo.pk))
    kind, actor = form.cleaned_data["kind"], access.actor_of(asked)
    try:
        paper_desk.order(gifts=_gifts(zoo), kind=kind, days=form, actor=actor)
    except Refused as refusal:
        form.add_error(None, refusal.sentence)
        return 409
    messages.success(asked, _("Asked for. It stands below when it is made."))
    return 0


def _papers(
    asked: HttpRequest, zoo: Zoo, form: PaperForm | None, *, status: int = 200
) -> HttpResponse:
    def url(kind: str, pk: int, version: int) -> str:
        place = {"uuid": zoo.uuid, "kind": kind, "pk": pk, "version": version}
        return reverse("zoo_paper_file", kwargs=place)

    rows = paper_desk.shown(_donors(zoo), KINDS, url)
    context = facts(access.person(asked), zoo) | _told(form, rows)
    if context["may_pay"]:
        member = members.of(zoo).get(user=access.person(asked))
        context["mail"] = {
            "mine": readers.wants(zoo, member),
            "contact": readers.wants(zoo, None),
            "address": member.user.email,
        }
    ask_url = reverse("zoo_paper_ask", kwargs={"uuid": zoo.uuid})
    return render(asked, "site/zoo_papers.html", context | {"ask_url": ask_url}, status=status)


def _file_papers(
    asked: HttpRequest, zoo: Zoo, form: PaperForm | None, *, status: int = 200
) -> HttpResponse:
    def url(kind: str, pk: int, version: int) -> str:
        place = {"uuid": zoo.uuid, "kind": kind, "pk": pk, "version": version}
        return reverse("zoo_file_paper", kwargs=place)

    rows = paper_desk.shown(_donors(zoo), KINDS, url)
    ask_url = reverse("zoo_file_paper_ask", kwargs={"uuid": zoo.uuid})
    context = _told(form, rows) | {"zoo": zoo, "ask_url": ask_url, "may_pay": True}
    return render(asked, "site/zoo_file_papers.html", context, status=status)


def _told(form: PaperForm | None, rows: list[paper_desk.Shown]) -> dict[str, object]:
    return {"form": form, "rows": rows, "is_open": paper_desk.is_open(rows)}
