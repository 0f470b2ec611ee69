"""Awards that were promised before the move, from a table: what is unpaid is promised here.

No committee of ours decided on them, so they have no motion and no letter; the award says which
file it came from and which two people took it over. From then on it is paid as any other.
"""

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from funding import clock
from funding.audit import log
from funding.errors import Refused
from funding.imports import cells, kinds
from funding.imports.cells import WrongCell
from funding.imports.kinds import Field, Kind, Verdict
from funding.imports.models import Import, Row, RowState
from funding.ledger import balances, book
from funding.ledger.models import Fund
from funding.money import Money
from funding.parties.models import Organisation
from funding.users import actors, guests
from grants import countries, entries, slugs, submissions
from grants.models import (
    Application,
    ApplicationState,
    Area,
    Award,
    AwardShare,
    Project,
    Round,
    TakeOver,
    Theme,
)

NAME: Final = "awards"
_FIRST: Final = dt.date(1900, 1, 1)

FIELDS: Final = (
    Field("title", gettext_lazy("Project"), is_needed=True, guesses=("project title", "project")),
    Field(
        "body",
        gettext_lazy("Organisation of the applicant"),
        is_needed=True,
        guesses=("applicant organisation", "organisation", "applicant", "grantee"),
    ),
    Field("country", gettext_lazy("Its country, as two letters"), is_needed=True),
    Field("name", gettext_lazy("Who applied"), is_needed=True, guesses=("contact", "person")),
    Field(
        "email",
        gettext_lazy("E-mail of who applied"),
        is_needed=True,
        guesses=("e-mail", "mail", "contact e-mail", "email address"),
    ),
    Field("fund", gettext_lazy("Fund, by its name or its word in addresses"), is_needed=True),
    Field("currency", gettext_lazy("Currency"), is_needed=True, guesses=("ccy",)),
    Field(
        "awarded",
        gettext_lazy("Awarded in all"),
        is_needed=True,
        guesses=("amount awarded", "amount"),
    ),
    Field(
        "paid",
        gettext_lazy("Paid already"),
        is_needed=True,
        guesses=("amount paid", "already paid", "amount already paid"),
    ),
    Field(
        "on", gettext_lazy("Awarded on"), is_needed=True, guesses=("awarded on", "date", "decided")
    ),
    Field(
        "instalments",
        gettext_lazy("Instalments still to come"),
        guesses=("remaining instalments", "remaining"),
    ),
    Field(
        "reference",
        gettext_lazy("Reference"),
        guesses=("external reference", "id", "award id", "grant id"),
        is_key=True,
    ),
)


class FundShort(Refused):
    """A fund does not have what its awards still need."""


@dataclass(frozen=True, slots=True)
class _Known:
    """What rows are held against, looked up once for a thousand of them."""

    funds: Mapping[str, Fund]
    there: Mapping[str, TakeOver]
    today: dt.date


@dataclass(frozen=True, slots=True)
class _Told:
    """What a row says, in minor units of the fund's currency."""

    title: str
    body: str
    country: str
    name: str
    email: str
    fund: Fund
    awarded: Money
    paid: Money
    on: dt.date
    instalments: str

    @property
    def left(self) -> Money:
        """What is still to be paid."""
        return self.awarded - self.paid


def register() -> None:
    """Let open awards be taken over; two people do it."""
    words = gettext_lazy("Open awards of another system, and what they still need")
    kind = Kind(words=words, fields=FIELDS, check=check, take=take, whole=whole, needs_two=True)
    kinds.register(NAME, kind)


def check(batch: Import, rows: Sequence[Row]) -> list[Verdict]:
    """What is wrong with them, or that they were taken over before."""
    known = _known(batch, rows)
    return [_verdict(batch, row, known) for row in rows]


def _known(batch: Import, rows: Sequence[Row]) -> _Known:
    funds: dict[str, Fund] = {}
    for fund in Fund.objects.filter(entity_id=batch.entity_id, is_treasury=False, closed_on=None):
        funds[fund.slug] = funds[fund.name.lower()] = fund
    keys = [row.key for row in rows]
    there = TakeOver.objects.filter(entity_id=batch.entity_id, reference__in=keys)
    return _Known(funds, {each.reference: each for each in there}, clock.today(batch.entity.zone))


def _verdict(batch: Import, row: Row, known: _Known) -> Verdict:
    try:
        told = _read(batch, row, known)
    except WrongCell as error:
        return Verdict(error=str(error))
    found = known.there.get(row.key)
    if found is None:
        return Verdict()
    if (found.awarded_minor, found.paid_minor) == (told.awarded.minor, told.paid.minor):
        return Verdict(is_known=True)
    return Verdict(error=_("An award with this reference was taken over with other sums."))


def whole(batch: Import) -> list[str]:
    """Which funds have not the free money for all new rows: the first line, and what lacks."""
    if batch.bad_count:
        return []
    rows = list(batch.rows.filter(state=RowState.GOOD).order_by("number"))
    return _short(batch, rows)


def _short(batch: Import, rows: Sequence[Row]) -> list[str]:
    known = _known(batch, rows)
    read = [(row.number, _read(batch, row, known)) for row in rows]
    has = balances.figures({told.fund.pk for _number, told in read})
    wanted: Counter[int] = Counter()
    first: dict[int, tuple[int, Fund]] = {}
    for number, told in read:
        wanted[told.fund.pk] += told.left.minor
        if wanted[told.fund.pk] > has[told.fund.pk].available.minor:
            first.setdefault(told.fund.pk, (number, told.fund))
    return [
        _("Line %(line)s: %(fund)s has not the free money. It is %(sum)s short for all of these.")
        % {
            "line": number,
            "fund": fund.name,
            "sum": Money(wanted[fund.pk] - has[fund.pk].available.minor, fund.currency).text(),
        }
        for number, fund in first.values()
    ]


def _read(batch: Import, row: Row, known: _Known) -> _Told:
    """A row as what it says. Raises WrongCell."""
    values = row.values
    asked = values.get("fund", "").strip().lower()
    fund = known.funds.get(asked)
    if fund is None:
        raise WrongCell(_("%s is no open fund of ours.") % (asked or "''"))
    currency = values.get("currency", "").strip().upper()
    if currency != fund.currency:
        raise WrongCell(_("%(fund)s is kept in %(currency)s, and so are its awards.") % {
            "fund": fund.name, "currency": fund.currency})  # fmt: skip
    awarded, paid = (_sum(values.get(name, ""), currency) for name in ("awarded", "paid"))
    if paid.minor < 0 or awarded <= paid:
        raise WrongCell(_("Nothing of it is open: %(paid)s of %(whole)s was paid.") % {
            "paid": paid.text(), "whole": awarded.text()})  # fmt: skip
    country = values.get("country", "").strip().upper()
    if not countries.is_known(country):
        raise WrongCell(_("%s is no country. Write its two letters, such as MN.") % country)
    on = cells.day(values.get("on", ""), str(batch.options.get("dates") or cells.DAY_FIRST))
    if not _FIRST <= on <= known.today:
        raise WrongCell(_("%s is no day on which it can have been awarded.") % on)
    return _Told(
        title=_line(values, "title", 160),
        body=_line(values, "body", 200),
        country=country,
        name=_line(values, "name", 200),
        email=_address(values.get("email", "")),
        fund=fund,
        awarded=awarded,
        paid=paid,
        on=on,
        instalments=" ".join(values.get("instalments", "").split())[:400],
    )


def _line(values: Mapping[str, str], name: str, longest: int) -> str:
    text = " ".join(values.get(name, "").split())
    if not text or len(text) > longest:
        words = next(str(each.words) for each in FIELDS if each.name == name)
        raise WrongCell(
            _("%(what)s has to be written, in at most %(most)s letters.")
            % {"what": words, "most": longest}
        )
    return text


def _sum(text: str, currency: str) -> Money:
    money = cells.money(text, currency)
    if money.minor >= 10**15:
        raise WrongCell(_("%s is more than any award.") % text)
    return money


def _address(text: str) -> str:
    try:
        validate_email(text.strip())
    except ValidationError as error:
        raise WrongCell(_("%s is no e-mail address.") % (text or "''")) from error
    return text.strip().lower()


def take(batch: Import, rows: Sequence[Row], actor: str) -> None:
    """Promise what is unpaid of each, with the funds locked. Refuses: FundShort."""
    known = _known(batch, rows)
    read = [(row, _read(batch, row, known)) for row in rows]
    balances.lock_funds({told.fund.pk for _row, told in read})
    if said := _short(batch, rows):
        raise FundShort(" ".join(said))
    for row, told in read:
        _take(batch, row, told, actor)
    book.settle_constraints()


def _take(batch: Import, row: Row, told: _Told, actor: str) -> None:
    application, now = _application(batch, told), clock.now()
    award = Award.objects.create(
        is_taken_over=True,
        application=application,
        entity_id=batch.entity_id,
        currency=told.left.currency,
        amount_minor=told.left.minor,
        adopted_at=now,
        due_at=now,
    )
    AwardShare.objects.create(award=award, fund=told.fund, amount_minor=told.left.minor)
    TakeOver.objects.create(
        award=award,
        entity_id=batch.entity_id,
        reference=row.key,
        batch=batch,
        awarded_minor=told.awarded.minor,
        paid_minor=told.paid.minor,
        awarded_on=told.on,
        instalments=told.instalments,
        taken_at=now,
        started_by=batch.started_by,
        accepted_by=actor,
    )
    entries.adopted(award, {told.fund.pk: told.left.minor}, actor=actor)
    log.record(
        actor=actor,
        action="award.taken_over",
        subject=f"award:{award.pk}",
        minor=award.amount_minor,
        currency=award.currency,
        file=batch.pk,
        started_by=batch.started_by,
    )


def _application(batch: Import, told: _Told) -> Application:
    """The application that such an award rests on: the work, and who does it."""
    project = Project(
        title=told.title,
        summary=_("Awarded before this fund kept its books here."),
        organisation=_body(told),
        country=told.country,
        theme=Theme.objects.first(),
        area=Area.objects.first(),
    )
    slugs.give(project, told.title)
    now = clock.now()
    application = Application(
        round=_round(batch, told.left.currency),
        project=project,
        applicant=guests.ensure(told.email, told.name),
        ask_minor=told.left.minor,
        minimum_minor=told.left.minor,
        state=ApplicationState.AWARDED,
        created_at=now,
        saved_at=now,
        submitted_at=now,
        decided_at=now,
    )
    application.submitted = {}
    application.sha256 = submissions.fingerprint({})
    application.save()
    application.submitted = submissions.told(application)
    application.sha256 = submissions.fingerprint(application.submitted)
    application.save(update_fields=["submitted", "sha256"])
    return application


def _body(told: _Told) -> Organisation:
    """The organisation of this name and country; a new one if none. Nobody joins it by that."""
    rows = Organisation.objects.filter(name=told.body, country=told.country, zoo__isnull=True)
    return rows.order_by("pk").first() or Organisation.objects.create(
        name=told.body, country=told.country, created_at=clock.now()
    )


def _round(batch: Import, currency: str) -> Round:
    """The round under which awards of another system stand. It never takes an application."""
    now = clock.now()
    made, _is_new = Round.objects.get_or_create(
        slug=f"taken-over-{batch.entity_id}-{currency.lower()}",
        defaults={
            "asks_interests": False,
            "name": _("Taken over from another system"),
            "entity_id": batch.entity_id,
            "call": _("No call of ours: these awards were promised before."),
            "criteria": _("Those of the body that promised them."),
            "currency": currency,
            "maximum_minor": 10**15,
            "opens_at": now - dt.timedelta(days=1),
            "closes_at": now,
            "decides_on": clock.today(batch.entity.zone),
        },
    )
    return made


@dataclass(frozen=True, slots=True)
class Shown:
    """Where an award came from, as its page tells it."""

    row: TakeOver
    awarded: Money
    paid: Money
    started_by: str
    accepted_by: str


def shown(award: Award) -> Shown | None:
    """Where an award came from; None for one that was decided on here."""
    if not award.is_taken_over:
        return None
    row = TakeOver.objects.select_related("batch").get(award=award)
    known = actors.names([row.started_by, row.accepted_by])
    return Shown(
        row,
        Money(row.awarded_minor, award.currency),
        Money(row.paid_minor, award.currency),
        known[row.started_by],
        known[row.accepted_by],
    )
