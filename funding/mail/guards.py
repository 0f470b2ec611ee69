"""Whether a mail that its reader can end by one click may still leave, asked as it is taken up.

Such a mail was written for somebody who had asked for it. It may wait in the outbox for hours,
and they may have had enough of it meanwhile. Whoever queues a kind of them registers a guard
under the purpose of its link, which knows what that purpose rests on.
"""

from collections.abc import Callable
from typing import Final

from funding.mail import bounces, links
from funding.mail.models import Mail, Withheld

# purpose of a link -> what is asked with the link's subject: why the mail must not leave, or
# None. A guard runs in the transaction that takes the mail up, and holds what it has read until
# that ends, so that nothing is withdrawn between the question and the deed.
Guard = Callable[[str], Withheld | None]
GUARDS: Final[dict[str, Guard]] = {}


def register(purpose: str, guard: Guard) -> None:
    """Ask this guard about mails whose link has the purpose."""
    if GUARDS.setdefault(purpose, guard) is not guard:
        raise ValueError(f"Two guards are asked about {purpose}.")


def must_be_known(stop_url: str) -> None:
    """Refuse a link about which nobody could be asked later; none is well. Raises ValueError."""
    if not stop_url:
        return
    purpose, _subject = links.marked(stop_url)
    if purpose not in GUARDS:
        raise ValueError(f"Nobody says whether mails of {purpose} may still leave.")


def against(mail: Mail) -> Withheld | None:
    """Why a mail must not leave at this moment, in the open transaction; None: it may."""
    if not mail.stop_url:
        return None
    purpose, subject = links.marked(mail.stop_url)
    if why := GUARDS[purpose](subject):
        return why
    return Withheld.BOUNCES if bounces.sends_back(mail.to_address) else None
