"""What a zoo promises, the invoices that fall due for it, and what was paid on each."""

import uuid
from typing import Final

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy

from donors.models.gifts import Gift
from donors.models.zoos import Zoo
from funding.money import Money

_ISO: Final = r"^[A-Z]{3}$"


class PayInto(models.Model):
    """A bank account of ours as invoices print it. The newest row of a body stands."""

    entity = models.ForeignKey("parties.Entity", on_delete=models.PROTECT, related_name="+")
    holder = models.CharField(max_length=140)
    bank = models.CharField(max_length=140)
    iban = models.CharField(max_length=34)
    bic = models.CharField(max_length=11, blank=True)
    entered_by = models.CharField(max_length=60)
    entered_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(holder="") & ~Q(iban=""), name="payinto_names_an_account"
            ),
        ]

    def __str__(self) -> str:
        return f"account {self.pk}"


class Pace(models.TextChoices):
    """How often an invoice falls due."""

    ONCE = "once", gettext_lazy("Once")
    QUARTERLY = "quarterly", gettext_lazy("Every three months")
    YEARLY = "yearly", gettext_lazy("Every year")


class ContributionState(models.TextChoices):
    """States of what a zoo promised."""

    PROPOSED = "proposed", "Waits for a fund"
    RUNNING = "running", "Running"
    PAUSED = "paused", "Paused: money of it went back"
    ENDED = "ended", "Ended"


class PausedWhy(models.TextChoices):
    """Why a promise stands still."""

    REFUNDED = "refunded", gettext_lazy("Money was given back")
    DISPUTED = "disputed", gettext_lazy("A payment is disputed")
    BOUNCED = "bounced", gettext_lazy("A debit came back")


class Contribution(models.Model):
    """A zoo's promise in its own currency. It is no income and no debt: only payments are."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    # One token per form shown: however often the form is sent, it makes one promise.
    form_token = models.UUIDField(unique=True)
    zoo = models.ForeignKey(Zoo, on_delete=models.PROTECT, related_name="contributions")
    entity = models.ForeignKey("parties.Entity", on_delete=models.PROTECT, related_name="+")
    # None while the treasurer looks for a fund that fits the words.
    fund = models.ForeignKey(
        "ledger.Fund", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    wish = models.CharField(
        max_length=500, blank=True, help_text="What it is for, in the zoo's own words."
    )
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField(help_text="Of each invoice.")
    pace = models.CharField(max_length=9, choices=Pace)
    order_number = models.CharField(max_length=60, blank=True)
    state = models.CharField(
        max_length=8, choices=ContributionState, default=ContributionState.PROPOSED
    )
    starts_on = models.DateField()
    next_on = models.DateField(null=True, blank=True, help_text="When the next invoice is issued.")
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=60)
    ended_at = models.DateTimeField(null=True, blank=True)
    paused_at = models.DateTimeField(null=True, blank=True)
    paused_why = models.CharField(
        max_length=8, choices=PausedWhy, blank=True, default="", db_default=""
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(amount_minor__gt=0), name="contribution_gives_money"
            ),
            models.CheckConstraint(
                condition=Q(currency__regex=_ISO), name="contribution_currency_is_iso"
            ),
            models.CheckConstraint(
                condition=Q(pace__in=Pace.values), name="contribution_pace_is_known"
            ),
            models.CheckConstraint(
                condition=Q(state=ContributionState.PROPOSED, fund__isnull=True)
                & Q(next_on__isnull=True, ended_at__isnull=True)
                & ~Q(wish="")
                | Q(state__in=[ContributionState.RUNNING, ContributionState.PAUSED])
                & Q(fund__isnull=False, next_on__isnull=False, ended_at__isnull=True)
                | Q(state=ContributionState.ENDED, next_on__isnull=True, ended_at__isnull=False),
                name="contribution_state_fits_its_fund",
            ),
            models.CheckConstraint(
                condition=Q(state=ContributionState.PAUSED, paused_at__isnull=False)
                & Q(paused_why__in=PausedWhy.values)
                | ~Q(state=ContributionState.PAUSED) & Q(paused_at__isnull=True, paused_why=""),
                name="contribution_pause_says_why",
            ),
        ]
        indexes = [
            models.Index(fields=["next_on"], condition=Q(state="running"), name="contribution_due"),
        ]

    def __str__(self) -> str:
        return f"contribution {self.pk}"

    @property
    def amount(self) -> Money:
        """What each invoice asks for."""
        return Money(self.amount_minor, self.currency)


class InvoiceState(models.TextChoices):
    """States of an invoice."""

    OPEN = "open", gettext_lazy("Open")
    PAID = "paid", gettext_lazy("Paid")
    RETURNED = "returned", gettext_lazy("Paid, and money went back")
    CANCELLED = "cancelled", gettext_lazy("Cancelled")


class Invoice(models.Model):
    """Asks a zoo for one part of what it promised. Nothing is booked before money comes."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    contribution = models.ForeignKey(
        Contribution, on_delete=models.PROTECT, related_name="invoices"
    )
    zoo = models.ForeignKey(Zoo, on_delete=models.PROTECT, related_name="invoices")
    entity = models.ForeignKey("parties.Entity", on_delete=models.PROTECT, related_name="+")
    fund = models.ForeignKey("ledger.Fund", on_delete=models.PROTECT, related_name="+")
    document = models.OneToOneField(
        "documents.Document", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    # ISO 11649: two digits keep a slip of the pen from naming another invoice.
    reference = models.CharField(max_length=25, blank=True)
    order_number = models.CharField(max_length=60, blank=True)
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    paid_minor = models.BigIntegerField(default=0)
    forgiven_minor = models.BigIntegerField(default=0, help_text="Asked for no longer.")
    forgiven_why = models.CharField(max_length=200, blank=True)
    # It came and went back, by a refund or by the bank: nobody is reminded of it until the
    # treasurer asks for it again.
    returned_minor = models.BigIntegerField(default=0, db_default=0)
    period_on = models.DateField(help_text="For which day of the promise it was issued.")
    issued_on = models.DateField()
    due_on = models.DateField()
    state = models.CharField(max_length=9, choices=InvoiceState, default=InvoiceState.OPEN)
    ended_at = models.DateTimeField(null=True, blank=True)
    cancelled_why = models.CharField(max_length=200, blank=True)
    replaced_by = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="replaces"
    )
    reminded = models.PositiveSmallIntegerField(default=0, help_text="How often.")
    created_at = models.DateTimeField()
    # The row is the queue: until it has been mailed it is tried again.
    mailed_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="invoice_asks_for_money"),
            models.CheckConstraint(
                condition=Q(paid_minor__gte=0, forgiven_minor__gte=0, returned_minor__gte=0)
                & Q(amount_minor__gte=F("paid_minor") + F("forgiven_minor") + F("returned_minor")),
                name="invoice_takes_no_more_than_it_asks",
            ),
            models.CheckConstraint(
                condition=Q(forgiven_minor=0, forgiven_why="")
                | Q(forgiven_minor__gt=0) & ~Q(forgiven_why=""),
                name="invoice_is_forgiven_with_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(state=InvoiceState.OPEN, ended_at__isnull=True)
                & Q(amount_minor__gt=F("paid_minor") + F("forgiven_minor") + F("returned_minor"))
                | Q(state=InvoiceState.PAID, ended_at__isnull=False, returned_minor=0)
                & Q(amount_minor=F("paid_minor") + F("forgiven_minor"))
                | Q(state=InvoiceState.RETURNED, ended_at__isnull=False, returned_minor__gt=0)
                & Q(amount_minor=F("paid_minor") + F("forgiven_minor") + F("returned_minor"))
                | Q(state=InvoiceState.CANCELLED, ended_at__isnull=False)
                & Q(paid_minor=0, forgiven_minor=0, returned_minor=0)
                & ~Q(cancelled_why=""),
                name="invoice_state_fits_its_sums",
            ),
            models.CheckConstraint(
                condition=Q(replaced_by__isnull=True) | Q(state=InvoiceState.CANCELLED),
                name="invoice_replaced_is_cancelled",
            ),
            models.UniqueConstraint(
                fields=["reference"],
                condition=~Q(reference=""),
                name="invoice_reference_is_its_own",
            ),
            models.UniqueConstraint(
                fields=["contribution", "period_on"],
                condition=~Q(state=InvoiceState.CANCELLED),
                name="invoice_falls_due_once",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=Q(mailed_at__isnull=True, state=InvoiceState.OPEN),
                name="invoice_waiting",
            ),
            models.Index(
                fields=["due_on"], condition=Q(state=InvoiceState.OPEN), name="invoice_overdue"
            ),
        ]

    def __str__(self) -> str:
        return f"invoice {self.pk}"

    @property
    def amount(self) -> Money:
        """What it asks for."""
        return Money(self.amount_minor, self.currency)

    @property
    def paid(self) -> Money:
        """What has come of it."""
        return Money(self.paid_minor, self.currency)

    @property
    def open_minor(self) -> int:
        """What is still asked for."""
        if self.state == InvoiceState.CANCELLED:
            return 0
        return self.amount_minor - self.paid_minor - self.forgiven_minor - self.returned_minor

    @property
    def returned(self) -> Money:
        """What came and went back, and is not asked for again."""
        return Money(self.returned_minor, self.currency)

    @property
    def open(self) -> Money:
        """The same as money."""
        return Money(self.open_minor, self.currency)


class InvoicePayment(models.Model):
    """One gift that pays a part of an invoice, or all of it."""

    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="payments")
    gift = models.OneToOneField(Gift, on_delete=models.PROTECT, related_name="invoice_payment")
    minor = models.BigIntegerField(help_text="Of the invoice, in its currency.")
    paid_on = models.DateField()
    created_at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True, blank=True)
    # Money of the gift that went back, or came again when the invoice was paid by other money.
    gone_minor = models.BigIntegerField(default=0, db_default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(minor__gt=0), name="invoicepayment_pays_something"),
            models.CheckConstraint(
                condition=Q(gone_minor__gte=0, gone_minor__lte=F("minor")),
                name="invoicepayment_loses_no_more_than_it_paid",
            ),
        ]

    def __str__(self) -> str:
        return f"payment {self.pk} of invoice {self.invoice_id}"

    @property
    def amount(self) -> Money:
        """What it paid of the invoice."""
        return Money(self.minor, self.invoice.currency)

    @property
    def gone(self) -> Money:
        """What of that counts no more."""
        return Money(self.gone_minor, self.invoice.currency)


class InvoiceCard(models.Model):
    """A payment page on which a zoo pays what was open of an invoice when it was made.

    Its gift settles as every gift does. What of it came when the invoice had been paid by other
    money is over: it is held in the fund until the treasurer keeps it as a gift of its own, or
    gives it back.
    """

    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="cards")
    gift = models.OneToOneField(Gift, on_delete=models.PROTECT, related_name="invoice_card")
    made_by = models.CharField(max_length=60)
    created_at = models.DateTimeField()
    counted_at = models.DateTimeField(null=True, blank=True)
    over_minor = models.BigIntegerField(default=0)
    kept_at = models.DateTimeField(null=True, blank=True)
    kept_by = models.CharField(max_length=60, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(over_minor=0) | Q(over_minor__gt=0, counted_at__isnull=False),
                name="invoicecard_is_over_once_it_came",
            ),
            models.CheckConstraint(
                condition=Q(kept_at__isnull=True, kept_by="")
                | Q(kept_at__isnull=False, over_minor__gt=0) & ~Q(kept_by=""),
                name="invoicecard_keeps_what_is_over",
            ),
        ]

    def __str__(self) -> str:
        return f"card page {self.pk} of invoice {self.invoice_id}"
