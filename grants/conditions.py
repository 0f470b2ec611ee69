"""The questions that a round asks before its form, and what an applicant answers to them.

One answer to each leads on. While one is missing or is the other, the form stays closed and
nothing can be sent, which the database holds.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from funding.errors import Refused
from grants.models import Answer, Application, Condition, Round


class NotMet(Refused):
    """A question is open, or its answer does not lead on. `said` is by the question's key."""

    def __init__(self, said: Mapping[int, str]) -> None:
        super().__init__(" ".join(dict.fromkeys(said.values())))
        self.said = dict(said)


@dataclass(frozen=True, slots=True)
class Asked:
    """One question and the answer to it; None while it is open."""

    condition: Condition
    said: bool | None

    @property
    def why_not(self) -> str:
        """What the answer bars, in the round's own words; nothing where it leads on."""
        if self.said is None:
            return _("Answer this question with yes or no.")
        return "" if self.said == self.condition.wanted else self.condition.otherwise


def asked(round_: Round) -> list[Condition]:
    """The questions of a round in their order."""
    return list(round_.conditions.order_by("position"))


def answered(application: Application) -> list[Asked]:
    """The questions with what the applicant has answered so far."""
    said = dict(application.answers.values_list("condition_id", "said"))
    return [Asked(each, said.get(each.pk)) for each in asked(application.round)]


def against(rows: Iterable[Asked]) -> dict[int, str]:
    """Of these, what keeps the form closed, by the question's key."""
    return {each.condition.pk: each.why_not for each in rows if each.why_not}


def are_met(application: Application) -> bool:
    """Whether every question is answered as the round wants it."""
    return not against(answered(application))


def must_be_met(round_: Round, said: Mapping[int, bool]) -> None:
    """Raises NotMet unless every question is answered, and so that it leads on."""
    if found := against(Asked(each, said.get(each.pk)) for each in asked(round_)):
        raise NotMet(found)


def keep(application: Application, said: Mapping[int, bool]) -> bool:
    """Write answers down in the open transaction, and say whether any of them is new."""
    known = dict(application.answers.values_list("condition_id", "said"))
    changed = False
    for condition in asked(application.round):
        answer = said.get(condition.pk)
        if answer is None or known.get(condition.pk) == answer:
            continue
        Answer.objects.update_or_create(
            application=application, condition=condition, defaults={"said": answer}
        )
        changed = True
    return changed
