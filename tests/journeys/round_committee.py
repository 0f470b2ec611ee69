"""From the declarations to the letters: seven members, four conflicts, and who may vote on what."""

import datetime as dt
import io
import re

from playwright.sync_api import Page, expect
from pypdf import PdfReader

from grants import ballots, declarations, letters, papers, reviews, votes
from grants.letters import Words
from grants.models import (
    Application,
    ApplicationState,
    Choice,
    Declaration,
    Interest,
    Item,
    Motion,
    Nature,
    Refusal,
)
from tests.journeys.round_people import Tale, fill, press

# Who is tied to which application, by its place: two step out, two leave it to the chair.
HARD = {"Carol": 1, "Omar": 0}
SOFT = {"Ines": 4, "Yuki": 10}
# What the members think of each application, by its place.
THOUGHT = (5, 5, 4, 4, 5, 3, 4, 4, 4, 2, 4, 3, 3, 3, 2, 4, 2, 3)
# Carol and the applicant of two works write from one house, and the page says so.
FLAGS = 2


def declare(tale: Tale) -> None:
    """One steps out and one leaves it to the chair on the page; the others through the rule."""
    tale.at(tale.on(42))
    with tale.window("Carol", 390) as page:
        page.goto("/inbox/")
        page.get_by_role("link", name=re.compile("interest", re.IGNORECASE)).first.click()
        tale.look(page, "declarations")
        expect(page.locator("main .notice")).to_have_count(FLAGS)
        tick(tale, page, Interest.HARD, tale.applications[HARD["Carol"]], Nature.KIN)
        press(page, "Declare")
        tale.look(page, "round, member")
        expect(page.get_by_role("main")).to_contain_text("You stepped out of this one.")
    with tale.window("Ines") as page:
        page.goto(f"/committee/rounds/{tale.round.slug}/declarations/")
        tick(tale, page, Interest.SOFT, tale.applications[SOFT["Ines"]], Nature.WROTE)
        press(page, "Declare")
        page.goto(f"/committee/rounds/{tale.round.slug}/declarations/")
        expect(page.get_by_role("main")).to_contain_text("waits for the chair")
    for name in ("Dan", "Pema", "Nadia", "Omar", "Yuki"):
        declare_by_rule(tale, name)


def tick(tale: Tale, page: Page, interest: Interest, of: Application, nature: Nature) -> None:
    """One interest, and none in all the others."""
    for each in tale.applications:
        said = interest if each == of else Interest.NONE
        page.locator(f"[name='interest-{each.pk}'][value={said}]").check(force=True)
    row = page.locator(f"#a{of.pk}")
    if not row.locator("select").is_visible():
        row.locator("summary").click()
    row.locator("select").select_option(nature)
    fill(page, {f"words-{of.pk}": "We have known each other for years."})


def declare_by_rule(tale: Tale, name: str) -> None:
    """What a member says of each of the eighteen."""
    for at, each in enumerate(tale.applications):
        told = {"nature": Nature.PART, "words": "I walk with them."}
        interest = Interest.NONE
        if HARD.get(name) == at or SOFT.get(name) == at:
            interest = Interest.HARD if name in HARD else Interest.SOFT
        declarations.declare(
            application_id=each.pk,
            interest=interest,
            by=tale.people[name],
            **(told if interest != Interest.NONE else {}),
        )


def rule(tale: Tale) -> None:
    """The chair lets one take part and another not, each with a sentence for the minute."""
    for name, word in (("Ines", "yes"), ("Yuki", "no")):
        row = Declaration.objects.get(member=tale.people[name], interest=Interest.SOFT)
        with tale.window("Dan") as page:
            page.goto("/inbox/")
            tale.look(page, "inbox of the chair")
            page.locator(f"a[href='/committee/interests/{row.pk}/']").first.click()
            tale.look(page, "ruling")
            page.locator(f"[name=may][value={word}]").check(force=True)
            fill(page, {"sentence": f"So ruled of {name}."})
            press(page, "Rule")


def review(tale: Tale) -> None:
    """The chair asks; one member reviews on the page, and the others through the rules."""
    with tale.window("Dan") as page:
        page.goto(f"/committee/rounds/{tale.round.slug}/")
        tale.look(page, "round, chair")
        press(page, "Ask for the reviews that are missing")
        expect(page.get_by_role("main")).to_contain_text("has its reviewers")
        tale.look(page, "reviewers")
    with tale.window("Pema", 390) as page:
        page.goto("/inbox/")
        tale.look(page, "inbox of a member")
        page.get_by_role("link", name=re.compile("^Review “")).first.click()
        for scale in page.locator("fieldset.scale").all():
            scale.get_by_role("radio").nth(1).check(force=True)
        fill(page, {"reasons": "Sound and needed.", "advice": "Say when the permits come."})
        tale.look(page, "review")
        press(page, "Hand in review")
        expect(page.get_by_role("main")).to_contain_text("Your review")
        tale.look(page, "review, handed in")
    for member in tale.members:
        for each in reviews.to_write(member):
            hand_in(tale, each, member.name)


def hand_in(tale: Tale, application: Application, name: str) -> None:
    """What is thought of it, a mark lower in method by every other member."""
    by, thought = tale.people[name], THOUGHT[tale.applications.index(application)]
    lower = max(1, thought - len(name) % 2)
    saved = reviews.save(
        application_id=application.pk,
        version=0,
        opinion=opinion_of(tale, thought, lower),
        by=by,
    )
    reviews.hand_in(application_id=application.pk, version=saved.version, by=by)


def opinion_of(tale: Tale, *marks: int) -> reviews.Opinion:
    """Marks by the criteria in turn."""
    criteria = tale.round.criterions.order_by("position")
    given = {each.pk: mark for each, mark in zip(criteria, marks, strict=True)}
    return reviews.Opinion(given, reasons="Sound.", advice="Say when the permits come.")


def freeze(tale: Tale) -> None:
    """A member reads the ranking; the chair tries, keeps a proposal, and puts it to the vote."""
    bench = f"/committee/rounds/{tale.round.slug}/workbench/"
    with tale.window("Carol", 390) as page:
        page.goto(bench)
        tale.look(page, "workbench of one who is out")
        expect(page.get_by_role("main")).to_contain_text("You stepped out of this one.")
        expect(page.get_by_role("button", name="Write the motion from it")).to_have_count(0)
    with tale.window("Dan") as page:
        page.goto(f"/committee/rounds/{tale.round.slug}/")
        page.get_by_role("link", name=re.compile("^Workbench")).click()
        tale.look(page, "workbench")
        first = tale.applications[0]
        page.locator("tr", has=page.locator(f"#amount{first.pk}")).locator("summary").click()
        fill(page, {f"amount{first.pk}": "6000", f"why{first.pk}": "One walk less."})
        fill(page, {f"keep{tale.funds['General fund'].pk}": "3000"})
        press(page, "Show")
        tale.look(page, "workbench, tried")
        press(page, "Write the motion from it")
        page.get_by_label("Words of the motion").fill("That these be funded.")
        tale.look(page, "draft of a motion")
        press(page, "Put to the vote")
        expect(page.get_by_role("heading", level=1)).to_contain_text("Motion 1")
        tale.look(page, "motion, chair")


def vote_on_a_phone(tale: Tale) -> None:
    """One member votes on all that nobody is out of at once, and on each other one alone."""
    with tale.window("Pema", 390) as page:
        page.goto("/inbox/")
        page.get_by_role("link", name="Vote on motion 1").click()
        tale.look(page, "motion, member")
        page.locator("#together").get_by_role("radio", name="For", exact=True).check(force=True)
        press(page, "Cast my vote on all")
        alone = tale.motion.items.count() - len(ballots.together(tale.motion))
        assert alone >= 2
        for _ in range(alone):
            tale.look(page, "vote alone")
            page.get_by_role("radio", name="For", exact=True).check(force=True)
            press(page, "Cast my vote")
        expect(page.get_by_role("heading", level=1)).to_contain_text("Motion 1")


def vote_by_rule(tale: Tale, name: str, choice: Choice, *, but: Application | None = None) -> None:
    """A member votes on everything that is theirs to vote on."""
    person, voters = tale.people[name], ballots.voters(tale.motion)
    for item in tale.motion.items.order_by("pk"):
        if person.pk in voters[item.pk] and item.application != but:
            votes.cast(item_id=item.pk, choice=choice, by=person)


def the_last_second(tale: Tale) -> None:
    """A vote in the last seconds counts, and one a second after the end does not."""
    motion, first = tale.motion, tale.applications[0]
    for name in ("Dan", "Carol", "Nadia", "Omar"):
        vote_by_rule(tale, name, Choice.FOR)
    vote_by_rule(tale, "Ines", Choice.FOR, but=first)
    item = Item.objects.get(motion=motion, application=first)
    tale.at(motion.closes_at - dt.timedelta(hours=1))
    with tale.window("Ines") as early, tale.window("Yuki") as late:
        for page in (early, late):
            page.goto(f"/committee/items/{item.pk}/")
            page.get_by_role("radio", name="Against", exact=True).check(force=True)
        with tale.held(motion.closes_at - dt.timedelta(seconds=1)):
            press(early, "Cast my vote")
        with tale.held(motion.closes_at + dt.timedelta(seconds=2)):
            press(late, "Cast my vote")
            expect(late.get_by_role("main")).to_contain_text("closed")
            tale.look(late, "vote, too late")
    tale.at(motion.closes_at + dt.timedelta(minutes=1))
    who = {vote.member.name: vote.choice for vote in item.votes.select_related("member")}
    assert who.pop("Ines") == Choice.AGAINST
    assert who == dict.fromkeys(("Dan", "Carol", "Nadia", "Pema"), Choice.FOR)


def decide(tale: Tale) -> str:
    """Whoever looks has it counted. The words of its minute."""
    with tale.window("Dan") as page:
        page.goto(f"/committee/motions/{tale.motion.pk}/")
        expect(page.get_by_role("main")).to_contain_text("Who voted how")
        papers.sweep()
        page.reload()
        tale.look(page, "motion, decided")
        link = page.get_by_role("link", name="Read the minute").get_attribute("href") or ""
        return pdf_text(page.request.get(link).body())


def pdf_text(content: bytes) -> str:
    """What a PDF says, on one line."""
    said = " ".join(each.extract_text() for each in PdfReader(io.BytesIO(content)).pages)
    return " ".join(said.split())


def too_few_vote(tale: Tale) -> Motion:
    """A second motion on which two of seven vote, until its time is up."""
    plan = next(each for each in tale.applications if each.project.title == "A plan for Kazakhstan")
    with tale.window("Dan") as page:
        page.goto(f"/committee/rounds/{tale.round.slug}/motion/")
        page.get_by_label("Words of the motion").fill("That the plan be funded after all.")
        page.get_by_label("A plan for Kazakhstan, General fund").fill("2500")
        page.get_by_label("Why this sum for A plan for Kazakhstan").fill("The ministry asks.")
        press(page, "Put to the vote")
        expect(page.get_by_role("heading", level=1)).to_contain_text("Motion 2")
    motion = Motion.objects.get(number=2)
    for name in ("Dan", "Pema"):
        votes.cast(item_id=motion.items.get().pk, choice=Choice.FOR, by=tale.people[name])
    assert motion.items.get().application == plan
    assert tale.figures()["General fund"].held.minor == 250_000
    return motion


def lapse(tale: Tale) -> None:
    """Who looks at it afterwards reads why nothing came of it."""
    with tale.window("Pema", 390) as page:
        page.goto(f"/committee/motions/{Motion.objects.get(number=2).pk}/")
        main = page.get_by_role("main")
        expect(main).to_contain_text("7 were entitled, 4 were needed, 2 took part.")
        tale.look(page, "motion without quorum")


def decline(tale: Tale) -> None:
    """The chair writes a letter, looks at it, and sends it; the others go through the rule."""
    tale.at(tale.motion.closes_at + dt.timedelta(days=8))
    with tale.window("Dan") as page:
        page.goto(f"/committee/rounds/{tale.round.slug}/letters/")
        tale.look(page, "letters to write")
        page.get_by_role("link", name="A plan for Kazakhstan").click()
        page.locator("[name=reason]").select_option(Refusal.values[0])
        fill(page, {"feedback": "The plan has no partner yet.", "improve": "Name the ministry."})
        tale.look(page, "letter, form")
        press(page, "Write it, and look at it")
        tale.look(page, "letter, written")
        link = page.get_by_role("link", name=re.compile("^Look at letter")).get_attribute("href")
        assert "The plan has no partner yet." in pdf_text(page.request.get(link or "").body())
        press(page, "Decline and send this letter")
        expect(page.get_by_role("status").first).to_contain_text("Declined.")
    words = Words(Refusal.values[0], "Others were ahead of it.", "")
    for each in Application.objects.filter(state=ApplicationState.SUBMITTED):
        by = tale.people["Dan"]
        letters.decline(application_id=each.pk, words=words, by=by)
