"""Who receives and owns money."""

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy


class TaxRegime(models.TextChoices):
    """Which tax paragraph a receipt of this entity carries."""

    NONE = "none", "No tax certificate"
    UK_GIFT_AID = "uk_gift_aid", "United Kingdom, Gift Aid"
    US_501C3 = "us_501c3", "United States, 501(c)(3)"


class Entity(models.Model):
    """The legal body that receives and owns money, and in whose name receipts are issued.

    A partnership is not a legal body, so the product never assumes one: an installation has
    at least one entity, and may have several.
    """

    slug = models.SlugField(unique=True)
    legal_name = models.CharField(max_length=200)
    registration_number = models.CharField(max_length=60, blank=True)
    address = models.TextField(help_text="As printed on receipts, one line per row.")
    country = models.CharField(max_length=2)
    zone = models.CharField(max_length=60, help_text="IANA time zone: the entity's calendar.")
    currency = models.CharField(max_length=3, help_text="Settlement and reporting currency.")
    series = models.CharField(
        max_length=8,
        unique=True,
        validators=[RegexValidator(r"^[A-Z]{2,8}$")],
        help_text="First part of its document numbers, such as MF in MF-2026-000184.",
    )
    tax_regime = models.CharField(max_length=20, choices=TaxRegime, default=TaxRegime.NONE)
    signatory_name = models.CharField(max_length=120, blank=True)
    signatory_role = models.CharField(max_length=120, blank=True)
    # Beside the first: certificates are often signed by two.
    cosignatory_name = models.CharField(max_length=120, blank=True, default="", db_default="")
    cosignatory_role = models.CharField(max_length=120, blank=True, default="", db_default="")
    contact_email = models.EmailField()
    logo = models.TextField(blank=True, help_text="SVG text for documents; empty: the stamp.")
    # How many whole years after the one in which they fell. Empty: as the country's law asks.
    books_years = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="How long receipts and vouchers are kept."
    )
    aid_years = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="How long a claimed Gift Aid declaration is kept."
    )
    # Written only once they are registered: nothing made up may pass for a registered identifier.
    giving_prefix = models.CharField(
        max_length=40,
        blank=True,
        default="",
        db_default="",
        help_text="As registered with 360Giving, such as 360G-manul: grants are numbered with it.",
    )
    org_identifier = models.CharField(
        max_length=60,
        blank=True,
        default="",
        db_default="",
        help_text="As org-id.guide writes it, such as GB-SC-SC004064.",
    )
    is_illustrative = models.BooleanField(
        default=False, help_text="Demonstration data; every page and document then says so."
    )

    class Meta:
        verbose_name_plural = "entities"
        constraints = [
            models.CheckConstraint(
                condition=Q(currency__regex=r"^[A-Z]{3}$"), name="entity_currency_is_iso"
            ),
            models.CheckConstraint(
                condition=Q(country__regex=r"^[A-Z]{2}$"), name="entity_country_is_iso"
            ),
            models.CheckConstraint(
                condition=Q(tax_regime__in=TaxRegime.values), name="entity_tax_regime_is_known"
            ),
            models.CheckConstraint(
                condition=(Q(books_years__isnull=True) | Q(books_years__range=(1, 50)))
                & (Q(aid_years__isnull=True) | Q(aid_years__range=(1, 50))),
                name="entity_keeps_papers_for_some_years",
            ),
            models.CheckConstraint(
                condition=Q(cosignatory_role="") | ~Q(cosignatory_name=""),
                name="entity_office_is_somebodys",
            ),
            models.CheckConstraint(
                condition=Q(giving_prefix="") | Q(giving_prefix__regex=r"^360G-[A-Za-z0-9_]+$"),
                name="entity_giving_prefix_is_one_of_theirs",
            ),
            models.CheckConstraint(
                condition=Q(org_identifier="")
                | Q(org_identifier__regex=r"^[A-Z]{2,3}-[A-Z0-9]+-[^[:space:]]+$"),
                name="entity_identifier_names_its_list",
            ),
        ]

    def __str__(self) -> str:
        return self.legal_name


class Organisation(models.Model):
    """A body with people who act for it: an applicant's institution, a zoo, an employer."""

    name = models.CharField(max_length=200)
    country = models.CharField(max_length=2)
    registration_number = models.CharField(max_length=60, blank=True)
    website = models.URLField(blank=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(condition=~Q(name=""), name="organisation_has_a_name"),
            models.CheckConstraint(
                condition=Q(country__regex=r"^[A-Z]{2}$"), name="organisation_country_is_iso"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Part(models.TextChoices):
    """What a person may do in the name of an organisation."""

    OWNER = "owner", gettext_lazy("Owner")
    FINANCE = "finance", gettext_lazy("Finance")
    VIEWER = "viewer", gettext_lazy("Viewer")


class Membership(models.Model):
    """A person who acts for an organisation."""

    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="memberships"
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="memberships"
    )
    part = models.CharField(
        max_length=7, choices=Part, default=Part.OWNER, db_default=Part.OWNER.value
    )
    since = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "user"],
                condition=Q(ended_at__isnull=True),
                name="membership_once",
            ),
            models.CheckConstraint(
                condition=Q(part__in=Part.values), name="membership_part_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.organisation_id}"
