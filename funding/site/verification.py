"""Whether a numbered document is worth what it says. No personal data is shown here."""

from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from funding import limits
from funding.documents import register

_KINDS: Final = {
    "receipt": gettext_lazy("Receipt for a gift"),
    "statement": gettext_lazy("Statement of gifts"),
    "minute": gettext_lazy("Minute of a decision"),
    "award_letter": gettext_lazy("Letter of an award"),
    "decline_letter": gettext_lazy("Decision on an application"),
    "agreement": gettext_lazy("Agreement on an award"),
    "amendment": gettext_lazy("Amendment to an agreement on an award"),
    "fund_report": gettext_lazy("Report of a fund"),
    "submission": gettext_lazy("Application as it was submitted"),
    "invoice": gettext_lazy("Invoice for a contribution"),
    "proforma": gettext_lazy("Pro-forma of a contribution: not an invoice"),
    "certificate": gettext_lazy("Certificate of a conservation contribution"),
    "trail": gettext_lazy("Where the money of gifts went"),
}


@require_safe
def verify_ask(request: HttpRequest) -> HttpResponse:
    """Everybody may. A field for the code that stands on the document."""
    if code := request.GET.get("code", "").strip():
        return redirect("verify", code=code.replace("/", "")[:60] or "-")
    return render(request, "site/verify_ask.html")


@never_cache
@require_safe
@limits.limited(limits.VERIFY_BY_ADDRESS)
def verify(request: HttpRequest, code: str) -> HttpResponse:
    """Everybody who holds the document may: its code is the key."""
    document = register.find(code)
    if document is None:
        context = {"code": code[:60], "is_wrong": True}
        return render(request, "site/verify_ask.html", context, status=404)
    context = {
        "document": document,
        "kind": _KINDS.get(document.template, document.template),
        # As it stood on the paper: the body may have changed its name since.
        "issuer": document.snapshot.get("entity", {}).get("legal_name", document.entity),
    }
    return render(request, "site/verify.html", context)
