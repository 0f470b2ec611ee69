"""What a round may ask beside the form: permits, and how animals and people are kept safe."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy

MOST_PERMITS = 8


class PermitState(models.TextChoices):
    """How far a permit has come."""

    HELD = "held", gettext_lazy("Held")
    APPLIED = "applied", gettext_lazy("Applied for")
    NOT_NEEDED = "not_needed", gettext_lazy("Not needed")


class Permit(models.Model):
    """One permit that the work needs, or could be thought to need, as its applicant says."""

    application = models.ForeignKey(
        "grants.Application", on_delete=models.CASCADE, related_name="permits"
    )
    position = models.PositiveSmallIntegerField()
    what = models.CharField(max_length=120)
    state = models.CharField(max_length=10, choices=PermitState)
    number = models.CharField(max_length=80, blank=True)
    authority = models.CharField(max_length=120, blank=True)
    valid_until = models.DateField(null=True, blank=True)
    # Its copy among the files of the application.
    attachment = models.ForeignKey(
        "grants.Attachment",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="permits",
    )

    class Meta:
        ordering = ["application", "position"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=PermitState.values), name="permit_state_is_known"
            ),
            models.CheckConstraint(condition=~Q(what=""), name="permit_says_what"),
            models.CheckConstraint(
                condition=Q(position__lt=MOST_PERMITS), name="permit_is_one_of_a_few"
            ),
            models.UniqueConstraint(
                fields=["application", "position"], name="permit_stands_in_one_place"
            ),
        ]

    def __str__(self) -> str:
        return self.what


class Safeguard(models.Model):
    """What an applicant says of the welfare of animals, of people, and of who has agreed."""

    application = models.OneToOneField(
        "grants.Application", on_delete=models.CASCADE, related_name="safeguard"
    )
    animals = models.TextField(blank=True)
    people = models.TextField(blank=True)
    community = models.TextField(blank=True)
    contact = models.CharField(max_length=200, blank=True)

    def __str__(self) -> str:
        return f"safeguards of application {self.application_id}"
