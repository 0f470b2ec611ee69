"""What the books know that speaks for an interest of a member in an application.

Sentences for the member and the chair. They tell the member's own ties, never what the
application says: they are read before it opens.
"""

import datetime as dt
import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from django.utils.translation import gettext as _

from funding import clock
from funding.parties.models import Membership
from funding.users.models import User
from grants.models import Application, Award, CoApplicant, Referee

# Asked with applications, whose project and organisation are at hand, and one member. Answers
# with a sentence by the application's id, for those that it has something to say of.
Source = Callable[[Sequence[Application], User], Mapping[int, str]]

EARLIER: Final = dt.timedelta(days=5 * 365 + 1)

# Providers at which everybody has an address: to share one says nothing.
PUBLIC: Final = frozenset(
    """aol.com fastmail.com gmail.com gmx.de gmx.net googlemail.com hotmail.com icloud.com
    inbox.ru list.ru live.com mail.com mail.ru me.com msn.com outlook.com pm.me posteo.de
    proton.me protonmail.com qq.com rambler.ru tutanota.com ukr.net web.de yahoo.co.uk
    yahoo.com yandex.com yandex.ru ymail.com zoho.com 126.com 163.com""".split()
)


def same_body(applications: Sequence[Application], member: User) -> Mapping[int, str]:
    """The member acts for the organisation that applies."""
    ours = _bodies(member, ended=False)
    return {
        each.pk: _("You act for %(body)s, which applies.")
        % {"body": each.project.organisation.name}
        for each in applications
        if each.project.organisation_id in ours
    }


def same_domain(applications: Sequence[Application], member: User) -> Mapping[int, str]:
    """Member and applicant have an address at the same place, unless everybody has one there."""
    domain = _domain(member.email)
    if not domain or domain in PUBLIC:
        return {}
    joined: dict[int, set[str]] = {}
    rows = CoApplicant.objects.filter(application__in=[each.pk for each in applications])
    for pk, address in rows.values_list("application_id", "person__email"):
        joined.setdefault(pk, set()).add(_domain(address))
    said = _("You and the applicant both have an e-mail address at %(domain)s.")
    return {
        each.pk: said % {"domain": domain}
        for each in applications
        if domain in {_domain(each.applicant.email), *joined.get(each.pk, ())}
    }


def named(applications: Sequence[Application], member: User) -> Mapping[int, str]:
    """The application names the member, by address or by full name."""
    said = _("The application names you.")
    rows = Referee.objects.filter(application__in=[each.pk for each in applications])
    asked = set(rows.filter(email__iexact=member.email).values_list("application_id", flat=True))
    return {each.pk: said for each in applications if each.pk in asked or _names(each, member)}


def earlier_award(applications: Sequence[Application], member: User) -> Mapping[int, str]:
    """The organisation had an award within five years in which the member took its side."""
    bodies = {each.project.organisation_id for each in applications}
    earlier = Award.objects.filter(
        application__project__organisation__in=bodies, adopted_at__gte=clock.now() - EARLIER
    ).select_related("application__project", "application__applicant")
    ours = _bodies(member, ended=True)
    joined = set(CoApplicant.objects.filter(person=member).values_list("application_id", flat=True))
    theirs = {
        award.application.project.organisation_id
        for award in earlier
        if award.application.applicant_id == member.pk
        or award.application_id in joined
        or award.application.project.organisation_id in ours
        or _names(award.application, member)
    }
    said = _("You had a part in an earlier award to %(body)s.")
    return {
        each.pk: said % {"body": each.project.organisation.name}
        for each in applications
        if each.project.organisation_id in theirs
    }


def _bodies(member: User, *, ended: bool) -> set[int]:
    rows = Membership.objects.filter(user=member)
    if not ended:
        rows = rows.filter(ended_at__isnull=True)
    return set(rows.values_list("organisation_id", flat=True))


def _domain(address: str) -> str:
    return address.rpartition("@")[2].strip().casefold()


def _names(application: Application, member: User) -> bool:
    told = json.dumps(application.submitted or {}, ensure_ascii=False)
    text = f"{told} {application.project.summary} {application.methods}".casefold()
    if member.email and member.email.casefold() in text:
        return True
    # One word alone, such as a first name, is too often somebody else's.
    name = " ".join(member.name.casefold().split())
    return " " in name and re.search(rf"\b{re.escape(name)}\b", text) is not None
