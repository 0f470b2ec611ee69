"""A small world of givers, made by the product's rules; `filling` multiplies it."""

import datetime as dt
import uuid

from tests.benchmarks.own.ledger import backend, fold

ALICE = "alice@donor.example"
DAY = dt.date(2025, 3, 14)


def prepare() -> dict[str, object]:
    """A fund with one gift of one donor, received by bank, traced and folded."""
    from donors.intake import offline
    from donors.intake.offline import Slip
    from donors.models import Donor, Means
    from funding import clock
    from funding.ledger import trace
    from funding.ledger.models import Account
    from tests import make
    from tests.people import make_person

    entity = make.entity()
    fund = make.fund(entity)
    person = make_person(ALICE, "Alice Example")
    donor = Donor.objects.create(email=ALICE, name=person.name, created_at=clock.now())
    place = Account.objects.get(entity=entity, kind="bank").code
    slip = Slip(
        token=uuid.uuid4(),
        entity_id=entity.pk,
        donor_id=donor.pk,
        donor_name=donor.name,
        lines=((fund.pk, 2550),),
        currency="EUR",
        means=Means.BANK,
        place=place,
        received_on=DAY,
        reference="MODEL",
    )
    gift = offline.record(slip=slip, actor="system")
    fold()
    assert trace.sweep() == 1
    return {
        "entity": entity.pk,
        "fund": fund.pk,
        "place": place,
        "donor": donor.pk,
        "gift": gift.pk,
        "backend": backend(),
    }
