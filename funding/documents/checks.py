"""Can this machine make PDFs, and what is missing if not."""

import ctypes.util
import sys
from collections.abc import Sequence
from typing import Any, Final

from django.core import checks

# What WeasyPrint opens by these names when it is imported.
LIBRARIES: Final = ("gobject-2.0", "pango-1.0", "pangoft2-1.0", "harfbuzz", "fontconfig")

_INSTALL: Final = {
    "darwin": "brew install pango",
    "linux": "apt-get install -y libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0",
}


class CannotRender(Exception):
    """The PDF cannot be made now. The document keeps its number and waits."""


def available() -> bool:
    """Whether the libraries that lay out text are on this machine. Looks each time."""
    return not missing()


def missing() -> list[str]:
    """Names of the libraries that are not here."""
    return [name for name in LIBRARIES if not ctypes.util.find_library(name)]


def connect() -> None:
    """Register the check. A warning only: the site takes gifts without PDFs."""
    checks.register(_check_pango)


def _check_pango(app_configs: Sequence[Any] | None, **_: object) -> list[checks.CheckMessage]:
    del app_configs
    lacking = missing()
    if not lacking:
        return []
    return [
        checks.Warning(
            f"PDFs wait: this machine lacks {', '.join(lacking)}.",
            hint=_INSTALL.get(sys.platform, "Install Pango."),
            id="documents.W001",
        )
    ]
