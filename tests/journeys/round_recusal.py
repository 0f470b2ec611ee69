"""What a member who stepped out finds who guesses addresses, and what becomes of their vote."""

from playwright.sync_api import Page, expect

from funding import clock
from grants import attachments
from grants.models import Application, Choice, Item, Vote
from tests.grants.applications import sheaf
from tests.journeys.round_people import Tale
from tests.refusing import refused

# Found on a page only if content of the application is.
SECRETS = ("6,000.00", "61 herder families", "3,500.00")


def attach(draft: Application) -> None:
    """A file goes with the application, so that there is one to guess."""
    attachments.add(
        application_id=draft.pk,
        name="map.pdf",
        size=len(sheaf.PDF),
        blocks=[sheaf.PDF],
        by=draft.applicant,
    )


def addresses(wanted: Application, item: Item) -> list[str]:
    """Everything that belongs to one application alone."""
    own, motion = f"/committee/applications/{wanted.uuid}/", item.motion_id
    return [
        own,
        f"{own}review/",
        f"{own}decline/",
        f"{own}decline/letter.pdf",
        f"/committee/items/{item.pk}/",
        f"/committee/motions/{motion}/minute.pdf",
        f"/apply/{wanted.uuid}/",
        f"/apply/{wanted.uuid}/1.pdf",
        f"/apply/{wanted.uuid}/messages/",
        f"/apply/{wanted.uuid}/letter.pdf",
        f"/officer/applications/{wanted.uuid}/",
        f"/officer/applications/{wanted.uuid}/check/",
        f"/officer/applications/{wanted.uuid}/messages/",
        *(f"/files/{each.file.uuid}/" for each in attachments.of(wanted)),
    ]


def opened(page: Page, places: list[str]) -> list[str]:
    """Which of these addresses answer with anything but a no, or tell something in it."""
    said = []
    for place in places:
        answer = page.request.get(place, max_redirects=0)
        if answer.status not in (403, 404) or any(each in answer.text() for each in SECRETS):
            said.append(f"{place}: {answer.status}")
    return said


def lists(tale: Tale, wanted: Application) -> list[str]:
    """Lists, a search and exports in which it has a line: a title at most."""
    own = f"/committee/rounds/{tale.round.slug}/"
    title = wanted.project.title.replace(" ", "+")
    return [own, f"{own}?csv=1", f"{own}?q={title}&csv=1", f"{own}workbench/", f"{own}?q=herder"]


def guess(tale: Tale, name: str, wanted: Application) -> list[str]:
    """What opens of an application to a member who is out of it: nothing."""
    item = wanted.items.get()
    with tale.window(name) as page:
        said = opened(page, addresses(wanted, item))
        page.goto(f"/committee/items/{item.pk}/")
        tale.look(page, "stepped out")
        page.goto(f"/committee/motions/{item.motion_id}/")
        expect(page.locator("tr.out")).to_contain_text(wanted.project.title)
        for place in lists(tale, wanted):
            row = [line for line in page.request.get(place).text().split("\n") if line]
            told = [line for line in row if wanted.project.title in line]
            said += [place for line in told if any(each in line for each in SECRETS)]
    return said


def vote_anyway(tale: Tale, name: str, wanted: Application) -> int:
    """Their vote is refused by the page, and by the database itself. The page's answer."""
    item, person = wanted.items.get(), tale.people[name]
    other = item.motion.items.exclude(pk=item.pk).order_by("pk")[0]
    with tale.window(name) as page:
        page.goto(f"/committee/items/{other.pk}/")
        token = page.locator("main [name=csrfmiddlewaretoken]").first.input_value()
        answer = page.request.post(
            f"/committee/items/{item.pk}/vote/",
            form={"choice": "for", "csrfmiddlewaretoken": token},
            headers={"Referer": tale.url},
        )
    with refused("vote_is_not_of_who_stepped_out"):
        Vote.objects.create(item=item, member=person, choice=Choice.FOR, cast_at=clock.now())
    return answer.status
