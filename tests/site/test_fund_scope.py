"""Goal: the treasurer writes what givers want, and everybody reads it where they give."""

import pytest
from django.test import Client

from funding.ledger.models import Fund, Restriction
from funding.users.models import Role
from grants.models import FundScope
from tests import make
from tests.people import make_person, sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def dens() -> Fund:
    """A fund whose givers tied it."""
    made = make.fund(make.entity(), "Dens", slug="dens")
    made.restriction, made.surplus = Restriction.RESTRICTED, "It stays for dens."
    made.save()
    return made


@pytest.fixture
def desk(client: Client) -> Client:
    sign_in(client, make_person("tara@example.org", "Tara Lindqvist", Role.TREASURER))
    return client


WRITTEN = {
    "countries": ["MN", "KZ"],
    "expires_on": "2027-12-31",
    "words": "For dens\r\non the <steppe>.",
    "reason": "Letter of 3 May",
}


def test_what_is_written_counts_and_everybody_reads_it(desk: Client, dens: Fund) -> None:
    place = "/treasurer/fund/dens/scope/"
    assert "Nothing yet" in desk.get(place).text
    for _again in range(2):
        assert desk.post(place, WRITTEN).status_code == 302
    row = FundScope.objects.get()
    assert (row.countries, row.words) == (["KZ", "MN"], "For dens\non the <steppe>.")
    page = Client().get("/funds/dens/").text
    assert "Work in Kazakhstan, Mongolia." in page
    assert "Awarded by 31 December 2027 at the latest." in page
    assert "on the &lt;steppe&gt;." in page
    assert "Letter of 3 May" not in page
    assert desk.post(place, {"reason": "They agreed to all work."}).status_code == 302
    history = desk.get(place).text
    assert "Letter of 3 May" in history
    assert "They agreed to all work." in history
    assert "What it may pay for" not in Client().get("/funds/dens/").text


@pytest.mark.parametrize(
    "facts",
    [
        {"reason": ""},
        {"reason": "\0"},
        {"countries": ["SE"]},
        {"projects": ["10000000000000000000000"]},
        {"expires_on": "2027-02-30"},
        {"expires_on": "٢٠٢٧"},
        {"words": "x" * 2_001},
    ],
)
def test_a_mistake_is_said_and_what_was_typed_stays(
    desk: Client, dens: Fund, facts: dict[str, object]
) -> None:
    answer = desk.post("/treasurer/fund/dens/scope/", {"words": "For dens."} | WRITTEN | facts)
    if facts.keys() == {"projects"}:
        # Without projects there is no such list, and what is sent for it is not read.
        assert answer.status_code == 302
        return
    assert answer.status_code == 422
    assert 'value="KZ"' in answer.text
    assert not FundScope.objects.exists()


def test_an_unrestricted_fund_takes_no_limits(desk: Client, dens: Fund) -> None:
    Fund.objects.filter(pk=dens.pk).update(restriction=Restriction.UNRESTRICTED, surplus="")
    answer = desk.post("/treasurer/fund/dens/scope/", WRITTEN)
    assert answer.status_code == 409
    assert "is unrestricted" in answer.text
    assert "Letter of 3 May" in answer.text
