"""Who a person is in this installation: an account, its addresses, and donors.

A person is known by the addresses whose mail they have proved to read. Donors that staff brought
together with theirs belong to them as well; a body that gives is nobody's.
"""

from collections.abc import Collection
from dataclasses import dataclass

from allauth.account.models import EmailAddress

from donors.models import Donor
from funding.users import guests
from funding.users.models import User


@dataclass(frozen=True, slots=True)
class Person:
    """One person. `user_id` is None where nobody has an account; sets of ids are in order."""

    user_id: int | None
    donor_ids: tuple[int, ...]
    addresses: tuple[str, ...]

    @property
    def subject(self) -> str:
        """How rows and the log name them: by the account, else by the first donor."""
        if self.user_id is not None:
            return f"user:{self.user_id}"
        return f"donor:{self.donor_ids[0]}" if self.donor_ids else ""

    @property
    def actors(self) -> list[str]:
        """How the log names them as the one who did something."""
        mine = [f"donor:{pk}" for pk in self.donor_ids]
        return mine if self.user_id is None else [f"user:{self.user_id}", *mine]


def of_user(user: User) -> Person:
    """The person of an account, by the addresses that they have proved to read."""
    addresses = guests.verified(user)
    donors = Donor.objects.filter(email__in=addresses, organisation__isnull=True)
    return Person(user.pk, _with_brought_in(donors.values_list("pk", flat=True)), _tidy(addresses))


def of_donor(donor_id: int) -> Person | None:
    """The person behind a donor, for those in charge. None: no such donor, or a body.

    Somebody with an account is the person of that account. An account that was kept ready for
    a donor's address, and was never opened, is the donor's too.
    """
    donor = Donor.objects.filter(pk=donor_id, organisation__isnull=True).first()
    if donor is None:
        return None
    while donor.merged_into is not None:
        donor = donor.merged_into
    owner = _owner(donor.email)
    donors = [donor.pk]
    addresses = [donor.email] if donor.email else []
    if owner is not None:
        addresses += guests.verified(owner)
        mine = Donor.objects.filter(email__in=addresses, organisation__isnull=True)
        donors += mine.values_list("pk", flat=True)
    return Person(owner.pk if owner else None, _with_brought_in(donors), _tidy(addresses))


def of_subject(subject: str) -> Person | None:
    """The person whom a row names: 'user:7' or 'donor:12'."""
    kind, _, number = subject.partition(":")
    if kind == "user":
        user = User.objects.filter(pk=int(number)).first()
        return of_user(user) if user else None
    return of_donor(int(number))


def _owner(email: str) -> User | None:
    if not email:
        return None
    known = EmailAddress.objects.filter(email=email, verified=True).select_related("user").first()
    if known is not None:
        return User.objects.get(pk=known.user_id)
    return User.objects.filter(email=email).first()


def _with_brought_in(donors: Collection[int]) -> tuple[int, ...]:
    """These donors and all that lead to them."""
    found, edge = set(donors), set(donors)
    while edge:
        edge = set(Donor.objects.filter(merged_into__in=edge).values_list("pk", flat=True)) - found
        found |= edge
    return tuple(sorted(found))


def _tidy(addresses: Collection[str]) -> tuple[str, ...]:
    return tuple(sorted({address.lower() for address in addresses}))
