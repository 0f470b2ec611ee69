"""Gifts with one line per fund, and refunds."""

import uuid

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy

from donors.models.people import Donor
from funding.money import Money

_ISO = r"^[A-Z]{3}$"


class GiftState(models.TextChoices):
    """States of a gift."""

    PENDING = "pending", "Promised, not here yet"
    HELD = "held", "Here, and not accepted yet"
    SETTLED = "settled", "Received"
    FAILED = "failed", "Not made"
    REFUNDED = "refunded", "Given back in full"
    DISPUTED = "disputed", "Taken back by the bank"


class Means(models.TextChoices):
    """How a gift came. All but the first are entered by hand."""

    STRIPE = "stripe", gettext_lazy("Online")
    BANK = "bank", gettext_lazy("Bank transfer")
    CHEQUE = "cheque", gettext_lazy("Cheque")
    CASH = "cash", gettext_lazy("Cash")


class Gift(models.Model):
    """Money given once. It is booked when Stripe says that it has been paid, or by hand."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    # One token per form shown: however often the form is sent, it makes one gift.
    form_token = models.UUIDField(unique=True)
    entity = models.ForeignKey("parties.Entity", on_delete=models.PROTECT, related_name="+")
    donor = models.ForeignKey(Donor, on_delete=models.PROTECT, related_name="gifts")
    # As typed for this gift and printed on its receipt; the donor's own name stays as it is,
    # because whoever types an address on a public form must not rename its owner.
    donor_name = models.CharField(max_length=200)
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField(help_text="The gift itself, without the cover.")
    cover_minor = models.BigIntegerField(default=0, help_text="Added to pay the card fee.")
    message = models.CharField(max_length=500, blank=True)
    language = models.CharField(max_length=8, default="en")
    state = models.CharField(max_length=8, choices=GiftState, default=GiftState.PENDING)
    created_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True, help_text="Failed or given back.")
    ended_why = models.CharField(max_length=200, blank=True)
    refunded_minor = models.BigIntegerField(default=0, help_text="Of amount and cover together.")
    withdrawn_minor = models.BigIntegerField(
        default=0, help_text="Taken back by banks, less what came again."
    )

    # What the giver got in return: it is no gift as far as it goes, and receipts say so.
    benefit_minor = models.BigIntegerField(default=0, db_default=0)
    benefit_words = models.CharField(max_length=200, blank=True, default="", db_default="")

    # Entered by hand: how and where it came, on which day, and what the bank calls it. The one
    # who entered it is named as in the log.
    means = models.CharField(
        max_length=6, choices=Means, default=Means.STRIPE, db_default=Means.STRIPE
    )
    place = models.ForeignKey(
        "ledger.Account", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    received_on = models.DateField(null=True, blank=True)
    reference = models.CharField(max_length=140, blank=True, default="", db_default="")
    entered_by = models.CharField(max_length=60, blank=True, default="", db_default="")

    # Stripe's side. The expiry is part of the call's parameters, so it is fixed here first:
    # a repeated call must say the same.
    checkout_expires_at = models.DateTimeField()
    # Stripe keeps even a failure as the answer to a key; a further try needs a further key.
    key_version = models.PositiveSmallIntegerField(default=1)
    checkout = models.CharField(max_length=255, blank=True)
    checkout_url = models.URLField(max_length=2000, blank=True)
    payment_intent = models.CharField(max_length=255, blank=True)
    charge = models.CharField(max_length=255, blank=True)
    method = models.CharField(max_length=60, blank=True, help_text="'Card ending 4242'.")
    # A direct debit is promised days before it is money. What was told of it stays.
    processing_since = models.DateTimeField(null=True, blank=True)
    expected_on = models.DateField(null=True, blank=True)
    mandate = models.CharField(max_length=255, blank=True)
    mandate_reference = models.CharField(max_length=255, blank=True)
    mandate_lost_at = models.DateTimeField(null=True, blank=True)
    # The value in the entity's settlement currency, known when Stripe has a balance
    # transaction for the charge.
    balance_transaction = models.CharField(max_length=255, blank=True)
    value_currency = models.CharField(max_length=3, blank=True)
    value_minor = models.BigIntegerField(null=True, blank=True)
    fee_minor = models.BigIntegerField(null=True, blank=True)
    final_at = models.DateTimeField(null=True, blank=True)

    # The row is the queue: when to look at it again, and how often that was tried.
    due_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    failures = models.PositiveSmallIntegerField(
        default=0, help_text="Looks in a row that broke off."
    )
    error = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="gift_gives_money"),
            models.CheckConstraint(condition=Q(cover_minor__gte=0), name="gift_cover_adds"),
            models.CheckConstraint(condition=Q(currency__regex=_ISO), name="gift_currency_is_iso"),
            models.CheckConstraint(
                condition=Q(benefit_minor=0, benefit_words="")
                | Q(benefit_minor__gt=0, benefit_minor__lte=F("amount_minor") + F("cover_minor"))
                & ~Q(benefit_words=""),
                name="gift_benefit_is_named_and_of_the_gift",
            ),
            models.CheckConstraint(
                condition=Q(refunded_minor__gte=0)
                & Q(refunded_minor__lte=F("amount_minor") + F("cover_minor")),
                name="gift_refunds_no_more_than_it_gave",
            ),
            models.CheckConstraint(
                condition=Q(
                    state__in=[GiftState.PENDING, GiftState.HELD],
                    settled_at__isnull=True,
                    ended_at__isnull=True,
                )
                | Q(state=GiftState.FAILED, settled_at__isnull=True, ended_at__isnull=False)
                | Q(state=GiftState.SETTLED, settled_at__isnull=False, ended_at__isnull=True)
                | Q(
                    state__in=[GiftState.REFUNDED, GiftState.DISPUTED],
                    settled_at__isnull=False,
                    ended_at__isnull=False,
                ),
                name="gift_state_fits_its_instants",
            ),
            models.CheckConstraint(
                condition=Q(settled_at__isnull=True) | ~Q(means=Means.STRIPE) | ~Q(charge=""),
                name="gift_settled_has_its_charge",
            ),
            models.CheckConstraint(
                condition=Q(means=Means.STRIPE, place__isnull=True, received_on__isnull=True)
                & Q(reference="", entered_by="")
                | Q(means__in=[Means.BANK, Means.CHEQUE, Means.CASH], place__isnull=False)
                & Q(received_on__isnull=False, charge="", payment_intent="", checkout="")
                & ~Q(entered_by=""),
                name="gift_by_hand_says_how_it_came",
            ),
            models.CheckConstraint(
                condition=~Q(means__in=[Means.BANK, Means.CHEQUE]) | ~Q(reference=""),
                name="gift_by_hand_has_its_reference",
            ),
            # Nobody tells its value later, so what is entered is settled and final at once.
            models.CheckConstraint(
                condition=Q(means=Means.STRIPE)
                | Q(final_at__isnull=False) & ~Q(state=GiftState.PENDING),
                name="gift_by_hand_is_final",
            ),
            models.CheckConstraint(
                condition=Q(processing_since__isnull=False) & ~Q(charge="") & ~Q(payment_intent="")
                | Q(processing_since__isnull=True, expected_on__isnull=True)
                & Q(mandate="", mandate_lost_at__isnull=True),
                name="gift_debit_has_its_charge",
            ),
            models.CheckConstraint(
                condition=Q(
                    state=GiftState.REFUNDED, refunded_minor=F("amount_minor") + F("cover_minor")
                )
                | ~Q(state=GiftState.REFUNDED)
                & Q(refunded_minor__lt=F("amount_minor") + F("cover_minor")),
                name="gift_refunded_when_all_is_given_back",
            ),
            # A bank that has not seen a refund may take the whole all the same, so refunds and
            # withdrawals together can be more than the gift.
            models.CheckConstraint(
                condition=Q(withdrawn_minor__gte=0)
                & (Q(withdrawn_minor=0) | Q(settled_at__isnull=False)),
                name="gift_taken_back_was_received",
            ),
            models.CheckConstraint(
                condition=Q(state=GiftState.REFUNDED)
                | Q(
                    state=GiftState.DISPUTED,
                    withdrawn_minor__gte=F("amount_minor") + F("cover_minor") - F("refunded_minor"),
                )
                | ~Q(state=GiftState.DISPUTED)
                & Q(withdrawn_minor__lt=F("amount_minor") + F("cover_minor") - F("refunded_minor")),
                name="gift_disputed_when_nothing_is_left",
            ),
            models.CheckConstraint(
                condition=Q(
                    final_at__isnull=True,
                    value_minor__isnull=True,
                    fee_minor__isnull=True,
                    value_currency="",
                    balance_transaction="",
                )
                | Q(final_at__isnull=False, value_minor__isnull=False, fee_minor__isnull=False)
                & ~Q(value_currency="")
                & (
                    Q(means=Means.STRIPE) & ~Q(balance_transaction="")
                    | ~Q(means=Means.STRIPE) & Q(balance_transaction="", fee_minor=0)
                ),
                name="gift_value_is_known_whole",
            ),
            # One that was entered by mistake is no gift, and leaves its reference to the right one.
            models.UniqueConstraint(
                fields=["entity", "reference"],
                condition=~Q(reference="") & ~Q(state=GiftState.FAILED),
                name="gift_is_entered_once",
            ),
            models.UniqueConstraint(
                fields=["checkout"], condition=~Q(checkout=""), name="gift_checkout_is_its_own"
            ),
            models.UniqueConstraint(
                fields=["payment_intent"],
                condition=~Q(payment_intent=""),
                name="gift_payment_is_its_own",
            ),
            models.UniqueConstraint(
                fields=["charge"], condition=~Q(charge=""), name="gift_charge_is_its_own"
            ),
        ]
        indexes = [
            # What the sweep looks at: promised, or received with its value still unknown.
            models.Index(
                fields=["due_at"],
                condition=Q(state=GiftState.PENDING)
                | Q(settled_at__isnull=False, final_at__isnull=True),
                name="gift_waiting",
            ),
            models.Index(fields=["donor", "-created_at"], name="gift_of_donor"),
            models.Index(fields=["settled_at"], name="gift_by_settled"),
            models.Index(
                fields=["balance_transaction"],
                condition=~Q(balance_transaction=""),
                name="gift_of_movement",
            ),
        ]

    def __str__(self) -> str:
        return f"gift {self.uuid}"

    @property
    def gross_minor(self) -> int:
        """What is charged: the gift and the cover."""
        return self.amount_minor + self.cover_minor

    @property
    def gross(self) -> Money:
        """What is charged, as money."""
        return Money(self.gross_minor, self.currency)

    @property
    def is_processing(self) -> bool:
        """Whether it is on its way by direct debit: promised, and not money yet."""
        return self.state == GiftState.PENDING and self.processing_since is not None

    @property
    def is_by_hand(self) -> bool:
        """Whether somebody entered it: Stripe knows nothing of it."""
        return self.means != Means.STRIPE

    @property
    def left_minor(self) -> int:
        """What is left of it after refunds and what banks took back; a receipt confirms this."""
        return max(0, self.gross_minor - self.refunded_minor - self.withdrawn_minor)


class GiftLine(models.Model):
    """The part of a gift that goes to one fund."""

    gift = models.ForeignKey(Gift, on_delete=models.PROTECT, related_name="lines")
    fund = models.ForeignKey("ledger.Fund", on_delete=models.PROTECT, related_name="+")
    amount_minor = models.BigIntegerField()
    cover_minor = models.BigIntegerField(default=0)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["gift", "position"]
        constraints = [
            models.UniqueConstraint(fields=["gift", "fund"], name="giftline_once_per_fund"),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="giftline_gives_money"),
            models.CheckConstraint(condition=Q(cover_minor__gte=0), name="giftline_cover_adds"),
        ]

    def __str__(self) -> str:
        return f"{self.gift_id} to {self.fund_id}"


class RefundState(models.TextChoices):
    """States of a refund."""

    PROPOSED = "proposed", "Waits for a second person"
    REQUESTED = "requested", "Asked for, not yet at Stripe"
    PENDING = "pending", "At Stripe, not yet done"
    SUCCEEDED = "succeeded", "Given back"
    FAILED = "failed", "Failed, the money is with us"
    DECLINED = "declined", "Declined by the second person"


class Refund(models.Model):
    """Money given back, whether we asked for it or somebody did in Stripe's dashboard."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    gift = models.ForeignKey(Gift, on_delete=models.PROTECT, related_name="refunds")
    amount_minor = models.BigIntegerField()
    reason = models.CharField(max_length=400)
    requested_by = models.CharField(max_length=60, help_text="'user:7', or 'stripe'.")
    # Of an instalment, where the treasurer says that the regular gift goes on all the same.
    keeps_pledge = models.BooleanField(default=False, db_default=False)
    # Above the limit a second person decides, and until then nothing goes to Stripe.
    needs_second = models.BooleanField(default=False)
    decided_by = models.CharField(max_length=60, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    state = models.CharField(max_length=10, choices=RefundState, default=RefundState.REQUESTED)
    # Of a gift by hand: from which account it was paid back, when, and what the bank calls that.
    place = models.ForeignKey(
        "ledger.Account", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    paid_on = models.DateField(null=True, blank=True)
    reference = models.CharField(max_length=140, blank=True, default="", db_default="")
    stripe_id = models.CharField(max_length=255, blank=True)
    balance_transaction = models.CharField(max_length=255, blank=True)
    failure_transaction = models.CharField(max_length=255, blank=True)
    key_version = models.PositiveSmallIntegerField(default=1)
    created_at = models.DateTimeField()
    booked_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    let_go_at = models.DateTimeField(
        null=True, blank=True, help_text="Failed, and somebody said that it stays so."
    )
    due_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="refund_moves_money"),
            models.CheckConstraint(condition=~Q(reason=""), name="refund_has_a_reason"),
            models.CheckConstraint(
                condition=Q(state__in=RefundState.values), name="refund_state_is_known"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[RefundState.PENDING, RefundState.SUCCEEDED])
                | ~Q(stripe_id="")
                | Q(state=RefundState.SUCCEEDED, place__isnull=False),
                name="refund_under_way_is_known_to_stripe",
            ),
            models.CheckConstraint(
                condition=Q(place__isnull=True, paid_on__isnull=True, reference="")
                | Q(place__isnull=False, paid_on__isnull=False, booked_at__isnull=False)
                & Q(state=RefundState.SUCCEEDED, stripe_id="")
                & ~Q(reference=""),
                name="refund_by_bank_says_how_it_went",
            ),
            models.CheckConstraint(
                condition=Q(decided_by="") | ~Q(decided_by=F("requested_by")),
                name="refund_is_decided_by_another_person",
            ),
            models.CheckConstraint(
                condition=Q(needs_second=False)
                & ~Q(state__in=[RefundState.PROPOSED, RefundState.DECLINED])
                | Q(needs_second=True, state=RefundState.PROPOSED, decided_by="")
                | Q(needs_second=True, decided_at__isnull=False)
                & ~Q(state=RefundState.PROPOSED)
                & ~Q(decided_by=""),
                name="refund_over_the_limit_has_a_second_person",
            ),
            models.CheckConstraint(
                condition=Q(let_go_at__isnull=True) | Q(state=RefundState.FAILED),
                name="refund_let_go_has_failed",
            ),
            models.UniqueConstraint(
                fields=["stripe_id"], condition=~Q(stripe_id=""), name="refund_is_booked_once"
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=Q(state__in=[RefundState.REQUESTED, RefundState.PENDING]),
                name="refund_waiting",
            ),
            models.Index(
                fields=["balance_transaction"],
                condition=~Q(balance_transaction=""),
                name="refund_of_movement",
            ),
        ]

    def __str__(self) -> str:
        return f"refund {self.uuid}"
