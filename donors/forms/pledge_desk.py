"""What a treasurer may ask of regular gifts: filters of the list, and the end of one."""

from django import forms
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from donors import finding
from donors.forms.treasury import Filters
from donors.models import Pledge, PledgeState, Rhythm
from donors.models.pledges import RUNNING


class PledgeFilters(Filters):
    """Which regular gifts are shown. The days are those on which they were promised."""

    rhythm = forms.ChoiceField(required=False, label=gettext_lazy("Rhythm"))

    states = [
        ("running", str(gettext_lazy("All that run"))),
        *((state.value, str(state.label)) for state in PledgeState),
    ]

    def __init__(self, asked: QueryDict) -> None:
        super().__init__(asked)
        self.fields["q"].label = _("E-mail, name, reference or Stripe id")
        self._choose("rhythm", _("All rhythms"), [(each.value, str(each.label)) for each in Rhythm])

    def rows(self) -> QuerySet[Pledge]:
        """The regular gifts asked for, the newest first."""
        asked = self.asked()
        rows = finding.pledges(asked.get("q", "")).filter(self.span("created_at"))
        if asked.get("state") == "running":
            rows = rows.filter(state__in=RUNNING)
        elif "state" in asked:
            rows = rows.filter(state=asked["state"])
        if "fund" in asked:
            rows = rows.filter(fund__slug=asked["fund"])
        for name in ("currency", "rhythm"):
            if name in asked:
                rows = rows.filter(**{name: asked[name]})
        return rows.select_related("donor", "fund", "entity").order_by("-created_at", "-pk")


class EndForm(forms.Form):
    """Why the fund ends it."""

    reason = forms.CharField(
        max_length=400,
        label=gettext_lazy("Why"),
        help_text=gettext_lazy("Kept with it. The donor is told only that it has ended."),
        error_messages={"required": gettext_lazy("Write why it is ended.")},
    )
