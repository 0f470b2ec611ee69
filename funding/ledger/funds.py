"""A fund from its opening to its close: its words, its reserve, and what stays as it was given."""

from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from funding import clock
from funding.audit import log
from funding.errors import Refused
from funding.ledger import balances
from funding.ledger.models import Fund, Posting, Restriction
from funding.ledger.refusals import (
    FundHasPromises,
    FundIsClosed,
    FundKeepsItsTerms,
    Misfit,
    overdrawn,
    refusing,
)
from funding.ledger.transfers import TIED
from funding.money import Money
from funding.parties.models import Entity

# A fund's address is a word of its own; this one is the journal of all funds together.
_RESERVED = frozenset({"all"})


class FundNameTaken(Refused):
    """Another fund has that address already."""


class SurplusMissing(Refused):
    """A restricted fund says what happens to money that its purpose does not need."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a fund says of itself to those who give."""

    name: str
    purpose: str
    restriction: Restriction
    surplus: str = ""
    fees_from_id: int | None = None
    is_open_to_gifts: bool = True
    position: int = 100


def create(*, entity_id: int, slug: str, terms: Terms, reserve: Money, actor: str) -> Fund:
    """Open a fund in its entity's currency. Its reserve may wait for gifts to fill it.

    Raises FundNameTaken, SurplusMissing; Misfit when the fees would be borne elsewhere.
    """
    with refusing(), transaction.atomic():
        entity = Entity.objects.select_for_update(no_key=True).get(pk=entity_id)
        if reserve.currency != entity.currency or reserve.minor < 0:
            raise ValueError("A reserve is nought or more in the entity's own currency.")
        if slug in _RESERVED or Fund.objects.filter(slug=slug).exists():
            raise FundNameTaken(_("There is a fund with this address already. Choose another."))
        _check(terms)
        _check_bearer(terms, entity_id=entity_id, currency=entity.currency, fund_id=None)
        fund = Fund.objects.create(
            entity=entity,
            slug=slug,
            currency=entity.currency,
            reserve_minor=reserve.minor,
            opened_on=clock.today(entity.zone),
            **_columns(terms),
        )
        log.record(
            actor=actor,
            action="fund.opened",
            subject=f"fund:{fund.pk}",
            reserve=reserve.minor,
            restriction=terms.restriction.value,
        )
    return fund


def change(*, fund_id: int, terms: Terms, actor: str) -> Fund:
    """Say something else of a fund; again with the same words: nothing.

    What donors or a founder have read before they gave stays: once a tied fund has entries,
    its purpose, its surplus sentence and its restriction are not changed, and no fund becomes
    tied or free by a change. Raises FundKeepsItsTerms, FundIsClosed, SurplusMissing, Misfit.
    """
    with refusing(), transaction.atomic():
        # The strong lock waits for gifts that are being booked, so that none comes in between.
        fund = Fund.objects.select_for_update().get(pk=fund_id, is_treasury=False)
        before = _columns_of(fund)
        changed = sorted(name for name, value in _columns(terms).items() if before[name] != value)
        if not changed:
            return fund
        _check(terms)
        if fund.closed_on is not None and terms.is_open_to_gifts:
            raise FundIsClosed(_("%s is closed and takes no gifts.") % fund.name)
        _check_given(fund, terms, changed)
        _check_bearer(terms, entity_id=fund.entity_id, currency=fund.currency, fund_id=fund.pk)
        for name, value in _columns(terms).items():
            setattr(fund, name, value)
        fund.save(update_fields=changed)
        log.record(
            actor=actor,
            action="fund.changed",
            subject=f"fund:{fund.pk}",
            fields=", ".join(changed),
        )
    return fund


def set_reserve(*, fund_id: int, reserve: Money, actor: str) -> Fund:
    """Keep more or less of a fund back from awards; again with the same sum: nothing.

    Raises FundOverdrawn when more is to be kept back than is free, FundIsClosed; ValueError
    for a sum below zero or in another currency.
    """
    with refusing(), transaction.atomic():
        (fund,) = balances.lock_funds([fund_id])
        if reserve.currency != fund.currency or reserve.minor < 0:
            raise ValueError("A reserve is nought or more in the fund's own currency.")
        if fund.is_treasury:
            raise Misfit(_("The Treasury keeps no reserve: nothing is awarded from it."))
        before, raised = fund.reserve_minor, reserve.minor - fund.reserve_minor
        if not raised:
            return fund
        if raised > 0:
            if fund.closed_on is not None:
                raise FundIsClosed(_("%s is closed, so nothing is kept back in it.") % fund.name)
            left = balances.available(fund.pk)
            if left.minor < raised:
                raise overdrawn(fund=fund.name, left=left, needed=Money(raised, fund.currency))
        fund.reserve_minor = reserve.minor
        fund.save(update_fields=["reserve_minor"])
        log.record(
            actor=actor,
            action="fund.reserve",
            subject=f"fund:{fund.pk}",
            before=before,
            after=reserve.minor,
            currency=fund.currency,
        )
    return fund


def close(*, fund_id: int, actor: str) -> Fund:
    """Close a fund for good: it takes no gifts and promises nothing more; again: nothing.

    Raises FundHasPromises while money is held or promised; Misfit for the Treasury, and for a
    fund that bears the fees of one that is open.
    """
    with refusing(), transaction.atomic():
        fund = Fund.objects.select_for_update().get(pk=fund_id)
        if fund.closed_on is not None:
            return fund
        if fund.is_treasury:
            raise Misfit(_("The Treasury stays open: money that nobody understands lies there."))
        figures = balances.figures([fund.pk])[fund.pk]
        if figures.held or figures.committed:
            raise FundHasPromises(
                _("This fund still has money held or promised. Settle that first, then close it.")
            )
        leaning = Fund.objects.filter(fees_from=fund, closed_on__isnull=True).first()
        if leaning is not None:
            raise Misfit(
                _("The payment fees of %s are borne by this fund. Change that first.")
                % leaning.name
            )
        fund.closed_on, fund.is_open_to_gifts = clock.today(fund.entity.zone), False
        fund.save(update_fields=["closed_on", "is_open_to_gifts"])
        log.record(actor=actor, action="fund.closed", subject=f"fund:{fund.pk}")
    return fund


def bears_costs(*, entity_id: int, currency: str) -> Fund | None:
    """The fund that bears what a bank or Stripe keeps for itself: the first unrestricted one.

    A restricted gift was not given for that. None when no such fund is open.
    """
    free = Fund.objects.filter(
        entity_id=entity_id,
        currency=currency,
        restriction=Restriction.UNRESTRICTED,
        is_treasury=False,
        closed_on__isnull=True,
    )
    return free.order_by("position", "name", "pk").first()


def _check(terms: Terms) -> None:
    if terms.restriction == Restriction.RESTRICTED and not terms.surplus.strip():
        raise SurplusMissing(
            _("Say what happens to money that is left when the purpose is fully paid for.")
        )


def _check_given(fund: Fund, terms: Terms, changed: list[str]) -> None:
    if not Posting.objects.filter(fund=fund).exists():
        return
    was_tied, is_tied = fund.restriction in TIED, terms.restriction in TIED
    words = {"purpose", "surplus", "restriction"} & set(changed)
    if was_tied != is_tied or (was_tied and words):
        raise FundKeepsItsTerms(
            _(
                "Money was given to %s on its present terms, so its purpose, its surplus "
                "sentence and its restriction stay as they are."
            )
            % fund.name
        )


def _check_bearer(terms: Terms, *, entity_id: int, currency: str, fund_id: int | None) -> None:
    if terms.fees_from_id is None:
        return
    bearer = Fund.objects.filter(
        pk=terms.fees_from_id, entity_id=entity_id, currency=currency, is_treasury=False
    ).first()
    if bearer is None or bearer.pk == fund_id or bearer.closed_on is not None:
        raise Misfit(
            _("Fees are borne by another open fund of the same organisation and currency.")
        )


def _columns(terms: Terms) -> dict[str, object]:
    return {
        "name": terms.name,
        "purpose": terms.purpose,
        "restriction": terms.restriction.value,
        "surplus": terms.surplus,
        "fees_from_id": terms.fees_from_id,
        "is_open_to_gifts": terms.is_open_to_gifts,
        "position": terms.position,
    }


def _columns_of(fund: Fund) -> dict[str, object]:
    return {
        "name": fund.name,
        "purpose": fund.purpose,
        "restriction": fund.restriction,
        "surplus": fund.surplus,
        "fees_from_id": fund.fees_from_id,
        "is_open_to_gifts": fund.is_open_to_gifts,
        "position": fund.position,
    }
