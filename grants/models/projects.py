"""The work itself, and the words by which it is sorted."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django_countries.fields import CountryField

# The names that the rows begin with. A row that is renamed is shown as it is written.
NAMES = (
    gettext_noop("Capacity building"),
    gettext_noop("Research"),
    gettext_noop("Raising awareness"),
    gettext_noop("Strategic planning"),
    gettext_noop("Close knowledge gaps"),
    gettext_noop("Long-term monitoring and survey methods"),
    gettext_noop("Threat mitigation"),
    gettext_noop("Local capacity"),
    gettext_noop("Awareness and community outreach"),
    gettext_noop("Policy and national plans"),
)


class Theme(models.Model):
    """A theme of the conservation strategy, as a row, so that it can be renamed."""

    code = models.CharField(primary_key=True, max_length=8)
    name = models.CharField(max_length=120)
    position = models.PositiveSmallIntegerField(default=100)

    class Meta:
        ordering = ["position", "code"]

    def __str__(self) -> str:
        return self.name

    @property
    def label(self) -> str:
        """Its name in the reader's language."""
        return _(self.name)


class Area(models.Model):
    """One of the areas of focus."""

    slug = models.SlugField(primary_key=True)
    name = models.CharField(max_length=120)
    position = models.PositiveSmallIntegerField(default=100)

    class Meta:
        ordering = ["position", "slug"]

    def __str__(self) -> str:
        return self.name

    @property
    def label(self) -> str:
        """Its name in the reader's language."""
        return _(self.name)


class Project(models.Model):
    """A piece of work for the manul. It has a public page once it is published."""

    slug = models.SlugField(max_length=80, unique=True)
    title = models.CharField(max_length=160)
    summary = models.TextField()
    organisation = models.ForeignKey(
        "parties.Organisation", on_delete=models.PROTECT, related_name="projects"
    )
    # Empty for work across the range. Places are never finer than a country or province: a
    # den must not be findable.
    country = CountryField(blank=True)
    province = models.CharField(max_length=80, blank=True)
    theme = models.ForeignKey(Theme, on_delete=models.PROTECT, related_name="+")
    area = models.ForeignKey(Area, on_delete=models.PROTECT, related_name="+")
    starts_on = models.DateField(null=True, blank=True)
    ends_on = models.DateField(null=True, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["title"]
        constraints = [
            models.CheckConstraint(condition=~Q(title=""), name="project_has_a_title"),
            models.CheckConstraint(
                condition=Q(starts_on__isnull=True)
                | Q(ends_on__isnull=True)
                | Q(ends_on__gte=models.F("starts_on")),
                name="project_ends_after_it_starts",
            ),
        ]

    def __str__(self) -> str:
        return self.title
