"""The product as the web server runs it, and beside it an empty page without any middleware."""

from collections.abc import Callable, Iterable
from typing import Any

from django.core.wsgi import get_wsgi_application
from django.test import override_settings

from tests.benchmarks.serving import BARE

_product = get_wsgi_application()
# Middleware is read when an application is made.
with override_settings(MIDDLEWARE=[]):
    _bare = get_wsgi_application()


def application(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
    """Send the bare address to the application that has no middleware."""
    if environ["PATH_INFO"] == BARE:
        return _bare(environ | {"PATH_INFO": "/bench/ping/"}, start)
    return _product(environ, start)
