"""Which rows of a table are about a person, as a condition for a query."""

from collections.abc import Callable

from django.db.models import Q

from donors import models as d
from funding.site.followed import key_of
from funding.site.models import FollowedPaper
from funding.site.privacy.persons import Person

Found = Callable[[Person], Q]


def mine(path: str) -> Found:
    """Rows that lead to the account by this path."""
    return lambda person: Q(**{path: person.user_id}) if person.user_id else Q(pk__in=[])


def givers(path: str) -> Found:
    """Rows that lead to one of the donors by this path."""
    return lambda person: Q(**{f"{path}__in": person.donor_ids})


def read(path: str) -> Found:
    """Rows that name one of the addresses in this column."""
    return lambda person: Q(**{f"{path}__in": person.addresses})


def either(*found: Found) -> Found:
    """Rows that any of these finds."""

    def rows(person: Person) -> Q:
        which = Q(pk__in=[])
        for each in found:
            which |= each(person)
        return which

    return rows


def papers(person: Person) -> Q:
    """Numbered documents of the person, those that were replaced among them."""
    receipts = d.Receipt.objects.filter(gift__donor__in=person.donor_ids, document__isnull=False)
    statements = d.Statement.objects.filter(donor__in=person.donor_ids)
    keys = [
        f"statement:{row.pk}:{version}"
        for row in statements
        for version in range(1, row.version + 1)
    ]
    followed = FollowedPaper.objects.filter(donor__in=person.donor_ids)
    keys += [key_of(row, version) for row in followed for version in range(1, row.version + 1)]
    return Q(pk__in=receipts.values("document")) | Q(key__in=keys)


def bank_parts(person: Person) -> Q:
    """What of lines of bank statements became a gift of the person."""
    gifts = d.Gift.objects.filter(donor__in=person.donor_ids).exclude(means=d.Means.STRIPE)
    return Q(kind="gift", target__in=[f"gift:{pk}" for pk in gifts.values_list("pk", flat=True)])


def bank_lines(person: Person) -> Q:
    """The lines of bank statements that these are parts of."""
    return Q(parts__in=d.BankPart.objects.filter(bank_parts(person)))


def typed_rows(person: Person) -> Q:
    """Rows of files: by the reference under which their gift was taken in, or by address."""
    by_hand = d.Gift.objects.filter(donor__in=person.donor_ids).exclude(reference="")
    which = Q(key__in=by_hand.values("reference"))
    for address in person.addresses:
        which |= Q(values__email__iexact=address)
    return which


def stripe_ids(person: Person) -> list[str]:
    """What Stripe calls this person's payments, pages, promises and the person."""
    gifts = d.Gift.objects.filter(donor__in=person.donor_ids)
    pledges = d.Pledge.objects.filter(donor__in=person.donor_ids)
    donors = d.Donor.objects.filter(pk__in=person.donor_ids)
    rows = [
        *gifts.values_list("checkout", "payment_intent", "charge"),
        *pledges.values_list("checkout", "customer", "subscription"),
        *donors.values_list("stripe_customer"),
        *d.Instalment.objects.filter(pledge__in=pledges).values_list("invoice", "payment_intent"),
        *d.PledgeChange.objects.filter(pledge__in=pledges).values_list("checkout"),
        *d.Refund.objects.filter(gift__in=gifts).values_list("stripe_id"),
        *d.Dispute.objects.filter(gift__in=gifts).values_list("stripe_id"),
        *d.EarlyWarning.objects.filter(gift__in=gifts).values_list("stripe_id"),
    ]
    return sorted({name for row in rows for name in row if name})


def events(person: Person) -> Q:
    """Events of Stripe about the person or their payments."""
    ids = stripe_ids(person)
    told = Q(object_id__in=ids)
    for name in ("customer", "payment_intent", "charge", "invoice", "subscription"):
        told |= Q(**{f"payload__data__object__{name}__in": ids})
    return told if ids else Q(pk__in=[])


def log(person: Person) -> Q:
    """Rows of the log that they made or that are about them."""
    actors = person.actors
    return Q(actor__in=actors) | Q(subject__in=actors)
