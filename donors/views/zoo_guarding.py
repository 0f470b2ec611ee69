"""Who gets to one zoo: the people who act for it, by what they may do."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404

from donors.models import Zoo
from donors.zoos import members, zoos
from funding.parties.models import Part
from funding.users import access
from funding.users.models import User

ANY = tuple(Part)
MONEY = (Part.OWNER, Part.FINANCE)
OWNERS = (Part.OWNER,)


def of_zoo[**P, R: HttpResponseBase](
    *parts: Part,
) -> Callable[
    [Callable[Concatenate[HttpRequest, Zoo, P], R]],
    Callable[Concatenate[HttpRequest, UUID, P], HttpResponseBase],
]:
    """A view of one zoo for its members of any of these parts.

    Whoever else asks is told that there is no such page.
    """

    def decorate(
        view: Callable[Concatenate[HttpRequest, Zoo, P], R],
    ) -> Callable[Concatenate[HttpRequest, UUID, P], HttpResponseBase]:
        @wraps(view)
        def guarded(
            request: HttpRequest, uuid: UUID, *args: P.args, **kwargs: P.kwargs
        ) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return access.to_sign_in(request)
            person = access.person(request)
            zoo = get_object_or_404(zoos.of_person(person), uuid=uuid)
            if members.part_of(zoo, person) not in parts:
                raise Http404
            return view(request, zoo, *args, **kwargs)

        return guarded

    return decorate


def fresh[**P, R: HttpResponseBase](
    view: Callable[Concatenate[HttpRequest, Zoo, P], R],
) -> Callable[Concatenate[HttpRequest, Zoo, P], HttpResponseBase]:
    """As `access.fresh`, for a view that is handed its zoo by `of_zoo`, under which it stands."""

    @wraps(view)
    def guarded(
        request: HttpRequest, zoo: Zoo, *args: P.args, **kwargs: P.kwargs
    ) -> HttpResponseBase:
        def inner(asked: HttpRequest) -> R:
            return view(asked, zoo, *args, **kwargs)

        return access.fresh(inner)(request)

    return guarded


def facts(person: User, zoo: Zoo) -> dict[str, object]:
    """What every page of a zoo is told."""
    part = members.part_of(zoo, person)
    return {
        "zoo": zoo,
        "others": zoos.of_person(person).exclude(pk=zoo.pk),
        "part": part,
        "may_pay": part in MONEY,
        "is_owner": part == Part.OWNER,
    }
