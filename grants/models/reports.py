"""What a grantee tells of the work and of the money, and what becomes of what was not spent."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from grants.models.awards import Award


class ReportKind(models.TextChoices):
    """The two reports of an award."""

    INTERIM = "interim", "Interim report"
    FINAL = "final", "Final report"


class ReportAnswer(models.TextChoices):
    """What an officer made of a report that was sent."""

    NONE = "", "Not answered"
    ACCEPTED = "accepted", "Accepted"
    RETURNED = "returned", "Sent back"


class Report(models.Model):
    """A report of one award while it is written. What was sent stands in its sendings.

    `typed` is the form as it was typed, whatever it is, so that no save loses a word. `version`
    counts every save, so that a second tab cannot overwrite the first unseen.
    """

    award = models.ForeignKey(Award, on_delete=models.PROTECT, related_name="reports")
    kind = models.CharField(max_length=7, choices=ReportKind)
    typed = models.JSONField(default=dict, blank=True)
    version = models.PositiveIntegerField(default=1)
    saved_at = models.DateTimeField()

    class Meta:
        ordering = ["award", "kind"]
        constraints = [
            models.UniqueConstraint(fields=["award", "kind"], name="report_once_of_each_kind"),
            models.CheckConstraint(
                condition=Q(kind__in=ReportKind.values), name="report_kind_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} report of award {self.award_id}"


class ReportSending(models.Model):
    """A report as it was sent, frozen with its fingerprint, and the answer to it, given once."""

    report = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="sendings")
    number = models.PositiveSmallIntegerField()
    facts = models.JSONField()
    sha256 = models.CharField(max_length=64)
    spent_minor = models.BigIntegerField()
    # What the grantee wants everybody to read; without it only the office reads the report.
    is_public = models.BooleanField(default=False)
    sent_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    sent_at = models.DateTimeField()
    answer = models.CharField(
        max_length=8, choices=ReportAnswer, blank=True, default=ReportAnswer.NONE
    )
    words = models.CharField(max_length=1000, blank=True, help_text="Why it was sent back.")
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["report", "number"]
        constraints = [
            models.UniqueConstraint(fields=["report", "number"], name="reportsending_number_once"),
            models.UniqueConstraint(
                fields=["report"],
                condition=Q(answer=ReportAnswer.ACCEPTED),
                name="reportsending_is_accepted_once",
            ),
            models.UniqueConstraint(
                fields=["report"],
                condition=Q(answer=ReportAnswer.NONE),
                name="reportsending_waits_once",
            ),
            models.CheckConstraint(
                condition=Q(sha256__regex=r"^[0-9a-f]{64}$"), name="reportsending_has_its_hash"
            ),
            models.CheckConstraint(
                condition=Q(spent_minor__gte=0), name="reportsending_spends_no_less_than_nothing"
            ),
            models.CheckConstraint(
                condition=Q(
                    answer=ReportAnswer.NONE, answered_by__isnull=True, answered_at__isnull=True
                )
                | Q(
                    answer__in=[ReportAnswer.ACCEPTED, ReportAnswer.RETURNED],
                    answered_by__isnull=False,
                    answered_at__isnull=False,
                ),
                name="reportsending_is_answered_whole",
            ),
            models.CheckConstraint(
                condition=~Q(answer=ReportAnswer.RETURNED) | ~Q(words=""),
                name="reportsending_sent_back_says_why",
            ),
            models.CheckConstraint(
                condition=Q(answered_by__isnull=True) | ~Q(answered_by=F("sent_by")),
                name="reportsending_is_answered_by_another",
            ),
        ]

    def __str__(self) -> str:
        return f"sending {self.number} of report {self.report_id}"


class ReportLine(models.Model):
    """What was spent so far on one line of the budget, as a sending tells it."""

    sending = models.ForeignKey(ReportSending, on_delete=models.PROTECT, related_name="lines")
    position = models.PositiveSmallIntegerField()
    what = models.CharField(max_length=200)
    budget_minor = models.BigIntegerField()
    spent_minor = models.BigIntegerField()
    why = models.CharField(max_length=300, blank=True, help_text="Why so much more, or less.")

    class Meta:
        ordering = ["sending", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["sending", "position"], name="reportline_position_once"
            ),
            models.CheckConstraint(
                condition=Q(spent_minor__gte=0, budget_minor__gte=0),
                name="reportline_is_not_below_nought",
            ),
            # More than a tenth over its budget is explained.
            models.CheckConstraint(
                condition=Q(spent_minor__lte=F("budget_minor") * 11 / 10) | ~Q(why=""),
                name="reportline_far_over_says_why",
            ),
        ]

    def __str__(self) -> str:
        return self.what


class ReportPhoto(models.Model):
    """A photo of a report, drawn anew: nothing but the picture is kept of what was sent.

    It is here only with who took it and the word that everybody who can be recognised agreed.
    """

    report = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="photos")
    content = models.BinaryField()
    # Drawn once more for lists and papers; empty for one that came before that was so.
    small = models.BinaryField(default=b"")
    sha256 = models.CharField(max_length=64)
    shows = models.CharField(max_length=300, help_text="What it shows.")
    taken_by = models.CharField(max_length=120)
    has_consent = models.BooleanField()
    is_public = models.BooleanField(default=False)
    added_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["report", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["report", "sha256"],
                condition=Q(removed_at__isnull=True),
                name="reportphoto_once",
            ),
            models.CheckConstraint(
                condition=~Q(shows="") & ~Q(taken_by=""), name="reportphoto_says_what_and_whose"
            ),
            models.CheckConstraint(condition=Q(has_consent=True), name="reportphoto_is_agreed_to"),
        ]

    def __str__(self) -> str:
        return f"photo {self.pk} of report {self.report_id}"


class WriteOff(models.Model):
    """Money of an award that was not spent and is not asked back: two people, and why."""

    award = models.OneToOneField(Award, on_delete=models.PROTECT, related_name="write_off")
    amount_minor = models.BigIntegerField()
    reason = models.CharField(max_length=400)
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    proposed_at = models.DateTimeField()
    agreed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    agreed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["award"]
        constraints = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="writeoff_is_of_money"),
            models.CheckConstraint(condition=~Q(reason=""), name="writeoff_has_a_reason"),
            models.CheckConstraint(
                condition=Q(agreed_by__isnull=True, agreed_at__isnull=True)
                | Q(agreed_by__isnull=False, agreed_at__isnull=False)
                & ~Q(agreed_by=F("proposed_by")),
                name="writeoff_is_agreed_by_another",
            ),
        ]

    def __str__(self) -> str:
        return f"write-off of award {self.award_id}"


class Closing(models.Model):
    """The end of an award with a schedule: what it came to, and the last word on it."""

    award = models.OneToOneField(Award, on_delete=models.PROTECT, related_name="closing")
    paid_minor = models.BigIntegerField()
    spent_minor = models.BigIntegerField()
    written_off_minor = models.BigIntegerField(default=0)
    note = models.CharField(max_length=1000)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    closed_at = models.DateTimeField()

    class Meta:
        ordering = ["award"]
        constraints = [
            models.CheckConstraint(condition=~Q(note=""), name="closing_has_a_note"),
            # Nothing of what was paid is neither spent nor back nor written off.
            models.CheckConstraint(
                condition=Q(paid_minor__lte=F("spent_minor") + F("written_off_minor")),
                name="closing_leaves_nothing_unspent",
            ),
        ]

    def __str__(self) -> str:
        return f"closing of award {self.award_id}"
