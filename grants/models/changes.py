"""What a grantee asks to be changed in what was agreed on, and what became of it."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from grants.models.agreements import Agreement, AwardBudget
from grants.models.awards import Award
from grants.models.schedules import Schedule


class ChangeState(models.TextChoices):
    """States of a change to an agreement."""

    ASKED = "asked", "Asked for"
    CHECKED = "checked", "Approved by one, waits for a second person"
    OFFERED = "offered", "Approved, waits for the grantee to accept the amendment"
    ACCEPTED = "accepted", "In force"
    DECLINED = "declined", "Declined"
    WITHDRAWN = "withdrawn", "Withdrawn"


# It still waits for somebody.
OPEN_CHANGES = (ChangeState.ASKED, ChangeState.CHECKED, ChangeState.OFFERED)


class AwardChange(models.Model):
    """More time, or money moved between lines or parts, of an award that was agreed on.

    `facts` says what stood and what is wanted, frozen with its fingerprint when it was asked for;
    the sum of the award is never part of it. Approved by one person, or by two where
    `needs_second`, it becomes an amendment, and once the grantee has accepted that, the schedule
    and the budget that carry its number count.
    """

    award = models.ForeignKey(Award, on_delete=models.PROTECT, related_name="changes")
    number = models.PositiveSmallIntegerField()
    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="changes")
    schedule = models.ForeignKey(
        Schedule, on_delete=models.PROTECT, related_name="+", help_text="The one that it is about."
    )
    budget = models.ForeignKey(
        AwardBudget, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    reason = models.CharField(max_length=1000)
    facts = models.JSONField()
    sha256 = models.CharField(max_length=64)
    needs_second = models.BooleanField()
    state = models.CharField(max_length=9, choices=ChangeState, default=ChangeState.ASKED)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    asked_at = models.DateTimeField()
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    approved_at = models.DateTimeField(null=True, blank=True)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    confirmed_at = models.DateTimeField(null=True, blank=True)
    # Why somebody approved it or turned it down, for the grantee to read.
    words = models.CharField(max_length=1000, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    ended_at = models.DateTimeField(null=True, blank=True)
    document = models.OneToOneField(
        "documents.Document", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    accepted_at = models.DateTimeField(null=True, blank=True)
    accepted_as = models.CharField(max_length=200, blank=True, help_text="The name as written.")
    accepted_sha256 = models.CharField(max_length=64, blank=True)
    # The same text with who accepted it and when.
    signed = models.OneToOneField(
        "documents.Document", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["award", "number"]
        constraints = [
            models.UniqueConstraint(fields=["award", "number"], name="awardchange_number_once"),
            models.UniqueConstraint(
                fields=["award"],
                condition=Q(state__in=OPEN_CHANGES),
                name="awardchange_waits_once",
            ),
            models.CheckConstraint(
                condition=Q(state__in=ChangeState.values), name="awardchange_state_is_known"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="awardchange_has_a_reason"),
            models.CheckConstraint(
                condition=Q(sha256__regex=r"^[0-9a-f]{64}$"), name="awardchange_has_its_hash"
            ),
            models.CheckConstraint(
                condition=(Q(approved_by__isnull=True) | ~Q(approved_by=F("asked_by")))
                & (
                    Q(confirmed_by__isnull=True)
                    | ~Q(confirmed_by=F("asked_by")) & ~Q(confirmed_by=F("approved_by"))
                ),
                name="awardchange_is_approved_by_others",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[ChangeState.OFFERED, ChangeState.ACCEPTED])
                | Q(approved_by__isnull=False, approved_at__isnull=False, document__isnull=False)
                & (Q(needs_second=False) | Q(confirmed_by__isnull=False)),
                name="awardchange_offered_is_approved",
            ),
            models.CheckConstraint(
                condition=~Q(state=ChangeState.CHECKED)
                | Q(needs_second=True, approved_by__isnull=False, confirmed_by__isnull=True),
                name="awardchange_checked_waits_for_a_second",
            ),
            models.CheckConstraint(
                condition=Q(
                    state=ChangeState.ACCEPTED,
                    accepted_at__isnull=False,
                    accepted_sha256=F("sha256"),
                    signed__isnull=False,
                )
                & ~Q(accepted_as="")
                | ~Q(state=ChangeState.ACCEPTED)
                & Q(accepted_at__isnull=True, accepted_as="", accepted_sha256=""),
                name="awardchange_is_accepted_as_it_stands",
            ),
            models.CheckConstraint(
                condition=Q(state__in=[ChangeState.DECLINED, ChangeState.WITHDRAWN])
                & Q(ended_by__isnull=False, ended_at__isnull=False)
                | ~Q(state__in=[ChangeState.DECLINED, ChangeState.WITHDRAWN])
                & Q(ended_by__isnull=True, ended_at__isnull=True),
                name="awardchange_ends_by_somebody",
            ),
            models.CheckConstraint(
                condition=~Q(state=ChangeState.DECLINED)
                | ~Q(words="") & ~Q(ended_by=F("asked_by")),
                name="awardchange_declined_says_why",
            ),
            models.CheckConstraint(
                condition=~Q(state=ChangeState.WITHDRAWN) | Q(ended_by=F("asked_by")),
                name="awardchange_is_withdrawn_by_its_asker",
            ),
        ]

    def __str__(self) -> str:
        return f"change {self.number} of award {self.award_id}"
