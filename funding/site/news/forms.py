"""What the office types of an item: its words in each language, its project, its picture."""

from typing import Any, Final
from uuid import uuid4

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.forms import BoundField
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext_lazy as _

from funding.site.models import NewsItem
from funding.site.news import items
from funding.site.news.items import FIRST, Draft, Words
from grants import projects
from grants.models import Project

# Somewhat more than is kept, so that the rule can say how many letters there are.
_ROOM: Final = 4


class ItemForm(forms.Form):
    """An item as it is written. Whether it can be so says the rule."""

    token = forms.UUIDField(widget=forms.HiddenInput)
    project = forms.ModelChoiceField(
        Project.objects.none(),
        required=False,
        label=_("Project"),
        empty_label=_("About no single project"),
        help_text=_("It stands on the project’s page, and with the gifts that paid for it."),
        error_messages={"invalid_choice": _("Choose a project that has a public page.")},
    )
    picture = forms.FileField(
        required=False,
        allow_empty_file=True,
        label=_("Picture"),
        help_text=_(
            "PNG or JPEG, up to 10 MB. It is drawn anew: where and with which camera it was"
            " taken is not kept. Nothing may show where a den is."
        ),
        widget=forms.ClearableFileInput(attrs={"accept": "image/png,image/jpeg"}),
    )
    drops_picture = forms.BooleanField(required=False, label=_("Take the picture away"))
    credit = forms.CharField(
        required=False,
        max_length=items.MOST_CREDIT,
        label=_("Who took or drew it, and when"),
        help_text=_("Stands below the picture, no finer than the province."),
    )
    is_agreed = forms.BooleanField(
        required=False,
        label=_("Nobody in the picture can be recognised, or everybody shown has agreed"),
    )

    def __init__(
        self,
        sent: QueryDict | None = None,
        files: MultiValueDict[str, UploadedFile] | None = None,
        *,
        item: NewsItem | None = None,
    ) -> None:
        super().__init__(sent, files, initial=_initial(item))
        project = self.fields["project"]
        assert isinstance(project, forms.ModelChoiceField)
        project.queryset = projects.published().order_by("title")
        for language, name in settings.LANGUAGES:
            self._add(language, name)
        if item is None or not item.has_picture:
            del self.fields["drops_picture"]

    def _add(self, language: str, name: str) -> None:
        must = language == FIRST
        self.fields[f"title_{language}"] = forms.CharField(
            required=False, label=_("Title"), max_length=items.MOST_TITLE * _ROOM
        )
        self.fields[f"text_{language}"] = forms.CharField(
            required=False,
            label=_("What happened"),
            max_length=items.MOST_TEXT * _ROOM,
            help_text=_("Plain words. An empty line begins a new paragraph."),
            widget=forms.Textarea(attrs={"rows": 10 if must else 6}),
        )
        self.fields[f"alt_{language}"] = forms.CharField(
            required=False,
            label=_("What the picture shows"),
            max_length=items.MOST_ALT * _ROOM,
            help_text=_("Read to those who cannot see it. Only with a picture."),
        )
        for part in ("title", "text", "alt"):
            self.fields[f"{part}_{language}"].widget.attrs["lang"] = language
        self.fields[f"title_{language}"].label = _("Title in %s") % name

    @property
    def tongues(self) -> list[tuple[str, list[BoundField]]]:
        """Each language by its name, with its fields."""
        return [
            (name, [self[f"{part}_{language}"] for part in ("title", "text", "alt")])
            for language, name in settings.LANGUAGES
        ]

    def draft(self) -> Draft:
        """What was written, for the rule. Only of a valid form."""
        data = self.cleaned_data
        upload = data["picture"]
        return Draft(
            words={
                language: Words(*(data[f"{part}_{language}"] for part in ("title", "text", "alt")))
                for language, _name in settings.LANGUAGES
            },
            project_id=data["project"].pk if data["project"] else None,
            picture=upload.read() if upload else None,
            drops_picture=bool(data.get("drops_picture")),
            credit=data["credit"],
            is_agreed=data["is_agreed"],
        )


def _initial(item: NewsItem | None) -> dict[str, Any]:
    if item is None:
        return {"token": uuid4()}
    found: dict[str, Any] = {
        "token": item.token,
        "project": item.project_id,
        "credit": item.credit,
        "is_agreed": item.is_agreed,
    }
    for row in item.said.all():
        found |= {
            f"title_{row.language}": row.title,
            f"text_{row.language}": row.text,
            f"alt_{row.language}": row.alt,
        }
    return found
