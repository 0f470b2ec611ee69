"""Alerts: what those in charge must know. They hold ids, never names or addresses."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

# Who closes an alert whose cause is gone.
SYSTEM = "system"


class Kind(models.TextChoices):
    """The words for what may be wrong. A new one is added here and needs no migration."""

    BOOKS_DIFFER = "books_differ", _("The books differ")
    STATEMENT_MISSING = "statement_missing", _("A bank statement is missing")
    QUEUE_STANDS = "queue_stands", _("A queue stands still")
    SWEEP_STANDS = "sweep_stands", _("A round stands still")
    MAIL_BOUNCED = "mail_bounced", _("Mail does not arrive")
    FUND_UNDER_ZERO = "fund_under_zero", _("A fund is under zero")
    MOVEMENT_UNKNOWN = "movement_unknown", _("Money that nobody knows")
    DISPUTE_OPENED = "dispute_opened", _("A payment is disputed")
    PAYOUT_FAILED = "payout_failed", _("A payout failed")
    CARDS_TESTED = "cards_tested", _("Stolen cards are being tried")
    WORK_STUCK = "work_stuck", _("Work is stuck")


class Alert(models.Model):
    """One cause, from the first time that it was noticed until somebody or the end closed it.

    A person may close it while its cause goes on: `gone_at` is empty then, and the same cause
    makes no further alert for some days.
    """

    kind = models.CharField(max_length=40)
    # What it is about: 'fund:3', 'payout:12', 'sweep:mail'.
    subject = models.CharField(max_length=120)
    sentence = models.CharField(max_length=500)
    page = models.CharField(max_length=200, blank=True, help_text="Where it can be put right.")
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    times = models.PositiveIntegerField(default=1)
    told_at = models.DateTimeField(null=True, blank=True, help_text="Mailed to those in charge.")
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.CharField(max_length=60, blank=True, help_text="'user:7', or 'system'.")
    closed_why = models.CharField(max_length=500, blank=True)
    gone_at = models.DateTimeField(null=True, blank=True, help_text="The cause is gone.")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "subject"],
                condition=Q(closed_at__isnull=True),
                name="alert_is_open_once_per_cause",
            ),
            models.CheckConstraint(
                condition=~Q(kind="") & ~Q(subject="") & ~Q(sentence=""),
                name="alert_says_what_is_wrong",
            ),
            models.CheckConstraint(condition=Q(times__gte=1), name="alert_was_noticed"),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True, closed_by="", closed_why="")
                | Q(closed_at__isnull=False) & ~Q(closed_by="") & ~Q(closed_why=""),
                name="alert_closed_says_by_whom_and_why",
            ),
            models.CheckConstraint(
                condition=Q(gone_at__isnull=True) | Q(closed_at__isnull=False),
                name="alert_is_closed_when_its_cause_is_gone",
            ),
            models.CheckConstraint(
                condition=~Q(closed_by=SYSTEM) | Q(gone_at=F("closed_at")),
                name="alert_closes_itself_when_its_cause_is_gone",
            ),
        ]
        indexes = [
            models.Index(fields=["kind", "subject", "-id"], name="alert_of_cause"),
            models.Index(
                fields=["first_at"],
                condition=Q(closed_at__isnull=True, told_at__isnull=True),
                name="alert_to_tell",
            ),
            models.Index(fields=["-first_at", "-id"], name="alert_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"

    @property
    def kind_label(self) -> str:
        """The kind in words; a word that is no longer used stays as it is."""
        return str(Kind(self.kind).label) if self.kind in Kind.values else self.kind

    @property
    def is_open(self) -> bool:
        """Whether nobody has closed it and its cause was still there when last looked at."""
        return self.closed_at is None


class Round(models.Model):
    """One round of the watch or of the night: when it last came to its end, and what hinders it.

    Looks are counted and not minutes, because the clock of a rehearsal may jump by a day: a look
    is made every minute by something that is not the round itself.
    """

    name = models.CharField(max_length=60, unique=True)
    succeeded_at = models.DateTimeField(null=True, blank=True)
    failing_since = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=500, blank=True)
    missed = models.PositiveIntegerField(default=0, help_text="Looks since it last ended well.")
    late = models.PositiveIntegerField(default=0, help_text="Looks that found old work waiting.")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(failing_since__isnull=True, error="")
                | Q(failing_since__isnull=False) & ~Q(error=""),
                name="round_failing_says_why",
            ),
        ]

    def __str__(self) -> str:
        return self.name
