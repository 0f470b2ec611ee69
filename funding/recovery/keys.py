"""Keys of age: the public one seals a backup, the secret one opens it and lives elsewhere."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pyrage import IdentityError, RecipientError, x25519

from funding.recovery.refusals import CannotBackUp, WrongKey

# The library's classes come without types.
type Recipient = Any
type Identity = Any


def make(path: Path) -> str:
    """Write a new secret key into a file of its own and return the public one.

    The file is as `age-keygen` writes it. Refuses: CannotBackUp, where something is there.
    """
    identity = x25519.Identity.generate()
    public = str(identity.to_public())
    try:
        number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise CannotBackUp(f"{path} is there already, and a key is never overwritten.") from error
    except OSError as error:
        raise CannotBackUp(f"{path} cannot be written: {error.strerror}.") from error
    with os.fdopen(number, "w") as file:
        file.write(f"# public key: {public}\n{identity}\n")
        file.flush()
        os.fsync(file.fileno())
    return public


def recipients(texts: Iterable[str]) -> list[Recipient]:
    """Public keys from their texts. Refuses: CannotBackUp, for none and for a wrong one."""
    found = []
    for text in texts:
        try:
            found.append(x25519.Recipient.from_str(text))
        except RecipientError as error:
            raise CannotBackUp(
                f"'{text[:80]}' is no public key of age; those begin with age1."
            ) from error
    if not found:
        raise CannotBackUp(
            "Nobody could open this backup. Make a key on another machine "
            "(manage.py backup --make-key FILE, or age-keygen) and set BACKUP_RECIPIENTS to "
            "its public part, which begins with age1."
        )
    return found


def identities(text: str) -> list[Identity]:
    """Secret keys from a key file's text. Refuses: WrongKey."""
    lines = [line.strip() for line in text.splitlines()]
    try:
        found = [
            x25519.Identity.from_str(line) for line in lines if line and not line.startswith("#")
        ]
    except IdentityError as error:
        # The line itself is never repeated: it may be nearly the secret.
        raise WrongKey(
            "The key file holds something else than secret keys of age, which begin with "
            "AGE-SECRET-KEY-1."
        ) from error
    if not found:
        raise WrongKey("The key file holds no key.")
    return found
