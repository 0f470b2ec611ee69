"""Funds, and the accounts of the chart."""

from django.db import models
from django.db.models import F, Q

_ISO = r"^[A-Z]{3}$"


class Restriction(models.TextChoices):
    """How freely a fund's money may be used."""

    UNRESTRICTED = "unrestricted", "Unrestricted"
    DESIGNATED = "designated", "Designated by the committee"
    RESTRICTED = "restricted", "Restricted by its donors"
    ENDOWMENT = "endowment", "Endowment"


class Fund(models.Model):
    """A pot of money with a purpose, in one currency, owned by one entity."""

    entity = models.ForeignKey("parties.Entity", on_delete=models.PROTECT, related_name="funds")
    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=120)
    purpose = models.CharField(max_length=400, help_text="One sentence, shown to donors.")
    restriction = models.CharField(max_length=12, choices=Restriction)
    surplus = models.CharField(
        max_length=400,
        blank=True,
        help_text="What happens to money left when the purpose is fully paid for.",
    )
    currency = models.CharField(max_length=3)
    reserve_minor = models.BigIntegerField(default=0, help_text="Kept back from awards.")
    fees_from = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="The fund that bears payment fees; empty: this one.",
    )
    # Moves between places of money (payouts, money not yet understood) are booked in the one
    # technical fund of an entity, which nobody gives to.
    is_treasury = models.BooleanField(default=False)
    is_open_to_gifts = models.BooleanField(default=True)
    opened_on = models.DateField()
    closed_on = models.DateField(null=True, blank=True)
    position = models.PositiveSmallIntegerField(default=100, help_text="Order on pages.")

    class Meta:
        ordering = ["position", "name"]
        constraints = [
            models.CheckConstraint(condition=Q(currency__regex=_ISO), name="fund_currency_is_iso"),
            models.CheckConstraint(
                condition=Q(restriction__in=Restriction.values), name="fund_restriction_is_known"
            ),
            models.CheckConstraint(
                condition=Q(reserve_minor__gte=0), name="fund_reserve_is_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(closed_on__isnull=True) | Q(closed_on__gte=F("opened_on")),
                name="fund_closes_after_it_opens",
            ),
            models.CheckConstraint(
                condition=~Q(restriction=Restriction.RESTRICTED) | ~Q(surplus=""),
                name="fund_restricted_says_what_happens_to_a_surplus",
            ),
            models.CheckConstraint(
                condition=Q(is_treasury=False) | Q(is_open_to_gifts=False),
                name="fund_treasury_takes_no_gifts",
            ),
            models.CheckConstraint(
                condition=Q(closed_on__isnull=True) | Q(is_open_to_gifts=False),
                name="fund_closed_takes_no_gifts",
            ),
            models.UniqueConstraint(
                fields=["entity"], condition=Q(is_treasury=True), name="fund_one_treasury"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Kind(models.TextChoices):
    """Lines of the chart. A place of money or a Stripe account makes its own account of one."""

    BANK = "bank", "Bank"
    CLEARING = "clearing", "Stripe clearing"
    IN_TRANSIT = "in_transit", "In transit"
    GIFT_AID_DUE = "gift_aid_due", "Gift Aid due"
    SUSPENSE = "suspense", "Money not yet understood"
    REFUND_DUE = "refund_due", "Refunds due"
    PAYABLE = "payable", "Payable to grantees"
    GIFT_AID_OWED = "gift_aid_owed", "Gift Aid owed back"
    HELD = "held", "Held for motions"
    COMMITTED = "committed", "Committed to awards"
    HELD_CONTRA = "held_contra", "Held, contra"
    COMMITTED_CONTRA = "committed_contra", "Committed, contra"
    FX = "fx", "Exchange"
    TRANSFERS = "transfers", "Transfers between funds"
    BROUGHT_FORWARD = "brought_forward", "Brought forward"
    GIFTS = "gifts", "Gifts"
    FEE_COVER = "fee_cover", "Fees covered by donors"
    GIFT_AID = "gift_aid", "Gift Aid"
    OTHER_INCOME = "other_income", "Other income"
    REFUNDS = "refunds", "Refunds"
    DISPUTES = "disputes", "Disputes"
    GRANTS = "grants", "Grants"
    PAYMENT_FEES = "payment_fees", "Payment fees"
    DISPUTE_FEES = "dispute_fees", "Dispute fees"
    BANK_FEES = "bank_fees", "Bank fees"


# What counts in a fund's available money, in the fund's own currency: assets, debts and the
# two memo accounts. One definition, in one place.
SPENDABLE = frozenset(
    {
        Kind.BANK,
        Kind.CLEARING,
        Kind.IN_TRANSIT,
        Kind.GIFT_AID_DUE,
        Kind.SUSPENSE,
        Kind.REFUND_DUE,
        Kind.PAYABLE,
        Kind.GIFT_AID_OWED,
        Kind.HELD,
        Kind.COMMITTED,
    }
)
# Kinds of which there are several accounts, one for each bank or Stripe account.
PLACES = frozenset({Kind.BANK, Kind.CLEARING})


class Account(models.Model):
    """One line of the chart: 'gifts', 'fx', or a place of money such as 'bank:main'."""

    code = models.CharField(primary_key=True, max_length=60)
    kind = models.CharField(max_length=20, choices=Kind)
    name = models.CharField(max_length=120)
    is_spendable = models.BooleanField()
    # Only places of money belong to one entity; every other line is shared by all.
    entity = models.ForeignKey(
        "parties.Entity", null=True, blank=True, on_delete=models.PROTECT, related_name="accounts"
    )

    class Meta:
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=Kind.values), name="account_kind_is_in_the_chart"
            ),
            models.CheckConstraint(
                condition=Q(is_spendable=True, kind__in=sorted(SPENDABLE))
                | Q(is_spendable=False) & ~Q(kind__in=sorted(SPENDABLE)),
                name="account_spendable_as_its_kind",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=sorted(PLACES), entity__isnull=False)
                | ~Q(kind__in=sorted(PLACES)) & Q(entity__isnull=True, code=F("kind")),
                name="account_only_places_belong_to_an_entity",
            ),
        ]

    def __str__(self) -> str:
        return self.code
