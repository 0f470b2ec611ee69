"""Lists: cursor pages, newest first, with ranges of time and filters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .registry import Call
from .wire import Refusal, no_such
from .world import WORDS

_RANGES = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}


# What lives by a test clock is not listed unless it is asked for.
WITHOUT_CLOCK = ("coalesce(json_extract(body, '$.test_clock'), '') = ?", "")


def page(
    call: Call,
    kind: str,
    filters: Mapping[str, Sequence[str]] | None = None,
    where: Sequence[tuple[str, object]] = (),
) -> dict[str, Any]:
    """A list object with the page that the request asks for."""
    params, store = call.params, call.world.store
    limit = params.get("limit", 10)
    if not 1 <= limit <= 100:
        raise Refusal(
            f"This value must be between 1 and 100 (inclusive), not {limit}.", param="limit"
        )
    after, before = params.get("starting_after"), params.get("ending_before")
    if after and before:
        raise Refusal("You cannot parameterize `starting_after` and `ending_before` together.")
    conditions = [*where, *ranges("created", params.get("created"))]
    for name, sign in (("starting_after", "<"), ("ending_before", ">")):
        if cursor := params.get(name):
            seq = store.seq(kind, cursor)
            if seq is None:
                no_such(WORDS.get(kind, kind), cursor, param=name)
            conditions.append((f"seq {sign} ?", seq))
    found = store.select(kind, filters, conditions, newest_first=before is None, limit=limit + 1)
    has_more, found = len(found) > limit, found[:limit]
    if before:
        found.reverse()
    return {"object": "list", "data": found, "has_more": has_more, "url": call.path}


def one_of(params: Mapping[str, Any], *names: str) -> dict[str, tuple[str, ...]]:
    """Filters for those of the named parameters that the request has."""
    return {name: (params[name],) for name in names if name in params}


def ranges(column: str, value: int | dict[str, int] | None) -> list[tuple[str, object]]:
    """The conditions on a column that a parameter such as `created` makes."""
    if value is None:
        return []
    if isinstance(value, int):
        return [(f"{column} = ?", value)]
    return [(f"{column} {_RANGES[name]} ?", bound) for name, bound in value.items()]
