"""What members say of their interest in an application, and what the chair rules on it."""

from typing import Final

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy


class Interest(models.TextChoices):
    """How much of an interest a member has. It is never lessened later."""

    NONE = "none", gettext_lazy("No interest")
    SOFT = "soft", gettext_lazy("Some interest: the chair rules on it")
    HARD = "hard", gettext_lazy("An interest: I step out")


class Nature(models.TextChoices):
    """What kind of interest it is: this much stands in the minute, the words do not."""

    BODY = "body", gettext_lazy("Works for or acts for the applying organisation")
    KIN = "kin", gettext_lazy("Family or close friends")
    MONEY = "money", gettext_lazy("Would be paid or receive money")
    PART = "part", gettext_lazy("Takes part in the project")
    APPLIED = "applied", gettext_lazy("Applied for it")
    ADVISED = "advised", gettext_lazy("Advised on the application")
    WROTE = "wrote", gettext_lazy("Published with the applicants in the last three years")
    GROUP = "group", gettext_lazy("Sits in the same specialist group")
    GAVE = "gave", gettext_lazy("Acts for a zoo that gave money of this round")
    OTHER = "other", gettext_lazy("Another interest")


_SAID: Final = Q(interest=Interest.NONE, nature="") | (
    ~Q(interest=Interest.NONE) & ~Q(nature="") & ~Q(words="")
)


class Declaration(models.Model):
    """What a member said of one application, after reading who asks and before its content.

    Rows only come: the latest counts. `flags` are the sentences that the page showed beside it.
    """

    application = models.ForeignKey(
        "grants.Application", on_delete=models.PROTECT, related_name="declarations"
    )
    member = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="declarations"
    )
    interest = models.CharField(max_length=4, choices=Interest)
    nature = models.CharField(max_length=8, choices=Nature, blank=True)
    words = models.CharField(
        max_length=400, blank=True, help_text="Seen by the member and the chair only."
    )
    flags = models.JSONField(default=list, blank=True)
    declared_at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]
        indexes = [
            models.Index(fields=["application", "member", "id"], name="declaration_latest"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(interest__in=Interest.values), name="declaration_interest_is_known"
            ),
            models.CheckConstraint(
                condition=Q(nature__in=["", *Nature.values]), name="declaration_nature_is_known"
            ),
            models.CheckConstraint(condition=_SAID, name="declaration_of_an_interest_says_which"),
        ]

    def __str__(self) -> str:
        return f"{self.member_id} on {self.application_id}: {self.interest}"


class Ruling(models.Model):
    """The chair's word on a soft interest: whether the member takes part, and why."""

    declaration = models.OneToOneField(Declaration, on_delete=models.PROTECT, related_name="ruling")
    may_take_part = models.BooleanField()
    sentence = models.CharField(max_length=400, help_text="Printed in the minute.")
    ruled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    ruled_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(sentence=""), name="ruling_says_why"),
        ]

    def __str__(self) -> str:
        return f"ruling on {self.declaration_id}"
