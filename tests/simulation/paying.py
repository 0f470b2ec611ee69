"""The way of an award's money: asked for, checked, released, turned down, ended, given back."""

from collections.abc import Callable, Sequence
from typing import Final, Protocol

from funding import clock
from funding.errors import Refused
from funding.ledger.models import Account, Kind
from funding.money import Money
from funding.users.models import Role
from grants import (
    disbursements,
    endings,
    payees,
    screenings,
)
from grants.models import (
    Award,
    AwardState,
    Disbursement,
    DisbursementState,
    ScreeningResult,
)
from tests.people import make_person
from tests.simulation.plan import COMMITTEE, Facts
from tests.simulation.stage import Stage

ACCOUNTS: Final = ("SE45 5000 0000 0583 9825 7466", "DE89 3704 0044 0532 0130 00")
_OPEN: Final = (DisbursementState.REQUESTED, DisbursementState.CHECKED)


class AtOnce(Protocol):
    """Does several things at the same moment."""

    def __call__(self, deeds: Sequence[Callable[[], object]]) -> None:
        """Each with a database connection of its own."""


class Paying:
    """The people who move an award's money, and those of the committee who may."""

    def __init__(self, stage: Stage, at_once: AtOnce) -> None:
        self.stage, self.at_once = stage, at_once
        self.asel = make_person("asel@steppe.example", "Asel")
        self.members = [
            make_person(f"member{number}@fund.example", f"Member {number}", role)
            for number, role in enumerate([Role.CHAIR, Role.CHAIR, *[Role.COMMITTEE] * 3])
        ]
        assert len(self.members) == COMMITTEE
        self.pat = make_person("pat@fund.example", "Pat", Role.OFFICER)
        self.tara = make_person("tara@fund.example", "Tara", Role.TREASURER)
        self.tove = make_person("tove@fund.example", "Tove", Role.TREASURER)

    def pay_out(self, facts: Facts) -> None:
        """The next step of an award's payment, perhaps twice at once, or while the account
        changes."""
        award = self._award(facts)
        if award is None:
            return
        if not award.bank_details.exists():
            self._enter(award, ACCOUNTS[0])
        payment = award.disbursements.filter(state__in=_OPEN).order_by("pk").first()
        if payment is None:
            deed = lambda: self._request(award, facts)  # noqa: E731
        elif payment.state == DisbursementState.REQUESTED:
            deed = lambda: self._check(payment)  # noqa: E731
        else:
            self._screen(award)
            deed = lambda: self._release(payment, facts)  # noqa: E731
        deeds: list[Callable[[], object]] = [deed] * facts["times"]
        if facts["new_account"]:
            now = award.bank_details.order_by("-pk").first()
            assert now is not None
            other = next(each for each in ACCOUNTS if each.replace(" ", "") != now.iban)
            deeds.append(lambda: self._enter(award, other))
        self.at_once(deeds)

    def _enter(self, award: Award, iban: str) -> None:
        self.may_refuse(
            lambda: payees.enter_bank_details(
                award_id=award.pk, holder="Steppe Team", iban=iban, by=self.asel
            )
        )

    def _request(self, award: Award, facts: Facts) -> None:
        left = disbursements.left_to_request(award).minor
        minor = max(1, left * facts["percent"] // 100)
        self.may_refuse(
            lambda: disbursements.request(
                award_id=award.pk, amount_minor=minor, purpose="Camera traps", by=self.asel
            )
        )

    def _check(self, payment: Disbursement) -> None:
        self.may_refuse(
            lambda: disbursements.check(
                disbursement_id=payment.pk, bank_sha256=payment.bank_sha256, by=self.pat
            )
        )

    def _screen(self, award: Award) -> None:
        self.may_refuse(
            lambda: screenings.record(
                award_id=award.pk,
                names="Steppe Team",
                list_name="Example list",
                list_date=clock.today("UTC"),
                result=ScreeningResult.NO_MATCH,
                note="Looked up the name.",
                by=self.tove,
            )
        )

    def _release(self, payment: Disbursement, facts: Facts) -> None:
        is_abroad = facts["abroad"]
        sent = Money(payment.amount_minor * (10 if is_abroad else 1), "SEK" if is_abroad else "EUR")
        told = disbursements.Payment(
            paid_on=clock.today(self.stage.entity.zone),
            place=self.bank,
            sent=sent,
            rate="10.0000" if is_abroad else "",
            fee_minor=facts["fee"],
            reference=f"BANK {payment.pk}",
        )
        self.may_refuse(
            lambda: disbursements.release(
                disbursement_id=payment.pk,
                bank_sha256=payment.bank_sha256,
                payment=told,
                by=self.tara,
            )
        )

    def refuse_payment(self, facts: Facts) -> None:
        """A payment that has not left is turned down, while somebody else goes on with it."""
        waiting = Disbursement.objects.filter(state__in=_OPEN).order_by("pk")
        payment = waiting[facts["skip"] :].first()
        if payment is None:
            return
        decline = lambda: self.may_refuse(  # noqa: E731
            lambda: disbursements.decline(disbursement_id=payment.pk, why="Not yet.", by=self.pat)
        )
        self.at_once([decline, lambda: self._check(payment)][: facts["times"]])

    def end_award(self, facts: Facts) -> None:
        """What an award has not paid yet is set free, perhaps while it is asked for."""
        award = self._award(facts)
        if award is None:
            return
        end = lambda: self.may_refuse(  # noqa: E731
            lambda: endings.cancel_rest(
                award_id=award.pk, reason="The work has ended.", by=self.members[0]
            )
        )
        self.at_once([end, lambda: self._request(award, facts)][: facts["times"]])

    def return_money(self, facts: Facts) -> None:
        """Part of what was paid comes back unspent; the same news may come twice."""
        paid = Disbursement.objects.filter(state=DisbursementState.RELEASED).order_by("pk")
        payment = paid[facts["skip"] :].first()
        if payment is None:
            return
        minor = max(1, payment.amount_minor * facts["percent"] // 100)
        give = lambda: self.may_refuse(  # noqa: E731
            lambda: endings.record_return(
                award_id=payment.award_id,
                amount_minor=minor,
                returned_on=clock.today(self.stage.entity.zone),
                place=self.bank,
                reference=f"BACK {payment.pk} {facts['percent']}",
                by=self.tara,
            )
        )
        self.at_once([give] * facts["times"])

    @property
    def bank(self) -> str:
        """The code of the account that awards are paid from."""
        return Account.objects.get(entity=self.stage.entity, kind=Kind.BANK).code

    def _award(self, facts: Facts) -> Award | None:
        active = Award.objects.filter(state=AwardState.ACTIVE).order_by("pk")
        return active[facts["skip"] :].first() or active.first()

    def may_refuse(self, deed: Callable[[], object]) -> None:
        """Do it; a refusal is an answer."""
        try:
            deed()
        except Refused:
            self.stage.counts["refused"] += 1
