"""A taken port is noticed before anything is started, on every address a browser tries."""

import socket

import pytest

from funding.sandbox.up import ports
from funding.sandbox.up.reasons import CannotStart


def listener(family: int, host: str, *, shared: bool = False) -> socket.socket:
    """A program that listens on a free port."""
    held = socket.socket(family, socket.SOCK_STREAM)
    if shared:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    held.bind((host, 0))
    held.listen()
    return held


@pytest.mark.parametrize(
    ("family", "host", "shared"),
    [
        (socket.AF_INET, "127.0.0.1", False),
        (socket.AF_INET, "127.0.0.1", True),
        (socket.AF_INET, "", False),
        (socket.AF_INET6, "::1", False),
    ],
)
def test_a_port_is_taken_whoever_holds_it(family: int, host: str, shared: bool) -> None:
    with listener(family, host, shared=shared) as held:
        port = held.getsockname()[1]
        assert ports.is_taken(port)
    assert not ports.is_taken(port)


def test_a_taken_port_is_named_with_a_command_that_works(monkeypatch: pytest.MonkeyPatch) -> None:
    with listener(socket.AF_INET, "127.0.0.1") as held:
        port = held.getsockname()[1]
        monkeypatch.setenv("PORT", str(port))
        monkeypatch.delenv("SANDBOX_PORT", raising=False)
        with pytest.raises(CannotStart, match=rf"Port {port} is taken. Try: PORT=(\d+) ") as said:
            ports.chosen()
    other = int(str(said.value).split("Try: PORT=")[1].split()[0])
    monkeypatch.setenv("PORT", str(other))
    assert ports.chosen() == (other, other + 1)


def test_a_taken_sandbox_port_is_named_by_its_own_variable(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with listener(socket.AF_INET, "127.0.0.1") as held:
        port = held.getsockname()[1]
        monkeypatch.setenv("PORT", str(ports.any_free()))
        monkeypatch.setenv("SANDBOX_PORT", str(port))
        with pytest.raises(CannotStart, match=rf"Port {port} is taken. Try: SANDBOX_PORT="):
            ports.chosen()


@pytest.mark.parametrize("text", ["web", "0", "70000", "-1", "80.5"])
def test_a_port_that_is_no_port_is_refused(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", text)
    with pytest.raises(CannotStart, match="write a number from 1 to 65535"):
        ports.chosen()


def test_one_port_cannot_serve_both(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "8123")
    monkeypatch.setenv("SANDBOX_PORT", "8123")
    with pytest.raises(CannotStart, match="Choose two different ones"):
        ports.chosen()
