"""The order of the layers, read from the one place that lists them: pyproject.toml."""

import re
import tomllib
from collections.abc import Iterator
from itertools import combinations
from typing import Any

from tests.tidy import tree


def contracts() -> list[dict[str, Any]]:
    """The import contracts as pyproject.toml has them."""
    settings = tomllib.loads(tree.read("pyproject.toml"))["tool"]["importlinter"]
    found: list[dict[str, Any]] = settings["contracts"]
    return found


def climbs(lower: str, upper: str) -> bool:
    """Whether a package may not know another one, by any contract on layers."""
    return any((lower, upper) in set(forbidden(contract)) for contract in contracts())


def forbidden(contract: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Pairs (who, whom): the first must not know the second."""
    if contract["type"] != "layers":
        return
    for container in contract.get("containers", [""]):
        prefix = f"{container}." if container else ""
        rows = [_names(layer, prefix) for layer in contract["layers"]]
        for layer, names in zip(contract["layers"], rows, strict=True):
            if "|" in layer:
                for one, other in combinations(names, 2):
                    yield one, other
                    yield other, one
        for above, below in combinations(rows, 2):
            for upper in above:
                for lower in below:
                    yield lower, upper


def _names(layer: str, prefix: str) -> list[str]:
    return [prefix + name.strip(" ()") for name in re.split(r"[|:]", " ".join(layer.split()))]
