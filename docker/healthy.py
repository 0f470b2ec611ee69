"""Whether the container this runs in does its work: `healthy.py web` or `healthy.py beat`.

The worker answers for itself (`celery inspect ping`). Standard library only, so that it says
something even where the product cannot start.
"""

import os
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

# Beat writes its file down every three minutes.
BEAT_SECONDS = 600


def web() -> str:
    """Ask /healthz as the proxy would; what is wrong, or nothing."""
    site = urlsplit(os.environ.get("SITE_URL", "http://localhost:8000"))
    request = urllib.request.Request(
        "http://127.0.0.1:8000/healthz",
        headers={"Host": site.netloc, "X-Forwarded-Proto": site.scheme},
    )
    try:
        with urllib.request.urlopen(request, timeout=8):  # noqa: S310
            return ""
    except urllib.error.HTTPError as error:
        return f"/healthz answers {error.code}: {error.read(500).decode(errors='replace')}"
    except OSError as error:
        return f"/healthz does not answer: {error}"


def beat() -> str:
    """Look at the age of the timetable's file; what is wrong, or nothing."""
    file = Path(os.environ.get("BEAT_FILE", "/tmp/beat"))  # noqa: S108 -- the container's own
    written = [path.stat().st_mtime for path in file.parent.glob(f"{file.name}*")]
    if not written:
        return "the scheduler has not written its file"
    # Both sides are the machine's time: this compares a file's age, not a business date.
    age = time.time() - max(written)
    return "" if age < BEAT_SECONDS else f"the scheduler last wrote {age:.0f} seconds ago"


def main(part: str) -> int:
    """0 when the part is well; else 1 and a sentence."""
    wrong = {"web": web, "beat": beat}[part]()
    if wrong:
        print(wrong, file=sys.stderr)  # noqa: T201
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
