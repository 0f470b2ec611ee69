"""The contract of the installed Stripe library: what may be asked and what an answer must be.

    contract = Contract()
    contract.request("post", "/v1/refunds", {"payment_intent": "pi_1", "amount": "5"})
    contract.response("post", "/v1/refunds", {...})
    contract.object({"object": "charge", ...})

each give a list of problems, empty when all is well; `blank(kind)` gives a complete object to
fill in. A field that the library calls optional may be null or left out, so a field that Stripe
itself always sends is not missed here when it is absent.
"""

from __future__ import annotations

import copy
import functools
import types
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal, Union, get_args, get_origin

from stripe import ListObject, StripeObject
from stripe._object_classes import OBJECT_CLASSES

from . import compiling
from .forms import parse_form
from .operations import Operation, names_of, read_operations
from .shapes import Fields, Path, Problem, Walk

__all__ = ["Contract", "Operation", "Problem", "Reading"]


@dataclass(frozen=True)
class Reading:
    """A request as it was understood."""

    operation: Operation
    ids: dict[str, str]
    """What stood in the placeholders of the path."""
    params: dict[str, Any]
    problems: list[Problem]


class Contract:
    """What the installed library promises; one instance serves a whole process."""

    def __init__(self) -> None:
        self.operations = read_operations()
        # Literal paths come first, so that a fixed word is never taken for an id.
        ordered = sorted(self.operations, key=lambda o: (o.template.count("{"), o.template))
        self._by_verb: dict[str, list[Operation]] = {}
        for operation in ordered:
            self._by_verb.setdefault(operation.verb, []).append(operation)

    def find(self, verb: str, path: str) -> tuple[Operation, dict[str, str]] | None:
        """The operation that a verb and a path name, with the ids in the path."""
        for operation in self._by_verb.get(verb.lower(), []):
            match = operation.pattern.match(path)
            if match:
                return operation, match.groupdict()
        return None

    def read(self, verb: str, path: str, form: dict[str, Any], *, wire: bool) -> Reading | None:
        """A request in Python's types, with its problems; None if there is no such operation."""
        found = self.find(verb, path)
        if found is None:
            return None
        operation, ids = found
        walk = Walk(wire)
        shape = _params_shape(operation.params)
        params = shape.read(form, (), walk)
        return Reading(operation, ids, params, walk.problems)

    def request(self, verb: str, path: str, params: dict[str, Any] | str | None) -> list[Problem]:
        """The problems of a request: parameters from Python, or text as sent over the wire."""
        wire = isinstance(params, str)
        form = parse_form(params) if isinstance(params, str) else params or {}
        reading = self.read(verb, path, form, wire=wire)
        if reading is None:
            return [Problem((), f"no such operation: {verb.upper()} {path}")]
        return reading.problems

    def response(self, verb: str, path: str, body: object) -> list[Problem]:
        """The problems of an answer."""
        found = self.find(verb, path)
        if found is None:
            return [Problem((), f"no such operation: {verb.upper()} {path}")]
        walk = Walk()
        compiling.shape_of_text(found[0].returns, found[0].module).read(body, (), walk)
        return walk.problems

    def object(self, body: dict[str, Any], path: Path = ()) -> list[Problem]:
        """The problems of an object, judged by what it calls itself."""
        walk = Walk()
        compiling.ANYTHING.read_object(body, path, walk)
        return walk.problems

    def blank(self, kind: str) -> dict[str, Any]:
        """A complete object of a kind: null, empty or the first allowed value in each field."""
        return copy.deepcopy(_blank(kind))


@functools.cache
def _params_shape(name: str | None) -> Fields:
    if name is None:
        return Fields("this operation", {}, frozenset())
    module, _, word = name.rpartition(".")
    return compiling.fields_of(names_of(module)[word])


@functools.cache
def _blank(kind: str) -> dict[str, Any]:
    if kind not in OBJECT_CLASSES:
        raise KeyError(f"Stripe has no object called {kind}.")
    return _blank_object(compiling.class_of(kind)) | {"object": kind}


def _blank_object(cls: type) -> dict[str, Any]:
    return {
        name: None if compiling.is_optional(annotation) else _blank_value(annotation)
        for name, annotation in compiling.annotations_of(cls).items()
        if name != "deleted"
    }


def _blank_value(annotation: Any) -> Any:
    annotation = compiling.resolved(annotation)
    origin = get_origin(annotation.type)
    arguments = [compiling.Annotation(a, annotation.module) for a in get_args(annotation.type)]
    if origin in (Union, types.UnionType):
        return _blank_value(arguments[0])
    if origin is Literal:
        return get_args(annotation.type)[0]
    if origin is list:
        return []
    bare = origin or annotation.type
    if isinstance(bare, type) and issubclass(bare, ListObject):
        return {"object": "list", "data": [], "has_more": False, "url": ""}
    if origin is None and isinstance(bare, type) and issubclass(bare, StripeObject):
        return _blank_object(bare)
    simple: dict[Any, Any] = {str: "", int: 0, bool: False, float: 0, Decimal: "0"}
    return simple.get(bare, {})
