"""A request for money in a round."""

import uuid
from typing import Final

from django.conf import settings
from django.db import models
from django.db.models import (
    Case,
    Exists,
    F,
    OuterRef,
    Q,
    Value,
    When,
)
from django.utils.translation import gettext_lazy

from funding.money import Money
from funding.users import roles
from funding.users.models import Role, User
from grants.models.checks import CheckResult, Refusal

# Who reads what others have sent in.
READERS: Final = frozenset({Role.OFFICER, Role.COMMITTEE, Role.CHAIR})
# Who decides on them, and so says first what interest they have in each.
MEMBERS: Final = (Role.COMMITTEE, Role.CHAIR)


class ApplicationState(models.TextChoices):
    """States of an application."""

    DRAFT = "draft", "Draft"
    SUBMITTED = "submitted", "Submitted"
    WITHDRAWN = "withdrawn", "Withdrawn"
    AWARDED = "awarded", "Funded"
    DECLINED = "declined", "Not funded"


class ApplicationQuerySet(models.QuerySet["Application"]):
    """Applications, asked for by somebody."""

    def own(self, user: User) -> "ApplicationQuerySet":
        """Those that the person made."""
        return self.filter(applicant=user)

    def shared_with(self, user: User, *rights: str) -> "ApplicationQuerySet":
        """Those that another person made and asked this one to join, with any of these rights."""
        rows = Application._meta.apps.get_model("grants", "CoApplicant").objects
        joined = rows.filter(application=OuterRef("pk"), person=user, ended_at__isnull=True)
        return self.filter(Exists(joined.filter(right__in=rights) if rights else joined))

    def applied_by(self, user: User) -> "ApplicationQuerySet":
        """Their own, and those that they joined: what they read as an applicant."""
        return self.filter(Q(applicant=user) | Q(pk__in=self.model.objects.shared_with(user)))

    def commented_by(self, user: User) -> "ApplicationQuerySet":
        """Of these, those that they may comment on."""
        joined = self.model.objects.shared_with(user, "comment", "edit")
        return self.filter(Q(applicant=user) | Q(pk__in=joined))

    def written_by(self, user: User) -> "ApplicationQuerySet":
        """Of these, those that they may write."""
        joined = self.model.objects.shared_with(user, "edit")
        return self.filter(Q(applicant=user) | Q(pk__in=joined))

    def sent(self) -> "ApplicationQuerySet":
        """Those that were submitted, whatever became of them. Never a draft."""
        return self.filter(submitted_at__isnull=False)

    def visible_to(self, user: User, held: frozenset[Role] | None = None) -> "ApplicationQuerySet":
        """One's own, and for officers and the committee every one that was submitted.

        `held` are the roles that count, such as those of the session; without it, those that
        the person holds today. Rows say `is_closed` as `told_recusals` does: of such a one
        only the title may be shown, and while it is undeclared who asks.
        """
        known = roles.current(user) if held is None else held
        shown = Q(applicant=user) | Q(pk__in=self.model.objects.shared_with(user))
        if known & READERS:
            shown |= Q(submitted_at__isnull=False) & ~_unchecked(known)
        return self.filter(shown).told_recusals(user)

    def told_recusals(self, user: User) -> "ApplicationQuerySet":
        """The same rows, each saying what the person may not see of it.

        `is_recused`: the person has stepped out. `is_undeclared`: the person is a member of the
        committee who has not said yet what interest they have. `is_closed`: either of them, or
        the person applied for it. Of such a one no content may be shown.
        """
        held = roles.current(user)
        return self.annotate(
            is_recused=Exists(_of("Recusal", user)),
            is_undeclared=_told(_undeclared(user, held)),
            is_closed=_told(_closed(user, held)),
        )

    def open_to(self, user: User) -> "ApplicationQuerySet":
        """Those whose content the person may read where others decide on them.

        Never one's own, never what one stepped out of, and for members nothing undeclared and
        nothing that waits for the officer's check.
        """
        return self.exclude(_closed(user, roles.current(user)))

    def checked(self) -> "ApplicationQuerySet":
        """Those that the committee may review and vote on: all of a round that does not check
        first, and of one that does those that passed as they stand."""
        return self.filter(_passed())

    def on_the_bench(self, user: User) -> "ApplicationQuerySet":
        """Those that the person may know of where the committee works: what was checked, and for
        a chair what was found not eligible. Officers know of all."""
        return self.exclude(_unchecked(roles.current(user)))

    def undeclared_by(self, user: User) -> "ApplicationQuerySet":
        """Those that a member of the committee has still to declare on."""
        return self.filter(_undeclared(user, roles.current(user)))

    def decided_by(self, user: User) -> "ApplicationQuerySet":
        """Those that the member may score and vote on: open, and no interest waits for the chair
        to rule on it."""
        said = _of("Declaration", user)
        rows = Application._meta.apps.get_model("grants", "Declaration").objects
        later = rows.filter(application=OuterRef("application"), member=user, pk__gt=OuterRef("pk"))
        soft = said.filter(~Exists(later), interest="soft", ruling__isnull=True)
        return self.open_to(user).checked().exclude(Exists(soft))


def _of(model: str, user: User) -> models.QuerySet[models.Model]:
    # By its name in the registry, because these models come after this one.
    rows = Application._meta.apps.get_model("grants", model).objects
    found: models.QuerySet[models.Model] = rows.filter(application=OuterRef("pk"), member=user)
    return found


def _out(user: User) -> Q:
    return Q(applicant=user) | Q(Exists(_of("Recusal", user)))


def _undeclared(user: User, held: frozenset[Role]) -> Q:
    """Only members declare, only where the round asks, and not who is out already."""
    if not held & set(MEMBERS):
        return Q(pk__in=[])
    silent = Q(round__asks_interests=True) & ~Q(Exists(_of("Declaration", user)))
    return silent & ~_out(user)


def _checks() -> models.QuerySet[models.Model]:
    """The check that counts, of the application as it was sent last."""
    rows = Application._meta.apps.get_model("grants", "DeskCheck").objects
    found: models.QuerySet[models.Model] = rows.filter(
        application=OuterRef("pk"), sha256=OuterRef("sha256"), ended_at__isnull=True
    )
    return found


def _passed() -> Q:
    passed = _checks().filter(result=CheckResult.PASSED)
    return Q(round__checks_first=False) | Q(Exists(passed))


def _unchecked(held: frozenset[Role]) -> Q:
    """What members do not know of yet. A chair looks a second time at what was refused."""
    if Role.OFFICER in held or not held & set(MEMBERS):
        return Q(pk__in=[])
    shown = _passed()
    if Role.CHAIR in held:
        shown |= Q(Exists(_checks().filter(result=CheckResult.NOT_ELIGIBLE)))
    return ~shown


def _closed(user: User, held: frozenset[Role]) -> Q:
    return _out(user) | _undeclared(user, held) | _unchecked(held)


def _told(condition: Q) -> Case:
    yes, no = Value(value=True), Value(value=False)
    return Case(When(condition, then=yes), default=no, output_field=models.BooleanField())


class Application(models.Model):
    """One request of one organisation for one project in one round.

    `minimum_minor` is the least with which the work can be done, `ask_minor` what is asked
    for: the sum of the budget lines that are asked of us.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    round = models.ForeignKey("grants.Round", on_delete=models.PROTECT, related_name="applications")
    project = models.OneToOneField(
        "grants.Project", on_delete=models.PROTECT, related_name="application"
    )
    applicant = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="applications"
    )
    methods = models.TextField(blank=True, help_text="What will be done, and how it is measured.")
    minimum_minor = models.BigIntegerField(default=0)
    minimum_reason = models.TextField(blank=True)
    ask_minor = models.BigIntegerField(default=0)
    # The rate that lines in the currency of the place are converted by, as the applicant says it:
    # how many ten-thousandths of its units one unit of the round's currency was worth that day.
    local_currency = models.CharField(max_length=3, blank=True, db_default="")
    local_rate_e4 = models.BigIntegerField(null=True, blank=True)
    local_rate_on = models.DateField(null=True, blank=True)
    # Whether everybody may read of it while it waits for money; the applicant can say otherwise
    # at any time. What was said when it was sent stands in `submitted`.
    may_be_shown_unfunded = models.BooleanField(default=False, db_default=False)
    state = models.CharField(
        max_length=10, choices=ApplicationState, default=ApplicationState.DRAFT
    )
    # Counts every save, so that a second tab cannot overwrite the first unseen; and which tab
    # saved last, so that it may go on after an answer that the line has swallowed.
    version = models.PositiveIntegerField(default=1)
    saved_in = models.CharField(max_length=36, blank=True)
    # The form as it was typed while part of it cannot be read, such as "about 1,400" for a
    # sum: nothing is lost, and nothing is sent before it is put right.
    typed = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField()
    saved_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True, blank=True)
    # The application as it was submitted, and its fingerprint: what the committee decides on.
    submitted = models.JSONField(null=True, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    # What it is called while its applicant's name is hidden. Drawn at random, and kept for good.
    blind_number = models.PositiveSmallIntegerField(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decline_reason = models.TextField(blank=True)
    # Empty of those that were declined before reasons were counted.
    refusal = models.CharField(max_length=10, choices=Refusal, blank=True, db_default="")

    objects = ApplicationQuerySet.as_manager()

    class Meta:
        ordering = ["round", "project__title"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=ApplicationState.values), name="application_state_is_known"
            ),
            models.UniqueConstraint(
                fields=["round", "blind_number"], name="application_blind_number_once_a_round"
            ),
            models.CheckConstraint(
                condition=Q(blind_number__isnull=True) | Q(blind_number__gt=0),
                name="application_blind_number_counts_from_one",
            ),
            models.CheckConstraint(
                condition=Q(minimum_minor__gte=0, ask_minor__gte=0),
                name="application_asks_for_no_less_than_nothing",
            ),
            models.CheckConstraint(
                condition=Q(state=ApplicationState.DRAFT)
                | Q(state=ApplicationState.WITHDRAWN)
                | Q(minimum_minor__gt=0, minimum_minor__lte=F("ask_minor")),
                name="application_minimum_is_within_the_ask",
            ),
            models.CheckConstraint(
                condition=Q(
                    state=ApplicationState.DRAFT,
                    submitted_at__isnull=True,
                    submitted__isnull=True,
                    sha256="",
                )
                | Q(state=ApplicationState.WITHDRAWN)
                | ~Q(state__in=[ApplicationState.DRAFT, ApplicationState.WITHDRAWN])
                & Q(submitted_at__isnull=False, submitted__isnull=False)
                & Q(sha256__regex=r"^[0-9a-f]{64}$"),
                name="application_submitted_is_frozen",
            ),
            models.CheckConstraint(
                condition=Q(state__in=[ApplicationState.DRAFT, ApplicationState.WITHDRAWN])
                | Q(typed={}),
                name="application_sent_could_be_read",
            ),
            models.CheckConstraint(
                condition=Q(
                    state__in=[ApplicationState.AWARDED, ApplicationState.DECLINED],
                    decided_at__isnull=False,
                )
                | ~Q(state__in=[ApplicationState.AWARDED, ApplicationState.DECLINED])
                & Q(decided_at__isnull=True),
                name="application_decided_has_its_instant",
            ),
            models.CheckConstraint(
                condition=~Q(state=ApplicationState.DECLINED) | ~Q(decline_reason=""),
                name="application_declined_says_why",
            ),
            models.CheckConstraint(
                condition=Q(refusal="")
                | Q(refusal__in=Refusal.values, state=ApplicationState.DECLINED),
                name="application_refusal_is_of_one_that_is_declined",
            ),
        ]

    def __str__(self) -> str:
        return f"application {self.pk}"

    @property
    def ask(self) -> Money:
        """What is asked of this fund."""
        return Money(self.ask_minor, self.round.currency)


class LineSource(models.TextChoices):
    """Who pays for a line of the budget."""

    US = "us", gettext_lazy("Asked of this fund")
    OTHER = "other", gettext_lazy("Another funder")
    IN_KIND = "in_kind", gettext_lazy("In kind")


class BudgetLine(models.Model):
    """One line of a budget: quantity times unit cost, and who is to pay for it."""

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="lines")
    position = models.PositiveSmallIntegerField(default=0)
    category = models.CharField(max_length=60)
    what = models.CharField(max_length=200)
    quantity = models.PositiveIntegerField()
    unit_minor = models.BigIntegerField()
    amount_minor = models.BigIntegerField(help_text="Quantity times unit cost.")
    source = models.CharField(max_length=8, choices=LineSource, default=LineSource.US)
    # What one costs where it is bought, and the rate by which that comes to `unit_minor`: times
    # ten to the power of `local_power`, divided by `local_rate_e4`, a half rounded up.
    local_currency = models.CharField(max_length=3, blank=True, db_default="")
    local_unit_minor = models.BigIntegerField(null=True, blank=True)
    local_rate_e4 = models.BigIntegerField(null=True, blank=True)
    local_power = models.PositiveSmallIntegerField(null=True, blank=True)
    local_rate_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["application", "position", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(unit_minor__gt=0, quantity__gt=0), name="budgetline_costs_money"
            ),
            models.CheckConstraint(
                condition=Q(amount_minor=F("quantity") * F("unit_minor")),
                name="budgetline_multiplies",
            ),
            models.CheckConstraint(
                condition=Q(source__in=LineSource.values), name="budgetline_source_is_known"
            ),
            models.CheckConstraint(
                condition=Q(
                    local_currency="",
                    local_unit_minor__isnull=True,
                    local_rate_e4__isnull=True,
                    local_power__isnull=True,
                    local_rate_on__isnull=True,
                )
                | Q(
                    local_currency__regex=r"^[A-Z]{3}$",
                    local_unit_minor__isnull=False,
                    local_rate_e4__isnull=False,
                    local_power__isnull=False,
                    local_rate_on__isnull=False,
                )
                & Q(local_unit_minor__gt=0, local_rate_e4__gt=0, local_power__lte=9),
                name="budgetline_local_cost_is_whole",
            ),
        ]

    def __str__(self) -> str:
        return self.what


class Answer(models.Model):
    """What an applicant said to one of the questions that a round asks before its form."""

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="answers")
    condition = models.ForeignKey(
        "grants.Condition", on_delete=models.PROTECT, related_name="answers"
    )
    said = models.BooleanField()

    class Meta:
        ordering = ["application", "condition"]
        constraints = [
            models.UniqueConstraint(
                fields=["application", "condition"], name="answer_once_to_a_condition"
            )
        ]

    def __str__(self) -> str:
        return "yes" if self.said else "no"
