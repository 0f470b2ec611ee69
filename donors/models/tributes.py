"""In whose honour or memory a gift was made, and the card that may tell somebody of it."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy

from donors.models.gifts import Gift
from donors.models.pledges import Pledge


class TributeKind(models.TextChoices):
    """What a gift says of the person it names."""

    HONOUR = "honour", gettext_lazy("In honour of")
    MEMORY = "memory", gettext_lazy("In memory of")


class CardState(models.TextChoices):
    """How far the card has come."""

    NONE = "none", gettext_lazy("No card")
    WAITING = "waiting", gettext_lazy("To be sent")
    SENT = "sent", gettext_lazy("Sent")
    STOPPED = "stopped", gettext_lazy("Stopped by the giver")
    LEFT = "left", gettext_lazy("Not sent")


class Tribute(models.Model):
    """A gift's dedication. A third person's name and address stand here only while a card waits
    for its day: the row cannot end and keep them.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    gift = models.OneToOneField(Gift, on_delete=models.PROTECT, related_name="tribute")
    kind = models.CharField(max_length=6, choices=TributeKind)
    honoree = models.CharField(max_length=120)
    words = models.CharField(max_length=300, blank=True)
    card = models.CharField(max_length=7, choices=CardState, default=CardState.NONE)
    to_name = models.CharField(max_length=120, blank=True)
    to_email = models.EmailField(max_length=254, blank=True)
    # Keyed, so that it tells nobody an address; kept while cards to one address are counted.
    to_hash = models.CharField(max_length=64, blank=True)
    send_on = models.DateField(null=True, blank=True, help_text="In the receiving body's zone.")
    created_at = models.DateTimeField()
    # A card is laid out with no transaction open; one of other words is not sent.
    version = models.PositiveSmallIntegerField(default=1)
    ended_at = models.DateTimeField(null=True, blank=True, help_text="Sent, stopped or left.")
    ended_why = models.CharField(max_length=200, blank=True)
    forgotten_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=TributeKind.values), name="tribute_kind_is_known"
            ),
            models.CheckConstraint(condition=~Q(honoree=""), name="tribute_names_somebody"),
            models.CheckConstraint(
                condition=Q(card=CardState.WAITING, send_on__isnull=False, ended_at__isnull=True)
                & ~Q(to_name="")
                & ~Q(to_email="")
                & ~Q(to_hash="")
                | Q(card=CardState.NONE, send_on__isnull=True, ended_at__isnull=True)
                & Q(to_name="", to_email="", to_hash="")
                | Q(card__in=[CardState.SENT, CardState.STOPPED, CardState.LEFT])
                & Q(ended_at__isnull=False, to_name="", to_email=""),
                name="tribute_keeps_an_address_while_it_waits",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"], condition=Q(card=CardState.WAITING), name="tribute_waiting"
            ),
            models.Index(
                fields=["to_hash"], condition=~Q(to_hash=""), name="tribute_to_one_address"
            ),
        ]

    def __str__(self) -> str:
        return f"tribute of gift {self.gift_id}"


class PledgeTribute(models.Model):
    """The dedication of a regular gift: every instalment's gift carries it. The card goes with
    the first, and until then whoever is to get it stands here; no longer.
    """

    pledge = models.OneToOneField(Pledge, on_delete=models.PROTECT, related_name="tribute")
    kind = models.CharField(max_length=6, choices=TributeKind)
    honoree = models.CharField(max_length=120)
    words = models.CharField(max_length=300, blank=True)
    to_name = models.CharField(max_length=120, blank=True)
    to_email = models.EmailField(max_length=254, blank=True)
    send_on = models.DateField(null=True, blank=True)
    created_at = models.DateTimeField()
    handed_at = models.DateTimeField(
        null=True, blank=True, help_text="With the first gift, or when none is to come."
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=TributeKind.values), name="pledgetribute_kind_is_known"
            ),
            models.CheckConstraint(condition=~Q(honoree=""), name="pledgetribute_names_somebody"),
            models.CheckConstraint(
                condition=Q(handed_at__isnull=True) | Q(to_name="", to_email=""),
                name="pledgetribute_keeps_an_address_until_the_first_gift",
            ),
        ]

    def __str__(self) -> str:
        return f"tribute of pledge {self.pledge_id}"


class UnwantedCards(models.Model):
    """An address, as a keyed hash, whose reader wants no cards."""

    to_hash = models.CharField(max_length=64, unique=True)
    said_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"unwanted {self.pk}"
