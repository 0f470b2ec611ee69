"""Regular gifts of the system before this one: promises on record that nothing is charged for."""

import uuid
from typing import Final

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy

from donors.models.people import Donor
from donors.models.pledges import Pledge, Rhythm
from funding.money import Money


class EarlierState(models.TextChoices):
    """What has become of it."""

    TAKEN = "taken", gettext_lazy("Taken over")
    INVITED = "invited", gettext_lazy("Invited")
    CONTINUED = "continued", gettext_lazy("Continued")
    ENDED = "ended", gettext_lazy("Ended")
    LAPSED = "lapsed", gettext_lazy("Lapsed")


OPEN: Final = [EarlierState.TAKEN, EarlierState.INVITED]
# Whoever comes late is still welcome.
COMES: Final = [*OPEN, EarlierState.LAPSED]


class EarlierPledge(models.Model):
    """A regular gift in the system before, as a file told it.

    No card and no mandate came with it, so it is no pledge and nothing is ever charged: its giver
    is asked by mail whether it goes on, and begins a pledge of their own if it does.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    entity = models.ForeignKey("parties.Entity", on_delete=models.PROTECT, related_name="+")
    donor = models.ForeignKey(Donor, on_delete=models.PROTECT, related_name="earlier_pledges")
    donor_name = models.CharField(max_length=200)
    fund = models.ForeignKey("ledger.Fund", on_delete=models.PROTECT, related_name="+")
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField(help_text="Each instalment.")
    rhythm = models.CharField(max_length=9, choices=Rhythm)
    day = models.PositiveSmallIntegerField(null=True, blank=True, help_text="Of the month.")
    began_on = models.DateField(null=True, blank=True)
    next_on = models.DateField(null=True, blank=True, help_text="When the next one was due there.")
    method = models.CharField(max_length=60, blank=True, help_text="As the file names it.")
    language = models.CharField(max_length=8, default="en")
    reference = models.CharField(max_length=140, help_text="What tells it apart in its file.")
    batch = models.ForeignKey("imports.Import", on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=9, choices=EarlierState, default=EarlierState.TAKEN)
    taken_at = models.DateTimeField()
    # Somebody has said that the giver is to be asked; the mail follows.
    asked_at = models.DateTimeField(null=True, blank=True)
    asked_by = models.CharField(max_length=60, blank=True)
    invited_at = models.DateTimeField(null=True, blank=True)
    reminded_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True, help_text="Continued, ended or lapsed.")
    ended_by = models.CharField(max_length=60, blank=True)
    pledge = models.OneToOneField(
        Pledge, null=True, blank=True, on_delete=models.PROTECT, related_name="earlier"
    )
    # The row is the queue: when to write to its giver, or to give it up. Empty: nothing is due.
    due_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(amount_minor__gt=0), name="earlierpledge_promised_money"
            ),
            models.CheckConstraint(
                condition=Q(currency__regex=r"^[A-Z]{3}$"), name="earlierpledge_currency_is_iso"
            ),
            models.CheckConstraint(
                condition=Q(rhythm__in=Rhythm.values), name="earlierpledge_rhythm_is_known"
            ),
            models.CheckConstraint(
                condition=Q(day__isnull=True) | Q(day__range=(1, 31)),
                name="earlierpledge_day_is_of_a_month",
            ),
            models.UniqueConstraint(
                fields=["entity", "reference"], name="earlierpledge_is_taken_over_once"
            ),
            models.CheckConstraint(condition=~Q(reference=""), name="earlierpledge_is_told_apart"),
            models.CheckConstraint(
                condition=Q(state=EarlierState.TAKEN, invited_at__isnull=True)
                | Q(state__in=[EarlierState.INVITED, EarlierState.LAPSED], invited_at__isnull=False)
                | Q(state__in=[EarlierState.CONTINUED, EarlierState.ENDED]),
                name="earlierpledge_state_fits_its_mails",
            ),
            models.CheckConstraint(
                condition=Q(state__in=OPEN, ended_at__isnull=True)
                | Q(
                    state__in=[EarlierState.CONTINUED, EarlierState.ENDED, EarlierState.LAPSED],
                    ended_at__isnull=False,
                    due_at__isnull=True,
                ),
                name="earlierpledge_ends_once",
            ),
            models.CheckConstraint(
                condition=Q(state=EarlierState.CONTINUED, pledge__isnull=False)
                | ~Q(state=EarlierState.CONTINUED) & Q(pledge__isnull=True),
                name="earlierpledge_continued_has_its_pledge",
            ),
            models.CheckConstraint(
                condition=Q(reminded_at__isnull=True) | Q(invited_at__isnull=False),
                name="earlierpledge_is_reminded_of_a_mail",
            ),
            models.CheckConstraint(
                condition=Q(invited_at__isnull=True) | Q(asked_at__isnull=False) & ~Q(asked_by=""),
                name="earlierpledge_is_invited_by_somebody",
            ),
            models.CheckConstraint(
                condition=~Q(state=EarlierState.LAPSED) | Q(reminded_at__isnull=False),
                name="earlierpledge_lapses_after_a_reminder",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"], condition=Q(due_at__isnull=False), name="earlierpledge_waiting"
            ),
            models.Index(fields=["donor", "fund"], name="earlierpledge_of_donor"),
        ]

    def __str__(self) -> str:
        return f"earlier pledge {self.pk}"

    @property
    def amount(self) -> Money:
        """What each instalment gave."""
        return Money(self.amount_minor, self.currency)

    @property
    def is_open(self) -> bool:
        """Whether its giver may still be asked."""
        return self.state in OPEN

    @property
    def is_waiting(self) -> bool:
        """Whether its giver is to be asked, and the mail has not gone yet."""
        return self.state == EarlierState.TAKEN and self.asked_at is not None
