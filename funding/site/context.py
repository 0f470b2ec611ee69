"""What every page needs to know."""

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from donors.zoos import zoos
from funding.alerts import alarms
from funding.parties.models import Entity
from funding.site import languages
from funding.users import access


def every_page(request: HttpRequest) -> dict[str, object]:
    """Facts for the masthead and the foot."""
    return {
        "path": request.path,
        "languages": languages.offered(request),
        "request_number": request.META.get("REQUEST_NUMBER", ""),
        # Asked only by templates that draw the foot.
        "is_illustrative": SimpleLazyObject(_any_illustrative),
        # What a person is for the fund, whether or not this session has shown its second step.
        "holds_role": SimpleLazyObject(lambda: bool(access.held(request))),
        # Asked only for people who have signed in: what counts in this session.
        "roles": SimpleLazyObject(lambda: {role.value for role in access.effective(request)}),
        # Asked only for people who have signed in.
        "acts_for_zoo": SimpleLazyObject(lambda: zoos.of_person(access.person(request)).exists()),
        # Asked only for the desk of those in charge.
        "open_alerts": lambda: alarms.opened().count(),
    }


def _any_illustrative() -> bool:
    return Entity.objects.filter(is_illustrative=True).exists()
