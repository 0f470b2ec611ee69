"""What members know well: they say it themselves, and are asked first for such applications."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from funding.audit import log
from funding.errors import Refused
from funding.users import roles
from funding.users.models import User
from grants import countries, recusals
from grants.models import Application, Expertise, Theme


class NotAMember(Refused):
    """Who has no seat on the committee is asked for no review."""

    code = "not_a_member"


@dataclass(frozen=True, slots=True)
class Known:
    """The codes of the themes and of the countries that one member knows well."""

    themes: frozenset[str] = frozenset()
    countries: frozenset[str] = frozenset()

    def covers(self, application: Application) -> bool:
        """Whether the theme or the country of an application is among them."""
        project = application.project
        return project.theme_id in self.themes or str(project.country) in self.countries


def of(members: Iterable[int]) -> Mapping[int, Known]:
    """What each of these members knows, by their id; one query."""
    themes, places = dict[int, set[str]](), dict[int, set[str]]()
    rows = Expertise.objects.filter(member__in=list(members))
    for member, theme, country in rows.values_list("member", "theme", "country"):
        themes.setdefault(member, set()).update([theme] if theme else ())
        places.setdefault(member, set()).update([country] if country else ())
    return {each: Known(frozenset(themes[each]), frozenset(places[each])) for each in themes}


@transaction.atomic
def state(*, member: User, themes: Iterable[str], places: Iterable[str]) -> Known:
    """Keep what a member knows, in place of what they said before. Again: nothing changes.

    Themes and countries that are not known here are left out. Raises NotAMember.
    """
    if not roles.has(member, *recusals.MEMBERS):
        raise NotAMember(_("Only members of the committee are asked for reviews."))
    # The person's row orders two windows of the same member.
    User.objects.select_for_update(no_key=True).get(pk=member.pk)
    said = Known(
        frozenset(Theme.objects.filter(pk__in=list(themes)).values_list("pk", flat=True)),
        frozenset(places) & countries.RANGE.keys(),
    )
    if said == of([member.pk]).get(member.pk, Known()):
        return said
    Expertise.objects.filter(member=member).delete()
    Expertise.objects.bulk_create(
        [
            *(Expertise(member=member, theme_id=theme) for theme in sorted(said.themes)),
            *(Expertise(member=member, country=place) for place in sorted(said.countries)),
        ]
    )
    log.record(actor=f"user:{member.pk}", action="expertise.stated", subject=f"user:{member.pk}")
    return said
