"""The product under its web server, asked by so many connections that stay open."""

import os
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from types import TracebackType
from typing import Self

import psutil

from tests.benchmarks.answering import ROOT, Worker, free_port
from tests.benchmarks.rounds import Slice

BARE = "/bench/bare/"
# As in the image.
SERVER = (
    "--interface", "wsgi", "--host", "127.0.0.1", "--workers", "2", "--blocking-threads", "4",
    "--backpressure", "64", "--no-ws", "--log-level", "warning",
)  # fmt: skip
CONNECTIONS = 8


class Served:
    """A web server of two processes with the product, and the one who asks it."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self.env = dict(env)
        self.port = free_port()
        self._said = tempfile.TemporaryFile()  # noqa: SIM115 -- closed with the server
        self._server = subprocess.Popen(
            [sys.executable, "-m", "granian", *SERVER, "--port", str(self.port),
             "tests.benchmarks.served:application"],
            cwd=ROOT,
            env=self.env,
            # A line for every call, as in production; the report is not the place for them.
            stderr=self._said,
        )  # fmt: skip
        self._asker = Worker("tests.benchmarks.asking", os.environ)
        try:
            self._wait()
        except RuntimeError:
            self.__exit__(None, None, None)
            raise

    def get(self, path: str, seconds: float) -> Slice:
        """Ask for a page for so long; the CPU time is the server's."""
        return self._measured("get", path, seconds)

    def post_events(self, path: str, seconds: float) -> Slice:
        """Post signed events for so long; the CPU time is the server's."""
        return self._measured("post_events", path, seconds)

    def fetch(self, path: str) -> tuple[str, str, int]:
        """What a browser gets: the kind, the text if it is one, and how many bytes came over."""
        kind, text, size = self._asker.ask("fetch", port=self.port, path=path)
        return kind, text, size

    def _measured(self, do: str, path: str, seconds: float) -> Slice:
        before = self._cpu()
        told = self._asker.ask(
            do, port=self.port, path=path, connections=CONNECTIONS, seconds=seconds
        )
        return Slice(int(told["count"]), told["seconds"], self._cpu() - before)

    def _cpu(self) -> float:
        family = [psutil.Process(self._server.pid)]
        family += family[0].children(recursive=True)
        return sum(sum(each.cpu_times()[:2]) for each in family)

    def _wait(self) -> None:
        url = f"http://127.0.0.1:{self.port}/bench/ping/"
        for _ in range(300):
            if self._server.poll() is not None:
                self._said.seek(0)
                raise RuntimeError(f"The web server ended:\n{self._said.read().decode()}")
            try:
                urllib.request.urlopen(url, timeout=1).close()
            except (urllib.error.URLError, OSError):
                time.sleep(0.1)
            else:
                return
        raise RuntimeError("The web server does not answer.")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._asker.__exit__()
        self._server.terminate()
        try:
            self._server.wait(timeout=15)
        except subprocess.TimeoutExpired:
            self._server.kill()
            self._server.wait()
        self._said.close()
