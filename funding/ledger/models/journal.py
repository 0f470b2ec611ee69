"""Entries with their postings, the balances folded from them, and periods."""

from django.db import models
from django.db.models import F, Q

from funding.ledger.models.funds import Account, Fund

_ISO = r"^[A-Z]{3}$"


class Reason(models.TextChoices):
    """Why an entry was booked. Statements and tracing read it, so each code means one thing."""

    GIFT = "gift", "Gift received"
    GIFT_VALUE = "gift_value", "Value of a foreign gift known"
    FEE = "fee", "Payment fee"
    REFUND = "refund", "Gift paid back"
    REFUND_RETURNED = "refund_returned", "Refund came back"
    DISPUTE = "dispute", "Taken back in a dispute"
    DISPUTE_REVERSED = "dispute_reversed", "Dispute won, money came again"
    LATE_FAILURE = "late_failure", "Debit came back after it was paid"
    TRANSFER = "transfer", "Transfer between funds"
    OPENING = "opening", "Brought forward"
    HOLD = "hold", "Money held"
    HOLD_RELEASED = "hold_released", "Held money released"
    AWARD = "award", "Awarded"
    AWARD_CANCELLED = "award_cancelled", "Award ended, the rest is free again"
    AWARD_DUE = "award_due", "Payment of an award falls due"
    AWARD_PAID = "award_paid", "Payment of an award"
    AWARD_RETURNED = "award_returned", "Unspent award money came back"
    PAYOUT = "payout", "Payout sent"
    PAYOUT_ARRIVED = "payout_arrived", "Payout at the bank"
    PAYOUT_RETURNED = "payout_returned", "Payout came back"
    STRIPE_FEE = "stripe_fee", "Stripe's own fee"
    RESERVE = "reserve", "Kept back or let go by Stripe"
    SUSPENSE = "suspense", "Money not yet understood"
    RESOLVED = "resolved", "Money understood"
    GIFT_AID = "gift_aid", "Gift Aid claimed"
    GIFT_AID_PAID = "gift_aid_paid", "Gift Aid paid"
    GIFT_AID_OWED = "gift_aid_owed", "Gift Aid owed back"
    REVERSAL = "reversal", "Mistake put right"


class Entry(models.Model):
    """A balanced set of postings with one cause. Written once, put right by a reversal."""

    entity = models.ForeignKey("parties.Entity", on_delete=models.PROTECT, related_name="+")
    key = models.CharField(
        max_length=120, unique=True, help_text="'<noun>:<id>:<verb>'; a repeat books nothing."
    )
    reason = models.CharField(max_length=40, choices=Reason)
    cause = models.CharField(max_length=80, help_text="The row behind it: 'gift:<id>'.")
    actor = models.CharField(max_length=60, help_text="'user:7', 'stripe', 'system'.")
    happened_on = models.DateField(help_text="The day in the entity's calendar.")
    booked_at = models.DateTimeField()
    # For gifts: the instant at which their value in the fund's currency, after their own fee,
    # became final. Tracing reads its first-in, first-out order from here.
    final_at = models.DateTimeField(null=True, blank=True)
    reverses = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="reversed_by"
    )

    class Meta:
        verbose_name_plural = "entries"
        indexes = [
            models.Index(fields=["entity", "happened_on", "id"], name="entry_of_period"),
            models.Index(fields=["cause"], name="entry_of_cause"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(reverses__isnull=True) | ~Q(reverses=F("id")),
                name="entry_does_not_reverse_itself",
            ),
            models.CheckConstraint(
                condition=Q(key__regex=r"^[a-z_]+:[^:]+:[a-z_0-9:.-]+$"),
                name="entry_key_names_its_cause",
            ),
            models.CheckConstraint(
                condition=Q(reason__in=Reason.values), name="entry_reason_is_known"
            ),
        ]

    def __str__(self) -> str:
        return self.key


class Posting(models.Model):
    """One leg of an entry. Written once, together with its siblings."""

    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="postings")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", db_index=False)
    fund = models.ForeignKey(Fund, on_delete=models.PROTECT, related_name="+", db_index=False)
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField(help_text="Debit positive, credit negative.")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(amount_minor=0), name="posting_moves_money"),
            models.CheckConstraint(
                condition=Q(currency__regex=_ISO), name="posting_currency_is_iso"
            ),
        ]
        indexes = [models.Index(fields=["fund", "account", "entry"], name="posting_of_fund")]

    def __str__(self) -> str:
        return f"{self.account_id} {self.amount_minor} {self.currency}"


class Balance(models.Model):
    """The folded sum of an account in a fund and currency: a cache that the fold writes."""

    fund = models.ForeignKey(Fund, on_delete=models.PROTECT, related_name="+", db_index=False)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", db_index=False)
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["fund", "account", "currency"], name="balance_once_per_account"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.fund_id} {self.account_id} {self.amount_minor} {self.currency}"


class BalanceDelta(models.Model):
    """What a posting adds to a balance and the fold has not yet taken in.

    Many writers insert here side by side, where one balance row would make them queue.
    """

    fund = models.ForeignKey(
        Fund, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False
    )
    account = models.ForeignKey(
        Account,
        on_delete=models.DO_NOTHING,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.fund_id} {self.account_id} {self.amount_minor} {self.currency}"


class Period(models.Model):
    """A span of an entity's calendar that can be closed against further entries."""

    entity = models.ForeignKey("parties.Entity", on_delete=models.PROTECT, related_name="periods")
    name = models.CharField(max_length=40)
    starts_on = models.DateField()
    ends_on = models.DateField()
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.CharField(max_length=60, blank=True)

    class Meta:
        ordering = ["entity", "starts_on"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")), name="period_ends_after_it_starts"
            ),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True, closed_by="")
                | Q(closed_at__isnull=False) & ~Q(closed_by=""),
                name="period_closed_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return self.name
