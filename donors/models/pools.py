"""What a zoo promises to add to gifts of others, each gift it was added to, and what went back."""

import uuid
from typing import Final

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy

from donors.models.contributions import Contribution
from donors.models.gifts import GiftLine
from donors.models.zoos import Zoo
from funding.money import Money

_ISO: Final = r"^[A-Z]{3}$"
MOST: Final = 100


class PoolState(models.TextChoices):
    """States of a matching pool."""

    DRAFT = "draft", "Being prepared"
    OPEN = "open", "Open"
    ENDED = "ended", "Ended"


class PoolEnd(models.TextChoices):
    """What ended a pool."""

    DATE = "date", gettext_lazy("Its last day has passed")
    USED_UP = "used_up", gettext_lazy("All of it was matched")
    BY_HAND = "by_hand", gettext_lazy("Ended by hand")
    DROPPED = "dropped", gettext_lazy("Dropped before it was opened")


class MatchingPool(models.Model):
    """A zoo adds to each gift to one fund, up to a sum and until a day.

    It is a promise and no money: what was matched is invoiced when the pool ends. Its currency
    is its fund's.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    # One token per form shown: however often the form is sent, it makes one pool.
    form_token = models.UUIDField(unique=True)
    zoo = models.ForeignKey(Zoo, on_delete=models.PROTECT, related_name="pools")
    entity = models.ForeignKey("parties.Entity", on_delete=models.PROTECT, related_name="+")
    fund = models.ForeignKey("ledger.Fund", on_delete=models.PROTECT, related_name="+")
    currency = models.CharField(max_length=3)
    cap_minor = models.BigIntegerField(help_text="Never more than this is matched.")
    # For each `per` that is given the zoo adds `pays`: 1 and 1 is one to one, 2 and 1 doubles.
    pays = models.PositiveSmallIntegerField(default=1)
    per = models.PositiveSmallIntegerField(default=1)
    from_on = models.DateField(help_text="First day, in the calendar of who receives.")
    until_on = models.DateField(help_text="Last day, that day included.")
    is_named = models.BooleanField(default=False, help_text="Whether givers read the zoo's name.")
    order_number = models.CharField(max_length=60, blank=True)
    state = models.CharField(max_length=5, choices=PoolState, default=PoolState.DRAFT)
    # Gifts made from the first instant on and before the second count, whenever they settle.
    starts_at = models.DateTimeField(null=True, blank=True)
    stops_at = models.DateTimeField(null=True, blank=True)
    stopped_by = models.CharField(max_length=60, blank=True, help_text="Who stopped it early.")
    matched_minor = models.BigIntegerField(default=0, help_text="Matched, less what went back.")
    used_up_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=60)
    opened_at = models.DateTimeField(null=True, blank=True)
    opened_by = models.CharField(max_length=60, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_why = models.CharField(max_length=8, choices=PoolEnd, blank=True)
    # What the zoo is asked for in the end.
    contribution = models.OneToOneField(
        Contribution, null=True, blank=True, on_delete=models.PROTECT, related_name="pool"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(cap_minor__gt=0), name="matchingpool_has_money"),
            models.CheckConstraint(
                condition=Q(matched_minor__gte=0) & Q(matched_minor__lte=F("cap_minor")),
                name="matchingpool_never_overspends",
            ),
            models.CheckConstraint(
                condition=Q(pays__gte=1, pays__lte=MOST, per__gte=1, per__lte=MOST),
                name="matchingpool_ratio_is_of_whole_numbers",
            ),
            models.CheckConstraint(
                condition=Q(currency__regex=_ISO), name="matchingpool_currency_is_iso"
            ),
            models.CheckConstraint(
                condition=Q(until_on__gte=F("from_on")), name="matchingpool_has_a_day"
            ),
            models.CheckConstraint(
                condition=Q(state=PoolState.DRAFT, opened_at__isnull=True, ended_at__isnull=True)
                | Q(state=PoolState.OPEN, opened_at__isnull=False, ended_at__isnull=True)
                & Q(starts_at__isnull=False, stops_at__isnull=False)
                | Q(state=PoolState.ENDED, ended_at__isnull=False) & ~Q(ended_why=""),
                name="matchingpool_state_fits_its_instants",
            ),
            models.CheckConstraint(
                condition=Q(opened_at__isnull=False) | Q(matched_minor=0),
                name="matchingpool_draft_matches_nothing",
            ),
            models.CheckConstraint(
                condition=Q(used_up_at__isnull=True) & ~Q(matched_minor=F("cap_minor"))
                | Q(used_up_at__isnull=False, matched_minor=F("cap_minor")),
                name="matchingpool_used_up_is_dated",
            ),
            models.CheckConstraint(
                condition=Q(contribution__isnull=True) | Q(state=PoolState.ENDED),
                name="matchingpool_is_invoiced_when_ended",
            ),
        ]
        indexes = [
            models.Index(
                fields=["fund"], condition=Q(state=PoolState.OPEN), name="matchingpool_open"
            ),
        ]

    def __str__(self) -> str:
        return f"matching pool {self.pk}"

    @property
    def cap(self) -> Money:
        """The most that is matched."""
        return Money(self.cap_minor, self.currency)

    @property
    def matched(self) -> Money:
        """What is matched at the moment."""
        return Money(self.matched_minor, self.currency)

    @property
    def left_minor(self) -> int:
        """What can still be matched."""
        return self.cap_minor - self.matched_minor

    @property
    def left(self) -> Money:
        """The same as money."""
        return Money(self.left_minor, self.currency)


class MatchedGift(models.Model):
    """What one pool adds to one line of a gift. Zero when it had nothing left: so it was decided.

    Written once. What goes back is a release of its own.
    """

    pool = models.ForeignKey(MatchingPool, on_delete=models.PROTECT, related_name="matches")
    line = models.ForeignKey(GiftLine, on_delete=models.PROTECT, related_name="matches")
    currency = models.CharField(max_length=3)
    value_minor = models.BigIntegerField(help_text="How much of the line's value it answers.")
    amount_minor = models.BigIntegerField(help_text="What the zoo adds.")
    matched_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["pool", "line"], name="matchedgift_once_per_pool"),
            models.CheckConstraint(
                condition=Q(amount_minor=0, value_minor=0)
                | Q(amount_minor__gt=0, value_minor__gt=0),
                name="matchedgift_answers_a_value",
            ),
        ]

    def __str__(self) -> str:
        return f"match {self.pk}"


class MatchRelease(models.Model):
    """What went back to its pool with the gift; below zero, what came again with it."""

    match = models.ForeignKey(MatchedGift, on_delete=models.PROTECT, related_name="releases")
    amount_minor = models.BigIntegerField()
    released_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(amount_minor=0), name="matchrelease_moves_something"
            ),
        ]

    def __str__(self) -> str:
        return f"release {self.pk}"


class MatchCredit(models.Model):
    """What a zoo has paid for gifts that went back since, and what was agreed with it about that.

    Money given back to the zoo is a refund of its payment and needs no row here.
    """

    pool = models.ForeignKey(MatchingPool, on_delete=models.PROTECT, related_name="credits")
    amount_minor = models.BigIntegerField()
    words = models.CharField(max_length=300, help_text="What was agreed, and with whom.")
    decided_by = models.CharField(max_length=60)
    decided_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(amount_minor__gt=0) & ~Q(words=""), name="matchcredit_says_what"
            ),
        ]

    def __str__(self) -> str:
        return f"credit {self.pk}"

    @property
    def amount(self) -> Money:
        """How much of the credit this settles."""
        return Money(self.amount_minor, self.pool.currency)
