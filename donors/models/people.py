"""Who gives, and what they agreed to."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy

MOST_ADDRESS_LETTERS = 400
# What stands for the name of somebody who was removed, here and on their gifts.
ERASED = "Erased donor"


class Donor(models.Model):
    """Who gives: a person, known by an e-mail address, or an organisation and its members."""

    name = models.CharField(max_length=200)
    email = models.EmailField(max_length=254, blank=True)
    organisation = models.OneToOneField(
        "parties.Organisation",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="donor",
    )
    language = models.CharField(max_length=8, default="en")
    currency = models.CharField(
        max_length=3, blank=True, help_text="The giving form starts with it; empty: as proposed."
    )
    postal_address = models.CharField(
        max_length=MOST_ADDRESS_LETTERS, blank=True, help_text="Kept while cards are wanted."
    )
    # Brought together with another donor: whoever gives with this address gives as that one.
    merged_into = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    stripe_customer = models.CharField(max_length=255, blank=True)
    created_at = models.DateTimeField()
    # The person was removed, and there is no way back: the row is what the gifts belong to.
    erased_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            # Somebody who gives by bank or at the door may have no address that we know.
            models.UniqueConstraint(
                Lower("email"), condition=~Q(email=""), name="donor_email_is_one_donors"
            ),
            models.CheckConstraint(condition=~Q(name=""), name="donor_has_a_name"),
            # What an organisation gives belongs to no person, however its mail is read.
            models.CheckConstraint(
                condition=Q(organisation__isnull=True) | Q(email=""),
                name="donor_organisation_is_no_mailbox",
            ),
            models.CheckConstraint(
                condition=Q(merged_into__isnull=True) | ~Q(merged_into=models.F("id")),
                name="donor_leads_to_another",
            ),
            models.CheckConstraint(
                condition=Q(currency="") | Q(currency__regex=r"^[A-Z]{3}$"),
                name="donor_currency_is_iso",
            ),
            models.CheckConstraint(
                condition=Q(erased_at__isnull=True)
                | Q(name=ERASED, email="", postal_address="", organisation__isnull=True),
                name="donor_erased_is_nobody",
            ),
        ]

    def __str__(self) -> str:
        return f"donor {self.pk}"

    @property
    def address(self) -> str:
        """Where its mail goes: of an organisation, to whoever sees to its invoices."""
        if self.organisation_id is None:
            return self.email
        zoo = getattr(self.organisation, "zoo", None)
        return str(zoo.finance_email) if zoo else ""


class Purpose(models.TextChoices):
    """What a person may agree to."""

    NEWS = "news", gettext_lazy("News of the projects by e-mail")
    PROJECTS = "projects", gettext_lazy("Requests for other projects by e-mail")
    POST = "post", gettext_lazy("Thanks by post")
    # Asked once for all gifts, and not any more: names are shown gift by gift.
    NAME = "name", gettext_lazy("The name in public lists")


class Consent(models.Model):
    """One yes or no to one purpose, with the words that were shown. Later rows stand."""

    donor = models.ForeignKey(Donor, on_delete=models.CASCADE, related_name="consents")
    purpose = models.CharField(max_length=20, choices=Purpose)
    is_given = models.BooleanField()
    wording = models.TextField()
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(purpose__in=Purpose.values), name="consent_purpose_is_known"
            ),
            models.CheckConstraint(condition=~Q(wording=""), name="consent_keeps_its_words"),
        ]
        indexes = [models.Index(fields=["donor", "purpose", "-id"], name="consent_latest")]

    def __str__(self) -> str:
        return f"{self.purpose} {self.is_given}"
