"""Limits that a call has published, held against whatever is proposed, by whom and how ever.

What was awarded in the round, or is being voted on, counts already.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Count, Sum
from django.utils.translation import gettext as _

from funding.errors import Refused
from funding.money import Money
from grants import countries
from grants.models import Application, Item, ItemState, Motion, Round

# What each fund is to pay, by application and fund.
Parts = Mapping[int, Mapping[int, int]]


class OverTheLimit(Refused):
    """The call says that nobody gets so much, or so often."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What a round has given or is voting on: sums by country, awards by organisation's key."""

    by_country: Counter[str]
    by_body: Counter[int]


def taken(round_: Round, *, but: Motion | None = None) -> Taken:
    """What counts already, without one motion that is being written or put."""
    rows = Item.objects.filter(
        application__round=round_,
        state__in=[ItemState.OPEN, ItemState.ADOPTED],
        motion__put_at__isnull=False,
    )
    if but is not None:
        rows = rows.exclude(motion=but)
    sums = rows.values_list("application__project__country").annotate(sum=Sum("amount_minor"))
    counts = rows.values_list("application__project__organisation").annotate(n=Count("pk"))
    return Taken(Counter(dict(sums.order_by())), Counter(dict(counts.order_by())))


def of_fund(round_: Round, envelope_minor: int) -> int | None:
    """The most that one award may take of a fund of the round; None is no limit."""
    percent = round_.most_of_fund_percent
    return None if percent is None else envelope_minor * percent // 100


def must_hold(motion: Motion, parts: Parts, found: Mapping[int, Application]) -> None:
    """Raises OverTheLimit. `found` has every application that is proposed, with its project."""
    round_, before = motion.round, taken(motion.round, but=motion)
    by_country, by_body = before.by_country.copy(), before.by_body.copy()
    for application_id, shares in parts.items():
        project = found[application_id].project
        by_country[str(project.country)] += sum(shares.values())
        by_body[project.organisation_id] += 1
        _of_funds(round_, project.title, shares)
        _country(round_, str(project.country), by_country)
        most = round_.most_per_applicant
        if most is not None and by_body[project.organisation_id] > most:
            # Without its name: whoever proposes may not read yet who applies.
            sentence = _(
                "By the call the organisation of “%(title)s” gets at most %(most)s of this round."
            )
            raise OverTheLimit(sentence % {"title": project.title, "most": most})


def _country(round_: Round, country: str, by_country: Counter[str]) -> None:
    most = round_.most_per_country_minor
    if most is not None and country and by_country[country] > most:
        sentence = _("By the call at most %(sum)s goes to %(country)s in this round.")
        told = {"sum": Money(most, round_.currency).text(), "country": countries.name(country)}
        raise OverTheLimit(sentence % told)


def _of_funds(round_: Round, title: str, shares: Mapping[int, int]) -> None:
    if round_.most_of_fund_percent is None:
        return
    for row in round_.funds.filter(fund__in=shares).select_related("fund"):
        most = of_fund(round_, row.envelope_minor)
        if most is not None and shares[row.fund_id] > most:
            sentence = _("By the call “%(title)s” takes at most %(sum)s of %(fund)s.")
            sum_ = Money(most, round_.currency).text()
            raise OverTheLimit(sentence % {"title": title, "sum": sum_, "fund": row.fund.name})
