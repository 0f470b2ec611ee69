"""What the page of a letter that declines is told."""

from typing import Any

from funding.documents import paper


def context(facts: dict[str, Any]) -> dict[str, Any]:
    """Context of templates/documents/decline_letter.html from Document.facts() of a letter."""
    told = ("applicant", "body", "title", "round", "feedback", "improve", "chair")
    return {
        **paper.context(facts),
        **{name: facts[name] for name in told},
        "rounds_page": f"{facts['site_url'].partition('://')[2].rstrip('/')}/rounds/",
    }
