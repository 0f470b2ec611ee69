"""What of awards waits for whom: a step of a payment, or a look into a list."""

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from funding import waits
from funding.money import Money
from funding.users import roles
from funding.users.models import Role, User
from funding.waits import Wait
from grants import disbursements, payee_checks, screenings
from grants.disbursements import MAY_CHECK, MAY_RELEASE
from grants.models import AwardState, Disbursement, DisbursementState


def payments_to_check(user: User) -> list[Wait]:
    """What an officer or a chair has to look at, who did nothing else for it."""
    return [
        Wait(
            title=_title(row, _("Check a payment of %(sum)s for %(work)s")),
            url=_address(row),
            sentence=blocked
            or _("%(who)s asked for it. Look at the account and at what it is for.")
            % {"who": row.requested_by},
            since=row.requested_at,
            state=_("not ready") if blocked else _("to check"),
        )
        for row in _at(DisbursementState.REQUESTED)
        if not disbursements.why_not(row, user, MAY_CHECK)
        for blocked in [payee_checks.why_blocked(row)]
    ]


def payments_to_release(user: User) -> list[Wait]:
    """What a treasurer has to pay, who did nothing else for it; and what is still lacking."""
    found = []
    for row in _at(DisbursementState.CHECKED):
        if disbursements.why_not(row, user, MAY_RELEASE):
            continue
        lack = payee_checks.lack(row, user)
        ready = _("Pay it at the bank, then write down what the bank did.")
        found.append(
            Wait(
                title=_title(row, _("Release a payment of %(sum)s for %(work)s")),
                url=_address(row),
                sentence=lack or ready,
                since=row.checked_at or row.requested_at,
                state=_("not ready") if lack else _("to release"),
            )
        )
    return found


def payees_to_look_up(user: User) -> list[Wait]:
    """Payees whom nobody has looked up so that a treasurer could release what is checked."""
    treasurers = list(roles.holders(*MAY_RELEASE))
    found = {}
    for row in _at(DisbursementState.CHECKED):
        able = [each for each in treasurers if not disbursements.why_not(row, each, MAY_RELEASE)]
        lacks = [screenings.lack(row.bank_details, each) for each in able]
        if lacks and all(lacks) and not disbursements.why_not_award(row.award, user):
            found[row.award_id] = Wait(
                title=_title(row, _("Look the payee up: %(work)s")),
                url=reverse("grants:award_screening", kwargs={"pk": row.award_id}),
                sentence=lacks[0],
                since=row.checked_at or row.requested_at,
                state=_("to look up"),
            )
    return list(found.values())


def register() -> None:
    """Called when the app starts."""
    waits.register("payments to check", payments_to_check, *MAY_CHECK)
    waits.register("payments to release", payments_to_release, *MAY_RELEASE)
    waits.register("payees to look up", payees_to_look_up, Role.OFFICER, Role.ADMINISTRATOR)


def _at(state: DisbursementState) -> QuerySet[Disbursement]:
    rows = Disbursement.objects.filter(Q(award__state=AwardState.ACTIVE), state=state)
    return rows.select_related(
        "award__application__project", "award__entity", "bank_details", "requested_by"
    )


def _title(row: Disbursement, words: str) -> str:
    amount = Money(row.amount_minor, row.award.currency)
    return words % {"sum": amount.text(), "work": row.award.application.project.title}


def _address(row: Disbursement) -> str:
    return reverse("grants:award_payment", kwargs={"pk": row.award_id, "number": row.number})
