"""Metadata: its limits, and how an update changes it."""

from __future__ import annotations

from typing import Any

from .wire import Refusal

MAX_KEYS, MAX_KEY, MAX_VALUE = 50, 40, 500


def merged(before: dict[str, str] | None, change: dict[str, str] | str | None) -> dict[str, str]:
    """Metadata after a change: an empty value forgets a key, empty text forgets everything."""
    if change == "":
        return {}
    result = dict(before or {})
    if isinstance(change, dict):
        for key, value in change.items():
            _check(key, value)
            if value == "":
                result.pop(key, None)
            else:
                result[key] = value
    if len(result) > MAX_KEYS:
        raise Refusal(f"You can only specify up to {MAX_KEYS} keys of metadata.", param="metadata")
    return result


def _check(key: str, value: Any) -> None:
    param = f"metadata[{key}]"
    if not key or len(key) > MAX_KEY or "[" in key or "]" in key:
        raise Refusal(
            f"Metadata keys must have 1 to {MAX_KEY} characters and no square brackets: {key!r}.",
            param="metadata",
        )
    if not isinstance(value, str) or len(value) > MAX_VALUE:
        raise Refusal(
            f"Metadata values can have up to {MAX_VALUE} characters, and the value passed in for "
            f"{key} has {len(str(value))}.",
            param=param,
        )
