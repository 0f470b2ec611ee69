"""Regular giving: the promise, each due part of it, and every change that was made to it."""

import uuid
from typing import Final

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext, gettext_lazy

from donors.models.gifts import Gift
from donors.models.people import Donor
from funding.money import Money

_ISO: Final = r"^[A-Z]{3}$"


class Rhythm(models.TextChoices):
    """How often an instalment is due."""

    MONTHLY = "monthly", gettext_lazy("Every month")
    QUARTERLY = "quarterly", gettext_lazy("Every three months")
    YEARLY = "yearly", gettext_lazy("Every year")


class PledgeState(models.TextChoices):
    """States of a pledge."""

    STARTED = "started", "Not begun yet"
    ACTIVE = "active", "Running"
    BEHIND = "behind", "An instalment has not been paid"
    PAUSED = "paused", "Paused"
    ENDED = "ended", "Ended"
    LEFT = "left", "Never begun"


RUNNING: Final = [PledgeState.ACTIVE, PledgeState.BEHIND, PledgeState.PAUSED]


class EndedWhy(models.TextChoices):
    """Why a pledge is over."""

    GIVER = "giver", "Ended by the donor"
    STAFF = "staff", "Ended by the fund"
    LAPSED = "lapsed", "Its payments failed"
    REFUNDED = "refunded", "An instalment was given back"
    DISPUTED = "disputed", "An instalment was disputed"
    STRIPE = "stripe", "Ended at Stripe"


# What somebody disputed at a bank, or the fund itself ended, is not charged again as it was.
COMES_BACK: Final = [EndedWhy.GIVER, EndedWhy.LAPSED, EndedWhy.REFUNDED, EndedWhy.STRIPE]


def _by_position(share: "PledgeShare") -> int:
    return share.position


class Pledge(models.Model):
    """A promise with amount and rhythm. Stripe keeps it as a subscription and takes the money.

    What is due when, and by which card or account, is Stripe's to say and copied here; the
    fund and the split into gift and cover are ours.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    # One token per form shown: however often the form is sent, it makes one pledge.
    form_token = models.UUIDField(unique=True)
    entity = models.ForeignKey("parties.Entity", on_delete=models.PROTECT, related_name="+")
    donor = models.ForeignKey(Donor, on_delete=models.PROTECT, related_name="pledges")
    donor_name = models.CharField(max_length=200)
    fund = models.ForeignKey("ledger.Fund", on_delete=models.PROTECT, related_name="+")
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField(help_text="Each instalment, without the cover.")
    cover_minor = models.BigIntegerField(default=0, help_text="Added to pay the payment fee.")
    rhythm = models.CharField(max_length=9, choices=Rhythm)
    message = models.CharField(max_length=500, blank=True)
    language = models.CharField(max_length=8, default="en")
    state = models.CharField(max_length=7, choices=PledgeState, default=PledgeState.STARTED)
    created_at = models.DateTimeField()
    began_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True, help_text="Ended, or never begun.")
    ended_why = models.CharField(max_length=8, choices=EndedWhy, blank=True)
    again_of = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="followers"
    )
    # The regular gift of the system before that its giver came from.
    continues = models.ForeignKey(
        "donors.EarlierPledge",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="tries",
    )

    # Stripe's side. The expiry is part of the call's parameters, so it is fixed here first.
    checkout_expires_at = models.DateTimeField()
    key_version = models.PositiveSmallIntegerField(default=1)
    checkout = models.CharField(max_length=255, blank=True)
    checkout_url = models.URLField(max_length=2000, blank=True)
    customer = models.CharField(max_length=255, blank=True)
    subscription = models.CharField(max_length=255, blank=True)
    item = models.CharField(max_length=255, blank=True)
    product = models.CharField(max_length=255, blank=True)
    method = models.CharField(max_length=60, blank=True, help_text="'Card ending 4242'.")
    card_ends_on = models.DateField(null=True, blank=True, help_text="The card's last day.")
    next_at = models.DateTimeField(null=True, blank=True, help_text="The next instalment.")
    resumes_at = models.DateTimeField(null=True, blank=True, help_text="The end of a pause.")
    # When Stripe was asked for what stands here: an older answer changes nothing.
    told_at = models.DateTimeField(null=True, blank=True)

    # The row is the queue: when to look at it again, and how often that broke off in a row.
    due_at = models.DateTimeField()
    failures = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="pledge_promises_money"),
            models.CheckConstraint(condition=Q(cover_minor__gte=0), name="pledge_cover_adds"),
            models.CheckConstraint(
                condition=Q(currency__regex=_ISO), name="pledge_currency_is_iso"
            ),
            models.CheckConstraint(
                condition=Q(rhythm__in=Rhythm.values), name="pledge_rhythm_is_known"
            ),
            models.CheckConstraint(
                condition=Q(state=PledgeState.STARTED, began_at__isnull=True, ended_at__isnull=True)
                | Q(state=PledgeState.LEFT, began_at__isnull=True, ended_at__isnull=False)
                | Q(state__in=RUNNING, began_at__isnull=False, ended_at__isnull=True)
                | Q(state=PledgeState.ENDED, began_at__isnull=False, ended_at__isnull=False),
                name="pledge_state_fits_its_instants",
            ),
            models.CheckConstraint(
                condition=Q(state=PledgeState.ENDED, ended_why__in=EndedWhy.values)
                | ~Q(state=PledgeState.ENDED) & Q(ended_why=""),
                name="pledge_ended_says_why",
            ),
            models.CheckConstraint(
                condition=Q(began_at__isnull=True) | ~Q(subscription=""),
                name="pledge_begun_has_its_subscription",
            ),
            models.CheckConstraint(
                condition=Q(resumes_at__isnull=True) | Q(state=PledgeState.PAUSED),
                name="pledge_resumes_from_a_pause",
            ),
            models.UniqueConstraint(
                fields=["again_of"],
                condition=~Q(state=PledgeState.LEFT),
                name="pledge_is_begun_again_once",
            ),
            models.UniqueConstraint(
                fields=["checkout"], condition=~Q(checkout=""), name="pledge_checkout_is_its_own"
            ),
            models.UniqueConstraint(
                fields=["subscription"],
                condition=~Q(subscription=""),
                name="pledge_subscription_is_its_own",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=Q(state__in=[PledgeState.STARTED, *RUNNING]),
                name="pledge_waiting",
            ),
            models.Index(fields=["donor", "-created_at"], name="pledge_of_donor"),
        ]

    def __str__(self) -> str:
        return f"pledge {self.uuid}"

    @property
    def gross(self) -> Money:
        """What each instalment takes: the gift and the cover."""
        return Money(self.amount_minor + self.cover_minor, self.currency)

    @property
    def amount(self) -> Money:
        """The gift in each instalment."""
        return Money(self.amount_minor, self.currency)

    @property
    def is_running(self) -> bool:
        """Whether it has begun and has not ended."""
        return self.state in RUNNING

    @property
    def purpose(self) -> str:
        """The names of the funds that it goes to, as they stand in a sentence."""
        names = [share.fund.name for share in sorted(self.shares.all(), key=_by_position)]
        if not names:
            return self.fund.name
        several = {"some": ", ".join(names[:-1]), "last": names[-1]}
        return gettext("%(some)s and %(last)s") % several

    @property
    def comes_back(self) -> bool:
        """Whether it ended so that it may be begun again with what is saved."""
        return self.state == PledgeState.ENDED and self.ended_why in COMES_BACK


class Share(models.Model):
    """One fund's part of a sum each time. Parts add up to the whole, to the penny."""

    fund = models.ForeignKey("ledger.Fund", on_delete=models.PROTECT, related_name="+")
    amount_minor = models.BigIntegerField()
    position = models.PositiveSmallIntegerField()

    class Meta:
        abstract = True


class PledgeShare(Share):
    """A part of a pledge to several funds. One to a single fund has none."""

    pledge = models.ForeignKey(Pledge, on_delete=models.CASCADE, related_name="shares")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="pledgeshare_gives_money"),
            models.UniqueConstraint(fields=["pledge", "fund"], name="pledgeshare_once_per_fund"),
        ]

    def __str__(self) -> str:
        return f"{self.pledge_id} to {self.fund_id}"


class InstalmentState(models.TextChoices):
    """States of one due part."""

    OPEN = "open", "To be paid"
    PAID = "paid", "Paid"
    SKIPPED = "skipped", "Left out"
    UNPAID = "unpaid", "Not paid, and not asked for any more"


class Instalment(models.Model):
    """One due part of a pledge: an invoice at Stripe, and once money comes, one gift."""

    pledge = models.ForeignKey(Pledge, on_delete=models.PROTECT, related_name="instalments")
    invoice = models.CharField(max_length=255)
    # As they were when it fell due: a later change concerns later instalments.
    fund = models.ForeignKey("ledger.Fund", on_delete=models.PROTECT, related_name="+")
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    cover_minor = models.BigIntegerField(default=0)
    due_on = models.DateField(help_text="In the receiving body's calendar.")
    state = models.CharField(max_length=7, choices=InstalmentState, default=InstalmentState.OPEN)
    gift = models.OneToOneField(
        Gift, null=True, blank=True, on_delete=models.PROTECT, related_name="instalment"
    )
    payment_intent = models.CharField(max_length=255, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True, blank=True)
    asks_giver = models.BooleanField(default=False, help_text="The bank wants to hear the donor.")
    pay_url = models.URLField(max_length=2000, blank=True)
    trouble = models.CharField(max_length=400, blank=True)
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    told_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["invoice"], name="instalment_is_due_once"),
            models.UniqueConstraint(
                fields=["payment_intent"],
                condition=~Q(payment_intent=""),
                name="instalment_payment_is_its_own",
            ),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="instalment_gives_money"),
            models.CheckConstraint(condition=Q(cover_minor__gte=0), name="instalment_cover_adds"),
            models.CheckConstraint(
                condition=Q(state__in=InstalmentState.values), name="instalment_state_is_known"
            ),
            models.CheckConstraint(
                condition=~Q(state=InstalmentState.PAID) | Q(gift__isnull=False),
                name="instalment_paid_has_its_gift",
            ),
            models.CheckConstraint(
                condition=Q(state=InstalmentState.OPEN, ended_at__isnull=True)
                | ~Q(state=InstalmentState.OPEN) & Q(ended_at__isnull=False),
                name="instalment_ended_has_its_instant",
            ),
        ]
        indexes = [models.Index(fields=["pledge", "-due_on"], name="instalment_of_pledge")]

    def __str__(self) -> str:
        return f"instalment {self.pk} of {self.pledge_id}"

    @property
    def gross(self) -> Money:
        """What it takes: the gift and the cover."""
        return Money(self.amount_minor + self.cover_minor, self.currency)


class InstalmentShare(Share):
    """A part of an instalment, as it was when that fell due."""

    instalment = models.ForeignKey(Instalment, on_delete=models.CASCADE, related_name="shares")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(amount_minor__gt=0), name="instalmentshare_gives_money"
            ),
            models.UniqueConstraint(
                fields=["instalment", "fund"], name="instalmentshare_once_per_fund"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.instalment_id} to {self.fund_id}"


class ChangeKind(models.TextChoices):
    """What can be changed in a pledge."""

    AMOUNT = "amount", gettext_lazy("Amount")
    RHYTHM = "rhythm", gettext_lazy("Rhythm")
    DAY = "day", gettext_lazy("Day")
    FUND = "fund", gettext_lazy("Fund")
    SKIP = "skip", gettext_lazy("Next one left out")
    PAUSE = "pause", gettext_lazy("Pause")
    RESUME = "resume", gettext_lazy("Going on")
    METHOD = "method", gettext_lazy("Card or account")
    RETRY = "retry", gettext_lazy("Payment tried again")
    END = "end", gettext_lazy("End")


class ChangeState(models.TextChoices):
    """States of a change."""

    OPENED = "opened", "Waits for the donor"
    ASKED = "asked", "Asked for, not yet at Stripe"
    DONE = "done", "Done"
    REFUSED = "refused", "Not done; all is as before"


class PledgeChange(models.Model):
    """One change of a pledge with the values before and after it. It is done in Stripe and
    here, or in neither.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    pledge = models.ForeignKey(Pledge, on_delete=models.PROTECT, related_name="changes")
    kind = models.CharField(max_length=6, choices=ChangeKind)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    actor = models.CharField(max_length=60, help_text="'user:7', 'donor:3' by a mailed link.")
    state = models.CharField(max_length=7, choices=ChangeState, default=ChangeState.ASKED)
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    # Only of a new card or account: the page on which it is set up.
    checkout = models.CharField(max_length=255, blank=True)
    checkout_url = models.URLField(max_length=2000, blank=True)
    checkout_expires_at = models.DateTimeField(null=True, blank=True)
    key_version = models.PositiveSmallIntegerField(default=1)
    due_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=ChangeKind.values), name="pledgechange_kind_is_known"
            ),
            models.CheckConstraint(
                condition=Q(
                    state__in=[ChangeState.OPENED, ChangeState.ASKED], ended_at__isnull=True
                )
                | Q(state__in=[ChangeState.DONE, ChangeState.REFUSED], ended_at__isnull=False),
                name="pledgechange_state_fits_its_instant",
            ),
            models.CheckConstraint(
                condition=Q(kind=ChangeKind.METHOD) | ~Q(state=ChangeState.OPENED),
                name="pledgechange_opened_is_a_card",
            ),
            models.UniqueConstraint(
                fields=["pledge"],
                condition=Q(state=ChangeState.ASKED),
                name="pledgechange_one_at_a_time",
            ),
            models.UniqueConstraint(
                fields=["checkout"],
                condition=~Q(checkout=""),
                name="pledgechange_checkout_is_its_own",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=Q(state__in=[ChangeState.OPENED, ChangeState.ASKED]),
                name="pledgechange_waiting",
            ),
            models.Index(fields=["pledge", "-id"], name="pledgechange_of_pledge"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.pledge_id}"
