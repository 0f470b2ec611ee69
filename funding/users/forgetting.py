"""An account whose person was removed: the row stays for what it did in office, without them."""

from typing import Final

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.db import transaction

from funding.users.models import FactorReset, InboxChoice, User

ERASED: Final = "Erased person"
NOWHERE: Final = "@erased.invalid"


@transaction.atomic
def forget(user_id: int) -> None:
    """Take away who an account belonged to, its addresses and its ways in. For good.

    Harmless when repeated. Whoever signs up with the address later is somebody new.
    """
    user = User.objects.select_for_update(of=("self",)).get(pk=user_id)
    user.name, user.email, user.is_active = ERASED, f"erased-{user.pk}{NOWHERE}", False
    user.last_login = None
    user.set_unusable_password()
    user.save()
    EmailAddress.objects.filter(user=user).delete()
    Authenticator.objects.filter(user=user).delete()
    FactorReset.objects.filter(user=user).update(reason=ERASED)
    InboxChoice.objects.filter(user=user).delete()


def forget_traces(user_id: int) -> None:
    """Remove the sessions of an account, and its name in the list of what the office did."""
    kind = ContentType.objects.get_for_model(User)
    LogEntry.objects.filter(content_type=kind, object_id=str(user_id)).update(object_repr=ERASED)
    mine = [
        session.pk
        for session in Session.objects.iterator(chunk_size=500)
        if session.get_decoded().get("_auth_user_id") == str(user_id)
    ]
    Session.objects.filter(pk__in=mine).delete()
