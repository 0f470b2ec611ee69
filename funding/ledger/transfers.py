"""Moving money from one fund to another: one person proposes, another one books."""

from django.db import transaction

from funding import clock
from funding.ledger import balances, decisions
from funding.ledger.book import Leg, post, settle_constraints
from funding.ledger.models import Fund, Reason, Restriction, Step, Transfer
from funding.ledger.refusals import GroundMissing, Misfit, overdrawn, refusing
from funding.money import Money

# What donors or a founder have tied to a purpose leaves it only with a lawful ground.
TIED = frozenset({Restriction.RESTRICTED, Restriction.ENDOWMENT})


def propose(
    *,
    source_id: int,
    target_id: int,
    place: str,
    amount: Money,
    reason: str,
    by: int,
    ground: str = "",
) -> Transfer:
    """Ask for a transfer; nothing moves yet. `place` is where the money lies, such as
    'bank:main'; `by` is the proposing user's id.

    Raises Misfit and GroundMissing; ValueError for a sum that is not above zero in the
    source's currency.
    """
    with refusing(), transaction.atomic():
        source = Fund.objects.get(pk=source_id)
        target = Fund.objects.get(pk=target_id)
        if source.entity_id != target.entity_id or source.currency != target.currency:
            raise Misfit("Money moves between funds of one organisation and one currency only.")
        if amount.currency != source.currency or amount.minor <= 0:
            raise ValueError("A transfer is a sum above zero in the funds' own currency.")
        if source.restriction in TIED and not ground.strip():
            raise GroundMissing(
                f"Money leaves {source.name} only with a lawful ground. Say which one."
            )
        transfer = Transfer.objects.create(
            source=source,
            target=target,
            place_id=place,
            amount_minor=amount.minor,
            reason=reason,
            ground=ground,
            proposed_by_id=by,
            proposed_at=clock.now(),
        )
        decisions.note(transfer, actor=f"user:{by}", action="proposed")
    return transfer


def book(*, transfer_id: int, by: int) -> Transfer:
    """Book a proposed transfer. `by` is the id of a user other than the proposer.

    Raises FundOverdrawn, NeedsAnotherPerson, AlreadyDecided, PeriodClosed.
    """
    with refusing(), transaction.atomic():
        transfer = _locked(transfer_id)
        source, target = transfer.source, transfer.target
        amount = Money(transfer.amount_minor, source.currency)
        balances.lock_funds([source.pk])
        decisions.decide(transfer, state=Step.BOOKED, by=by)
        left = balances.available(source.pk)
        if left < amount:
            raise overdrawn(fund=source.name, left=left, needed=amount)
        post(
            entity_id=source.entity_id,
            key=f"transfer:{transfer.pk}:book",
            reason=Reason.TRANSFER,
            cause=f"transfer:{transfer.pk}",
            actor=f"user:{by}",
            happened_on=clock.today(source.entity.zone),
            legs=[
                Leg("transfers", source.pk, amount),
                Leg(transfer.place_id, source.pk, -amount),
                Leg(transfer.place_id, target.pk, amount),
                Leg("transfers", target.pk, -amount),
            ],
        )
        settle_constraints()
    return transfer


def decline(*, transfer_id: int, by: int) -> Transfer:
    """Turn a proposed transfer down. Raises NeedsAnotherPerson, AlreadyDecided."""
    with refusing(), transaction.atomic():
        transfer = _locked(transfer_id)
        decisions.decide(transfer, state=Step.DECLINED, by=by)
    return transfer


def _locked(transfer_id: int) -> Transfer:
    rows = Transfer.objects.select_related("source__entity", "target")
    return rows.select_for_update(no_key=True, of=("self",)).get(pk=transfer_id)
