"""System libraries: named as the machine's own installer names them, tried once a day."""

import os
import sys
import time
from pathlib import Path

import pytest

from funding.sandbox.up import system


def test_the_advice_is_one_line_to_copy() -> None:
    line = system.advice([*system.PANGO, *system.BROWSER])
    assert "\n" not in line
    if sys.platform == "darwin":
        assert line.startswith("brew install pango")
    else:
        sudo = "" if os.geteuid() == 0 else "sudo "
        assert line == (
            f"{sudo}apt install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 chromium"
        )


def test_without_apt_nothing_is_tried(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert not system.apt_install(["libpango-1.0-0"], tmp_path / "note")
    assert not (tmp_path / "note").exists()


def test_a_failed_try_is_not_repeated_within_a_day(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries, note = tmp_path / "tries", tmp_path / "note"
    apt = tmp_path / "apt-get"
    apt.write_text(f"#!/bin/sh\necho $1 >> {tries}\nexit 100\n")
    apt.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    if os.geteuid() != 0:
        assert not system.apt_install(["libpango-1.0-0"], note)
        assert not tries.exists()
        return
    assert not system.apt_install(["libpango-1.0-0"], note)
    assert tries.read_text().split() == ["install", "update", "install"]
    assert not system.apt_install(["libpango-1.0-0"], note)
    assert len(tries.read_text().split()) == 3
    long_ago = time.time() - system.RETRY_SECONDS - 60
    os.utime(note, (long_ago, long_ago))
    assert not system.apt_install(["libpango-1.0-0"], note)
    assert len(tries.read_text().split()) == 6


def test_what_is_there_is_not_missing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("chromium", "pdftotext"):
        (tmp_path / name).write_text("#!/bin/sh\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    lacking = system.missing(for_tests=True, for_browser=True)
    assert not set(lacking) & {"chromium", "poppler-utils"}
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    assert "poppler-utils" in system.missing(for_tests=True, for_browser=False)
    assert "poppler-utils" not in system.missing(for_tests=False, for_browser=False)
