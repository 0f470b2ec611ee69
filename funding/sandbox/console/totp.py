"""The six digits that an authenticator app shows now (RFC 6238), for people of the demo."""

import base64
import hmac

STEP_SECONDS = 30
DIGITS = 6


def code(secret: str, seconds: float) -> str:
    """The code of a Base32 secret at an instant."""
    padded = secret.upper() + "=" * (-len(secret) % 8)
    counter = int(seconds) // STEP_SECONDS
    mac = hmac.digest(base64.b32decode(padded), counter.to_bytes(8, "big"), "sha1")
    at = mac[-1] & 15
    number = int.from_bytes(mac[at : at + 4], "big") & 0x7FFF_FFFF
    return f"{number % 10**DIGITS:0{DIGITS}d}"


def seconds_left(seconds: float) -> int:
    """How long the codes of an instant are still good."""
    return STEP_SECONDS - int(seconds) % STEP_SECONDS
