"""Awards that were promised before the move to this fund's books: where each came from."""

from django.db import models
from django.db.models import F, Q

from grants.models.awards import Award


class TakeOver(models.Model):
    """What a file said of an award that was promised elsewhere, and who took it over.

    Only what was not paid yet is promised here; the award's own sum is that part. What was
    awarded in all and paid before is history: kept as figures, and in no book of ours.
    """

    award = models.OneToOneField(Award, on_delete=models.PROTECT, related_name="take_over")
    entity = models.ForeignKey("parties.Entity", on_delete=models.PROTECT, related_name="+")
    reference = models.CharField(max_length=140, help_text="What tells it apart in its file.")
    batch = models.ForeignKey("imports.Import", on_delete=models.PROTECT, related_name="+")
    awarded_minor = models.BigIntegerField(help_text="In all, in the award's currency.")
    paid_minor = models.BigIntegerField(help_text="Before it was taken over.")
    awarded_on = models.DateField(help_text="As it was promised elsewhere.")
    instalments = models.CharField(max_length=400, blank=True, help_text="What is still to come.")
    taken_at = models.DateTimeField()
    started_by = models.CharField(max_length=60)
    accepted_by = models.CharField(max_length=60)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["entity", "reference"], name="takeover_is_made_once"),
            models.CheckConstraint(
                condition=Q(paid_minor__gte=0, awarded_minor__gt=F("paid_minor")),
                name="takeover_leaves_something_to_pay",
            ),
            models.CheckConstraint(
                condition=~Q(started_by="") & ~Q(accepted_by="") & ~Q(accepted_by=F("started_by")),
                name="takeover_is_accepted_by_another_person",
            ),
            models.CheckConstraint(condition=~Q(reference=""), name="takeover_is_told_apart"),
        ]

    def __str__(self) -> str:
        return f"take-over of award {self.award_id}"
