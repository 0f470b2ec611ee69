"""A person who signs in with an e-mail address."""

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy


class UserManager(BaseUserManager["User"]):
    """Makes users. Nobody has a usable password: people sign in by mailed code."""

    def create_user(self, email: str, *, name: str = "") -> "User":
        """A new person with this address, lower-cased."""
        user = self.model(email=email.strip().lower(), name=name)
        user.set_unusable_password()
        user.save(using=self._db)
        return user


class User(AbstractBaseUser, PermissionsMixin):
    """A person, known by an e-mail address."""

    email = models.EmailField(max_length=254, unique=True)
    name = models.CharField(max_length=200, blank=True)
    is_active = models.BooleanField(default=True)
    joined_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("email"), name="user_email_is_one_persons"),
        ]

    def __str__(self) -> str:
        return self.name or self.email


class Role(models.TextChoices):
    """What a person may be for the fund. Each is held for a term."""

    COMMITTEE = "committee", gettext_lazy("Committee member")
    CHAIR = "chair", gettext_lazy("Chair of the committee")
    OFFICER = "officer", gettext_lazy("Programme officer")
    TREASURER = "treasurer", gettext_lazy("Treasurer")
    # One of the body that answers for the fund, such as its board.
    TRUSTEE = "trustee", gettext_lazy("Trustee of the accountable body")
    ADMINISTRATOR = "administrator", gettext_lazy("Administrator")


class Term(models.Model):
    """A span of days in which a person holds a role. Ended by a date, never deleted."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="terms")
    role = models.CharField(max_length=15, choices=Role)
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True, help_text="The last day; empty: open.")
    granted_by = models.CharField(max_length=60)

    class Meta:
        ordering = ["user", "role", "starts_on"]
        constraints = [
            models.CheckConstraint(condition=Q(role__in=Role.values), name="term_role_is_known"),
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=models.F("starts_on")),
                name="term_ends_after_it_starts",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.role}"


class FactorReset(models.Model):
    """A lost second factor, taken away by two administrators, neither of whom lost it."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=400)
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    done_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(asked_by=models.F("user"))
                & (Q(done_by__isnull=True) | ~Q(done_by=models.F("user"))),
                name="factorreset_is_not_ones_own",
            ),
            models.CheckConstraint(
                condition=Q(done_by__isnull=True) | ~Q(done_by=models.F("asked_by")),
                name="factorreset_takes_two",
            ),
            models.CheckConstraint(
                condition=Q(done_by__isnull=True, done_at__isnull=True)
                | Q(done_by__isnull=False, done_at__isnull=False),
                name="factorreset_done_has_its_instant",
            ),
            models.UniqueConstraint(
                fields=["user"],
                condition=Q(done_at__isnull=True),
                name="factorreset_open_is_one",
            ),
        ]

    def __str__(self) -> str:
        return f"factor reset {self.pk}"


class InboxChoice(models.Model):
    """Where a person is on the clock, and whether what waits for them is mailed once a day.

    Without a row nothing was chosen: hours are told in UTC, and whoever holds a role gets the mail.
    """

    user = models.OneToOneField(User, on_delete=models.PROTECT, related_name="inbox_choice")
    zone = models.CharField(max_length=40, default="UTC", db_default="UTC")
    is_mailed = models.BooleanField()
    chosen_at = models.DateTimeField()

    class Meta:
        ordering = ["user"]
        constraints = [
            models.CheckConstraint(condition=~Q(zone=""), name="inboxchoice_names_its_zone"),
        ]

    def __str__(self) -> str:
        return f"choice of person {self.user_id}"
