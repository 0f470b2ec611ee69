"""Mails with a code: sent at once, while the person waits at the page, and kept by nobody.

The row in the outbox says that one went, to whom and when. The code itself is in no row, so
that a copy of the database opens no account.
"""

import logging
import uuid
from collections.abc import Mapping
from typing import Any, Final

from django.utils.translation import gettext as _

from funding import clock
from funding.mail import writing
from funding.mail.models import Mail, MailState
from funding.mail.outbox import message_id
from funding.mail.posting import NotNow, Postbox, Undeliverable, refuse_line_breaks

logger = logging.getLogger(__name__)

# A person looks at a page that does not move; the mail server answers in that time or not.
TIMEOUT_SECONDS: Final = 5


class NotSent(Exception):
    """The mail server did not take it. The person must ask again."""


def send(
    *,
    cause: str,
    to_address: str,
    to_name: str,
    template: str,
    context: Mapping[str, Any],
    language: str = "en",
) -> Mail:
    """Mail it now and note that it went. Call with no transaction open. Raises NotSent."""
    refuse_line_breaks(to_address, to_name)
    letter = writing.write(template, context, language)
    now, key = clock.now(), f"code:{uuid.uuid4()}"
    mail = Mail(
        key=key,
        cause=cause,
        to_address=to_address,
        to_name=to_name,
        subject=letter.subject,
        text=letter.text,
        html=letter.html,
        message_id=message_id(key, now),
        language=language,
        queued_at=now,
        due_at=now,
        attempts=1,
    )
    error = _post(mail)
    mail.subject = mail.text = _("A code. What it said is not kept.")
    mail.html = ""
    mail.error = error
    mail.state = MailState.FAILED if error else MailState.SENT
    mail.sent_at = None if error else clock.now()
    mail.save()
    if error:
        raise NotSent(error)
    return mail


def _post(mail: Mail) -> str:
    """Hand it over; what went wrong, or nothing."""
    try:
        with Postbox(timeout_seconds=TIMEOUT_SECONDS) as box:
            box.post(mail)
    except (NotNow, Undeliverable) as error:
        logger.warning("code not mailed error=%s", error)
        return str(error)
    return ""
