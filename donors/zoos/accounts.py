"""Into which account of ours a zoo pays, as its invoices print it."""

from django.db import transaction
from django.utils.translation import gettext as _
from schwifty import BIC, IBAN
from schwifty.exceptions import SchwiftyException

from donors.models import PayInto
from donors.zoos import words
from funding import clock
from funding.audit import log
from funding.errors import Refused


class NotAnAccount(Refused):
    """A bank has no account of this number, or its holder is not named."""


def current(entity_id: int) -> PayInto | None:
    """The account that invoices of today print."""
    return PayInto.objects.filter(entity=entity_id).order_by("-pk").first()


@transaction.atomic
def write(*, entity_id: int, holder: str, bank: str, iban: str, bic: str, actor: str) -> PayInto:
    """Print this account on invoices from now on; the same again: nothing.

    Refuses: NotAnAccount.
    """
    try:
        number = str(IBAN(iban.strip()))
        code = str(BIC(bic.strip())) if bic.strip() else ""
    except SchwiftyException as error:
        raise NotAnAccount(_("This is no IBAN or no BIC. Look at the digits again.")) from error
    told = (words.one_line(holder, 140), words.one_line(bank, 140), number, code)
    if not told[0]:
        raise NotAnAccount(_("Write whose account it is."))
    standing = current(entity_id)
    if standing and (standing.holder, standing.bank, standing.iban, standing.bic) == told:
        return standing
    made = PayInto.objects.create(
        entity_id=entity_id,
        holder=told[0],
        bank=told[1],
        iban=told[2],
        bic=told[3],
        entered_by=actor,
        entered_at=clock.now(),
    )
    log.record(
        actor=actor,
        action="entity.account_printed",
        subject=f"entity:{entity_id}",
        ends=number[-4:],
    )
    return made
