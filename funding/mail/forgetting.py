"""Mails whose person is forgotten: the row stays as a fact, without address, words and files."""

import datetime as dt
from collections.abc import Collection
from typing import Final

from django.db import transaction

from funding.mail.models import Attachment, Mail, MailState

_OVER: Final = [
    MailState.SENT,
    MailState.FAILED,
    MailState.BOUNCED,
    MailState.LET_GO,
    MailState.WITHHELD,
]


def forget(key: str) -> bool:
    """Empty a mail that is no longer to be sent. False while it still is; repeats are harmless."""
    with transaction.atomic():
        mail = Mail.objects.select_for_update().filter(key=key).first()
        if mail is None:
            return True
        if mail.state not in _OVER:
            return False
        mail.to_address = mail.to_name = mail.reply_to = mail.text = mail.html = mail.error = ""
        mail.save(update_fields=["to_address", "to_name", "reply_to", "text", "html", "error"])
        Attachment.objects.filter(mail=mail).delete()
        return True


def forget_those_to(addresses: Collection[str], *, before: dt.datetime) -> int:
    """Empty every mail to these addresses that was queued before an instant and is over.

    Returns how many are still to be sent. Harmless when repeated.
    """
    mails = Mail.objects.filter(to_address__in=addresses, queued_at__lte=before)
    over = mails.filter(state__in=_OVER)
    Attachment.objects.filter(mail__in=over).delete()
    empty = dict.fromkeys(
        ("to_address", "to_name", "reply_to", "subject", "text", "html", "stop_url", "error"), ""
    )
    over.update(**empty)
    return mails.count()
