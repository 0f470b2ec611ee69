"""Goal: whatever people do, awarded is always paid, payable and committed together."""

import contextlib
import datetime as dt

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from funding.errors import Refused
from funding.ledger.verify import verify
from funding.users.models import User
from grants import disbursements
from grants.models import AwardState, Disbursement
from tests.grants.payments.cast import IBAN, OTHER_IBAN, Stage, stage
from tests.grants.payments.figures import assert_funds_agree, assert_identity, figures

pytestmark = pytest.mark.django_db

PEOPLE = ["asel", "pat", "paul", "dan", "tara", "eve"]
DEEDS = st.tuples(
    st.sampled_from(
        ["ask", "check", "check", "release", "release", "decline", "bank", "cancel", "return"]
    ),
    # Mostly whoever may; now and then anybody, who is refused.
    st.one_of(st.none(), st.none(), st.sampled_from(PEOPLE)),
    st.integers(min_value=1, max_value=40_000),
    st.integers(min_value=0, max_value=9),
)
Deed = tuple[str, str | None, int, int]


def step(set_: Stage, deed: Deed) -> None:
    """One person does one thing, sensible or not."""
    verb, name, minor, pick = deed
    rows = list(Disbursement.objects.order_by("pk"))
    row = rows[pick % len(rows)] if rows else set_.requested(minor)

    def who(usual: User) -> User:
        other: User = getattr(set_, name or "eve")
        return usual if name is None else other

    match verb:
        case "ask":
            set_.requested(minor, by=who(set_.asel))
        case "check":
            set_.checked(row, by=who(set_.pat))
        case "release":
            set_.screened(by=set_.dan if name == "dan" else set_.pat)
            set_.released(row, by=who(set_.tara))
        case "decline":
            disbursements.decline(disbursement_id=row.pk, why="Not now.", by=who(set_.dan))
        case "bank":
            set_.banked(iban=[IBAN, OTHER_IBAN][pick % 2], by=who(set_.asel))
        case "cancel":
            set_.cancelled(by=who(set_.dan))
        case "return":
            set_.returned(minor, by=who(set_.tara))


def assert_all_is_well(set_: Stage) -> None:
    """The figures agree, and the state of the award with them."""
    assert_identity(set_.award)
    assert_funds_agree(set_.award)
    set_.award.refresh_from_db()
    now = figures(set_.award)
    left = now["payable"] + now["committed"]
    assert (set_.award.state == AwardState.ACTIVE) == (left > 0)


@settings(
    max_examples=30,
    deadline=dt.timedelta(seconds=20),
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow],
)
@given(deeds=st.lists(DEEDS, min_size=8, max_size=24))
def test_the_identity_holds_after_each_step(deeds: list[Deed]) -> None:
    with transaction.atomic():
        set_ = stage((33_333, 50_001, 16_667))
        for deed in deeds:
            with contextlib.suppress(Refused):
                step(set_, deed)
            assert_all_is_well(set_)
        assert [each for each in verify() if not each.is_notice] == []
        transaction.set_rollback(True)


def test_a_walk_reaches_every_figure() -> None:
    set_ = stage((33_333, 50_001, 16_667))
    walk: list[Deed] = [
        ("ask", None, 40_000, 0),
        ("check", None, 1, 0),
        ("check", None, 1, 1),
        ("release", None, 1, 0),
        ("return", None, 7_001, 0),
        ("cancel", None, 1, 0),
    ]
    set_.requested(10_000)
    for deed in walk:
        step(set_, deed)
        assert_all_is_well(set_)
    assert figures(set_.award) == {"payable": 40_000, "paid": 2_999, "committed": 0}
