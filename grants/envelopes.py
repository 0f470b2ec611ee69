"""What a round may still draw on each of its funds."""

from collections import Counter
from collections.abc import Mapping

from django.db.models import QuerySet, Sum
from django.utils.translation import gettext as _

from funding.errors import Refused
from funding.ledger.models import Hold
from funding.money import Money
from grants.models import AwardShare, Motion, Round


class OverTheEnvelope(Refused):
    """More than the round may draw on a fund."""


def held(round_: Round) -> Counter[int]:
    """What open motions of a round keep back, by the fund's id."""
    motions = Motion.objects.filter(round=round_).values_list("pk", flat=True)
    causes = [f"motion:{pk}" for pk in motions]
    return _by_fund(Hold.objects.filter(cause__in=causes, released_at__isnull=True))


def awarded(round_: Round) -> Counter[int]:
    """What awards of a round took when they were adopted, by the fund's id."""
    return _by_fund(AwardShare.objects.filter(award__application__round=round_))


def _by_fund(rows: QuerySet[Hold] | QuerySet[AwardShare]) -> Counter[int]:
    return Counter(dict(rows.values_list("fund_id").annotate(sum=Sum("amount_minor"))))


def left(round_: Round) -> dict[int, int]:
    """What of each envelope is neither held nor awarded, by the fund's id."""
    taken = held(round_) + awarded(round_)
    return {row.fund_id: row.envelope_minor - taken[row.fund_id] for row in round_.funds.all()}


def must_hold(round_: Round, wanted: Mapping[int, int]) -> None:
    """Raises OverTheEnvelope when a round may not draw this much more on its funds."""
    still = left(round_)
    names = {row.fund_id: row.fund.name for row in round_.funds.select_related("fund")}
    for fund_id, minor in sorted(wanted.items()):
        if fund_id not in still:
            raise OverTheEnvelope(_("This round does not draw on one of these funds."))
        if minor > still[fund_id]:
            sentence = _("This round may still draw %(left)s on %(fund)s, and %(sum)s is asked.")
            raise OverTheEnvelope(
                sentence
                % {
                    "fund": names[fund_id],
                    "left": Money(still[fund_id], round_.currency).text(),
                    "sum": Money(minor, round_.currency).text(),
                }
            )
