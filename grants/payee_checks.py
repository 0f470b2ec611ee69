"""What has to be true of a payee before money leaves: their account, their country, the lists."""

import datetime as dt

from django.utils.translation import gettext as _

from funding import clock
from funding.errors import Refused
from funding.users.models import User
from grants import bank_details, country_rules, screenings, texts
from grants.models import BankDetails, Disbursement


class BankWaits(Refused):
    """The account was changed too short a time ago."""


def must_be_done(disbursement: Disbursement, releaser: User, paid_on: dt.date) -> None:
    """Raise what keeps this person from recording a payment of this day.

    BankWaits, country_rules.CountryBlocked, screenings.NotScreened.
    """
    details = disbursement.bank_details
    if why := _why_waits(details):
        raise BankWaits(why)
    country_rules.must_allow(disbursement.award, details, paid_on)
    screenings.needed_for_release(details, releaser)


def lack(disbursement: Disbursement, releaser: User) -> str:
    """The same for today, as a sentence; empty if nothing keeps them from it."""
    try:
        must_be_done(disbursement, releaser, clock.today(disbursement.award.entity.zone))
    except Refused as refusal:
        return refusal.sentence
    return ""


def why_blocked(disbursement: Disbursement) -> str:
    """Why nothing is paid where this would go, as a sentence; empty if it may be today."""
    award = disbursement.award
    try:
        country_rules.must_allow(award, disbursement.bank_details, clock.today(award.entity.zone))
    except country_rules.CountryBlocked as refusal:
        return refusal.sentence
    return ""


def _why_waits(details: BankDetails) -> str:
    until = bank_details.waits_until(details)
    if until is None or until <= clock.now():
        return ""
    sentence = _("The account was changed on %(changed)s. It is paid to from %(until)s on.")
    facts = {"changed": texts.instant(details.entered_at), "until": texts.instant(until)}
    return sentence % facts
