"""What a round says of its steps and limits, in sentences for those who think of applying."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from funding.documents import paper
from funding.money import Money
from grants import terms as calls
from grants import texts
from grants.budgets import Category
from grants.terms import Terms


def steps(terms: Terms) -> list[str]:
    """What happens between the end of the round and the vote, in its order, and who decides."""
    asked = terms.steps
    said = []
    if asked.checks_first:
        said.append(
            _(
                "The programme officer checks that each application is complete and eligible. "
                "Where one is not, a chair looks at it too before it is refused."
            )
        )
    if asked.reviews_wanted:
        said.append(_reviews(terms))
    if asked.is_blind:
        said.append(
            _("They do not read the names of people and organisations before their marks are in.")
        )
    said.append(_("The committee votes in writing; more than half of its members must take part."))
    if asked.is_ratified:
        said.append(_("What it adopts waits until a trustee of the accountable body ratifies it."))
    return said


def checked(terms: Terms) -> list[str]:
    """What is checked of each application before the committee sees it."""
    return calls.questions(terms.steps) if terms.steps.checks_first else []


def _reviews(terms: Terms) -> str:
    number, due = terms.steps.reviews_wanted, terms.steps.marks_due_at
    sentence = ngettext(
        "%(n)s member of the committee marks each application.",
        "%(n)s members of the committee mark each application, each alone.",
        number,
    )
    said = sentence % {"n": number}
    if due is None:
        return said
    return said + " " + _("Marks are due on %(when)s.") % {"when": texts.instant(due)}


def limits(terms: Terms, currency: str) -> list[str]:
    """What no award of the round goes past."""
    asked, said = terms.limits, []
    if asked.bar:
        mark = f"{asked.bar / 100:.2f}".rstrip("0").rstrip(".")
        said.append(_("Below a mean mark of %(mark)s nothing is funded.") % {"mark": mark})
    if asked.most_per_country_minor is not None:
        sentence = _("Awards for work in one country come to %(sum)s at most.")
        said.append(sentence % {"sum": _sum(asked.most_per_country_minor, currency)})
    if asked.most_per_applicant is not None:
        sentence = ngettext(
            "One organisation gets %(n)s award at most.",
            "One organisation gets %(n)s awards at most.",
            asked.most_per_applicant,
        )
        said.append(sentence % {"n": asked.most_per_applicant})
    if asked.most_of_fund_percent is not None:
        sentence = _("One award takes at most %(percent)s per cent of what a fund has.")
        said.append(sentence % {"percent": asked.most_of_fund_percent})
    if asked.sliver_minor:
        sentence = _("A fund pays at least %(sum)s of an award, or nothing of it.")
        said.append(sentence % {"sum": _sum(asked.sliver_minor, currency)})
    return said


def costs(terms: Terms) -> list[str]:
    """What is not paid for, and which kinds of cost only in part."""
    kinds = [(str(Category(kind).label), most) for kind, most in terms.cost_limits]
    none = [label for label, most in kinds if not most]
    said = []
    if none:
        said.append(_("Not paid for: %(kinds)s.") % {"kinds": ", ".join(none)})
    for label, most in kinds:
        if most:
            sentence = _("%(kind)s: at most %(percent)s per cent of what is asked.")
            said.append(sentence % {"kind": label, "percent": most})
    return said


def _sum(minor: int, currency: str) -> str:
    return Money(minor, currency).text(paper.locale())
