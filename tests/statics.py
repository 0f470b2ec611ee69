"""The static files of a test run: as in production, but made once, and looked through once."""

import fcntl
from pathlib import Path
from typing import Any, ClassVar

from django.conf import settings
from django.core.management import call_command
from whitenoise.middleware import WhiteNoiseMiddleware


class LookedThroughOnce(WhiteNoiseMiddleware):
    """The product's own middleware, which shares what it found in a folder.

    A server looks through the folder when it starts. Every browser of a test is such a start,
    and looking at eight hundred files took longer than most pages.
    """

    files: dict[str, Any]
    _found: ClassVar[dict[tuple[str, str], dict[str, Any]]] = {}

    def update_files_dictionary(self, root: str, prefix: str) -> None:
        """Add the files of a folder, from the disk the first time."""
        place = root, prefix
        if place not in self._found:
            before = self.files
            self.files = {}
            super().update_files_dictionary(root, prefix)
            self._found[place], self.files = self.files, before
        self.files |= self._found[place]


def collect(folder: Path) -> None:
    """Have the files below this folder, made by whichever process of a run asks first."""
    done = folder / "static.done"
    settings.STATIC_ROOT = folder / "static"
    with (folder / "static.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            call_command("collectstatic", verbosity=0, interactive=False, clear=True)
            done.touch()


def shared(middleware: list[str]) -> list[str]:
    """The product's list with that one in its place."""
    ours = f"{LookedThroughOnce.__module__}.{LookedThroughOnce.__qualname__}"
    theirs = f"{WhiteNoiseMiddleware.__module__}.{WhiteNoiseMiddleware.__qualname__}"
    assert theirs in middleware
    return [ours if name == theirs else name for name in middleware]
