"""Gifts that a person looks at before they are accepted, and what decides which ones."""

from typing import Final

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy

from donors.models.gifts import Gift

# What a receiving body starts with, in minor units of its own currency: 10,000 and 1,000.
LIMIT_MINOR: Final = 1_000_000
CASH_MINOR: Final = 100_000
DAYS: Final = 14
WORDS: Final = "only for, on condition, must be used, restricted to, earmarked for"


class AcceptanceTerms(models.Model):
    """From when on a receiving body holds which gifts. The newest row counts; none is changed.

    Sums are minor units of the body's own currency.
    """

    entity = models.ForeignKey("parties.Entity", on_delete=models.PROTECT, related_name="+")
    limit_minor = models.BigIntegerField(default=LIMIT_MINOR)
    days = models.PositiveSmallIntegerField(
        default=DAYS, help_text="Gifts of one person in so many days count together."
    )
    cash_minor = models.BigIntegerField(default=CASH_MINOR, help_text="For cash of nobody known.")
    words = models.CharField(max_length=400, blank=True, default=WORDS)
    set_by = models.CharField(max_length=60)
    set_at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(limit_minor__gt=0, cash_minor__gt=0, days__gt=0),
                name="acceptanceterms_are_above_zero",
            ),
        ]
        indexes = [models.Index(fields=["entity", "-id"], name="acceptanceterms_newest")]

    def __str__(self) -> str:
        return f"acceptance terms {self.pk}"


class HeldWhy(models.TextChoices):
    """Why a gift waits for a person."""

    LIMIT = "limit", gettext_lazy("Larger than the limit")
    SUM = "sum", gettext_lazy("Several gifts of one person come to more than the limit")
    WORDS = "words", gettext_lazy("Its message asks for a use that no chosen fund names")
    UNKNOWN = "unknown", gettext_lazy("The bank does not tell who sent it")
    CASH = "cash", gettext_lazy("A larger sum in cash from somebody who is not known")


class HeldState(models.TextChoices):
    """Where a held gift stands."""

    WAITING = "waiting", gettext_lazy("Waits for a word")
    ACCEPTED = "accepted", gettext_lazy("Accepted")
    DECLINED = "declined", gettext_lazy("Declined, the money is still with us")
    RETURNED = "returned", gettext_lazy("The money went back")


class HeldGift(models.Model):
    """A gift whose money is here and in no fund, until somebody has accepted or returned it.

    What Stripe told of its value waits here as well, so that nothing of the gift itself looks
    received. `refunded_minor` and `withdrawn_minor` are what went back since, in the currency of
    the gift.
    """

    gift = models.OneToOneField(Gift, on_delete=models.PROTECT, related_name="held")
    reasons = models.JSONField(help_text="Codes of HeldWhy.")
    state = models.CharField(max_length=8, choices=HeldState, default=HeldState.WAITING)
    paid_at = models.DateTimeField()
    held_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    refunded_minor = models.BigIntegerField(default=0)
    withdrawn_minor = models.BigIntegerField(default=0)
    balance_transaction = models.CharField(max_length=255, blank=True)
    value_currency = models.CharField(max_length=3, blank=True)
    value_minor = models.BigIntegerField(null=True, blank=True)
    fee_minor = models.BigIntegerField(null=True, blank=True)
    valued_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["held_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=HeldState.values), name="heldgift_state_is_known"
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True)
                & Q(state__in=[HeldState.WAITING, HeldState.DECLINED])
                | Q(ended_at__isnull=False) & Q(state__in=[HeldState.ACCEPTED, HeldState.RETURNED]),
                name="heldgift_ends_once",
            ),
            models.CheckConstraint(
                condition=Q(refunded_minor__gte=0, withdrawn_minor__gte=0),
                name="heldgift_returns_what_came",
            ),
            models.CheckConstraint(
                condition=Q(valued_at__isnull=True, value_minor__isnull=True)
                & Q(fee_minor__isnull=True, value_currency="", balance_transaction="")
                | Q(valued_at__isnull=False, value_minor__isnull=False, fee_minor__isnull=False)
                & ~Q(value_currency=""),
                name="heldgift_value_is_known_whole",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=Q(ended_at__isnull=True, valued_at__isnull=True),
                name="heldgift_without_value",
            ),
            models.Index(
                fields=["held_at"], condition=Q(ended_at__isnull=True), name="heldgift_open"
            ),
            models.Index(
                fields=["balance_transaction"],
                condition=~Q(balance_transaction=""),
                name="heldgift_of_movement",
            ),
        ]

    def __str__(self) -> str:
        return f"held gift {self.pk}"

    @property
    def is_open(self) -> bool:
        """Whether its money waits in no fund."""
        return self.ended_at is None

    @property
    def gone_minor(self) -> int:
        """What went back of it, by refunds and by banks."""
        return self.refunded_minor + self.withdrawn_minor

    @property
    def why(self) -> list[str]:
        """The reasons in words."""
        return [str(HeldWhy(code).label) for code in self.reasons]


class Verdict(models.TextChoices):
    """What may become of a held gift."""

    ACCEPT = "accept", gettext_lazy("Accept it")
    DECLINE = "decline", gettext_lazy("Decline it and send the money back")


class VerdictState(models.TextChoices):
    """How far a verdict has come."""

    PROPOSED = "proposed", gettext_lazy("Waits for a second person")
    STANDS = "stands", gettext_lazy("Decided")
    TURNED_DOWN = "turned_down", gettext_lazy("Turned down by the second person")
    LAPSED = "lapsed", gettext_lazy("The money had gone before")


class HeldVerdict(models.Model):
    """One person's verdict on a held gift, and the second person's word on it."""

    held = models.ForeignKey(HeldGift, on_delete=models.PROTECT, related_name="verdicts")
    verdict = models.CharField(max_length=7, choices=Verdict)
    reason = models.CharField(max_length=400, help_text="Told to the donor when it is declined.")
    needs_second = models.BooleanField()
    state = models.CharField(max_length=11, choices=VerdictState)
    proposed_by = models.CharField(max_length=60)
    proposed_at = models.DateTimeField()
    decided_by = models.CharField(max_length=60, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["held"],
                condition=Q(state__in=[VerdictState.PROPOSED, VerdictState.STANDS]),
                name="heldverdict_is_one",
            ),
            models.CheckConstraint(
                condition=~Q(decided_by=F("proposed_by")), name="heldverdict_is_of_two_people"
            ),
            models.CheckConstraint(
                condition=Q(verdict=Verdict.ACCEPT)
                | Q(verdict=Verdict.DECLINE, needs_second=True) & ~Q(reason=""),
                name="heldverdict_declines_with_a_reason_and_two",
            ),
            models.CheckConstraint(
                condition=Q(state=VerdictState.PROPOSED, needs_second=True, decided_by="")
                | Q(state=VerdictState.STANDS, needs_second=False, decided_by="")
                | Q(state=VerdictState.LAPSED, decided_by="")
                | Q(
                    state__in=[VerdictState.STANDS, VerdictState.TURNED_DOWN],
                    needs_second=True,
                    decided_at__isnull=False,
                )
                & ~Q(decided_by=""),
                name="heldverdict_has_its_second_person",
            ),
        ]

    def __str__(self) -> str:
        return f"verdict {self.pk}"
