"""What is asked of a zoo: its profile, its logo, and whom it invites."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_countries import countries

from donors.models import Association, Zoo
from donors.zoos import logos, zoos
from donors.zoos.zoos import NotAProfile, Profile
from funding.parties.models import Part


def _countries() -> list[tuple[str, str]]:
    return [("", _("Choose a country")), *((code, str(name)) for code, name in countries)]


class ProfileForm(forms.Form):
    """What papers print of a zoo. Whether it can be so says the rule."""

    name = forms.CharField(max_length=200, label=gettext_lazy("Name, as visitors know it"))
    legal_name = forms.CharField(
        max_length=200,
        required=False,
        label=gettext_lazy("Legal name"),
        help_text=gettext_lazy("As it stands in the register. Invoices are made out to it."),
    )
    country = forms.ChoiceField(label=gettext_lazy("Country"))
    registration_number = forms.CharField(
        max_length=60, required=False, label=gettext_lazy("Registration number")
    )
    vat_number = forms.CharField(
        max_length=30,
        required=False,
        label=gettext_lazy("VAT number"),
        help_text=gettext_lazy("With the letters of the country in front, if you have one."),
    )
    billing_address = forms.CharField(
        max_length=1000,
        required=False,
        label=gettext_lazy("Address for invoices"),
        widget=forms.Textarea(attrs={"rows": 4, "autocomplete": "street-address"}),
    )
    finance_name = forms.CharField(
        max_length=120, required=False, label=gettext_lazy("Who sees to invoices")
    )
    finance_email = forms.CharField(
        max_length=254,
        label=gettext_lazy("E-mail for invoices"),
        help_text=gettext_lazy("Invoices, reminders and receipts are mailed here."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    website = forms.URLField(
        required=False, label=gettext_lazy("Website"), assume_scheme="https", max_length=200
    )
    association = forms.ChoiceField(
        choices=Association.choices, required=False, label=gettext_lazy("Association")
    )
    language = forms.ChoiceField(
        choices=settings.LANGUAGES,
        label=gettext_lazy("Language"),
        help_text=gettext_lazy("Of invoices and other papers, and of the mails about them."),
    )

    def __init__(self, *args: Any, zoo: Zoo | None = None, **kwargs: Any) -> None:  # noqa: ANN401
        if zoo is not None:
            told = zoos.told_of(zoo)
            kwargs["initial"] = {name: getattr(told, name) for name in Profile.__slots__}
        super().__init__(*args, **kwargs)
        country = self.fields["country"]
        assert isinstance(country, forms.ChoiceField)
        country.choices = _countries()

    def clean(self) -> dict[str, Any]:
        """The profile as the rule would keep it, or what the rule says about a field."""
        told = super().clean() or {}
        if not self.errors:
            try:
                self.profile = zoos.read(Profile(**{key: told[key] for key in Profile.__slots__}))
            except NotAProfile as refusal:
                self.add_error(refusal.field, refusal.sentence)
        return told


class NewZooForm(ProfileForm):
    """A zoo and its first owner."""

    owner_email = forms.EmailField(
        max_length=254,
        label=gettext_lazy("E-mail of its first owner"),
        help_text=gettext_lazy("Who is asked by mail, and asks others in turn."),
    )


class LogoForm(forms.Form):
    """A picture, or none any more."""

    logo = forms.FileField(
        label=gettext_lazy("PNG or JPEG, up to 2 MB"),
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg"}),
        error_messages={"required": gettext_lazy("Choose a picture.")},
    )

    def clean_logo(self) -> bytes:
        """The bytes, unless there are too many of them to be read."""
        file = self.cleaned_data["logo"]
        if file.size > logos.MOST_BYTES:
            raise forms.ValidationError(_("The file is larger than 2 MB."))
        content: bytes = file.read()
        return content


class InviteForm(forms.Form):
    """Whom to ask, and what they may do."""

    email = forms.EmailField(max_length=254, label=gettext_lazy("E-mail"))
    part = forms.ChoiceField(
        choices=[
            (Part.VIEWER, gettext_lazy("Viewer: sees everything, changes nothing")),
            (Part.FINANCE, gettext_lazy("Finance: promises, invoices and payments")),
            (Part.OWNER, gettext_lazy("Owner: all that, and who belongs to it")),
        ],
        label=gettext_lazy("What they may do"),
    )
    language = forms.ChoiceField(
        choices=settings.LANGUAGES, required=False, label=gettext_lazy("Language of the mail")
    )


class PartForm(forms.Form):
    """What a member may do from now on."""

    part = forms.ChoiceField(choices=Part.choices)
