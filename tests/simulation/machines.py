"""Web server, worker and Valkey of one simulation: real processes that can be killed."""

import contextlib
import http.client
import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import psutil
import redis

from funding.sandbox.up import binaries
from funding.sandbox.up.processes import Child

ROOT = Path(__file__).resolve().parent.parent.parent


class Machine:
    """One program that is started, killed and started again, with a log for each life."""

    def __init__(
        self,
        name: str,
        argv: Sequence[str | Path],
        *,
        folder: Path,
        env: Mapping[str, str],
        answers: Callable[["Machine"], bool],
    ) -> None:
        self.name = name
        self.lives = 0
        # In how many steps it is started again; nothing while it runs.
        self.returns_in: int | None = None
        self.has_answered = False
        self._argv, self._folder, self._answers = argv, folder, answers
        self._env = {**os.environ, "PGAPPNAME": f"simulation {name}", **env}
        self._child: Child | None = None

    @property
    def is_up(self) -> bool:
        """Whether it has been started and not killed; it may still be on its way."""
        return self._child is not None

    @property
    def log(self) -> Path:
        """The log of its present or last life."""
        return self._folder / f"{self.name}-{self.lives}.log"

    def logs(self) -> str:
        """What all of its lives have written."""
        files = sorted(self._folder.glob(f"{self.name}-*.log"))
        return "".join(each.read_text(errors="replace") for each in files)

    @property
    def has_ended(self) -> bool:
        """Whether it was started, and has ended without being told to."""
        return self._child is not None and not self._child.is_running()

    def start(self) -> None:
        """Start it, unless it runs; `wait` says when it answers."""
        if self._child is not None:
            return
        self.lives += 1
        self.returns_in = None
        self.has_answered = False
        self._child = Child(
            self.name, self._argv, log=self.log, mark=str(self._argv[0]), env=self._env, cwd=ROOT
        )

    def wait(self, seconds: float = 40) -> None:
        """Until it answers."""
        deadline = time.monotonic() + seconds
        while not self._answers(self):
            alive = self._child is not None and self._child.is_running()
            if not alive or time.monotonic() > deadline:
                raise RuntimeError(f"{self.name} does not answer:\n{self.logs()[-3000:]}")
            time.sleep(0.03)

    def kill(self) -> None:
        """SIGKILL to all of it at once, children too; returns when nothing of it is left."""
        child, self._child = self._child, None
        if child is None:
            return
        family: list[psutil.Process] = []
        with contextlib.suppress(psutil.NoSuchProcess):
            family = psutil.Process(child.process.pid).children(recursive=True)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.process.pid, signal.SIGKILL)
        child.process.wait()
        for process in family:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        _see_off(family)


def _see_off(family: Sequence[psutil.Process]) -> None:
    """Wait until none of them runs. What nobody has buried yet does no harm any more."""
    deadline = time.monotonic() + 5
    while any(_runs(process) for process in family) and time.monotonic() < deadline:
        time.sleep(0.005)


def _runs(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def worker(folder: Path, env: Mapping[str, str], hands: int = 2) -> Machine:
    """A Celery worker as `up` starts it, with so many processes."""
    argv = [
        sys.executable, "-m", "celery", "--quiet", "-A", "funding.celery:app", "worker",
        "--loglevel", "info", "--concurrency", str(hands), "--without-gossip", "--without-mingle",
    ]  # fmt: skip
    path = folder / "v.sock"
    return Machine("worker", argv, folder=folder, env=env, answers=lambda _: _listens(path))


def _listens(path: Path) -> bool:
    """Whether somebody waits at the queue for work."""
    try:
        with redis.Redis(unix_socket_path=str(path)) as queue:
            return any(client["cmd"] == "brpop" for client in queue.client_list())
    except redis.ConnectionError:
        return False


def web(folder: Path, env: Mapping[str, str], port: int) -> Machine:
    """The product's web server on a port."""
    argv = [
        sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1",
        "--port", str(port), "--workers", "1", "--blocking-threads", "4", "--no-ws",
        "--log-level", "warning", "funding.wsgi:application",
    ]  # fmt: skip
    return Machine("web", argv, folder=folder, env=env, answers=lambda _: _gives_a_page(port))


def _gives_a_page(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/give/")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def valkey(folder: Path) -> Machine:
    """A Valkey that forgets everything when it ends."""
    path = folder / "v.sock"
    argv: list[str | Path] = [
        binaries.valkey(), "--port", "0", "--unixsocket", path, "--save", "",
        "--appendonly", "no", "--dir", folder,
    ]  # fmt: skip
    return Machine("valkey", argv, folder=folder, env={}, answers=lambda _: _pongs(path))


def _pongs(path: Path) -> bool:
    try:
        with socket.socket(socket.AF_UNIX) as probe:
            probe.settimeout(2)
            probe.connect(str(path))
            probe.sendall(b"PING\r\n")
            return probe.recv(16).startswith(b"+PONG")
    except OSError:
        return False


def free_port() -> int:
    """A port of this machine that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
