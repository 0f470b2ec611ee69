"""A call for applications with its dates and its money."""

from django.db import models
from django.db.models import F, Q


class Round(models.Model):
    """One call. Whether it is open follows from its dates and nothing else."""

    slug = models.SlugField(max_length=80, unique=True)
    name = models.CharField(max_length=120)
    entity = models.ForeignKey("parties.Entity", on_delete=models.PROTECT, related_name="rounds")
    call = models.TextField(help_text="Who may ask for what, in plain text.")
    criteria = models.TextField(help_text="By what the committee decides, in plain text.")
    currency = models.CharField(max_length=3)
    maximum_minor = models.BigIntegerField(help_text="The most that one application may ask.")
    opens_at = models.DateTimeField()
    closes_at = models.DateTimeField()
    grace_minutes = models.PositiveSmallIntegerField(
        default=0, help_text="For slow lines: how long after closing a submission still counts."
    )
    decides_on = models.DateField(help_text="The day by which applicants will know.")
    published_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-opens_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(closes_at__gt=F("opens_at")), name="round_closes_after_it_opens"
            ),
            models.CheckConstraint(condition=Q(maximum_minor__gt=0), name="round_grants_money"),
            models.CheckConstraint(
                condition=Q(grace_minutes__lte=240), name="round_grace_is_short"
            ),
            models.CheckConstraint(
                condition=Q(currency__regex=r"^[A-Z]{3}$"), name="round_currency_is_iso"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class RoundFund(models.Model):
    """A fund that a round may draw on, and the most that it may draw."""

    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="funds")
    fund = models.ForeignKey("ledger.Fund", on_delete=models.PROTECT, related_name="+")
    envelope_minor = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["round", "fund"], name="roundfund_once_per_fund"),
            models.CheckConstraint(
                condition=Q(envelope_minor__gt=0), name="roundfund_envelope_has_money"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.round_id} draws on {self.fund_id}"
