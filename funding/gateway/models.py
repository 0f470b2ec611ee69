"""The inbox of Stripe's events, and Stripe's account book as we keep it."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from funding.money import Money

_ISO = r"^[A-Z]{3}$"


class EventState(models.TextChoices):
    """States of an event in the inbox."""

    WAITING = "waiting", "Waiting to be handled"
    DONE = "done", "Handled"
    NOT_OURS = "not_ours", "Not ours"
    GIVEN_UP = "given_up", "Attempts used up"
    LET_GO = "let_go", "Let go"


class Event(models.Model):
    """A signed event as it came, stored once. It is a hint: its object is fetched again."""

    stripe_id = models.CharField(max_length=255, unique=True)
    kind = models.CharField(max_length=120)
    object_id = models.CharField(max_length=255)
    api_version = models.CharField(max_length=60, blank=True)
    # An event written for another API version is kept and followed, but never read.
    is_foreign_version = models.BooleanField(default=False)
    payload = models.JSONField()
    received_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=EventState, default=EventState.WAITING)
    due_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    handled_at = models.DateTimeField(null=True, blank=True)
    error = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=EventState.values), name="event_state_is_known"
            ),
            models.CheckConstraint(
                condition=Q(state=EventState.WAITING, handled_at__isnull=True)
                | ~Q(state=EventState.WAITING) & Q(handled_at__isnull=False),
                name="event_handled_has_its_instant",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"], condition=Q(state=EventState.WAITING), name="event_waiting"
            ),
            models.Index(
                fields=["received_at"],
                condition=Q(state=EventState.GIVEN_UP),
                name="event_given_up",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.stripe_id}"


class Cursor(models.Model):
    """How far a walk over one of Stripe's lists has come."""

    name = models.CharField(max_length=40, unique=True)
    # The instant up to which everything is known, by Stripe's clock and never by ours.
    reached_at = models.DateTimeField()
    walked_at = models.DateTimeField(null=True, blank=True, help_text="Last came to its end.")

    def __str__(self) -> str:
        return self.name


class MovementState(models.TextChoices):
    """States of a movement."""

    WAITING = "waiting", "Waiting to be booked"
    BOOKED = "booked", "Booked"
    SUSPENSE = "suspense", "Not understood yet"
    STUCK = "stuck", "Attempts used up"
    APART = "apart", "In another balance of Stripe"


class Movement(models.Model):
    """One line of Stripe's account book, stored once. What it says of money never changes.

    `amount`, `fee` and `net` are minor units with Stripe's sign: positive came in. Stripe says
    later when the money is available and with which payout it went out.
    """

    stripe_id = models.CharField(max_length=255, unique=True)
    kind = models.CharField(max_length=60, help_text="Stripe's 'type'.")
    category = models.CharField(max_length=60, help_text="Stripe's 'reporting_category'.")
    source = models.CharField(max_length=255, blank=True, help_text="The object behind it.")
    balance_type = models.CharField(max_length=40, default="payments")
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    fee_minor = models.BigIntegerField()
    net_minor = models.BigIntegerField()
    created_at = models.DateTimeField()
    available_on = models.DateTimeField(null=True, blank=True)
    payout = models.ForeignKey(
        "Payout", null=True, blank=True, on_delete=models.PROTECT, related_name="movements"
    )
    stored_at = models.DateTimeField()

    # The row is the queue. `entry_key` names the entry that this part booked itself.
    state = models.CharField(max_length=10, choices=MovementState, default=MovementState.WAITING)
    entry_key = models.CharField(max_length=120, blank=True)
    due_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(currency__regex=_ISO), name="movement_currency_is_iso"
            ),
            models.CheckConstraint(
                condition=Q(net_minor=F("amount_minor") - F("fee_minor")),
                name="movement_net_is_amount_less_fee",
            ),
            models.CheckConstraint(
                condition=Q(state__in=MovementState.values), name="movement_state_is_known"
            ),
            models.CheckConstraint(
                condition=~Q(state=MovementState.SUSPENSE) | ~Q(entry_key=""),
                name="movement_in_suspense_has_its_entry",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"], condition=Q(state=MovementState.WAITING), name="movement_waiting"
            ),
            models.Index(
                fields=["created_at"],
                condition=Q(state__in=[MovementState.STUCK, MovementState.SUSPENSE]),
                name="movement_wants_a_person",
            ),
            models.Index(fields=["-created_at", "-id"], name="movement_newest"),
            models.Index(fields=["source"], name="movement_of_source"),
        ]

    def __str__(self) -> str:
        return f"{self.category} {self.stripe_id}"

    @property
    def amount(self) -> Money:
        """What moved, before Stripe's fee."""
        return Money(self.amount_minor, self.currency)

    @property
    def fee(self) -> Money:
        """What Stripe kept of it."""
        return Money(self.fee_minor, self.currency)

    @property
    def net(self) -> Money:
        """What it did to our balance at Stripe."""
        return Money(self.net_minor, self.currency)


class PayoutStatus(models.TextChoices):
    """States of a payout, in Stripe's own words."""

    PENDING = "pending", "Being sent"
    IN_TRANSIT = "in_transit", "On its way"
    PAID = "paid", "Arrived"
    FAILED = "failed", "Failed"
    CANCELED = "canceled", "Called back"


class Payout(models.Model):
    """Money that Stripe sends to our bank. Its movements tell when it leaves the balance.

    `arrived_at` is when we first heard that it is at the bank, `returned_at` when we heard that
    the bank sent it back after that; each is booked once.
    """

    stripe_id = models.CharField(max_length=255, unique=True)
    status = models.CharField(max_length=10, choices=PayoutStatus)
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    is_automatic = models.BooleanField()
    created_at = models.DateTimeField()
    arrival_on = models.DateField()
    failure = models.CharField(max_length=400, blank=True, help_text="Stripe's words for it.")
    is_reconciled = models.BooleanField(default=False, help_text="Stripe knows all its movements.")
    listed_at = models.DateTimeField(
        null=True, blank=True, help_text="When its movements were listed after that."
    )
    arrived_at = models.DateTimeField(null=True, blank=True)
    returned_at = models.DateTimeField(null=True, blank=True)
    told_at = models.DateTimeField(help_text="When Stripe was last asked about it.")

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(currency__regex=_ISO), name="payout_currency_is_iso"
            ),
            models.CheckConstraint(
                condition=Q(status__in=PayoutStatus.values), name="payout_status_is_known"
            ),
            models.CheckConstraint(
                condition=Q(returned_at__isnull=True) | Q(arrived_at__isnull=False),
                name="payout_returns_only_after_it_arrived",
            ),
        ]
        indexes = [models.Index(fields=["-created_at", "-id"], name="payout_newest")]

    def __str__(self) -> str:
        return f"payout {self.stripe_id}"

    @property
    def amount(self) -> Money:
        """The sum that goes to the bank."""
        return Money(self.amount_minor, self.currency)

    @property
    def came_back(self) -> bool:
        """Whether the bank has none of it: what returns goes out with a later payout."""
        return self.status in {PayoutStatus.FAILED, PayoutStatus.CANCELED}


class Meaning(models.TextChoices):
    """What money in suspense turned out to be."""

    INCOME = "income", "Other income of a fund"
    FEE = "fee", "A fee, borne by a fund"


class ResolutionState(models.TextChoices):
    """States of a resolution."""

    PROPOSED = "proposed", "Waits for a second person"
    BOOKED = "booked", "Booked"
    DECLINED = "declined", "Declined"


class Resolution(models.Model):
    """A person's word on a movement in suspense: whose it is, and why."""

    movement = models.ForeignKey(Movement, on_delete=models.PROTECT, related_name="resolutions")
    meaning = models.CharField(max_length=10, choices=Meaning)
    fund = models.ForeignKey("ledger.Fund", on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=400)
    needs_second = models.BooleanField()
    state = models.CharField(max_length=10, choices=ResolutionState)
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    proposed_at = models.DateTimeField()
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="resolution_has_a_reason"),
            models.CheckConstraint(
                condition=Q(meaning__in=Meaning.values), name="resolution_meaning_is_known"
            ),
            models.CheckConstraint(
                condition=Q(state=ResolutionState.PROPOSED, decided_at__isnull=True)
                | Q(state__in=["booked", "declined"], decided_at__isnull=False),
                name="resolution_state_fits_its_decision",
            ),
            models.CheckConstraint(
                condition=Q(needs_second=False)
                | Q(state=ResolutionState.PROPOSED)
                | Q(decided_by__isnull=False) & ~Q(decided_by=F("proposed_by")),
                name="resolution_over_the_limit_takes_two",
            ),
            models.UniqueConstraint(
                fields=["movement"],
                condition=~Q(state=ResolutionState.DECLINED),
                name="resolution_once_per_movement",
            ),
        ]

    def __str__(self) -> str:
        return f"resolution {self.pk}"
