"""`expand`: ids replaced by their objects, four levels deep, also inside lists."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .compiling import is_expandable
from .registry import Call
from .wire import Refusal
from .world import World

MAX_LEVELS = 4

Include = Callable[[World, dict[str, Any]], Any]
# Fields that are left out unless they are asked for, by object type and name.
INCLUDABLE: dict[tuple[str, str], Include] = {}


def includable[F: Include](kind: str, name: str) -> Callable[[F], F]:
    """Registers how a field that is normally left out is filled in."""

    def register(function: F) -> F:
        INCLUDABLE[kind, name] = function
        return function

    return register


def expand(call: Call, body: dict[str, Any]) -> dict[str, Any]:
    """The answer with what the request asks to see expanded."""
    for path in call.params.get("expand", []):
        parts = path.split(".")
        levels = parts[1:] if parts[0] == "data" and body.get("object") == "list" else parts
        if len(levels) > MAX_LEVELS:
            raise Refusal(
                f"You cannot expand more than {MAX_LEVELS} levels of a property. Property: {path}",
                param="expand",
            )
        _walk(call.world, body, parts, path)
    return body


def _walk(world: World, node: Any, parts: list[str], path: str) -> None:
    if not parts or node is None:
        return
    if isinstance(node, list):
        for item in node:
            _walk(world, item, parts, path)
        return
    if not isinstance(node, dict):
        _refuse(path)
    name, rest = parts[0], parts[1:]
    include = INCLUDABLE.get((node.get("object", ""), name))
    if include is not None and node.get(name) is None:
        node[name] = include(world, node)
    if name not in node:
        # Stripe leaves some fields out while they are empty and still lets one ask for them.
        if "object" in node and is_expandable(node["object"], name):
            return
        _refuse(path)
    value = node[name]
    if isinstance(value, str):
        if "object" in node and not is_expandable(node["object"], name):
            _refuse(path)
        value = node[name] = world.store.get(value)
        if value is None:
            _refuse(path)
    elif not rest and value is not None and not isinstance(value, dict):
        _refuse(path)
    _walk(world, value, rest, path)


def _refuse(path: str) -> None:
    raise Refusal(
        f"This property cannot be expanded ({path}). You may want to try expanding "
        "'data' first if this is a list.",
        param="expand",
    )
