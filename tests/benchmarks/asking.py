"""Asks a web server over connections that stay open: plain sockets, so that it costs little.

It runs in a process of its own. Standard library only.
"""

import itertools
import selectors
import socket
import time
import urllib.request
from collections.abc import Iterator

from tests.benchmarks import events
from tests.benchmarks.answering import answer

_bodies = events.bodies()


class _Line:
    """One connection: a question is under way, or its answer is being read."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.got = b""

    def read(self) -> bool:
        """Take in what has come. True when the answer is whole; raises if it is not a 200."""
        part = self.socket.recv(262_144)
        if not part:
            raise RuntimeError("The server closed the connection.")
        self.got += part
        head, found, body = self.got.partition(b"\r\n\r\n")
        if not found:
            return False
        if not head.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(head.decode(errors="replace"))
        length = head.lower().partition(b"content-length:")[2].split(b"\r\n")[0]
        if len(body) < int(length):
            return False
        self.got = b""
        return True


def _ask(port: int, connections: int, seconds: float, asks: Iterator[bytes]) -> dict[str, float]:
    lines = [_Line(port) for _ in range(connections)]
    waiting = selectors.DefaultSelector()
    start = time.perf_counter()
    end, count = start + seconds, 0
    for line in lines:
        waiting.register(line.socket, selectors.EVENT_READ, line)
        line.socket.sendall(next(asks))
    busy = len(lines)
    while busy:
        for key, _ in waiting.select(timeout=10) or _nothing():
            if not key.data.read():
                continue
            count += 1
            question = next(asks, None) if time.perf_counter() < end else None
            if question is None:
                waiting.unregister(key.data.socket)
                key.data.socket.close()
                busy -= 1
            else:
                key.data.socket.sendall(question)
    return {"count": count, "seconds": time.perf_counter() - start}


def _nothing() -> Iterator[tuple[selectors.SelectorKey, int]]:
    raise RuntimeError("The server has not answered for ten seconds.")


def get(port: int, path: str, connections: int, seconds: float) -> dict[str, float]:
    """Ask for a page for so long."""
    ask = f"GET {path} HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n".encode()
    return _ask(port, connections, seconds, itertools.repeat(ask))


def post_events(port: int, path: str, connections: int, seconds: float) -> dict[str, float]:
    """Post signed events for so long; they are written beforehand."""
    asks = []
    for body in itertools.islice(_bodies, int(seconds * 5000)):
        head = (
            f"POST {path} HTTP/1.1\r\nHost: localhost:{port}\r\nContent-Type: application/json\r\n"
            f"Stripe-Signature: {events.signature(body)}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        asks.append(head.encode() + body)
    return _ask(port, connections, seconds, iter(asks))


def fetch(port: int, path: str) -> tuple[str, str, int]:
    """Kind, text and bytes on the wire of one answer, compressed if the server can."""
    import gzip

    url = f"http://localhost:{port}{path}"
    request = urllib.request.Request(url, headers={"Accept-Encoding": "gzip"})
    with urllib.request.urlopen(request) as response:
        body: bytes = response.read()
        kind = response.headers.get_content_type()
        plain = gzip.decompress(body) if response.headers["Content-Encoding"] == "gzip" else body
    text = plain.decode() if kind.startswith(("text/", "image/svg")) else ""
    return kind, text, len(body)


if __name__ == "__main__":
    answer({"get": get, "post_events": post_events, "fetch": fetch})
