"""What a minute says of a motion: the words, the sums, who voted how, and the arithmetic."""

from typing import Any
from zoneinfo import ZoneInfo

from grants import ballots, decisions, declarations, discussions, objections, ratifications
from grants.models import Interest, Item, ItemState, Motion, Nature, Recusal, Vote


def facts(motion: Motion) -> dict[str, Any]:
    """Everything that the minute prints. The private reasons of recusals are not in it."""
    frozen: dict[str, Any] = motion.frozen or {}
    assert motion.decided_at is not None
    names = {member["id"]: member["name"] for member in frozen["members"]}
    together = ballots.together(motion)
    items = [_item(motion, row, names, together) for row in frozen["items"]]
    zone = ZoneInfo(motion.round.entity.zone)
    return {
        "motion": {
            "number": motion.number,
            "round": frozen["round"]["name"],
            "text": frozen["text"],
            "currency": frozen["currency"],
            "put_by": frozen["put_by"]["name"],
            "put_at": frozen["put_at"],
            "closes_at": motion.closes_at.isoformat(),
            "urgent_why": motion.urgent_why,
            "objection": _objection(motion),
            "ratification": _ratification(motion),
            "decided_at": motion.decided_at.isoformat(),
            "decided_on": motion.decided_at.astimezone(zone).date().isoformat(),
            "zone": motion.round.entity.zone,
            "sha256": motion.sha256,
        },
        "members": [
            {"name": member["name"], "is_chair": member["is_chair"]} for member in frozen["members"]
        ],
        "items": items,
        "adopted_minor": sum(
            item["amount_minor"] for item in items if item["state"] == ItemState.ADOPTED
        ),
    }


def _objection(motion: Motion) -> dict[str, str]:
    made = objections.of(motion)
    if made is None:
        return {}
    return {
        "name": str(made.member),
        "at": made.made_at.isoformat(),
        "until": made.closed_at.isoformat(),
        "reason": made.reason,
    }


def _ratification(motion: Motion) -> dict[str, Any]:
    made = ratifications.of(motion)
    if made is None or motion.counted_at is None:
        return {}
    return {
        "name": str(made.member),
        "counted_at": motion.counted_at.isoformat(),
        "at": made.made_at.isoformat(),
        "is_agreed": made.is_agreed,
        "reason": made.reason,
    }


def _item(
    motion: Motion, row: dict[str, Any], names: dict[int, str], together: list[int]
) -> dict[str, Any]:
    assert motion.decided_at is not None
    item = Item.objects.select_related("application").get(pk=row["id"], motion=motion)
    tally = decisions.tallies(motion)[item.pk]
    may_vote = ballots.voters(motion)[item.pk]
    votes = dict(Vote.objects.filter(item=item).values_list("member_id", "choice"))
    recusals = Recusal.objects.filter(application=item.application_id, member__in=names)
    zone = ZoneInfo(motion.round.entity.zone)
    return {
        "title": row["application"]["title"],
        "body": row["application"]["body"],
        "ask_minor": row["application"]["ask_minor"],
        "amount_minor": row["amount_minor"],
        "reason": row["reason"],
        "shares": [{"fund": each["name"], "minor": each["minor"]} for each in row["shares"]],
        "state": item.state,
        "voters": tally.voters,
        "needed": tally.needed,
        "cast": tally.cast,
        "pro": tally.pro,
        "contra": tally.contra,
        "abstained": tally.abstained,
        "votes": [
            {"name": names[pk], "choice": votes.get(pk, "")}
            for pk in sorted(may_vote, key=lambda pk: names[pk].casefold())
        ],
        "out": [
            {
                "name": names[each.member_id],
                "on": each.declared_at.astimezone(zone).date().isoformat(),
            }
            for each in recusals.order_by("declared_at", "pk")
        ],
        "interests": _interests(motion, item, names),
        "discussion": discussions.told(item.application, motion.decided_at),
        "is_alone": item.pk not in together,
    }


def _interests(motion: Motion, item: Item, names: dict[int, str]) -> list[dict[str, Any]]:
    """Who had which interest, when it was declared, and what followed. Never their words."""
    assert motion.put_at is not None
    zone, put_at = ZoneInfo(motion.round.entity.zone), motion.put_at
    said = {row.member_id: row for row in declarations.latest(item.application)}
    out = {row.member_id: row for row in Recusal.objects.filter(application=item.application_id)}
    joined = set(item.application.coapplicants.values_list("person", flat=True))
    found = []
    for pk in sorted(names, key=lambda pk: names[pk].casefold()):
        row, step = said.get(pk), out.get(pk)
        has_interest = row is not None and row.interest != Interest.NONE
        if step is None and not has_interest:
            continue
        ruling = getattr(row, "ruling", None) if row else None
        if row is not None and has_interest:
            declared = row.declared_at
        else:
            assert step is not None
            declared = step.declared_at
        applied = pk == item.application.applicant_id or pk in joined
        found.append(
            {
                "name": names[pk],
                "nature": Nature.APPLIED if applied else row.nature if row else Nature.OTHER,
                "on": declared.astimezone(zone).date().isoformat(),
                "at": declared.isoformat(),
                "out_at": step.declared_at.isoformat() if step else "",
                "is_before": applied or declared < put_at,
                "is_out": step is not None,
                "ruling": ruling.sentence if ruling else "",
                "takes_part": bool(ruling and ruling.may_take_part and step is None),
            }
        )
    return found
