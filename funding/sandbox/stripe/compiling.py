"""From an annotation of the Stripe library to a shape."""

from __future__ import annotations

import functools
import importlib
import inspect
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ForwardRef, Literal, NamedTuple, Union, get_args, get_origin

import typing_extensions
from stripe import ListObject, StripeObject
from stripe._object_classes import OBJECT_CLASSES
from stripe._request_options import RequestOptions

from .operations import names_of
from .shapes import Choice, Either, Fields, Many, Path, Scalar, Shape, Table, Walk

# What the library's methods take as options must never stand among the parameters of a request.
OPTION_KEYS = frozenset(RequestOptions.__annotations__)
_UNIONS = (Union, types.UnionType)
_NOT_REQUIRED = (typing.NotRequired, typing_extensions.NotRequired)
_REQUIRED = (typing.Required, typing_extensions.Required)


class Annotation(NamedTuple):
    """An annotation with the module in whose names it is to be read."""

    type: Any
    module: str


def resolved(annotation: Annotation) -> Annotation:
    """The annotation with text and forward references evaluated, outermost level only."""
    value = annotation.type
    while isinstance(value, (str, ForwardRef)):
        text = value if isinstance(value, str) else value.__forward_arg__
        # The text comes from the installed library's own source, never from a request.
        value = eval(text, names_of(annotation.module))  # noqa: S307
    return Annotation(value, annotation.module)


def is_optional(annotation: Annotation) -> bool:
    """Whether null is allowed, which in this library also means that it may be left out."""
    value = resolved(annotation).type
    return get_origin(value) in _UNIONS and type(None) in get_args(value)


@functools.cache
def is_expandable(kind: str, name: str) -> bool:
    """Whether a field of an object type holds an id that can be shown as the object itself."""
    annotation = annotations_of(class_of(kind)).get(name)
    if annotation is None:
        return False
    value, module = resolved(annotation)
    arms = [resolved(Annotation(arm, module)).type for arm in get_args(value)]
    return str in arms and any(isinstance(a, type) and issubclass(a, StripeObject) for a in arms)


def class_of(kind: str) -> type:
    """The library's class for an object type such as `checkout.session`."""
    module, name = OBJECT_CLASSES[kind]
    found: type = getattr(importlib.import_module(module), name)
    return found


@functools.cache
def annotations_of(cls: type) -> dict[str, Annotation]:
    """The fields of a resource class, those of its ancestors included."""
    found: dict[str, Annotation] = {}
    for ancestor in reversed(cls.__mro__):
        if not issubclass(ancestor, StripeObject) or ancestor is StripeObject:
            continue
        if ancestor.__module__.endswith("_resource"):
            continue
        for name, value in inspect.get_annotations(ancestor).items():
            if not name.startswith("_") and "ClassVar" not in str(value):
                found[name] = Annotation(value, ancestor.__module__)
    return found


@dataclass
class Anything:
    """A value of no declared type; an object in it is still held to what it calls itself."""

    optional: bool = True

    def read(self, value: Any, path: Path, walk: Walk) -> Any:
        if isinstance(value, dict) and isinstance(value.get("object"), str):
            self.read_object(value, path, walk)
        return value

    def read_object(self, value: dict[str, Any], path: Path, walk: Walk) -> None:
        """Checks an object by its own `object` field."""
        kind = value.get("object")
        if not isinstance(kind, str) or kind not in OBJECT_CLASSES:
            walk.note(path, f"no object type of the library: {kind!r}")
            return
        Resource(class_of(kind)).read(value, path, walk)


ANYTHING = Anything()


@dataclass
class Resource:
    """An object of the API, whole: nothing unknown, nothing missing."""

    cls: type
    optional: bool = False

    @property
    def kind(self) -> str | None:
        """What the object's `object` field says."""
        return getattr(self.cls, "OBJECT_NAME", None)

    def read(self, value: Any, path: Path, walk: Walk) -> Any:
        if not isinstance(value, dict):
            walk.note(path, f"expected {self.cls.__qualname__}, got {value!r:.40}")
            return value
        shapes = _fields_of_resource(self.cls)
        if value.get("deleted") is True:
            shapes = {"id": Scalar(str), "object": Scalar(str), "deleted": Choice((True,))}
        for name, part in value.items():
            shape = shapes.get(name)
            if shape is None:
                walk.note((*path, name), f"not a field of {self.cls.__qualname__}")
            elif not (part is None and shape.optional):
                shape.read(part, (*path, name), walk)
        for name, shape in shapes.items():
            if name not in value and not shape.optional:
                walk.note((*path, name), f"required on {self.cls.__qualname__}", "missing")
        return value


@dataclass
class Page:
    """A list object with entries of one type."""

    item: Shape
    optional: bool = False
    kind: str = "list"

    def read(self, value: Any, path: Path, walk: Walk) -> Any:
        fields: dict[str, Shape] = {
            "object": Choice(("list",)),
            "data": Many(self.item),
            "has_more": Scalar(bool),
            "url": Scalar(str),
        }
        return Fields("ListObject", fields, frozenset(fields)).read(value, path, walk)


# Stripe tells the type that was asked for, of which the library lists but two.
MORE_VALUES: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("FundingInstructions.BankTransfer", "type"): (
        "gb_bank_transfer", "mx_bank_transfer", "us_bank_transfer",
    ),
}  # fmt: skip


@functools.cache
def _fields_of_resource(cls: type) -> Mapping[str, Shape]:
    found = {
        name: shape_of(annotation)
        for name, annotation in annotations_of(cls).items()
        if name != "deleted"
    }
    for (kind, name), values in MORE_VALUES.items():
        if kind == cls.__qualname__:
            found[name] = Either((found[name], Choice(values)))
    return found


@functools.cache
def fields_of(cls: Any) -> Fields:
    """The parameters in a TypedDict. A TypedDict lists its ancestors' fields as its own."""
    fields: dict[str, Shape] = {}
    required: set[str] = set()
    options = OPTION_KEYS if _takes_options(cls) else frozenset()
    for name, value in cls.__annotations__.items():
        if name in options:
            continue
        annotation = resolved(Annotation(value, cls.__module__))
        if get_origin(annotation.type) not in _NOT_REQUIRED:
            required.add(name)
        fields[name] = shape_of(annotation)
    return Fields(cls.__name__, fields, frozenset(required))


def _takes_options(cls: Any) -> bool:
    bases = getattr(cls, "__orig_bases__", ())
    return any(base is RequestOptions or _takes_options(base) for base in bases)


@functools.cache
def shape_of_text(text: str, module: str) -> Shape:
    """The shape of an annotation given as text."""
    return shape_of(Annotation(text, module))


def shape_of(annotation: Annotation) -> Shape:
    """The shape that an annotation describes."""
    value, module = resolved(annotation)
    origin, arguments = get_origin(value), get_args(value)
    if origin in _NOT_REQUIRED or origin in _REQUIRED:
        return shape_of(Annotation(arguments[0], module))
    if origin in _UNIONS:
        return _union(arguments, module)
    if origin is Literal:
        return Choice(arguments)
    if origin is list:
        return Many(_Later(Annotation(arguments[0], module)))
    if origin in (dict, Mapping):
        return Table(shape_of(Annotation(arguments[1], module)))
    bare = origin or value
    if isinstance(bare, type):
        if issubclass(bare, ListObject):
            return Page(_Later(Annotation(arguments[0], module)) if arguments else ANYTHING)
        if issubclass(bare, StripeObject):
            return _stripe_object(bare, arguments, module)
        if issubclass(bare, dict) and hasattr(bare, "__total__"):
            return _Later(Annotation(bare, module))
        if bare in (str, int, float, bool, Decimal):
            return Scalar(bare)
    return ANYTHING


def _stripe_object(cls: type, arguments: tuple[Any, ...], module: str) -> Shape:
    if cls.__name__ != "UntypedStripeObject":
        return Resource(cls)
    if not arguments or resolved(Annotation(arguments[0], module)).type is Any:
        return ANYTHING
    return Table(shape_of(Annotation(arguments[0], module)))


def _union(arguments: tuple[Any, ...], module: str) -> Shape:
    arms = [resolved(Annotation(a, module)) for a in arguments]
    # `Literal["a", "b"] | str` lists the known values; `Literal[""] | str` says "or clear it".
    lists = any(get_origin(a.type) is Literal and get_args(a.type) != ("",) for a in arms)
    shapes: list[Shape] = []
    for arm in arms:
        if arm.type is type(None) or (lists and arm.type is str):
            continue
        shape = shape_of(arm)
        shapes.extend(shape.arms if isinstance(shape, Either) else [shape])
    return Either(tuple(shapes), optional=type(None) in arguments)


class _Later:
    """A shape compiled when it is first needed: the library's types refer to each other."""

    optional = False

    def __init__(self, annotation: Annotation) -> None:
        self._annotation = annotation

    @functools.cached_property
    def _shape(self) -> Shape:
        value = resolved(self._annotation).type
        if isinstance(value, type) and issubclass(value, dict) and hasattr(value, "__total__"):
            return fields_of(value)
        return shape_of(self._annotation)

    def read(self, value: Any, path: Path, walk: Walk) -> Any:
        """See the shape itself."""
        return self._shape.read(value, path, walk)
