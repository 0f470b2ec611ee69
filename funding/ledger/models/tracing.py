"""Which penny paid for what: every fund's money on an axis of pennies, first in, first out.

An axis begins at nought and grows at its end. A position on it, once written, is the
definition of "first". See `funding.ledger.axes` for the rules.
"""

from django.db import models
from django.db.models import F, Q

from funding.ledger.models.funds import Fund
from funding.ledger.models.journal import Entry


class Traced(models.Model):
    """The place of an entry in the order of tracing; empty while it waits to be traced.

    Entries are not committed in the order of their ids, so no mark of the last one could tell
    which were seen. The place also tells in which order to trace them again.
    """

    entry = models.OneToOneField(
        Entry,
        primary_key=True,
        on_delete=models.DO_NOTHING,
        related_name="+",
        db_constraint=False,
    )
    place = models.BigIntegerField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "traced"
        constraints = [
            models.UniqueConstraint(fields=["place"], name="traced_place_is_one_entry"),
        ]
        indexes = [
            models.Index(fields=["entry"], condition=Q(place=None), name="traced_waiting"),
        ]

    def __str__(self) -> str:
        return f"{self.entry_id} {self.place}"


class Finality(models.Model):
    """The value of a gift became final later, and left nothing to book that could say so.

    Names the entry that brought the gift. `place` is the place of the last entry that was
    traced before it, so that tracing it again comes in the same order; empty while it waits.
    """

    entry = models.OneToOneField(
        Entry, primary_key=True, on_delete=models.PROTECT, related_name="+"
    )
    final_at = models.DateTimeField()
    place = models.BigIntegerField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "finalities"
        indexes = [
            models.Index(fields=["entry"], condition=Q(place=None), name="finality_waiting"),
        ]

    def __str__(self) -> str:
        return f"{self.entry_id} {self.place}"


class Lot(models.Model):
    """Pennies that joined a fund: from outside, or from where they had been before.

    `cause` brought them. With an origin they are the same pennies as those that begin at
    `origin_start` on the axis of `origin_fund`, one by one.
    """

    fund = models.ForeignKey(Fund, on_delete=models.PROTECT, related_name="+", db_index=False)
    start = models.BigIntegerField()
    stop = models.BigIntegerField(help_text="The position after the last penny.")
    cause = models.CharField(max_length=80)
    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="+", db_index=False)
    origin_fund = models.ForeignKey(
        Fund, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    origin_start = models.BigIntegerField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(start__gte=0, stop__gt=F("start")), name="lot_has_pennies"
            ),
            models.CheckConstraint(
                condition=Q(origin_fund=None, origin_start=None)
                | Q(origin_fund__isnull=False, origin_start__isnull=False, origin_start__gte=0),
                name="lot_origin_is_whole",
            ),
            models.UniqueConstraint(fields=["fund", "start"], name="lot_begins_once"),
        ]
        indexes = [
            models.Index(fields=["cause", "fund"], name="lot_of_cause"),
            models.Index(
                fields=["origin_fund", "origin_start"],
                condition=Q(origin_fund__isnull=False),
                name="lot_of_origin",
            ),
        ]

    def __str__(self) -> str:
        return f"fund {self.fund_id} {self.start}-{self.stop} {self.cause}"


class DemandKind(models.TextChoices):
    """What asks for the next pennies of a fund."""

    AWARD = "award", "Award"
    TRANSFER = "transfer", "Transfer to another fund"
    COST = "cost", "Cost of the fund itself"
    RECOVER = "recover", "In place of pennies that were taken back"


class Demand(models.Model):
    """A sum that a fund pays with its next pennies, or with those that come.

    `filled_minor` has its pennies, `waiting_minor` waits for some. The last `returned_minor`
    of those filled came back. What is neither was given up before it had any.
    """

    fund = models.ForeignKey(Fund, on_delete=models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(max_length=10, choices=DemandKind)
    cause = models.CharField(max_length=80)
    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="+", db_index=False)
    amount_minor = models.BigIntegerField()
    filled_minor = models.BigIntegerField(default=0)
    waiting_minor = models.BigIntegerField()
    returned_minor = models.BigIntegerField(default=0)
    # A transfer's money goes on to this fund.
    target = models.ForeignKey(
        Fund, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    # The pennies of this axis in whose place the demand stands begin here.
    instead_of = models.BigIntegerField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=DemandKind.values), name="demand_kind_is_known"
            ),
            models.CheckConstraint(
                condition=Q(filled_minor__gte=0, waiting_minor__gte=0, amount_minor__gt=0)
                & Q(amount_minor__gte=F("filled_minor") + F("waiting_minor")),
                name="demand_takes_no_more_than_its_sum",
            ),
            models.CheckConstraint(
                condition=Q(returned_minor__gte=0, returned_minor__lte=F("filled_minor")),
                name="demand_returns_what_it_had",
            ),
            models.CheckConstraint(
                condition=Q(kind=DemandKind.TRANSFER, target__isnull=False)
                | ~Q(kind=DemandKind.TRANSFER) & Q(target=None),
                name="demand_transfer_has_a_target",
            ),
            models.CheckConstraint(
                condition=Q(kind=DemandKind.RECOVER, instead_of__isnull=False, instead_of__gte=0)
                | ~Q(kind=DemandKind.RECOVER) & Q(instead_of=None),
                name="demand_recovers_certain_pennies",
            ),
        ]
        indexes = [
            models.Index(fields=["cause", "fund"], name="demand_of_cause"),
            models.Index(
                fields=["fund", "id"], condition=Q(waiting_minor__gt=0), name="demand_waiting"
            ),
            models.Index(
                fields=["fund", "instead_of"],
                condition=Q(instead_of__isnull=False),
                name="demand_instead_of",
            ),
        ]

    def __str__(self) -> str:
        return f"fund {self.fund_id} {self.kind} {self.cause} {self.amount_minor}"


class Segment(models.Model):
    """Pennies that a demand took. `offset` counts the demand's pennies before these."""

    fund = models.ForeignKey(Fund, on_delete=models.PROTECT, related_name="+", db_index=False)
    start = models.BigIntegerField()
    stop = models.BigIntegerField()
    demand = models.ForeignKey(
        Demand, on_delete=models.PROTECT, related_name="segments", db_index=False
    )
    offset = models.BigIntegerField()
    entry = models.ForeignKey(
        Entry,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        help_text="What let the demand have them: its own, or one that brought money.",
    )

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(start__gte=0, stop__gt=F("start")), name="segment_has_pennies"
            ),
            models.UniqueConstraint(fields=["fund", "start"], name="segment_begins_once"),
            models.UniqueConstraint(fields=["demand", "offset"], name="segment_of_demand"),
        ]

    def __str__(self) -> str:
        return f"fund {self.fund_id} {self.start}-{self.stop} for {self.demand_id}"


class Gap(models.Model):
    """Pennies that are no longer their giver's, or that are gone.

    Spent ones stay where they are, and another demand brings others in their place; unspent
    ones are passed over from now on.
    """

    fund = models.ForeignKey(Fund, on_delete=models.PROTECT, related_name="+", db_index=False)
    start = models.BigIntegerField()
    stop = models.BigIntegerField()
    is_spent = models.BooleanField()
    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(start__gte=0, stop__gt=F("start")), name="gap_has_pennies"
            ),
            models.UniqueConstraint(fields=["fund", "start"], name="gap_begins_once"),
        ]

    def __str__(self) -> str:
        return f"fund {self.fund_id} {self.start}-{self.stop}"
