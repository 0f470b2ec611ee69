"""The mailbox over real SMTP and HTTP: what was sent is what is shown, and nothing gets out."""

import json
import smtplib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sandbox.rehearsal import PDF, Site, receipt


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    running = Site(tmp_path)
    yield running
    running.close()


def test_a_mail_is_listed_with_all_that_was_sent(site: Site) -> None:
    site.send(receipt())
    (mail,) = site.mails()
    assert mail["subject"] == "Receipt 1 for Zażółć <b>Żółw</b>"
    assert mail["to"] == ["alice@example.org"]
    assert mail["from"] == "fund@example.org"
    assert mail["message_id"] == "<receipt-1@example.org>"
    assert mail["date"] == "Mon, 23 Nov 2026 10:00:00 +0000"
    assert mail["text"].strip() == "Thank you. We received €25.50."
    assert "We received" in mail["html"]
    pdf = mail["attachments"][1]
    assert (pdf["name"], pdf["content_type"], pdf["size"]) == (
        "Quittung ö.pdf",
        "application/pdf",
        len(PDF),
    )
    assert pdf["url"].startswith(site.url)
    status, headers, body = site.ask("GET", pdf["url"].removeprefix(site.url))
    assert (status, headers["content-type"], body) == (200, "application/pdf", PDF)
    assert headers["content-disposition"].startswith("inline; ")


def test_the_newest_comes_first_and_an_address_can_be_asked_for(site: Site) -> None:
    for number, to in enumerate(["alice@example.org", "Bob@example.org", "alice@example.org"], 1):
        site.send(receipt(to, number))
    assert [mail["id"] for mail in site.mails()] == [3, 2, 1]
    assert [mail["id"] for mail in site.mails("?to=alice@example.org&limit=1")] == [3]
    assert [mail["id"] for mail in site.mails("?to=bob@EXAMPLE.org")] == [2]
    assert site.mails("?to=li") == []
    page = site.page("/mail")
    assert page.index('href="/mail/3"') < page.index('href="/mail/1"')


def test_a_subject_is_shown_as_text_never_as_html(site: Site) -> None:
    site.send(receipt())
    for path in ("/", "/mail", "/mail/1"):
        page = site.page(path)
        assert "&lt;b&gt;Żółw&lt;/b&gt;" in page
        assert "<b>Żółw" not in page


def test_the_html_of_a_mail_is_held_apart(site: Site) -> None:
    site.send(receipt())
    page = site.page("/mail/1")
    assert '<iframe title="The mail as HTML" sandbox="allow-popups' in page
    assert "alert(1)" not in page.split("<iframe")[0]
    _, headers, body = site.ask("GET", "/mail/1/html")
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none'")
    assert "script-src" not in policy
    assert "sandbox allow-popups" in policy
    assert body.startswith(b"<!doctype html><html><head><base target")
    assert b"src='data:image/png;base64,iVBORw=='" in body


def test_a_file_that_could_run_something_is_only_ever_saved(site: Site) -> None:
    site.send(receipt())
    page = next(one for one in site.mails()[0]["attachments"] if one["name"] == "page.html")
    _, headers, _ = site.ask("GET", page["url"].removeprefix(site.url))
    assert headers["content-disposition"].startswith("attachment; ")
    assert headers["content-type"] == "application/octet-stream"
    assert headers["x-content-type-options"] == "nosniff"


def test_the_whole_mail_can_be_had_as_it_was_sent(site: Site) -> None:
    site.send(receipt())
    _, headers, body = site.ask("GET", "/mail/1/raw")
    assert headers["content-disposition"] == "attachment; filename=mail-1.eml"
    assert b"Message-ID: <receipt-1@example.org>" in body


@pytest.mark.parametrize("path", ["/mail/9", "/mail/1/files/99/x", "/mail/x", "/nothing"])
def test_what_is_not_there_is_said_to_be_missing(site: Site, path: str) -> None:
    site.send(receipt())
    status, headers, body = site.ask("GET", path, headers={"accept": "text/html"})
    assert status == 404
    assert headers["content-type"].startswith("text/html")
    assert b"There is nothing here" in body
    assert site.ask("GET", path)[0] == 404


def test_mails_outlive_a_restart(tmp_path: Path) -> None:
    first = Site(tmp_path)
    first.send(receipt())
    first.close()
    second = Site(tmp_path)
    second.send(receipt(number=2))
    assert [mail["id"] for mail in second.mails()] == [2, 1]
    second.close()


def test_a_refused_mail_is_not_kept_and_the_next_one_is(site: Site) -> None:
    status, _, body = site.ask("POST", "/_control/mail", '{"fail_next": 1}')
    assert (status, json.loads(body)["fail_next"]) == (200, 1)
    with pytest.raises(smtplib.SMTPDataError) as refused:
        site.send(receipt())
    assert refused.value.smtp_code == 451
    assert site.mails() == []
    site.send(receipt())
    assert len(site.mails()) == 1


def test_a_mail_can_be_kept_though_its_sender_never_hears_so(site: Site) -> None:
    site.ask("POST", "/_control/mail", '{"drop_next": 1}')
    with pytest.raises(smtplib.SMTPServerDisconnected):
        site.send(receipt())
    site.send(receipt())
    assert [mail["message_id"] for mail in site.mails()] == ["<receipt-1@example.org>"] * 2


@pytest.mark.parametrize("body", ["{", "[]", '{"fail": 1}', '{"fail_next": "1"}', '{"clear": 1}'])
def test_mail_faults_that_make_no_sense_are_refused(site: Site, body: str) -> None:
    assert site.ask("POST", "/_control/mail", body)[0] == 400
    assert json.loads(site.ask("GET", "/_control/mail")[2]) == {"fail_next": 0, "drop_next": 0}


def test_the_mailbox_can_be_emptied(site: Site) -> None:
    site.send(receipt())
    site.ask("POST", "/_control/mail", '{"clear": true}')
    assert site.mails() == []
