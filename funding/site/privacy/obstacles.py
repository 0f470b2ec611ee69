"""What stands in the way of removing a person: what somebody must end, and what ends itself."""

from collections.abc import Collection

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from donors import models as d
from donors.models.disputes import ENDED
from donors.models.pledges import RUNNING
from funding import clock
from funding.gateway import movements, transactions
from funding.mail import outbox
from funding.parties.models import Membership, Part
from funding.recovery.models import Restore
from funding.site.privacy.models import Erasure
from funding.site.privacy.persons import Person
from funding.users import roles
from funding.users.models import Term
from grants.models import Application, ApplicationState, AwardState

_UNDER_WAY = [d.RefundState.PROPOSED, d.RefundState.REQUESTED, d.RefundState.PENDING]


def to_end_first(person: Person) -> list[str]:
    """Sentences for what somebody must do before; none where nothing has to be done."""
    said = []
    if person.user_id is not None:
        today = clock.today("UTC")
        if Term.objects.filter(roles.covering(today), user=person.user_id).exists():
            said.append(_("You hold an office of the fund. An administrator ends it first."))
        said += [
            _("You are the only owner of %s. Make somebody else one first.") % name
            for name in _only_owner_of(person.user_id)
        ]
        if _open_applications(person.user_id).exists():
            said.append(_("An application of yours is not settled yet. Withdraw it, or wait."))
    zoos = d.Zoo.objects.filter(finance_email__in=person.addresses).select_related("organisation")
    said += [
        _("Invoices of %s go to you. Write down another address there first.") % zoo.name
        for zoo in zoos
    ]
    return said


def running(person: Person) -> list[d.Pledge]:
    """The regular gifts that run, and end with it."""
    rows = d.Pledge.objects.filter(donor__in=person.donor_ids, state__in=RUNNING)
    return list(rows.select_related("fund").prefetch_related("shares__fund").order_by("pk"))


def under_way(person: Person) -> str:
    """What ends by itself and is waited for, in a word for staff; empty when nothing is."""
    gifts = d.Gift.objects.filter(donor__in=person.donor_ids)
    open_gifts = Q(state=d.GiftState.PENDING) | Q(settled_at__isnull=False, final_at__isnull=True)
    unsent = Q(state=d.ReceiptState.DUE) | Q(
        state=d.ReceiptState.ISSUED, mailed_at__isnull=True, document__state="valid"
    )
    pledges = d.Pledge.objects.filter(donor__in=person.donor_ids)
    checks = {
        "gifts": gifts.filter(open_gifts),
        "held gifts": d.HeldGift.objects.filter(gift__in=gifts, ended_at__isnull=True),
        "pledges": pledges.filter(state__in=[d.PledgeState.STARTED, *RUNNING]),
        "changes": d.PledgeChange.objects.filter(
            pledge__in=pledges, state__in=[d.ChangeState.ASKED, d.ChangeState.OPENED]
        ),
        "refunds": d.Refund.objects.filter(gift__in=gifts, state__in=_UNDER_WAY),
        "disputes": d.Dispute.objects.filter(gift__in=gifts).exclude(status__in=ENDED),
        "receipts": d.Receipt.objects.filter(unsent, gift__in=gifts),
        "merges": d.Merge.objects.filter(
            Q(kept__in=person.donor_ids) | Q(gone__in=person.donor_ids), due_at__isnull=False
        ),
        "statements": d.Statement.objects.filter(
            donor__in=person.donor_ids, state=d.StatementState.WAITING
        ),
        "claims": d.ClaimLine.objects.filter(gift__in=gifts, claim__state=d.ClaimState.DRAFT),
        "mails": outbox.waiting().filter(to_address__in=person.addresses),
    }
    return next((name for name, rows in checks.items() if rows.exists()), "")


def others(donor_ids: Collection[int]) -> QuerySet[d.Donor]:
    """Donors who are brought together with these and are not among them.

    After a restore a merge that was undone since is there again: whose gifts are whose is for
    people to say first.
    """
    leads = Q(merged_into__in=donor_ids)
    led_to = Q(pk__in=d.Donor.objects.filter(pk__in=donor_ids).values("merged_into"))
    return d.Donor.objects.filter(leads | led_to).exclude(pk__in=donor_ids)


def since_restore(erasure: Erasure) -> str:
    """What an erasure that is done again after a restore waits for, beside all others."""
    if others(erasure.donors).exists():
        return "merges"
    restored_at = Restore.objects.get(pk=int(erasure.restored.partition(":")[2])).restored_at
    walked_at = transactions.last_walk()
    # Gifts of the lost time are found in Stripe's account book, and need their donor.
    has_walked = walked_at is not None and walked_at > restored_at
    return "" if has_walked and not movements.waiting().exists() else "stripe"


def _only_owner_of(user_id: int) -> list[str]:
    owned = Membership.objects.filter(
        user=user_id, part=Part.OWNER, ended_at__isnull=True, organisation__zoo__isnull=False
    ).select_related("organisation")
    others = Membership.objects.filter(part=Part.OWNER, ended_at__isnull=True).exclude(user=user_id)
    shared = set(others.values_list("organisation_id", flat=True))
    return [each.organisation.name for each in owned if each.organisation_id not in shared]


def _open_applications(user_id: int) -> QuerySet[Application]:
    settled = [ApplicationState.DECLINED, ApplicationState.WITHDRAWN]
    closed = Q(state=ApplicationState.AWARDED) & ~Q(award__state=AwardState.ACTIVE)
    mine = Application.objects.filter(applicant=user_id).exclude(state__in=settled)
    return mine.exclude(closed & Q(award__isnull=False))
