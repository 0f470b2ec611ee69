"""What a paper of followed money says: the gifts of some days, and where each penny of them is.

    paid = worth;  worth = awarded + fees + costs + waiting + tracing

in each currency of funds, where worth is what the gifts came to, less what went back.
"""

import base64
from collections import defaultdict
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import QuerySet
from django_countries import countries

from donors import papers
from donors.models import Donor, Gift, Zoo
from donors.statement_facts import Days
from funding.documents import paper
from funding.ledger import arrivals
from funding.ledger.models import Fund
from funding.parties.models import Entity
from funding.site import following
from funding.site.following import Line, Trail
from funding.site.models import NewsItem
from grants.models import ReportPhoto
from grants.public_reports import PublicReport

Row = dict[str, Any]
# Of each award, on paper.
_MOST_NEWS: Final = 2


def facts(
    *, gifts: list[Gift], entity: Entity, days: Days, donor: Donor, with_news: bool
) -> dict[str, Any]:
    """Everything that is printed, in the language that is on. The caller has locked the gifts."""
    trails = following.follow(gifts)
    pictures = _pictures(trails) if with_news else _Pictures({}, {}, {})
    return {
        "entity": paper.entity_facts(entity),
        "donor": {"name": donor.name} | papers.facts(donor) | _zoo(donor),
        "from": days.begins_on.isoformat(),
        "to": days.ends_on.isoformat(),
        "gift_count": len(gifts),
        "sums": _sums(gifts),
        "trails": [_trail(trail, _worth(gifts), pictures) for trail in trails],
    }


@dataclass(frozen=True, slots=True)
class _Pictures:
    """The small pictures that are printed, by the id of their row, and which reports are."""

    news: dict[int, str]
    photos: dict[int, str]
    reports: dict[int, PublicReport]


def _pictures(trails: list[Trail]) -> _Pictures:
    """Of each item of news and each report that is printed its small picture, or nothing."""
    lines = [line for trail in trails for line in trail.lines]
    items = {told.item.pk for line in lines for told in line.news[:_MOST_NEWS]}
    reports = {told.sending_id: told for line in lines for told in line.reports}
    photos = {told.photo.id for told in reports.values() if told.photo}
    return _Pictures(
        _encoded(NewsItem.objects.filter(pk__in=items)),
        _encoded(ReportPhoto.objects.filter(pk__in=photos)),
        reports,
    )


def _encoded(rows: QuerySet[Any]) -> dict[int, str]:
    found = rows.values_list("pk", "small")
    return {pk: base64.b64encode(bytes(small or b"")).decode() for pk, small in found}


def _zoo(donor: Donor) -> Row:
    zoo = Zoo.objects.filter(organisation=donor.organisation_id).first()
    if donor.organisation_id is None or zoo is None:
        return {}
    logo = base64.b64encode(bytes(zoo.logo)).decode() if zoo.logo is not None else ""
    association = zoo.get_association_display() if zoo.association else ""
    return {"association": association, "logo": logo}


def _sums(gifts: list[Gift]) -> list[Row]:
    """What was paid in each currency, and what of it has no value in the funds' own yet."""
    sums: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    entity_currencies = dict(Fund.objects.values_list("pk", "currency"))
    for gift in gifts:
        told = sums[gift.currency]
        told[0] += gift.left_minor
        told[1] += 1
        homes = {entity_currencies[line.fund_id] for line in gift.lines.all()}
        if gift.final_at is None and homes != {gift.currency}:
            told[2] += gift.left_minor
    return [
        {"currency": code, "minor": minor, "gift_count": count, "unvalued_minor": unvalued}
        for code, (minor, count, unvalued) in sorted(sums.items())
    ]


def _worth(gifts: list[Gift]) -> dict[str, dict[str, int]]:
    """By the currency of funds: what the gifts of each paid currency came to and did not go."""
    paid_in = {f"gift:{gift.pk}": gift.currency for gift in gifts}
    arrived = arrivals.of_gifts(paid_in)
    homes = dict(
        Fund.objects.filter(pk__in={each.fund_id for each in arrived}).values_list("pk", "currency")
    )
    found: defaultdict[str, defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))
    for each in arrived:
        minor = each.given_minor - each.back_minor
        found[homes[each.fund_id]][paid_in[each.cause]] += minor
    return {home: dict(sums) for home, sums in found.items()}


def _trail(trail: Trail, worth: dict[str, dict[str, int]], pictures: _Pictures) -> Row:
    return {
        "currency": trail.currency,
        "worth_minor": (trail.given - trail.back).minor,
        "worth": [
            {"currency": code, "minor": minor}
            for code, minor in sorted(worth[trail.currency].items())
        ],
        "fees_minor": trail.fees.minor,
        "back_minor": trail.back.minor,
        "costs_minor": trail.costs.minor,
        "awarded_minor": trail.awarded.minor,
        "waiting_minor": trail.waiting.minor,
        "tracing_minor": trail.tracing.minor,
        "lines": [
            _line(line) | _reports(line, pictures) | _news(line, pictures.news)
            for line in trail.lines
        ],
        "left": [_line(line) for line in trail.left],
    }


def _line(line: Line) -> Row:
    project = line.project
    return {
        "words": line.words,
        "day": line.day.isoformat() if line.day else "",
        "minor": line.sum.minor if line.sum is not None else None,
        "is_award": line.paid is not None,
        "paid_minor": line.paid.minor if line.paid is not None else 0,
        "project": project.title if project else "",
        "place": _place(str(project.country), project.province) if project else "",
    }


def _reports(line: Line, pictures: _Pictures) -> Row:
    """What everybody may read of the reports on an award; one picture of each.

    The words are the grantee's own, so no language is told of them. Where nothing is shown,
    nothing is said of it, so that papers that stand say the same as before.
    """
    rows = [
        {
            "title": told.name,
            "day": told.published_at.date().isoformat() if told.published_at else "",
            "beginning": told.beginning,
            "url": told.url,
            "alt": told.photo.shows if told.photo else "",
            "credit": told.photo.taken_by if told.photo else "",
            "picture": pictures.photos.get(told.photo.id, "") if told.photo else "",
        }
        for told in line.reports
        if told.sending_id in pictures.reports
    ]
    return {"reports": rows} if rows else {}


def _news(line: Line, pictures: dict[int, str]) -> Row:
    """What was published about the work that an award pays for; one picture of it.

    Where nothing was, nothing is said of it, so that papers that stand say the same as before.
    """
    rows, has_picture = [], False
    for told in line.news[:_MOST_NEWS]:
        if told.item.pk not in pictures:
            continue
        assert told.item.published_at is not None
        picture = "" if has_picture else pictures[told.item.pk]
        has_picture = has_picture or bool(picture)
        rows.append(
            {
                "title": told.title,
                "day": told.item.published_at.date().isoformat(),
                "beginning": told.beginning,
                "language": told.language,
                "url": told.url,
                "alt": told.alt if picture else "",
                "credit": told.item.credit if picture else "",
                "picture": picture,
            }
        )
    return {"news": rows} if rows else {}


def _place(country: str, province: str) -> str:
    """'Mongolia, Tov'; empty for work across the range."""
    return ", ".join(each for each in (str(countries.name(country)), province) if each)
