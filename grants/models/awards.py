"""Money promised, to whom it goes, and each payment of it."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from funding.users.models import User


class AwardState(models.TextChoices):
    """States of an award."""

    ACTIVE = "active", "Active"
    CLOSED = "closed", "Closed"
    CANCELLED = "cancelled", "Cancelled"


class AwardQuerySet(models.QuerySet["Award"]):
    """Awards, asked for by somebody."""

    def own(self, user: User) -> "AwardQuerySet":
        """Those that the person applied for."""
        return self.filter(application__applicant=user)

    def but_stepped_out(self, user: User) -> "AwardQuerySet":
        """Without those whose application is closed to the person: they stepped out, or are of
        the committee and have not declared an interest in it."""
        # By its name in the registry, as what comes before it does.
        rows = Award._meta.apps.get_model("grants", "Application").objects
        return self.filter(Q(application__in=rows.open_to(user)) | Q(application__applicant=user))

    def whole(self) -> "AwardQuerySet":
        """With the people, the work and the round that every page of an award names."""
        return self.select_related(
            "application__project__organisation",
            "application__applicant",
            "application__round",
            "entity",
            "letter",
        ).defer("letter__content")


class Award(models.Model):
    """Money promised to an application by a decision of the committee.

    What is promised, payable, paid and still committed is told by the ledger and nowhere
    else; the row says to whom and why.
    """

    # Empty for one that was promised before the move: no motion of ours decided on it.
    item = models.OneToOneField(
        "grants.Item", null=True, blank=True, on_delete=models.PROTECT, related_name="award"
    )
    is_taken_over = models.BooleanField(default=False, db_default=False)
    application = models.OneToOneField(
        "grants.Application", on_delete=models.PROTECT, related_name="award"
    )
    entity = models.ForeignKey("parties.Entity", on_delete=models.PROTECT, related_name="+")
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    state = models.CharField(max_length=10, choices=AwardState, default=AwardState.ACTIVE)
    adopted_at = models.DateTimeField()
    letter = models.OneToOneField(
        "documents.Document", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    letter_mailed_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(blank=True)

    objects = AwardQuerySet.as_manager()

    class Meta:
        ordering = ["-adopted_at"]
        constraints = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="award_grants_money"),
            models.CheckConstraint(
                condition=Q(state__in=AwardState.values), name="award_state_is_known"
            ),
            models.CheckConstraint(
                condition=Q(currency__regex=r"^[A-Z]{3}$"), name="award_currency_is_iso"
            ),
            models.CheckConstraint(
                condition=Q(item__isnull=True, is_taken_over=True)
                | Q(item__isnull=False, is_taken_over=False),
                name="award_is_decided_on_or_taken_over",
            ),
            models.CheckConstraint(
                condition=Q(is_taken_over=False) | Q(letter__isnull=True),
                name="award_taken_over_has_no_letter_of_ours",
            ),
        ]

    def __str__(self) -> str:
        return f"award {self.pk}"


class AwardShare(models.Model):
    """The part of an award that one fund has promised."""

    award = models.ForeignKey(Award, on_delete=models.PROTECT, related_name="shares")
    fund = models.ForeignKey("ledger.Fund", on_delete=models.PROTECT, related_name="+")
    amount_minor = models.BigIntegerField()

    class Meta:
        ordering = ["award", "fund"]
        constraints = [
            models.UniqueConstraint(fields=["award", "fund"], name="awardshare_once_per_fund"),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="awardshare_grants_money"),
        ]

    def __str__(self) -> str:
        return f"{self.fund_id} for award {self.award_id}"


class BankDetails(models.Model):
    """Where an award is paid to. Never changed: a change is a further row, and the last counts.

    `sha256` fingerprints holder, number and bank; approvals carry it, so that a change between
    check and release shows.
    """

    award = models.ForeignKey(Award, on_delete=models.PROTECT, related_name="bank_details")
    holder = models.CharField(max_length=200)
    iban = models.CharField(max_length=34, blank=True)
    account_number = models.CharField(max_length=40, blank=True)
    bic = models.CharField(max_length=11, blank=True)
    bank_name = models.CharField(max_length=200)
    country = models.CharField(max_length=2)
    sha256 = models.CharField(max_length=64)
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    entered_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "bank details"
        ordering = ["award", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(iban="") | ~Q(account_number=""), name="bankdetails_have_a_number"
            ),
            models.CheckConstraint(
                condition=Q(sha256__regex=r"^[0-9a-f]{64}$"), name="bankdetails_have_their_hash"
            ),
            models.CheckConstraint(condition=~Q(holder=""), name="bankdetails_name_the_holder"),
        ]

    def __str__(self) -> str:
        return f"bank details {self.pk}"


class ScreeningResult(models.TextChoices):
    """What a look into the lists gave. Nobody is ever 'cleared'."""

    NO_MATCH = "no_match", "No match found"
    POSSIBLE = "possible", "Possible match"
    MATCH = "match", "Match"


class Screening(models.Model):
    """A recorded look into sanctions lists for one award's payee, with the names looked up.

    `searched` is our own copy of the list where it was searched by the product, and `found` then
    says which names are like which entries. Without `made_by` nobody asked for it: a new list was
    taken in.
    """

    award = models.ForeignKey(Award, on_delete=models.PROTECT, related_name="screenings")
    names = models.TextField(help_text="Every name that was looked up, one per line.")
    list_name = models.CharField(max_length=200)
    list_date = models.DateField()
    result = models.CharField(max_length=10, choices=ScreeningResult)
    note = models.TextField()
    bank_sha256 = models.CharField(max_length=64, help_text="The bank details that were looked at.")
    searched = models.ForeignKey(
        "grants.SanctionsList",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="screenings",
    )
    found = models.JSONField(default=list, blank=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["award", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(result__in=ScreeningResult.values), name="screening_result_is_known"
            ),
            models.CheckConstraint(condition=~Q(note=""), name="screening_has_a_note"),
            models.CheckConstraint(
                condition=Q(made_by__isnull=False) | Q(searched__isnull=False),
                name="screening_is_a_persons_or_a_search",
            ),
            models.CheckConstraint(
                condition=~Q(result="no_match") | Q(found=[]),
                name="screening_without_a_match_found_nobody",
            ),
        ]

    def __str__(self) -> str:
        return f"screening {self.pk}"


class DisbursementState(models.TextChoices):
    """States of one payment out."""

    REQUESTED = "requested", "Requested"
    CHECKED = "checked", "Checked, payable"
    RELEASED = "released", "Paid"
    DECLINED = "declined", "Declined"


class Disbursement(models.Model):
    """One payment under an award: requested, checked and released by three people.

    Checking makes it payable; releasing records what the bank did.
    """

    award = models.ForeignKey(Award, on_delete=models.PROTECT, related_name="disbursements")
    number = models.PositiveSmallIntegerField()
    amount_minor = models.BigIntegerField()
    # Which part of the award's schedule; empty where it has none.
    tranche_number = models.PositiveSmallIntegerField(null=True, blank=True)
    purpose = models.CharField(max_length=400)
    state = models.CharField(
        max_length=10, choices=DisbursementState, default=DisbursementState.REQUESTED
    )
    bank_details = models.ForeignKey(
        BankDetails, on_delete=models.PROTECT, related_name="disbursements"
    )
    bank_sha256 = models.CharField(max_length=64, help_text="As approved.")
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    requested_at = models.DateTimeField()
    checked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    checked_at = models.DateTimeField(null=True, blank=True)
    released_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    released_at = models.DateTimeField(null=True, blank=True)
    declined_why = models.CharField(max_length=400, blank=True)
    # What the bank did: the day, what arrived in the payee's currency, the bank's fee, and
    # its reference.
    paid_on = models.DateField(null=True, blank=True)
    sent_currency = models.CharField(max_length=3, blank=True)
    sent_minor = models.BigIntegerField(null=True, blank=True)
    rate = models.CharField(max_length=30, blank=True, help_text="As the bank printed it.")
    fee_minor = models.BigIntegerField(null=True, blank=True)
    bank_reference = models.CharField(max_length=80, blank=True)

    class Meta:
        ordering = ["award", "number"]
        constraints = [
            models.UniqueConstraint(fields=["award", "number"], name="disbursement_number_once"),
            models.UniqueConstraint(
                fields=["award", "tranche_number"],
                condition=~Q(state=DisbursementState.DECLINED),
                name="disbursement_once_for_each_tranche",
            ),
            models.CheckConstraint(
                condition=Q(amount_minor__gt=0), name="disbursement_moves_money"
            ),
            models.CheckConstraint(
                condition=Q(checked_by__isnull=True) | ~Q(checked_by=F("requested_by")),
                name="disbursement_is_checked_by_another_person",
            ),
            models.CheckConstraint(
                condition=Q(released_by__isnull=True)
                | ~Q(released_by=F("requested_by")) & ~Q(released_by=F("checked_by")),
                name="disbursement_is_released_by_a_third_person",
            ),
            models.CheckConstraint(
                condition=Q(
                    state=DisbursementState.REQUESTED,
                    checked_at__isnull=True,
                    released_at__isnull=True,
                )
                | Q(
                    state=DisbursementState.CHECKED,
                    checked_at__isnull=False,
                    checked_by__isnull=False,
                    released_at__isnull=True,
                )
                | Q(
                    state=DisbursementState.RELEASED,
                    checked_by__isnull=False,
                    released_at__isnull=False,
                    released_by__isnull=False,
                    paid_on__isnull=False,
                    fee_minor__gte=0,
                )
                & ~Q(bank_reference="")
                | Q(state=DisbursementState.DECLINED, released_at__isnull=True)
                & ~Q(declined_why=""),
                name="disbursement_state_fits_its_facts",
            ),
        ]

    def __str__(self) -> str:
        return f"disbursement {self.pk}"
