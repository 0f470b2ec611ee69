"""What comes past Stripe: lines of bank statements, and what they turned out to be."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Abs

from funding.money import Money

_ISO = r"^[A-Z]{3}$"


class BankLine(models.Model):
    """One line of the statement of a bank account: money that came (above zero) or went.

    It is booked when it is written down, against money not yet understood. Its parts say what
    it turned out to be, and until then it waits there.
    """

    entity = models.ForeignKey("parties.Entity", on_delete=models.PROTECT, related_name="+")
    place = models.ForeignKey("ledger.Account", on_delete=models.PROTECT, related_name="+")
    booked_on = models.DateField(help_text="The day on the statement.")
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    matched_minor = models.BigIntegerField(default=0, help_text="Explained by parts, above zero.")
    payer_name = models.CharField(max_length=140, blank=True)
    payer_iban = models.CharField(max_length=34, blank=True)
    text = models.CharField(max_length=600, blank=True, help_text="What the payer wrote.")
    # The bank's own name of the line, or a mark made of all that it says.
    reference = models.CharField(max_length=140)
    entered_by = models.CharField(max_length=60)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["-booked_on", "-id"]
        constraints = [
            models.CheckConstraint(condition=~Q(amount_minor=0), name="bankline_moves_money"),
            models.CheckConstraint(
                condition=Q(currency__regex=_ISO), name="bankline_currency_is_iso"
            ),
            models.CheckConstraint(
                condition=Q(matched_minor__gte=0, matched_minor__lte=Abs(F("amount_minor"))),
                name="bankline_explains_no_more_than_it_moved",
            ),
            models.CheckConstraint(condition=~Q(reference=""), name="bankline_has_its_reference"),
            models.UniqueConstraint(fields=["place", "reference"], name="bankline_comes_once"),
        ]
        indexes = [
            models.Index(
                fields=["booked_on", "id"],
                condition=~Q(matched_minor=Abs(F("amount_minor"))),
                name="bankline_open",
            ),
            models.Index(
                fields=["payer_iban"], condition=~Q(payer_iban=""), name="bankline_of_payer"
            ),
        ]

    def __str__(self) -> str:
        return f"bank line {self.pk}"

    @property
    def amount(self) -> Money:
        """What came, or below zero what went."""
        return Money(self.amount_minor, self.currency)

    @property
    def left_minor(self) -> int:
        """What nobody has explained yet, above zero whichever way it went."""
        return abs(self.amount_minor) - self.matched_minor

    @property
    def left(self) -> Money:
        """The same as money."""
        return Money(self.left_minor, self.currency)


class BankPart(models.Model):
    """What a part of a bank line turned out to be: a gift, or something booked before.

    `amount_minor` is above zero whichever way the line went. `target` names the row: 'gift:7'.
    """

    token = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    line = models.ForeignKey(BankLine, on_delete=models.PROTECT, related_name="parts")
    amount_minor = models.BigIntegerField()
    kind = models.CharField(max_length=20, help_text="Which of the registered targets.")
    target = models.CharField(max_length=80)
    made_by = models.CharField(max_length=60)
    made_at = models.DateTimeField()
    undone_by = models.CharField(max_length=60, blank=True)
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_why = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="bankpart_moves_money"),
            models.CheckConstraint(
                condition=Q(undone_at__isnull=True, undone_by="", undone_why="")
                | Q(undone_at__isnull=False) & ~Q(undone_by="") & ~Q(undone_why=""),
                name="bankpart_is_undone_with_a_reason",
            ),
            # What is in the books already explains one line, and a gift is made of one.
            models.UniqueConstraint(
                fields=["kind", "target"],
                condition=Q(undone_at__isnull=True, kind__in=["gift", "booked"]),
                name="bankpart_explains_once",
            ),
        ]
        indexes = [
            models.Index(fields=["target"], name="bankpart_of_target"),
        ]

    def __str__(self) -> str:
        return f"bank part {self.pk}"

    @property
    def amount(self) -> Money:
        """The part as money, above zero."""
        return Money(self.amount_minor, self.line.currency)


class CostState(models.TextChoices):
    """How far a cost over the limit has come."""

    PROPOSED = "proposed", "Waits for a second person"
    BOOKED = "booked", "Booked"
    DECLINED = "declined", "Declined"


class CostProposal(models.Model):
    """One person's word that the rest of a line is a cost or other income, over the limit.

    `amount_minor` is above zero whichever way the line went.
    """

    line = models.ForeignKey(BankLine, on_delete=models.PROTECT, related_name="costs")
    fund = models.ForeignKey("ledger.Fund", on_delete=models.PROTECT, related_name="+")
    amount_minor = models.BigIntegerField()
    reason = models.CharField(max_length=200)
    state = models.CharField(max_length=8, choices=CostState, default=CostState.PROPOSED)
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    proposed_at = models.DateTimeField()
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(amount_minor__gt=0), name="costproposal_moves_money"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="costproposal_has_a_reason"),
            models.CheckConstraint(
                condition=Q(
                    state=CostState.PROPOSED, decided_by__isnull=True, decided_at__isnull=True
                )
                | Q(state__in=[CostState.BOOKED, CostState.DECLINED])
                & Q(decided_by__isnull=False, decided_at__isnull=False)
                & ~Q(decided_by=F("proposed_by")),
                name="costproposal_takes_two",
            ),
            models.UniqueConstraint(
                fields=["line"],
                condition=Q(state=CostState.PROPOSED),
                name="costproposal_is_one_per_line",
            ),
        ]

    def __str__(self) -> str:
        return f"cost {self.pk}"

    @property
    def amount(self) -> Money:
        """The sum, above zero."""
        return Money(self.amount_minor, self.line.currency)


class StatementSpan(models.Model):
    """What a statement that was taken in covers: from which balance to which, on which days.

    Only statements that tell both balances, and whose lines add up from one to the other.
    """

    place = models.ForeignKey("ledger.Account", on_delete=models.PROTECT, related_name="+")
    starts_on = models.DateField()
    ends_on = models.DateField()
    currency = models.CharField(max_length=3)
    opening_minor = models.BigIntegerField()
    closing_minor = models.BigIntegerField()
    number = models.CharField(max_length=60, blank=True, help_text="The bank's own.")
    taken_by = models.CharField(max_length=60)
    taken_at = models.DateTimeField()

    class Meta:
        ordering = ["starts_on", "ends_on", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")), name="statementspan_ends_after_it_starts"
            ),
            models.CheckConstraint(
                condition=Q(currency__regex=_ISO), name="statementspan_currency_is_iso"
            ),
            models.UniqueConstraint(
                fields=["place", "starts_on", "ends_on", "opening_minor", "closing_minor"],
                name="statementspan_is_kept_once",
            ),
        ]

    def __str__(self) -> str:
        return f"statement of {self.place_id}, {self.starts_on} to {self.ends_on}"

    @property
    def opening(self) -> Money:
        """The balance before its first line."""
        return Money(self.opening_minor, self.currency)

    @property
    def closing(self) -> Money:
        """The balance after its last line."""
        return Money(self.closing_minor, self.currency)
