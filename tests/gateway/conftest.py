"""Stripe's account book against ours, over HTTP."""

import pytest

from funding.ledger.models import Fund
from funding.parties.models import Entity
from tests import make
from tests.donors.conftest import Visitor
from tests.sandbox.conftest import Sandbox


@pytest.fixture
def entity(committed: None) -> Entity:
    """Who receives."""
    return make.entity()


@pytest.fixture
def general(entity: Entity) -> Fund:
    """The fund that most gifts go to."""
    return make.fund(entity)


@pytest.fixture
def visitor(stripe: Sandbox) -> Visitor:
    """Somebody who pays."""
    return Visitor(stripe)
