"""The register of grants: read by people, by spreadsheets and by machines of the standard."""

import csv
import datetime as dt
import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, FormatChecker

from funding.money import Money
from funding.parties.models import Entity
from grants import figures, giving_data
from grants.models import Award, AwardShare, Project, Round
from tests.donors.intake import desk as making
from tests.grants import showing
from tests.grants.payments import cast
from tests.grants.payments.cast import Stage
from tests.grants.test_takeovers import row, taken
from tests.refusing import refused

pytestmark = pytest.mark.django_db
HERE = Path(__file__).with_name("giving360")
JSON, CSV = "/grants/360giving.json", "/grants/360giving.csv"


@pytest.fixture(autouse=True)
def fresh_counters() -> None:
    cache.clear()


@pytest.fixture
def at() -> Stage:
    return showing.shown()


def schema(name: str) -> Any:
    return json.loads((HERE / f"360-giving-{name}-1.4.3.json").read_text())


def validator() -> Draft202012Validator:
    """The package's schema with that of a grant inside it, instead of at its address on the web."""
    package, one = schema("package-schema"), schema("schema")
    within = json.dumps(one).replace('"#/$defs/', '"#/$defs/grant/$defs/')
    del package["$id"]
    package["properties"]["grants"]["items"]["$ref"] = "#/$defs/grant"
    package["$defs"] = {"grant": json.loads(within)}
    del package["$defs"]["grant"]["$id"]
    return Draft202012Validator(package, format_checker=checker())


def checker() -> FormatChecker:
    """What the schema calls a date-time and a uri: the library by itself lets all pass."""
    made = FormatChecker(formats=())
    full = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
    made.checks("date-time")(lambda text: bool(full.fullmatch(text)))
    made.checks("uri")(lambda text: bool(re.fullmatch(r"https?://[^\s/]+/\S*", text)))
    return made


def packaged(client: Client) -> Any:
    """What the address answers, held to the schema, its numbers as they are written."""
    cache.clear()
    answer = client.get(JSON)
    assert answer.status_code == 200
    text = answer.getvalue().decode()
    problems = [error.message for error in validator().iter_errors(json.loads(text))]
    assert problems == []
    return json.loads(text, parse_float=Decimal)


def grants(client: Client) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = packaged(client)["grants"]
    return found


def lines(client: Client) -> list[dict[str, str]]:
    cache.clear()
    return list(csv.DictReader(client.get(CSV).getvalue().decode("utf-8-sig").splitlines()))


@pytest.mark.parametrize(
    ("facts", "constraint"),
    [
        ({"giving_prefix": "manul"}, "entity_giving_prefix_is_one_of_theirs"),
        ({"giving_prefix": "360G-a b"}, "entity_giving_prefix_is_one_of_theirs"),
        ({"org_identifier": "SC004064"}, "entity_identifier_names_its_list"),
        ({"org_identifier": "GB-SC-SC 4"}, "entity_identifier_names_its_list"),
    ],
)
def test_nothing_made_up_passes_for_a_registered_identifier(
    at: Stage, facts: dict[str, str], constraint: str
) -> None:
    with refused(constraint):
        Entity.objects.filter(pk=at.entity.pk).update(**facts)


def test_a_package_without_a_grant_is_none(client: Client, at: Stage) -> None:
    assert list(validator().iter_errors({"grants": []})) != []
    for when in (None, dt.datetime(2999, 1, 1, tzinfo=dt.UTC)):
        Project.objects.update(published_at=when)
        assert client.get(JSON).status_code == client.get(CSV).status_code == 404
    page = client.get("/grants/").text
    assert "A project that is not published yet" in page
    assert "360giving" not in page
    assert client.get("/grants/360giving.xml").status_code == 404
    assert client.get("/register/").headers["Location"] == "/grants/"


def test_a_grant_is_told_as_the_standard_wants_it(client: Client, at: Stage) -> None:
    at.paid(30_001)
    whole = packaged(client)
    (told,) = whole["grants"]
    assert told["title"] == "Dens in the steppe"
    assert told["description"] == "We look for dens. Then we count."
    assert told["amountAppliedFor"] == told["amountAwarded"] == Decimal("1000.00")
    assert told["amountDisbursed"] == Decimal("300.01")
    assert told["plannedDates"] == [{"startDate": "2026-09-01", "endDate": "2027-08-31"}]
    assert told["beneficiaryLocation"] == [{"name": "Dornod, Mongolia", "countryCode": "MN"}]
    assert told["grantProgramme"][0]["title"] == "Call"
    assert told["fromOpenCall"] == "Yes"
    assert told["recipientOrganization"][0]["name"] == "Steppe Team"
    assert told["fundingOrganization"][0]["name"] == at.entity.legal_name
    assert told["classifications"][0]["code"] == "active"
    assert "recipientIndividual" not in told
    assert "No prefix is registered" in whole["description"]
    assert not told["id"].startswith("360G-")
    Entity.objects.update(giving_prefix="360G-manul", org_identifier="GB-SC-SC004064")
    whole = packaged(client)
    assert whole["grants"][0]["id"] == f"360G-manul-{at.award.pk}"
    assert whole["publisher"]["identifier"] == "GB-SC-SC004064"
    assert "prefix" not in whole["description"]
    answer = client.get(JSON)
    assert answer.headers["Cache-Control"] == "public, max-age=900"
    answer.getvalue()


def test_the_spreadsheet_has_the_standards_own_titles_and_the_same_facts(
    client: Client, at: Stage
) -> None:
    at.paid(30_001)
    one = schema("schema")
    known = set()
    for told in one["properties"].values():
        inner = told.get("items", told).get("$ref", "")
        parts = one["$defs"][inner.rpartition("/")[2]].get("properties", {}) if inner else {}
        title = told.get("title", "Currency")
        known |= {title, *(f"{title}:{each.get('title')}" for each in parts.values())}
    (line,) = lines(client)
    assert set(line) - known == set()
    (grant,) = grants(client)
    assert line["Identifier"] == grant["id"]
    assert Decimal(line["Amount Awarded"]) == grant["amountAwarded"]
    assert line["Amount Disbursed"] == "300.01"
    assert line["Award Date"] == grant["awardDate"]
    assert line["Recipient Org:Identifier"] == grant["recipientOrganization"][0]["id"]
    assert line["Beneficiary Location:Country Code"] == "MN"
    assert line["Planned Dates:Start Date"] == "2026-09-01"


def test_what_was_cancelled_and_what_came_back_is_said(client: Client, at: Stage) -> None:
    at.paid(30_000)
    at.returned(10_000)
    at.cancelled()
    (told,) = grants(client)
    assert told["amountAwarded"] == told["amountDisbursed"] == Decimal("200.00")
    assert "Of €1,000.00 promised, €700.00 was cancelled." in told["description"]
    assert "€100.00 came back unspent." in told["description"]
    page = client.get("/grants/").text
    assert "€1,000.00 was promised." in page
    assert "€700.00 was not needed" in page


def test_an_award_that_was_cancelled_whole_is_shown_as_such(client: Client, at: Stage) -> None:
    at.cancelled()
    (told,) = grants(client)
    assert told["classifications"][0]["code"] == "cancelled"
    assert told["amountAwarded"] == 0
    assert 'class="state stop">cancelled' in client.get("/grants/").text


def test_one_of_another_system_is_told_whole(client: Client, db: None) -> None:
    desk = making.desk()
    cast.give(desk.general, 1_200_000)
    taken(desk, row(desk))
    Project.objects.update(published_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
    (told,) = grants(client)
    assert (told["amountAwarded"], told["amountDisbursed"]) == (8000, 3000)
    assert told["awardDate"] == "2025-04-01"
    assert not told.keys() & {"fromOpenCall", "amountAppliedFor", "grantProgramme", "plannedDates"}
    page = client.get("/grants/?year=2025").text
    assert "€8,000.00 was promised there and €3,000.00 paid" in page
    assert "No grant fits" in client.get("/grants/?year=2025&q=nothing").text


def test_a_person_is_never_named_as_who_gets_it(client: Client, at: Stage) -> None:
    body = at.award.application.project.organisation
    body.name = "  ASEL "
    body.save()
    (told,) = grants(client)
    assert told["recipientIndividual"]["name"] == "Individual recipient"
    assert "recipientOrganization" not in told
    (line,) = lines(client)
    assert line["Recipient Ind:Name"] == "Individual recipient"
    assert line["Recipient Org:Name"] == ""
    for address in ("/grants/", "/grants/?csv=1", JSON, CSV):
        cache.clear()
        answer = client.get(address)
        body_text = answer.getvalue() if answer.streaming else answer.content
        assert "asel" not in body_text.decode().casefold(), address


def test_no_place_is_finer_than_a_province(client: Client, at: Stage) -> None:
    Project.objects.update(province="Dornod, 48.07 N 114.53 E")
    told = grants(client)[0]
    assert told["beneficiaryLocation"] == [{"name": "Mongolia", "countryCode": "MN"}]
    for address in ("/grants/", "/grants/?csv=1"):
        answer = client.get(address)
        text = (answer.getvalue() if answer.streaming else answer.content).decode()
        assert "114" not in text
    Project.objects.update(country="", province="")
    assert "beneficiaryLocation" not in grants(client)[0]


@given(st.integers(-(10**18), 10**18), st.sampled_from(["EUR", "JPY", "KWD"]))
def test_a_sum_is_written_to_the_last_digit(minor: int, currency: str) -> None:
    money = Money(minor, currency)
    written = giving_data._dumped({"sum": giving_data._number(money)})
    assert json.loads(written, parse_float=Decimal)["sum"] == money.decimal


@pytest.mark.parametrize("title", ["\\u00001234.5", '"\\u00007"', "</script><b>", "Łóś & Ө"])
def test_no_title_passes_for_a_number_or_ends_a_script(
    client: Client, at: Stage, title: str
) -> None:
    Project.objects.update(title=title)
    assert grants(client)[0]["title"] == title
    page = client.get("/projects/steppe/").text
    (script,) = re.findall(r'<script type="application/ld\+json" nonce="\S+">(.*?)</script>', page)
    told = json.loads(script)
    assert told["@type"] == "MonetaryGrant"
    assert told["name"] == title
    assert told["amount"] == {"@type": "MonetaryAmount", "currency": "EUR", "value": 1000.0}


def test_a_project_without_a_grant_says_nothing_of_one(client: Client, db: None) -> None:
    found = showing.published()
    assert "MonetaryGrant" not in client.get(f"/projects/{found.slug}/").text


def test_the_register_is_searched(client: Client, at: Stage) -> None:
    fund, year = at.funds[0], at.award.adopted_at.year
    project = '<a href="/projects/steppe/">'
    for asked, is_there in (
        ("", True), ("q=dens", True), ("q=steppe+team", True), ("q=snow", False),
        (f"year={year}", True), ("country=MN", True), (f"fund={fund.slug}", True),
        (f"q=dens&country=MN&year={year}&fund={fund.slug}", True),
        # What makes no sense asks for nothing; what is too long or holds a NUL neither.
        ("year=1999", True), ("year=٢٠٢٦", True), ("country=XX", True), ("fund=nothing", True),
        ("q=%00", True), ("page=1000000000000", True), (f"q={'x' * 200}", True),
    ):  # fmt: skip
        cache.clear()
        answer = client.get(f"/grants/?{asked}")
        assert answer.status_code == 200
        assert (project in answer.text) == is_there, asked
    text = client.get("/grants/?csv=1&country=MN").getvalue().decode("utf-8-sig")
    (line,) = csv.DictReader(text.splitlines())
    assert (line["Project"], line["Awarded"], line["State"]) == (
        "Dens in the steppe", "1000.00", "Active",
    )  # fmt: skip


def test_words_and_places_find_nothing_that_is_not_published(client: Client, at: Stage) -> None:
    Project.objects.update(published_at=None)
    for asked in ("q=dens", "q=steppe", "country=MN"):
        page = client.get(f"/grants/?{asked}").text
        assert "Dens" not in page
    assert "No grant fits this choice." in client.get("/grants/?q=dens").text
    assert "Mongolia" not in client.get("/grants/").text


def test_the_sums_are_those_of_every_other_page(client: Client, at: Stage) -> None:
    at.paid(30_000)
    (whole,) = figures.totals().values()
    said = f"{whole.awarded.text()} awarded, {whole.paid.text()} of it paid."
    assert said in client.get("/grants/").text
    assert said in client.get("/projects/").text
    assert sum(each["amountAwarded"] for each in grants(client)) == whole.awarded.decimal


def test_many_grants_take_as_many_queries_as_one(
    client: Client, at: Stage, count_queries: type
) -> None:
    counted = []
    for _turn in range(2):
        numbers = []
        for address in ("/grants/", "/grants/?csv=1", JSON, CSV):
            cache.clear()
            with count_queries(connection) as captured:
                answer = client.get(address)
                if answer.streaming:
                    answer.getvalue()
            assert answer.status_code == 200
            numbers.append(len(captured))
        counted.append(numbers)
        for number in range(5):
            made = cast.award(at.entity, at.asel, 1_000, slug=f"more-{_turn}-{number}")
            AwardShare.objects.create(award=made, fund=at.funds[0], amount_minor=1_000)
            cast.adopt(made, at.funds[:1], (1_000,))
            Project.objects.filter(pk=made.application.project_id).update(
                published_at=at.award.adopted_at
            )
    assert Award.objects.count() == 11
    assert counted[0] == counted[1]
    assert max(counted[0]) <= 14


def test_without_any_grant_one_sentence_says_so(client: Client, db: None) -> None:
    assert "No grant has been made yet." in client.get("/grants/").text
    assert client.get(JSON).status_code == 404


def test_a_round_that_nobody_may_read_is_not_named(client: Client, at: Stage) -> None:
    Round.objects.update(published_at=None, name="Secret call")
    assert "grantProgramme" not in grants(client)[0]
    assert "Secret call" not in client.get("/grants/").text
