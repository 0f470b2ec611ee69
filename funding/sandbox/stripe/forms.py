"""Form bodies as Stripe reads them: `a[b][0]=c` for nested groups and lists."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qsl

_PART = re.compile(r"\[([^\[\]]*)\]")


def parse_form(text: str) -> dict[str, Any]:
    """Nested groups of text. A list stays a group keyed by "0", "1", ... until its type is known.

    `metadata[0]=x` and `expand[0]=x` look the same on the wire; only the parameter's type tells
    the map from the list.
    """
    return nested(parse_qsl(text, keep_blank_values=True))


def nested(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Names with brackets and their values, as groups."""
    root: dict[str, Any] = {}
    for key, value in pairs:
        head = key.split("[", 1)[0]
        parts = [head, *_PART.findall(key[len(head) :])]
        node = root
        for part in parts[:-1]:
            inner = node.setdefault(part or str(len(node)), {})
            if not isinstance(inner, dict):  # `a=1&a[b]=2`: the later form is taken.
                inner = node[part] = {}
            node = inner
        last = parts[-1]
        node[last or str(len(node))] = value
    return root
