"""What everybody may read of projects and rounds, and what nobody may."""

import csv
import datetime as dt
import re
from html.parser import HTMLParser

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client

from funding import clock
from funding.ledger import balances
from grants import figures
from grants.models import Application, Project, Round
from tests.grants import showing
from tests.grants.payments.cast import Stage

pytestmark = pytest.mark.django_db
LISTS = ("/", "/projects/", "/rounds/", "/transparency/")


@pytest.fixture(autouse=True)
def fresh_counters() -> None:
    cache.clear()


@pytest.fixture
def at() -> Stage:
    return showing.shown()


class Links(HTMLParser):
    """The addresses on this site that a page links to, and all that a reader sees."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        address = str(dict(attrs).get("href") or "")
        if tag == "a" and address.startswith("/"):
            self.found.add(address.partition("#")[0])


def crawl(client: Client) -> dict[str, str]:
    """Every page and file of the site that a visitor can reach by links, with its text."""
    seen: dict[str, str] = {}
    waiting = {"/"}
    while waiting:
        address = waiting.pop()
        cache.clear()
        answer = client.get(address)
        body = answer.getvalue() if answer.streaming else answer.content
        seen[address] = body.decode(errors="replace")
        if "html" in answer.get("Content-Type", ""):
            waiting |= Links(seen[address]).found - seen.keys()
    return seen


def test_what_is_not_published_is_not_there(client: Client, at: Stage) -> None:
    project, call = at.award.application.project, at.award.application.round
    assert client.get(f"/projects/{project.slug}/").status_code == 200
    assert client.get(f"/rounds/{call.slug}/").status_code == 200
    tomorrow = clock.now() + dt.timedelta(days=1)
    for when in (None, tomorrow):
        Project.objects.update(published_at=when)
        Round.objects.update(published_at=when)
        assert client.get(f"/projects/{project.slug}/").status_code == 404
        assert client.get(f"/rounds/{call.slug}/").status_code == 404
        for address in LISTS:
            page = client.get(address).text
            assert project.title not in page
            assert f'href="/rounds/{call.slug}/"' not in page
    assert "A project that is not published yet" in client.get("/transparency/").text


@pytest.mark.parametrize("state", ["draft", "submitted", "withdrawn", "declined"])
def test_a_project_that_got_no_award_is_not_shown_even_if_its_row_says_so(
    client: Client, at: Stage, state: str
) -> None:
    row = showing.asked(at.award.application.round, state, published_at=clock.now())
    assert client.get(f"/projects/{row.project.slug}/").status_code == 404
    assert row.project.title not in client.get("/projects/").text
    assert row.project.title not in client.get("/projects/?csv=1").getvalue().decode()


def test_nobody_who_applied_and_no_title_without_money_can_be_found(
    client: Client, at: Stage
) -> None:
    call = at.award.application.round
    for state in ("draft", "submitted", "withdrawn", "declined"):
        showing.asked(call, state)
    pages = crawl(client)
    assert {"/projects/steppe/", "/rounds/call-steppe/", "/transparency/"} <= pages.keys()
    hidden = ["@example.org", "applicant.example", "Secret", showing.SECRET, "Asel", "Too far"]
    for address, page in pages.items():
        assert [word for word in hidden if word in page] == [], address


def test_a_project_tells_what_who_where_when_and_from_which_funds(
    client: Client, at: Stage
) -> None:
    page = client.get("/projects/steppe/").text
    for words in (
        "Dens in the steppe",
        "<p>We look for dens.</p>",
        "Steppe Team",
        "Mongolia, Dornod",
        "1 September 2026",
        "31 August 2027",
        "Close knowledge gaps",
        '<a href="/rounds/call-steppe/">Call</a>',
        '<a href="/funds/',
    ):
        assert words in page
    # A round that nobody may see is not named either.
    Round.objects.update(published_at=None)
    assert "/rounds/call-steppe/" not in client.get("/projects/steppe/").text


def rows(page: str) -> list[list[str]]:
    """The cells of each row of money, as they are read."""
    found = []
    for row in re.findall(r"<tr.*?</tr>", page, re.DOTALL):
        cells = re.findall(r'<td class="n[^>]*>(.*?)</td>', row)
        if len(cells) == 4:
            found.append(cells)
    return found


def line(sums: figures.Figures) -> list[str]:
    return [money.figure() for money in (sums.awarded, sums.payable, sums.paid, sums.committed)]


def test_its_figures_are_the_ledgers_on_every_page(client: Client, at: Stage) -> None:
    first = at.requested(30_000)
    at.screened()
    at.released(at.checked(first))
    at.checked(at.requested(10_000))
    told = figures.of([at.award.pk])[at.award.pk]
    shares = figures.by_fund(at.award.pk)
    assert line(told) == ["1,000.00", "100.00", "300.00", "600.00"]
    page = client.get("/projects/steppe/").text
    assert rows(page) == [*(line(shares[fund.pk]) for fund in at.funds), line(told)]
    for fund in at.funds:
        its = line(shares[fund.pk])
        assert rows(client.get(f"/funds/{fund.slug}/").text) == [its, its]
    for address in ("/rounds/call-steppe/", "/transparency/"):
        assert rows(client.get(address).text) == [line(told), line(told)], address
    assert "€1,000.00 awarded, €300.00 of it paid." in client.get("/projects/").text
    assert "<dd>€1,000.00<small>€300.00 of it paid</small>" in client.get("/").text


def test_the_list_can_be_asked_by_country_theme_and_area(client: Client, at: Stage) -> None:
    showing.published(title="Schools", country="NP", theme_id="T5")
    showing.published(title="Everywhere", country="", theme_id="T4")
    for asked, there in (
        ("country=MN", {"Dens in the steppe"}),
        ("country=NP", {"Schools"}),
        ("country=range", {"Everywhere"}),
        ("theme=T1", {"Dens in the steppe"}),
        ("area=raising-awareness", {"Schools", "Everywhere"}),
        ("area=raising-awareness&theme=T5", {"Schools"}),
        ("country=MN&theme=T5", set()),
        ("country=XX&page=9", {"Dens in the steppe", "Schools", "Everywhere"}),
    ):
        page = client.get(f"/projects/?{asked}").text
        assert set(re.findall(r'<a href="/projects/[\w-]+/">(.*?)</a>', page)) == there, asked
    assert "No project fits this choice." in client.get("/projects/?country=MN&theme=T5").text


def test_the_file_holds_what_the_filter_shows(client: Client, at: Stage) -> None:
    showing.published(title="=1+1", country="NP")
    text = client.get("/projects/?csv=1&country=MN").getvalue().decode("utf-8-sig")
    (row,) = csv.DictReader(text.splitlines())
    assert row["Project"] == "Dens in the steppe"
    assert (row["Country"], row["Province"]) == ("MN", "Dornod")
    assert (row["Currency"], row["Awarded"]) == ("EUR", "1000.00")
    assert row["Still committed"] == "1000.00"
    text = client.get("/projects/?csv=1&country=NP").getvalue().decode("utf-8-sig")
    (row,) = csv.DictReader(text.splitlines())
    assert row["Project"] == "'=1+1"
    assert row["Awarded"] == ""


def _when(call: Round, opens: int, closes: int) -> None:
    now = clock.now()
    call.opens_at, call.closes_at = now + dt.timedelta(opens), now + dt.timedelta(closes)
    call.save()


def test_a_round_says_where_it_stands(client: Client, at: Stage) -> None:
    call = at.award.application.round
    assert "decided</span>" in client.get("/rounds/call-steppe/").text
    waiting = showing.asked(call, "submitted")
    page = client.get("/rounds/call-steppe/").text
    assert "closed, being decided" in page
    assert "Not decided yet: 1." in page
    waiting.delete()
    Application.objects.update(state="submitted", decided_at=None)
    page = client.get("/rounds/call-steppe/").text
    assert "Applications are closed." in page
    assert "came in" not in page
    _when(call, -1, 10)
    page = client.get("/rounds/call-steppe/").text
    assert "open, closes in 1 week" in page
    assert "we send you a code" in page
    assert '<a class="button" href="/apply/rounds/call-steppe/">Apply</a>' in page
    _when(call, 3, 10)
    assert "opens in 3 days" in client.get("/rounds/").text
    assert "UTC, in 3 days" in client.get("/rounds/call-steppe/").text


def test_a_round_tells_its_terms_and_what_its_funds_have(client: Client, at: Stage) -> None:
    page = client.get("/rounds/call-steppe/").text
    for words in ("Ask us.", "What helps.", "€100,000.00", "Manul Fund Example Foundation"):
        assert words in page
    for fund in at.funds:
        free = balances.available(fund.pk).figure()
        drawn, there = 'data-l="May be drawn">', '<td class="n" data-l="Free there today">'
        assert f"{drawn}500.00</td>{there}{free}</td>" in page


def test_a_round_counts_those_who_asked_in_vain_and_names_none(client: Client, at: Stage) -> None:
    call = at.award.application.round
    for state in ("declined", "declined", "withdrawn", "draft"):
        showing.asked(call, state)
    page = client.get("/rounds/call-steppe/").text
    assert "4 applications came in." in page
    assert "Funded: 1. Not funded: 2. Withdrawn: 1." in re.sub(r"\s+", " ", page)
    assert "4 applications, 1 funded with €1,000.00." in client.get("/rounds/").text


def test_pages_need_as_many_queries_for_many_as_for_one(
    client: Client, at: Stage, count_queries: type
) -> None:
    addresses = ("/", "/projects/", "/projects/steppe/", "/rounds/", "/rounds/call-steppe/")
    counted = []
    for _turn in range(2):
        numbers = []
        for address in addresses:
            with count_queries(connection) as captured:
                assert client.get(address).status_code == 200
            numbers.append(len(captured))
        counted.append(numbers)
        for number in range(6):
            showing.published(country=("NP", "", "KZ")[number % 3])
            showing.asked(at.award.application.round, "declined")
    assert counted[0] == counted[1]
    assert max(counted[0][:-1]) <= 11
    # The call says its terms too: criteria, questions, costs, funds, scopes and the lot.
    assert counted[0][-1] <= 17


def test_without_projects_and_rounds_one_sentence_says_so(client: Client, db: None) -> None:
    assert "No project has been funded yet." in client.get("/projects/").text
    assert "No project has been funded yet." in client.get("/").text
    assert "No round has been announced yet." in client.get("/rounds/").text
    assert client.get("/projects/nothing/").status_code == 404
    assert client.get("/rounds/nothing/").status_code == 404


def test_markup_in_a_project_is_shown_as_text(client: Client, at: Stage) -> None:
    evil = "<script>alert(1)</script>"
    Project.objects.update(title=evil, summary=evil, province=evil)
    Round.objects.update(name=evil, call=evil, criteria=evil)
    for address in (*LISTS, "/projects/steppe/", "/rounds/call-steppe/"):
        assert "<script>alert" not in client.get(address).text
