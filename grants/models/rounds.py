"""A call for applications with its dates and its money."""

from django.db import models
from django.db.models import F, Q

# A bar is written as a mark times a hundred, as means are.
HUNDRED = 100
TOP_MARK = 5


class Round(models.Model):
    """One call. Whether it is open follows from its dates and nothing else.

    Steps that a round does without are simply not set: nobody is asked to review where
    `reviews_wanted` is zero. Empty limits do not limit.
    """

    slug = models.SlugField(max_length=80, unique=True)
    name = models.CharField(max_length=120)
    entity = models.ForeignKey("parties.Entity", on_delete=models.PROTECT, related_name="rounds")
    call = models.TextField(help_text="Who may ask for what, in plain text.")
    criteria = models.TextField(help_text="By what the committee decides, in plain text.")
    currency = models.CharField(max_length=3)
    maximum_minor = models.BigIntegerField(help_text="The most that one application may ask.")
    opens_at = models.DateTimeField()
    closes_at = models.DateTimeField()
    grace_minutes = models.PositiveSmallIntegerField(
        default=0, help_text="For slow lines: how long after closing a submission still counts."
    )
    decides_on = models.DateField(help_text="The day by which applicants will know.")
    published_at = models.DateTimeField(null=True, blank=True)
    # Which form it was written with: sent twice, it is one round.
    form_key = models.UUIDField(null=True, blank=True, unique=True, editable=False)

    asks_interests = models.BooleanField(
        default=True,
        db_default=True,
        help_text="Members say what interest they have before an application opens to them.",
    )
    checks_first = models.BooleanField(
        default=False,
        db_default=False,
        help_text="The officer checks each application before the committee looks at it.",
    )
    checklist = models.TextField(
        blank=True, db_default="", help_text="What is checked, one line each; empty: the usual."
    )
    reviews_wanted = models.PositiveSmallIntegerField(
        default=0, db_default=0, help_text="How many members review each application."
    )
    marks_due_at = models.DateTimeField(null=True, blank=True)
    is_blind = models.BooleanField(
        default=False,
        db_default=False,
        help_text="Members read who applies once their own review is handed in.",
    )

    asks_permits = models.BooleanField(
        default=False, db_default=False, help_text="The form asks which permits the work needs."
    )
    asks_safeguards = models.BooleanField(
        default=False,
        db_default=False,
        help_text="The form asks how animals and people are kept safe, and who has agreed.",
    )
    asks_references = models.BooleanField(
        default=False, db_default=False, help_text="The form asks for people who can be asked."
    )

    is_ratified = models.BooleanField(
        default=False,
        db_default=False,
        help_text="What the committee adopts waits for a trustee of the accountable body.",
    )

    bar = models.PositiveSmallIntegerField(
        default=0, db_default=0, help_text="No award below this mean, which is times a hundred."
    )
    most_per_country_minor = models.BigIntegerField(null=True, blank=True)
    most_per_applicant = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Awards that one organisation can get."
    )
    most_of_fund_percent = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        help_text="Of the round's money in a fund, the most that one award may take.",
    )
    sliver_minor = models.BigIntegerField(
        default=0, db_default=0, help_text="A fund pays this much of an award, or nothing."
    )

    class Meta:
        ordering = ["-opens_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(reviews_wanted=0, marks_due_at__isnull=True)
                | Q(reviews_wanted__gt=0, reviews_wanted__lte=9)
                & Q(marks_due_at__isnull=False, marks_due_at__gt=F("closes_at")),
                name="round_reviews_are_due_after_it_closes",
            ),
            models.CheckConstraint(
                condition=Q(checks_first=True) | Q(checklist=""),
                name="round_checklist_is_of_a_round_that_checks",
            ),
            models.CheckConstraint(
                condition=Q(is_blind=False) | Q(reviews_wanted__gt=0),
                name="round_is_blind_only_with_reviews",
            ),
            models.CheckConstraint(
                condition=Q(bar__lte=TOP_MARK * HUNDRED), name="round_bar_is_a_mark"
            ),
            models.CheckConstraint(
                condition=Q(most_per_country_minor__isnull=True) | Q(most_per_country_minor__gt=0),
                name="round_country_limit_leaves_money",
            ),
            models.CheckConstraint(
                condition=Q(most_per_applicant__isnull=True) | Q(most_per_applicant__gt=0),
                name="round_applicant_limit_leaves_one",
            ),
            models.CheckConstraint(
                condition=Q(most_of_fund_percent__isnull=True)
                | Q(most_of_fund_percent__gt=0, most_of_fund_percent__lte=100),
                name="round_share_of_a_fund_is_a_percentage",
            ),
            models.CheckConstraint(
                condition=Q(sliver_minor__gte=0), name="round_sliver_is_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(closes_at__gt=F("opens_at")), name="round_closes_after_it_opens"
            ),
            models.CheckConstraint(condition=Q(maximum_minor__gt=0), name="round_grants_money"),
            models.CheckConstraint(
                condition=Q(grace_minutes__lte=240), name="round_grace_is_short"
            ),
            models.CheckConstraint(
                condition=Q(currency__regex=r"^[A-Z]{3}$"), name="round_currency_is_iso"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class RoundFund(models.Model):
    """A fund that a round may draw on, and the most that it may draw."""

    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="funds")
    fund = models.ForeignKey("ledger.Fund", on_delete=models.PROTECT, related_name="+")
    envelope_minor = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["round", "fund"], name="roundfund_once_per_fund"),
            models.CheckConstraint(
                condition=Q(envelope_minor__gt=0), name="roundfund_envelope_has_money"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.round_id} draws on {self.fund_id}"


class Criterion(models.Model):
    """One question by which applications are marked, and how much it weighs."""

    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="criterions")
    position = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=80)
    question = models.CharField(max_length=300)
    weight = models.PositiveSmallIntegerField(default=1)

    class Meta:
        verbose_name_plural = "criteria"
        ordering = ["round", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["round", "position"],
                name="criterion_stands_in_one_place",
                deferrable=models.Deferrable.DEFERRED,
            ),
            models.CheckConstraint(
                condition=Q(weight__gt=0, weight__lte=100), name="criterion_weighs_something"
            ),
            models.CheckConstraint(
                condition=~Q(name="") & ~Q(question=""), name="criterion_asks_something"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Anchor(models.Model):
    """What one mark of one criterion means, in words."""

    criterion = models.ForeignKey(Criterion, on_delete=models.CASCADE, related_name="anchors")
    mark = models.PositiveSmallIntegerField()
    sentence = models.CharField(max_length=200)

    class Meta:
        ordering = ["criterion", "-mark"]
        constraints = [
            models.UniqueConstraint(fields=["criterion", "mark"], name="anchor_once_for_a_mark"),
            models.CheckConstraint(
                condition=Q(mark__gte=1, mark__lte=TOP_MARK), name="anchor_is_of_a_mark"
            ),
            models.CheckConstraint(condition=~Q(sentence=""), name="anchor_says_something"),
        ]

    def __str__(self) -> str:
        return f"{self.mark}: {self.sentence}"


class Condition(models.Model):
    """What an applicant is asked before the form: one answer leads on, the other tells why not."""

    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="conditions")
    position = models.PositiveSmallIntegerField()
    question = models.CharField(max_length=300)
    wanted = models.BooleanField(help_text="The answer that leads on.")
    otherwise = models.CharField(max_length=300, help_text="What the others are told.")

    class Meta:
        ordering = ["round", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["round", "position"],
                name="condition_stands_in_one_place",
                deferrable=models.Deferrable.DEFERRED,
            ),
            models.CheckConstraint(
                condition=~Q(question="") & ~Q(otherwise=""), name="condition_asks_and_answers"
            ),
        ]

    def __str__(self) -> str:
        return self.question


class CostLimit(models.Model):
    """Of what is asked, the most that one kind of cost may be. Zero: it is not paid for."""

    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="cost_limits")
    category = models.CharField(max_length=60)
    most_percent = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["round", "category"]
        constraints = [
            models.UniqueConstraint(
                fields=["round", "category"], name="costlimit_once_for_a_category"
            ),
            models.CheckConstraint(
                condition=Q(most_percent__lt=100), name="costlimit_limits_something"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.category}: at most {self.most_percent} %"


class Lottery(models.Model):
    """The number that decides between equal marks, fixed before anybody marks.

    Its SHA-256 is public with the call; the number itself is told with the result, so that
    everybody can check that nobody chose it by who would win.
    """

    round = models.OneToOneField(Round, on_delete=models.PROTECT, related_name="lottery")
    seed = models.CharField(max_length=64)
    sha256 = models.CharField(max_length=64)
    drawn_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "lotteries"
        constraints = [
            models.CheckConstraint(
                condition=Q(seed__regex=r"^[0-9a-f]{64}$", sha256__regex=r"^[0-9a-f]{64}$"),
                name="lottery_is_in_hexadecimal",
            )
        ]

    def __str__(self) -> str:
        return f"lottery of round {self.round_id}"
