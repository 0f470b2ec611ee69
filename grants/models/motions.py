"""What is voted on, by whom, and what came of it."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q


class Recusal(models.Model):
    """A member steps out of one application: no vote on it, and not in its quorum."""

    application = models.ForeignKey(
        "grants.Application", on_delete=models.PROTECT, related_name="recusals"
    )
    member = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="recusals"
    )
    reason = models.CharField(max_length=400, help_text="Seen by the member and the chair only.")
    declared_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["application", "member"], name="recusal_once"),
            models.CheckConstraint(condition=~Q(reason=""), name="recusal_has_a_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.member_id} out of {self.application_id}"


class MotionState(models.TextChoices):
    """States of a motion."""

    DRAFT = "draft", "Being written"
    OPEN = "open", "Open for votes"
    DECIDED = "decided", "Decided"
    WITHDRAWN = "withdrawn", "Withdrawn"


class Motion(models.Model):
    """A chair's proposal to fund applications from named funds, put to the vote as frozen."""

    round = models.ForeignKey("grants.Round", on_delete=models.PROTECT, related_name="motions")
    number = models.PositiveSmallIntegerField()
    text = models.TextField(blank=True)
    state = models.CharField(max_length=10, choices=MotionState, default=MotionState.DRAFT)
    put_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    put_at = models.DateTimeField(null=True, blank=True)
    closes_at = models.DateTimeField()
    # Why it cannot wait for the ordinary span; empty: it can.
    urgent_why = models.CharField(max_length=400, blank=True, default="", db_default="")
    # The motion as it was put, and who could vote on it then.
    frozen = models.JSONField(null=True, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    # When its votes were counted where a trustee has the last word; they stand from then on.
    counted_at = models.DateTimeField(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    minute = models.OneToOneField(
        "documents.Document", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    minute_mailed_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(blank=True)

    class Meta:
        ordering = ["round", "number"]
        constraints = [
            models.UniqueConstraint(fields=["round", "number"], name="motion_number_once"),
            models.CheckConstraint(
                condition=Q(state__in=MotionState.values), name="motion_state_is_known"
            ),
            models.CheckConstraint(
                condition=Q(state=MotionState.DRAFT, put_at__isnull=True, sha256="")
                | Q(state=MotionState.WITHDRAWN)
                | Q(state__in=[MotionState.OPEN, MotionState.DECIDED], put_at__isnull=False)
                & Q(frozen__isnull=False, sha256__regex=r"^[0-9a-f]{64}$"),
                name="motion_put_is_frozen",
            ),
            models.CheckConstraint(
                condition=Q(state=MotionState.DECIDED, decided_at__isnull=False)
                | ~Q(state=MotionState.DECIDED) & Q(decided_at__isnull=True),
                name="motion_decided_has_its_instant",
            ),
            models.CheckConstraint(
                condition=Q(put_at__isnull=True) | Q(closes_at__gt=F("put_at")),
                name="motion_closes_after_it_is_put",
            ),
        ]

    def __str__(self) -> str:
        return f"motion {self.number}"


class Objection(models.Model):
    """A member's no to the urgent procedure: the motion has the ordinary span from then on."""

    motion = models.OneToOneField(Motion, on_delete=models.PROTECT, related_name="objection")
    member = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=400)
    made_at = models.DateTimeField()
    # Until when the vote was open before.
    closed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="objection_has_a_reason"),
            models.CheckConstraint(
                condition=Q(made_at__lt=F("closed_at")), name="objection_is_before_the_end"
            ),
        ]

    def __str__(self) -> str:
        return f"objection to {self.motion_id}"


class Ratification(models.Model):
    """The word of the accountable body on what the committee adopted: one trustee's, once."""

    motion = models.OneToOneField(Motion, on_delete=models.PROTECT, related_name="ratification")
    member = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    is_agreed = models.BooleanField()
    reason = models.CharField(max_length=400, blank=True)
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(is_agreed=True) | ~Q(reason=""), name="ratification_refuses_with_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"ratification of {self.motion_id}"


class ItemState(models.TextChoices):
    """What became of one application in a motion."""

    OPEN = "open", "Open"
    ADOPTED = "adopted", "Adopted"
    REJECTED = "rejected", "Rejected"
    NO_QUORUM = "no_quorum", "Too few votes"
    UNRATIFIED = "unratified", "Not ratified"
    WITHDRAWN = "withdrawn", "Withdrawn"


class Item(models.Model):
    """One application in a motion, with the sum proposed for it. Votes are cast on items."""

    motion = models.ForeignKey(Motion, on_delete=models.PROTECT, related_name="items")
    application = models.ForeignKey(
        "grants.Application", on_delete=models.PROTECT, related_name="items"
    )
    amount_minor = models.BigIntegerField()
    reason = models.CharField(max_length=400, blank=True, help_text="Why this sum.")
    state = models.CharField(max_length=10, choices=ItemState, default=ItemState.OPEN)

    class Meta:
        ordering = ["motion", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["motion", "application"], name="item_once_per_motion"),
            models.UniqueConstraint(
                fields=["application"],
                condition=Q(state=ItemState.OPEN),
                name="item_application_is_in_one_open_motion",
            ),
            models.UniqueConstraint(
                fields=["application"],
                condition=Q(state=ItemState.ADOPTED),
                name="item_application_is_adopted_once",
            ),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="item_grants_money"),
            models.CheckConstraint(
                condition=Q(state__in=ItemState.values), name="item_state_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"item {self.pk}"


class Share(models.Model):
    """The part of an item that one fund is to pay."""

    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="shares")
    fund = models.ForeignKey("ledger.Fund", on_delete=models.PROTECT, related_name="+")
    amount_minor = models.BigIntegerField()

    class Meta:
        ordering = ["item", "fund"]
        constraints = [
            models.UniqueConstraint(fields=["item", "fund"], name="share_once_per_fund"),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="share_grants_money"),
        ]

    def __str__(self) -> str:
        return f"{self.fund_id} for {self.item_id}"


class Choice(models.TextChoices):
    """How a member may vote."""

    FOR = "for", "For"
    AGAINST = "against", "Against"
    ABSTAIN = "abstain", "Abstain"


class Vote(models.Model):
    """One member's vote on one item. A later vote before the end replaces it, with a log row."""

    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="votes")
    member = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="votes"
    )
    choice = models.CharField(max_length=8, choices=Choice)
    cast_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["item", "member"], name="vote_once_per_member"),
            models.CheckConstraint(
                condition=Q(choice__in=Choice.values), name="vote_choice_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.member_id} {self.choice}"
