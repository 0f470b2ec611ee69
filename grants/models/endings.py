"""How awards end early: a rest that is cancelled, and money that comes back."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from grants.models.awards import Award


class Cancellation(models.Model):
    """The rest of an award, set free again because it will not be needed."""

    award = models.ForeignKey(Award, on_delete=models.PROTECT, related_name="cancellations")
    amount_minor = models.BigIntegerField()
    reason = models.CharField(max_length=400)
    cancelled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    cancelled_at = models.DateTimeField()

    class Meta:
        ordering = ["award", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(amount_minor__gt=0), name="cancellation_frees_money"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="cancellation_has_a_reason"),
        ]

    def __str__(self) -> str:
        return f"cancellation {self.pk}"


class Return(models.Model):
    """Money of an award that the grantee did not spend and sent back to one of our accounts."""

    award = models.ForeignKey(Award, on_delete=models.PROTECT, related_name="returns")
    amount_minor = models.BigIntegerField(help_text="As it arrived, in the award's currency.")
    returned_on = models.DateField()
    place = models.ForeignKey("ledger.Account", on_delete=models.PROTECT, related_name="+")
    reference = models.CharField(max_length=80)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ["award", "pk"]
        constraints = [
            # The bank's reference of one day is one payment: recorded twice it would be money
            # that is not there.
            models.UniqueConstraint(
                fields=["award", "place", "returned_on", "reference"],
                name="return_is_recorded_once",
            ),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="return_brings_money"),
            models.CheckConstraint(condition=~Q(reference=""), name="return_has_a_reference"),
        ]

    def __str__(self) -> str:
        return f"return {self.pk}"
