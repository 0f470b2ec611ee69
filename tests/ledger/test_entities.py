"""Goal: a receiving body comes with all that its first gift needs, or not at all."""

from dataclasses import replace
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from funding.audit.models import Record
from funding.ledger import accounts, checks, entities
from funding.ledger.accounts import PlaceTaken
from funding.ledger.entities import Frame, OfficeUnnamed, Particulars, PlaceUnnamed, SeriesTaken
from funding.ledger.models import Account, Fund
from funding.parties.models import Entity

pytestmark = pytest.mark.django_db
WHO = Particulars(
    legal_name="Stiftelsen Manul",
    registration_number="",
    address="Stenbacken 4\n000 00 Norrvik",
    contact_email="fund@example.org",
    tax_regime="none",
    signatory_name="Tara Lindqvist",
    signatory_role="Treasurer",
)
FRAME = Frame(country="SE", zone="Europe/Stockholm", currency="SEK", series="SM")


def found(bank: str = "Norrviks Sparbank", **facts: Any) -> Entity:
    frame = replace(FRAME, **{name: facts.pop(name) for name in list(facts) if name in _FRAME})
    who = replace(WHO, **facts)
    return entities.found(particulars=who, frame=frame, bank=bank, actor="user:1")


_FRAME = {"country", "zone", "currency", "series"}


def test_a_body_that_cannot_be_founded_leaves_nothing_behind() -> None:
    found()
    counts = [model.objects.count() for model in (Entity, Fund, Account, Record)]
    for refusal, facts in ((SeriesTaken, {}), (PlaceUnnamed, {"series": "XY", "bank": "銀行"})):
        with pytest.raises(refusal):
            found(**facts)
        assert [model.objects.count() for model in (Entity, Fund, Account, Record)] == counts


def test_an_office_is_somebodys() -> None:
    entity = found()
    wanted = replace(WHO, cosignatory_role="Chair")
    with pytest.raises(OfficeUnnamed):
        entities.change(entity_id=entity.pk, particulars=wanted, actor="user:1")
    with pytest.raises(OfficeUnnamed):
        found(series="XY", cosignatory_role="Chair")
    told = "entity_office_is_somebodys"
    with pytest.raises(IntegrityError, match=told), transaction.atomic():
        Entity.objects.update(cosignatory_role="Chair")
    entity.refresh_from_db()
    assert (entity.cosignatory_name, entity.cosignatory_role) == ("", "")
    assert not Record.objects.filter(action="entity.changed").exists()


def test_a_body_has_its_treasury_its_bank_and_its_clearing() -> None:
    entity = found()
    treasury = Fund.objects.get(entity=entity)
    assert (treasury.is_treasury, treasury.currency) == (True, "SEK")
    kinds = dict(Account.objects.filter(entity=entity).values_list("kind", "name"))
    assert kinds == {"bank": "Norrviks Sparbank", "clearing": "Stripe"}
    assert accounts.clearing_of(entity.pk) == "clearing:stiftelsen-manul"
    assert checks.set_up(databases=["default"]) == []


def test_two_bodies_of_one_name_keep_their_money_apart() -> None:
    first, second = found(), found(series="SN", currency="EUR")
    assert first.slug != second.slug
    assert accounts.clearing_of(first.pk) != accounts.clearing_of(second.pk)
    assert found(legal_name="基金会", series="ZH").slug == "zh"


def test_a_further_bank_account_is_opened_once() -> None:
    entity = found()
    for _time in range(2):
        place = entities.open_bank(entity_id=entity.pk, name="Steppe Bank", actor="user:1")
    assert place.code == "bank:stiftelsen-manul-steppe-bank"
    assert Record.objects.filter(action="place.opened").count() == 2
    other = found(series="ZZ")
    accounts.open_place(entity_id=other.pk, kind="bank", slug="stiftelsen-manul-ice", name="Ice")
    with pytest.raises(PlaceTaken):
        entities.open_bank(entity_id=entity.pk, name="Ice", actor="user:1")


def test_particulars_are_put_right_and_the_log_says_which() -> None:
    entity = found()
    wanted = replace(WHO, contact_email="new@example.org", signatory_name="Tom")
    for _time in range(2):
        entities.change(entity_id=entity.pk, particulars=wanted, actor="user:1")
    entity.refresh_from_db()
    assert entity.contact_email == "new@example.org"
    record = Record.objects.get(action="entity.changed")
    assert record.facts == {"fields": "contact_email, signatory_name"}
