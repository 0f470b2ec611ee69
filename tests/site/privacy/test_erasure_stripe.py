"""Goal: Stripe ends what runs and forgets its customer."""

import json
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from donors import tributes, verdicts
from donors.models import (
    ERASED,
    Donor,
    Gift,
    HeldVerdict,
    Pledge,
    PledgeState,
    PledgeTribute,
    TributeKind,
)
from donors.tributes import Dedication
from funding import clock, jobs
from funding.gateway.models import Event, EventState
from funding.ledger.models import Fund
from funding.mail import outbox
from funding.mail.models import Mail, MailState
from funding.recovery import erased
from funding.recovery.models import Restore
from funding.site import reconcile
from funding.site.privacy import again, erasures, marks, persons
from funding.site.privacy.erasures import StillGiving
from funding.site.privacy.models import Erasure, ErasureState
from funding.site.privacy.persons import Person
from funding.users.models import Role, User
from tests.books import assert_agreed
from tests.donors.conftest import Visitor, general, giver, visitor  # noqa: F401
from tests.donors.conftest import entity as entity
from tests.donors.regular import Giver
from tests.donors.test_held_gifts import declined, large
from tests.people import make_person, sign_in
from tests.sandbox.conftest import Sandbox
from tests.site.privacy import lives
from tests.site.privacy.test_erasures import books

WHO = "user:1"


def person_of(gift_or_pledge: Gift | Pledge) -> Person:
    person = persons.of_donor(gift_or_pledge.donor_id)
    assert person is not None
    return person


def asked(person: Person, *, ends: bool = False) -> Erasure:
    return erasures.ask(person=person, ends_pledges=ends, actor=WHO, language="en")


def tried(row: Erasure) -> Erasure:
    """Once more, with every mail gone."""
    outbox.waiting().update(state=MailState.SENT, sent_at=clock.now())
    Erasure.objects.filter(pk=row.pk).update(due_at=clock.now())
    erasures.carry_out(row.pk)
    row.refresh_from_db()
    return row


def finished(row: Erasure) -> Erasure:
    for _round in range(3):
        jobs.sweep_once()
        if tried(row).state == ErasureState.DONE:
            return row
    raise AssertionError((row.state, row.waits_for, row.error))


def customers(stripe: Sandbox) -> list[str]:
    return [each.id for each in stripe.client().customers.list({"limit": 100}).data]


def test_a_regular_gift_ends_at_stripe_before_its_giver_goes(
    general: Fund,  # noqa: F811
    giver: Giver,  # noqa: F811
    stripe: Sandbox,
) -> None:
    pledge = giver.begins(general, name=lives.NAME, email=lives.EMAIL, message=lives.WORDS)
    tributes.write_down_for_all(pledge, Dedication(TributeKind.MEMORY, "Dziadek", "Sleep well."))
    giver.sweeps()
    with pytest.raises(StillGiving):
        asked(person_of(pledge))
    assert not Erasure.objects.exists()
    assert erasures.preview(person_of(pledge)).running == [pledge]
    before, sums = books(), reconcile.differences_of(reconcile.run())
    row = asked(person_of(pledge), ends=True)
    # As long as Stripe has not ended it, nobody goes.
    pledge.refresh_from_db()
    if pledge.state != PledgeState.ENDED:
        assert tried(row).state == ErasureState.ASKED
    finished(row)
    pledge.refresh_from_db()
    assert (pledge.state, pledge.donor_name, pledge.message) == (PledgeState.ENDED, ERASED, "")
    said = PledgeTribute.objects.get()
    assert (said.honoree, said.words, said.to_email) == ("erased", "", "")
    assert stripe.client().subscriptions.retrieve(pledge.subscription).status == "canceled"
    assert customers(stripe) == []
    giver.passes(pledge)
    giver.sweeps()
    assert giver.charges() == 1000
    assert (books(), reconcile.differences_of(reconcile.run())) == (before, sums)
    assert_agreed(stripe)


def test_after_a_restore_a_regular_gift_ends_with_what_was_taken_since(
    general: Fund,  # noqa: F811
    giver: Giver,  # noqa: F811
    stripe: Sandbox,
) -> None:
    pledge = giver.begins(general, name=lives.NAME, email=lives.EMAIL, message=lives.WORDS)
    giver.sweeps()
    now = clock.now()
    restore = Restore.objects.create(
        file="x", sha256="0" * 64, version="1", taken_at=now, restored_at=now
    )
    person = person_of(pledge)
    assert person.user_id is not None
    user = User.objects.get(pk=person.user_id)
    assert user.joined_at is not None
    names = [marks.name(marks.USER, user.pk, user.joined_at)]
    names += [
        marks.name(marks.DONOR, each.pk, each.created_at)
        for each in Donor.objects.filter(pk__in=person.donor_ids)
    ]
    # What the books do not know yet: one more instalment was taken, and the promise ended.
    giver.passes(pledge)
    stripe.client().subscriptions.cancel(pledge.subscription)
    erased.note([erased.Removed(now.date(), names)])
    lines = erased.read(Path(settings.ERASED_LIST))
    (told,) = again.redo(lines[-1:], restore.cause)
    assert told.subject == person.subject
    row = Erasure.objects.get()
    last = Mail.objects.order_by("pk").values_list("pk", flat=True).last() or 0
    finished(row)
    pledge.refresh_from_db()
    assert (pledge.state, pledge.donor_name) == (PledgeState.ENDED, ERASED)
    gifts = Gift.objects.filter(donor__in=person.donor_ids)
    assert {gift.donor_name for gift in gifts} == {ERASED}
    assert giver.charges() == sum(gift.amount_minor for gift in gifts) == 2000
    # Nobody is written to about any of it.
    assert not Mail.objects.filter(pk__gt=last).exclude(to_address="").exists()
    assert customers(stripe) == []
    assert_agreed(stripe)


@pytest.mark.parametrize("kind", ["error_before", "error_after", "reset_after", "timeout_after"])
def test_a_customer_goes_once_though_the_answer_is_lost(
    general: Fund,  # noqa: F811
    giver: Giver,  # noqa: F811
    stripe: Sandbox,
    kind: str,
) -> None:
    pledge = giver.begins(general, name=lives.NAME, email=lives.EMAIL)
    giver.sweeps()
    row = asked(person_of(pledge), ends=True)
    fault = {"kind": kind, "next": 99, "path": "/v1/customers", "method": "DELETE"}
    stripe.control("faults", api=[fault])
    for _round in range(3):
        jobs.sweep_once()
        tried(row)
    # It is over once Stripe says that there is no such customer, and no sooner.
    assert (row.state == ErasureState.DONE) == (kind != "error_before")
    stripe.control("faults", clear=True)
    finished(row)
    assert customers(stripe) == []
    told = [each for each in stripe.happened() if each == "customer.deleted"]
    assert told == ["customer.deleted"]
    assert_agreed(stripe)


def test_what_stripe_tells_later_is_emptied(
    client: Client,
    general: Fund,  # noqa: F811
    giver: Giver,  # noqa: F811
) -> None:
    del client
    pledge = giver.begins(general, name=lives.NAME, email=lives.EMAIL)
    giver.sweeps()
    finished(asked(person_of(pledge), ends=True))
    facts = {"id": pledge.customer, "email": lives.EMAIL, "name": lives.NAME}
    late = {
        "kind": "customer.deleted",
        "payload": {"data": {"object": facts}},
        "received_at": clock.now(),
        "due_at": clock.now(),
    }
    mine = Event.objects.create(stripe_id="evt_late", object_id=pledge.customer, **late)
    others = Event.objects.create(stripe_id="evt_other", object_id="cus_other", **late)
    erasures.listen()
    mine.refresh_from_db()
    assert mine.payload, "What waits to be handled is read first."
    Event.objects.update(state=EventState.DONE, handled_at=clock.now())
    erasures.listen()
    erasures.listen()
    mine.refresh_from_db()
    others.refresh_from_db()
    assert mine.payload == {}
    assert lives.EMAIL in json.dumps(others.payload)


def test_a_held_gift_is_waited_for_and_its_verdict_names_nobody(
    client: Client,
    general: Fund,  # noqa: F811
    visitor: Visitor,  # noqa: F811
    stripe: Sandbox,
) -> None:
    two = [make_person(f"t{number}@x.example", "", Role.TREASURER) for number in range(2)]
    held = large(visitor, general, name=lives.NAME, email=lives.EMAIL)
    why = "Zbigniew Unheard is not known to us."
    row = asked(person_of(held.gift))
    assert (tried(row).state, row.waits_for) == (ErasureState.ASKED, "held gifts")
    with lives.refused("heldverdict_stays"):
        made = verdicts.propose(held_id=held.pk, verdict="decline", reason=why, by=two[0])
        HeldVerdict.objects.filter(pk=made.pk).update(reason="erased")
    declined(held, two, why)
    finished(row)
    made = HeldVerdict.objects.get()
    assert (made.reason, made.verdict, made.state) == ("erased", "decline", "stands")
    for change in ({"reason": "Other words."}, {"reason": "erased", "verdict": "accept"}):
        with lives.refused("heldverdict_stays"):
            HeldVerdict.objects.filter(pk=made.pk).update(**change)
    sign_in(client, two[0])
    assert "Unheard" not in client.get("/treasurer/held/").content.decode()
    assert reconcile.differences_of(reconcile.run()) == []
    assert_agreed(stripe)
