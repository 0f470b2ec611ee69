"""Child processes: started in sessions of their own, remembered on disk, ended as groups.

A terminal's Ctrl-C then reaches only the supervisor, which stops its children in order. What
a killed supervisor leaves running is found again by the remembered numbers. A number alone
proves nothing, since the system uses it again; command line and start time must fit as well.
"""

import contextlib
import dataclasses
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import psutil

from funding.sandbox.up.reasons import CannotStart

# The start time is read from a clock that may be set while the machine runs.
START_TOLERANCE_SECONDS = 5.0
LOG_BYTES = 10_000_000


@dataclasses.dataclass(frozen=True)
class Record:
    """What is remembered of a child: enough to know it again after a crash."""

    name: str
    pid: int
    started: float
    mark: str
    stop_signal: int


class Child:
    """One long-running program with its log file."""

    def __init__(
        self,
        name: str,
        argv: Sequence[str | Path],
        *,
        log: Path,
        mark: str,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        stop_signal: signal.Signals = signal.SIGTERM,
        patience_seconds: float = 10.0,
    ) -> None:
        self.name = name
        self.log = log
        self.mark = mark
        self.stop_signal = stop_signal
        self.patience_seconds = patience_seconds
        log.parent.mkdir(parents=True, exist_ok=True)
        if log.exists() and log.stat().st_size > LOG_BYTES:
            log.replace(log.with_suffix(".1.log"))
        with log.open("ab") as sink:
            self.process = subprocess.Popen(
                [str(part) for part in argv],
                env=None if env is None else dict(env),
                cwd=cwd,
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.started = _started(self.process.pid)

    @property
    def record(self) -> Record:
        """What a later start needs to know this child again."""
        return Record(self.name, self.process.pid, self.started, self.mark, self.stop_signal)

    def is_running(self) -> bool:
        """Whether the program itself has not ended."""
        return self.process.poll() is None

    def ask_to_stop(self) -> None:
        """Send the signal this program stops on, without waiting."""
        if self.is_running():
            self.process.send_signal(self.stop_signal)

    def stop(self) -> None:
        """Ask, wait, and in the end kill whatever remains of the group."""
        self.ask_to_stop()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(self.patience_seconds)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def last_lines(self, count: int = 15) -> str:
        """The end of the log, for the person who wants to know why."""
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        return "\n".join("    " + line for line in lines[-count:])


def _started(pid: int) -> float:
    with contextlib.suppress(psutil.Error):
        return float(psutil.Process(pid).create_time())
    return time.time()


def wait_until(
    done: Callable[[], bool],
    child: Child,
    *,
    seconds: float,
    pause_seconds: float = 0.03,
    tick: Callable[[], None] = lambda: None,
) -> None:
    """Wait until a child answers; say what its log says if it dies or stays silent."""
    deadline = time.monotonic() + seconds
    while not done():
        tick()
        if not child.is_running():
            raise CannotStart(f"{child.name} did not start. Its log ends:\n{child.last_lines()}")
        if time.monotonic() > deadline:
            raise CannotStart(
                f"{child.name} did not answer within {seconds:.0f} seconds. "
                f"Its log ends:\n{child.last_lines()}"
            )
        time.sleep(pause_seconds)


def remember(path: Path, children: Sequence[Child]) -> None:
    """Write down which children run; the file is replaced in one move."""
    temporary = path.with_suffix(".new")
    records = [dataclasses.asdict(child.record) for child in children]
    temporary.write_text(json.dumps(records, indent=1), encoding="utf-8")
    temporary.replace(path)


def remembered(path: Path) -> list[Record]:
    """The children of the last run, or none where nothing readable is written."""
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))
        return [Record(**row) for row in rows]
    except (OSError, ValueError, TypeError):
        return []


def end_leftovers(path: Path, root: Path) -> list[str]:
    """End what the last run left behind, last started first; returns the names of those ended."""
    ended = []
    for record in reversed(remembered(path)):
        members = survivors(record, root)
        if members:
            _end(record, members)
            ended.append(record.name)
    path.unlink(missing_ok=True)
    return ended


def survivors(record: Record, root: Path) -> list[psutil.Process]:
    """The processes of a remembered group that are surely ours; none where that is in doubt."""
    group = [process for process in psutil.process_iter() if _group(process) == record.pid]
    leader = next((process for process in group if process.pid == record.pid), None)
    if leader is not None:
        return group if _is_the_same(leader, record) else []
    # The leader is gone. Its workers live on in a group whose number cannot be given anew
    # while they do; that they work inside this checkout tells them from a stranger's.
    return [process for process in group if _works_inside(process, root)]


def _group(process: psutil.Process) -> int:
    try:
        if process.uids().real != os.getuid() or not _lives(process):
            return -1
        return os.getpgid(process.pid)
    except (psutil.Error, OSError):
        return -1


def _lives(process: psutil.Process) -> bool:
    """Whether it still does anything: an ended one stays listed until its parent takes note,
    and not every machine's first process does that."""
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False


def _is_the_same(process: psutil.Process, record: Record) -> bool:
    try:
        near = abs(process.create_time() - record.started) <= START_TOLERANCE_SECONDS
        return near and record.mark in " ".join(process.cmdline())
    except psutil.Error:
        return False


def _works_inside(process: psutil.Process, root: Path) -> bool:
    try:
        return Path(process.cwd()).is_relative_to(root.resolve())
    except (psutil.Error, OSError):
        return False


def _end(record: Record, members: list[psutil.Process]) -> None:
    leader = [process for process in members if process.pid == record.pid]
    _send(leader or members, record.stop_signal)
    # Workers that outlive their leader have nobody left to tell them to end.
    _all_gone(leader or members, seconds=20)
    _send([process for process in members if _lives(process)], signal.SIGKILL)
    _all_gone(members, seconds=5)


def _send(processes: list[psutil.Process], number: int) -> None:
    for process in processes:
        with contextlib.suppress(psutil.Error):
            process.send_signal(number)


def _all_gone(processes: list[psutil.Process], *, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while any(_lives(process) for process in processes):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.03)
    return True
