"""All that is held on a person, as facts: for machines whole, for readers in plain words.

Nobody else stands in it. Whoever of the fund did something is called "the fund", and an account
of somebody else is not named at all.
"""

import datetime as dt
import hashlib
import json
import re
from typing import Any, Final

from babel.dates import format_date
from django.db import models
from django.utils.translation import gettext as _

from funding.documents import paper
from funding.documents.models import Document
from funding.money import Money
from funding.parties.models import Entity
from funding.site.privacy.holding import Holding
from funding.site.privacy.holdings import HOLDINGS
from funding.site.privacy.persons import Person

SCHEMA: Final = "manul-fund/personal-data/1"
# Columns that lead to something with a name of its own are told by it.
_NAMED: Final = {
    "ledger.Fund": "name",
    "parties.Entity": "legal_name",
    "parties.Organisation": "name",
    "grants.Round": "name",
    "grants.Project": "title",
}
_SOMEBODY: Final = re.compile(r"user:\d+")
_OTHER: Final = "the fund"
# So long a list would make a paper that nobody reads; the copy for machines has all of it.
_MOST_SHOWN: Final = 2000

Row = dict[str, Any]


def told(person: Person) -> dict[str, Any]:
    """Everything, table by table: `held` has for each table its rows, column by column."""
    held = {holding.label: _rows(holding, person) for holding in HOLDINGS}
    return {
        "schema": SCHEMA,
        "subject": person.subject,
        "addresses": list(person.addresses),
        "held": {label: rows for label, rows in held.items() if rows},
    }


def as_json(facts: dict[str, Any]) -> bytes:
    """The copy for machines: the same facts are the same bytes."""
    return json.dumps(facts, ensure_ascii=False, indent=1, sort_keys=True).encode()


def for_paper(facts: dict[str, Any], *, entity: Entity, made_at: dt.datetime) -> dict[str, Any]:
    """What the readable copy prints, in the language that is spoken now."""
    content, held = as_json(facts), facts["held"]
    return {
        "entity": paper.entity_facts(entity),
        "addresses": facts["addresses"],
        "made_on": made_at.date().isoformat(),
        "sections": [_section(each, held) for each in HOLDINGS if each.label in held],
        "document": {
            "identifier": hashlib.sha256(content).hexdigest()[:32],
            "issued_at": made_at.isoformat(timespec="seconds"),
        },
    }


def _rows(holding: Holding, person: Person) -> list[Row]:
    fields = [
        field
        for field in holding.model._meta.concrete_fields
        if field.name not in holding.hidden and not isinstance(field, models.BinaryField)
    ]
    named = [
        field.name
        for field in fields
        if isinstance(field, models.ForeignKey) and _label(field) in _NAMED
    ]
    rows = holding.of(person).select_related(*named) if named else holding.of(person)
    return [
        {field.attname: _value(field, row, person) for field in fields}
        | {name: _name_of(row, name) for name in named}
        | _more(row)
        for row in rows
    ]


def _label(field: "models.ForeignKey[Any, Any]") -> str:
    return str(field.related_model._meta.label)


def _name_of(row: models.Model, name: str) -> str | None:
    there = getattr(row, name)
    return None if there is None else str(getattr(there, _NAMED[there._meta.label]))


def _more(row: models.Model) -> Row:
    if not isinstance(row, Document):
        return {}
    # What a paper prints of the body that issued it is not about its reader.
    said = {key: value for key, value in row.snapshot.items() if key != "entity"}
    return {"name": row.name, "snapshot": said}


def _value(field: "models.Field[Any, Any]", row: models.Model, person: Person) -> object:
    value = getattr(row, field.attname)
    if isinstance(field, models.ForeignKey) and _label(field) == "users.User":
        return _who(f"user:{value}", person) if value is not None else None
    return _plain(value, person)


def _plain(value: Any, person: Person) -> object:  # noqa: ANN401 -- any column, any JSON
    if isinstance(value, dt.datetime | dt.date):
        return value.isoformat()
    if isinstance(value, dict):
        return {str(key): _plain(each, person) for key, each in value.items()}
    if isinstance(value, list):
        return [_plain(each, person) for each in value]
    if isinstance(value, str):
        return _who(value, person) if _SOMEBODY.fullmatch(value) else value
    return value if value is None or isinstance(value, bool | int | float) else str(value)


def _who(name: str, person: Person) -> str:
    return name if name == f"user:{person.user_id}" else _OTHER


def _section(holding: Holding, held: dict[str, list[Row]]) -> dict[str, Any]:
    rows = held[holding.label]
    return {
        "title": str(holding.title),
        "rows": [_line(holding, row) for row in rows[:_MOST_SHOWN]],
        "more": max(0, len(rows) - _MOST_SHOWN),
    }


def _line(holding: Holding, row: Row) -> list[list[str]]:
    """The columns that are shown, each with its name; what is empty is left out."""
    said = [[str(label), _said(holding, name, row)] for name, label in holding.shown.items()]
    return [each for each in said if each[1]]


def _said(holding: Holding, name: str, row: Row) -> str:
    value = row.get(name)
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if name.endswith("_minor"):
        return _sum(int(value), row)
    if name.endswith(("_on", "_at", "since", "last_login", "sent")) or name == "at":
        return _day(str(value))
    if isinstance(value, dict):
        return "; ".join(str(each) for each in value.values() if each)
    field = _field(holding, name)
    return str(dict(field.flatchoices).get(value, value)) if field is not None else str(value)


def _field(holding: Holding, name: str) -> "models.Field[Any, Any] | None":
    names = {field.name: field for field in holding.model._meta.concrete_fields}
    return names.get(name)


def _sum(minor: int, row: Row) -> str:
    currency = row.get("currency")
    return Money(minor, currency).text(paper.locale()) if currency else str(minor)


def _day(text: str) -> str:
    day = dt.date.fromisoformat(text[:10])
    return str(format_date(day, "long", locale=paper.locale()))
