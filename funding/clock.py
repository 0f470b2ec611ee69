"""The only source of the present moment.

An offset in seconds may come from the file that CLOCK_FILE names, so that a rehearsal can
live through a year in an afternoon. Without that setting the clock is the machine's.
"""

import datetime as dt
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

from django.conf import settings


def now() -> dt.datetime:
    """The present instant, aware, in UTC."""
    return dt.datetime.fromtimestamp(_system_seconds() + _offset_seconds(), dt.UTC)


def today(zone: str) -> dt.date:
    """The calendar date at this instant in an IANA time zone such as 'Europe/Stockholm'."""
    return now().astimezone(ZoneInfo(zone)).date()


def _system_seconds() -> float:
    import time

    return time.time()


def _offset_seconds() -> int:
    path: str | None = settings.CLOCK_FILE
    if not path:
        return 0
    try:
        stat = Path(path).stat()
    except FileNotFoundError:
        return 0
    return _read_offset(path, stat.st_mtime_ns, stat.st_ino)


@lru_cache(maxsize=4)
def _read_offset(path: str, mtime_ns: int, inode: int) -> int:
    # The modification time and inode are part of the key only, so that the file is read
    # once per change and not once per call.
    del mtime_ns, inode
    return int(Path(path).read_text() or "0")
