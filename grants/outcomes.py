"""Where a round stands, and what became of its applications, in numbers that name nobody."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from django.db.models import Count, Q

from grants import rounds
from grants.models import Application, ApplicationState, Refusal, Round
from grants.models.applications import ApplicationQuerySet
from grants.rounds import Phase


class Standing(StrEnum):
    """Where a round stands, by the clock and by what was decided."""

    SOON = "soon"
    OPEN = "open"
    DECIDING = "deciding"
    DECIDED = "decided"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How many applications were sent in, and what became of them."""

    sent: int = 0
    funded: int = 0
    declined: int = 0
    withdrawn: int = 0

    @property
    def waiting(self) -> int:
        """Those that the committee has not decided on."""
        return self.sent - self.funded - self.declined - self.withdrawn

    @property
    def is_known(self) -> bool:
        """Whether anything has been decided, so that there is something to tell."""
        return self.funded + self.declined > 0


@dataclass(frozen=True, slots=True)
class Told:
    """A published round, where it stands and what came of it."""

    round: Round
    outcome: Outcome
    standing: Standing


def told(asked: Iterable[Round]) -> list[Told]:
    """These rounds with their outcomes, in one statement."""
    found = list(asked)
    outcomes = of(each.pk for each in found)
    return [Told(each, outcomes[each.pk], _standing(each, outcomes[each.pk])) for each in found]


def of(round_ids: Iterable[int]) -> dict[int, Outcome]:
    """The outcome of each of these rounds, by id, in one statement."""
    wanted = list(round_ids)
    rows = (
        Application.objects.sent()
        .filter(round__in=wanted)
        .order_by()
        .values("round")
        .annotate(
            sent=Count("pk"),
            funded=_in(ApplicationState.AWARDED),
            declined=_in(ApplicationState.DECLINED),
            withdrawn=_in(ApplicationState.WITHDRAWN),
        )
    )
    found = {
        row["round"]: Outcome(row["sent"], row["funded"], row["declined"], row["withdrawn"])
        for row in rows
    }
    return {pk: found.get(pk, Outcome()) for pk in wanted}


def refusals(rows: ApplicationQuerySet) -> list[tuple[str, int]]:
    """How many of these were refused for which reason, the commonest first, in one statement.

    The label is empty of those that were declined before reasons were counted.
    """
    declined = rows.filter(state=ApplicationState.DECLINED).order_by()
    found = declined.values_list("refusal").annotate(number=Count("pk"))
    labels = dict(Refusal.choices)
    told = [(str(labels.get(code, "")), number) for code, number in found]
    return sorted(told, key=lambda row: (-row[1], row[0]))


def _standing(round_: Round, outcome: Outcome) -> Standing:
    phase = rounds.phase(round_)
    if phase in {Phase.SOON, Phase.OPEN}:
        return Standing(phase.value)
    return Standing.DECIDED if outcome.is_known and not outcome.waiting else Standing.DECIDING


def _in(state: ApplicationState) -> Count:
    return Count("pk", filter=Q(state=state))
