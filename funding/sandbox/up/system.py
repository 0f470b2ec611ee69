"""System libraries that no Python package brings along.

`manage.py` uses this before any virtual environment exists, so this module keeps to the
standard library and to what Python 3.8 can read.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

PANGO = ["libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0"]
BROWSER = ["chromium"]
READERS = ["poppler-utils"]
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MAC_CHROME = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
# After a failed try (no network, say) apt is left alone for a day, so starts stay quick.
RETRY_SECONDS = 86_400


def apt_install(packages: list[str], note: Path | None = None) -> bool:
    """Install Debian packages where that needs no asking: as root, where apt is.

    `note` is a file that remembers a failed try. Returns whether apt reported success.
    """
    if os.geteuid() != 0 or not shutil.which("apt-get") or not packages or _failed_lately(note):
        return False
    print("Installing with apt: " + " ".join(packages), flush=True)
    environment = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages]
    for command in (install, ["apt-get", "update", "-qq"], install):
        done = subprocess.run(
            command,
            env=environment,
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        if command is install and done.returncode == 0:
            return True
    if note:
        note.write_text(" ".join(packages), encoding="utf-8")
    return False


def _failed_lately(note: Path | None) -> bool:
    return bool(note and note.exists() and time.time() - note.stat().st_mtime < RETRY_SECONDS)


def has_pango() -> bool:
    """Whether the libraries that lay out PDF pages can be loaded."""
    return all(_loads(name) for name in _pango_files())


def _pango_files() -> list[str]:
    if sys.platform == "darwin":
        return ["libpango-1.0.dylib", "libpangoft2-1.0.dylib"]
    return ["libpango-1.0.so.0", "libpangoft2-1.0.so.0", "libharfbuzz-subset.so.0"]


def _loads(name: str) -> bool:
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True


def browser() -> str:
    """The path of a Chromium or Chrome on this machine, or nothing."""
    if sys.platform == "darwin" and Path(MAC_CHROME).exists():
        return MAC_CHROME
    return next((path for name in BROWSERS if (path := shutil.which(name))), "")


def missing(*, for_tests: bool, for_browser: bool) -> list[str]:
    """Debian's names of the packages this machine lacks."""
    lacking = [] if has_pango() else list(PANGO)
    if for_browser and not browser():
        lacking += BROWSER
    if for_tests and not shutil.which("pdftotext"):
        lacking += READERS
    return lacking


def advice(packages: list[str]) -> str:
    """One line to copy that installs what is missing."""
    if sys.platform == "darwin":
        names = {
            "libpango-1.0-0": "pango",
            "chromium": "--cask chromium",
            "poppler-utils": "poppler",
        }
        lines = [f"brew install {names[name]}" for name in packages if name in names]
        return " && ".join(lines)
    prefix = "" if os.geteuid() == 0 else "sudo "
    return f"{prefix}apt install {' '.join(packages)}"


def provide(note: Path, *, for_tests: bool = False, for_browser: bool = False) -> None:
    """Install what is missing where that is possible, else say in one line how to."""
    lacking = missing(for_tests=for_tests, for_browser=for_browser)
    if not lacking:
        return
    if apt_install(lacking, note):
        note.unlink(missing_ok=True)
        return
    loss = "receipts wait for their PDF until then" if PANGO[0] in lacking else "for the tests"
    print(f"Missing on this machine ({loss}): {advice(lacking)}", flush=True)
