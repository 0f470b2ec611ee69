"""The frame of every page, and how times and texts are shown."""

import datetime as dt
from html import escape

from funding.sandbox.stripe.wire import Response

POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; frame-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)


def frame(title: str, body: str, *, here: str, product_url: str, status: int = 200) -> Response:
    """A whole page; `body` is HTML already, `title` is not."""
    links = (
        ("/", "Console"),
        ("/#people", "Who is who"),
        ("/mail", "Mailbox"),
        ("/banks", "Banks"),
        ("/regular", "Regular giving"),
        (f"{product_url}/", "The fund"),
    )
    nav = "".join(
        f'<a href="{escape(url)}"{" aria-current=page" if url == here else ""}>{name}</a>'
        for url, name in links
    )
    text = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(title)} · Sandbox</title>"
        '<link rel="icon" href="data:,"><link rel="stylesheet" href="/console/style.css"></head>'
        '<body><a class="skip" href="#main">To the content</a>'
        '<header><div class="wrap"><a class="brand" href="/">Sandbox</a>'
        f'<nav aria-label="Sandbox">{nav}</nav></div></header>'
        f'<main id="main" class="wrap">{body}</main>'
        '<footer><div class="wrap">A rehearsal on this machine. No real money moves and no mail '
        "leaves.</div></footer></body></html>"
    )
    headers = [
        ("content-type", "text/html; charset=utf-8"),
        ("content-security-policy", POLICY),
        ("cache-control", "no-store"),
        ("x-content-type-options", "nosniff"),
        # The console's own forms must name their origin; nobody else hears of its addresses.
        ("referrer-policy", "same-origin"),
    ]
    return Response(status, headers, text.encode())


def when(seconds: float) -> str:
    """An instant as people write it, in UTC."""
    moment = dt.datetime.fromtimestamp(seconds, dt.UTC)
    return f"{moment.day} {moment:%B %Y, %H:%M} UTC"


def day(seconds: float) -> str:
    """The day of an instant, in UTC."""
    moment = dt.datetime.fromtimestamp(seconds, dt.UTC)
    return f"{moment.day} {moment:%B %Y}"


def button(action: str, label: str, fields: dict[str, str], *, style: str = "plain slim") -> str:
    """A form that is one button."""
    hidden = "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'
        for name, value in fields.items()
    )
    return (
        f'<form method="post" action="{escape(action)}">{hidden}'
        f'<button class="button {style}">{label}</button></form>'
    )


def table(
    title: str,
    heads: tuple[str, ...],
    rows: str,
    note: str = "",
    *,
    figures: tuple[int, ...] = (),
    stacks: bool = False,
) -> str:
    """A section with a table; `figures` are columns of numbers.

    On a phone it scrolls sideways, or `stacks` the cells of each row.
    """
    cells = "".join(
        (f"<th scope=col{' class=n' if number in figures else ''}>{head}</th>" if head
         else "<td></td>")
        for number, head in enumerate(heads)
    )  # fmt: skip
    opening = '<table class="stack">' if stacks else "<table>"
    return (
        f'<section><h2>{title}</h2>{note}<div class="scroll" tabindex="0" role="region" '
        f'aria-label="{title}">{opening}<thead><tr>{cells}</tr></thead><tbody>{rows}</tbody>'
        "</table></div></section>"
    )
