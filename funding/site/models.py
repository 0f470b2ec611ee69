"""Reports of funds, papers of followed money, and how our books compared with others."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q, Sum

from funding.ledger.models import Posting
from funding.money import Money

# A report is read, numbered and laid out; each of these is done once and for good.
STEPS = 3
MOST_ATTEMPTS = 5


class ReportState(models.TextChoices):
    """States of a report."""

    WAITING = "waiting", "Waiting for the worker"
    RUNNING = "running", "Being made"
    DONE = "done", "Made"
    FAILED = "failed", "Could not be made"


class FundReport(models.Model):
    """The report on one fund, or on all funds of an entity in one currency, over some days.

    Asked for again it is the same row: the document that stands stays when the books of those
    days still say the same, and is replaced by a further one, a version later, when they do
    not. `sha256` fingerprints what the books said.
    """

    entity = models.ForeignKey("parties.Entity", on_delete=models.PROTECT, related_name="+")
    fund = models.ForeignKey(
        "ledger.Fund",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="reports",
        help_text="Empty: all funds of the entity in this currency.",
    )
    currency = models.CharField(max_length=3)
    starts_on = models.DateField()
    ends_on = models.DateField(help_text="The last day, included.")
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    asked_at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=ReportState, default=ReportState.WAITING)
    step = models.PositiveSmallIntegerField(default=0, help_text="How many steps are done.")
    steps = models.PositiveSmallIntegerField(default=STEPS)
    version = models.PositiveSmallIntegerField(default=0, help_text="Documents made so far.")
    document = models.OneToOneField(
        "documents.Document", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    sha256 = models.CharField(max_length=64, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(blank=True)

    class Meta:
        ordering = ["-asked_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["fund", "starts_on", "ends_on"],
                condition=Q(fund__isnull=False),
                name="fundreport_once_per_fund_and_period",
            ),
            models.UniqueConstraint(
                fields=["entity", "currency", "starts_on", "ends_on"],
                condition=Q(fund__isnull=True),
                name="fundreport_once_per_currency_and_period",
            ),
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")), name="fundreport_period_runs_forward"
            ),
            models.CheckConstraint(
                condition=Q(currency__regex=r"^[A-Z]{3}$"), name="fundreport_currency_is_iso"
            ),
            models.CheckConstraint(
                condition=Q(state__in=ReportState.values), name="fundreport_state_is_known"
            ),
            models.CheckConstraint(
                condition=Q(steps__gt=0, step__lte=F("steps")), name="fundreport_steps_are_counted"
            ),
            models.CheckConstraint(
                condition=Q(attempts__lte=MOST_ATTEMPTS), name="fundreport_attempts_are_few"
            ),
            models.CheckConstraint(
                condition=Q(document__isnull=True, sha256="", version=0)
                | Q(document__isnull=False, sha256__regex=r"^[0-9a-f]{64}$", version__gte=1),
                name="fundreport_document_has_its_fingerprint",
            ),
            models.CheckConstraint(
                condition=Q(
                    state=ReportState.DONE,
                    document__isnull=False,
                    done_at__isnull=False,
                    step=F("steps"),
                )
                | ~Q(state=ReportState.DONE) & Q(done_at__isnull=True),
                name="fundreport_done_has_its_document",
            ),
            models.CheckConstraint(
                condition=~Q(state=ReportState.FAILED) | ~Q(error=""),
                name="fundreport_failed_says_why",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=Q(state__in=[ReportState.WAITING, ReportState.RUNNING]),
                name="fundreport_waiting",
            ),
        ]

    def __str__(self) -> str:
        return f"report {self.pk}"


class StatementBalance(models.Model):
    """What the bank's statement says at the end of a day, as somebody entered it.

    Entered again for the same day it is a further row, and the last one stands.
    """

    place = models.ForeignKey("ledger.Account", on_delete=models.PROTECT, related_name="+")
    day = models.DateField()
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    entered_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(currency__regex=r"^[A-Z]{3}$"), name="statementbalance_currency_is_iso"
            ),
        ]
        indexes = [models.Index(fields=["place", "-day", "-id"], name="statement_newest")]

    def __str__(self) -> str:
        return f"{self.place_id} on {self.day}"

    @classmethod
    def newest(cls) -> list["StatementBalance"]:
        """The last word on each bank account."""
        rows = cls.objects.select_related("place", "entered_by")
        return list(
            rows.order_by("place_id", "currency", "-day", "-pk").distinct("place_id", "currency")
        )

    def ours_minor(self) -> int:
        """What our books have there at the end of that day, over all funds."""
        rows = Posting.objects.filter(
            account_id=self.place_id, currency=self.currency, entry__happened_on__lte=self.day
        )
        return rows.aggregate(sum=Sum("amount_minor"))["sum"] or 0

    @property
    def amount(self) -> Money:
        """What the statement says."""
        return Money(self.amount_minor, self.currency)

    @property
    def ours(self) -> Money:
        """What we say of the same day."""
        return Money(self.ours_minor(), self.currency)


class Reconciliation(models.Model):
    """One comparison of all of our books with Stripe's and the bank's, and what differed."""

    begun_at = models.DateTimeField()
    ended_at = models.DateTimeField()
    actor = models.CharField(max_length=60)
    balances = models.JSONField(help_text="Per currency: ours, on the way, Stripe's.")
    differences = models.JSONField()
    count = models.PositiveIntegerField()

    class Meta:
        indexes = [models.Index(fields=["-ended_at", "-id"], name="reconciliation_newest")]

    def __str__(self) -> str:
        return f"reconciliation {self.pk}"


class FollowedKind(models.TextChoices):
    """What is made of followed money."""

    CERTIFICATE = "certificate", "Certificate of a contribution"
    TRAIL = "trail", "Where the money went"


class PaperState(models.TextChoices):
    """States of a paper of followed money."""

    WAITING = "waiting", "Waiting for the worker"
    DONE = "done", "Made"
    FAILED = "failed", "Could not be made"
    EMPTY = "empty", "There is nothing left to show"


class FollowedPaper(models.Model):
    """What became of the money that a donor gave to an entity in some days, on one document.

    Asked for again it is the same row: the document that stands stays while the facts are the
    same, and is replaced by a further one, a version later, when they are not. When money of a
    gift that it counts goes back, that happens by itself. `sha256` fingerprints the facts.
    """

    kind = models.CharField(max_length=11, choices=FollowedKind)
    donor = models.ForeignKey("donors.Donor", on_delete=models.PROTECT, related_name="+")
    entity = models.ForeignKey("parties.Entity", on_delete=models.PROTECT, related_name="+")
    begins_on = models.DateField()
    ends_on = models.DateField(help_text="The last day, included; the entity's calendar.")
    asked_by = models.CharField(max_length=80, help_text="'user:7', or 'system'.")
    asked_at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=PaperState, default=PaperState.WAITING)
    version = models.PositiveSmallIntegerField(default=0, help_text="Documents made so far.")
    document = models.OneToOneField(
        "documents.Document", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    sha256 = models.CharField(max_length=64, blank=True)
    due_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(blank=True)

    class Meta:
        ordering = ["-ends_on", "-begins_on", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "donor", "entity", "begins_on", "ends_on"],
                name="followedpaper_once_per_donor_and_period",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=FollowedKind.values), name="followedpaper_kind_is_known"
            ),
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("begins_on")), name="followedpaper_period_runs_forward"
            ),
            models.CheckConstraint(
                condition=Q(state__in=PaperState.values), name="followedpaper_state_is_known"
            ),
            models.CheckConstraint(
                condition=Q(attempts__lte=MOST_ATTEMPTS), name="followedpaper_attempts_are_few"
            ),
            models.CheckConstraint(
                condition=Q(document__isnull=True, sha256="", version=0)
                | Q(document__isnull=False, sha256__regex=r"^[0-9a-f]{64}$", version__gte=1),
                name="followedpaper_document_has_its_fingerprint",
            ),
            models.CheckConstraint(
                condition=~Q(state=PaperState.DONE) | Q(document__isnull=False),
                name="followedpaper_done_has_its_document",
            ),
            models.CheckConstraint(
                condition=~Q(state=PaperState.FAILED) | ~Q(error=""),
                name="followedpaper_failed_says_why",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=Q(state=PaperState.WAITING),
                name="followedpaper_waiting",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class FollowedGift(models.Model):
    """A gift that one version of a paper counts, and what was left of it when it was made."""

    paper = models.ForeignKey(FollowedPaper, on_delete=models.PROTECT, related_name="gifts")
    version = models.PositiveSmallIntegerField()
    gift = models.ForeignKey("donors.Gift", on_delete=models.PROTECT, related_name="+")
    left_minor = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["paper", "version", "gift"], name="followedgift_counts_once"
            ),
            models.CheckConstraint(
                condition=Q(left_minor__gt=0, version__gte=1), name="followedgift_counts_money"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.gift_id} on {self.paper_id}"


# Kept in modules of their own, beside what fills and empties them.
from funding.site.inbox_models import InboxMail as InboxMail  # noqa: E402
from funding.site.news.models import Digest as Digest  # noqa: E402
from funding.site.news.models import DigestShare as DigestShare  # noqa: E402
from funding.site.news.models import DigestState as DigestState  # noqa: E402
from funding.site.news.models import NewsItem as NewsItem  # noqa: E402
from funding.site.news.models import NewsState as NewsState  # noqa: E402
from funding.site.news.models import NewsStep as NewsStep  # noqa: E402
from funding.site.news.models import NewsStepKind as NewsStepKind  # noqa: E402
from funding.site.news.models import NewsWords as NewsWords  # noqa: E402
from funding.site.news.models import ShareState as ShareState  # noqa: E402
from funding.site.privacy.models import CopyState as CopyState  # noqa: E402
from funding.site.privacy.models import DataCopy as DataCopy  # noqa: E402
from funding.site.privacy.models import Erasure as Erasure  # noqa: E402
from funding.site.privacy.models import Kept as Kept  # noqa: E402
from funding.site.zoo_mail.models import PaperReader as PaperReader  # noqa: E402
from funding.site.zoo_mail.models import PaperRound as PaperRound  # noqa: E402
from funding.site.zoo_mail.models import ZooPaper as ZooPaper  # noqa: E402
