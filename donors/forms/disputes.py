"""What a treasurer writes to a bank: evidence in words and papers, and why it is sent."""

from typing import Final

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from donors import evidence
from donors.evidence import Paper
from donors.models import Dispute

_ACCEPTED: Final = ".pdf,.png,.jpg,.jpeg"

# What the buttons do beside keeping: send, put the receipt in, take out the paper that follows.
SEND: Final = "send"
RECEIPT: Final = "receipt"
OUT: Final = "out:"


class EvidenceForm(forms.Form):
    """The words and the papers. Whether a bank takes them is judged by the rule."""

    def __init__(
        self,
        dispute: Dispute,
        sent: QueryDict | None = None,
        files: MultiValueDict[str, UploadedFile] | None = None,
    ) -> None:
        super().__init__(sent, files, initial=evidence.proposed(dispute))
        self.dispute = dispute
        texts = evidence.TEXTS
        if dispute.is_appeal:
            texts = {evidence.REASON: gettext_lazy("Why the bank should decide otherwise")}
        for name, label in texts.items():
            is_long = name in evidence.LONG
            widget = forms.Textarea(attrs={"rows": 3}) if is_long else forms.TextInput()
            self.fields[name] = forms.CharField(
                required=False, label=label, widget=widget, max_length=evidence.MOST_LETTERS
            )
        for name, label in evidence.PAPERS.items():
            self.fields[name] = forms.FileField(
                required=False,
                label=label,
                widget=forms.ClearableFileInput(attrs={"accept": _ACCEPTED}),
            )

    def clean(self) -> dict[str, object]:
        """Refuses what the page does not offer: another button, a paper in a place of words."""
        if not set(self.files) <= set(evidence.PAPERS) or set(self.data) & set(evidence.PAPERS):
            raise forms.ValidationError(_("This page takes papers and words in their own places."))
        outs = {f"{OUT}{name}" for name in evidence.PAPERS}
        if self.deed() not in {"", SEND, RECEIPT, *outs}:
            raise forms.ValidationError(_("This page has no such button."))
        return self.cleaned_data

    def deed(self) -> str:
        """Which button was pressed; empty for the one that only keeps."""
        return str(self.data.get("then", ""))

    def texts(self) -> dict[str, str]:
        """The words by their names. In an appeal those of the first answer stay as they were."""
        typed = {name: self.cleaned_data[name] for name in evidence.TEXTS if name in self.fields}
        return {**self.dispute.evidence, **typed} if self.dispute.is_appeal else typed

    def papers(self) -> list[Paper]:
        """The papers that were sent along."""
        sent = {name: self.cleaned_data[name] for name in evidence.PAPERS}
        return [Paper(name, file.name, file.read()) for name, file in sent.items() if file]


class WhyForm(forms.Form):
    """Why it is done. Kept in the log."""

    why = forms.CharField(
        max_length=400,
        label=gettext_lazy("Why"),
        help_text=gettext_lazy("Kept with it; the donor and the bank do not see it."),
        error_messages={"required": gettext_lazy("Write why.")},
    )
