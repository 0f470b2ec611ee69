"""From the call to the officer's check: written, read, answered by eighteen, and checked."""

import datetime as dt
import uuid
from typing import Any

from playwright.sync_api import Page, expect

from grants import applications, desk_checks, rounds
from grants.applicants import Body
from grants.applications import Content
from grants.budgets import Line
from grants.desk_checks import Answer, Finding
from grants.models import Application, CheckResult, Condition, Project
from tests.grants.applications.cast import written
from tests.journeys.round_people import Tale, fill, press
from tests.journeys.round_recusal import attach

TITLE = "Snow tracks above the timber line"
LATE = "Came a second late"
GRACE = 30
# What the round may draw from each pot, as it is typed.
ENVELOPES = ("15,000.00", "14000", "6000", "9000", "5000")
# Title, country, theme, who asks, what is asked for and what is the least, in whole EUR.
OTHERS = (
    ("Guard dogs with herders", "MN", "T3", 2, 6_000, 3_000),
    ("Rodent poison kept away", "MN", "T3", 3, 5_500, 3_500),
    ("Camera traps in the Altai", "MN", "T1", 4, 7_800, 5_000),
    ("Collars for six cats", "MN", "T1", 5, 8_000, 6_500),
    ("Den boxes on the steppe", "MN", "T4", 6, 4_200, 2_100),
    ("Valley schools", "KG", "T5", 7, 3_000, 1_500),
    ("Pasture councils", "KG", "T3", 8, 4_800, 2_400),
    ("Genetics from scats", "KZ", "T1", 9, 7_500, 5_500),
    ("A plan for Kazakhstan", "KZ", "T6", 10, 2_500, 2_500),
    ("Range map of the Pamir", "TJ", "T1", 11, 6_600, 4_000),
    ("Rangers with thermal eyes", "IN", "T4", 12, 5_000, 4_000),
    ("Ladakh night walks", "IN", "T2", 2, 3_600, 1_800),
    ("Sound of the manul", "NP", "T1", 3, 4_400, 2_200),
    ("Winter counts", "CN", "T2", 4, 7_000, 4_500),
    ("Wool and wild cats", "KG", "T5", 5, 2_800, 1_400),
    ("Roads and small cats", "IR", "T3", 6, 6_200, 4_100),
    ("Bhutan’s first record", "BT", "T1", 7, 3_900, 2_000),
)
CRITERIA = (("Need", "Would it happen without us?", "3"), ("Method", "Can it be done?", "2"))


def write_the_call(tale: Tale) -> None:
    """The officer writes the round with all that it has, and publishes it."""
    with tale.window("Pat") as page:
        page.goto("/officer/")
        tale.look(page, "officer")
        page.get_by_role("link", name="Write a round").first.click()
        tale.look(page, "round, empty")
        fill(page, words(tale))
        for fund, sum_ in zip(
            tale.funds.values(), ("15,000.00", 14000, 6000, 9000, 5000), strict=True
        ):
            fill(page, {f"fund_{fund.pk}": str(sum_)})
        page.locator("[name=checks_first]").check()
        criterion(page, 0)
        page.get_by_role("button", name="Add a criterion").click()
        criterion(page, 1)
        expect(page.locator("[name=name]")).to_have_value("Small grants")
        press(page, "Save the round")
        tale.look(page, "round, written")
        press(page, "Publish this round")
        page.get_by_role("link", name="What everybody sees").click()
        expect(page.get_by_role("main")).to_contain_text("Nobody else funds it")
        tale.look(page, "call")


def words(tale: Tale) -> dict[str, str]:
    """What is typed into the form of a round; hours are whole, so that no clock change hits."""
    noon = tale.began.replace(hour=12, minute=0, second=0)

    def hour(days: int) -> str:
        return tale.local(noon + dt.timedelta(days=days))

    return {
        "name": "Small grants",
        "call": "For work on the manul in the countries where it lives.",
        "criteria": "Need first, then whether it can be done.",
        "maximum": "8,000.00",
        "opens": hour(2),
        "closes": hour(40),
        "grace": str(GRACE),
        "decides_on": f"{noon + dt.timedelta(days=90):%Y-%m-%d}",
        "reviews": "3",
        "marks_due": hour(70),
        "bar": "2.5",
        "most_per_country": "20,000.00",
        "most_per_applicant": "1",
        "most_of_fund": "90",
        "sliver": "300",
        "cost_other": "20",
        "conditions-0-question": "Does a team of the range country lead the work?",
        "conditions-0-otherwise": "Apply together with a local team.",
    }


def criterion(page: Page, at: int) -> None:
    """One criterion with a sentence for each mark."""
    name, question, weight = CRITERIA[at]
    start = f"asked-{at}-"
    said = {f"{start}name": name, f"{start}question": question, f"{start}weight": weight}
    said |= {f"{start}mark{mark}": f"{name}: mark {mark} is this." for mark in range(1, 5)}
    fill(page, said | {f"{start}mark5": f"{name}: Nobody else funds it."})


def apply_on_a_phone(tale: Tale) -> None:
    """Asel answers the question before the form, writes the form, and sends it."""
    tale.at(tale.on(5))
    with tale.window("Asel", 390) as page:
        page.goto("/apply/")
        tale.look(page, "apply")
        page.locator("a[href*='/apply/rounds/']").first.click()
        page.get_by_role("radio", name="No", exact=True).check(force=True)
        fill(page, {"title": TITLE, "body_name": "Ala-Too Highland Cats"})
        page.locator("[name=body_country]").select_option("KG")
        page.locator("[name=theme]").select_option("T1")
        page.locator("[name=area]").select_option(index=1)
        press(page, "Begin")
        expect(page.get_by_role("alert")).to_contain_text("Apply together with a local team.")
        tale.look(page, "begin, refused")
        page.get_by_role("radio", name="Yes", exact=True).check(force=True)
        press(page, "Begin")
        form(tale, page)
        tale.look(page, "form")
        press(page, "Send application")
        expect(page.get_by_role("main")).to_contain_text("The committee decides by")
        tale.look(page, "sent")
    tale.applications.append(Application.objects.get(project__title=TITLE))


def form(tale: Tale, page: Page) -> None:
    """The whole form: EUR 7,000 of this fund, EUR 500 of another."""
    page.get_by_label("Country", exact=True).select_option("KG")
    page.get_by_role("textbox", name="Summary").fill("We follow tracks on forty transects.")
    page.locator("[name=methods]").fill("Forty transects, three times; tracks are counted.")
    fill(page, {"starts_on": day(tale, 120), "ends_on": day(tale, 420)})
    lines = (
        ("pay", "Two trackers", "100", "45.00", "us"),
        ("goods", "Forty cameras", "40", "50.00", "us"),
        ("travel", "Horses", "1", "500.00", "us"),
        ("travel", "Fuel", "1", "500.00", "other"),
    )
    for at, (kind, what, quantity, unit, source) in enumerate(lines):
        if not page.locator(f"[name=line-{at}-what]").count():
            press(page, "Save and add a line")
        fill(
            page,
            {
                f"line-{at}-{key}": value
                for key, value in (("what", what), ("quantity", quantity), ("unit", unit))
            },
        )
        page.locator(f"[name=line-{at}-category]").select_option(kind)
        page.locator(f"[name=line-{at}-source]").select_option(source)
    fill(page, {"minimum": "4000", "minimum_reason": "With less there is no third walk."})
    page.locator("[name=may_be_shown_unfunded]").check()


def day(tale: Tale, days: int) -> str:
    """A day as a field of days takes it."""
    return tale.on(days).date().isoformat()


def send_the_others(tale: Tale) -> None:
    """Seventeen more, through the rules that the form calls; the last in the last second."""
    drafts = [
        draft_of(tale, title, country, theme, who, (ask, least))
        for title, country, theme, who, ask, least in OTHERS
    ]
    attach(drafts[0])
    for draft in drafts[:-1]:
        send(tale, draft)
    with tale.held(rounds.ends_at(tale.round) - dt.timedelta(seconds=1)):
        send(tale, drafts[-1])


def send(tale: Tale, draft: Application) -> None:
    """Send a draft as it stands."""
    sent = applications.submit(application_id=draft.pk, version=draft.version, by=draft.applicant)
    tale.applications.append(sent)


def send_too_late(tale: Tale) -> Application:
    """A nineteenth presses the button a second after the end and its grace."""
    draft = draft_of(tale, LATE, "MN", "T2", 8, (3_000, 2_000))
    end = rounds.ends_at(tale.round)
    tale.at(end - dt.timedelta(hours=1))
    with tale.window("Applicant 8", 390) as page:
        page.goto(f"/apply/{draft.uuid}/")
        page.get_by_role("textbox", name="Summary").fill("Typed in the last hour.")
        # It saves itself, as it does all along.
        counted = page.locator("[data-count=summary]")
        expect(counted).to_have_text("5 of 150 words", timeout=60_000)
        with tale.held(end + dt.timedelta(seconds=2)):
            press(page, "Send application")
            expect(page.get_by_role("main")).to_contain_text("closed")
            tale.look(page, "sent too late")
            page.goto(f"/apply/{draft.uuid}/")
            tale.look(page, "draft that was too late")
    draft.refresh_from_db()
    return draft


def draft_of(
    tale: Tale, title: str, country: str, theme: str, who: int, sums: tuple[int, int]
) -> Application:
    """A draft that is whole and not sent."""
    by, (ask, least) = tale.people[f"Applicant {who}"], sums
    own = Project.objects.filter(application__applicant=by).first()
    body = Body(f"Team {who} for small cats", country, "", "")
    told: dict[str, Any] = {
        "title": title,
        "theme": theme,
        "country": country,
        "province": "",
        "starts_on": tale.on(120).date(),
        "ends_on": tale.on(420).date(),
        "minimum_minor": least * 100,
        "lines": (Line("goods", "Cameras", 1, least * 100), *more(ask - least)),
    }
    draft = applications.start(
        uuid=uuid.uuid4(),
        round_id=tale.round.pk,
        content=Content(title, theme, "research", body=None if own else body),
        organisation_id=own.organisation_id if own else None,
        answers={each.pk: True for each in Condition.objects.filter(round=tale.round)},
        by=by,
    )
    return applications.save(
        application_id=draft.pk, version=draft.version, content=written(**told), by=by
    )


def more(euro: int) -> tuple[Line, ...]:
    """What goes beyond the least, if anything does."""
    return (Line("pay", "A second season", 1, euro * 100),) if euro else ()


def check_one_by_hand(tale: Tale) -> None:
    """The officer checks the first on the page, and the others through the rule."""
    tale.at(tale.on(41.5))
    with tale.window("Pat") as page:
        page.goto("/inbox/")
        tale.look(page, "inbox of the officer")
        page.goto("/officer/applications/")
        tale.look(page, "applications")
        page.get_by_role("link", name=TITLE).click()
        tale.look(page, "application, officer")
        page.goto(f"/officer/applications/{tale.applications[0].uuid}/check/")
        for radio in page.locator("[name^=ok-][value=yes]").all():
            radio.check(force=True)
        page.locator("[name=result][value=passed]").check(force=True)
        tale.look(page, "check")
        press(page, "Write the check down")
        expect(page.get_by_role("status").first).to_contain_text("The check is written down.")
    for each in tale.applications[1:]:
        answers = [Answer(text, True, "") for text in desk_checks.questions(each)]
        finding = Finding(answers=answers, result=CheckResult.PASSED, reason="", sentence="")
        desk_checks.check(application_id=each.pk, finding=finding, by=tale.people["Pat"])
