"""The outbox: who gets what and why, and how far it has come."""

from django.db import models
from django.db.models import Q


class MailState(models.TextChoices):
    """States of a mail."""

    QUEUED = "queued", "Waiting to be sent"
    SENDING = "sending", "Being sent"
    SENT = "sent", "Sent"
    FAILED = "failed", "Given up"
    BOUNCED = "bounced", "Came back"
    LET_GO = "let_go", "Let go"
    WITHHELD = "withheld", "Not sent"


class Withheld(models.TextChoices):
    """Why news was not sent although it had been written."""

    CONSENT = "consent", "consent withdrawn"
    REMOVED = "removed", "the reader was removed"
    BOUNCES = "bounces", "the address sends mail back"


class Mail(models.Model):
    """One mail to one address.

    A worker claims it (sending), speaks SMTP with no transaction open, and records the end.
    It can go twice only when a worker dies between the server's 250 and that last commit,
    and then carries the same Message-ID. What a server took may still come back later
    (bounced); somebody sends it again, or lets it go. News is withheld when its reader has
    had enough of it before a worker took it up.
    """

    # '<noun>:<id>:<what>': a second request for the same mail adds none.
    key = models.CharField(max_length=120, unique=True)
    cause = models.CharField(max_length=80)
    to_address = models.EmailField(max_length=254)
    to_name = models.CharField(max_length=200, blank=True)
    # Of news: where one click ends it. Its signature is made as the mail leaves.
    stop_url = models.CharField(max_length=400, blank=True, default="", db_default="")
    reply_to = models.EmailField(max_length=254, blank=True)
    subject = models.CharField(max_length=200)
    text = models.TextField()
    html = models.TextField()
    message_id = models.CharField(max_length=200, unique=True)
    language = models.CharField(max_length=8, default="en")
    state = models.CharField(max_length=8, choices=MailState, default=MailState.QUEUED)
    queued_at = models.DateTimeField()
    due_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    claimed_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    error = models.TextField(blank=True)
    withheld_for = models.CharField(
        max_length=8, choices=Withheld, blank=True, default="", db_default=""
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=MailState.values), name="mail_state_is_known"
            ),
            models.CheckConstraint(
                condition=Q(state__in=[MailState.SENT, MailState.BOUNCED], sent_at__isnull=False)
                | Q(
                    state__in=[
                        MailState.QUEUED,
                        MailState.SENDING,
                        MailState.FAILED,
                        MailState.WITHHELD,
                    ],
                    sent_at__isnull=True,
                )
                | Q(state=MailState.LET_GO),
                name="mail_sent_has_its_instant",
            ),
            models.CheckConstraint(
                condition=Q(state=MailState.WITHHELD, withheld_for__in=Withheld.values)
                | ~Q(state=MailState.WITHHELD) & Q(withheld_for=""),
                name="mail_withheld_says_why",
            ),
            # A receipt, or anything else that is owed, waits for nobody's consent.
            models.CheckConstraint(
                condition=~Q(state=MailState.WITHHELD) | ~Q(stop_url="") | Q(to_address=""),
                name="mail_withheld_could_be_ended",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=Q(state__in=[MailState.QUEUED, MailState.SENDING]),
                name="mail_waiting",
            ),
            models.Index(fields=["cause"], name="mail_of_cause"),
            models.Index(
                fields=["queued_at"],
                condition=Q(state__in=[MailState.FAILED, MailState.BOUNCED]),
                name="mail_not_arrived",
            ),
        ]

    def __str__(self) -> str:
        return self.key

    @property
    def outcome(self) -> str:
        """Its state in words, and of what was not sent the reason."""
        said = self.get_state_display()
        return f"{said}: {self.get_withheld_for_display()}" if self.withheld_for else said


class Attachment(models.Model):
    """A file that goes with a mail: the very bytes that were sent."""

    mail = models.ForeignKey(Mail, on_delete=models.CASCADE, related_name="attachments")
    name = models.CharField(max_length=120)
    content_type = models.CharField(max_length=80)
    content = models.BinaryField()

    def __str__(self) -> str:
        return self.name


class Pause(models.Model):
    """A time in which no mail leaves, until a person has looked at those that wait.

    Codes for signing in are not in the outbox and go all the same.
    """

    began_at = models.DateTimeField()
    why = models.CharField(max_length=200)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.CharField(max_length=80, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["ended_at"],
                condition=Q(ended_at__isnull=True),
                nulls_distinct=False,
                name="pause_is_open_once",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ended_by="")
                | Q(ended_at__isnull=False) & ~Q(ended_by=""),
                name="pause_end_has_its_person",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.began_at:%Y-%m-%d} {self.why}"
