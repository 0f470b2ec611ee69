"""What is frozen when a motion is put: its words, sums and who may vote on what."""

import hashlib
import json
from typing import Any

from funding.users import roles
from funding.users.models import Role, User
from grants import recusals
from grants.models import Declaration, Interest, Item, ItemState, Motion

FEWEST = 3


def freeze(motion: Motion, items: list[Item]) -> dict[str, Any]:
    """The motion as it is put. Voters are those who hold a term of the committee today."""
    members = list(roles.holders(*recusals.MEMBERS))
    chairs = set(roles.holders(Role.CHAIR).values_list("pk", flat=True))
    ids = [item.application_id for item in items]
    recusals.note_applicants(ids, {member.pk for member in members})
    out = recusals.out_of(ids)
    assert motion.put_at is not None
    return {
        "round": {"id": motion.round_id, "name": motion.round.name},
        "number": motion.number,
        "text": motion.text,
        "currency": motion.round.currency,
        "put_by": {"id": motion.put_by_id, "name": str(motion.put_by)},
        "put_at": motion.put_at.isoformat(),
        "closes_at": motion.closes_at.isoformat(),
        **({"urgent_why": motion.urgent_why} if motion.urgent_why else {}),
        "members": [
            {"id": member.pk, "name": str(member), "is_chair": member.pk in chairs}
            for member in members
        ],
        "items": [_item(item, members, out[item.application_id]) for item in items],
    }


def _item(item: Item, members: list[User], out: set[int]) -> dict[str, Any]:
    application = item.application
    return {
        "id": item.pk,
        "application": {
            "id": application.pk,
            "title": application.project.title,
            "body": application.project.organisation.name,
            "sha256": application.sha256,
            "minimum_minor": application.minimum_minor,
            "ask_minor": application.ask_minor,
        },
        "amount_minor": item.amount_minor,
        "reason": item.reason,
        "shares": [
            {"fund": share.fund_id, "name": share.fund.name, "minor": share.amount_minor}
            for share in item.shares.select_related("fund").order_by("fund_id")
        ],
        "voters": [member.pk for member in members if member.pk not in out],
    }


def digest(frozen: dict[str, Any]) -> str:
    """The fingerprint of a frozen motion: SHA-256 of its one canonical writing."""
    text = json.dumps(frozen, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def voters(motion: Motion) -> dict[int, set[int]]:
    """Who may vote on each item now: those of the day it was put who have not stepped out."""
    frozen: dict[str, Any] = motion.frozen or {}
    rows = frozen.get("items", [])
    out = recusals.out_of([row["application"]["id"] for row in rows])
    return {row["id"]: set(row["voters"]) - out[row["application"]["id"]] for row in rows}


def entitled(motion: Motion) -> list[User]:
    """The members who may vote on something in it, by their keys."""
    ids = set[int]().union(*voters(motion).values())
    return list(User.objects.filter(pk__in=ids, is_active=True).order_by("pk"))


def together(motion: Motion) -> list[int]:
    """The items that one vote can decide together: those of which nobody is out, and of whom no
    interest waits for the chair. By their ids; a single one is voted on as any other."""
    frozen: dict[str, Any] = motion.frozen or {}
    members = {row["id"] for row in frozen.get("members", [])}
    rows = list(motion.items.exclude(state=ItemState.WITHDRAWN).order_by("pk"))
    out = recusals.out_of([row.application_id for row in rows])
    waiting = _waiting([row.application_id for row in rows])
    found = [
        row.pk
        for row in rows
        if not (out[row.application_id] | waiting.get(row.application_id, set())) & members
    ]
    return found if len(found) > 1 else []


def _waiting(application_ids: list[int]) -> dict[int, set[int]]:
    """Whose interest the chair has not ruled on, by application."""
    latest: dict[tuple[int, int], tuple[str, bool]] = {}
    rows = Declaration.objects.filter(application__in=application_ids).order_by("pk")
    for pk, member, interest, ruled in rows.values_list(
        "application_id", "member_id", "interest", "ruling"
    ):
        latest[pk, member] = (interest, ruled is not None)
    found: dict[int, set[int]] = {}
    for (pk, member), (interest, is_ruled) in latest.items():
        if interest == Interest.SOFT and not is_ruled:
            found.setdefault(pk, set()).add(member)
    return found
