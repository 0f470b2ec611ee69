"""From a template and its facts to a subject, a text and a page."""

import re
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from css_inline import CSSInliner
from django.conf import settings
from django.template import engines
from django.template.backends.django import DjangoTemplates
from django.utils import translation

from funding.mail.posting import LOGO_ID, refuse_line_breaks

COLUMNS: Final = 66


@dataclass(frozen=True, slots=True)
class Written:
    """The words of a mail."""

    subject: str
    text: str
    html: str


def write(template: str, context: Mapping[str, Any], language: str) -> Written:
    """Render templates/emails/<template>.txt, whose first line is the subject, and .html."""
    with translation.override(language):
        facts = {
            **context,
            "language": translation.get_language(),
            "site_url": settings.SITE_URL,
            "logo": f"cid:{LOGO_ID}",
        }
        letter = _plain().get_template(f"emails/{template}.txt").render(facts)
        first, _, body = letter.lstrip().partition("\n")
        subject = first.removeprefix("Subject: ").strip()
        if subject == first.strip() or not subject or body[:1] != "\n":
            raise ValueError(f"emails/{template}.txt must begin with its subject in one line.")
        refuse_line_breaks(subject)
        html = page(template, facts | {"subject": subject})
    return Written(subject=subject[:200], text=_wrap(body), html=_inliner().inline(html))


def page(template: str, facts: Mapping[str, Any]) -> str:
    """The page of a mail in the active language, with its style in its head."""
    told = {"language": translation.get_language(), "site_url": settings.SITE_URL, **facts}
    return engines["django"].get_template(f"emails/{template}.html").render(told)


@lru_cache(maxsize=1)
def _plain() -> DjangoTemplates:
    """The same templates and tags, but nothing is escaped: text is not HTML."""
    pages = engines["django"]
    assert isinstance(pages, DjangoTemplates)
    options: dict[str, Any] = {"autoescape": False, "builtins": pages.engine.builtins}
    return DjangoTemplates(
        {"NAME": "plain", "DIRS": pages.dirs, "APP_DIRS": False, "OPTIONS": options}
    )


@lru_cache(maxsize=1)
def _inliner() -> CSSInliner:
    return CSSInliner(keep_style_tags=False, keep_at_rules=True, load_remote_stylesheets=False)


def _wrap(text: str) -> str:
    """Break long lines at spaces; tables and addresses are shorter or have none."""
    lines = []
    for line in re.sub(r"\n{3,}", "\n\n", text).strip().splitlines():
        # '-- ' with its space is how mail programs know where the footer begins.
        shown = line if line == "-- " else line.rstrip()
        lines += (
            textwrap.wrap(shown, COLUMNS, break_long_words=False, break_on_hyphens=False)
            if len(shown) > COLUMNS
            else [shown]
        )
    return "\n".join(lines) + "\n"
