"""Names that stand in public with a gift, because whoever gave it asked for that."""

from typing import Final

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy

from donors.models.gifts import Gift
from donors.models.pledges import Pledge

MOST_NAME_LETTERS: Final = 60
# What nobody sees, or what turns the direction of writing, could make one name look like another.
UNSEEN: Final = (
    r"[\u0001-\u001F\u007F-\u009F\u061C\u200B\u200E\u200F\u2028-\u202E\u2060-\u2069\uFEFF]"
)
# A name leads nowhere: 'www.', 'name@', '://', and 'word.tld' without a space.
LINK: Final = r"(://|www\.|@|[A-Za-z0-9-]{2,}\.[A-Za-z]{2,})"


class NameStep(models.TextChoices):
    """What was done with a name."""

    SHOWN = "shown", gettext_lazy("Shown")
    CHANGED = "changed", gettext_lazy("Changed")
    HIDDEN = "hidden", gettext_lazy("Taken away")
    BARRED = "barred", gettext_lazy("Taken away by the fund")
    ALLOWED = "allowed", gettext_lazy("May be shown again")


class PublicName(models.Model):
    """Whether a name is shown with one gift, or with each coming gift of a regular one.

    A gift without a row shows none. The name stands here only while it is shown.
    """

    gift = models.OneToOneField(
        Gift, null=True, blank=True, on_delete=models.PROTECT, related_name="public_name"
    )
    pledge = models.OneToOneField(
        Pledge, null=True, blank=True, on_delete=models.PROTECT, related_name="public_name"
    )
    is_shown = models.BooleanField(default=False)
    name = models.CharField(max_length=MOST_NAME_LETTERS, blank=True)
    with_sum = models.BooleanField(default=False)
    # The fund does not show it, whatever its giver asks for.
    barred_at = models.DateTimeField(null=True, blank=True)
    barred_by = models.CharField(max_length=60, blank=True)
    barred_why = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(gift__isnull=False, pledge__isnull=True)
                | Q(gift__isnull=True, pledge__isnull=False),
                name="publicname_is_of_one_thing",
            ),
            models.CheckConstraint(
                condition=Q(is_shown=True) & ~Q(name="")
                | Q(is_shown=False, name="", with_sum=False),
                name="publicname_stands_only_while_shown",
            ),
            models.CheckConstraint(
                condition=Q(barred_at__isnull=True, barred_by="", barred_why="")
                | Q(barred_at__isnull=False, is_shown=False) & ~Q(barred_by="") & ~Q(barred_why=""),
                name="publicname_barred_is_hidden_and_says_why",
            ),
            models.CheckConstraint(
                condition=~Q(name__regex=UNSEEN)
                & ~Q(name__iregex=LINK)
                & ~Q(name__regex=r"(^\s|\s$)"),
                name="publicname_is_a_name_on_one_line",
            ),
        ]

    def __str__(self) -> str:
        return f"public name {self.pk}"


class PublicNameChange(models.Model):
    """What was done with a name, with the old and the new one. It stays as it was written."""

    public_name = models.ForeignKey(PublicName, on_delete=models.PROTECT, related_name="changes")
    step = models.CharField(max_length=7, choices=NameStep)
    made_at = models.DateTimeField()
    actor = models.CharField(max_length=60, help_text="'donor:12', or as in the log.")
    old_name = models.CharField(max_length=MOST_NAME_LETTERS, blank=True)
    new_name = models.CharField(max_length=MOST_NAME_LETTERS, blank=True)
    old_with_sum = models.BooleanField(default=False)
    new_with_sum = models.BooleanField(default=False)
    why = models.CharField(
        max_length=200, blank=True, help_text="How it was asked for, or why taken away."
    )

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(step=NameStep.BARRED) | ~Q(why=""),
                name="publicnamechange_barred_says_why",
            ),
        ]

    def __str__(self) -> str:
        return f"change {self.pk} of public name {self.public_name_id}"
