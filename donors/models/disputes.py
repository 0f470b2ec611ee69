"""What banks take back: disputes, the warnings before them, and the money that they moved.

A dispute is followed as Stripe tells it, a status unknown to us included. Money is booked only
from the balance transactions behind it, one row each.
"""

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from donors.models.gifts import Gift
from funding.money import Money

_ISO = r"^[A-Z]{3}$"


class DisputeStatus(models.TextChoices):
    """Stripe's words for how a dispute stands. Others may come, and are kept as they are."""

    WARNING_NEEDS_RESPONSE = "warning_needs_response", _("The bank asks, no money taken")
    WARNING_UNDER_REVIEW = "warning_under_review", _("The bank looks at our answer")
    WARNING_CLOSED = "warning_closed", _("The bank's question is closed")
    NEEDS_RESPONSE = "needs_response", _("Waits for our answer")
    UNDER_REVIEW = "under_review", _("The bank looks at our evidence")
    WON = "won", _("Won")
    LOST = "lost", _("Lost")
    PREVENTED = "prevented", _("Stopped before it cost anything")
    APPEAL_NEEDS_RESPONSE = "appeal_needs_response", _("Lost, can be appealed")
    APPEAL_UNDER_REVIEW = "appeal_under_review", _("Appealed, the bank looks at it")


ASKING = (
    DisputeStatus.NEEDS_RESPONSE,
    DisputeStatus.WARNING_NEEDS_RESPONSE,
    DisputeStatus.APPEAL_NEEDS_RESPONSE,
)
ENDED = (
    DisputeStatus.WON,
    DisputeStatus.LOST,
    DisputeStatus.WARNING_CLOSED,
    DisputeStatus.PREVENTED,
)


class Intent(models.TextChoices):
    """What a treasurer has decided and Stripe has not been told yet."""

    NOTHING = "", _("Nothing")
    SUBMIT = "submit", _("Send the evidence")
    ACCEPT = "accept", _("Accept the loss")


class Dispute(models.Model):
    """One dispute of one gift, as Stripe told it last, and our answer to it."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    stripe_id = models.CharField(max_length=255, unique=True)
    gift = models.ForeignKey(Gift, on_delete=models.PROTECT, related_name="disputes")
    status = models.CharField(max_length=60, help_text="Stripe's word.")
    reason = models.CharField(max_length=60, blank=True)
    case_type = models.CharField(max_length=40, blank=True)
    network_code = models.CharField(max_length=40, blank=True)
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField(help_text="What is disputed of the gift.")
    is_refundable = models.BooleanField(default=False)
    opened_at = models.DateTimeField()
    due_by = models.DateTimeField(null=True, blank=True)
    is_past_due = models.BooleanField(default=False)
    submissions = models.PositiveSmallIntegerField(default=0, help_text="Counted by Stripe.")
    told_at = models.DateTimeField(help_text="When Stripe was asked last.")
    ended_at = models.DateTimeField(null=True, blank=True)

    # Our side: the words by their name at Stripe; the files are rows of their own.
    evidence = models.JSONField(default=dict, blank=True)
    intent = models.CharField(max_length=8, choices=Intent, blank=True, default=Intent.NOTHING)
    intent_by = models.CharField(max_length=60, blank=True)
    intent_why = models.CharField(max_length=400, blank=True)
    intent_at = models.DateTimeField(null=True, blank=True)
    # How often Stripe had our evidence when we decided to send it: more says that it arrived.
    intent_after = models.PositiveSmallIntegerField(default=0)
    key_version = models.PositiveSmallIntegerField(default=1)
    submitted_at = models.DateTimeField(null=True, blank=True)
    accepted_at = models.DateTimeField(null=True, blank=True)
    refused_why = models.CharField(
        max_length=400, blank=True, help_text="What Stripe said to an answer it did not take."
    )
    due_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="dispute_is_about_money"),
            models.CheckConstraint(
                condition=Q(currency__regex=_ISO), name="dispute_currency_is_iso"
            ),
            models.CheckConstraint(condition=~Q(status=""), name="dispute_has_a_status"),
            models.CheckConstraint(
                condition=Q(intent=Intent.NOTHING)
                | Q(intent__in=[Intent.SUBMIT, Intent.ACCEPT], intent_at__isnull=False)
                & ~Q(intent_by="")
                & ~Q(intent_why=""),
                name="dispute_intent_has_its_person_and_reason",
            ),
            models.CheckConstraint(
                condition=Q(status__in=ENDED, ended_at__isnull=False)
                | ~Q(status__in=ENDED) & Q(ended_at__isnull=True),
                name="dispute_status_fits_its_end",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=~Q(status__in=ENDED) | ~Q(intent=""),
                name="dispute_waiting",
            ),
            models.Index(fields=["-opened_at"], name="dispute_by_opened"),
        ]

    def __str__(self) -> str:
        return f"dispute {self.uuid}"

    @property
    def amount(self) -> Money:
        """What is disputed, as money."""
        return Money(self.amount_minor, self.currency)

    @property
    def is_ended(self) -> bool:
        """Whether Stripe has closed it. A loss may still be turned by an appeal."""
        return self.status in ENDED

    @property
    def asks_us(self) -> bool:
        """Whether the bank waits for our answer, as Stripe tells it."""
        return self.status in ASKING

    @property
    def is_appeal(self) -> bool:
        """Whether it was lost and Stripe takes an appeal from us."""
        return self.status == DisputeStatus.APPEAL_NEEDS_RESPONSE

    @property
    def is_open_to_us(self) -> bool:
        """Whether we can answer now: it waits for us, and we have not decided anything."""
        return self.asks_us and not self.intent and not self.is_past_due

    @property
    def status_text(self) -> str:
        """The status for people; one that we do not know as Stripe wrote it."""
        known = dict(DisputeStatus.choices)
        return str(known.get(self.status, self.status))

    @property
    def reason_text(self) -> str:
        """The bank's reason in plain words, without its underscores."""
        return self.reason.replace("_", " ")


class EvidenceFile(models.Model):
    """A paper for the bank: kept here first, then handed to Stripe under a key of its own."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    dispute = models.ForeignKey(Dispute, on_delete=models.PROTECT, related_name="files")
    field = models.CharField(max_length=40, help_text="Its name in Stripe's evidence.")
    name = models.CharField(max_length=120)
    content_type = models.CharField(max_length=40)
    content = models.BinaryField()
    added_by = models.CharField(max_length=60)
    added_at = models.DateTimeField()
    key_version = models.PositiveSmallIntegerField(default=1)
    stripe_id = models.CharField(max_length=255, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["dispute", "field"], name="evidencefile_once_a_field"),
        ]

    def __str__(self) -> str:
        return f"{self.field} of {self.dispute_id}"


class WithdrawalKind(models.TextChoices):
    """Why money left a gift without a refund."""

    DISPUTE = "dispute", _("Dispute")
    LATE_FAILURE = "late_failure", _("Debit that came back")


class Withdrawal(models.Model):
    """One balance transaction that took money of a gift, or brought it back.

    Sums are signed as they move our balance: below zero it was taken, above it came back.
    `fee_minor` is above zero where Stripe charged a fee beside it.
    """

    gift = models.ForeignKey(Gift, on_delete=models.PROTECT, related_name="withdrawals")
    kind = models.CharField(max_length=12, choices=WithdrawalKind)
    source = models.CharField(max_length=255, help_text="The dispute or charge at Stripe.")
    dispute = models.ForeignKey(
        Dispute, null=True, blank=True, on_delete=models.PROTECT, related_name="withdrawals"
    )
    balance_transaction = models.CharField(max_length=255, unique=True)
    amount_minor = models.BigIntegerField(help_text="In the gift's currency.")
    value_currency = models.CharField(max_length=3)
    value_minor = models.BigIntegerField()
    fee_minor = models.BigIntegerField(default=0)
    entry_key = models.CharField(max_length=120, unique=True)
    happened_at = models.DateTimeField()
    booked_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(value_currency__regex=_ISO), name="withdrawal_currency_is_iso"
            ),
            models.CheckConstraint(
                condition=Q(amount_minor__lt=0, value_minor__lte=0)
                | Q(amount_minor__gt=0, value_minor__gte=0)
                | Q(amount_minor=0, value_minor=0),
                name="withdrawal_moves_one_way",
            ),
            models.CheckConstraint(
                condition=Q(kind="dispute", dispute__isnull=False)
                | Q(kind="late_failure", dispute__isnull=True),
                name="withdrawal_of_a_dispute_names_it",
            ),
        ]

    def __str__(self) -> str:
        return f"withdrawal {self.balance_transaction}"


class WarningState(models.TextChoices):
    """What became of a bank's early warning."""

    OPEN = "open", _("Waits for a decision")
    REFUNDED = "refunded", _("Given back")
    KEPT = "kept", _("Kept")
    ENDED = "ended", _("Nothing left to decide")


class EarlyWarning(models.Model):
    """A card's issuer says that a payment is fraud, before anybody disputes it."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    stripe_id = models.CharField(max_length=255, unique=True)
    gift = models.ForeignKey(Gift, on_delete=models.PROTECT, related_name="warnings")
    fraud_type = models.CharField(max_length=60, blank=True)
    is_actionable = models.BooleanField(default=True)
    warned_at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=WarningState, default=WarningState.OPEN)
    decided_by = models.CharField(max_length=60, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_why = models.CharField(max_length=400, blank=True)
    refund = models.ForeignKey(
        "donors.Refund", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state="open", decided_at__isnull=True)
                | ~Q(state="open") & Q(decided_at__isnull=False),
                name="earlywarning_decided_when_closed",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["refunded", "kept"])
                | ~Q(decided_by="") & ~Q(decided_why=""),
                name="earlywarning_decision_has_person_and_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"warning {self.uuid}"

    @property
    def fraud_text(self) -> str:
        """The issuer's word, without its underscores."""
        return self.fraud_type.replace("_", " ")
