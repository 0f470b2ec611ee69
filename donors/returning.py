"""Where a visitor comes back to from a payment page: after paying, and after leaving it."""

from django.conf import settings
from django.urls import reverse

from donors.models import Gift, InvoiceCard


def thanks_url(gift: Gift) -> str:
    """Where the visitor comes back to: of an invoice, to its own page."""
    if page := _invoice_url(gift):
        return f"{page}?paid={gift.uuid}"
    return f"{settings.SITE_URL}{reverse('donors:thanks')}?gift={gift.uuid}"


def left_url(gift: Gift) -> str:
    """Where a visitor lands who leaves the payment page."""
    return _invoice_url(gift) or f"{settings.SITE_URL}{reverse('donors:give')}?again={gift.uuid}"


def _invoice_url(gift: Gift) -> str:
    card = InvoiceCard.objects.filter(gift=gift).select_related("invoice__zoo").first()
    if card is None:
        return ""
    place = {"uuid": card.invoice.zoo.uuid, "pk": card.invoice_id}
    return f"{settings.SITE_URL}{reverse('donors:zoo_invoice_page', kwargs=place)}"
