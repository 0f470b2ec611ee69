"""Claims: gathered under a lock, sent, paid. A gift is in one claim at most.

A claim is booked when it is sent: the tax is then due to the funds that the gifts went to, less
what earlier claims asked too much. Only what the tax office has paid is at the bank.
"""

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _

from donors.giftaid import declarations, eligibility, limits, overclaims
from donors.giftaid.shares import by_fund, legs
from donors.models import Claim, ClaimLine, ClaimPayment, ClaimState, Gift
from funding import clock
from funding.audit import log
from funding.errors import Refused
from funding.ledger import book, periods
from funding.ledger.models import Account, Kind, Reason
from funding.money import Money, split
from funding.parties.models import Entity


class NothingToClaim(Refused):
    """No claim can be made now."""


class NotThatState(Refused):
    """The claim is further, or not yet so far."""


class NotThatPayment(Refused):
    """This cannot be the tax office's payment of the claim."""


@transaction.atomic
def gather(*, entity_id: int, actor: str) -> Claim:
    """Put all gifts that may be claimed into a new claim, less what is owed of earlier ones.

    Refuses: NothingToClaim, also when more is owed than can be claimed, and while another
    claim is being put together.
    """
    entity = Entity.objects.select_for_update(no_key=True).get(pk=entity_id)
    if not declarations.is_on(entity):
        raise NothingToClaim(_("%s does not claim Gift Aid.") % entity.legal_name)
    if Claim.objects.filter(entity=entity, state=ClaimState.DRAFT).exists():
        raise NothingToClaim(_("Another claim is being put together. Send it or drop it first."))
    overclaims.notice(entity_id=entity.pk)
    found = _locked(entity)
    donated = sum(each.donated_minor for each in found)
    tax, owed = limits.tax_on(donated), overclaims.open_minor(entity.pk)
    if not tax:
        raise NothingToClaim(_("No gift can be claimed at the moment."))
    if tax <= owed:
        raise NothingToClaim(
            _("%(owed)s is owed of earlier claims, more than the %(tax)s that can be claimed.")
            % {"owed": Money(owed, "GBP").text(), "tax": Money(tax, "GBP").text()}
        )
    claim = Claim.objects.create(
        entity=entity,
        donated_minor=donated,
        tax_minor=tax,
        overclaimed_minor=owed,
        gathered_at=clock.now(),
        gathered_by=actor,
    )
    taxes = split(tax, [each.donated_minor for each in found])
    ClaimLine.objects.bulk_create(
        ClaimLine(
            claim=claim,
            gift=each.gift,
            declaration=each.declaration,
            given_on=each.given_on,
            donated_minor=each.donated_minor,
            tax_minor=part,
        )
        for each, part in zip(found, taxes, strict=True)
    )
    overclaims.open_of(entity.pk).update(netted_in=claim)
    _record(claim, "gathered", actor)
    return claim


def _locked(entity: Entity) -> list[eligibility.Candidate]:
    """What may be claimed, judged again after its gifts are locked: no refund comes between."""
    ids = sorted(each.gift.pk for each in eligibility.candidates(entity))
    locked = Gift.objects.select_for_update(no_key=True, of=("self",)).filter(pk__in=ids)
    judged = [eligibility.judge(gift) for gift in locked.select_related("entity").order_by("pk")]
    return [each for each in judged if isinstance(each, eligibility.Candidate)]


@transaction.atomic
def drop(*, claim_id: int, actor: str) -> None:
    """Take apart a claim that was not sent. Refuses: NotThatState."""
    claim = _lock(claim_id, ClaimState.DRAFT)
    _record(claim, "dropped", actor)
    claim.netted.update(netted_in=None)
    claim.lines.all().delete()
    claim.delete()


@transaction.atomic
def send(*, claim_id: int, reference: str, actor: str) -> Claim:
    """Say that a claim went to the tax office, and book it. Refuses: NotThatState.

    A gift that went back since it was gathered makes the claim wrong: it is to be dropped and
    gathered again.
    """
    claim = _lock(claim_id, ClaimState.DRAFT)
    lines = list(claim.lines.select_related("gift__entity").order_by("gift_id"))
    gifts = Gift.objects.filter(pk__in=[line.gift_id for line in lines]).order_by("pk")
    list(gifts.select_for_update(no_key=True))
    for line in lines:
        line.gift.refresh_from_db()
        if eligibility.pounds(line.gift, line.gift.left_minor) != line.donated_minor:
            raise NotThatState(_("A gift of this claim went back. Drop it and gather again."))
    today = clock.today(claim.entity.zone)
    claim.state, claim.sent_on, claim.sent_by = ClaimState.SENT, today, actor
    claim.reference = reference.strip()[:60]
    claim.save(update_fields=["state", "sent_on", "sent_by", "reference"])
    netted = overclaims.by_fund_of(claim)
    book.post(
        entity_id=claim.entity_id,
        key=f"claim:{claim.pk}:send",
        reason=Reason.GIFT_AID,
        cause=f"claim:{claim.pk}",
        actor=actor,
        happened_on=periods.open_day(entity_id=claim.entity_id, day=today),
        legs=legs(by_fund(lines), debit="gift_aid_due", credit="gift_aid")
        + legs(netted, debit="gift_aid_owed", credit="gift_aid_due"),
    )
    _record(claim, "sent", actor)
    return claim


@transaction.atomic
def pay(
    *, claim_id: int, amount_minor: int, paid_on: dt.date, place: str, reference: str, actor: str
) -> ClaimPayment:
    """Record what the tax office paid into a bank account. The same payment again is itself.

    Refuses: NotThatState, NotThatPayment.
    """
    claim = Claim.objects.select_for_update(no_key=True).get(pk=claim_id)
    said = " ".join(reference.split())
    bank = Account.objects.filter(code=place, kind=Kind.BANK, entity=claim.entity).first()
    if bank is None or not said or paid_on > clock.today(claim.entity.zone):
        raise NotThatPayment(_("Choose a bank account, a day and what the bank calls it."))
    if before := ClaimPayment.objects.filter(place=bank, reference=said).first():
        if (before.claim_id, before.amount_minor) == (claim.pk, amount_minor):
            return before
        raise NotThatPayment(_("A payment of this name was recorded before."))
    if claim.state not in (ClaimState.SENT, ClaimState.PART):
        raise NotThatState(_("This claim was not sent, or is paid already."))
    if not 0 < amount_minor <= claim.due_minor - claim.paid_minor:
        rest = Money(claim.due_minor - claim.paid_minor, "GBP").text()
        raise NotThatPayment(_("At most %s of this claim is still to come.") % rest)
    payment = ClaimPayment.objects.create(
        claim=claim,
        place=bank,
        amount_minor=amount_minor,
        paid_on=paid_on,
        reference=said,
        recorded_by=actor,
    )
    _book_payment(claim, payment, actor)
    return payment


def _book_payment(claim: Claim, payment: ClaimPayment, actor: str) -> None:
    before, now = claim.paid_minor, claim.paid_minor + payment.amount_minor
    due = due_by_fund(claim)
    funds = [fund_id for fund_id, minor in due.items() if minor > 0]
    # A fund that owed more than it claimed asks the tax office for nothing.
    weights = [due[fund_id] for fund_id in funds]
    is_last = now == claim.due_minor
    target = weights if is_last else split(now, weights)
    parts = [after - earlier for after, earlier in zip(target, split(before, weights), strict=True)]
    short = {fund_id: minor for fund_id, minor in due.items() if minor < 0 and is_last}
    moved = dict(zip(funds, parts, strict=True)) | short
    book.post(
        entity_id=claim.entity_id,
        key=f"claim:{claim.pk}:pay:{payment.pk}",
        reason=Reason.GIFT_AID_PAID,
        cause=f"claim:{claim.pk}",
        actor=actor,
        happened_on=periods.open_day(entity_id=claim.entity_id, day=payment.paid_on),
        legs=legs(moved, debit=payment.place_id, credit="gift_aid_due"),
    )
    claim.paid_minor = now
    claim.state = ClaimState.PAID if now == claim.due_minor else ClaimState.PART
    claim.save(update_fields=["paid_minor", "state"])
    _record(claim, "paid", actor, payment.amount_minor)


def due_by_fund(claim: Claim) -> dict[int, int]:
    """What the tax office was asked for, by fund; below zero where more was owed."""
    due = by_fund(claim.lines.all())
    for fund_id, minor in overclaims.by_fund_of(claim).items():
        due[fund_id] = due.get(fund_id, 0) - minor
    return due


def _lock(claim_id: int, state: ClaimState) -> Claim:
    claim = Claim.objects.select_for_update(no_key=True).filter(pk=claim_id).first()
    if claim is None or claim.state != state:
        raise NotThatState(_("This claim has been sent or dropped already."))
    return claim


def _record(claim: Claim, what: str, actor: str, minor: int | None = None) -> None:
    log.record(
        actor=actor,
        action=f"claim.{what}",
        subject=f"claim:{claim.pk}",
        minor=claim.due_minor if minor is None else minor,
        currency="GBP",
    )
