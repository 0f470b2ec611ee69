"""Funds, the chart, the journal and its balances.

Debit is positive, credit negative. What no row constraint can see is held by the triggers of
migration 0002: entries sum to zero per fund and currency, are never changed, respect closed
periods, and never overdraw a fund.
"""

from django.conf import settings
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


class Entry(models.Model):
    """A balanced set of postings with one cause. Written once, put right by a reversal."""

    entity = models.ForeignKey("parties.Entity", on_delete=models.PROTECT, related_name="+")
    key = models.CharField(
        max_length=120, unique=True, help_text="'<noun>:<id>:<verb>'; a repeat books nothing."
    )
    reason = models.CharField(max_length=40, help_text="Reason code: gift, fee, refund, ...")
    cause = models.CharField(max_length=80, help_text="The row behind it: 'gift:<id>'.")
    actor = models.CharField(max_length=60, help_text="'user:7', 'stripe', 'system'.")
    happened_on = models.DateField(help_text="The day in the entity's calendar.")
    booked_at = models.DateTimeField()
    # For gifts: the instant at which their value in the fund's currency, after their own fee,
    # became final. Tracing reads its first-in, first-out order from here.
    final_at = models.DateTimeField(null=True, blank=True)
    reverses = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="reversed_by"
    )

    class Meta:
        verbose_name_plural = "entries"
        indexes = [
            models.Index(fields=["entity", "happened_on", "id"], name="entry_of_period"),
            models.Index(fields=["cause"], name="entry_of_cause"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(reverses__isnull=True) | ~Q(reverses=F("id")),
                name="entry_does_not_reverse_itself",
            ),
            models.CheckConstraint(
                condition=Q(key__regex=r"^[a-z_]+:[^:]+:[a-z_0-9:.-]+$"),
                name="entry_key_names_its_cause",
            ),
        ]

    def __str__(self) -> str:
        return self.key


class Posting(models.Model):
    """One leg of an entry. Written once, together with its siblings."""

    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="postings")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", db_index=False)
    fund = models.ForeignKey(Fund, on_delete=models.PROTECT, related_name="+", db_index=False)
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField(help_text="Debit positive, credit negative.")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(amount_minor=0), name="posting_moves_money"),
            models.CheckConstraint(
                condition=Q(currency__regex=_ISO), name="posting_currency_is_iso"
            ),
        ]
        indexes = [models.Index(fields=["fund", "account", "entry"], name="posting_of_fund")]

    def __str__(self) -> str:
        return f"{self.account_id} {self.amount_minor} {self.currency}"


class Balance(models.Model):
    """The folded sum of an account in a fund and currency: a cache that the fold writes."""

    fund = models.ForeignKey(Fund, on_delete=models.PROTECT, related_name="+", db_index=False)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", db_index=False)
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["fund", "account", "currency"], name="balance_once_per_account"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.fund_id} {self.account_id} {self.amount_minor} {self.currency}"


class BalanceDelta(models.Model):
    """What a posting adds to a balance and the fold has not yet taken in.

    Many writers insert here side by side, where one balance row would make them queue.
    """

    fund = models.ForeignKey(
        Fund, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False
    )
    account = models.ForeignKey(
        Account,
        on_delete=models.DO_NOTHING,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.fund_id} {self.account_id} {self.amount_minor} {self.currency}"


class Period(models.Model):
    """A span of an entity's calendar that can be closed against further entries."""

    entity = models.ForeignKey("parties.Entity", on_delete=models.PROTECT, related_name="periods")
    name = models.CharField(max_length=40)
    starts_on = models.DateField()
    ends_on = models.DateField()
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.CharField(max_length=60, blank=True)

    class Meta:
        ordering = ["entity", "starts_on"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")), name="period_ends_after_it_starts"
            ),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True, closed_by="")
                | Q(closed_at__isnull=False) & ~Q(closed_by=""),
                name="period_closed_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return self.name


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
