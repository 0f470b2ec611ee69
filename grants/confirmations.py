"""The paper of what was sent: the application as it was frozen, its instant and fingerprint."""

from typing import Any

from django.conf import settings
from django.db.models import Max

from funding.documents import paper, register
from funding.documents.models import Document
from grants import countries, submissions
from grants.models import Application, LineSource, Submission


def keep(application: Application) -> Submission:
    """Keep what an application says it was sent as, and take a number for its paper.

    In the open transaction, with the application locked; the bytes follow by themselves.
    """
    last = Submission.objects.filter(application=application).aggregate(last=Max("number"))
    number = (last["last"] or 0) + 1
    assert application.submitted is not None
    assert application.submitted_at is not None
    return Submission.objects.create(
        application=application,
        number=number,
        facts=application.submitted,
        sha256=application.sha256,
        submitted_at=application.submitted_at,
        document=_issued(application, number),
    )


def _issued(application: Application, number: int) -> Document:
    entity = application.round.entity
    return register.issue(
        entity_id=entity.pk,
        template="submission",
        key=f"application:{application.pk}:submission:{number}",
        snapshot={
            "entity": paper.entity_facts(entity),
            "site_url": settings.SITE_URL,
            "submission": _told(application, number),
            "facts": _words(application.submitted or {}),
        },
        language="en",
    )


def _told(application: Application, number: int) -> dict[str, Any]:
    assert application.submitted_at is not None
    home = application.project.organisation.country
    return {
        "number": number,
        "uuid": str(application.uuid),
        "submitted_at": application.submitted_at.isoformat(),
        "zone": countries.zone(home),
        "sha256": application.sha256,
        "decides_on": application.round.decides_on.isoformat(),
        "closes_at": application.round.closes_at.isoformat(),
    }


def _permits(facts: dict[str, Any], shown: dict[str, Any]) -> dict[str, Any]:
    if "permits" not in facts:
        return {}
    pairs = zip(facts["permits"], shown["permits"], strict=True)
    return {"permits": [each | {"state_name": str(said["state_name"])} for each, said in pairs]}


def _words(facts: dict[str, Any]) -> dict[str, Any]:
    """The frozen facts with their codes in words, for a paper that knows no tables."""
    shown = submissions.shown(facts)
    sources = dict(LineSource.choices)
    lines = [
        line | {"kind": each["category"], "source_name": str(sources[line["source"]])}
        for line, each in zip(facts["lines"], shown["lines"], strict=True)
    ]
    return {
        **facts,
        "lines": [line | {"kind": str(line["kind"])} for line in lines],
        "rates": [each | {"on": each["on"].isoformat()} for each in shown["rates"]],
        "country_name": str(shown["country_name"]),
        "organisation_country": str(shown["organisation_country"]),
        "conditions": shown["conditions"],
        **_permits(facts, shown),
        **{f"{name}_minor": shown[name].minor for name in ("other", "in_kind", "whole")},
    }
