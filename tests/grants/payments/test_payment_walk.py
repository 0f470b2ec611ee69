"""Goal: whatever people do, awarded is always paid, payable and committed together."""

import random

import pytest

from funding.errors import Refused
from funding.ledger.verify import verify
from grants import disbursements
from grants.models import Disbursement
from tests.grants.payments.cast import IBAN, OTHER_IBAN, Stage, stage
from tests.grants.payments.figures import assert_identity

pytestmark = pytest.mark.django_db


def step(set_: Stage, dice: random.Random) -> None:
    """One person does one thing, sensible or not."""
    rows = list(Disbursement.objects.order_by("pk"))
    row = dice.choice(rows) if rows else set_.requested(dice.randint(1, 9_999))
    who = dice.choice([set_.asel, set_.pat, set_.paul, set_.dan, set_.tara, set_.eve])
    match dice.choices(range(6), weights=[3, 3, 3, 6, 1, 1])[0]:
        case 0:
            set_.requested(dice.randint(1, 9_999), by=who)
        case 1 | 2:
            set_.checked(row, by=who)
        case 3:
            set_.screened(by=who)
            set_.released(row, by=dice.choice([set_.tara, set_.paul]))
        case 4:
            disbursements.decline(disbursement_id=row.pk, why="Not now.", by=who)
        case 5:
            set_.banked(iban=dice.choice([IBAN, OTHER_IBAN]), by=who)


@pytest.mark.parametrize("seed", range(4))
def test_the_identity_holds_at_every_step(seed: int) -> None:
    dice = random.Random(seed)
    set_ = stage((33_333, 50_001, 16_667))
    refused = 0
    for _ in range(150):
        try:
            step(set_, dice)
        except Refused:
            refused += 1
        assert_identity(set_.award)
    assert 0 < refused < 150
    assert Disbursement.objects.filter(state="released").exists()
    assert [each for each in verify() if not each.is_notice] == []
