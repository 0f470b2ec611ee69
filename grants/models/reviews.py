"""Who is asked for an opinion on an application, and the opinions."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from grants.models.rounds import TOP_MARK


class Assignment(models.Model):
    """One member who is asked to review one application, until it is given to somebody else."""

    application = models.ForeignKey(
        "grants.Application", on_delete=models.PROTECT, related_name="assignments"
    )
    member = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="assignments"
    )
    assigned_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_why = models.CharField(max_length=400, blank=True)

    class Meta:
        ordering = ["application", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["application", "member"],
                condition=Q(ended_at__isnull=True),
                name="assignment_stands_once",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ended_why="")
                | Q(ended_at__isnull=False) & ~Q(ended_why=""),
                name="assignment_ended_says_why",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.member_id} reviews {self.application_id}"


class Review(models.Model):
    """A member's opinion. Once it is handed in it stays; a correction is a further one.

    The last that was handed in counts. `version` counts every save of a draft, so that a
    second window cannot overwrite the first unseen.
    """

    application = models.ForeignKey(
        "grants.Application", on_delete=models.PROTECT, related_name="reviews"
    )
    member = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="reviews"
    )
    number = models.PositiveSmallIntegerField(default=1)
    version = models.PositiveIntegerField(default=1)
    # Which tab saved last, so that it may go on after an answer that the line has swallowed.
    saved_in = models.CharField(max_length=36, blank=True, default="", db_default="")
    reasons = models.TextField(blank=True, help_text="For the committee.")
    advice = models.TextField(blank=True, help_text="What would make the next application better.")
    correction = models.CharField(max_length=400, blank=True, help_text="Why there is another.")
    saved_at = models.DateTimeField()
    handed_in_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["application", "member", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["application", "member", "number"], name="review_number_once"
            ),
            models.UniqueConstraint(
                fields=["application", "member"],
                condition=Q(handed_in_at__isnull=True),
                name="review_has_one_draft",
            ),
            models.CheckConstraint(
                condition=Q(number=1, correction="") | Q(number__gt=1) & ~Q(correction=""),
                name="review_correction_says_why",
            ),
        ]

    def __str__(self) -> str:
        return f"review {self.number} of {self.application_id} by {self.member_id}"


class Mark(models.Model):
    """What a review gives by one criterion. A mark that is missing has no row."""

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="marks")
    criterion = models.ForeignKey("grants.Criterion", on_delete=models.PROTECT, related_name="+")
    mark = models.PositiveSmallIntegerField()
    comment = models.CharField(max_length=1000, blank=True)

    class Meta:
        ordering = ["review", "criterion"]
        constraints = [
            models.UniqueConstraint(fields=["review", "criterion"], name="mark_once_a_criterion"),
            models.CheckConstraint(
                condition=Q(mark__gte=1, mark__lte=TOP_MARK), name="mark_is_on_the_scale"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.mark} in review {self.review_id}"
