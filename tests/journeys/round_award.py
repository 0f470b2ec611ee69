"""From the letter to the audit pack: agreed, paid in two parts, reported, returned, closed."""

import io
import re
import zipfile
from pathlib import Path

from django.core.management import call_command
from playwright.sync_api import Page, expect

from funding import clock
from funding.documents import register
from funding.ledger.models import Kind, Posting
from grants import screenings
from grants.models import AwardState, ScreeningResult
from tests.grants.payments.cast import IBAN
from tests.journeys.round_people import Tale, fill, press

HOLDER = "Ala-Too Highland Cats"
# What of the money that was paid came back, in cents.
UNSPENT = 12_345


def fit_the_budget(tale: Tale) -> None:
    """The award is smaller than what was asked for, so the applicant cuts the lines."""
    wanted = tale.award.amount_minor
    assert wanted < tale.applications[0].ask_minor
    with tale.window("Asel", 390) as page:
        page.goto("/inbox/")
        tale.look(page, "inbox of the applicant")
        page.goto(place(tale))
        tale.look(page, "award, new")
        page.goto(place(tale, "budget/"))
        cuts = (wanted - 150_000, 100_000, 50_000)
        fill(page, {f"amount-{at}": plain(minor) for at, minor in enumerate(cuts)})
        tale.look(page, "budget")
        press(page, "Keep this budget")


def place(tale: Tale, rest: str = "") -> str:
    """An address of the award."""
    return f"/awards/{tale.award.pk}/{rest}"


def plain(minor: int) -> str:
    """A sum as it is typed."""
    return f"{minor // 100}.{minor % 100:02}"


def agree(tale: Tale) -> None:
    """The officer sets it out and draws it up, the applicant accepts, another officer signs."""
    with tale.window("Pat") as page:
        page.goto(place(tale, "schedule/"))
        tale.look(page, "schedule")
        press(page, "Keep this schedule")
        tale.look(page, "award, set out")
        page.goto(place(tale, "agreement/"))
        press(page, "Draw up the agreement")
        tale.look(page, "agreement, drawn up")
    assert register.render_due()
    with tale.window("Asel", 390) as page:
        page.goto(place(tale, "agreement/"))
        fill(page, {"name": "Asel Example"})
        tale.look(page, "agreement, to accept")
        press(page, "I have read it and accept it")
        tale.look(page, "agreement, accepted")
    with tale.window("Paul") as page:
        page.goto(place(tale, "agreement/"))
        page.get_by_role("button", name=re.compile("^Sign it for")).click()
        assert register.render_due()
        page.reload()
        expect(page.get_by_role("link", name="The agreement as a PDF")).to_be_visible()
        tale.look(page, "agreement, signed")


def take_the_list_in(tale: Tale) -> None:
    """Whoever runs the fund takes a sanctions list in, as the command does."""
    listed = tale.folder / "list.csv"
    listed.write_text("reference,name\nX1,Ivan Nobody\nX2,Harsh Trading House\n")
    day = clock.today("UTC").isoformat()
    call_command("sanctions_list", str(listed), "--called=Example list", f"--of={day}")


def pay(tale: Tale, number: int) -> None:
    """Asked for, checked and released by three people, after a look into the lists."""
    ask(tale, number)
    with tale.window("Pat") as page:
        page.goto("/inbox/")
        page.get_by_role("link", name=re.compile("^Check a payment")).click()
        tale.look(page, f"payment {number}, to check")
        page.get_by_role("button", name=re.compile("^Checked")).click()
        look_up(tale, page, number)
    with tale.window("Tara") as page:
        page.goto("/treasurer/payments/")
        tale.look(page, "payments")
        page.goto("/inbox/")
        page.get_by_role("link", name=re.compile("^Release a payment")).click()
        fill(page, {"reference": f"SEB {number}"})
        tale.look(page, f"payment {number}, to release")
        page.get_by_role("button", name=re.compile("^Released")).click()
        expect(page.get_by_role("main")).to_contain_text(f"reference SEB {number}")
        tale.look(page, f"payment {number}, released")


def ask(tale: Tale, number: int) -> None:
    """The applicant says where it goes, once, and asks for the part whose time has come."""
    with tale.window("Asel", 390) as page:
        if number == 1:
            page.goto(place(tale, "bank/"))
            fill(page, {"holder": HOLDER, "iban": IBAN})
            tale.look(page, "bank")
            press(page, "Keep these details")
        page.goto(place(tale, "ask/"))
        fill(page, {"purpose": "Both trackers, the whole winter."})
        tale.look(page, f"ask {number}")
        press(page, "Ask for this payment")
        expect(page.get_by_role("main")).to_contain_text("Requested")


def look_up(tale: Tale, page: Page, number: int) -> None:
    """On the page the first time, through the rule the second."""
    if number > 1:
        screenings.record(
            award_id=tale.award.pk,
            names=HOLDER,
            list_name="Example list",
            list_date=clock.today("UTC"),
            result=ScreeningResult.NO_MATCH,
            note="Looked up the holder again.",
            by=tale.people["Pat"],
        )
        return
    page.goto(place(tale, "screening/"))
    press(page, "Search these lists")
    page.goto(place(tale, "screening/"))
    expect(page.get_by_role("main")).to_contain_text("No match found in Example list")
    tale.look(page, "screening")
    fill(page, {"names": HOLDER, "list_name": "Example list", "note": "Looked up both names."})
    fill(page, {"list_date": clock.today("UTC").isoformat()})
    page.locator("[name=result]").select_option("no_match")
    press(page, "Write it down")
    tale.look(page, "award, looked up")


def report(tale: Tale, kind: str, spent: tuple[int, ...]) -> None:
    """The grantee writes on a phone and sends; an officer accepts."""
    with tale.window("Asel", 390) as page:
        page.goto(place(tale, f"reports/{kind}/"))
        fill(page, {"narrative": "Forty transects were walked.", "summary": "Two cats were seen."})
        fill(page, {"indicator-0": "Transects", "planned-0": "40", "achieved-0": "38"})
        for at, minor in enumerate(spent):
            fill(page, {f"spent-{at}": plain(minor), f"why-{at}": "Snow came late."})
        page.locator("[name=is_public]").first.check(force=True)
        tale.look(page, f"{kind} report")
        press(page, "Send this report")
        tale.look(page, f"{kind} report, sent")
    with tale.window("Pat") as page:
        page.goto("/awards/reports/")
        tale.look(page, "reports")
        page.goto(place(tale, f"reports/{kind}/"))
        tale.look(page, f"{kind} report, to answer")
        press(page, "Accept this report")
        tale.look(page, f"{kind} report, accepted")


def give_back(tale: Tale) -> None:
    """What was not spent arrives at the bank, and what is held back is cancelled."""
    with tale.window("Tara") as page:
        page.goto(place(tale, "end/"))
        tale.look(page, "end, owed")
        page.goto(place(tale, "return/"))
        fill(page, {"amount": plain(UNSPENT), "reference": "BACK 1"})
        tale.look(page, "return")
        press(page, "Write it down")
    with tale.window("Pat") as page:
        page.goto(place(tale, "cancel/"))
        tale.look(page, "cancel")
        fill(page, {"why": "The work cost less."})
        page.locator("main form button").first.click()
        tale.look(page, "award, cancelled")


def close(tale: Tale) -> None:
    """The last word."""
    with tale.window("Pat") as page:
        page.goto(place(tale, "end/"))
        tale.look(page, "end, to close")
        fill(page, {"note": "Forty transects, two cats, and money to spare."})
        press(page, "Close this award")
        tale.look(page, "end, closed")
    assert tale.award.state == AwardState.CLOSED
    with tale.window("Asel", 390) as page:
        page.goto(place(tale))
        tale.look(page, "award, closed")


def left_the_bank(tale: Tale) -> dict[str, int]:
    """What each pot has paid and not got back, from the rows of payments and returns alone."""
    funds = {fund.pk: name for name, fund in tale.funds.items()}
    found = dict.fromkeys(funds.values(), 0)
    rows = Posting.objects.filter(
        account__kind=Kind.BANK, entry__cause=f"award:{tale.award.pk}"
    ).values_list("fund_id", "amount_minor")
    for fund_id, minor in rows:
        found[funds[fund_id]] -= minor
    return found


def audit(tale: Tale) -> zipfile.ZipFile:
    """The treasurer asks for the pack of the award, the worker makes it, and it opens."""
    with tale.window("Tara") as page:
        page.goto(place(tale))
        press(page, "Make its audit pack")
        tale.look(page, "pack, waiting")
        call_command("sweep")
        page.reload()
        tale.look(page, "pack, made")
        with page.expect_download() as caught:
            page.get_by_role("link", name="Download the ZIP").click()
        content = Path(caught.value.path()).read_bytes()
        page.goto("/audit/")
        tale.look(page, "packs")
    return zipfile.ZipFile(io.BytesIO(content))
