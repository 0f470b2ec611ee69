"""Goal: what is asked can be read before anybody begins, and what was sent is kept on paper."""

import datetime as dt
import io
import uuid
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from pypdf import PdfReader

from funding import clock
from funding.documents import register
from funding.documents.models import Document
from funding.mail.models import Mail
from grants import applications, blank_forms, rounds
from grants.forms.applying import StartForm, WorkForm
from grants.models import Application, BlankForm, Recusal, Round, Submission
from grants.terms import Asked, Entry
from tests.grants.applications.cast import Stage, stage, terms
from tests.people import sign_in
from tests.refusing import refused

ANCHORS = ("None", "Little", "Some", "Much", "Lasting")


@pytest.fixture
def set_(db: None) -> Stage:
    """The round and its people."""
    cache.clear()
    return stage()


def words(content: bytes) -> str:
    return " ".join(
        " ".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(content)).pages
    )


def test_what_was_sent_is_written_once_and_told_by_the_application(set_: Stage) -> None:
    sent = set_.sent()
    kept = Submission.objects.get()
    assert (kept.number, kept.facts, kept.sha256) == (1, sent.submitted, sent.sha256)
    with refused("submission_is_written_once"):
        Submission.objects.update(facts={})
    with refused("submission_is_written_once"):
        Submission.objects.all().delete()
    changes: list[dict[str, Any]] = [
        {"sha256": "b" * 64},
        {"submitted": {}},
    ]
    for facts in changes:
        with refused("application_tells_its_latest_submission"):
            Application.objects.filter(pk=sent.pk).update(**facts)
    with refused("application_completed_in_time"):
        Application.objects.filter(pk=sent.pk).update(submitted_at=clock.now())
    draft = set_.saved(set_.started())
    with refused("application_tells_its_latest_submission"):
        Application.objects.filter(pk=draft.pk).update(
            state="submitted", submitted_at=clock.now(), submitted={}, sha256="a" * 64
        )


def test_the_paper_of_what_was_sent_has_its_instant_and_fingerprint(set_: Stage) -> None:
    sent = set_.sent()
    document = Submission.objects.get().document
    assert document is not None
    assert "-A-" in document.name
    register.render(document.pk)
    document.refresh_from_db()
    assert document.content is not None
    said = words(bytes(document.content))
    assert sent.submitted_at is not None
    for each in (
        f"{sent.submitted_at:%H:%M:%S} UTC",
        "Ulaanbaatar",
        sent.sha256[:40],
        "Асель Дорж",
        "€5,010.00",
        "Fuel 燃料",
    ):
        assert each in said, each
    assert len(document.content) < 120_000
    before = document.snapshot
    set_.asel.name = "Another"
    set_.asel.save()
    assert Document.objects.get(pk=document.pk).snapshot == before


def test_the_same_sending_twice_is_one_paper(set_: Stage) -> None:
    sent = set_.sent()
    set_.submitted(sent)
    assert Submission.objects.count() == Document.objects.count() == 1
    assert f"/apply/{sent.uuid}/1.pdf" in Mail.objects.get().text


def test_the_paper_is_for_the_applicant_and_who_may_read_it(client: Client, set_: Stage) -> None:
    sent = set_.sent()
    page = f"/apply/{sent.uuid}/1.pdf"
    sign_in(client, set_.asel, factor=False)
    assert client.get(page).status_code == 409, "it is not laid out yet"
    register.render_due()
    for who, status in (
        (set_.asel, 200),
        (set_.pat, 200),
        (set_.eve, 404),
        (set_.carol, 403),
    ):
        sign_in(client, who)
        assert client.get(page).status_code == status, who
    Recusal.objects.create(
        application=sent, member=set_.pat, reason="A cousin", declared_at=clock.now()
    )
    sign_in(client, set_.pat)
    out = client.get(page)
    assert out.status_code == 403
    assert b"%PDF" not in out.content
    sign_in(client, set_.asel, factor=False)
    assert page in client.get(f"/apply/{sent.uuid}/").text
    for guessed in (f"/apply/{sent.uuid}/2.pdf", f"/apply/{uuid.uuid4()}/1.pdf"):
        assert client.get(guessed).status_code == 404
    draft = set_.started()
    assert client.get(f"/apply/{draft.uuid}/1.pdf").status_code == 404


def test_a_withdrawal_keeps_what_was_sent(set_: Stage) -> None:
    sent = set_.sent()
    applications.withdraw(application_id=sent.pk, by=set_.asel)
    assert Submission.objects.filter(application=sent).count() == 1


def test_the_blank_form_asks_what_the_form_asks(set_: Stage) -> None:
    said = {label for _title, fields in blank_forms.PARTS for label, _hint in fields}
    # The rate stands beside the table of the budget.
    fields = [field for name, field in WorkForm.base_fields.items() if name[:6] != "local_"]
    shown = {str(field.label) for field in fields}
    assert shown <= said
    assert str(StartForm.base_fields["name"].label) in said


def test_everybody_reads_the_blank_form_of_a_public_round(client: Client, set_: Stage) -> None:
    asked = Asked("Reach", "What does it change for the manul?", 3, ANCHORS)
    facts = terms(
        set_.fund,
        name="Full 牧羊",
        asked=(asked,),
        conditions=(Entry("Is it in the range?", True, "This round pays for the range only."),),
        cost_limits=(("travel", 20),),
    )
    call = rounds.create(entity_id=set_.entity.pk, terms=facts, by=set_.pat)
    page = f"/rounds/{call.slug}/form.pdf"
    assert client.get(page).status_code == 404
    rounds.publish(round_id=call.pk, by=set_.pat)
    first = client.get(page)
    assert first["Content-Type"] == "application/pdf"
    said = words(first.content)
    for each in (
        "Is it in the range?",
        "This round pays for the range only.",
        "Travel: at most 20 per cent",
        "What does it change for the manul?",
        "Lasting",
        "Smallest sum that still makes sense",
        "€10,000.00",
        "Goods, Pay, Travel",
    ):
        assert each in said, each
    assert len(first.content) < 100_000
    assert client.get(page).content == first.content
    assert BlankForm.objects.count() == 1
    Round.objects.filter(pk=call.pk).update(closes_at=call.closes_at + dt.timedelta(days=1))
    client.get(page)
    assert BlankForm.objects.count() == 2
    assert page in client.get(f"/rounds/{call.slug}/").text
    sign_in(client, set_.asel, factor=False)
    assert page in client.get(f"/apply/rounds/{call.slug}/").text
