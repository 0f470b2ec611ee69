"""Our copies of sanctions lists: taken in whole from a file, and searched.

A search says which entries are like a name. It clears nobody: it says what was found in one list
of one day.
"""

import csv
import datetime as dt
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Final

from django.db import transaction
from django.utils.translation import gettext as _

from funding import clock
from funding.audit import log
from funding.errors import Refused
from funding.imports import reading
from grants import likeness
from grants.models import ListedName, SanctionsList

_PIECE: Final = 2_000
# Some publishers write when the file was made above the names of its columns.
_FIRST_LINES: Final = 10
_LONGEST_REFERENCE: Final = 80


class NotAList(Refused):
    """The file cannot be taken in. The sentence names the line."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Which columns hold the entry's reference and its name; a name may stand in several."""

    reference: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Hit:
    """A name that was looked up, and an entry that is like it; `percent` says how like."""

    name: str
    reference: str
    listed: str
    percent: int


# What publishers call them in their CSV files.
PUBLISHED: Final = {
    "plain": Columns("reference", ("name",)),
    "uk": Columns("Unique ID", ("Name 1", "Name 2", "Name 3", "Name 4", "Name 5", "Name 6")),
    "eu": Columns("Entity_LogicalId", ("NameAlias_WholeName",)),
}


def take_in(
    *, name: str, published_on: dt.date, content: bytes, columns: Columns, actor: str
) -> SanctionsList:
    """Keep a list as its publisher gave it out, all of it or nothing.

    The same file of the same day again is the list that stands. Raises NotAList, and
    imports.reading.Unreadable.
    """
    called, sha256 = " ".join(name.split()), hashlib.sha256(content).hexdigest()
    if not called:
        raise NotAList(_("Name the list."))
    if published_on > clock.today("UTC"):
        raise NotAList(_("The list cannot be of a day that is still to come."))
    names = list(_names(content, columns))
    if not names:
        raise NotAList(_("There is no name in this file."))
    with transaction.atomic():
        return _keep(called, published_on, sha256, names, actor)


def _keep(
    name: str, published_on: dt.date, sha256: str, names: list[tuple[str, str]], actor: str
) -> SanctionsList:
    row, is_new = SanctionsList.objects.get_or_create(
        name=name,
        published_on=published_on,
        defaults={"sha256": sha256, "taken_in_at": clock.now()},
    )
    if not is_new:
        if row.sha256 == sha256:
            return row
        sentence = _("Another file of this list and day was taken in before.")
        raise NotAList(sentence)
    if SanctionsList.objects.filter(name=name, published_on__gt=published_on).exists():
        raise NotAList(_("A later state of this list was taken in before."))
    ListedName.objects.bulk_create(
        (
            ListedName(of=row, reference=reference, name=said, keys=likeness.keys(said))
            for reference, said in names
        ),
        batch_size=_PIECE,
    )
    log.record(
        actor=actor,
        action="sanctions_list.taken_in",
        subject=f"sanctions_list:{row.pk}",
        names=len(names),
        sha256=sha256,
    )
    return row


def current() -> list[SanctionsList]:
    """The latest state of each list, by its name."""
    return list(SanctionsList.objects.order_by("name", "-published_on", "-pk").distinct("name"))


def search(list_: SanctionsList, names: Iterable[str]) -> list[Hit]:
    """The entries that are like one of these names, the likest first."""
    found: dict[tuple[str, str], Hit] = {}
    for name in names:
        for row in list_.names.filter(keys__has_any_keys=likeness.keys(name)).iterator():
            percent = likeness.percent(name, row.name)
            hit = Hit(name, row.reference, row.name, percent)
            before = found.get((name, row.reference))
            if percent >= likeness.LIKE and (before is None or before.percent < percent):
                found[name, row.reference] = hit
    return sorted(found.values(), key=lambda hit: (-hit.percent, hit.name, hit.reference))


def as_facts(hits: Sequence[Hit]) -> list[dict[str, object]]:
    """The hits as they are kept with a look."""
    return [asdict(hit) for hit in hits]


def _names(content: bytes, columns: Columns) -> Iterator[tuple[str, str]]:
    above, table = _from_header(content, columns)
    wanted = {f"name {at}": column for at, column in enumerate(columns.names)}
    try:
        for line, row in reading.rows(table, wanted | {"reference": columns.reference}):
            name = " ".join(part for at in wanted if (part := " ".join(row[at].split())))
            reference = row["reference"]
            if not name:
                raise NotAList(_("Line %(line)s has no name.") % {"line": line + above})
            if not reference or len(reference) > _LONGEST_REFERENCE:
                sentence = _("Line %(line)s has no reference, or one that is too long.")
                raise NotAList(sentence % {"line": line + above})
            yield reference, name
    except csv.Error as error:
        raise NotAList(_("This is no table: %(error)s.") % {"error": error}) from None


def _from_header(content: bytes, columns: Columns) -> tuple[int, bytes]:
    """How many lines stand above the names of the columns, and the file without them."""
    wanted = {columns.reference, *columns.names}
    rest = content
    for above in range(_FIRST_LINES):
        try:
            if wanted <= set(reading.headers(rest)):
                return above, rest
        except (reading.Unreadable, csv.Error):
            if b"\x00" in content:
                raise
        _line, _end, rest = rest.partition(b"\n")
    sentence = _("The columns %(names)s are not in the first lines of this file.")
    raise NotAList(sentence % {"names": ", ".join(sorted(wanted))})
