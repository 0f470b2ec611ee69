"""What the programme officer finds before the committee looks at an application."""

from typing import Final

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy


class Refusal(models.TextChoices):
    """Why an application gets no money, in words that can be counted over rounds."""

    INCOMPLETE = "incomplete", gettext_lazy("Incomplete")
    APPLICANT = "applicant", gettext_lazy("The applicant may not ask in this round")
    SCOPE = "scope", gettext_lazy("Outside what the call is for")
    COSTS = "costs", gettext_lazy("Asks for what is not paid for")
    OVERDUE = "overdue", gettext_lazy("Something of an earlier award is overdue")
    TWICE = "twice", gettext_lazy("Paid for elsewhere, or asked for twice")
    PERMITS = "permits", gettext_lazy("Permits or safeguards are missing")
    METHODS = "methods", gettext_lazy("The methods do not lead to the aim")
    BUDGET = "budget", gettext_lazy("The budget does not fit the work")
    NEED = "need", gettext_lazy("Less urgent than others")
    MONEY = "money", gettext_lazy("Sound, and the money did not suffice")
    OTHER = "other", gettext_lazy("Another reason")


# What can be seen without judging the work itself.
OF_THE_DESK: Final = (
    Refusal.INCOMPLETE,
    Refusal.APPLICANT,
    Refusal.SCOPE,
    Refusal.COSTS,
    Refusal.OVERDUE,
    Refusal.TWICE,
    Refusal.PERMITS,
    Refusal.OTHER,
)


class CheckResult(models.TextChoices):
    """What a check came to."""

    PASSED = "passed", gettext_lazy("Complete and eligible")
    NOT_ELIGIBLE = "refused", gettext_lazy("Not eligible")


class DeskCheck(models.Model):
    """One look of the officer at one application as it was sent; the one without an end counts.

    Rows only come. `items` are the round's questions with answer and note, and `facts` what was
    computed then. That it is not eligible counts only once a chair has confirmed it.
    """

    application = models.ForeignKey(
        "grants.Application", on_delete=models.PROTECT, related_name="desk_checks"
    )
    sha256 = models.CharField(max_length=64, help_text="Of the application that was looked at.")
    items = models.JSONField(default=list)
    facts = models.JSONField(default=list)
    result = models.CharField(max_length=8, choices=CheckResult)
    reason = models.CharField(max_length=10, choices=Refusal, blank=True)
    sentence = models.TextField(blank=True, help_text="Told to the applicant word for word.")
    checked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    checked_at = models.DateTimeField()
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    confirmed_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_why = models.CharField(max_length=400, blank=True)

    class Meta:
        ordering = ["application", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["application"],
                condition=Q(ended_at__isnull=True),
                name="deskcheck_one_stands",
            ),
            models.CheckConstraint(
                condition=Q(sha256__regex=r"^[0-9a-f]{64}$"), name="deskcheck_is_of_what_was_sent"
            ),
            models.CheckConstraint(
                condition=Q(result=CheckResult.PASSED, reason="", sentence="")
                | Q(result=CheckResult.NOT_ELIGIBLE, reason__in=[*OF_THE_DESK]) & ~Q(sentence=""),
                name="deskcheck_refusal_says_why",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_by__isnull=True, confirmed_at__isnull=True)
                | Q(
                    confirmed_by__isnull=False,
                    confirmed_at__isnull=False,
                    result=CheckResult.NOT_ELIGIBLE,
                ),
                name="deskcheck_confirmed_is_a_refusal",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_by__isnull=True) | ~Q(confirmed_by=F("checked_by")),
                name="deskcheck_takes_two",
            ),
            models.CheckConstraint(
                condition=Q(ended_by__isnull=True, ended_at__isnull=True, ended_why="")
                | Q(ended_by__isnull=False, ended_at__isnull=False) & ~Q(ended_why=""),
                name="deskcheck_ended_says_why",
            ),
        ]

    def __str__(self) -> str:
        return f"check {self.pk} of {self.application_id}"
