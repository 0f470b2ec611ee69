"""What people do with funds: transfers and opening balances in twos, and holds."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from funding.ledger.models.funds import Account, Fund


class Step(models.TextChoices):
    """States of what two people do together."""

    PROPOSED = "proposed", "Proposed"
    BOOKED = "booked", "Booked"
    DECLINED = "declined", "Declined"


class TwoPersonStep(models.Model):
    """Something that one person proposes and another one books or declines."""

    state = models.CharField(max_length=10, choices=Step, default=Step.PROPOSED)
    amount_minor = models.BigIntegerField()
    reason = models.CharField(max_length=400)
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    proposed_at = models.DateTimeField()
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="%(class)s_moves_money"),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("proposed_by")),
                name="%(class)s_is_decided_by_another_person",
            ),
            models.CheckConstraint(
                condition=Q(state=Step.PROPOSED, decided_by__isnull=True, decided_at__isnull=True)
                | Q(
                    state__in=[Step.BOOKED, Step.DECLINED],
                    decided_by__isnull=False,
                    decided_at__isnull=False,
                ),
                name="%(class)s_state_fits_its_decision",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="%(class)s_has_a_reason"),
        ]


class Transfer(TwoPersonStep):
    """Money moved from one fund to another of the same entity and currency."""

    source = models.ForeignKey(Fund, on_delete=models.PROTECT, related_name="+")
    target = models.ForeignKey(Fund, on_delete=models.PROTECT, related_name="+")
    place = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    ground = models.CharField(
        max_length=400,
        blank=True,
        help_text="The lawful ground, required when money leaves a restricted fund.",
    )

    class Meta(TwoPersonStep.Meta):
        abstract = False
        constraints = [
            *TwoPersonStep.Meta.constraints,
            models.CheckConstraint(
                condition=~Q(source=F("target")), name="transfer_goes_to_another_fund"
            ),
        ]

    def __str__(self) -> str:
        return f"transfer {self.pk}"


class Opening(TwoPersonStep):
    """A balance that a fund had before this ledger began."""

    fund = models.ForeignKey(Fund, on_delete=models.PROTECT, related_name="openings")
    place = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    as_of = models.DateField()

    class Meta(TwoPersonStep.Meta):
        abstract = False

    def __str__(self) -> str:
        return f"opening {self.pk}"


class Hold(models.Model):
    """Money of a fund kept back while a decision is open."""

    fund = models.ForeignKey(Fund, on_delete=models.PROTECT, related_name="holds")
    cause = models.CharField(max_length=80, help_text="What it is held for: 'motion:<id>'.")
    amount_minor = models.BigIntegerField()
    placed_at = models.DateTimeField()
    released_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="hold_moves_money"),
            models.UniqueConstraint(fields=["fund", "cause"], name="hold_once_per_cause"),
        ]

    def __str__(self) -> str:
        return f"hold {self.pk}"
