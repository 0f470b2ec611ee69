"""The register in the words of the 360Giving Data Standard, schema 1.4.3: JSON and CSV.

Numbers are written out digit by digit from whole minor units, never by way of a float. Nothing
personal stands in it, and no place finer than a province.
"""

import datetime as dt
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import batched
from typing import Any, Final

from django.conf import settings
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from funding import clock
from funding.lists import Column
from funding.money import Money
from funding.parties.models import Entity, Organisation
from grants import countries, register
from grants.models import Award, AwardState
from grants.register import Awards, Grant

VERSION: Final = "1.4"
LICENCE: Final = "https://creativecommons.org/licenses/by/4.0/"
# The database holds no NUL, so no text of anybody's can pass for a number.
_MARK: Final = "\0"
_NUMBER: Final = re.compile(r'"\\u0000(-?[0-9.]+)"')
# An identifier of org-id.guide: a list, then the number in it, such as GB-SC-SC004064.
_REGISTERED: Final = re.compile(r"[A-Z]{2,3}-[A-Z0-9]+-\S+")


@dataclass(frozen=True, slots=True)
class Line:
    """One grant as the standard tells it, with when its record last changed."""

    grant: Grant
    changed_at: dt.datetime

    @property
    def id(self) -> str:
        """What tells it apart everywhere."""
        return identifier(self.grant)

    @property
    def recipient(self) -> tuple[str, str]:
        """Identifier and name; of a person neither tells who it is."""
        start, application = prefix(self.grant.award.entity), self.grant.award.application
        if self.grant.is_person:
            return f"{start}-IND:{self.grant.award.pk}", self.grant.recipient
        body = application.project.organisation
        return organisation_id(body, start), self.grant.recipient

    @property
    def url(self) -> str:
        """Where people read of it."""
        assert self.grant.project is not None
        return _absolute("grants:project", slug=self.grant.project.slug)

    @property
    def place(self) -> tuple[str, str]:
        """Name and country's code of where the work is done; both empty across the range."""
        code = str(self.grant.project.country) if self.grant.project else ""
        if not code:
            return "", ""
        named = countries.name(code)
        return (f"{self.grant.province}, {named}" if self.grant.province else named), code

    @property
    def programme(self) -> tuple[str, str, str]:
        """Code, title and page of the round, where that is published."""
        call = self.grant.call
        if call is None:
            return "", "", ""
        return call.slug, call.name, _absolute("grants:round_call", slug=call.slug)

    @property
    def applied_for(self) -> Money | None:
        """What was asked for; not known of an award that another system promised."""
        award = self.grant.award
        return None if award.is_taken_over else award.application.ask

    @property
    def is_open_call(self) -> str:
        """'Yes', or nothing where another system does not tell."""
        return "" if self.grant.award.is_taken_over else "Yes"


def identifier(grant: Grant) -> str:
    """Our prefix and the number of the award."""
    return f"{prefix(grant.award.entity)}-{grant.award.pk}"


def prefix(entity: Entity) -> str:
    """What the identifiers of its grants begin with. One that is made up never looks registered."""
    return entity.giving_prefix or f"{entity.slug}-grant"


def organisation_id(body: Organisation, start: str) -> str:
    """Its identifier of org-id.guide, else one of our own."""
    number = body.registration_number.strip()
    return number if _REGISTERED.fullmatch(number) else f"{start}-ORG:{body.pk}"


def funder_id(entity: Entity) -> str:
    """The same of the body that grants."""
    return entity.org_identifier or f"{prefix(entity)}-ORG:funder"


def lines(awards: Awards) -> Iterator[Line]:
    """Every grant that may be told, in batches."""
    public = register.each(awards.filter(is_public=True))
    for batch in batched(public, register.BATCH):
        changed = register.changed(grant.award.pk for grant in batch)
        for grant in batch:
            yield Line(grant, changed.get(grant.award.pk, grant.award.adopted_at))


def package(awards: Awards, publisher: Entity) -> Iterator[str]:
    """The JSON package piece by piece. The caller has made sure that it has a grant."""
    hidden = awards.filter(is_public=False).count()
    head = _head(publisher, hidden)
    yield _dumped(head)[:-1] + ', "grants": [\n'
    comma = ""
    for line in lines(awards):
        yield comma + _dumped(as_grant(line))
        comma = ",\n"
    yield "\n]}\n"


def as_grant(line: Line) -> dict[str, Any]:
    """One grant as an object of the standard, its numbers marked for `_dumped`."""
    grant, award = line.grant, line.grant.award
    assert grant.project is not None
    one = dict(zip(("id", "name"), line.recipient, strict=True))
    place, code = line.place
    programme = dict(zip(("code", "title", "url"), line.programme, strict=True))
    told = {
        "id": line.id,
        "title": grant.project.title,
        "description": description(grant),
        "currency": award.currency,
        "amountAppliedFor": _number(line.applied_for),
        "amountAwarded": _number(grant.whole),
        "amountDisbursed": _number(grant.disbursed),
        "awardDate": grant.decided_on.isoformat(),
        "url": line.url,
        "plannedDates": [_planned(grant)] if grant.project.starts_on else None,
        "recipientIndividual": one if grant.is_person else None,
        "recipientOrganization": None if grant.is_person else [one],
        "beneficiaryLocation": [{"name": place, "countryCode": code}] if code else None,
        "fundingOrganization": [{"id": funder_id(award.entity), "name": award.entity.legal_name}],
        "grantProgramme": [programme] if programme["code"] else None,
        "fromOpenCall": line.is_open_call,
        "classifications": [_standing(award)],
        "dateModified": _instant(line.changed_at),
        "dataSource": _absolute("grants:grants_360giving", form="json"),
    }
    return {key: value for key, value in told.items() if value not in (None, "")}


def description(grant: Grant) -> str:
    """What the work is, and what became of the promise where it does not stand as it was made."""
    assert grant.project is not None
    said = [" ".join(grant.project.summary.split()) or grant.project.title]
    if grant.figures.cancelled:
        said.append(
            _("Of %(whole)s promised, %(sum)s was cancelled.")
            % {"whole": grant.figures.adopted.text(), "sum": grant.figures.cancelled.text()}
        )
    if grant.figures.returned:
        said.append(_("%s came back unspent.") % grant.figures.returned.text())
    if grant.awarded_before and grant.paid_before:
        said.append(
            _("Taken over from another system, which awarded %(whole)s and had paid %(paid)s.")
            % {"whole": grant.awarded_before.text(), "paid": grant.paid_before.text()}
        )
    return " ".join(said)


def linked(grant: Grant) -> SafeString:
    """A grant as schema.org's MonetaryGrant, for a script element of a page."""
    told = {
        "@context": "https://schema.org",
        "@type": "MonetaryGrant",
        "identifier": identifier(grant),
        "name": grant.project.title if grant.project else "",
        "description": description(grant),
        "url": _absolute("grants:project", slug=grant.project.slug) if grant.project else "",
        "amount": {
            "@type": "MonetaryAmount",
            "currency": grant.award.currency,
            "value": _number(grant.whole),
        },
        "funder": {"@type": "Organization", "name": grant.award.entity.legal_name},
    }
    # Inside a script element only these three could end it or begin a comment.
    signs = {ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&"}
    return SafeString(_dumped(told).translate(signs))


def _head(publisher: Entity, hidden: int) -> dict[str, Any]:
    said = [_("Every grant of the fund whose project is published.")]
    if hidden:
        said.append(_("Not published yet, and so left out: %s.") % hidden)
    if not publisher.giving_prefix:
        said.append(_("No prefix is registered with 360Giving yet: the identifiers are our own."))
    if publisher.is_illustrative:
        said.append(_("Illustrative example data. Not real grants, people or organisations."))
    return {
        "version": VERSION,
        "title": _("Grants of %s") % publisher.legal_name,
        "description": " ".join(said),
        "issued": clock.today("UTC").isoformat(),
        "publisher": {
            "identifier": funder_id(publisher),
            "name": publisher.legal_name,
            "website": settings.SITE_URL + "/",
        },
        "downloadURL": _absolute("grants:grants_360giving", form="json"),
        "accessURL": _absolute("grants:grants"),
        "license": LICENCE,
    }


def _planned(grant: Grant) -> dict[str, str]:
    assert grant.project is not None
    if grant.project.starts_on is None:
        # The standard knows no end without a start.
        return {}
    days = {"startDate": grant.project.starts_on, "endDate": grant.project.ends_on}
    return {key: day.isoformat() for key, day in days.items() if day}


def _standing(award: Award) -> dict[str, str]:
    return {
        "vocabulary": "State of the award",
        "code": award.state,
        "title": AwardState(award.state).label,
    }


def _number(money: Money | None) -> str | None:
    return None if money is None else _MARK + money.plain()


def _dumped(told: object) -> str:
    return _NUMBER.sub(r"\1", json.dumps(told, ensure_ascii=False))


def _instant(at: dt.datetime) -> str:
    return at.astimezone(dt.UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _absolute(name: str, **parts: str) -> str:
    return settings.SITE_URL + reverse(name, kwargs=parts)


def columns() -> list[Column[Line]]:
    """The spreadsheet's columns, titled exactly as the standard wants them."""
    return [
        Column("Identifier", lambda line: line.id),
        Column("Title", lambda line: line.grant.project.title if line.grant.project else ""),
        Column("Description", lambda line: description(line.grant)),
        Column("Currency", lambda line: line.grant.award.currency),
        Column("Amount Applied For", lambda line: line.applied_for),
        Column("Amount Awarded", lambda line: line.grant.whole),
        Column("Amount Disbursed", lambda line: line.grant.disbursed),
        Column("Award Date", lambda line: line.grant.decided_on),
        Column("URL", lambda line: line.url),
        Column("Planned Dates:Start Date", lambda line: _planned(line.grant).get("startDate")),
        Column("Planned Dates:End Date", lambda line: _planned(line.grant).get("endDate")),
        Column("Recipient Org:Identifier", lambda line: _recipient(line, person=False)[0]),
        Column("Recipient Org:Name", lambda line: _recipient(line, person=False)[1]),
        Column("Recipient Ind:Identifier", lambda line: _recipient(line, person=True)[0]),
        Column("Recipient Ind:Name", lambda line: _recipient(line, person=True)[1]),
        Column("Funding Org:Identifier", lambda line: funder_id(line.grant.award.entity)),
        Column("Funding Org:Name", lambda line: line.grant.award.entity.legal_name),
        Column("Beneficiary Location:Name", lambda line: line.place[0]),
        Column("Beneficiary Location:Country Code", lambda line: line.place[1]),
        Column("Grant Programme:Code", lambda line: line.programme[0]),
        Column("Grant Programme:Title", lambda line: line.programme[1]),
        Column("Grant Programme:URL", lambda line: line.programme[2]),
        Column("From An Open Call?", lambda line: line.is_open_call),
        Column("Classifications:Vocabulary", lambda _line: "State of the award"),
        Column("Classifications:Code", lambda line: line.grant.award.state),
        Column("Classifications:Title", lambda line: AwardState(line.grant.award.state).label),
        Column("Last Modified", lambda line: line.changed_at),
    ]


def _recipient(line: Line, *, person: bool) -> tuple[str, str]:
    return line.recipient if line.grant.is_person == person else ("", "")
