"""The journal as files that anybody may add up again. It holds no personal data."""

from typing import Final

from django.http import Http404, HttpRequest, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from funding import clock, limits
from funding.ledger import exports
from funding.ledger.exports import Scope
from funding.ledger.models import Fund

_TYPES: Final = {"csv": "text/csv", "beancount": "text/plain"}


@never_cache
@require_safe
@limits.limited(limits.JOURNAL_BY_ADDRESS)
def journal(request: HttpRequest, fund: str, form: str) -> StreamingHttpResponse:
    """Everybody may. One fund's journal, or that of 'all' of them with the technical one."""
    del request
    if form not in _TYPES:
        raise Http404
    scope = Scope()
    if fund != "all":
        shown = Fund.objects.filter(is_treasury=False)
        scope = Scope(fund_id=get_object_or_404(shown, slug=fund).pk)
    lines = exports.FORMATS[form](scope)
    response = StreamingHttpResponse(lines, content_type=f"{_TYPES[form]}; charset=utf-8")
    name = f"manul-fund-{fund}-{clock.today('UTC').isoformat()}.{form}"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
