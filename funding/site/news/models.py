"""News of the projects: what is written, in which languages, and every step of it."""

from django.db import models
from django.db.models import F, Q


class NewsState(models.TextChoices):
    """States of an item, in their order: none ever goes back."""

    DRAFT = "draft", "Being written"
    PUBLISHED = "published", "Published"
    WITHDRAWN = "withdrawn", "Withdrawn"


class NewsItem(models.Model):
    """One piece of news: its words stand in a row for each language, its past in its steps.

    The picture is drawn anew from what was uploaded, once for its page and once small. `credit`
    says who took it; it stands there exactly when there is a picture.
    """

    # The same form sent twice is one item.
    token = models.UUIDField(unique=True)
    # Given when it is published; the address stays.
    slug = models.SlugField(max_length=100, blank=True)
    project = models.ForeignKey(
        "grants.Project", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    state = models.CharField(max_length=9, choices=NewsState, default=NewsState.DRAFT)
    picture = models.BinaryField(null=True, blank=True)
    small = models.BinaryField(null=True, blank=True)
    credit = models.CharField(max_length=160, blank=True)
    is_agreed = models.BooleanField(
        default=False, help_text="Nobody can be recognised, or everybody shown has agreed."
    )
    created_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True, blank=True)
    corrected_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["slug"], condition=~Q(slug=""), name="newsitem_slug_is_one_items"
            ),
            models.CheckConstraint(
                condition=Q(
                    state=NewsState.DRAFT,
                    slug="",
                    published_at__isnull=True,
                    withdrawn_at__isnull=True,
                )
                | Q(state=NewsState.PUBLISHED, published_at__isnull=False)
                & Q(withdrawn_at__isnull=True)
                & ~Q(slug="")
                | Q(state=NewsState.WITHDRAWN, withdrawn_at__isnull=False),
                name="newsitem_state_has_its_instant",
            ),
            models.CheckConstraint(
                condition=Q(picture__isnull=True, small__isnull=True, credit="", is_agreed=False)
                | Q(picture__isnull=False, small__isnull=False, is_agreed=True) & ~Q(credit=""),
                name="newsitem_picture_is_agreed_to",
            ),
        ]
        indexes = [
            models.Index(
                fields=["-published_at", "-id"],
                condition=Q(state=NewsState.PUBLISHED),
                name="newsitem_newest",
            ),
            models.Index(
                fields=["project", "-published_at"],
                condition=Q(state=NewsState.PUBLISHED),
                name="newsitem_of_project",
            ),
        ]

    def __str__(self) -> str:
        return f"news {self.pk}"

    @property
    def has_picture(self) -> bool:
        """Whether there is one, without reading its bytes."""
        return bool(self.credit)


class NewsWords(models.Model):
    """An item in one language. `alt` says what its picture shows, if it has one."""

    item = models.ForeignKey(NewsItem, on_delete=models.CASCADE, related_name="said")
    language = models.CharField(max_length=8)
    title = models.CharField(max_length=120)
    text = models.TextField()
    alt = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["item", "language"], name="newswords_once_per_language"
            ),
            models.CheckConstraint(
                condition=~Q(title="") & ~Q(text=""), name="newswords_say_something"
            ),
        ]

    def __str__(self) -> str:
        return f"news {self.item_id} in {self.language}"


class NewsStepKind(models.TextChoices):
    """What was done to an item."""

    WRITTEN = "written", "Written"
    PUBLISHED = "published", "Published"
    CORRECTED = "corrected", "Corrected"
    WITHDRAWN = "withdrawn", "Withdrawn"


class NewsStep(models.Model):
    """One step of an item, and what it said from then on. Never changed, never deleted."""

    item = models.ForeignKey(NewsItem, on_delete=models.PROTECT, related_name="steps")
    kind = models.CharField(max_length=9, choices=NewsStepKind)
    told = models.JSONField(help_text="Words by language, project and the picture's fingerprint.")
    made_by = models.CharField(max_length=80)
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=NewsStepKind.values), name="newsstep_kind_is_known"
            ),
            models.UniqueConstraint(
                fields=["item", "kind"],
                condition=Q(kind__in=[NewsStepKind.PUBLISHED, NewsStepKind.WITHDRAWN]),
                name="newsstep_is_published_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.item_id}"


class DigestState(models.TextChoices):
    """How far a digest has come."""

    PLANNED = "planned", "Planned"
    GATHERING = "gathering", "Looking who asked for it"
    SENDING = "sending", "Being sent"
    DONE = "done", "Done"
    CALLED_OFF = "called_off", "Called off"


class Digest(models.Model):
    """One mailing of what was published, to all who asked for news. The row is the queue.

    At most one is open. `until` is when it began: what was published later goes into the next.
    `reached` is the last donor who was looked at while gathering.
    """

    state = models.CharField(max_length=10, choices=DigestState, default=DigestState.PLANNED)
    asked_by = models.CharField(max_length=80)
    asked_at = models.DateTimeField()
    starts_at = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)
    reached = models.BigIntegerField(default=0)
    done_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField()
    failures = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(blank=True)

    class Meta:
        ordering = ["-asked_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["done_at"],
                condition=Q(done_at__isnull=True),
                nulls_distinct=False,
                name="digest_is_open_once",
            ),
            models.CheckConstraint(
                condition=Q(state=DigestState.PLANNED, until__isnull=True, done_at__isnull=True)
                | Q(
                    state__in=[DigestState.GATHERING, DigestState.SENDING],
                    until__isnull=False,
                    done_at__isnull=True,
                )
                | Q(state=DigestState.DONE, until__isnull=False, done_at__isnull=False)
                | Q(state=DigestState.CALLED_OFF, until__isnull=True, done_at__isnull=False),
                name="digest_state_has_its_instant",
            ),
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gte=F("starts_at")),
                name="digest_begins_when_planned",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"], condition=Q(done_at__isnull=True), name="digest_waiting"
            )
        ]

    def __str__(self) -> str:
        return f"digest {self.pk}"


class ShareState(models.TextChoices):
    """What became of one person's part."""

    WAITING = "waiting", "Waiting"
    MAILED = "mailed", "Mailed"
    NO_CONSENT = "no_consent", "Consent taken back meanwhile"
    BOUNCED = "bounced", "Address sends mail back"
    TOO_SOON = "too_soon", "Had one within seven days"
    NOTHING = "nothing", "Nothing new for them"
    FAILED = "failed", "Could not be written"


class DigestShare(models.Model):
    """One person's part in a digest: claimed once, and mailed or left out once."""

    digest = models.ForeignKey(Digest, on_delete=models.PROTECT, related_name="shares")
    donor = models.ForeignKey("donors.Donor", on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=ShareState, default=ShareState.WAITING)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["digest", "donor"], name="digestshare_once_per_donor"),
            models.CheckConstraint(
                condition=Q(state=ShareState.WAITING, ended_at__isnull=True)
                | Q(
                    state__in=[
                        each for each in ShareState.values if each != ShareState.WAITING.value
                    ],
                    ended_at__isnull=False,
                ),
                name="digestshare_end_has_its_instant",
            ),
        ]
        indexes = [
            models.Index(
                fields=["digest", "id"],
                condition=Q(state=ShareState.WAITING),
                name="digestshare_waiting",
            ),
            models.Index(
                fields=["donor", "-ended_at"],
                condition=Q(state=ShareState.MAILED),
                name="digestshare_mailed",
            ),
        ]

    def __str__(self) -> str:
        return f"share {self.pk} of digest {self.digest_id}"
