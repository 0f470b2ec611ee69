"""A donor's own page of choices: what they agree to, and how the giving form starts."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from donors import consents, donors
from donors.consents import AddressMissing
from donors.forms.choices import ChoicesForm
from donors.models import Donor
from funding.users import access, guests


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@access.signed_in
def choices(request: HttpRequest) -> HttpResponse:
    """Whoever has signed in may: what the donors of their verified addresses agree to."""
    addresses = guests.verified(access.person(request))
    if request.method != "POST":
        return _page(request, addresses, _opened(addresses))
    form = ChoicesForm(request.POST)
    if not form.is_valid():
        return _page(request, addresses, form, status=422)
    actor = access.actor_of(request)
    try:
        consents.answer(addresses=addresses, choices=form.choices, actor=actor)
    except AddressMissing as refusal:
        form.add_error("address", refusal.sentence)
        return _page(request, addresses, form, status=409)
    donors.prefer(addresses=addresses, currency=form.cleaned_data["currency"], actor=actor)
    messages.success(request, _("That is how it is from now on."))
    return redirect("donors:choices")


def _opened(addresses: list[str]) -> ChoicesForm:
    donor = Donor.objects.filter(email__in=addresses).order_by("pk").first()
    agreed = [purpose.value for purpose in consents.standing(addresses)]
    initial = {
        "agreed": agreed,
        "address": donor.postal_address if donor else "",
        "currency": donor.currency if donor else "",
    }
    return ChoicesForm(initial=initial)


def _page(
    request: HttpRequest, addresses: list[str], form: ChoicesForm, *, status: int = 200
) -> HttpResponse:
    agreed = form["agreed"].value() or []
    context = {
        "form": form,
        "addresses": addresses,
        "is_donor": Donor.objects.filter(email__in=addresses).exists(),
        "purposes": [
            (purpose, words, purpose.value in agreed)
            for purpose, words in consents.wordings().items()
        ],
        "history": consents.history(addresses)[:100],
    }
    return render(request, "donors/choices.html", context, status=status)
