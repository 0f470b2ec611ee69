"""Parts of people in digests, with what became of their mails."""

from django.db.models import CharField, Exists, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat

from funding.mail.models import Mail, MailState
from funding.site.models import Digest, DigestShare, ShareState

# A mail that ended so, and was taken by no server, has told its reader nothing.
_NEVER_LEFT = Q(state__in=[MailState.WITHHELD, MailState.LET_GO], sent_at__isnull=True)


def key(row: Digest) -> str:
    """What the mails of a digest are called, before the number of each reader."""
    return f"digest-{row.pk}"


def told() -> QuerySet[DigestShare]:
    """The parts that were mailed and have left the outbox, or still will."""
    own = Concat(
        Value("news:digest-"),
        Cast("digest_id", CharField()),
        Value(":"),
        Cast("donor_id", CharField()),
    )
    mailed = DigestShare.objects.filter(state=ShareState.MAILED).annotate(mail_key=own)
    return mailed.filter(~Exists(Mail.objects.filter(_NEVER_LEFT, key=OuterRef("mail_key"))))
