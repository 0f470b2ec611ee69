"""What is wrong with a form that stands within another, told where the other lists its mistakes."""

from django import forms


def of(form: forms.Form, where: str = "") -> list[tuple[str, str]]:
    """Id of the field and sentence of each mistake; `where` is the form's place in words."""
    before = f"{where}, " if where else ""
    return [
        (str(form[name].id_for_label), f"{before}{form[name].label}: {error}")
        for name in form.fields
        for error in form.errors.get(name, [])
    ]
