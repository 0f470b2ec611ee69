"""Random histories of three funds, held against a tracing that goes penny by penny."""

import random
from collections import Counter, defaultdict

import pytest

from funding.ledger import balances, lineage, trace
from funding.ledger.lineage import PLACES, Step, Way
from funding.ledger.models import Fund, Reason, Segment
from funding.ledger.verify import verify
from tests.ledger import making
from tests.ledger.pennies import Pennies
from tests.ledger.tracing import Books

pytestmark = pytest.mark.django_db

STEPS = 45


class History:
    """A life of three funds as dice will have it, told to the journal and to the pennies."""

    def __init__(self, seed: int) -> None:
        world = making.world()
        self.dice = random.Random(seed)
        self.books = Books(world)
        self.funds = [world.general, world.snow, making.fund(world.entity, "Steppe")]
        self.pennies = Pennies()
        self.gifts: dict[str, dict[Fund, int]] = {}
        self.unvalued: list[str] = []
        self.gone: Counter[tuple[str, Fund]] = Counter()
        self.promised: Counter[tuple[str, Fund]] = Counter()
        self.paid: Counter[tuple[str, Fund]] = Counter()
        self.count = 0

    def step(self) -> None:
        """Something happens."""
        deeds = [self.give] * 4 + [self.value] * 3 + [self.refund] * 3 + [self.award] * 3
        deeds += [self.cancel, self.pay, self.pay, self.come_back, self.come_back]
        deeds += [self.move, self.move, self.cost, self.reinstate]
        self.count += 1
        self.dice.choice(deeds)()

    def give(self) -> None:
        cause = f"gift:{self.count}"
        funds = self.dice.sample(self.funds, self.dice.choice([1, 1, 2]))
        lines = {fund: self.dice.randint(2, 30) for fund in funds}
        self.gifts[cause] = lines
        self.unvalued.append(cause)
        self.books.promise(cause, *lines.items())

    def value(self) -> None:
        if not self.unvalued:
            return
        cause = self.unvalued.pop(self.dice.randrange(len(self.unvalued)))
        fee = self.dice.choice([0, 1])
        self.books.value(cause, *self.gifts[cause], fee=fee)
        for fund, minor in sorted(self.gifts[cause].items(), key=lambda line: line[0].pk):
            left = minor - fee - self.gone[cause, fund]
            if left > 0:
                self.pennies.add(fund.pk, left, cause)
            elif left < 0:
                self.pennies.ask(fund.pk, -left, cause, "cost")

    def refund(self) -> None:
        left = [
            (cause, fund, minor - self.gone[cause, fund])
            for cause, lines in self.gifts.items()
            for fund, minor in lines.items()
            if minor > self.gone[cause, fund]
        ]
        if not left:
            return
        cause, fund, most = self.dice.choice(left)
        minor = self.dice.choice([most, self.dice.randint(1, most)])
        self.gone[cause, fund] += minor
        self.books.refund(cause, fund, minor)
        if cause not in self.unvalued:
            rest = self.pennies.take_back(fund.pk, minor, cause)
            if rest:
                self.pennies.ask(fund.pk, rest, cause, "cost")

    def reinstate(self) -> None:
        back = [key for key, minor in self.gone.items() if minor and key[0] not in self.unvalued]
        if not back:
            return
        cause, fund = self.dice.choice(back)
        minor = self.dice.randint(1, self.gone[cause, fund])
        self.gone[cause, fund] -= minor
        self.books.refund(cause, fund, -minor, Reason.DISPUTE_REVERSED)
        self._more(cause, fund, minor, "cost")

    def award(self) -> None:
        parts = []
        for fund in self.dice.sample(self.funds, self.dice.choice([1, 1, 2])):
            most = balances.available(fund.pk).minor
            if most > 0:
                parts.append((fund, self.dice.randint(1, most)))
        if not parts:
            return
        cause = f"award:{self.count}"
        self.books.award(cause, *parts)
        for fund, minor in sorted(parts, key=lambda part: part[0].pk):
            self.promised[cause, fund] += minor
            self.pennies.ask(fund.pk, minor, cause, "award")

    def cancel(self) -> None:
        if (found := self._some(self.promised)) is not None:
            cause, fund, minor = found
            self.promised[cause, fund] -= minor
            self.books.cancel(cause, (fund, minor))
            self._more(cause, fund, minor, "award")

    def pay(self) -> None:
        if (found := self._some(self.promised)) is not None:
            cause, fund, minor = found
            self.promised[cause, fund] -= minor
            self.paid[cause, fund] += minor
            self.books.pay(cause, fund, minor)

    def come_back(self) -> None:
        if (found := self._some(self.paid)) is not None:
            cause, fund, minor = found
            self.paid[cause, fund] -= minor
            self.books.come_back(cause, fund, minor)
            self._more(cause, fund, minor, "award")

    def move(self) -> None:
        source, target = self.dice.sample(self.funds, 2)
        most = balances.available(source.pk).minor
        if most > 0:
            minor = self.dice.randint(1, most)
            cause = f"transfer:{self.count}"
            self.books.transfer(cause, source, target, minor)
            self.pennies.ask(source.pk, minor, cause, "transfer", target.pk)

    def cost(self) -> None:
        fund = self.dice.choice(self.funds)
        cause = f"movement:{self.count}"
        self.books.cost(cause, fund, 2)
        self.pennies.ask(fund.pk, 2, cause, "cost")

    def _more(self, cause: str, fund: Fund, minor: int, kind: str) -> None:
        rest = self.pennies.give_back(fund.pk, minor, cause, kind)
        if rest:
            self.pennies.add(fund.pk, rest, cause)

    def _some(self, sums: Counter[tuple[str, Fund]]) -> tuple[str, Fund, int] | None:
        left = [(cause, fund, minor) for (cause, fund), minor in sums.items() if minor]
        if not left:
            return None
        cause, fund, most = self.dice.choice(left)
        return cause, fund, self.dice.choice([most, self.dice.randint(1, most)])


def sums(steps: list[Step]) -> Counter[tuple[Way, int, str]]:
    found: Counter[tuple[Way, int, str]] = Counter()
    for step in steps:
        found[step.way, step.fund_id, step.about] += step.minor
    return found


def told(history: History) -> dict[str, list[Step]]:
    found: defaultdict[str, list[Step]] = defaultdict(list)
    for step in lineage.of_gifts(history.gifts):
        found[step.gift].append(step)
    return found


def awarded(steps: list[Step]) -> Counter[tuple[int, str]]:
    """What was ever told to have gone to awards, whatever came back later."""
    found: Counter[tuple[int, str]] = Counter()
    for step in steps:
        if step.way in (Way.AWARD, Way.RETURNED):
            found[step.fund_id, step.about] += step.minor
    return found


@pytest.mark.parametrize("seed", range(24))
def test_a_random_history_is_traced_as_penny_by_penny(seed: int) -> None:
    history = History(seed)
    before: dict[str, list[Step]] = {}
    gone = dict(history.gone)
    rows: set[tuple[int, int, int, int]] = set()
    for _step in range(STEPS):
        history.step()
        if history.dice.random() < 0.4:
            continue
        while trace.sweep(limit=history.dice.choice([1, 3, 100])):
            pass
        now = told(history)
        for cause in history.gifts:
            expected = history.pennies.of_gift(cause)
            assert sums(now[cause]) == expected, cause
            joined = lineage.amounts(now[cause], Way.JOINED)
            assert joined == lineage.amounts(now[cause], *PLACES), "nothing is lost"
            if all(
                history.gone[key] == gone.get(key, 0) for key in history.gone if key[0] == cause
            ):
                assert awarded(now[cause]) >= awarded(before.get(cause, [])), "told stays told"
        written = set(Segment.objects.values_list("fund", "start", "stop", "demand"))
        assert rows <= written
        before, gone, rows = now, dict(history.gone), written
    trace.sweep()
    for cause in {cause for cause, _fund in history.promised}:
        sources = {(each.fund_id, each.cause): each.minor for each in lineage.of_award(cause)}
        assert sources == history.pennies.of_award(cause), cause
        for fund in history.funds:
            left = history.promised[cause, fund] + history.paid[cause, fund]
            assert sum(minor for (at, _cause), minor in sources.items() if at == fund.pk) == left
    assert [each for each in verify() if not each.is_notice] == []


@pytest.mark.parametrize("seed", range(100, 104))
def test_when_everybody_takes_everything_back_nobody_has_anything(seed: int) -> None:
    history = History(seed)
    for _step in range(25):
        history.step()
    while history.unvalued:
        history.value()
    trace.sweep()
    keys = [(cause, fund) for cause, lines in history.gifts.items() for fund in lines]
    history.dice.shuffle(keys)
    for cause, fund in keys:
        left = history.gifts[cause][fund] - history.gone[cause, fund]
        if left:
            history.books.refund(cause, fund, left)
    trace.sweep()
    for cause, steps in told(history).items():
        assert lineage.amounts(steps, *PLACES) == lineage.amounts(steps, Way.TAKEN_BACK), cause
