"""Gift Aid of the United Kingdom: declarations of taxpayers, and claims to the tax office."""

from typing import Final

from django.db import models
from django.db.models import F, Q

from donors.models.gifts import Gift
from donors.models.people import Donor
from donors.models.pledges import Pledge

_POSTCODE: Final = r"^(X|GIR 0AA|[A-Z]{1,2}[0-9][0-9A-Z]? [0-9][A-Z]{2})$"


class Scope(models.TextChoices):
    """Which gifts a declaration covers."""

    ONE = "one", "This gift"
    ALL = "all", "This gift, those of the past four years and all to come"


class Channel(models.TextChoices):
    """How a declaration was made."""

    FORM = "form", "On the giving form"
    ACCOUNT = "account", "On the giver's own page"
    PAPER = "paper", "On paper"
    ORAL = "oral", "By word of mouth"


class Declaration(models.Model):
    """What a taxpayer declared, in the very words, with name and address as they were.

    A row is never rewritten: another address is another declaration, and a cancellation is a
    day from which on gifts are not covered.
    """

    donor = models.ForeignKey(Donor, on_delete=models.PROTECT, related_name="declarations")
    entity = models.ForeignKey("parties.Entity", on_delete=models.PROTECT, related_name="+")
    scope = models.CharField(max_length=3, choices=Scope)
    # The gift that it came with. Until that is paid nobody has shown that the words are theirs.
    gift = models.ForeignKey(
        Gift, null=True, blank=True, on_delete=models.PROTECT, related_name="declarations"
    )
    # Or the regular gift that it came with, until whose first instalment is paid likewise.
    pledge = models.ForeignKey(
        Pledge, null=True, blank=True, on_delete=models.PROTECT, related_name="declarations"
    )
    channel = models.CharField(max_length=7, choices=Channel)
    wording = models.TextField()
    title = models.CharField(max_length=4, blank=True)
    first_name = models.CharField(max_length=35)
    last_name = models.CharField(max_length=35)
    house = models.CharField(max_length=40, help_text="Name or number.")
    postcode = models.CharField(max_length=8, help_text="X for an address abroad.")
    given_on = models.DateField()
    covers_from = models.DateField()
    recorded_at = models.DateTimeField()
    recorded_by = models.CharField(max_length=60)
    cancelled_on = models.DateField(null=True, blank=True)
    cancelled_by = models.CharField(max_length=60, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(scope=Scope.ALL) | Q(scope=Scope.ONE, gift__isnull=False),
                name="declaration_of_one_names_its_gift",
            ),
            models.CheckConstraint(
                condition=Q(pledge__isnull=True) | Q(scope=Scope.ALL, gift__isnull=True),
                name="declaration_with_a_pledge_is_of_all",
            ),
            models.CheckConstraint(
                condition=~Q(first_name="") & ~Q(last_name="") & ~Q(house="") & ~Q(wording=""),
                name="declaration_names_a_taxpayer",
            ),
            models.CheckConstraint(
                condition=Q(
                    postcode__regex=r"^(X|GIR 0AA|[A-Z]{1,2}[0-9][0-9A-Z]? [0-9][A-Z]{2})$"
                ),
                name="declaration_postcode_is_written_right",
            ),
            models.CheckConstraint(
                condition=Q(covers_from__lte=F("given_on")), name="declaration_covers_its_day"
            ),
            models.CheckConstraint(
                condition=Q(cancelled_on__isnull=True, cancelled_by="")
                | Q(cancelled_on__isnull=False) & ~Q(cancelled_by=""),
                name="declaration_is_cancelled_by_somebody",
            ),
            models.UniqueConstraint(
                fields=["donor", "entity"],
                condition=Q(scope=Scope.ALL, cancelled_on__isnull=True),
                name="declaration_of_all_runs_once",
            ),
            models.UniqueConstraint(
                fields=["gift"], condition=Q(scope=Scope.ONE), name="declaration_of_one_gift_is_one"
            ),
        ]

    def __str__(self) -> str:
        return f"declaration {self.pk}"


class ClaimState(models.TextChoices):
    """States of a claim."""

    DRAFT = "draft", "Being put together"
    SENT = "sent", "Sent to the tax office"
    PART = "part", "Paid in part"
    PAID = "paid", "Paid"


class Claim(models.Model):
    """Gifts whose tax is asked back from the tax office together."""

    entity = models.ForeignKey("parties.Entity", on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=5, choices=ClaimState, default=ClaimState.DRAFT)
    currency = models.CharField(max_length=3, default="GBP")
    donated_minor = models.BigIntegerField(default=0)
    tax_minor = models.BigIntegerField(default=0)
    overclaimed_minor = models.BigIntegerField(default=0, help_text="Of earlier claims, netted.")
    paid_minor = models.BigIntegerField(default=0)
    gathered_at = models.DateTimeField()
    gathered_by = models.CharField(max_length=60)
    sent_on = models.DateField(null=True, blank=True)
    sent_by = models.CharField(max_length=60, blank=True)
    reference = models.CharField(max_length=60, blank=True, help_text="What HMRC calls it.")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(currency="GBP"), name="claim_is_in_pounds"),
            models.CheckConstraint(
                condition=Q(overclaimed_minor__gte=0) & Q(tax_minor__gt=F("overclaimed_minor")),
                name="claim_asks_for_money",
            ),
            models.CheckConstraint(
                condition=Q(state=ClaimState.DRAFT, sent_on__isnull=True, paid_minor=0)
                | Q(state=ClaimState.SENT, sent_on__isnull=False, paid_minor=0)
                | Q(state=ClaimState.PART, sent_on__isnull=False, paid_minor__gt=0)
                & Q(paid_minor__lt=F("tax_minor") - F("overclaimed_minor"))
                | Q(state=ClaimState.PAID, sent_on__isnull=False)
                & Q(paid_minor=F("tax_minor") - F("overclaimed_minor")),
                name="claim_state_fits_what_was_paid",
            ),
            models.UniqueConstraint(
                fields=["entity"],
                condition=Q(state=ClaimState.DRAFT),
                name="claim_is_put_together_one_at_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"claim {self.pk}"

    @property
    def due_minor(self) -> int:
        """What the tax office is asked for in all."""
        return self.tax_minor - self.overclaimed_minor


class ClaimLine(models.Model):
    """One gift in a claim, with the taxpayer as declared. A gift is claimed once."""

    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="lines")
    gift = models.ForeignKey(Gift, on_delete=models.PROTECT, related_name="+")
    declaration = models.ForeignKey(Declaration, on_delete=models.PROTECT, related_name="+")
    given_on = models.DateField()
    donated_minor = models.BigIntegerField()
    tax_minor = models.BigIntegerField()
    # What of its tax turned out to be claimed too much, so far.
    overclaimed_minor = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["gift"], name="claimline_gift_is_claimed_once"),
            models.CheckConstraint(
                condition=Q(donated_minor__gt=0, tax_minor__gte=0), name="claimline_claims_money"
            ),
            models.CheckConstraint(
                condition=Q(overclaimed_minor__gte=0, overclaimed_minor__lte=F("tax_minor")),
                name="claimline_owes_no_more_than_its_tax",
            ),
        ]

    def __str__(self) -> str:
        return f"gift {self.gift_id} in claim {self.claim_id}"


class Overclaim(models.Model):
    """Tax to be given back because a claimed gift went back; below zero: it came again.

    It waits until the next claim nets it.
    """

    line = models.ForeignKey(ClaimLine, on_delete=models.PROTECT, related_name="overclaims")
    amount_minor = models.BigIntegerField()
    noticed_on = models.DateField()
    netted_in = models.ForeignKey(
        Claim, null=True, blank=True, on_delete=models.PROTECT, related_name="netted"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(amount_minor=0), name="overclaim_moves_money"),
        ]

    def __str__(self) -> str:
        return f"overclaim {self.pk}"


class ClaimPayment(models.Model):
    """Money of the tax office for a claim, at the bank."""

    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="payments")
    place = models.ForeignKey("ledger.Account", on_delete=models.PROTECT, related_name="+")
    amount_minor = models.BigIntegerField()
    paid_on = models.DateField()
    reference = models.CharField(max_length=140, help_text="What the bank calls it.")
    recorded_by = models.CharField(max_length=60)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="claimpayment_is_money"),
            models.UniqueConstraint(
                fields=["place", "reference"], name="claimpayment_is_recorded_once"
            ),
        ]

    def __str__(self) -> str:
        return f"payment of claim {self.claim_id}"


CLAIMED: Final = [ClaimState.SENT, ClaimState.PART, ClaimState.PAID]
