"""Two workers and one pack: one of them makes it."""

import threading

from funding import clock
from grants import packs
from grants.models import Pack
from tests.grants.payments.cast import stage
from tests.ledger.racing import together


def test_two_workers_at_once_make_one(committed: None) -> None:
    at = stage()
    pack = packs.ask(award_id=at.award.pk, by=at.tara)
    # The bell may have been heard already.
    Pack.objects.update(state="waiting", attempts=0, due_at=clock.now())
    done = together(2, lambda _number: packs.make(pack.pk))
    assert sorted(map(str, done)) == ["False", "True"]
    pack.refresh_from_db()
    assert (pack.state, pack.attempts) == ("done", 1)


def test_without_the_claim_both_would_make_it(committed: None) -> None:
    at = stage()
    pack = packs.ask(award_id=at.award.pk, by=at.tara)
    Pack.objects.update(state="waiting", attempts=0, due_at=clock.now())
    both = threading.Barrier(2)

    def looked(_number: int) -> bool:
        is_free = packs.waiting().filter(pk=pack.pk, due_at__lte=clock.now()).exists()
        both.wait(timeout=10)
        return is_free

    assert together(2, looked) == [True, True]
