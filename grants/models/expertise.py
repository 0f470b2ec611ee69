"""What members of the committee say they know well."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django_countries.fields import CountryField


class Expertise(models.Model):
    """One theme, or one country, that a member knows from their own work."""

    member = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="expertise"
    )
    theme = models.ForeignKey(
        "grants.Theme", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    country = CountryField(blank=True)

    class Meta:
        ordering = ["member", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(theme__isnull=False, country="")
                | Q(theme__isnull=True) & ~Q(country=""),
                name="expertise_is_of_a_theme_or_a_country",
            ),
            models.UniqueConstraint(
                fields=["member", "theme"], name="expertise_names_a_theme_once"
            ),
            models.UniqueConstraint(
                fields=["member", "country"],
                condition=~Q(country=""),
                name="expertise_names_a_country_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.member_id} knows {self.theme_id or self.country}"
