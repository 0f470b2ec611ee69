"""The two ends of a pipe: what is measured runs in a process of its own and answers in JSON.

Both sides of a comparison are asked in the same way, in turns, so that what else the machine
does falls on both alike. Standard library only: the peers' environment reads it too.
"""

import itertools
import json
import os
import resource
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

ROOT = Path(__file__).resolve().parents[2]


def timed(seconds: float, deed: Callable[[], object]) -> dict[str, float]:
    """Do something over and over for so long: how often, in what wall time and CPU time."""
    return timed_over(seconds, itertools.repeat(None), lambda _: deed())


def timed_over[T](
    seconds: float, things: Iterable[T], deed: Callable[[T], object]
) -> dict[str, float]:
    """Do something to one thing after the other for so long, or until they are used up."""
    count = 0
    cpu, start = time.process_time(), time.perf_counter()
    end = start + seconds
    for thing in things:
        deed(thing)
        count += 1
        if time.perf_counter() >= end:
            break
    return {
        "count": count,
        "seconds": time.perf_counter() - start,
        "cpu": time.process_time() - cpu,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def answer(deeds: Mapping[str, Callable[..., object]]) -> None:
    """Answer each line of the standard input with what the deed that it names returns."""
    out = os.fdopen(os.dup(1), "w")
    # Whatever a library prints must not come between the answers.
    os.dup2(2, 1)
    for line in sys.stdin:
        asked = json.loads(line)
        result = deeds[asked.pop("do")](**asked)
        out.write(json.dumps(result) + "\n")
        out.flush()


class Worker:
    """A process that answers; leave its `with` block to end it."""

    def __init__(self, module: str, env: Mapping[str, str], python: str = sys.executable) -> None:
        self.name = module.rpartition(".")[2]
        self._process = subprocess.Popen(
            [python, "-m", module],
            cwd=ROOT,
            env=dict(env),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def send(self, do: str, **what: object) -> None:
        """Ask, and do not wait: so that several start at once."""
        assert self._process.stdin
        self._process.stdin.write(json.dumps({"do": do, **what}) + "\n")
        self._process.stdin.flush()

    def receive(self) -> Any:
        """The answer to the oldest question."""
        assert self._process.stdout
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.name} ended; what went wrong stands above.")
        return json.loads(line)

    def ask(self, do: str, **what: object) -> Any:
        """Ask and wait for the answer."""
        self.send(do, **what)
        return self.receive()

    def kill(self) -> None:
        """End it without a warning, in the middle of what it does."""
        self._process.kill()
        self._process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin
        assert self._process.stdout
        with suppress(BrokenPipeError):
            self._process.stdin.close()
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.kill()
        self._process.stdout.close()


def free_port() -> int:
    """A port of this machine on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
