"""Where the forms of giving come from, which cards banks refused, and when we asked for more.

Addresses, e-mails and devices stand here only as keyed hashes, and are forgotten after weeks.
"""

from typing import Final

from django.db import models
from django.db.models import Q

from donors.models.gifts import Gift
from donors.models.pledges import Pledge

HASH_LENGTH: Final = 32


class Reach(models.TextChoices):
    """Whom an episode is about."""

    DEVICE = "device", "One device"
    EMAIL = "email", "One e-mail address"
    ADDRESS = "address", "One network"
    EVERYBODY = "everybody", "Everybody"


class Origin(models.Model):
    """Where one sent form came from, and whether a mailed link has to be opened first."""

    gift = models.OneToOneField(
        Gift, null=True, blank=True, on_delete=models.CASCADE, related_name="origin"
    )
    pledge = models.OneToOneField(
        Pledge, null=True, blank=True, on_delete=models.CASCADE, related_name="origin"
    )
    address = models.CharField(max_length=HASH_LENGTH, blank=True)
    email = models.CharField(max_length=HASH_LENGTH)
    device = models.CharField(max_length=HASH_LENGTH, blank=True)
    needs_link = models.BooleanField(default=False)
    confirmed_at = models.DateTimeField(null=True, blank=True, help_text="The link was opened.")
    created_at = models.DateTimeField()
    # So many cards were refused on its page that the page is closed.
    closing_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    # The row is the queue: when to ask which cards were refused; empty when all is known.
    due_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(gift__isnull=False, pledge__isnull=True)
                | Q(gift__isnull=True, pledge__isnull=False),
                name="origin_is_of_one_form",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_at__isnull=True) | Q(needs_link=True),
                name="origin_confirmed_was_asked",
            ),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True) | Q(closing_at__isnull=False),
                name="origin_closed_was_to_be_closed",
            ),
        ]
        indexes = [
            models.Index(fields=["address", "created_at"], name="origin_by_address"),
            models.Index(fields=["email", "created_at"], name="origin_by_email"),
            models.Index(fields=["device", "created_at"], name="origin_by_device"),
            models.Index(fields=["created_at"], name="origin_by_time"),
            models.Index(
                fields=["due_at"], condition=Q(due_at__isnull=False), name="origin_waiting"
            ),
        ]

    def __str__(self) -> str:
        return f"origin {self.pk}"

    @property
    def waits_for_link(self) -> bool:
        """Whether its giver has to open the mailed link before the payment page."""
        return self.needs_link and self.confirmed_at is None


class RefusedCard(models.Model):
    """One try at a card that its bank refused."""

    charge = models.CharField(max_length=255)
    origin = models.ForeignKey(Origin, on_delete=models.CASCADE, related_name="refused")
    card = models.CharField(max_length=HASH_LENGTH)
    refused_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["charge"], name="refusedcard_is_counted_once"),
        ]
        indexes = [models.Index(fields=["refused_at"], name="refusedcard_by_time")]

    def __str__(self) -> str:
        return f"refused {self.charge}"


class Episode(models.Model):
    """A span of time in which some, or everybody, are asked to open a mailed link first.

    It ends by itself at `until`, which moves on while cards are still being tried.
    """

    reach = models.CharField(max_length=9, choices=Reach)
    segment = models.CharField(max_length=HASH_LENGTH, blank=True)
    # Nothing is taken at all: the link has not held them back.
    stops = models.BooleanField(default=False)
    began_at = models.DateTimeField()
    until = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.CharField(max_length=60, blank=True, help_text="'user:7', or 'system'.")
    began_by = models.CharField(max_length=60, default="system")
    forms = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    cards = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(reach__in=Reach.values), name="episode_reach_is_known"
            ),
            models.UniqueConstraint(
                fields=["reach", "segment"],
                condition=Q(ended_at__isnull=True),
                name="episode_runs_once",
            ),
            models.CheckConstraint(
                condition=Q(until__gt=models.F("began_at")), name="episode_has_an_end"
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ended_by="")
                | Q(ended_at__isnull=False) & ~Q(ended_by=""),
                name="episode_ended_by_somebody",
            ),
        ]
        indexes = [models.Index(fields=["-began_at"], name="episode_by_time")]

    def __str__(self) -> str:
        return f"episode {self.pk} of {self.reach}"
