"""What is said about people: every column is named, and told to whom it is about."""

from typing import Any

from django.apps import apps
from django.db import models
from django.test.utils import isolate_apps

from donors.models import Donor
from funding.site.privacy.fields import CODES, PLAIN, SPEAKING
from funding.site.privacy.holdings import HOLDINGS
from funding.users.models import User

TEXT = (
    models.CharField,
    models.TextField,
    models.JSONField,
    models.BinaryField,
    models.GenericIPAddressField,
    models.FileField,
)
# Tables that say something about a person and are told to nobody: keys of what is open now, the
# office's own log of the admin, and the copies and erasures themselves.
UNTOLD = {"sessions.Session", "admin.LogEntry", "site.DataCopy", "site.Erasure"}


def can_speak(field: "models.Field[Any, Any]") -> bool:
    """Whether a column can hold something about a person."""
    if field.is_relation:
        return field.related_model in {User, Donor}
    return isinstance(field, TEXT) and not field.choices


def unnamed(tables: list[type[models.Model]]) -> list[str]:
    """Columns of which nobody has said whether they say something about a person."""
    found = []
    for table in tables:
        label = table._meta.label
        named = {*SPEAKING.get(label, "").split(), *PLAIN.get(label, "").split()}
        for field in table._meta.concrete_fields:
            is_code = field.name in CODES
            if can_speak(field) and field.name not in named and not is_code:
                found.append(f"{label}.{field.name}")
    return found


def test_every_column_that_can_speak_is_named() -> None:
    assert unnamed(apps.get_models()) == []


@isolate_apps("funding.audit")
def test_a_column_that_nobody_named_is_noticed() -> None:
    class Guest(models.Model):
        nickname = models.CharField(max_length=40)
        telephone = models.TextField()
        host = models.ForeignKey(User, on_delete=models.PROTECT)
        currency = models.CharField(max_length=3)

        class Meta:
            app_label = "audit"

    assert unnamed([Guest]) == [f"audit.Guest.{name}" for name in ("nickname", "telephone", "host")]


def test_no_name_stands_in_the_lists_that_no_table_has() -> None:
    for kept in (SPEAKING, PLAIN):
        for label, names in kept.items():
            has = {field.name for field in apps.get_model(label)._meta.concrete_fields}
            assert set(names.split()) <= has, label
    for label in SPEAKING.keys() & PLAIN.keys():
        assert not set(SPEAKING[label].split()) & set(PLAIN[label].split()), label


def test_every_table_that_speaks_of_a_person_is_told_to_them() -> None:
    assert set(SPEAKING) - {holding.label for holding in HOLDINGS} == UNTOLD
    assert len({holding.label for holding in HOLDINGS}) == len(HOLDINGS)


def test_what_is_shown_and_what_is_hidden_are_columns() -> None:
    for holding in HOLDINGS:
        has = {field.name for field in holding.model._meta.concrete_fields}
        has |= {field.attname for field in holding.model._meta.concrete_fields}
        has |= {"name"} if holding.label == "documents.Document" else set()
        assert {*holding.shown, *holding.hidden} <= has, holding.label
