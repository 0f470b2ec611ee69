"""The papers that gifts earn."""

from django.db import models
from django.db.models import Q

from donors.models.gifts import Gift


class ReceiptState(models.TextChoices):
    """States of the paper that a gift earns."""

    DUE = "due", "To be issued"
    ISSUED = "issued", "Issued"
    NOT_NEEDED = "not_needed", "Given back before it was issued"


class Receipt(models.Model):
    """One version of a gift's receipt. A correction is a further row, never a change.

    `gives_minor` is what this version confirms: the gift and cover less what had been given
    back when it fell due.
    """

    gift = models.ForeignKey(Gift, on_delete=models.PROTECT, related_name="receipts")
    version = models.PositiveSmallIntegerField(default=1)
    gives_minor = models.BigIntegerField()
    state = models.CharField(max_length=10, choices=ReceiptState, default=ReceiptState.DUE)
    document = models.OneToOneField(
        "documents.Document", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField()
    due_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    mailed_at = models.DateTimeField(null=True, blank=True, help_text="Put into the outbox.")
    # A machine that cannot make PDFs sends the words first and owes the paper.
    owes_document = models.BooleanField(default=False)
    error = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["gift", "version"], name="receipt_version_once"),
            models.CheckConstraint(condition=Q(gives_minor__gt=0), name="receipt_confirms_money"),
            models.CheckConstraint(
                condition=Q(state=ReceiptState.ISSUED, document__isnull=False)
                | ~Q(state=ReceiptState.ISSUED) & Q(document__isnull=True),
                name="receipt_issued_has_its_document",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=Q(state=ReceiptState.DUE)
                | Q(state=ReceiptState.ISSUED, mailed_at__isnull=True)
                | Q(owes_document=True),
                name="receipt_waiting",
            ),
        ]

    def __str__(self) -> str:
        return f"receipt {self.gift_id}/{self.version}"
