"""A member's opinion: one mark for each criterion by its sentence, and words."""

from dataclasses import dataclass
from uuid import uuid4

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from grants.models import Criterion, Review, Round
from grants.reviews import Opinion


@dataclass(frozen=True, slots=True)
class Scale:
    """One criterion with its marks, the best first, and what is chosen."""

    criterion: Criterion
    choices: list[tuple[int, str, bool]]
    name: str
    comment_name: str
    comment: str
    error: str


class ReviewForm(forms.Form):
    """Marks are fields by the criteria's numbers. A draft may leave any of them out."""

    version = forms.IntegerField(min_value=0, max_value=10**9, widget=forms.HiddenInput)
    tab = forms.CharField(required=False, max_length=36, widget=forms.HiddenInput)
    reasons = forms.CharField(
        required=False,
        max_length=8000,
        label=gettext_lazy("Your reasons, for the committee"),
        help_text=gettext_lazy("The applicant gets a summary that the chair writes, not yours."),
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    advice = forms.CharField(
        required=False,
        max_length=4000,
        label=gettext_lazy("What should the applicant hear?"),
        help_text=gettext_lazy("One thing that would make the next application better."),
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def __init__(self, round_: Round, draft: Review | None, typed: QueryDict | None = None) -> None:
        initial: dict[str, object] = {"version": draft.version if draft else 0, "tab": uuid4()}
        if draft:
            initial |= {"reasons": draft.reasons, "advice": draft.advice}
        super().__init__(typed, initial=initial)
        self._criteria = list(round_.criterions.order_by("position").prefetch_related("anchors"))
        marks = draft.marks.all() if draft else ()
        self._marks = {each.criterion_id: each for each in marks}
        self._wrong: dict[int, str] = {}
        self.opinion = Opinion()

    def clean(self) -> None:
        """Read every mark that was chosen."""
        marks, comments = {}, {}
        for criterion in self._criteria:
            chosen = self.data.get(_name(criterion), "").strip()
            if not chosen:
                continue
            if chosen not in {str(each.mark) for each in criterion.anchors.all()}:
                self._wrong[criterion.pk] = _("Choose one of the sentences.")
                self.add_error(None, f"{criterion.name}: {self._wrong[criterion.pk]}")
                continue
            marks[criterion.pk] = int(chosen)
            comments[criterion.pk] = self.data.get(_comment(criterion), "").replace("\0", "")
        self.opinion = Opinion(
            marks,
            comments,
            self.cleaned_data.get("reasons", ""),
            self.cleaned_data.get("advice", ""),
        )

    @property
    def scales(self) -> list[Scale]:
        """Every criterion, for the page, with what was typed or stands."""
        return [self._scale(each) for each in self._criteria]

    @property
    def missing(self) -> int:
        """How many marks are still missing in what stands."""
        return sum(not any(chosen for _mark, _said, chosen in each.choices) for each in self.scales)

    def _scale(self, criterion: Criterion) -> Scale:
        kept = self._marks.get(criterion.pk)
        chosen, comment = (str(kept.mark), kept.comment) if kept else ("", "")
        if self.is_bound:
            chosen = self.data.get(_name(criterion), "")
            comment = self.data.get(_comment(criterion), "")
        return Scale(
            criterion=criterion,
            choices=[
                (each.mark, each.sentence, str(each.mark) == chosen)
                for each in criterion.anchors.all()
            ],
            name=_name(criterion),
            comment_name=_comment(criterion),
            comment=comment,
            error=self._wrong.get(criterion.pk, ""),
        )


def _name(criterion: Criterion) -> str:
    return f"mark{criterion.pk}"


def _comment(criterion: Criterion) -> str:
    return f"comment{criterion.pk}"
