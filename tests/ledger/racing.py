"""Threads that start together, each with a database connection of its own."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from django.db import connections


def together[T](count: int, deed: Callable[[int], T]) -> list[T | Exception]:
    """Run deed(0) .. deed(count - 1) at once; each result, or what it raised."""
    start = threading.Barrier(count)

    def run(number: int) -> T | Exception:
        try:
            with connections["default"].cursor() as cursor:
                cursor.execute("SELECT 1")
            start.wait(timeout=10)
            return deed(number)
        except Exception as error:  # noqa: BLE001 -- the test looks at it
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))
