"""Organisations that give regularly: what is printed of them, and who is asked to join them."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy

from funding.parties.models import Organisation, Part


class Association(models.TextChoices):
    """The associations that ask their members for what they give to conservation."""

    NONE = "", gettext_lazy("None of these")
    AZA = "aza", "Association of Zoos and Aquariums (AZA)"
    BIAZA = "biaza", "British and Irish Association of Zoos and Aquariums (BIAZA)"
    EARAZA = "earaza", "Eurasian Regional Association of Zoos and Aquariums (EARAZA)"
    EAZA = "eaza", "European Association of Zoos and Aquaria (EAZA)"
    JAZA = "jaza", "Japanese Association of Zoos and Aquariums (JAZA)"
    WAZA = "waza", "World Association of Zoos and Aquariums (WAZA)"
    ZAA = "zaa", "Zoo and Aquarium Association Australasia (ZAA)"


class Zoo(models.Model):
    """An organisation that gives by invoice, with all that papers print of it.

    Name, country and registration number stand on the organisation; who acts for it are its
    memberships.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    organisation = models.OneToOneField(Organisation, on_delete=models.PROTECT, related_name="zoo")
    legal_name = models.CharField(max_length=200)
    vat_number = models.CharField(max_length=20, blank=True)
    billing_address = models.TextField(blank=True, help_text="As printed, one line per row.")
    finance_name = models.CharField(max_length=120, blank=True)
    finance_email = models.EmailField(max_length=254, help_text="Invoices are mailed here.")
    association = models.CharField(max_length=6, choices=Association, blank=True)
    # Made anew from what was uploaded, so that nothing but a picture is ever kept or served.
    logo = models.BinaryField(null=True, blank=True, help_text="PNG.")
    # Name, place and logo among the supporters, once an owner wanted it; nothing else, ever.
    shown_since = models.DateTimeField(null=True, blank=True)
    # Of its papers and of the mails about money; pages are in the language of whoever reads them.
    language = models.CharField(max_length=8, default="en")
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=60)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(legal_name=""), name="zoo_has_a_legal_name"),
            models.CheckConstraint(
                condition=~Q(finance_email=""), name="zoo_has_mail_for_invoices"
            ),
            models.CheckConstraint(
                condition=Q(association__in=Association.values), name="zoo_association_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"zoo {self.pk}"

    @property
    def name(self) -> str:
        """What it is called every day."""
        return self.organisation.name


class Invitation(models.Model):
    """Asks one address to join a zoo. It is used once, and only by whoever reads that address."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    zoo = models.ForeignKey(Zoo, on_delete=models.PROTECT, related_name="invitations")
    email = models.EmailField(max_length=254)
    part = models.CharField(max_length=7, choices=Part)
    invited_by = models.CharField(max_length=60)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(part__in=Part.values), name="invitation_part_is_known"
            ),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("created_at")), name="invitation_ends_after_it_begins"
            ),
            models.CheckConstraint(
                condition=Q(accepted_at__isnull=True, accepted_by__isnull=True)
                | Q(accepted_at__isnull=False, accepted_by__isnull=False)
                & Q(withdrawn_at__isnull=True, accepted_at__lte=F("expires_at")),
                name="invitation_is_accepted_in_time",
            ),
            models.UniqueConstraint(
                "zoo",
                Lower("email"),
                condition=Q(accepted_at__isnull=True, withdrawn_at__isnull=True),
                name="invitation_is_open_once",
            ),
        ]

    def __str__(self) -> str:
        return f"invitation {self.pk}"
