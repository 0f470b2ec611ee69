"""What the product's processes are told: addresses, keys and the folder of the clock.

The keys are made once per checkout. `up` also writes the whole into var/up.env, where every
other command of the checkout finds it.
"""

import fcntl
import json
import os
import secrets
import shlex
from pathlib import Path
from typing import Any

KEPT = "secrets.json"
WRITTEN = "up.env"
LOCK = "up.lock"


def private_write(path: Path, text: str) -> None:
    """Replace a file in one move, readable by this user only."""
    temporary = path.with_name(f"{path.name}.new")
    temporary.unlink(missing_ok=True)
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


class Keys:
    """The secrets of this checkout, made at the first start and kept in var/secrets.json."""

    def __init__(self, var: Path) -> None:
        self._path = var / KEPT
        self._values: dict[str, Any] = {}
        if self._path.exists():
            self._values = json.loads(self._path.read_text(encoding="utf-8"))
        else:
            self.keep(
                secret_key=secrets.token_urlsafe(48),
                stripe_key=f"sk_test_{secrets.token_hex(24)}",
            )

    def keep(self, **values: str) -> None:
        """Add or replace values."""
        self._values |= values
        private_write(self._path, json.dumps(self._values, indent=1))

    def __getitem__(self, name: str) -> str:
        return str(self._values.get(name, ""))


def product(
    var: Path, keys: Keys, *, port: int, sandbox_port: int, smtp_port: int
) -> dict[str, str]:
    """The product's variables on one machine, besides the addresses of the services."""
    return {
        "DJANGO_SETTINGS_MODULE": "funding.settings",
        "DEBUG": "0",
        "LOG_FORMAT": "text",
        "SECRET_KEY": keys["secret_key"],
        "SITE_URL": f"http://localhost:{port}",
        "ALLOWED_HOSTS": "localhost,127.0.0.1,[::1]",
        "STRIPE_API_BASE": f"http://localhost:{sandbox_port}",
        "CHECKOUT_ORIGIN": f"http://localhost:{sandbox_port}",
        "STRIPE_SECRET_KEY": keys["stripe_key"],
        "STRIPE_WEBHOOK_SECRETS": keys["webhook_secret"],
        "MAIL_URL": f"smtp://127.0.0.1:{smtp_port}/",
        "CLOCK_FILE": str(var / "clock"),
        "BEAT_FILE": str(var / "beat"),
        "PEOPLE_FILE": str(var / "people.json"),
    }


def write(var: Path, values: dict[str, str]) -> None:
    """Write var/up.env; a shell can read it too."""
    lines = (f"{name}={shlex.quote(value)}\n" for name, value in values.items())
    private_write(var / WRITTEN, "".join(lines))


def read(var: Path) -> dict[str, str]:
    """What var/up.env says, or nothing where no `up` has written it yet."""
    try:
        text = (var / WRITTEN).read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    pairs = (part.partition("=") for part in shlex.split(text))
    return {name: value for name, _, value in pairs}


class Lock:
    """Held by the one `up`, or the one command, that runs the services of a checkout."""

    def __init__(self, var: Path) -> None:
        var.mkdir(parents=True, exist_ok=True)
        self._file = (var / LOCK).open("a+")

    def take(self) -> bool:
        """Take it; False when another holds it."""
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True

    def release(self) -> None:
        """Let it go; the end of the process does so too."""
        self._file.close()
