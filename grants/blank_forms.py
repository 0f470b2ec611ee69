"""The form of a round on paper: all that will be asked, to be read before anybody begins.

Laid out when somebody first asks for it, and kept; a round that says something else is laid out
anew.
"""

import hashlib
import json
from typing import Any, Final

from django.conf import settings
from django.utils.translation import override

from funding import clock
from funding.documents import paper, rendering
from grants import budgets, call_words, gaps, sections
from grants import terms as calls
from grants.models import BlankForm, Round
from grants.terms import MARKS, Terms

# Raised when the page is drawn in another way: what was kept before is then laid out anew.
_LAYOUT: Final = 4
# The fields of the form in its parts: what is asked, and what to know about it. As the page of
# the form has them, which a test holds.
PARTS: Final[tuple[tuple[str, tuple[tuple[str, str], ...]], ...]] = (
    (
        "Who you are",
        (
            ("Your name", ""),
            ("Organisation", ""),
            ("Its country", ""),
            ("Registration number, if it has one", ""),
            ("Website, if it has one", ""),
        ),
    ),
    (
        "The work",
        (
            ("Title", ""),
            ("Theme of the strategy", ""),
            ("Area of focus", ""),
            ("Country", ""),
            ("Province", "No finer than a province: a den must not be findable."),
            ("Summary", f"At most {gaps.SUMMARY_WORDS} words."),
            (
                "How will you work, and how will you know that it worked?",
                f"At most {gaps.METHODS_WORDS} words.",
            ),
            ("First day of the work", ""),
            ("Last day of the work", ""),
        ),
    ),
    (
        "Minimum",
        (
            ("Smallest sum that still makes sense", ""),
            ("Why it does not work with less", f"At most {gaps.REASON_WORDS} words."),
            (
                (
                    "If the money is short, show everybody the title, the summary, the "
                    "organisation and the country of this work, with the sum that is missing, so "
                    "that givers can help."
                ),
                "Yes or no. It is your choice and changes nothing in the decision.",
            ),
        ),
    ),
)

# What only some rounds ask, after all else.
BESIDE: Final[dict[str, tuple[tuple[str, str], ...]]] = {
    "permits": (
        ("Permit for", "One such table for each permit, at most eight."),
        ("How far it is", "Held, applied for, or not needed."),
        ("Issuing authority", ""),
        ("Number", ""),
        ("Valid until", ""),
        ("Its copy", "Among the files."),
    ),
    "safeguarding": (
        ("Welfare of animals", f"At most {sections.STATEMENT_WORDS} words."),
        ("Safety of people and children", f"At most {sections.STATEMENT_WORDS} words."),
        ("Consent of the community", f"At most {sections.STATEMENT_WORDS} words."),
        (
            "Whom one turns to when something is wrong",
            "A name, and an e-mail address or telephone number.",
        ),
    ),
    "references": (
        ("Name of the referee", "One such table for each, at most three."),
        ("Organisation", ""),
        ("E-mail address", "There they are asked, once the application is sent."),
        ("How they know you or the work", ""),
        ("This person has agreed to be asked", "Yes."),
    ),
}


def of(round_: Round) -> bytes:
    """The PDF of what a public round says now. Raises CannotRender on a machine without Pango.

    Call it with no transaction open.
    """
    told = facts(round_)
    key = _fingerprint(told)
    if kept := BlankForm.objects.filter(round=round_, sha256=key).first():
        return bytes(kept.content)
    identifier = hashlib.sha256(f"round:{round_.pk}:{key}".encode()).hexdigest()[:32]
    content = rendering.pdf("blank_form", told | {"document": {"identifier": identifier}}, "en")
    made, _is_new = BlankForm.objects.get_or_create(
        round=round_, sha256=key, defaults={"content": content, "made_at": clock.now()}
    )
    return bytes(made.content)


def facts(round_: Round) -> dict[str, Any]:
    """All that the form on paper prints."""
    terms = calls.of(round_)
    with override("en"):
        said = _said(round_, terms)
    return {
        "layout": _LAYOUT,
        "entity": paper.entity_facts(round_.entity),
        "page": f"{settings.SITE_URL.partition('://')[2].rstrip('/')}/rounds/{round_.slug}/",
        "name": terms.name,
        "call": terms.call,
        "criteria": terms.criteria,
        "currency": round_.currency,
        "maximum_minor": terms.maximum_minor,
        "opens_at": terms.opens_at.isoformat(),
        "closes_at": terms.closes_at.isoformat(),
        "decides_on": terms.decides_on.isoformat(),
        "parts": [[title, [list(pair) for pair in fields]] for title, fields in PARTS],
        "beside": [
            [str(gaps.TITLES[part]), [list(pair) for pair in BESIDE[part]]]
            for part in sections.asked(round_)
        ],
        "kinds": [str(kind.label) for kind in budgets.Category],
        **said,
    }


def _said(round_: Round, terms: Terms) -> dict[str, Any]:
    return {
        "steps": call_words.steps(terms),
        "limits": [*call_words.costs(terms), *call_words.limits(terms, round_.currency)],
        "conditions": [
            {"question": each.question, "wanted": each.wanted, "otherwise": each.otherwise}
            for each in terms.conditions
        ],
        "asked": [
            {
                "name": each.name,
                "question": each.question,
                "weight": each.weight,
                # A row of the database may lack some; what is there is printed.
                "anchors": [[mark, word] for mark, word in zip(MARKS, each.anchors, strict=False)],
            }
            for each in terms.asked
        ],
    }


def _fingerprint(told: dict[str, Any]) -> str:
    text = json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
