"""Awards are paid: accounts, looks into lists, three people for each payment, and endings."""

import dataclasses
from collections.abc import Callable
from functools import partial
from typing import Final

from funding import clock
from funding.money import Money
from funding.sandbox.demo import applying, people
from funding.sandbox.demo.catalogue.calls import PROJECTS
from funding.sandbox.demo.catalogue.payments import ACCOUNTS, STEPS, Step
from funding.sandbox.demo.scenes import Days, Scene
from grants import bank_details, disbursements, endings, payees, screenings, tranches
from grants.disbursements import Payment
from grants.models import (
    Award,
    Cancellation,
    Disbursement,
    DisbursementState,
    Return,
    ScreeningResult,
)

_BANK: Final = "bank:main"
_LIST: Final = "Consolidated list of financial sanctions of the European Union"


def scenes(_days: Days) -> list[Scene]:
    """Every step of every payment."""
    return [Scene(step.days_ago, partial(play, step)) for step in STEPS]


def play(step: Step) -> None:
    """One step, unless it was taken before."""
    _ACTS[step.act](step, Award.objects.get(application=applying.application_of(step.ref)))


def _bank(step: Step, award: Award) -> None:
    if award.bank_details.count() < step.number:
        account = ACCOUNTS[step.ref][step.number - 1]
        payees.enter_bank_details(
            award_id=award.pk, by=people.one(step.by), **dataclasses.asdict(account)
        )


def _look(step: Step, award: Award) -> None:
    if award.screenings.count() >= step.number:
        return
    details = bank_details.current(award.pk)
    assert details is not None
    applicant = people.one(PROJECTS[step.ref].applicant).name
    screenings.record(
        award_id=award.pk,
        names="\n".join((details.holder, applicant, details.bank_name)),
        list_name=_LIST,
        list_date=clock.today("UTC"),
        result=ScreeningResult(step.rate or ScreeningResult.NO_MATCH),
        note=step.text,
        by=people.one(step.by),
    )


def _ask(step: Step, award: Award) -> None:
    if award.disbursements.count() >= step.number:
        return
    due = {each.number: each.amount.minor for each in tranches.of(award)}
    disbursements.request(
        award_id=award.pk,
        amount_minor=step.minor if step.part is None else due[step.part],
        purpose=step.text,
        tranche=step.part,
        by=people.one(step.by),
    )


def _check(step: Step, award: Award) -> None:
    row = _row(step, award)
    if row.state == DisbursementState.REQUESTED:
        disbursements.check(
            disbursement_id=row.pk, bank_sha256=row.bank_sha256, by=people.one(step.by)
        )


def _release(step: Step, award: Award) -> None:
    row = _row(step, award)
    if row.state != DisbursementState.CHECKED:
        return
    currency, minor = step.sent
    payment = Payment(
        paid_on=clock.today(award.entity.zone),
        place=_BANK,
        sent=Money(minor or row.amount_minor, currency),
        rate=step.rate,
        fee_minor=step.fee_minor,
        reference=step.text,
    )
    disbursements.release(
        disbursement_id=row.pk,
        bank_sha256=row.bank_sha256,
        payment=payment,
        by=people.one(step.by),
    )


def _decline(step: Step, award: Award) -> None:
    row = _row(step, award)
    if row.state in {DisbursementState.REQUESTED, DisbursementState.CHECKED}:
        disbursements.decline(disbursement_id=row.pk, why=step.text, by=people.one(step.by))


def _cancel(step: Step, award: Award) -> None:
    if not Cancellation.objects.filter(award=award).exists():
        endings.cancel_rest(award_id=award.pk, reason=step.text, by=people.one(step.by))


def _return(step: Step, award: Award) -> None:
    if not Return.objects.filter(award=award).exists():
        endings.record_return(
            award_id=award.pk,
            amount_minor=step.minor,
            returned_on=clock.today(award.entity.zone),
            place=_BANK,
            reference=step.text,
            by=people.one(step.by),
        )


def _row(step: Step, award: Award) -> Disbursement:
    return award.disbursements.get(number=step.number)


_ACTS: Final[dict[str, Callable[[Step, Award], None]]] = {
    "bank": _bank,
    "look": _look,
    "ask": _ask,
    "check": _check,
    "release": _release,
    "decline": _decline,
    "cancel": _cancel,
    "return": _return,
}
