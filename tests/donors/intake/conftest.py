"""The treasurer's desk, in the test's own transaction or really committed."""

import pytest

from tests.donors.intake import desk as making
from tests.donors.intake.desk import Desk


@pytest.fixture
def desk(db: None) -> Desk:
    """Seen by this test alone."""
    return making.desk()


@pytest.fixture
def open_desk(committed: None) -> Desk:
    """Seen by other threads too."""
    return making.desk()
