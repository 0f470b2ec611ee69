"""Goal: one source of time, and a rehearsal may turn it."""

import datetime as dt
import time
from pathlib import Path

from pytest_django.fixtures import Settings

from funding import clock


def test_without_a_file_the_clock_is_the_machines(settings: Settings) -> None:
    settings.CLOCK_FILE = None
    assert abs(clock.now().timestamp() - time.time()) < 5


def test_the_offset_is_read_anew_whenever_the_file_changes(
    settings: Settings, tmp_path: Path
) -> None:
    file = tmp_path / "clock"
    settings.CLOCK_FILE = str(file)
    before = clock.now()
    for number, days in enumerate((1, 31, -7)):
        # As the sandbox writes it: a new file under the old name.
        fresh = tmp_path / f"fresh{number}"
        fresh.write_text(f"{days * 86_400}\n")
        fresh.replace(file)
        moved = clock.now() - before
        assert abs(moved - dt.timedelta(days=days)) < dt.timedelta(minutes=1)


def test_a_day_is_the_calendars_of_the_place(settings: Settings, tmp_path: Path) -> None:
    file = tmp_path / "clock"
    target = dt.datetime(2026, 12, 31, 23, 30, tzinfo=dt.UTC).timestamp()
    file.write_text(str(int(target - time.time())))
    settings.CLOCK_FILE = str(file)
    assert clock.today("UTC") == dt.date(2026, 12, 31)
    assert clock.today("Europe/Stockholm") == dt.date(2027, 1, 1)
    assert clock.today("Asia/Ulaanbaatar") == dt.date(2027, 1, 1)
    assert clock.today("America/Los_Angeles") == dt.date(2026, 12, 31)
