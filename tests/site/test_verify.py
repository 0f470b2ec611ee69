"""Whoever holds a paper can see what it is worth, and learns nothing else."""

import pytest
from django.core.cache import cache
from django.test import Client

from funding.documents import register
from funding.documents.models import Document
from funding.parties.models import Entity
from tests import make


@pytest.fixture(autouse=True)
def fresh_counters(db: None) -> None:
    cache.clear()


@pytest.fixture
def entity(db: None) -> Entity:
    return make.entity()


def receipt(entity: Entity, key: str) -> Document:
    """A receipt whose printed facts name a person and a sum."""
    snapshot = {
        "site_url": "http://localhost:8000",
        "entity": {"legal_name": "Manul Fund Example Foundation", "is_illustrative": False},
        "donor": {"name": "Alice Example"},
        "given_minor": 2550,
    }
    return register.issue(
        entity_id=entity.pk, template="receipt", key=key, snapshot=snapshot, language="en"
    )


def test_a_valid_paper_is_called_valid_and_names_nobody(client: Client, entity: Entity) -> None:
    document = receipt(entity, "receipt:1:issue")
    answer = client.get(register.verify_url(document).removeprefix("http://localhost:8000"))
    page = answer.text
    assert answer.status_code == 200
    assert "It is valid." in page
    for fact in (document.name, "Receipt for a gift", "Manul Fund Example Foundation"):
        assert fact in page
    assert "Alice" not in page
    assert "25.50" not in page
    assert "no-cache" in answer["Cache-Control"]


def test_a_void_paper_is_called_void(client: Client, entity: Entity) -> None:
    document = receipt(entity, "receipt:1:issue")
    register.void(document_id=document.pk, actor="system")
    page = client.get(f"/verify/{document.verify_code}/").text
    assert "It is void" in page
    assert "It is valid." not in page


def test_a_replaced_paper_names_its_successor(client: Client, entity: Entity) -> None:
    first, second = receipt(entity, "receipt:1:issue"), receipt(entity, "receipt:2:issue")
    register.replace(document_id=first.pk, by_id=second.pk, actor="system")
    page = client.get(f"/verify/{first.verify_code}/").text
    assert "It was replaced" in page
    assert second.name in page
    assert second.verify_code not in page
    assert "It is valid." in client.get(f"/verify/{second.verify_code}/").text


@pytest.mark.parametrize("write", [str.lower, str.upper, lambda c: f"{c[:4]}-{c[4:8]} {c[8:]}"])
def test_a_code_may_be_typed_in_any_way(client: Client, entity: Entity, write: object) -> None:
    document = receipt(entity, "receipt:1:issue")
    assert callable(write)
    answer = client.get("/verify/", {"code": write(document.verify_code)}, follow=True)
    assert "It is valid." in answer.text


@pytest.mark.parametrize("code", ["ABCD", "..%2f..", "x" * 300, "%3Cscript%3E", "%00", "🐈"])
def test_a_wrong_code_gets_a_field_to_type_it_again(client: Client, code: str) -> None:
    answer = client.get(f"/verify/{code}/")
    assert answer.status_code == 404
    if "%2f" not in code:
        assert "We know no such code" in answer.text
        assert 'name="code"' in answer.text
    assert "<script>" not in answer.text


def test_an_empty_code_asks_for_one(client: Client) -> None:
    assert "Type the code" in client.get("/verify/?code=").text
