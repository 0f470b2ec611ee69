"""Entries as donors and grants write them, for the tests of tracing, with round figures."""

import itertools
from dataclasses import dataclass

from django.db import transaction

from funding import clock
from funding.ledger import book
from funding.ledger.book import Leg
from funding.ledger.models import Fund, Reason
from funding.money import Money
from tests.ledger.making import DAY, World

_numbers = itertools.count(1)


@dataclass
class Books:
    """Writes the journal of one entity; every cause by its name."""

    world: World

    def post(
        self, cause: str, reason: Reason, *legs: tuple[str, Fund, int], final: bool = False
    ) -> int:
        """One entry of legs (account, fund, minor units)."""
        with transaction.atomic():
            entry_id = book.post(
                entity_id=self.world.entity.pk,
                key=f"{cause}:step-{next(_numbers)}",
                reason=reason,
                cause=cause,
                actor="system",
                happened_on=DAY,
                legs=[
                    Leg(account, fund.pk, Money(minor, fund.currency))
                    for account, fund, minor in legs
                ],
                final_at=clock.now() if final else None,
            )
            book.settle_constraints()
        return entry_id

    def gift(self, cause: str, *lines: tuple[Fund, int], fee: int = 0) -> None:
        """A gift that is paid and whose fee of so much a line is known, so that it is final."""
        self.promise(cause, *lines)
        self.value(cause, *(fund for fund, _minor in lines), fee=fee)

    def promise(self, cause: str, *lines: tuple[Fund, int]) -> None:
        """A gift that is paid, its fee not known yet."""
        clearing = self.world.clearing
        legs = [
            leg
            for fund, minor in lines
            for leg in ((clearing, fund, minor), ("gifts", fund, -minor))
        ]
        self.post(cause, Reason.GIFT, *legs)

    def value(self, cause: str, *funds: Fund, fee: int = 0) -> None:
        """What was kept of each line. Without a fee the value comes from abroad and is whole."""
        clearing = self.world.clearing
        if fee:
            legs = [
                leg
                for fund in funds
                for leg in (("payment_fees", fund, fee), (clearing, fund, -fee))
            ]
            self.post(cause, Reason.FEE, *legs, final=True)
        else:
            moves = [leg for fund in funds for leg in (("gifts", fund, 1), ("fee_cover", fund, -1))]
            self.post(cause, Reason.FEE, *moves, final=True)

    def refund(self, cause: str, fund: Fund, minor: int, reason: Reason = Reason.REFUND) -> None:
        """Money of a gift that goes back; below zero it comes again."""
        self.post(cause, reason, ("refunds", fund, minor), (self.world.clearing, fund, -minor))

    def award(self, cause: str, *parts: tuple[Fund, int]) -> None:
        """An award is adopted."""
        self.post(cause, Reason.AWARD, *self._promised(-1, parts))

    def cancel(self, cause: str, *parts: tuple[Fund, int]) -> None:
        """What was promised is free again."""
        self.post(cause, Reason.AWARD_CANCELLED, *self._promised(1, parts))

    def pay(self, cause: str, fund: Fund, minor: int, fee: int = 0) -> None:
        """A payment falls due and is paid; the bank keeps a fee."""
        bank = self.world.bank
        due = (("grants", fund, minor), ("payable", fund, -minor))
        self.post(cause, Reason.AWARD_DUE, *self._promised(1, [(fund, minor)]), *due)
        paid = (("payable", fund, minor), (bank, fund, -minor))
        kept = (("bank_fees", fund, fee), (bank, fund, -fee)) if fee else ()
        self.post(cause, Reason.AWARD_PAID, *paid, *kept)

    def come_back(self, cause: str, fund: Fund, minor: int) -> None:
        """Money that was paid comes back unspent."""
        legs = ((self.world.bank, fund, minor), ("grants", fund, -minor))
        self.post(cause, Reason.AWARD_RETURNED, *legs)

    def transfer(self, cause: str, source: Fund, target: Fund, minor: int) -> None:
        """Money moves to another fund."""
        bank = self.world.bank
        self.post(
            cause,
            Reason.TRANSFER,
            ("transfers", source, minor),
            (bank, source, -minor),
            (bank, target, minor),
            ("transfers", target, -minor),
        )

    def cost(self, cause: str, fund: Fund, minor: int) -> None:
        """Something that the fund itself pays for."""
        self.post(
            cause, Reason.STRIPE_FEE, ("bank_fees", fund, minor), (self.world.bank, fund, -minor)
        )

    @staticmethod
    def _promised(
        sign: int, parts: "list[tuple[Fund, int]] | tuple[tuple[Fund, int], ...]"
    ) -> list[tuple[str, Fund, int]]:
        return [
            leg
            for fund, minor in parts
            for leg in (
                ("committed", fund, sign * minor),
                ("committed_contra", fund, -sign * minor),
            )
        ]
