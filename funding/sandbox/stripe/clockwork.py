"""The clock of the control interface: steps of at most a day, and what happens in each."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from pathlib import Path
from typing import Any

from . import idempotency
from .deliveries import Deliverer
from .registry import run_due
from .wire import Refusal
from .world import World

STEP_SECONDS = 24 * 3600
COMMAND_TIMEOUT_SECONDS = 900
DELIVERIES_PER_STEP = 10_000


class Clockwork:
    """Moves the clock of one emulator; one move at a time."""

    def __init__(self, world: World, deliverer: Deliverer) -> None:
        self._world = world
        self._deliverer = deliverer
        self._turn = threading.Lock()
        write_clock_file(world)

    def move(self, wanted: dict[str, Any]) -> dict[str, Any]:
        """Moves by `advance_seconds` or `advance_days`, or to the instant `set`.

        Every step moves the clock, writes the clock file, does what is due, delivers what is
        owed, and runs the command; a failing command is reported and stops nothing.
        """
        with self._turn:
            if "jump" in wanted:
                return self._jump(wanted)
            left = self._distance(wanted)
            steps: list[dict[str, Any]] = []
            while left > 0 or not steps:
                step = min(left, STEP_SECONDS)
                steps.append(self._step(step))
                left -= step
            with self._world.lock:
                return {
                    "now": self._world.clock(),
                    "offset_seconds": self._world.offset,
                    "steps": steps,
                    "ok": all(step["command"] is None or step["command"]["ok"] for step in steps),
                }

    def _jump(self, wanted: dict[str, Any]) -> dict[str, Any]:
        """Sets the clock at once: no steps, no command. Back only before anything happened."""
        target = wanted["jump"]
        if isinstance(target, bool) or not isinstance(target, int) or len(wanted) != 1:
            raise Refusal("jump is a whole number and stands alone.", param="jump")
        world = self._world
        with world.lock:
            distance = target - world.clock()
            if distance < 0 and world.store.select("checkout.session", newest_first=True):
                raise Refusal("The clock only goes forward once there is a session.", param="jump")
            self._set(distance)
            due = run_due(world)
            now = world.clock()
        return {"now": now, "offset_seconds": world.offset, "due": due, "ok": True}

    def _set(self, seconds: int) -> None:
        world = self._world
        world.offset += seconds
        with world.store.transaction():
            world.store.set("clock_offset", str(world.offset))
            idempotency.prune(world)
        write_clock_file(world)

    def _distance(self, wanted: dict[str, Any]) -> int:
        names = {"advance_days", "advance_seconds", "set"}
        given = names & wanted.keys()
        if len(given) != 1 or wanted.keys() - names:
            raise Refusal(f"Give one of {', '.join(sorted(names))}.")
        name = given.pop()
        value = wanted[name]
        if isinstance(value, bool) or not isinstance(value, int):
            raise Refusal(f"{name} is a whole number.", param=name)
        distance = {
            "advance_days": value * 24 * 3600,
            "advance_seconds": value,
            "set": value - self._world.clock(),
        }[name]
        if distance < 0:
            raise Refusal("The clock only goes forward.", param=name)
        if distance > 10 * 366 * 24 * 3600:
            raise Refusal("Ten years are the most at one go.", param=name)
        return distance

    def _step(self, seconds: int) -> dict[str, Any]:
        world = self._world
        with world.lock:
            self._set(seconds)
            due = run_due(world)
            now = world.clock()
        sent = self._deliverer.deliver_due(DELIVERIES_PER_STEP)
        return {"now": now, "due": due, **sent, "command": self._command()}

    def _command(self) -> dict[str, Any] | None:
        arguments = list(self._world.options.after_step)
        if not arguments:
            return None
        try:
            result = subprocess.run(
                arguments,
                capture_output=True,
                text=True,
                timeout=COMMAND_TIMEOUT_SECONDS,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as problem:
            return {"ok": False, "status": None, "output": str(problem)[:2000]}
        output = (result.stdout + result.stderr)[-2000:]
        return {"ok": result.returncode == 0, "status": result.returncode, "output": output}


def write_clock_file(world: World) -> None:
    """Writes the offset in seconds, if a file is configured; readers never see half of it."""
    path = world.options.clock_file
    if path is None:
        return
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f"{path.name}.{os.getpid()}.{time.monotonic_ns()}")
    fresh.write_text(f"{world.offset}\n")
    fresh.replace(path)
