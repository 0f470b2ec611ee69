"""What became of a digest, in numbers: who got it, who did not and why, and who has had enough."""

from collections import Counter
from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef

from donors.models import Consent, Purpose
from funding.mail import outbox
from funding.mail.models import MailState, Withheld
from funding.site.models import Digest, DigestShare, ShareState
from funding.site.news import shares as parts


@dataclass(frozen=True, slots=True)
class Figures:
    """How far a digest has come, in numbers of people.

    Nothing is known of who opened it or followed a link, as nothing in the mail tells.
    """

    asked: int
    waiting: int
    mailed: int
    no_consent: int
    bounced_before: int
    too_soon: int
    nothing: int
    failed: int
    to_leave: int
    withdrawn: int
    removed: int
    sends_back: int
    let_go: int
    left: int
    came_back: int
    refused: int
    stopped: int

    @property
    def percent(self) -> int:
        """How many are mailed or left out, in whole percent."""
        return 100 * (self.asked - self.waiting) // self.asked if self.asked else 0


def of(row: Digest) -> Figures:
    """The figures of a digest, in three statements."""
    counts = row.shares.order_by().values("state").annotate(count=Count("pk"))
    shares = {each["state"]: each["count"] for each in counts}
    told = outbox.about(f"digest:{row.pk}").order_by().values("state", "withheld_for")
    mails: Counter[str] = Counter()
    for each in told.annotate(count=Count("pk")):
        mails[each["withheld_for"] or each["state"]] += each["count"]
    return Figures(
        asked=sum(shares.values()),
        waiting=shares.get(ShareState.WAITING, 0),
        mailed=shares.get(ShareState.MAILED, 0),
        no_consent=shares.get(ShareState.NO_CONSENT, 0),
        bounced_before=shares.get(ShareState.BOUNCED, 0),
        too_soon=shares.get(ShareState.TOO_SOON, 0),
        nothing=shares.get(ShareState.NOTHING, 0),
        failed=shares.get(ShareState.FAILED, 0),
        to_leave=mails[MailState.QUEUED] + mails[MailState.SENDING],
        withdrawn=mails[Withheld.CONSENT],
        removed=mails[Withheld.REMOVED],
        sends_back=mails[Withheld.BOUNCES],
        let_go=mails[MailState.LET_GO],
        left=mails[MailState.SENT],
        came_back=mails[MailState.BOUNCED],
        refused=mails[MailState.FAILED],
        stopped=_stopped(row),
    )


def _stopped(row: Digest) -> int:
    """How many took their consent back after this digest and before they had the next one."""
    later = DigestShare.objects.filter(
        donor=OuterRef("donor"),
        state=ShareState.MAILED,
        ended_at__gt=OuterRef("ended_at"),
        ended_at__lte=OuterRef("taken_back_at"),
    )
    taken = Consent.objects.filter(
        donor=OuterRef("donor"),
        purpose=Purpose.NEWS,
        is_given=False,
        recorded_at__gte=OuterRef("ended_at"),
    ).order_by("pk")
    found = parts.told().filter(digest=row).annotate(taken_back_at=taken.values("recorded_at")[:1])
    return found.filter(~Exists(later), taken_back_at__isnull=False).count()
