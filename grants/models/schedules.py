"""In which parts an award is paid, what each of them waits for, and that it has come."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from grants.models.awards import Award


class TrancheCondition(models.TextChoices):
    """What has to come before a part can be asked for."""

    SIGNED = "signed", "The agreement is accepted"
    INTERIM = "interim", "The interim report is accepted"
    FINAL = "final", "The final report is accepted"
    MILESTONE = "milestone", "A milestone is reached"


class Schedule(models.Model):
    """How an award is paid in parts, and when its reports are due: days, never 'in a year'.

    Written once. A later version stands beside the earlier ones, and the last counts.
    `amount_minor` is what its parts add up to: the award, less what was asked for or cancelled
    before there was a schedule.
    """

    award = models.ForeignKey(Award, on_delete=models.PROTECT, related_name="schedules")
    version = models.PositiveSmallIntegerField()
    amount_minor = models.BigIntegerField()
    interim_due_on = models.DateField(null=True, blank=True)
    final_due_on = models.DateField()
    # Why it stands although an agreement was accepted before it.
    change = models.OneToOneField(
        "grants.AwardChange", null=True, blank=True, on_delete=models.PROTECT, related_name="moved"
    )
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["award", "version"]
        constraints = [
            models.UniqueConstraint(fields=["award", "version"], name="schedule_version_once"),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="schedule_pays_money"),
            models.CheckConstraint(
                condition=Q(interim_due_on__isnull=True) | Q(interim_due_on__lt=F("final_due_on")),
                name="schedule_ends_with_the_final_report",
            ),
        ]

    def __str__(self) -> str:
        return f"schedule {self.version} of award {self.award_id}"


class Tranche(models.Model):
    """One part of an award. `due_on` is the day by which it is wanted, in the entity's zone."""

    schedule = models.ForeignKey(Schedule, on_delete=models.PROTECT, related_name="tranches")
    number = models.PositiveSmallIntegerField()
    amount_minor = models.BigIntegerField()
    due_on = models.DateField()
    condition = models.CharField(max_length=10, choices=TrancheCondition)
    words = models.CharField(max_length=300, blank=True, help_text="What the milestone is.")
    # Held back until the grantee has told what became of all the money.
    is_retention = models.BooleanField(default=False)

    class Meta:
        ordering = ["schedule", "number"]
        constraints = [
            models.UniqueConstraint(fields=["schedule", "number"], name="tranche_number_once"),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="tranche_pays_money"),
            models.CheckConstraint(
                condition=Q(condition__in=TrancheCondition.values),
                name="tranche_condition_is_known",
            ),
            models.CheckConstraint(
                condition=~Q(condition=TrancheCondition.MILESTONE) | ~Q(words=""),
                name="tranche_says_its_milestone",
            ),
            models.CheckConstraint(
                condition=Q(is_retention=False) | Q(condition=TrancheCondition.FINAL),
                name="tranche_retained_waits_for_the_final_report",
            ),
        ]

    def __str__(self) -> str:
        return f"tranche {self.number} of schedule {self.schedule_id}"


class Fulfilment(models.Model):
    """That what a part of an award waits for has come, and who says so. Written once.

    By the part's number, which every version of a schedule keeps.
    """

    award = models.ForeignKey(Award, on_delete=models.PROTECT, related_name="fulfilments")
    tranche_number = models.PositiveSmallIntegerField()
    words = models.CharField(max_length=400)
    met_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    met_at = models.DateTimeField()

    class Meta:
        ordering = ["award", "tranche_number"]
        constraints = [
            models.UniqueConstraint(fields=["award", "tranche_number"], name="fulfilment_once"),
            models.CheckConstraint(condition=~Q(words=""), name="fulfilment_says_what_came"),
        ]

    def __str__(self) -> str:
        return f"tranche {self.tranche_number} of award {self.award_id} is met"
