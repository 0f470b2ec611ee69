"""What a round may ask beside the form: permits, safety of animals and people, and referees.

Plain values, as an application says them, and how they are kept and frozen.
"""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from django.utils.translation import gettext as _

from grants import naming, texts
from grants.models import MOST_PERMITS, Application, Attachment, PermitState, Round, Safeguard
from grants.models import Permit as PermitRow

STATEMENT_WORDS: Final = 150
STATEMENTS: Final = ("animals", "people", "community")


@dataclass(frozen=True, slots=True)
class Permit:
    """One permit. `file` is the uuid of its copy among the files, or empty."""

    what: str
    state: str = PermitState.HELD
    number: str = ""
    authority: str = ""
    valid_until: dt.date | None = None
    file: str = ""

    @property
    def lacks(self) -> list[str]:
        """In words, what must still be written of it before it is sent."""
        if self.state == PermitState.NOT_NEEDED:
            return []
        found = [] if self.authority else [_("the issuing authority")]
        if self.state == PermitState.HELD:
            found += [] if self.number else [_("its number")]
            found += [] if self.valid_until else [_("until when it is valid")]
        return found


@dataclass(frozen=True, slots=True)
class Safeguards:
    """The statements on animals, people and the community, and whom to turn to."""

    animals: str = ""
    people: str = ""
    community: str = ""
    contact: str = ""


@dataclass(frozen=True, slots=True)
class Sections:
    """All that is said of what the round asks beside the form."""

    permits: tuple[Permit, ...] = ()
    safeguards: Safeguards = Safeguards()
    referees: tuple[naming.Named, ...] = ()


NOTHING: Final = Sections()


def asked(round_: Round) -> list[str]:
    """The sections that a round asks, by the names of their parts."""
    told = {
        "permits": round_.asks_permits,
        "safeguarding": round_.asks_safeguards,
        "references": round_.asks_references,
    }
    return [part for part, is_asked in told.items() if is_asked]


def of(application: Application) -> Sections:
    """What is kept. Of a round that asks nothing nothing is looked up."""
    wanted = asked(application.round)
    said = Sections()
    if "permits" in wanted:
        rows = PermitRow.objects.filter(application=application).select_related("attachment__file")
        said = Sections(permits=tuple(_permit(row) for row in rows.order_by("position")))
    if "safeguarding" in wanted:
        row = Safeguard.objects.filter(application=application).first()
        kept = Safeguards(row.animals, row.people, row.community, row.contact) if row else None
        said = Sections(said.permits, kept or Safeguards())
    if "references" in wanted:
        said = replace(said, referees=naming.of(application))
    return said


def _permit(row: PermitRow) -> Permit:
    file = str(row.attachment.file.uuid) if row.attachment else ""
    return Permit(row.what, row.state, row.number, row.authority, row.valid_until, file)


def keep(application: Application, said: Sections) -> None:
    """Write down what is said, in the open transaction, as far as the round asks it."""
    wanted, kept = asked(application.round), of(application)
    if "permits" in wanted and kept.permits != said.permits:
        PermitRow.objects.filter(application=application).delete()
        files = {
            str(each.file.uuid): each
            for each in Attachment.objects.filter(application=application).select_related("file")
        }
        PermitRow.objects.bulk_create(
            PermitRow(
                application=application,
                position=at,
                what=texts.one_line(each.what)[:120],
                state=each.state,
                number=texts.one_line(each.number)[:80],
                authority=texts.one_line(each.authority)[:120],
                valid_until=each.valid_until,
                attachment=files.get(each.file),
            )
            for at, each in enumerate(said.permits[:MOST_PERMITS])
        )
    if "safeguarding" in wanted and kept.safeguards != said.safeguards:
        told = {name: texts.paragraphs(getattr(said.safeguards, name)) for name in STATEMENTS}
        told["contact"] = texts.one_line(said.safeguards.contact)[:200]
        Safeguard.objects.update_or_create(application=application, defaults=told)
    if "references" in wanted and kept.referees != said.referees:
        naming.keep(application, said.referees)


def told(application: Application) -> dict[str, Any]:
    """The facts to freeze. A round that asks nothing freezes nothing, as before it could."""
    wanted, said = asked(application.round), of(application)
    found: dict[str, Any] = {}
    if "permits" in wanted:
        files = {
            str(each.file.uuid): {"name": each.file.name, "sha256": each.sha256}
            for each in Attachment.objects.filter(application=application).select_related("file")
        }
        found["permits"] = [
            {
                "what": each.what,
                "state": each.state,
                "number": each.number,
                "authority": each.authority,
                "valid_until": each.valid_until.isoformat() if each.valid_until else "",
                "file": files.get(each.file),
            }
            for each in said.permits
        ]
    if "safeguarding" in wanted:
        found["safeguards"] = {name: getattr(said.safeguards, name) for name in STATEMENTS}
        # A person, so it goes with the names of a blind round.
        found["safeguard_contact"] = {"name": said.safeguards.contact}
    if "references" in wanted:
        # Without addresses, which stand with the people alone and go with them.
        found["referees"] = [
            {
                "name": each.name,
                "organisation": {"name": each.organisation},
                "relation": each.relation,
            }
            for each in said.referees
        ]
    return found


def shown(facts: Mapping[str, Any]) -> dict[str, Any]:
    """The same facts in words, for a template; what was not asked is not there."""
    found: dict[str, Any] = {}
    if "permits" in facts:
        states = dict(PermitState.choices)
        found["permits"] = [
            {
                **each,
                "state_name": states[each["state"]],
                "valid_until": dt.date.fromisoformat(each["valid_until"])
                if each["valid_until"]
                else None,
            }
            for each in facts["permits"]
        ]
    return found


def without_names(found: Mapping[str, Any]) -> dict[str, Any]:
    """Permits as they may be read while names are hidden: a number or a copy names its holder."""
    if "permits" not in found:
        return {}
    return {"permits": [{**each, "number": "", "file": None} for each in found["permits"]]}


def missing(application: Application, said: Sections) -> Iterator[tuple[str, str, str]]:
    """Field, code and sentence of everything that must still be written before it is sent."""
    wanted = asked(application.round)
    if "permits" in wanted:
        if not said.permits:
            sentence = _("Write each permit that the work needs, or one that it does not need.")
            yield "permits", "missing", sentence
        for number, each in enumerate(said.permits, 1):
            if each.lacks:
                sentence = _("Permit %(number)s: write %(what)s.")
                what = ", ".join(each.lacks)
                yield "permits", "missing", sentence % {"number": number, "what": what}
    if "safeguarding" in wanted:
        for name in STATEMENTS:
            words = getattr(said.safeguards, name)
            if not words:
                sentence = _("Write a sentence or two, also where nothing is at risk.")
                yield f"safe_{name}", "missing", sentence
            over = texts.words(words) - STATEMENT_WORDS
            if over > 0:
                sentence = _("Write at most %(most)s words; these are %(over)s more.")
                told = {"most": STATEMENT_WORDS, "over": over}
                yield f"safe_{name}", "too_long", sentence % told
        if not said.safeguards.contact:
            yield "safe_contact", "missing", _("Write whom one turns to, and how.")
    if "references" in wanted:
        yield from naming.missing(application, said.referees)
