"""The operations of the installed Stripe library: verb, path, parameters and answer of each.

The library is generated from Stripe's own description of its API. Every method of every service
class makes one request, so reading the source of those methods gives the table of operations.
"""

from __future__ import annotations

import ast
import functools
import importlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import stripe

ROOT = Path(stripe.__file__).parent


@dataclass(frozen=True)
class Operation:
    """One call of the API, as the library declares it."""

    verb: str
    template: str
    params: str | None
    """Full name of the TypedDict of its parameters; None where it takes none."""
    returns: str
    """The annotation of its answer, as text to be read in the names of `module`."""
    module: str

    @functools.cached_property
    def pattern(self) -> re.Pattern[str]:
        """The path with its placeholders as groups."""
        return re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", self.template) + r"\Z")


@functools.cache
def read_operations() -> tuple[Operation, ...]:
    """Every operation of the library; about 650, read once in half a second."""
    found: list[Operation] = []
    for file in sorted(ROOT.rglob("*_service.py")):
        tree = ast.parse(file.read_text())
        module = "stripe." + ".".join(file.relative_to(ROOT).with_suffix("").parts)
        names = {
            alias.asname or alias.name: f"{node.module}.{alias.name}"
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and node.module
            for alias in node.names
        }
        found.extend(
            operation
            for function in _methods(tree)
            if (operation := _operation(function, names, module)) is not None
        )
    return tuple(found)


def _methods(tree: ast.Module) -> Iterator[ast.FunctionDef]:
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            yield from (item for item in node.body if isinstance(item, ast.FunctionDef))


def _operation(function: ast.FunctionDef, names: dict[str, str], module: str) -> Operation | None:
    call = next(
        (
            node
            for node in ast.walk(function)
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "self._request"
        ),
        None,
    )
    if call is None or function.returns is None:
        return None
    verb, path = call.args[0], call.args[1]
    if isinstance(path, ast.Call) and isinstance(path.func, ast.Attribute):
        path = path.func.value  # "/v1/refunds/{refund}".format(...)
    if not isinstance(verb, ast.Constant) or not isinstance(path, ast.Constant):
        return None
    returns = function.returns
    return Operation(
        verb=str(verb.value),
        template=str(path.value),
        params=_params(function, names),
        returns=str(returns.value) if isinstance(returns, ast.Constant) else ast.unparse(returns),
        module=module,
    )


def _params(function: ast.FunctionDef, names: dict[str, str]) -> str | None:
    for argument in function.args.args:
        if argument.arg == "params" and argument.annotation is not None:
            match = re.search(r"\w+Params\b", ast.unparse(argument.annotation))
            return names.get(match.group()) if match else None
    return None


@functools.cache
def names_of(module: str) -> dict[str, Any]:
    """The names that a module's annotations may use, those imported for type checkers included."""
    loaded = importlib.import_module(module)
    names: dict[str, Any] = dict(vars(loaded))
    if loaded.__file__ is None:
        return names
    for node in ast.parse(Path(loaded.__file__).read_text()).body:
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            for line in node.body:
                if isinstance(line, ast.ImportFrom) and line.module:
                    source = importlib.import_module(line.module)
                    for alias in line.names:
                        names.setdefault(alias.asname or alias.name, getattr(source, alias.name))
    return names
