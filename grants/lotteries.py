"""Lots between equal marks, fixed before anybody marks and checked by everybody afterwards."""

import hashlib
import secrets
from uuid import UUID

from funding import clock
from grants.models import Application, Lottery, Round


def draw(round_: Round) -> Lottery:
    """Fix the number of a round for good. Again: the one that was drawn."""
    seed = secrets.token_hex(32)
    drawn, _is_new = Lottery.objects.get_or_create(
        round=round_,
        defaults={"seed": seed, "sha256": fingerprint(seed), "drawn_at": clock.now()},
    )
    return drawn


def fingerprint(seed: str) -> str:
    """What is public of the number from the start: its SHA-256, both in hexadecimal."""
    return hashlib.sha256(bytes.fromhex(seed)).hexdigest()


def seed_of(round_: Round) -> str:
    """The number of a round; one that was published before lots were drawn draws it now."""
    return draw(round_).seed


def lot(seed: str, application: Application) -> str:
    """What the number makes of an application: the lower stands before its equals."""
    return of_uuid(seed, str(application.uuid))


def of_uuid(seed: str, uuid: str) -> str:
    """The same, of an application's public number."""
    return hashlib.sha256(bytes.fromhex(seed) + UUID(uuid).bytes).hexdigest()
