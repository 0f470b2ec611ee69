"""The mailbox's pages: the list, one mail, its HTML apart, its files."""

import base64
import json
import re
from html import escape
from urllib.parse import quote

from funding.sandbox.console.mailbox import Attachment, Mail
from funding.sandbox.console.page import frame, when
from funding.sandbox.stripe.wire import Response

# A mail is a stranger's text: no script, no form, nothing fetched, an origin of its own. Its
# links open in a new window.
MAIL_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; "
    "sandbox allow-popups allow-popups-to-escape-sandbox"
)
LONGEST = 90
# Shown in the browser; everything else is only ever saved.
SHOWN = {"application/pdf", "image/png", "image/jpeg", "image/gif", "text/plain"}


def entry(mail: Mail) -> str:
    """One line of a list of mails."""
    files = ", ".join(escape(part.name) for part in mail.attachments if not part.content_id)
    return (
        f'<li><a href="/mail/{mail.id}">{escape(subject(mail))}</a>'
        f'<span class="when">{when(mail.received)}</span>'
        f"<p>{escape(beginning(mail))}</p>"
        f"<p>to {escape(', '.join(mail.recipients))}{f' · {files}' if files else ''}</p></li>"
    )


def beginning(mail: Mail) -> str:
    """The first line of what it says, as mail programs show it in their lists."""
    lines = (line.strip() for line in mail.text.splitlines())
    return next((line for line in lines if line), "")[:LONGEST]


def subject(mail: Mail) -> str:
    """The subject, or words that say there is none."""
    return mail.header("Subject") or "(no subject)"


def listing(mails: list[Mail], count: int, *, to: str = "", product_url: str) -> Response:
    """All mails, newest first, or those to one address."""
    if mails:
        shown = "" if count == len(mails) else f" The newest {len(mails)} are shown."
        words = "1 mail has" if count == 1 else f"{count} mails have"
        inner = f'<p class="quiet">{words} arrived.{shown}</p><ul class="mails">'
        inner += "".join(entry(mail) for mail in mails) + "</ul>"
    elif to:
        inner = (
            "<p>No mail to this address yet. When somebody signs in with it, the code comes.</p>"
        )
    else:
        inner = "<p>No mail yet. Give something, and the receipt arrives here.</p>"
    if to:
        again = f"/mail?to={quote(to)}"
        inner = (
            f'<p><b>{escape(to)}</b></p><p><a class="button plain slim" href="{again}">Look again'
            f'</a> &nbsp; <a href="/mail">All mail</a></p>{inner}'
        )
    body = f'<div class="stripes"></div><h1>Mailbox</h1>{inner}'
    return frame("Mailbox", body, here="/mail", product_url=product_url)


def single(mail: Mail, *, product_url: str) -> Response:
    """One mail with its headers, files, HTML and text."""
    names = ("From", "To", "Cc", "Reply-To", "Date", "Message-ID")
    facts = "".join(
        f"<dt>{name}</dt><dd>{escape(mail.header(name))}</dd>"
        for name in names
        if mail.header(name)
    )
    parts = [
        '<p><a href="/mail">All mails</a></p>',
        f'<div class="stripes"></div><h1>{escape(subject(mail))}</h1>',
        f"<dl>{facts}<dt>Envelope</dt><dd>{escape(', '.join(mail.recipients))}</dd>",
        f"<dt>Arrived</dt><dd>{when(mail.received)}</dd></dl>",
    ]
    files = [part for part in mail.attachments if not part.inline]
    if files:
        parts.append('<section><h2>Attached</h2><ul class="mails">')
        parts += [_file(mail, part) for part in files]
        parts.append("</ul></section>")
    if mail.html:
        parts.append(
            '<section><h2>As a mail program shows it</h2><iframe title="The mail as HTML" '
            f'sandbox="allow-popups allow-popups-to-escape-sandbox" src="/mail/{mail.id}/html">'
            "</iframe></section>"
        )
    if mail.text:
        parts.append(f"<section><h2>As text</h2><pre>{escape(mail.text)}</pre></section>")
    headers = "\n".join(f"{name}: {value}" for name, value in mail.message.items())
    parts.append(
        f"<section><h2>All headers</h2><pre>{escape(headers)}</pre>"
        f'<p class="small"><a href="/mail/{mail.id}/raw">The whole mail as it was sent</a></p>'
        "</section>"
    )
    return frame(subject(mail), "".join(parts), here="/mail", product_url=product_url)


def _file(mail: Mail, part: Attachment) -> str:
    url = _url(mail, part)
    saved = f'<a href="{url}?save=1">Save<span hidden> {escape(part.name)}</span></a>'
    shown = part.content_type in SHOWN
    name = f'<a href="{url}">{escape(part.name)}</a>' if shown else f"<b>{escape(part.name)}</b>"
    size = f"{escape(part.content_type)}, {len(part.content):,} bytes"
    return f'<li>{name}<span class="when">{saved}</span><p>{size}</p></li>'


def _url(mail: Mail, part: Attachment) -> str:
    return f"/mail/{mail.id}/files/{part.number}/{quote(part.name, safe='')}"


def html(mail: Mail) -> Response:
    """The HTML of a mail alone, held apart from this site."""
    pictures = {part.content_id: part for part in mail.attachments if part.content_id}

    def put_in(found: re.Match[str]) -> str:
        part = pictures.get(found[1])
        if part is None:
            return found[0]
        return f"data:{part.content_type};base64,{base64.b64encode(part.content).decode()}"

    text = re.sub(r"cid:([^\"'\s)>]+)", put_in, mail.html)
    headers = [
        ("content-type", "text/html; charset=utf-8"),
        ("content-security-policy", MAIL_POLICY),
        ("x-content-type-options", "nosniff"),
        ("cache-control", "no-store"),
    ]
    # Behind the document type, which must come first for the browser to follow the standard.
    head = re.search(r"(?i)<head[^>]*>", text)
    place = head.end() if head else 0
    whole = f'{text[:place]}<base target="_blank">{text[place:]}'
    return Response(200, headers, whole.encode())


def file(mail: Mail, number: int, *, save: bool) -> Response | None:
    """The bytes of one file; shown only where showing is harmless."""
    part = next((part for part in mail.attachments if part.number == number), None)
    if part is None:
        return None
    shown = part.content_type in SHOWN and not save
    place = "inline" if shown else "attachment"
    headers = [
        ("content-type", part.content_type if shown else "application/octet-stream"),
        ("content-disposition", f"{place}; filename*=UTF-8''{quote(part.name, safe='')}"),
        ("x-content-type-options", "nosniff"),
        ("cache-control", "no-store"),
    ]
    return Response(200, headers, part.content)


def raw(mail: Mail) -> Response:
    """The mail as it was sent."""
    headers = [
        ("content-type", "message/rfc822"),
        ("content-disposition", f"attachment; filename=mail-{mail.id}.eml"),
        ("x-content-type-options", "nosniff"),
    ]
    return Response(200, headers, mail.raw)


def as_json(mails: list[Mail], public_url: str) -> Response:
    """The list for programs."""
    rows = [
        {
            "id": mail.id,
            "from": mail.sender,
            "to": mail.recipients,
            "subject": mail.header("Subject"),
            "date": mail.header("Date"),
            "received": mail.received,
            "message_id": mail.header("Message-ID"),
            "text": mail.text,
            "html": mail.html,
            "headers": [[name, str(value)] for name, value in mail.message.items()],
            "attachments": [
                {
                    "name": part.name,
                    "content_type": part.content_type,
                    "content_id": part.content_id,
                    "size": len(part.content),
                    "url": public_url + _url(mail, part),
                }
                for part in mail.attachments
            ],
        }
        for mail in mails
    ]
    body = json.dumps(rows, indent=1).encode()
    return Response(
        200, [("content-type", "application/json"), ("cache-control", "no-store")], body
    )
