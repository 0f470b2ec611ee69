"""Who is who in the demo, and how to sign in as one of them."""

import itertools
from html import escape
from urllib.parse import quote

from funding.sandbox.console import totp

# Less than this is too short to type a code in.
SHORT_SECONDS = 8


def section(people: list[dict[str, str]], *, product_url: str, seconds: float) -> str:
    """The list of people with the codes of this very moment; nothing without people.

    `seconds` is the machine's own time: signing in does not follow the clock of the rehearsal.
    """
    if not people:
        return ""
    groups = itertools.groupby(people, key=lambda one: one.get("group", ""))
    return (
        f'<section id="people"><h2>Who is who</h2>{_how(product_url)}{_left(seconds)}'
        + "".join(_group(name, list(rows), seconds) for name, rows in groups)
        + "</section>"
    )


def _how(product_url: str) -> str:
    sign_in = escape(f"{product_url}/accounts/login/")
    return (
        "<p>Everybody here is invented, and you can be any of them.</p>"
        f'<ol class="steps"><li>Open <a href="{sign_in}">the sign-in page</a> and write the '
        "person&rsquo;s address.</li>"
        "<li>Read the code in the person&rsquo;s mailbox here, and type it.</li>"
        "<li>Whoever decides or moves money is asked for a second code, as an authenticator app "
        "on their phone would show it. It stands here instead. Each works once, and money asks "
        "again after five minutes.</li></ol>"
        '<p class="quiet">To be two people at once, sign the second one in from a private window '
        "or another browser.</p>"
    )


def _left(seconds: float) -> str:
    left = totp.seconds_left(seconds)
    # Another address each time: to a place on the same page a browser only scrolls.
    again = f"/?at={int(seconds)}#people"
    if left < SHORT_SECONDS:
        words = f"The app codes change in {left} second{'' if left == 1 else 's'}. Look again then."
    else:
        words = f"The app codes below hold for {left} seconds more."
    return f'<p><b>{words}</b> <a class="button plain slim" href="{again}">Look again</a></p>'


def _group(name: str, people: list[dict[str, str]], seconds: float) -> str:
    rows = "".join(_person(one, seconds) for one in people)
    heading = f"<h3>{escape(name)}</h3>" if name else ""
    return f'{heading}<ul class="people">{rows}</ul>'


def _person(one: dict[str, str], seconds: float) -> str:
    email, secret = one.get("email", ""), one.get("secret", "")
    if secret:
        now = totp.code(secret, seconds)
        code = f'<span class="why">App code</span><b class="code">{now[:3]} {now[3:]}</b>'
    else:
        code = '<span class="why">The mailed code is enough</span>'
    return (
        f"<li><div><b>{escape(one.get('name', ''))}</b>"
        f'<span class="why">{escape(one.get("part", ""))}</span></div>'
        f'<div><span class="address">{escape(email)}</span>'
        f'<a class="why" href="/mail?to={quote(email)}">Mailbox of '
        f"{escape(one.get('name', '').split(' ')[0])}</a></div>"
        f'<div class="now">{code}</div></li>'
    )
