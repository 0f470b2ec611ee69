"""What is built: operations by the library's own path templates, and timers by name.

A noun is a module. It registers its operations with `@operation(verb, template, ...)`, naming the
parameters it honours; a parameter that Stripe knows and we do not honour is refused loudly.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .world import World

LISTING = ("limit", "starting_after", "ending_before")


@dataclass(frozen=True)
class Call:
    """One request of the API, read and found well-formed."""

    world: World
    path: str
    ids: dict[str, str]
    params: dict[str, Any]

    @property
    def id(self) -> str:
        """The id in the path, where there is one."""
        return next(iter(self.ids.values()))


Function = Callable[[Call], dict[str, Any]]


@dataclass(frozen=True)
class Built:
    """An operation that exists here."""

    function: Function
    honours: frozenset[str]

    def ignored(self, params: dict[str, Any], prefix: str = "") -> list[str]:
        """The parameters that would have no effect."""
        found: list[str] = []
        for name, value in params.items():
            place = f"{prefix}{name}"
            if place in self.honours:
                continue
            inside = any(known.startswith(f"{place}.") for known in self.honours)
            parts = value if isinstance(value, list) else [value]
            if inside and all(isinstance(part, dict) for part in parts):
                for part in parts:
                    found += self.ignored(part, f"{place}.")
            else:
                found.append(place)
        return found


OPERATIONS: dict[tuple[str, str], Built] = {}
TIMERS: dict[str, Callable[[World, str], None]] = {}


def operation(verb: str, template: str, *honours: str) -> Callable[[Function], Function]:
    """Registers an operation; a dot in `honours` reaches into a group of parameters."""

    def register(function: Function) -> Function:
        always = () if verb == "delete" else ("expand",)
        OPERATIONS[verb, template] = Built(function, frozenset({*honours, *always}))
        return function

    return register


def timer(name: str) -> Callable[[Callable[[World, str], None]], Callable[[World, str], None]]:
    """Registers what happens when a timer of this name is due."""

    def register(function: Callable[[World, str], None]) -> Callable[[World, str], None]:
        TIMERS[name] = function
        return function

    return register


def run_due(world: World) -> int:
    """Carries out every timer that is due, in order, each in its own transaction."""
    done = 0
    with world.lock:
        while rows := world.store.rows(
            "SELECT seq, due, name, target FROM timers WHERE due <= ? ORDER BY due, seq LIMIT 1",
            (world.clock(),),
        ):
            seq, due, name, target = rows[0]
            with world.store.transaction(), world.at(due):
                world.store.run("DELETE FROM timers WHERE seq = ?", (seq,))
                TIMERS[name](world, target)
                world.books.check()
            done += 1
        done += _run_by_test_clocks(world)
    return done


def _run_by_test_clocks(world: World) -> int:
    """What is due at the instant at which a test clock stands."""
    done = 0
    while rows := world.store.rows(
        "SELECT clock, json_extract(body, '$.frozen_time') FROM clock_timers"
        " JOIN objects ON objects.id = clock"
        " WHERE due <= json_extract(body, '$.frozen_time') LIMIT 1"
    ):
        clock, instant = rows[0]
        with world.store.transaction(), world.at(world.moment()):
            found = world.next_timer(clock, instant)
            if found is not None:
                due, name, target = found
                with world.frozen(clock, due):
                    TIMERS[name](world, target)
                world.books.check()
        done += 1
    return done
