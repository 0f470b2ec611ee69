"""A donor who has never signed in can do so later, because a person is kept for the address.

The address stays unverified until somebody types a code that was mailed to it; until then the
person sees nothing, and nobody else sees anything for them. A mailbox that several people
share is one person here: whoever reads its mail sees the gifts made under it, and has had
their receipts in that mailbox all along. An address changes only when both mailboxes agree.
"""

from collections.abc import Collection, Mapping

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password

from funding import clock
from funding.users.models import User


def ensure(email: str, name: str) -> User:
    """The person of this address, in the open transaction; a new one with this name if none.

    A known person keeps their name: whoever types an address on a public form must not be
    able to rename its owner. Harmless when repeated, also by several at once.
    """
    address = email.strip().lower()
    if known := EmailAddress.objects.filter(email=address, verified=True).first():
        return User.objects.get(pk=known.user_id)
    user, is_new = User.objects.get_or_create(
        email=address, defaults={"name": name.strip()[:200], "joined_at": clock.now()}
    )
    if is_new:
        user.set_unusable_password()
        user.save(update_fields=["password"])
    EmailAddress.objects.get_or_create(
        user=user, email=address, defaults={"verified": False, "primary": True}
    )
    return user


def verified(user: User) -> list[str]:
    """The addresses that the person has proved to read; gifts are shown by these only."""
    rows = EmailAddress.objects.filter(user=user, verified=True)
    return [address.lower() for address in rows.values_list("email", flat=True)]


def ensure_many(people: Mapping[str, str]) -> None:
    """The same for many addresses with their names, in a handful of statements."""
    wanted = {email.strip().lower(): name.strip()[:200] for email, name in people.items()}
    known = EmailAddress.objects.filter(email__in=wanted, verified=True)
    for address in known.values_list("email", flat=True):
        wanted.pop(address, None)
    now = clock.now()
    User.objects.bulk_create(
        (
            User(email=email, name=name, joined_at=now, password=make_password(None))
            for email, name in wanted.items()
        ),
        ignore_conflicts=True,
    )
    EmailAddress.objects.bulk_create(
        (
            EmailAddress(user_id=pk, email=email, verified=False, primary=True)
            for pk, email in User.objects.filter(
                email__in=wanted, emailaddress__isnull=True
            ).values_list("pk", "email")
        ),
        ignore_conflicts=True,
    )


def owners(emails: Collection[str]) -> set[int]:
    """The people who have proved to read any of these addresses."""
    rows = EmailAddress.objects.filter(email__in=emails, verified=True)
    return set(rows.values_list("user_id", flat=True))


def is_taken(email: str, *, but: User) -> bool:
    """Whether an address is somebody else's, proved or not."""
    named = EmailAddress.objects.filter(email=email).exclude(user=but)
    return named.exists() or User.objects.filter(email=email).exclude(pk=but.pk).exists()


class AddressGone(Exception):
    """The person has no such address any more."""


def move(user_id: int, old: str, new: str) -> None:
    """Put a new address, which was proved, in the place of one that they have proved before.

    In the open transaction. Raises AddressGone, and IntegrityError when it is somebody's.
    """
    rows = EmailAddress.objects.select_for_update().filter(user=user_id, email=old, verified=True)
    address = rows.first()
    if address is None:
        raise AddressGone
    address.email = new
    address.save(update_fields=["email"])
    User.objects.filter(pk=user_id, email=old).update(email=new)
