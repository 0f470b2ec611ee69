"""Copies of sanctions lists, and what the fund does in each country."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q


class SanctionsList(models.Model):
    """One state of one list, as its publisher gave it out. The latest of a name counts."""

    name = models.CharField(max_length=200)
    published_on = models.DateField(help_text="The list's own date.")
    sha256 = models.CharField(max_length=64, help_text="Of the file that was read.")
    taken_in_at = models.DateTimeField()

    class Meta:
        ordering = ["name", "-published_on", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["name", "published_on"], name="sanctionslist_of_a_day_once"
            ),
            models.CheckConstraint(condition=~Q(name=""), name="sanctionslist_has_a_name"),
            models.CheckConstraint(
                condition=Q(sha256__regex=r"^[0-9a-f]{64}$"), name="sanctionslist_has_its_hash"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ListedName(models.Model):
    """One name on a list. An entry with several names is several of them."""

    of = models.ForeignKey(SanctionsList, on_delete=models.PROTECT, related_name="names")
    reference = models.CharField(max_length=80, help_text="Of the entry, as the list has it.")
    name = models.TextField()
    # The words of it as `likeness` folds them, by which it is found.
    keys = models.JSONField()

    class Meta:
        ordering = ["of", "pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(name=""), name="listedname_is_not_empty"),
        ]

    def __str__(self) -> str:
        return self.name


class Policy(models.TextChoices):
    """What the fund does where a payee, their bank or their work is."""

    OPEN = "open", "As everywhere"
    CAREFUL = "careful", "Two people look the payee up"
    LICENSED = "licensed", "Only under a licence"
    BLOCKED = "blocked", "Nothing is paid"


class CountryRule(models.Model):
    """What was laid down for one country. Never changed: the last one that counts counts.

    To block counts at once; everything else once a second person has confirmed it.
    """

    country = models.CharField(max_length=2)
    policy = models.CharField(max_length=8, choices=Policy)
    licence = models.CharField(max_length=200, blank=True, help_text="Its reference.")
    licence_until = models.DateField(null=True, blank=True, help_text="Its last day.")
    reason = models.TextField()
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    proposed_at = models.DateTimeField()
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    confirmed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["country", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(policy__in=Policy.values), name="countryrule_policy_is_known"
            ),
            models.CheckConstraint(
                condition=Q(country__regex=r"^[A-Z]{2}$"), name="countryrule_country_is_iso"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="countryrule_has_a_reason"),
            models.CheckConstraint(
                condition=Q(policy="licensed", licence_until__isnull=False) & ~Q(licence="")
                | ~Q(policy="licensed") & Q(licence="", licence_until__isnull=True),
                name="countryrule_licence_fits",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_by__isnull=True, confirmed_at__isnull=True)
                | Q(confirmed_by__isnull=False, confirmed_at__isnull=False)
                & ~Q(confirmed_by=F("proposed_by")),
                name="countryrule_is_confirmed_by_another_person",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.country}: {self.policy}"
