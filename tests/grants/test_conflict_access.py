"""Goal: where a member stands to an application says exactly what they see of it, everywhere."""

import csv
import datetime as dt
import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import pytest
from django.test import Client
from django.urls import reverse

from funding import clock
from funding.mail.models import Mail
from funding.users.models import Role, User
from grants import decisions, declarations, papers
from grants.models import Application, Award, Interest, Motion
from tests.grants.decisions.cast import Table, table
from tests.people import make_person, sign_in

pytestmark = pytest.mark.django_db

# Each is found on a page only if content of the application is.
SECRETS: Final = ("777.00", "700.07", "Camera traps in winter")
BODY: Final = "Steppe Team"

State = Callable[[Table, Application, User], None]


def _declared(interest: Interest, nature: str = "", may: bool | None = None) -> State:
    def say(set_: Table, wanted: Application, who: User) -> None:
        words = "Ties." if nature else ""
        made = declarations.declare(
            application_id=wanted.pk, interest=interest, nature=nature, words=words, by=who
        )
        if may is not None:
            chair = set_.members[-1]
            declarations.rule(
                declaration_id=made.pk, may_take_part=may, sentence="Because.", by=chair
            )

    return say


def _nothing(_set: Table, _wanted: Application, _who: User) -> None:
    """The member has said nothing."""


def _applied(_set: Table, wanted: Application, who: User) -> None:
    Application.objects.filter(pk=wanted.pk).update(applicant=who)


@dataclass(frozen=True)
class Row:
    """A standing: how it comes about, and what it opens."""

    come: State
    reads: bool
    votes: bool
    sees_who: bool


TABLE: Final = {
    "undeclared": Row(_nothing, reads=False, votes=False, sees_who=True),
    "none": Row(_declared(Interest.NONE), reads=True, votes=True, sees_who=True),
    "soft, unruled": Row(_declared(Interest.SOFT, "wrote"), reads=True, votes=False, sees_who=True),
    "soft, allowed": Row(
        _declared(Interest.SOFT, "wrote", may=True), reads=True, votes=True, sees_who=True
    ),
    "soft, barred": Row(
        _declared(Interest.SOFT, "wrote", may=False), reads=False, votes=False, sees_who=False
    ),
    "hard": Row(_declared(Interest.HARD, "kin"), reads=False, votes=False, sees_who=False),
    "applicant": Row(_applied, reads=False, votes=False, sees_who=False),
}
# The same person in each of these roles.
ROLES: Final = {
    "member": (Role.COMMITTEE,),
    "chair": (Role.CHAIR,),
    "officer too": (Role.COMMITTEE, Role.OFFICER),
}


@dataclass
class Scene:
    """A round with one application under vote, and the one who looks."""

    set: Table
    wanted: Application
    motion: Motion
    client: Client

    def get(self, name: str, **where: object) -> tuple[int, str]:
        """What the person is told by a page."""
        query: dict[str, str] = {
            key: str(where.pop(key)) for key in ("q", "csv", "state") if key in where
        }
        answer = self.client.get(reverse(f"grants:{name}", kwargs=where), query)
        content = answer.getvalue() if answer.streaming else answer.content
        return answer.status_code, content.decode("utf-8-sig")


def scene(state: str, roles_: tuple[Role, ...]) -> Scene:
    """The person in this state, and everybody else without an interest."""
    set_ = table()
    set_.members.append(make_person("chief@example.org", "Chief", Role.CHAIR))
    who = make_person("who@ties.example", "Who Looks", *roles_)
    wanted = set_.apply("Winter count", 77_700)
    motion = set_.put({0: 70_007}, by=set_.dan)
    TABLE[state].come(set_, wanted, who)
    client = Client()
    sign_in(client, who)
    return Scene(set_, wanted, motion, client)


def must_show(row: Row, answer: tuple[int, str], *, told: bool = False) -> None:
    """A page of the application itself: its content, or 403 and its title."""
    status, text = answer
    assert status == (200 if row.reads else 403)
    assert "Winter count" in text
    assert any(secret in text for secret in SECRETS) is row.reads
    assert (BODY in text) is (row.sees_who or row.reads) or told


CASES = [(state, name) for state in TABLE for name in ROLES]


@pytest.mark.parametrize(("state", "role"), CASES)
def test_pages_of_one_application_by_guessed_address(state: str, role: str) -> None:
    row, here = TABLE[state], scene(state, ROLES[role])
    item = here.motion.items.get()
    must_show(row, here.get("committee_application", uuid=here.wanted.uuid))
    must_show(row, here.get("committee_item", pk=item.pk), told=True)
    vote = here.client.post(
        reverse("grants:committee_vote", kwargs={"pk": item.pk}), {"choice": "for"}
    )
    assert vote.status_code == (302 if row.votes else 409 if row.reads else 403)
    assert item.votes.exists() is row.votes
    if role == "officer too":
        must_show(row, here.get("officer_application", uuid=here.wanted.uuid))


@pytest.mark.parametrize(("state", "role"), CASES)
def test_lists_files_searches_and_sums(state: str, role: str) -> None:
    row, here = TABLE[state], scene(state, ROLES[role])
    _status, text = here.get("committee_round", slug="call")
    assert "Winter count" in text
    assert ("777.00" in text) is row.reads
    _status, file = here.get("committee_round", slug="call", csv="1")
    (line,) = csv.DictReader(io.StringIO(file))
    assert bool(line["Asked"] or line["At least"] or line["Country"]) is row.reads
    assert bool(line["Organisation"]) is row.sees_who
    _status, found = here.get("committee_round", slug="call", q=BODY, csv="1")
    assert ("Winter count" in found) is row.sees_who
    _status, found = here.get("committee_round", slug="call", state="submitted", csv="1")
    assert ("Winter count" in found) is row.reads
    _status, text = here.get("committee_motion", pk=here.motion.pk)
    assert ("700.07" in text) is row.reads
    if role == "officer too":
        _status, file = here.get("officer_applications", csv="1")
        (line,) = csv.DictReader(io.StringIO(file))
        assert bool(line["asked"]) is row.reads
        _status, text = here.get("officer_applications")
        assert ("777.00" in text) is row.reads


@pytest.mark.parametrize("state", TABLE)
def test_papers_and_mails_of_the_decision(state: str) -> None:
    row, here = TABLE[state], scene(state, (Role.CHAIR,))
    here.set.vote(here.motion, *["for"] * 6, people=here.set.members)
    Motion.objects.update(
        put_at=clock.now() - dt.timedelta(days=2), closes_at=clock.now(), due_at=clock.now()
    )
    decisions.close(motion_id=here.motion.pk)
    papers.sweep()
    award = Award.objects.get()
    minute = here.client.get(reverse("grants:committee_minute", kwargs={"pk": here.motion.pk}))
    assert minute.status_code == (200 if row.reads else 403)
    letter = here.client.get(reverse("grants:award_letter", kwargs={"pk": award.pk}))
    own = state == "applicant"
    assert letter.status_code == (200 if row.reads or own else 403)
    page = here.client.get(reverse("grants:award", kwargs={"pk": award.pk}))
    assert page.status_code == (200 if row.reads or own else 403)


def test_a_minute_is_mailed_to_those_to_whom_all_of_it_is_open() -> None:
    set_ = table()
    wanted = set_.apply()
    declarations.step_out(application_id=wanted.pk, reason="Kin.", by=set_.carol)
    set_.decided({0: 90_000})
    papers.sweep()
    sent = Mail.objects.filter(key__contains=":minute-").values_list("to_address", flat=True)
    open_to = [person for person in set_.members if person != set_.carol]
    assert sorted(sent) == sorted(person.email for person in [*open_to, set_.pat])
