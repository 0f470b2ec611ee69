"""Who gets to one award: its applicant, and people with a role, unless they stepped out."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate

from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, render

from funding.users import access
from funding.users.models import Role
from grants import declarations
from grants.declarations import Standing
from grants.models import Award
from grants.views.committee import stepped_out


def of_award[**P, R: HttpResponseBase](
    *staff: Role, applicant: bool = False
) -> Callable[
    [Callable[Concatenate[HttpRequest, Award, P], R]],
    Callable[Concatenate[HttpRequest, int, P], HttpResponseBase],
]:
    """A view of one award for people with any of these roles, and if so told its applicant.

    Whoever may not see it is told that there is no such page. Whoever stepped out of the
    application is told that, and reads its title and nothing else; a member of the committee who
    has not declared an interest in it does that first.
    """

    def decorate(
        view: Callable[Concatenate[HttpRequest, Award, P], R],
    ) -> Callable[Concatenate[HttpRequest, int, P], HttpResponseBase]:
        @wraps(view)
        def guarded(
            request: HttpRequest, pk: int, *args: P.args, **kwargs: P.kwargs
        ) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return access.to_sign_in(request)
            person = access.person(request)
            own = Award.objects.own(person).whole().filter(pk=pk).first() if applicant else None
            if own is not None:
                return view(request, own, *args, **kwargs)
            if not access.held(request) & set(staff):
                raise Http404
            if not access.has_factor(request):
                return access.to_factor(request)
            award = get_object_or_404(Award.objects.whole(), pk=pk)
            where = declarations.standing(award.application, person)
            if where == Standing.UNDECLARED:
                return stepped_out(award.application, request)
            if where == Standing.OUT:
                return render(request, "grants/award_recused.html", {"award": award}, status=403)
            return view(request, award, *args, **kwargs)

        return guarded

    return decorate
