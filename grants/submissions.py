"""What an application says, as plain facts that can be frozen, and as a page shows them."""

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from typing import Any

from funding.money import Money
from grants import budgets, conditions, contents, countries, sections
from grants.models import Application, Attachment, FileKind, LineSource, Submission


def told(application: Application) -> dict[str, Any]:
    """The facts of an application now: texts, ids, whole minor units and days as text."""
    project, round_ = application.project, application.round
    body = project.organisation
    return {
        "title": project.title,
        "summary": project.summary,
        "methods": application.methods,
        "country": str(project.country),
        "province": project.province,
        "theme": {"code": project.theme_id, "name": project.theme.name},
        "area": {"slug": project.area_id, "name": project.area.name},
        "starts_on": project.starts_on.isoformat() if project.starts_on else "",
        "ends_on": project.ends_on.isoformat() if project.ends_on else "",
        "applicant": {"name": application.applicant.name},
        "co_applicants": _co_applicants(application),
        "organisation": {
            "name": body.name,
            "country": body.country,
            "registration_number": body.registration_number,
            "website": body.website,
        },
        "round": {"slug": round_.slug, "name": round_.name},
        "conditions": _answers(application),
        "currency": round_.currency,
        "ask_minor": application.ask_minor,
        "minimum_minor": application.minimum_minor,
        "minimum_reason": application.minimum_reason,
        "may_be_shown_unfunded": application.may_be_shown_unfunded,
        "lines": [
            {
                "category": line.category,
                "what": line.what,
                "quantity": line.quantity,
                "unit_minor": line.unit_minor,
                "amount_minor": line.amount_minor,
                "source": line.source,
                **_local(line),
            }
            for line in contents.lines_of(application)
        ],
        "files": _files(application),
        **sections.told(application),
    }


def _local(line: budgets.Line) -> dict[str, Any]:
    """What a line costs where it is bought; nothing of one in the round's own currency."""
    if line.local is None:
        return {}
    rate = line.local.rate
    return {
        "local": {
            "currency": rate.currency,
            "unit_minor": line.local.unit_minor,
            "rate_e4": rate.e4,
            "on": rate.on.isoformat(),
        }
    }


def rates(facts: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The rates by which lines were converted: how much of which currency, and on which day."""
    found = []
    for line in facts["lines"]:
        if (local := line.get("local")) and local not in found:
            found.append(local)
    said = {
        (each["currency"], each["rate_e4"], each["on"]): {
            "currency": each["currency"],
            "rate": _rate(each["rate_e4"]),
            "on": dt.date.fromisoformat(each["on"]),
        }
        for each in found
    }
    return list(said.values())


def _rate(e4: int) -> str:
    whole, rest = divmod(e4, 10**budgets.RATE_DECIMALS)
    decimals = f"{rest:04}".rstrip("0")
    return f"{whole:,}" + (f".{decimals}" if decimals else "")


def _co_applicants(application: Application) -> list[dict[str, Any]]:
    rows = application.coapplicants.filter(ended_at=None).select_related("person")
    return [{"name": each.person.name} for each in rows.order_by("pk")]


def _answers(application: Application) -> list[dict[str, Any]]:
    return [
        {
            "question": each.condition.question,
            "wanted": each.condition.wanted,
            "said": each.said,
        }
        for each in conditions.answered(application)
    ]


def _files(application: Application) -> list[dict[str, Any]]:
    return [
        {
            "uuid": str(each.file.uuid),
            "name": each.file.name,
            "kind": each.file.kind,
            "size": each.file.size,
            "sha256": each.sha256,
        }
        for each in Attachment.objects.filter(application=application)
        .select_related("file")
        .order_by("pk")
    ]


def papers(application: Application) -> list[Submission]:
    """Each time that it was sent of which there is a paper, the first one first."""
    rows = Submission.objects.filter(application=application, document__isnull=False)
    unread = ("facts", "document__content", "document__snapshot")
    return list(rows.select_related("document").defer(*unread))


def fingerprint(facts: Mapping[str, Any]) -> str:
    """SHA-256 of the facts, written in the one canonical way, in hexadecimal."""
    canonical = json.dumps(facts, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def shown(facts: Mapping[str, Any]) -> dict[str, Any]:
    """The same facts with sums as Money, days as dates and codes in words, for a template."""
    currency = facts["currency"]
    lines = [
        budgets.Line(
            line["category"], line["what"], line["quantity"], line["unit_minor"], line["source"]
        )
        for line in facts["lines"]
    ]
    sums = budgets.sums(lines)
    kinds, sources = dict(budgets.Category.choices), dict(LineSource.choices)
    return {
        **facts,
        # Applications that were sent before rounds asked have none.
        "conditions": facts.get("conditions", []),
        "country_name": countries.name(facts["country"]) if facts["country"] else "",
        "organisation_country": countries.name(facts["organisation"]["country"]),
        "starts_on": _day(facts["starts_on"]),
        "ends_on": _day(facts["ends_on"]),
        "ask": Money(facts["ask_minor"], currency),
        "minimum": Money(facts["minimum_minor"], currency),
        "other": Money(sums.other_minor, currency),
        "in_kind": Money(sums.in_kind_minor, currency),
        "whole": Money(sums.whole_minor, currency),
        "lines": [
            {
                "what": line.what,
                "quantity": line.quantity,
                "category": kinds.get(line.category, line.category),
                "source": line.source,
                "source_name": sources[line.source],
                "unit": Money(line.unit_minor, currency),
                "amount": Money(line.amount_minor, currency),
                "local": Money(told["local"]["unit_minor"], told["local"]["currency"])
                if "local" in told
                else None,
            }
            for line, told in zip(lines, facts["lines"], strict=True)
        ],
        "rates": rates(facts),
        # What was sent before applications had files says nothing of any.
        "files": [
            {**file, "kind_name": FileKind(file["kind"]).label} for file in facts.get("files", [])
        ],
        **sections.shown(facts),
    }


def _day(text: str) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None
