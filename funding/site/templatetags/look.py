"""Filters that show money and instants as the look wants them."""

from django import template

from funding.money import Money

register = template.Library()


@register.filter
def money(value: Money) -> str:
    """'€40.00' for a sentence."""
    return value.text()


@register.filter
def figure(value: Money) -> str:
    """'40.00' for a column whose head names the currency."""
    return value.figure()
