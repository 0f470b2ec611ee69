"""Moving the product's clock in a test."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest
from pytest_django import Settings

from funding import clock


@pytest.fixture
def clock_at(settings: Settings, tmp_path: Path) -> Callable[[dt.datetime], None]:
    """`clock_at(instant)` moves the product's clock there."""

    def move(instant: dt.datetime) -> None:
        settings.CLOCK_FILE = None
        offset = instant - clock.now()
        settings.CLOCK_FILE = str(tmp_path / f"clock-{instant.timestamp()}")
        Path(settings.CLOCK_FILE).write_text(str(round(offset.total_seconds())))

    return move
