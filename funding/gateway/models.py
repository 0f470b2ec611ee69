"""The inbox of Stripe's events, the lines of its account book, and its payouts."""

from django.db import models
from django.db.models import F, Q

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
    reached_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class MovementState(models.TextChoices):
    """States of a line of Stripe's account book."""

    WAITING = "waiting", "To be booked"
    BOOKED = "booked", "Booked"
    SUSPENSE = "suspense", "Not yet understood"
    RESOLVED = "resolved", "Understood and booked"


class Movement(models.Model):
    """One balance transaction of Stripe: what moved its balance, with its fee, stored once.

    `net` is what the balance changed by. Facts stay; what is filled in later is the payout
    that took the money along, and what became of it here.
    """

    stripe_id = models.CharField(max_length=255, unique=True)
    kind = models.CharField(max_length=60, help_text="Stripe's type: 'charge', 'stripe_fee'.")
    category = models.CharField(max_length=60, help_text="Stripe's reporting category.")
    source = models.CharField(max_length=255, blank=True, help_text="The object behind it.")
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    fee_minor = models.BigIntegerField()
    net_minor = models.BigIntegerField()
    # Stripe's words; kept only where no person stands behind the movement.
    description = models.CharField(max_length=300, blank=True)
    happened_at = models.DateTimeField()
    available_at = models.DateTimeField()
    payout = models.CharField(max_length=255, blank=True)
    state = models.CharField(max_length=10, choices=MovementState, default=MovementState.WAITING)
    seen_at = models.DateTimeField()
    booked_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(net_minor=F("amount_minor") - F("fee_minor")),
                name="movement_net_is_amount_less_fee",
            ),
            models.CheckConstraint(
                condition=Q(currency__regex=_ISO), name="movement_currency_is_iso"
            ),
            models.CheckConstraint(
                condition=Q(state__in=MovementState.values), name="movement_state_is_known"
            ),
            models.CheckConstraint(
                condition=Q(state=MovementState.WAITING, booked_at__isnull=True)
                | ~Q(state=MovementState.WAITING) & Q(booked_at__isnull=False),
                name="movement_booked_has_its_instant",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=Q(state=MovementState.WAITING),
                name="movement_waiting",
            ),
            models.Index(fields=["payout"], condition=~Q(payout=""), name="movement_of_payout"),
            models.Index(fields=["-happened_at"], name="movement_by_instant"),
        ]

    def __str__(self) -> str:
        return f"{self.category} {self.stripe_id}"


class PayoutState(models.TextChoices):
    """States of a payout, as Stripe names them."""

    PENDING = "pending", "To be sent"
    IN_TRANSIT = "in_transit", "On its way to the bank"
    PAID = "paid", "Paid"
    FAILED = "failed", "Failed"
    CANCELED = "canceled", "Cancelled"


class Payout(models.Model):
    """Money that Stripe sends to our bank. It may fail even days after it was paid."""

    stripe_id = models.CharField(max_length=255, unique=True)
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    state = models.CharField(max_length=10, choices=PayoutState)
    is_automatic = models.BooleanField(help_text="Stripe says which movements it takes along.")
    created_at = models.DateTimeField()
    arrives_on = models.DateField()
    failure = models.CharField(max_length=300, blank=True)
    place = models.ForeignKey(
        "ledger.Account", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    arrived_at = models.DateTimeField(null=True, blank=True, help_text="Booked at the bank.")
    returned_at = models.DateTimeField(null=True, blank=True, help_text="Booked as gone again.")
    # The sum of the net of its movements, once Stripe has told them all.
    told_minor = models.BigIntegerField(null=True, blank=True)
    told_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=PayoutState.values), name="payout_state_is_known"
            ),
            models.CheckConstraint(
                condition=Q(currency__regex=_ISO), name="payout_currency_is_iso"
            ),
            models.CheckConstraint(
                condition=Q(arrived_at__isnull=True) | Q(place__isnull=False),
                name="payout_arrived_somewhere",
            ),
            models.CheckConstraint(
                condition=Q(returned_at__isnull=True) | Q(arrived_at__isnull=False),
                name="payout_returned_after_it_arrived",
            ),
        ]
        indexes = [models.Index(fields=["due_at"], name="payout_due")]

    def __str__(self) -> str:
        return f"payout {self.stripe_id}"

    @property
    def ties(self) -> bool | None:
        """Whether its movements add up to it; None while Stripe has not told them all."""
        return None if self.told_minor is None else self.told_minor == self.amount_minor
