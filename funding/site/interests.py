"""Interests of members in applications that only gifts can tell."""

from collections.abc import Mapping, Sequence

from django.utils.translation import gettext as _

from donors.models import Contribution, ContributionState
from funding.ledger.models import Restriction
from funding.users.models import User
from grants.models import Application, RoundFund


def zoo_that_gave(applications: Sequence[Application], member: User) -> Mapping[int, str]:
    """The member acts for a zoo that gives to a restricted fund on which the round draws."""
    rounds = {each.round_id for each in applications}
    drawn = RoundFund.objects.filter(
        round__in=rounds, fund__restriction=Restriction.RESTRICTED
    ).values_list("round_id", "fund_id")
    giving = Contribution.objects.filter(
        fund__in={fund for _round, fund in drawn},
        zoo__organisation__memberships__user=member,
        zoo__organisation__memberships__ended_at__isnull=True,
    ).exclude(state=ContributionState.PROPOSED)
    names = dict(giving.values_list("fund_id", "zoo__organisation__name"))
    theirs = {round_id: names[fund] for round_id, fund in drawn if fund in names}
    said = _("You act for %(zoo)s, which gave restricted money that this round may award.")
    return {
        each.pk: said % {"zoo": theirs[each.round_id]}
        for each in applications
        if each.round_id in theirs
    }
