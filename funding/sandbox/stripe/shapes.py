"""Stripe's annotations compiled to shapes that check a value and read it from the wire.

An annotation is compiled once; a request of Checkout is then checked in a fraction of a
millisecond, so that the emulator can check everything it is asked and everything it says.
The library writes an open enumeration as `Literal[...] | str`; we hold both sides to the listed
values, because an unlisted one is a typing error far more often than a newer API.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal, Protocol

Path = tuple[str | int, ...]
Kind = Literal["unknown", "missing", "invalid"]


@dataclass(frozen=True)
class Problem:
    """One place where a value departs from the contract."""

    path: Path
    what: str
    kind: Kind = "invalid"

    @property
    def param(self) -> str:
        """The place as Stripe names it: `line_items[0][quantity]`."""
        head, *rest = self.path or ("",)
        return str(head) + "".join(f"[{part}]" for part in rest)

    def __str__(self) -> str:
        return f"{self.param or '(body)'}: {self.what}"


@dataclass
class Walk:
    """One pass over a value. From the wire every scalar is text and is read by its type."""

    wire: bool = False
    problems: list[Problem] = field(default_factory=list)

    def note(self, path: Path, what: str, kind: Kind = "invalid") -> None:
        """Notes a problem."""
        self.problems.append(Problem(path, what, kind))


class Shape(Protocol):
    """What a value must look like."""

    optional: bool

    def read(self, value: Any, path: Path, walk: Walk) -> Any:
        """The value in Python's types; what is wrong is noted in `walk`."""


def _short(value: object) -> str:
    return f"{value!r:.60}"


@dataclass
class Scalar:
    """Text, a number or a truth value."""

    type: type
    optional: bool = False

    def read(self, value: Any, path: Path, walk: Walk) -> Any:
        if walk.wire and isinstance(value, str) and self.type is not str:
            return self._from_text(value, path, walk)
        right = isinstance(value, self.type)
        if self.type is int or self.type is float:
            right = isinstance(value, (int, self.type)) and not isinstance(value, bool)
        elif self.type is Decimal:
            right = isinstance(value, str) and _is_number(value)
        if not right:
            walk.note(path, f"expected {self.type.__name__}, got {_short(value)}")
        return value

    def _from_text(self, text: str, path: Path, walk: Walk) -> Any:
        if self.type is bool and text in ("true", "false"):
            return text == "true"
        if self.type is int and re.fullmatch(r"-?\d{1,18}", text):
            return int(text)
        if self.type in (float, Decimal) and _is_number(text):
            return Decimal(text)
        word = {int: "integer", bool: "boolean"}.get(self.type, "number")
        walk.note(path, f"Invalid {word}: {text:.60}")
        return text


def _is_number(text: str) -> bool:
    return bool(re.fullmatch(r"-?\d+(\.\d+)?", text))


@dataclass
class Choice:
    """One of some listed values."""

    values: tuple[object, ...]
    optional: bool = False

    def read(self, value: Any, path: Path, walk: Walk) -> Any:
        if (
            walk.wire
            and isinstance(value, str)
            and any(v is True or v is False for v in self.values)
        ):
            value = {"true": True, "false": False}.get(value, value)
        if not any(value == v and type(value) is type(v) for v in self.values):
            listed = ", ".join(str(v) for v in self.values[:12])
            more = ", ..." if len(self.values) > 12 else ""
            walk.note(path, f"{_short(value)} must be one of {listed}{more}")
        return value


@dataclass
class Many:
    """A list."""

    item: Shape
    optional: bool = False

    def read(self, value: Any, path: Path, walk: Walk) -> Any:
        if walk.wire and isinstance(value, dict) and all(key.isdigit() for key in value):
            value = [value[key] for key in sorted(value, key=int)]
        if not isinstance(value, list):
            walk.note(path, f"expected a list, got {_short(value)}")
            return value
        return [self.item.read(part, (*path, i), walk) for i, part in enumerate(value)]


@dataclass
class Table:
    """A map from text to values of one shape, as metadata is."""

    value: Shape
    optional: bool = False

    def read(self, value: Any, path: Path, walk: Walk) -> Any:
        if not isinstance(value, dict):
            walk.note(path, f"expected a map, got {_short(value)}")
            return value
        return {key: self.value.read(part, (*path, key), walk) for key, part in value.items()}


@dataclass
class Fields:
    """A group of parameters (a TypedDict)."""

    name: str
    fields: Mapping[str, Shape]
    required: frozenset[str]
    optional: bool = False

    def read(self, value: Any, path: Path, walk: Walk) -> Any:
        if not isinstance(value, dict):
            walk.note(path, f"expected the fields of {self.name}, got {_short(value)}")
            return value
        result: dict[str, Any] = {}
        for key, part in value.items():
            shape = self.fields.get(key)
            if shape is None:
                walk.note((*path, key), f"unknown to {self.name}", "unknown")
            else:
                result[key] = shape.read(part, (*path, key), walk)
        for key in self.required - value.keys():
            walk.note((*path, key), f"required by {self.name}", "missing")
        return result


@dataclass
class Either:
    """A union: the first arm that fits, else the problems of the arm that fits best."""

    arms: tuple[Shape, ...]
    optional: bool = False

    def read(self, value: Any, path: Path, walk: Walk) -> Any:
        if value is None:
            if not self.optional:
                walk.note(path, "may not be null")
            return None
        best: Walk | None = None
        for arm in self._likely(value):
            trial = Walk(walk.wire)
            result = arm.read(value, path, trial)
            if not trial.problems:
                return result
            if best is None or len(trial.problems) < len(best.problems):
                best = trial
        walk.problems.extend(best.problems if best else [Problem(path, "no form fits")])
        return value

    def _likely(self, value: Any) -> tuple[Shape, ...]:
        # An object is told about the arm of its own type, not about the arms it never meant.
        if isinstance(value, (dict, list)):
            built = tuple(arm for arm in self.arms if not isinstance(arm, (Scalar, Choice)))
            kind = value.get("object") if isinstance(value, dict) else None
            named = tuple(arm for arm in built if kind and getattr(arm, "kind", None) == kind)
            return named or built or self.arms
        return self.arms
