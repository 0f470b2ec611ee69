"""What of an award goes on which line of the budget, and the agreement on both."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from grants.models.awards import Award
from grants.models.schedules import Schedule


class AwardBudget(models.Model):
    """The lines that an award pays for. Written once; the last version counts.

    Its lines come to the award exactly. The first is what was asked for, where all of it was
    awarded, and else what the applicant has made of it.
    """

    award = models.ForeignKey(Award, on_delete=models.PROTECT, related_name="budgets")
    version = models.PositiveSmallIntegerField()
    # Why it stands although an agreement was accepted before it.
    change = models.OneToOneField(
        "grants.AwardChange", null=True, blank=True, on_delete=models.PROTECT, related_name="lines"
    )
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["award", "version"]
        constraints = [
            models.UniqueConstraint(fields=["award", "version"], name="awardbudget_version_once"),
        ]

    def __str__(self) -> str:
        return f"budget {self.version} of award {self.award_id}"


class AwardLine(models.Model):
    """What the award pays of one line of the budget that was asked for; nought is none of it."""

    budget = models.ForeignKey(AwardBudget, on_delete=models.PROTECT, related_name="lines")
    position = models.PositiveSmallIntegerField()
    category = models.CharField(max_length=60)
    what = models.CharField(max_length=200)
    asked_minor = models.BigIntegerField()
    amount_minor = models.BigIntegerField()
    reason = models.CharField(max_length=300, blank=True, help_text="Why more than was asked.")

    class Meta:
        ordering = ["budget", "position"]
        constraints = [
            models.UniqueConstraint(fields=["budget", "position"], name="awardline_position_once"),
            models.CheckConstraint(
                condition=Q(amount_minor__gte=0, asked_minor__gte=0),
                name="awardline_is_not_below_nought",
            ),
            models.CheckConstraint(
                condition=Q(amount_minor__lte=F("asked_minor")) | ~Q(reason=""),
                name="awardline_above_the_asked_says_why",
            ),
        ]

    def __str__(self) -> str:
        return self.what


class Agreement(models.Model):
    """What grantee and entity agree on, frozen with its fingerprint.

    Accepted by the applicant for the text that they saw, then countersigned for the entity by
    another person than drew it up. A later version stands beside one that was not accepted.
    """

    award = models.ForeignKey(Award, on_delete=models.PROTECT, related_name="agreements")
    version = models.PositiveSmallIntegerField()
    schedule = models.ForeignKey(Schedule, on_delete=models.PROTECT, related_name="+")
    budget = models.ForeignKey(
        AwardBudget, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    facts = models.JSONField()
    sha256 = models.CharField(max_length=64)
    document = models.OneToOneField(
        "documents.Document", on_delete=models.PROTECT, related_name="+"
    )
    drawn_up_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    drawn_up_at = models.DateTimeField()
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    accepted_at = models.DateTimeField(null=True, blank=True)
    accepted_as = models.CharField(max_length=200, blank=True, help_text="The name as written.")
    accepted_sha256 = models.CharField(max_length=64, blank=True)
    countersigned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    countersigned_at = models.DateTimeField(null=True, blank=True)
    # The same text with who signed it and when.
    signed = models.OneToOneField(
        "documents.Document", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["award", "version"]
        constraints = [
            models.UniqueConstraint(fields=["award", "version"], name="agreement_version_once"),
            models.UniqueConstraint(
                fields=["award"],
                condition=Q(accepted_at__isnull=False),
                name="agreement_is_accepted_once",
            ),
            models.CheckConstraint(
                condition=Q(sha256__regex=r"^[0-9a-f]{64}$"), name="agreement_has_its_hash"
            ),
            models.CheckConstraint(
                condition=Q(
                    accepted_at__isnull=True,
                    accepted_by__isnull=True,
                    accepted_as="",
                    accepted_sha256="",
                )
                | Q(accepted_at__isnull=False, accepted_by__isnull=False)
                & ~Q(accepted_as="")
                & Q(accepted_sha256=F("sha256")),
                name="agreement_is_accepted_as_it_stands",
            ),
            models.CheckConstraint(
                condition=Q(countersigned_at__isnull=True, countersigned_by__isnull=True)
                | Q(
                    countersigned_at__isnull=False,
                    countersigned_by__isnull=False,
                    accepted_at__isnull=False,
                    signed__isnull=False,
                ),
                name="agreement_is_countersigned_after_it",
            ),
            models.CheckConstraint(
                condition=Q(countersigned_by__isnull=True)
                | ~Q(countersigned_by=F("accepted_by")) & ~Q(countersigned_by=F("drawn_up_by")),
                name="agreement_is_countersigned_by_another",
            ),
            models.CheckConstraint(
                condition=Q(accepted_by__isnull=True) | ~Q(accepted_by=F("drawn_up_by")),
                name="agreement_is_accepted_by_another",
            ),
        ]

    def __str__(self) -> str:
        return f"agreement {self.version} of award {self.award_id}"
