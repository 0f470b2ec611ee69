"""Settings and rows under which the ledger cannot work are said before the first gift."""

import pytest
from django.core.checks import run_checks
from django.db import connection

from funding.ledger import checks
from funding.ledger.models import Account, Fund
from tests.ledger import making

ALIAS = ["default"]


def codes(*, deploy: bool = True) -> set[str | None]:
    found = run_checks(databases=ALIAS, include_deployment_checks=deploy)
    return {each.id for each in found if (each.id or "").startswith("ledger.")}


@pytest.mark.django_db
def test_an_entity_that_is_ready_passes() -> None:
    making.world()
    assert codes() == set()


@pytest.mark.django_db
def test_an_entity_without_treasury_and_clearing_is_named() -> None:
    owner = making.entity()
    making.fund(owner)
    assert codes() == {"ledger.E002", "ledger.E003"}
    # A database that is only half filled must still migrate.
    assert codes(deploy=False) == set()


@pytest.mark.django_db
def test_a_fund_that_cannot_be_paid_into_is_named() -> None:
    at = making.world()
    making.fund(at.entity, "Pounds", currency="GBP")
    assert codes() == {"ledger.W001"}
    Fund.objects.filter(currency="GBP").update(is_open_to_gifts=False)
    assert codes() == set()


@pytest.mark.django_db
def test_two_clearing_accounts_are_one_too_many() -> None:
    at = making.world()
    Account.objects.create(
        code="clearing:two", kind="clearing", name="Two", is_spendable=True, entity=at.entity
    )
    assert codes() == {"ledger.E003"}


@pytest.mark.parametrize(("level", "found"), [(2, []), (3, ["ledger.E001"]), (4, ["ledger.E001"])])
def test_another_isolation_level_is_refused(committed: None, level: int, found: list[str]) -> None:
    names = {2: "read committed", 3: "repeatable read", 4: "serializable"}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('default_transaction_isolation', %s, false)", [names[level]]
        )
    try:
        connection.ensure_connection()
        raw = connection.connection
        raw.isolation_level = None
        assert [each.id for each in checks.isolation(databases=ALIAS)] == found
    finally:
        connection.close()
