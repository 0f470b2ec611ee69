"""Second factors: secrets kept sealed, the last one kept at all, and a lost one taken away.

A lost factor is reset by two administrators, neither of whom lost it; the person then enrols
a new one at the next sign-in, and every session that was open has ended.
"""

import base64
from typing import Final

from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet, MultiFernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from funding import clock
from funding.audit import log
from funding.errors import Refused
from funding.users import roles
from funding.users.models import FactorReset, User
from funding.users.roles import Role

# Recovery codes stand in for these two; alone they are no factor.
KINDS: Final = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


class NotTheirs(Refused):
    """Only administrators reset a factor, and never their own."""

    def __init__(self) -> None:
        super().__init__(_("A lost factor is reset by two administrators who did not lose it."))


class SecondPerson(Refused):
    """Whoever asked for a reset cannot also do it."""

    def __init__(self) -> None:
        super().__init__(_("You asked for this reset. Another administrator does it."))


def has_any(user: User) -> bool:
    """Whether the person has an authenticator app or a passkey."""
    return Authenticator.objects.filter(user=user, type__in=KINDS).exists()


def may_remove(authenticator: Authenticator) -> bool:
    """Whether this one may go: a person who holds a role keeps one that works."""
    if authenticator.type not in KINDS or not roles.current(authenticator.user):
        return True
    others = Authenticator.objects.filter(user=authenticator.user, type__in=KINDS)
    return others.exclude(pk=authenticator.pk).exists()


def seal(text: str) -> str:
    """A secret as the database may hold it."""
    return _box().encrypt(text.encode()).decode()


def unseal(sealed: str) -> str:
    """The secret again. Raises InvalidToken for one that other keys have sealed."""
    return _box().decrypt(sealed.encode()).decode()


@transaction.atomic
def ask_reset(*, user_id: int, reason: str, by: User) -> FactorReset:
    """Ask for the factors of someone who lost theirs to be taken away. Raises NotTheirs.

    Asking again while one is open returns the open one.
    """
    user = User.objects.select_for_update(no_key=True).get(pk=user_id)
    if by.pk == user.pk or not roles.has(by, Role.ADMINISTRATOR):
        raise NotTheirs
    if not reason.strip():
        raise Refused(_("Write how you know that the factor is lost."))
    if is_open := FactorReset.objects.filter(user=user, done_at__isnull=True).first():
        return is_open
    reset = FactorReset.objects.create(
        user=user, reason=reason.strip()[:400], asked_by=by, asked_at=clock.now()
    )
    log.record(actor=f"user:{by.pk}", action="factor.reset_asked", subject=f"user:{user.pk}")
    return reset


@transaction.atomic
def do_reset(*, reset_id: int, by: User) -> FactorReset:
    """Take the factors away and end every session of that person. Harmless when repeated.

    Raises NotTheirs, SecondPerson.
    """
    reset = FactorReset.objects.select_for_update().get(pk=reset_id)
    if reset.done_at is not None:
        return reset
    if by.pk == reset.user_id or not roles.has(by, Role.ADMINISTRATOR):
        raise NotTheirs
    if by.pk == reset.asked_by_id:
        raise SecondPerson
    user = User.objects.select_for_update(no_key=True).get(pk=reset.user_id)
    Authenticator.objects.filter(user=user).delete()
    # Sessions carry a hash of the password field. Nobody has a usable password, so a new
    # unusable one ends every session and changes nothing else.
    user.set_unusable_password()
    user.save(update_fields=["password"])
    reset.done_by, reset.done_at = by, clock.now()
    reset.save(update_fields=["done_by", "done_at"])
    log.record(actor=f"user:{by.pk}", action="factor.reset", subject=f"user:{user.pk}")
    return reset


@transaction.atomic
def withdraw_reset(*, reset_id: int, by: User) -> None:
    """Take a request back that was a mistake. The log keeps both. Raises NotTheirs.

    Any administrator may, also the one whose factor it is: in their session it has been shown,
    so it is not lost.
    """
    if not roles.has(by, Role.ADMINISTRATOR):
        raise NotTheirs
    reset = FactorReset.objects.select_for_update().filter(pk=reset_id).first()
    if reset is None:
        return
    if reset.done_at is not None:
        raise Refused(_("That factor has been taken away already."))
    subject = f"user:{reset.user_id}"
    reset.delete()
    log.record(actor=f"user:{by.pk}", action="factor.reset_withdrawn", subject=subject)


def _box() -> MultiFernet:
    # The first key seals; those before it in a change of keys still open.
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet([Fernet(_key(key)) for key in keys])


def _key(secret: str) -> bytes:
    derived = HKDF(hashes.SHA256(), length=32, salt=None, info=b"second factors").derive(
        secret.encode()
    )
    return base64.urlsafe_b64encode(derived)
