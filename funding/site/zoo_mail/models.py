"""Which papers of zoos were mailed, on which day, and who wants to read them."""

from django.db import models
from django.db.models import Q


class PaperReader(models.Model):
    """Whether somebody who acts for a zoo, or its finance contact, is mailed its papers.

    Without a row they are: owners, finance, and the address to which invoices go.
    """

    zoo = models.ForeignKey("donors.Zoo", on_delete=models.PROTECT, related_name="+")
    # None is the finance contact, who need not be anybody that can sign in.
    membership = models.ForeignKey(
        "parties.Membership", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    wants = models.BooleanField()
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["zoo", "membership"],
                nulls_distinct=False,
                name="paperreader_chooses_once",
            ),
        ]

    def __str__(self) -> str:
        return f"reader {self.pk} of zoo {self.zoo_id}"


class PaperRound(models.Model):
    """All that was mailed to the readers of a zoo on one day: one mail to each."""

    zoo = models.ForeignKey("donors.Zoo", on_delete=models.PROTECT, related_name="+")
    day = models.DateField()
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["zoo", "day"], name="paperround_one_a_day"),
        ]

    def __str__(self) -> str:
        return f"round {self.pk} of zoo {self.zoo_id}"


class ZooPaper(models.Model):
    """One paper of a zoo that is mailed, or was. The row is the queue.

    `earlier` is the mailed paper whose place it took. `ended_in` tells the readers that one
    which was mailed is void and nothing stands in its place.
    """

    zoo = models.ForeignKey("donors.Zoo", on_delete=models.PROTECT, related_name="+")
    document = models.OneToOneField(
        "documents.Document", on_delete=models.PROTECT, related_name="+"
    )
    found_at = models.DateTimeField()
    due_at = models.DateTimeField(help_text="When the day on which it was found is over.")
    # Made before papers were mailed: nobody is mailed it now.
    is_older = models.BooleanField(default=False)
    mailed_in = models.ForeignKey(
        PaperRound, null=True, blank=True, on_delete=models.PROTECT, related_name="papers"
    )
    earlier = models.ForeignKey(
        "documents.Document", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    ended_in = models.ForeignKey(
        PaperRound, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(is_older=False) | Q(mailed_in__isnull=True),
                name="zoopaper_older_is_not_mailed",
            ),
            models.CheckConstraint(
                condition=Q(mailed_in__isnull=False)
                | Q(earlier__isnull=True, ended_in__isnull=True),
                name="zoopaper_corrects_and_ends_once_mailed",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=Q(mailed_in__isnull=True, is_older=False),
                name="zoopaper_waiting",
            )
        ]

    def __str__(self) -> str:
        return f"paper {self.document_id} of zoo {self.zoo_id}"
