"""Whether a port is free, asked before anything listens on it.

The web server shares a port that another program holds without a word, and a browser that
is sent to "localhost" tries ::1 before 127.0.0.1. So both addresses must be free.
"""

import errno
import os
import socket

from funding.sandbox.up.reasons import CannotStart

ADDRESSES = ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1"))


def is_taken(port: int) -> bool:
    """Whether any program listens on the port at 127.0.0.1 or ::1."""
    return any(
        _answers(family, host, port) or _held(family, host, port) for family, host in ADDRESSES
    )


def _answers(family: int, host: str, port: int) -> bool:
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.settimeout(1)
            return probe.connect_ex((host, port)) == 0
    except OSError:
        return False


def _held(family: int, host: str, port: int) -> bool:
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            # Connections of the last run that are still winding down do not count.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except OSError as error:
        if error.errno == errno.EACCES:
            raise CannotStart(
                f"Port {port} needs root. Try: PORT=8000 python3 manage.py up"
            ) from error
        # A machine without IPv6 has no ::1 to be taken.
        return error.errno == errno.EADDRINUSE
    return False


def chosen() -> tuple[int, int]:
    """PORT and SANDBOX_PORT from the environment, both free, the second not the first."""
    port = _number("PORT", "8000")
    sandbox = _number("SANDBOX_PORT", str(port + 1))
    if port == sandbox:
        raise CannotStart(f"PORT and SANDBOX_PORT are both {port}. Choose two different ones.")
    for name, number in (("PORT", port), ("SANDBOX_PORT", sandbox)):
        if is_taken(number):
            hint = f"{name}={_free_pair(number)} python3 manage.py up"
            raise CannotStart(f"Port {number} is taken. Try: {hint}")
    return port, sandbox


def _number(name: str, default: str) -> int:
    text = os.environ.get(name) or default
    if not text.isdigit() or not 1 <= int(text) <= 65_535:
        raise CannotStart(f"{name} is {text!r}; write a number from 1 to 65535.")
    return int(text)


def _free_pair(taken: int) -> int:
    start = (taken // 10 + 1) * 10
    pairs = (port for port in range(start, 65_000, 10))
    return next((port for port in pairs if not is_taken(port) and not is_taken(port + 1)), start)


def any_free() -> int:
    """A port at 127.0.0.1 that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        number: int = probe.getsockname()[1]
        return number
