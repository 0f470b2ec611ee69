"""Which applications get how much from which funds: a proposal, never a decision.

Down the ranking each application is taken that the funds can pay together with all taken before
it, which is answered exactly although each may draw on some funds only. Then one flow spreads
the money: first what each was promised, then more for the better ones; restricted money before
unrestricted, and of two earmarks the one that ends sooner. Whole units only; the same case in
any order comes to the same result, byte for byte.
"""

import dataclasses
import datetime as dt
import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from grants.fitting import Cuts, Fit
from grants.flows import Arc, Network
from grants.wishes import Case, Wish

VERSION: Final = 1


class Why(StrEnum):
    """What keeps an application from being taken."""

    BAR = "bar"
    LIMIT = "limit"
    EXCLUDED = "excluded"
    APPLICANT = "applicant"
    COUNTRY = "country"
    MONEY = "money"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why one application is not taken, given those that were.

    `missing` says for each fund that could help alone how much more it would need to hold.
    `funds` are those that are too narrow, `others` the applications that stand in the way.
    """

    wish_id: int
    why: Why
    missing: Mapping[int, int] = dataclasses.field(default_factory=dict)
    funds: tuple[int, ...] = ()
    others: tuple[int, ...] = ()


class Contradiction(Exception):
    """What must be funded cannot be, by the rules or the money.

    `clash` is a smallest set of applications that must be funded and cannot be together.
    """

    def __init__(self, refusal: Refusal, clash: tuple[int, ...]) -> None:
        super().__init__(refusal, clash)
        self.refusal = refusal
        self.clash = clash


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is proposed: by application what each fund pays, and why the others get nothing."""

    awards: Mapping[int, Mapping[int, int]]
    refusals: Mapping[int, Refusal]

    def amount(self, wish_id: int) -> int:
        """What one application gets in all."""
        return sum(self.awards.get(wish_id, {}).values())


def propose(case: Case) -> Outcome:
    """The proposal by rank. Raises Contradiction."""
    taken, refusals = choose(case)
    return Outcome(spread(case, taken), refusals)


def choose(
    case: Case, *, cuts: Cuts | None = None, extra: Mapping[int, int] | None = None
) -> tuple[list[int], dict[int, Refusal]]:
    """Who is taken down the ranking, and why the others are not. Raises Contradiction.

    `extra` adds money to single funds; `cuts` are those of this case, from an earlier question.
    """
    ranking = case.ranking()
    fit = Fit(cuts or cuts_of(case), extra)
    gate, refusals = Gate(case), {}
    for wish in ranking:
        refusal = gate.refuses(wish) or _unpaid(fit, wish)
        if refusal is None:
            gate.admit(wish)
        elif wish.is_must:
            raise Contradiction(refusal, _smallest_clash(case, wish, gate.taken))
        else:
            refusals[wish.id] = refusal
    return fit.taken, refusals


def cuts_of(case: Case) -> Cuts:
    """The sets of funds that decide who fits in."""
    return Cuts(case, {wish.id: case.first(wish) for wish in case.wishes})


def _unpaid(fit: Fit, wish: Wish) -> Refusal | None:
    if fit.take(wish.id):
        return None
    funds = tuple(fit.narrow(wish.id))
    return Refusal(wish.id, Why.MONEY, missing=fit.missing(wish.id), funds=funds)


class Gate:
    """The rules that are not about single funds, for those that were taken so far."""

    def __init__(self, case: Case) -> None:
        self._case = case
        self.taken: list[Wish] = []
        self._ids: set[int] = set()
        self._partners: defaultdict[int, set[int]] = defaultdict(set)
        for one, other in map(sorted, case.rules.exclusive):
            self._partners[one].add(other)
            self._partners[other].add(one)
        self._of_country: Counter[str] = Counter()
        self._of_applicant = Counter(case.rules.granted)

    def admit(self, wish: Wish) -> None:
        """Count an application as taken."""
        self.taken.append(wish)
        self._ids.add(wish.id)
        self._of_country[wish.country] += self._case.first(wish)
        self._of_applicant[wish.applicant] += 1

    def dismiss(self, wish: Wish) -> None:
        """Take back the latest one."""
        assert self.taken.pop() == wish
        self._ids.remove(wish.id)
        self._of_country[wish.country] -= self._case.first(wish)
        self._of_applicant[wish.applicant] -= 1

    def refuses(self, wish: Wish) -> Refusal | None:
        """The first rule that one more application would break."""
        case, rules = self._case, self._case.rules
        if wish.score < rules.bar and not wish.is_must:
            return Refusal(wish.id, Why.BAR)
        if wish.least_minor > case.most(wish):
            return Refusal(wish.id, Why.LIMIT)
        if stand := self._partners[wish.id] & self._ids:
            return Refusal(wish.id, Why.EXCLUDED, others=tuple(sorted(stand)))
        most = rules.per_applicant
        if most is not None and self._of_applicant[wish.applicant] >= most:
            same = [each.id for each in self.taken if each.applicant == wish.applicant]
            return Refusal(wish.id, Why.APPLICANT, others=tuple(same))
        cap = rules.by_country.get(wish.country)
        if cap is not None and self._of_country[wish.country] + case.first(wish) > cap:
            same = [each.id for each in self.taken if each.country == wish.country]
            return Refusal(wish.id, Why.COUNTRY, others=tuple(same))
        return None


def _smallest_clash(case: Case, wish: Wish, before: list[Wish]) -> tuple[int, ...]:
    """Leave out one after the other whatever is not needed for the clash."""
    clash = list(before)
    for other in before:
        fewer = [each for each in clash if each.id != other.id]
        if not _stand_together(case, [*fewer, wish]):
            clash = fewer
    return tuple(sorted(each.id for each in [*clash, wish]))


def _stand_together(case: Case, wishes: list[Wish]) -> bool:
    gate, fit = Gate(case), Fit(cuts_of(case))
    for wish in wishes:
        if gate.refuses(wish) or not fit.take(wish.id):
            return False
        gate.admit(wish)
    return True


def spread(case: Case, taken: list[int]) -> dict[int, dict[int, int]]:
    """What each fund pays to each of those taken, who must fit in together.

    Shares below the sliver are left out wherever every application gets as much without.
    """
    banned: set[tuple[int, int]] = set()
    needed: set[tuple[int, int]] = set()
    shares = _flow(case, taken, banned)
    totals = _totals(shares)
    while slivers := _slivers(shares, case.rules.sliver_minor) - needed:
        smallest = min(slivers, key=lambda key: (shares[key[0]][key[1]], key))
        without = _flow(case, taken, banned | {smallest})
        if _totals(without) == totals:
            banned.add(smallest)
            shares = without
        else:
            needed.add(smallest)
    return shares


def _totals(shares: Mapping[int, Mapping[int, int]]) -> dict[int, int]:
    return {wish_id: sum(parts.values()) for wish_id, parts in shares.items()}


def _slivers(shares: Mapping[int, Mapping[int, int]], least: int) -> set[tuple[int, int]]:
    return {
        (wish_id, fund_id)
        for wish_id, parts in shares.items()
        for fund_id, minor in parts.items()
        if minor < least
    }


def _flow(case: Case, taken: list[int], banned: set[tuple[int, int]]) -> dict[int, dict[int, int]]:
    wishes = [wish for wish in case.wishes if wish.id in set(taken)]
    countries = sorted({wish.country for wish in wishes})
    size = 2 + len(case.purses) + len(wishes) + len(countries)
    network, prices = Network(size), _prices(case, wishes)
    of_fund = {purse.id: 1 + place for place, purse in enumerate(case.purses)}
    of_wish = {wish.id: 1 + len(case.purses) + place for place, wish in enumerate(wishes)}
    of_country = {name: size - 1 - len(countries) + at for at, name in enumerate(countries)}
    arcs: dict[tuple[int, int], Arc] = {}
    for purse in case.purses:
        network.join(0, of_fund[purse.id], purse.minor)
    for wish in wishes:
        node, first = of_wish[wish.id], case.first(wish)
        for purse in case.purses:
            if purse.id in wish.purses and (wish.id, purse.id) not in banned:
                most = purse.minor if purse.most_minor is None else purse.most_minor
                price = prices.of_fund[purse.id]
                arcs[wish.id, purse.id] = network.join(of_fund[purse.id], node, most, price)
        network.join(node, of_country[wish.country], first, -prices.promised)
        more = case.most(wish) - first
        network.join(node, of_country[wish.country], more, -prices.of_wish[wish.id])
    for name, node in of_country.items():
        cap = case.rules.by_country.get(name, sum(purse.minor for purse in case.purses))
        network.join(node, size - 1, cap)
    network.fill()
    shares: defaultdict[int, dict[int, int]] = defaultdict(dict)
    for (wish_id, fund_id), arc in arcs.items():
        if arc.flow:
            shares[wish_id][fund_id] = arc.flow
    return {wish.id: shares[wish.id] for wish in wishes}


@dataclass(frozen=True, slots=True)
class _Prices:
    """Weights of several ranks in one number: one unit of a rank outweighs all that lie below."""

    promised: int
    of_wish: Mapping[int, int]
    of_fund: Mapping[int, int]


def _prices(case: Case, wishes: list[Wish]) -> _Prices:
    whole = sum(purse.minor for purse in case.purses) + 1
    by_end = sorted(case.purses, key=lambda each: (each.expires_on or dt.date.max, each.id))
    of_fund = {
        purse.id: place + (0 if purse.is_restricted else len(by_end) * whole)
        for place, purse in enumerate(by_end)
    }
    unit = (max(of_fund.values(), default=0) + 1) * whole
    by_lot = sorted(wishes, key=lambda each: (each.lottery, each.id), reverse=True)
    of_wish = {
        wish.id: ((wish.score + 1) * (len(wishes) + 1) + place) * unit
        for place, wish in enumerate(by_lot)
    }
    return _Prices((max(of_wish.values(), default=0) + 1) * whole, of_wish, of_fund)


def frozen(case: Case, outcome: Outcome) -> bytes:
    """Question, rule and answer as canonical JSON: the same bytes for the same case."""
    told = {
        "version": VERSION,
        "currency": case.currency,
        "funds": [_plain(purse) for purse in case.purses],
        "applications": [_plain(wish) for wish in case.wishes],
        "rules": _plain(case.rules),
        "awards": _plain(outcome.awards),
        "refusals": {str(key): _plain(each) for key, each in outcome.refusals.items()},
    }
    return json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def fingerprint(case: Case, outcome: Outcome) -> str:
    """The SHA-256 of the frozen form, in hexadecimal."""
    return hashlib.sha256(frozen(case, outcome)).hexdigest()


def _plain(value: object) -> Any:  # noqa: ANN401 (JSON is of any shape)
    if dataclasses.is_dataclass(value):
        return {each.name: _plain(getattr(value, each.name)) for each in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, (set, frozenset)):
        return sorted(_plain(each) for each in value)
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    return value if value is None or isinstance(value, (bool, int, str)) else str(value)
