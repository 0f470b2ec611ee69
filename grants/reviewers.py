"""Who reviews what in a round, who is missing, and who could be asked instead."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Count, Exists, F, OuterRef, Subquery
from django.db.models.functions import Coalesce

from funding import clock
from funding.users import roles
from funding.users.models import User
from grants import expertise, recusals, reviews, rounds
from grants.models import Application, ApplicationState, Item, ItemState, Review, Round


@dataclass(frozen=True, slots=True)
class Asked:
    """One member who is asked, and whether the review is in."""

    member: User
    is_in: bool


@dataclass(frozen=True, slots=True)
class Free:
    """One member who could be asked, with how many reviews of the round they have already, and
    whether they know its theme or country well."""

    member: User
    load: int
    is_versed: bool


@dataclass(frozen=True, slots=True)
class Row:
    """One application with its reviewers. `silent` have to declare before they can be asked."""

    application: Application
    asked: list[Asked]
    free: list[Free]
    silent: list[User]
    missing: int

    @property
    def people(self) -> set[int]:
        """The keys of all who are asked or could be."""
        return {*(each.member.pk for each in self.asked), *(each.member.pk for each in self.free)}


def rows(round_: Round) -> list[Row]:
    """Every undecided application of a round, those that lack reviewers first, then by title."""
    found = Application.objects.filter(round=round_, state=ApplicationState.SUBMITTED)
    wanted = list(found.select_related("project", "round"))
    members = {each.pk: each for each in roles.holders(*recusals.MEMBERS)}
    ids = [each.pk for each in wanted]
    able, out = reviews.able(round_, ids, members.keys()), recusals.out_of(ids)
    pairs = list(
        reviews.standing().filter(application__in=ids).values_list("application", "member")
    )
    given = set(
        Review.objects.filter(application__in=ids, handed_in_at__isnull=False).values_list(
            "application", "member"
        )
    )
    loads = Counter(member for _pk, member in pairs)
    known = expertise.of(members)
    everybody = members | User.objects.in_bulk({member for _pk, member in pairs} - members.keys())
    return sorted(
        (
            _row(
                each,
                [member for pk, member in pairs if pk == each.pk],
                {member for pk, member in given if pk == each.pk},
                able[each.pk],
                members.keys() - out[each.pk] - able[each.pk],
                loads,
                everybody,
                {pk for pk, said in known.items() if said.covers(each)},
            )
            for each in wanted
        ),
        key=lambda row: (not row.missing, row.application.project.title, row.application.pk),
    )


def _row(
    application: Application,
    asked: list[int],
    given: set[int],
    able: set[int],
    silent: set[int],
    loads: Mapping[int, int],
    people: Mapping[int, User],
    versed: set[int],
) -> Row:
    def order(pk: int) -> tuple[int, bool, str, int]:
        return loads.get(pk, 0), pk not in versed, people[pk].name, pk

    free = sorted(able - set(asked), key=order)
    return Row(
        application,
        [Asked(people[pk], pk in given) for pk in asked],
        [Free(people[pk], loads.get(pk, 0), pk in versed) for pk in free],
        sorted((people[pk] for pk in silent), key=lambda each: (each.name, each.pk)),
        max(application.round.reviews_wanted - len(asked), 0),
    )


def lacking() -> dict[Round, int]:
    """Rounds that have closed, with how many applications have fewer reviewers than they want.

    Not those that are voted on: nobody reviews them any more.
    """
    voted = Item.objects.filter(application=OuterRef("pk"), motion__put_at__isnull=False)
    asked = (
        reviews.standing()
        .filter(application=OuterRef("pk"))
        .order_by()
        .values("application")
        .annotate(n=Count("pk"))
        .values("n")
    )
    found = (
        Application.objects.filter(state=ApplicationState.SUBMITTED)
        .filter(round__reviews_wanted__gt=0, round__closes_at__lte=clock.now())
        .filter(~Exists(voted.exclude(state=ItemState.WITHDRAWN)))
        .annotate(asked=Coalesce(Subquery(asked), 0))
        .filter(asked__lt=F("round__reviews_wanted"))
        .select_related("round")
    )
    short: Counter[Round] = Counter(each.round for each in found.order_by("round", "pk"))
    return {round_: number for round_, number in short.items() if not rounds.is_taking(round_)}
