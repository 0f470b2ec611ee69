"""The questions before the form: one yes or no to each, and what follows from the other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from grants.conditions import Asked, against
from grants.models import Condition

_ANSWERS: Final = {"yes": True, "no": False}


@dataclass(frozen=True, slots=True)
class Question:
    """One question on the page: the answer there, and what keeps the form closed."""

    condition: Condition
    answer: str
    error: str

    @property
    def name(self) -> str:
        """The name of its field."""
        return f"condition-{self.condition.pk}"


class QuestionsForm:
    """What was sent, or what is kept. Whatever is neither yes nor no is no answer yet."""

    def __init__(
        self,
        conditions: Sequence[Condition],
        sent: Mapping[str, str] | None = None,
        *,
        kept: Sequence[Asked] = (),
    ) -> None:
        self.said = {each.condition.pk: each.said for each in kept if each.said is not None}
        for each in conditions if sent is not None else []:
            answer = _ANSWERS.get((sent or {}).get(f"condition-{each.pk}", ""))
            if answer is not None:
                self.said[each.pk] = answer
        self.rows = [Asked(each, self.said.get(each.pk)) for each in conditions]
        # Of a page that is new nothing is complained about.
        self.errors = against(self.rows) if sent is not None or self.said else {}

    @property
    def questions(self) -> list[Question]:
        """The rows as the page shows them."""
        words = {True: "yes", False: "no", None: ""}
        return [
            Question(row.condition, words[row.said], self.errors.get(row.condition.pk, ""))
            for row in self.rows
        ]

    @property
    def is_met(self) -> bool:
        """Whether every answer leads on."""
        return not against(self.rows)
