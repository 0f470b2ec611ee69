"""The link in every news mail: no more of them."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import cache_control
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from donors import news
from funding import limits


# Mail programs send the form themselves (RFC 8058), without a page of ours and so without its
# token; the signature in the address says whose news it is.
@csrf_exempt
@cache_control(private=True, no_store=True)
@require_http_methods(["GET", "HEAD", "POST"])
@limits.limited(limits.REPAIR_BY_ADDRESS)
def news_stop(request: HttpRequest, token: str) -> HttpResponse:
    """Whoever has the link of a mail may. Looking stops nothing: mail scanners follow links."""
    donor_id = news.donor_of(token)
    if donor_id is None:
        return render(request, "donors/pledge_gone.html", status=410)
    if request.method == "POST":
        news.stop(donor_id=donor_id, actor=f"donor:{donor_id}")
    return render(request, "donors/news_stop.html", {"is_done": request.method == "POST"})
