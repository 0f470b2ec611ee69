"""Goal: several people apply together, each as far as they were let, and none of them decides."""

import datetime as dt
import re
import uuid

import pytest
from django.core.cache import cache
from django.test import Client

from funding import clock, waits
from funding.audit.models import Record
from funding.documents import register
from funding.mail import links
from funding.mail.models import Mail
from funding.users.models import User
from grants import applications, coapplicants, completions, declarations, recusals
from grants.applicants import NotAnApplicant
from grants.applications import NotADraft, NotYours
from grants.coapplicants import InvitationEnded, NotForYou, NothingSaid, NotInvited
from grants.declarations import Standing
from grants.models import (
    Application,
    CoApplicant,
    CoInvitation,
    DraftComment,
    Interest,
    Project,
    Recusal,
    Right,
    Submission,
)
from tests.grants.applications.cast import Stage, stage, written
from tests.grants.applications.test_apply_pages import address, typed
from tests.people import make_person, sign_in
from tests.refusing import refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def set_() -> Stage:
    """The round and its people."""
    cache.clear()
    return stage()


@pytest.fixture
def draft(set_: Stage) -> Application:
    """A draft that has all it needs."""
    return set_.saved(set_.started())


def invite(draft: Application, person: User, right: str = Right.EDIT) -> CoInvitation:
    return coapplicants.invite(
        application_id=draft.pk, email=person.email, right=right, by=draft.applicant
    )


def join(draft: Application, person: User, right: str = Right.EDIT) -> CoApplicant:
    return coapplicants.accept(invitation_id=invite(draft, person, right).pk, by=person)


def test_the_database_lets_nobody_in_who_has_not_stepped_out_or_after_it_was_sent(
    set_: Stage, draft: Application
) -> None:
    told = invite(draft, set_.carol)

    def joined(person: User) -> None:
        CoApplicant.objects.create(
            application=draft, person=person, invitation=told, right="edit", since=clock.now()
        )

    with refused("coapplicant_has_stepped_out"):
        joined(set_.carol)
    with refused("coapplicant_is_another"):
        joined(set_.asel)
    row = join(draft, set_.carol)
    with refused("recusal_of_who_applies_stays"):
        Recusal.objects.filter(member=set_.carol).delete()
    with refused("coapplicant_stays"):
        CoApplicant.objects.filter(pk=row.pk).update(person=set_.eve)
    with refused("coapplicant_stays"):
        row.delete()
    set_.submitted(draft)
    with refused("coapplicant_joins_a_draft"):
        joined(set_.eve)


def test_a_member_who_joins_is_out_for_good_and_stands_in_what_was_sent(
    set_: Stage, draft: Application
) -> None:
    join(draft, set_.carol, Right.VIEW)
    sent = set_.submitted(draft)
    assert sent.submitted is not None
    assert sent.submitted["co_applicants"] == [{"name": "Carol"}]
    coapplicants.end(application_id=sent.pk, person_id=set_.carol.pk, by=set_.carol)
    assert declarations.standing(sent, set_.carol) == Standing.OUT
    assert not Application.objects.open_to(set_.carol).filter(pk=sent.pk).exists()
    assert recusals.out_of([sent.pk])[sent.pk] >= {set_.asel.pk, set_.carol.pk}
    with pytest.raises(recusals.Recused):
        declarations.declare(application_id=sent.pk, interest=Interest.NONE, by=set_.carol)


def test_an_invitation_is_for_one_address_and_works_once(set_: Stage, draft: Application) -> None:
    told = invite(draft, set_.eve)
    with pytest.raises(InvitationEnded):
        coapplicants.accept(invitation_id=told.pk, by=set_.carol)
    assert not CoApplicant.objects.exists()
    row = coapplicants.accept(invitation_id=told.pk, by=set_.eve)
    assert coapplicants.accept(invitation_id=told.pk, by=set_.eve) == row
    coapplicants.end(application_id=draft.pk, person_id=set_.eve.pk, by=set_.asel)
    with pytest.raises(InvitationEnded):
        coapplicants.accept(invitation_id=told.pk, by=set_.eve)
    actions = Record.objects.filter(action__startswith="coapplicant.").order_by("pk")
    assert [each.action for each in actions] == [
        f"coapplicant.{verb}" for verb in ("invited", "joined", "left")
    ]


def test_an_invitation_runs_out_is_taken_back_and_replaced(set_: Stage, draft: Application) -> None:
    first = invite(draft, set_.eve)
    second = invite(draft, set_.eve, Right.VIEW)
    with pytest.raises(InvitationEnded):
        coapplicants.accept(invitation_id=first.pk, by=set_.eve)
    for _time in range(2):
        coapplicants.withdraw(application_id=draft.pk, uuid=second.uuid, by=set_.asel)
    with pytest.raises(InvitationEnded):
        coapplicants.accept(invitation_id=second.pk, by=set_.eve)
    third = invite(draft, set_.eve)
    past = clock.now() - dt.timedelta(days=30)
    CoInvitation.objects.filter(pk=third.pk).update(
        created_at=past, expires_at=past + coapplicants.LIVES
    )
    with pytest.raises(InvitationEnded):
        coapplicants.accept(invitation_id=third.pk, by=set_.eve)
    fourth = invite(draft, set_.eve)
    set_.submitted(draft)
    with pytest.raises(InvitationEnded):
        coapplicants.accept(invitation_id=fourth.pk, by=set_.eve)
    assert not CoApplicant.objects.exists()


@pytest.mark.parametrize(
    "email", ["", "x", "a\0@b.c", "x" * 400 + "@y.example", "asel@example.org"]
)
def test_rubbish_and_oneself_cannot_be_asked(draft: Application, email: str) -> None:
    with pytest.raises(NotInvited):
        coapplicants.invite(application_id=draft.pk, email=email, right="edit", by=draft.applicant)
    with pytest.raises(NotInvited):
        coapplicants.invite(
            application_id=draft.pk, email="b@c.example", right="all", by=draft.applicant
        )
    assert not CoInvitation.objects.exists()
    assert not Mail.objects.exists()


def test_rights_reach_as_far_as_they_were_given(set_: Stage, draft: Application) -> None:
    bea, dora = make_person("bea@example.org", "Bea"), make_person("dora@example.org", "Dora")
    join(draft, set_.eve, Right.EDIT)
    join(draft, bea, Right.COMMENT)
    join(draft, dora, Right.VIEW)
    saved = set_.saved(draft, by=set_.eve, title="By Eve")
    assert Project.objects.get().title == "By Eve"
    with pytest.raises(applications.Stale):
        set_.saved(draft, by=set_.asel, version=draft.version)
    for person in (bea, dora):
        with pytest.raises(NotYours):
            set_.saved(saved, by=person)
    for deed in (applications.submit, applications.withdraw):
        told = {"version": saved.version} if deed is applications.submit else {}
        with pytest.raises(NotYours):
            deed(application_id=draft.pk, by=set_.eve, **told)
    with pytest.raises(NotYours):
        coapplicants.invite(application_id=draft.pk, email="x@y.example", right="edit", by=set_.eve)
    with pytest.raises(NotForYou):
        coapplicants.end(application_id=draft.pk, person_id=bea.pk, by=set_.eve)
    with pytest.raises(NotForYou):
        say(draft, dora)
    say(draft, bea)
    coapplicants.change(application_id=draft.pk, person_id=bea.pk, right="view", by=set_.asel)
    with pytest.raises(NotForYou):
        say(draft, bea)
    coapplicants.end(application_id=draft.pk, person_id=set_.eve.pk, by=set_.asel)
    with pytest.raises(NotYours):
        set_.saved(saved, by=set_.eve)


def say(draft: Application, person: User, words: str = "Good.") -> DraftComment:
    return coapplicants.comment(application_id=draft.pk, uuid=uuid.uuid4(), words=words, by=person)


def test_what_is_said_of_a_draft_stays_and_is_said_once(set_: Stage, draft: Application) -> None:
    said, name = say(draft, set_.asel), uuid.uuid4()
    for _time in range(2):
        coapplicants.comment(application_id=draft.pk, uuid=name, words="Two\0", by=set_.asel)
    assert [each.words for each in coapplicants.comments(draft)] == ["Good.", "Two"]
    with pytest.raises(NothingSaid):
        say(draft, set_.asel, " \n ")
    with refused("draftcomment_stays"):
        DraftComment.objects.filter(pk=said.pk).update(words="Bad.")
    with refused("draftcomment_stays"):
        said.delete()
    DraftComment.objects.filter(pk=said.pk).update(words="erased")
    set_.submitted(draft)
    with pytest.raises(NotADraft):
        say(draft, set_.asel)


def test_the_mail_leads_to_the_invitation_and_tells_nothing_of_the_work(
    client: Client, set_: Stage, draft: Application
) -> None:
    told = invite(draft, set_.eve)
    mail = Mail.objects.get(to_address=set_.eve.email)
    assert draft.project.title not in mail.text + mail.subject
    purpose, subject = links.marked(mail.text)
    assert subject == str(told.uuid)
    place = f"/apply/invitations/{links.sign(purpose, subject)}/"
    sign_in(client, set_.carol)
    answer = client.get(place)
    assert (answer.status_code, "Guard dogs" in answer.text) == (403, False)
    assert client.post(place).status_code == 403
    sign_in(client, set_.eve, factor=False)
    assert "Guard dogs with herders" in client.get(place).text
    assert client.post(place)["Location"] == address(draft)
    assert "Send application" not in client.get(address(draft)).text
    assert "invitation" not in " ".join(each.state for each in waits.for_user(set_.eve))
    assert client.get(f"/apply/invitations/{links.sign('other', subject)}/").status_code == 404


def test_the_page_of_people_asks_and_says_what_is_wrong(
    client: Client, set_: Stage, draft: Application
) -> None:
    sign_in(client, set_.asel, factor=False)
    place = address(draft, "people/")
    for email in ("", "no address", "\0", "x@y.example" * 90):
        assert client.post(place, {"email": email, "right": "edit"}).status_code == 409
    assert client.post(place, {"email": "bea@example.org", "right": "edit"}).status_code == 302
    page = client.get(place).text
    (name,) = re.findall(r'name="invitation" value="([^"]+)"', page)
    for told in ({"invitation": name}, {"invitation": "x\0"}):
        assert client.post(place, {"do": "withdraw", **told}).status_code == 302
    for do in ("change", "end"):
        told = {"do": do, "person": "9" * 30, "right": "edit"}
        assert client.post(place, told).status_code == 302
    row = join(draft, set_.eve, Right.COMMENT)
    sign_in(client, set_.eve, factor=False)
    assert client.get(address(draft)).status_code == 200
    assert client.post(address(draft, "save/"), typed(draft)).status_code == 404
    comment = {"comment": str(uuid.uuid4()), "words": "Нохой?"}
    assert client.post(address(draft, "comment/"), comment).status_code == 302
    assert "Нохой?" in client.get(address(draft)).text
    assert client.post(place, {"do": "leave"})["Location"] == "/apply/"
    row.refresh_from_db()
    assert row.ended_at is not None
    assert client.get(place).status_code == 404


def test_somebody_without_a_name_says_it_before_they_join(draft: Application) -> None:
    nameless = make_person("anon@example.org")
    told = invite(draft, nameless)
    with pytest.raises(NotAnApplicant):
        coapplicants.accept(invitation_id=told.pk, by=nameless)
    coapplicants.accept(invitation_id=told.pk, name="Бат", by=nameless)
    assert [str(each.person) for each in coapplicants.of(draft)] == ["Бат"]
    assert written().title


def test_who_writes_it_reads_its_paper_and_hears_of_a_return(
    client: Client, set_: Stage, draft: Application
) -> None:
    bea, kit = make_person("bea@example.org", "Bea"), make_person("kit@example.org", "Kit")
    join(draft, bea)
    join(draft, kit, Right.COMMENT)
    sent = set_.submitted(draft)
    paper = Submission.objects.get(application=sent).document
    assert paper is not None
    register.render(paper.pk)
    due_on = clock.now().date() + dt.timedelta(days=7)
    facts = {"reasons": {"work": "Say how you count the dogs."}, "due_on": due_on}
    completions.ask(application_id=sent.pk, by=set_.pat, **facts)  # type: ignore[arg-type]
    told = Mail.objects.filter(key__startswith=f"application:{sent.pk}:returned")
    assert sorted(told.values_list("to_address", flat=True)) == [set_.asel.email, bea.email]
    for who, status in ((bea, 200), (kit, 404)):
        sign_in(client, who, factor=False)
        assert client.get(address(sent, "1.pdf")).status_code == status
        shown = client.get(address(sent)).text
        assert ("Say how you count the dogs." in shown) == (status == 200)
        # Only the applicant completes it.
        assert "Complete it</a>" not in shown
        assert client.get(address(sent, "completion/")).status_code == 404
    coapplicants.end(application_id=sent.pk, person_id=bea.pk, by=bea)
    sign_in(client, bea, factor=False)
    assert client.get(address(sent, "1.pdf")).status_code == 404
