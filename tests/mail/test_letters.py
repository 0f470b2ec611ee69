"""What arrives: the same facts as text and as a page, and a message that programs can read."""

import datetime as dt
import re
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from funding.mail import outbox, writing
from funding.mail.posting import LOGO
from funding.money import Money
from tests.mail.conftest import MailServer, facts, queue

Clock = Callable[[dt.datetime], None]
PDF = b"%PDF-1.7\n" + bytes(range(256)) * 90

CASES: dict[str, tuple[str, dict[str, Any]]] = {
    "receipt": ("receipt", {}),
    "copy": ("receipt", {"is_copy": True}),
    "without its PDF": ("receipt", {"pdf_follows": True}),
    "replacement": (
        "receipt",
        {
            "replaced": "MF-2026-000183",
            "refunded": Money(1000, "EUR"),
            "total": Money(3085, "EUR"),
        },
    ),
    "yen": (
        "receipt",
        {
            "gift": Money(4000, "JPY"),
            "lines": [("一般基金", Money(4000, "JPY"))],
            "cover": Money(0, "JPY"),
            "refunded": Money(0, "JPY"),
            "total": Money(4000, "JPY"),
        },
    ),
    "long fund": (
        "receipt",
        {"lines": [("Guard dogs and their food for herder families " * 3, Money(4000, "EUR"))]},
    ),
    "void": (
        "receipt_void",
        {"amount": Money(4085, "EUR"), "refunded_on": dt.date(2026, 3, 20)},
    ),
    "mistake": ("receipt_mistake", {"amount": Money(4085, "EUR")}),
    **{
        f"another address, {kind}": (
            "email_change",
            {
                "kind": kind,
                "confirm_url": "https://manulfund.example/account/email/x/"
                if kind in ("old", "new")
                else "",
                "hours": 48,
                "contact_url": "https://manulfund.example/contact/",
                "account_url": "https://manulfund.example/account/",
            },
        )
        for kind in ("old", "new", "known", "done")
    },
    "debit on its way": (
        "debit_pending",
        {
            "amount": Money(4085, "EUR"),
            "method": "SEPA Direct Debit ending 3201",
            "expected_on": dt.date(2026, 3, 17),
            "mandate_reference": "K3XW0QWPZV2M8N4T",
            "thanks_url": "https://manulfund.example/give/thanks/?gift=0b9dcd0e",
        },
    ),
    "debit on its way, nobody knows when": (
        "debit_pending",
        {
            "amount": Money(4085, "EUR"),
            "method": "SEPA Direct Debit ending 3201",
            "expected_on": None,
            "mandate_reference": "",
            "thanks_url": "https://manulfund.example/give/thanks/?gift=0b9dcd0e",
        },
    ),
    "debit refused": (
        "debit_failed",
        {
            "amount": Money(4085, "GBP"),
            "method": "Bacs Direct Debit ending 2345",
            "why": "There was not enough in the account.",
            "again_url": "https://manulfund.example/give/?fund=dogs&currency=GBP",
        },
    ),
    "taken back": (
        "receipt_withdrawn",
        {
            "amount": Money(4085, "EUR"),
            "taken": Money(3085, "EUR"),
            "refunded_on": dt.date(2026, 3, 20),
        },
    ),
    "debit called back": (
        "receipt_withdrawn",
        {
            "amount": Money(4085, "EUR"),
            "taken": Money(4085, "EUR"),
            "refunded_on": dt.date(2026, 3, 20),
            "is_returned": True,
            "give_url": "https://manulfund.example/give/",
        },
    ),
    "taken back in part": (
        "receipt",
        {
            "replaced": "MF-2026-000183",
            "refunded": Money(1000, "EUR"),
            "is_taken_back": True,
            "total": Money(3085, "EUR"),
        },
    ),
    "with us again": (
        "receipt",
        {"replaced": "MF-2026-000183", "refunded": Money(0, "EUR")},
    ),
}


def write(case: str) -> writing.Written:
    template, more = CASES[case]
    return writing.write(template, facts(**more), "en")


def send(server: MailServer, **more: Any) -> EmailMessage:
    assert outbox.deliver(queue(**more).pk)
    return server.received[-1]


@pytest.mark.django_db
def test_headers_say_who_writes_to_whom(
    server: MailServer, settings: Settings, clock_at: Clock
) -> None:
    settings.MAIL_FROM = "Manul Fund <fund@manulfund.example>"
    clock_at(dt.datetime(2027, 1, 31, 12, 0, tzinfo=dt.UTC))
    message = send(server)
    assert message["From"] == "Manul Fund <fund@manulfund.example>"
    to = message["To"].addresses[0]
    assert (to.display_name, to.addr_spec) == ("Zoë O’Brien-Smith", "zoe@donor.example")
    assert message["Reply-To"] == "receipts@manulfund.example"
    assert message["Subject"] == "Receipt MF-2026-000184: €40.85"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Date"].datetime.date() == dt.date(2027, 1, 31)
    assert [name for name in message if message.get_all(name, [])[1:]] == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    "name",
    [
        "Łukasz Żółw",
        "Бат-Эрдэнэ Дорж",
        "山田　花子",
        "محمد رضایی",
        "पासाङ शेर्पा",
        'Eve "the cat", Example <eve@else.example>',
        "Wolfeschlegelsteinhausenbergerdorffx",
        "A" * 200,
        "",
    ],
)
def test_names_arrive_as_they_were_written(server: MailServer, name: str) -> None:
    message = send(server, to_name=name)
    assert [each.addr_spec for each in message["To"].addresses] == ["zoe@donor.example"]
    assert message["To"].addresses[0].display_name == name


@pytest.mark.django_db
def test_a_host_with_letters_of_its_own_is_reached(server: MailServer) -> None:
    message = send(server, to_address="zoe@żółw.example")
    assert message["To"].addresses[0].addr_spec == "zoe@xn--w-uga1v8h.example"


@pytest.mark.django_db
def test_the_parts_nest_as_mail_programs_expect(server: MailServer) -> None:
    message = send(server, attachments=[outbox.File("MF-1.pdf", "application/pdf", PDF)])
    kinds = [part.get_content_type() for part in message.walk()]
    assert kinds == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "multipart/related",
        "text/html",
        "image/png",
        "application/pdf",
    ]
    file = next(message.iter_attachments())
    assert (file.get_filename(), file.get_content()) == ("MF-1.pdf", PDF)
    picture = next(part for part in message.walk() if part.get_content_type() == "image/png")
    assert picture.get_content_disposition() == "inline"
    assert picture.get_payload(decode=True) == LOGO.read_bytes()
    page = message.get_body(("html",))
    assert page is not None
    assert f"cid:{picture['Content-ID'].strip('<>')}" in page.get_content()


@pytest.mark.django_db
def test_the_stored_words_are_those_that_arrive(server: MailServer) -> None:
    mail = queue()
    outbox.deliver(mail.pk)
    text = server.received[0].get_body(("plain",))
    page = server.received[0].get_body(("html",))
    assert text is not None
    assert page is not None
    assert text.get_content().splitlines() == mail.text.splitlines()
    assert page.get_content().splitlines() == mail.html.splitlines()


@pytest.mark.parametrize("case", CASES)
def test_no_line_of_text_is_too_long(case: str) -> None:
    for line in write(case).text.splitlines():
        assert len(line) <= 66, line


@pytest.mark.parametrize("case", CASES)
def test_text_and_page_say_the_same(case: str) -> None:
    written = write(case)
    page = re.sub(r"<style.*?</style>|<!--.*?-->", " ", written.html, flags=re.S)
    shown = " ".join(re.sub(r"<[^>]+>", " ", page.partition("<body")[2]).split())
    for fact in re.findall(r"−?€?[\d,]*\d\.\d\d|MF-2026-\d+|\d+ March 2026", written.text):
        assert fact in shown, fact
    assert "{{" not in written.text + written.html
    assert "{%" not in written.text + written.html


@pytest.mark.parametrize("case", ["receipt", "replacement"])
def test_the_column_adds_up_over_a_double_rule(case: str) -> None:
    lines = write(case).text.splitlines()
    rule = next(number for number, line in enumerate(lines) if "====" in line)
    total = lines[rule - 1].split()[-1]
    head = next(number for number, line in enumerate(lines) if line.endswith("EUR"))
    column = [line.split()[-1] for line in lines[head + 2 : rule - 2]]
    assert sum(int(re.sub(r"[.,]", "", each).replace("−", "-")) for each in column) == int(
        total.replace(".", "")
    )
    assert {len(line) for line in lines[head : rule + 1]} == {62}


def test_each_kind_of_receipt_says_what_it_is() -> None:
    said = {case: write(case) for case in CASES}
    assert "Thank you." in said["receipt"].text
    assert "The receipt is attached as a PDF." in " ".join(said["receipt"].text.split())
    assert said["copy"].subject.startswith("Copy of receipt")
    assert "copy" in said["copy"].text
    assert "follows in a mail of its own" in " ".join(said["without its PDF"].text.split())
    assert said["replacement"].subject == "Corrected receipt MF-2026-000184: €30.85"
    replaced = " ".join(said["replacement"].text.split())
    assert "we have given €10.00 back" in replaced
    assert "It replaces MF-2026-000183, which no longer counts." in replaced
    assert said["void"].subject == "Receipt MF-2026-000184 is void: €40.85 given back"
    assert "¥4,000" in said["yen"].text
    waits = " ".join(said["debit on its way"].text.split())
    assert "Your bank is expected to send it on Tuesday, 17 March 2026." in waits
    assert "The reference of your mandate is K3XW0QWPZV2M8N4T." in waits
    assert "It is not a receipt." in waits
    refused = " ".join(said["debit refused"].text.split())
    assert "Nothing was taken, and nothing is owed. There was not enough in the account." in refused


def test_real_entities_are_not_called_illustrative() -> None:
    shown = writing.write("receipt", facts(illustrative=False), "en")
    assert "llustrative" not in shown.text + shown.html
    assert "llustrative" in write("receipt").text
    assert "llustrative" in write("receipt").html


def test_what_a_person_wrote_is_text_and_not_html() -> None:
    written = write("receipt")
    assert "Dogs & <herders>" in written.text
    assert "Dogs &amp; &lt;herders&gt;" in written.html
    assert "<herders>" not in written.html


def test_styles_are_inline_and_only_the_queries_stay() -> None:
    html = write("receipt").html
    styles = re.findall(r"<style[^>]*>(.*?)</style>", html, flags=re.S)
    assert len(styles) == 1
    assert set(re.findall(r"@media[^{]+", styles[0])) == {
        "@media (max-width: 480px) ",
        "@media (prefers-color-scheme: dark) ",
    }
    # A rule for the night only wins over an inline style when it says so, and only where the
    # class still stands on the element.
    night = styles[0].partition("dark")[2]
    for name in set(re.findall(r"\.(\w+)", night)):
        assert re.search(rf'class="[^"]*\b{name}\b', html), name
    assert all("!important" in rule for rule in re.findall(r"\{([^{}]+)\}", night))
    assert set(re.findall(r'src="([^"]+)"', html)) == {"cid:manul@mail"}
    assert "http" not in "".join(re.findall(r"url\([^)]*\)", html))
    assert len(html) < 20_000


def test_every_mail_has_a_text_and_a_page(settings: Settings) -> None:
    folder = Path(settings.ROOT) / "templates" / "emails"
    letters = {path.stem for path in folder.glob("*.txt") if "Subject:" in path.read_text()}
    pages = {path.stem for path in folder.glob("*.html")} - {"base"}
    assert letters == pages
    assert {"receipt", "receipt_void", "code", "notice"} <= letters


def test_a_template_without_its_subject_is_refused() -> None:
    with pytest.raises(ValueError, match="begin with its subject"):
        writing.write("receipt_title", facts(), "en")
