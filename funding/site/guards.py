"""What every answer tells the browser beside the policy, and how much a request may bring."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import sync_only_middleware

# What a hijacked page could ask the browser for; none of it is used here.
PERMISSIONS: Final = ", ".join(
    f"{name}=()"
    for name in (
        "accelerometer", "autoplay", "bluetooth", "browsing-topics", "camera", "display-capture",
        "geolocation", "gyroscope", "hid", "idle-detection", "local-fonts", "magnetometer",
        "microphone", "midi", "payment", "screen-wake-lock", "serial", "usb", "xr-spatial-tracking",
    )
)  # fmt: skip
# Passkeys are asked for by our own pages only.
_PASSKEYS: Final = "publickey-credentials-get=(self), publickey-credentials-create=(self)"


class _Guards:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # A body without its length is no body here, so nobody comes round this.
        if _length(request) > settings.REQUEST_BYTES:
            response = HttpResponse(status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        else:
            response = self.get_response(request)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        response.headers.setdefault("Permissions-Policy", f"{PERMISSIONS}, {_PASSKEYS}")
        return response


def _length(request: HttpRequest) -> int:
    told = str(request.META.get("CONTENT_LENGTH") or "0")
    return int(told) if told.isdecimal() else 0


guards = sync_only_middleware(_Guards)
