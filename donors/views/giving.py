"""The giving form, its live sum, and the page that tells what came of a gift."""

import datetime as dt
from uuid import UUID

from django.db.models import Prefetch
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods, require_safe

from donors import consents, donors, earlier_pledges, gifts, pledges, rhythms, subscriptions
from donors.brake import gate
from donors.fees import LIMITS, cover_for
from donors.forms.giving import GiveForm, read_uuid
from donors.forms.opening import (
    is_same_pledge,
    is_unchanged,
    opening_values,
    values_of,
    values_of_earlier,
    values_of_pledge,
)
from donors.gifts import TokenReused, Wish
from donors.models import (
    Gift,
    GiftLine,
    GiftState,
    Pledge,
    PledgeState,
    Purpose,
    Receipt,
    ReceiptState,
    Rhythm,
    WithdrawalKind,
)
from donors.pledge_mails import EACH
from donors.pledges import Promise
from donors.pools import matches, shown
from donors.views import devices, pledge_told, ready
from funding import clock, limits
from funding.documents import paper
from funding.errors import Refused
from funding.gateway.client import Missing, Rejected, Unreachable
from funding.ledger.models import Fund
from funding.money import Money, MoneyError, parse
from funding.users import access, guests

_COMES_BACK_WITHIN = dt.timedelta(hours=24)


@cache_control(private=True, no_store=True)
@require_http_methods(["GET", "HEAD", "POST"])
@limits.limited(limits.GIVE_BY_ADDRESS, methods=("POST",))
def give(request: HttpRequest) -> HttpResponse:
    """Everybody may."""
    if request.method != "POST":
        return devices.marked(_opened(request), request)
    form = GiveForm(_open_funds(), request.POST)
    if not form.is_valid():
        if form.is_out_of_date:
            form.renewed()
        return _page(request, form, status=422)
    limits.check(limits.GIVE_BY_EMAIL, form.cleaned_data["email"].lower())
    limits.check(limits.GIVE_BY_ALL)
    try:
        gate.check(devices.seen(form.cleaned_data["email"], request))
    except gate.Stopped as refusal:
        return _page(request, form, refusal=refusal.sentence, status=409)
    if (rhythm := form.chosen_rhythm) is not None:
        return _begin_pledge(request, form, form.promise(rhythm))
    return _begin(request, form, form.wish())


def _opened(request: HttpRequest) -> HttpResponse:
    """The form before anything was written into it."""
    if ready.is_a_strangers(request.COOKIES, request.GET):
        return ready.page(lambda token: _empty(request, token=token), request)
    return _empty(request)


def _empty(request: HttpRequest, **given: object) -> HttpResponse:
    funds = _open_funds()
    query = {"currency": _preferred(request)} | request.GET.dict()
    start = _returned(request) or opening_values(funds, query)
    return _page(request, GiveForm(funds, initial=start | given))


def _begin_pledge(request: HttpRequest, form: GiveForm, promise: Promise) -> HttpResponse:
    left = _left_pledge(form.cleaned_data["again"])
    if left and is_same_pledge(left, promise):
        return _to_payment(request, form, left)
    if fund := _already_to(request, form, promise):
        return _page(request, form, already_to=fund, status=409)
    try:
        pledge = pledges.start(promise)
    except Refused as refusal:
        if isinstance(refusal, TokenReused):
            form.renewed()
        return _page(request, form, refusal=refusal.sentence, status=409)
    return _to_payment(request, form, pledge)


def _already_to(request: HttpRequest, form: GiveForm, promise: Promise) -> Fund | None:
    """A fund that one goes to already, unless the visitor has said that a second is meant.

    Asked only of who has proved to read the address: the question would tell anybody else
    that somebody gives regularly. They are told by the mail that says that it runs.
    """
    if not request.user.is_authenticated or form.cleaned_data["confirm"]:
        return None
    if promise.email.strip().lower() not in guests.verified(access.person(request)):
        return None
    if Pledge.objects.filter(form_token=promise.token).exists():
        return None
    return pledges.already_to(
        email=promise.email, fund_ids=[fund for fund, _minor in promise.parts]
    )


def _begin(request: HttpRequest, form: GiveForm, wish: Wish) -> HttpResponse:
    left = _left_behind(form.cleaned_data["again"])
    if left and is_unchanged(left, wish):
        return _to_payment(request, form, left)
    if (twin := _twin(form, wish, left)) is not None:
        return _page(request, form, twin=twin, status=409)
    try:
        gift = gifts.start(wish)
    except TokenReused as refusal:
        form.renewed()
        return _page(request, form, refusal=refusal.sentence, status=409)
    except Refused as refusal:
        return _page(request, form, refusal=refusal.sentence, status=409)
    return _to_payment(request, form, gift)


def _to_payment(request: HttpRequest, form: GiveForm, given: Gift | Pledge) -> HttpResponse:
    seen = devices.seen(form.cleaned_data["email"], request)
    of = {"gift": given} if isinstance(given, Gift) else {"pledge": given}
    if gate.note(seen=seen, **of).waits_for_link:
        told = {"hours": gate.LINK_HOURS, "email": seen.email}
        return render(request, "donors/give_link.html", told)
    try:
        address = gate.checkout(given)
    except (Unreachable, Rejected):
        sentence = _("The payment page cannot be reached at the moment. Nothing was taken.")
        return _page(request, form, refusal=sentence, status=503)
    return HttpResponseRedirect(address, status=303)


def _page(
    request: HttpRequest,
    form: GiveForm,
    *,
    twin: Gift | None = None,
    already_to: Fund | None = None,
    refusal: str = "",
    status: int = 200,
) -> HttpResponse:
    currency = form.shown_currency
    context = {
        "form": form,
        "funds": form.funds.values(),
        "already_to": already_to,
        "refusal": refusal,
        "news_wording": consents.WORDINGS[Purpose.NEWS],
        "next_days": rhythms.next_days(clock.today(_zone(form))),
        "limit": LIMITS[currency],
        "offers": shown.offers(),
        "covers": [(each, cover_for(each)) for each in LIMITS[currency].suggested],
    } | _twin_facts(twin)
    return render(request, "donors/give.html", context, status=status)


def _zone(form: GiveForm) -> str:
    return next((fund.entity.zone for fund in form.funds.values()), "UTC")


def _twin(form: GiveForm, wish: Wish, left: Gift | None) -> Gift | None:
    """An equal gift of the last minutes, unless the visitor has already said 'again'."""
    if form.cleaned_data["confirm"] or Gift.objects.filter(form_token=wish.token).exists():
        return None
    twin = gifts.similar(
        email=wish.email,
        currency=wish.currency,
        amount_minor=wish.amount_minor,
        fund_id=wish.lines[0][0],
    )
    return None if twin == left else twin


def _twin_facts(twin: Gift | None) -> dict[str, object]:
    return {
        "twin": twin,
        "twin_amount": Money(twin.amount_minor, twin.currency) if twin else None,
        "twin_minutes": _minutes_since(twin.created_at) if twin else 0,
    }


def _minutes_since(then: dt.datetime) -> int:
    return max(1, round((clock.now() - then) / dt.timedelta(minutes=1)))


def _open_funds() -> list[Fund]:
    funds = Fund.objects.filter(is_open_to_gifts=True, is_treasury=False)
    return list(funds.select_related("entity", "fees_from"))


def _preferred(request: HttpRequest) -> str:
    """The currency that the form starts with for whoever has signed in and chose one."""
    if not request.user.is_authenticated:
        return "EUR"
    return donors.currency(guests.verified(access.person(request))) or "EUR"


def _returned(request: HttpRequest) -> dict[str, object] | None:
    if earlier := earlier_pledges.of_form(request.GET.get("earlier", "")):
        return values_of_earlier(earlier)
    uuid = read_uuid(request.GET.get("again", ""))
    if gift := _left_behind(uuid):
        return values_of(gift)
    pledge = _left_pledge(uuid)
    return values_of_pledge(pledge) if pledge else None


def _left_behind(uuid: UUID | None) -> Gift | None:
    """The promised gift whose payment page the visitor left, for a day."""
    if uuid is None:
        return None
    recent = Gift.objects.filter(
        uuid=uuid,
        state=GiftState.PENDING,
        processing_since__isnull=True,
        created_at__gte=clock.now() - _COMES_BACK_WITHIN,
    )
    return recent.select_related("donor").first()


def _left_pledge(uuid: UUID | None) -> Pledge | None:
    """The promised pledge whose payment page the visitor left, for a day."""
    if uuid is None:
        return None
    since = clock.now() - _COMES_BACK_WITHIN
    recent = Pledge.objects.filter(uuid=uuid, state=PledgeState.STARTED, created_at__gte=since)
    return recent.select_related("donor", "fund", "continues").first()


@require_safe
@limits.limited(limits.SUM_BY_ADDRESS)
def give_sum(request: HttpRequest) -> JsonResponse:
    """Everybody may. The words of the form that depend on the amount, for its script."""
    currency = request.GET.get("currency", "")
    if currency not in LIMITS:
        return JsonResponse({}, status=400)
    try:
        amount = parse(request.GET.get("amount", ""), currency)
    except MoneyError:
        return JsonResponse({})
    limit = LIMITS[currency]
    if amount < limit.minimum or limit.maximum < amount:
        return JsonResponse({})
    cover = cover_for(amount)
    whole = amount + cover if request.GET.get("cover") else amount
    return JsonResponse(
        {
            "cover": _("Add %s so that the payment fee is paid too") % cover.text(paper.locale()),
            "button": _button(whole, request.GET.get("rhythm", "")),
        }
    )


@cache_control(private=True, no_store=True)
@require_safe
@limits.limited(limits.SUM_BY_ADDRESS)
def give_matching(request: HttpRequest) -> HttpResponse:
    """Everybody may. What is matched at this moment, for the form's script."""
    return render(request, "donors/_matching.html", {"offers": shown.offers()})


def _button(whole: Money, rhythm: str) -> str:
    if rhythm not in Rhythm.values:
        return _("Give %s") % whole.text(paper.locale())
    return _("Give %(sum)s %(each)s") % {
        "sum": whole.text(paper.locale()),
        "each": EACH[Rhythm(rhythm)],
    }


@cache_control(private=True, no_store=True)
@require_safe
def thanks(request: HttpRequest) -> HttpResponse:
    """Whoever has the gift's or pledge's own address may; the payment page hands it out."""
    if "pledge" in request.GET:
        return _thanks_for_pledge(request)
    uuid = read_uuid(request.GET.get("gift", ""))
    gift = Gift.objects.filter(uuid=uuid).first() if uuid else None
    if gift is None:
        raise Http404
    was_asked = True
    if limits.hit(limits.FOLLOW_BY_GIFT, str(gift.uuid)):
        try:
            gifts.follow(gift.pk)
        except (Refused, Missing, Rejected):
            was_asked = False
    whole = _whole(gift.pk)
    context = _told(whole, was_asked=was_asked) | {"added": _added_to(whole)}
    return render(request, "donors/thanks.html", context)


def _added_to(gift: Gift) -> list[shown.Added]:
    """What zoos add to it; a pool that has not decided yet does so now."""
    if not matches.concerns(gift.pk):
        return []
    matches.consider(gift.pk)
    return shown.added_to(gift)


def _thanks_for_pledge(request: HttpRequest) -> HttpResponse:
    uuid = read_uuid(request.GET["pledge"])
    rows = Pledge.objects.select_related("fund", "entity", "donor")
    pledge = rows.filter(uuid=uuid).first() if uuid else None
    if pledge is None:
        raise Http404
    was_asked = True
    if limits.hit(limits.FOLLOW_BY_GIFT, str(pledge.uuid)):
        try:
            subscriptions.follow(pledge.pk)
        except (Refused, Missing, Rejected):
            was_asked = False
        pledge = rows.get(pk=pledge.pk)
    context = pledge_told.thanks(pledge) | {"was_asked": was_asked}
    return render(request, "donors/thanks_pledge.html", context)


def _whole(gift_id: int) -> Gift:
    papers = Receipt.objects.filter(state=ReceiptState.ISSUED).select_related("document")
    lines = GiftLine.objects.select_related("fund").order_by("position")
    return (
        Gift.objects.select_related("donor", "entity", "tribute", "held")
        .prefetch_related(
            Prefetch("lines", lines), Prefetch("receipts", papers.order_by("-version"))
        )
        .get(pk=gift_id)
    )


def _told(gift: Gift, *, was_asked: bool) -> dict[str, object]:
    lines = [(line.fund, Money(line.amount_minor, gift.currency)) for line in gift.lines.all()]
    paper = next(iter(gift.receipts.all()), None)
    return {
        "gift": gift,
        "zone": gift.entity.zone,
        "lines": lines,
        "cover": Money(gift.cover_minor, gift.currency),
        "whole": Money(gift.gross_minor, gift.currency),
        "given_back": Money(gift.refunded_minor, gift.currency),
        "taken_back": Money(gift.withdrawn_minor, gift.currency),
        "stays": Money(gift.left_minor, gift.currency),
        "document": paper.document if paper else None,
        "can_go_on": bool(gift.checkout_url) and clock.now() < gift.checkout_expires_at,
        "was_asked": was_asked,
        "is_returned": gift.state == GiftState.DISPUTED
        and gift.withdrawals.filter(kind=WithdrawalKind.LATE_FAILURE).exists(),
        "is_late": gift.expected_on is not None
        and gift.expected_on < clock.today(gift.entity.zone),
        "give_again": f"{reverse('donors:give')}?fund={lines[0][0].slug}",
    }
