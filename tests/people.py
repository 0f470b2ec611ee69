"""People for tests: made with their roles, and signed in as allauth would have them."""

import datetime as dt
import time

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.contrib.auth import SESSION_KEY
from django.test import Client

from funding import clock
from funding.users.models import Role, Term, User

FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


def make_person(email: str, name: str = "", *roles: Role, verified: bool = True) -> User:
    """A person with an address that is theirs, who has held these roles since a year ago."""
    user = User.objects.create_user(email, name=name)
    EmailAddress.objects.create(user=user, email=user.email, verified=verified, primary=True)
    for role in roles:
        Term.objects.create(
            user=user,
            role=role,
            starts_on=clock.today("UTC") - dt.timedelta(days=365),
            granted_by="test",
        )
    return user


def enrol(user: User, secret: str = "") -> Authenticator:
    """Give the person an authenticator app."""
    return TOTP.activate(user, secret or generate_totp_secret()).instance


def sign_in(client: Client, user: User, *, factor: bool = True, minutes_ago: float = 0) -> None:
    """Sign in by mailed code and, unless told otherwise, with an authenticator app.

    Leaves exactly the records in the session that the pages leave; tests of the pages hold
    this to it. `minutes_ago` moves them back, so that money asks again.
    """
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    at = time.time() - minutes_ago * 60
    records: list[dict[str, object]] = [{"method": "code", "at": at, "email": user.email}]
    if factor:
        app = Authenticator.objects.filter(user=user, type__in=FACTORS).first() or enrol(user)
        records.append({"method": "mfa", "at": at, "id": app.pk, "type": app.type})
    session = client.session
    assert session[SESSION_KEY] == str(user.pk)
    session["account_authentication_methods"] = records
    session["account_authentication_methods_user"] = str(user.pk)
    session.save()
