"""Reading CSV files as they come out of spreadsheets and banks."""

import csv
import hashlib
import io
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from funding.errors import Refused
from funding.imports.kinds import Field, Kind

if TYPE_CHECKING:
    import _csv

# As much as a hundred thousand rows of a spreadsheet take, and some more.
MOST_BYTES = 40 * 1024 * 1024
_SAMPLE = 8192
_KEY = 40


class Unreadable(Refused):
    """It is no text, or no table."""


def headers(content: bytes) -> list[str]:
    """The names of the columns, from the first line. Refuses: Unreadable."""
    found = [each.strip() for each in next(_reader(content), [])]
    if len([each for each in found if each]) < 2:
        raise Unreadable(_("The first line has to name the columns, at least two of them."))
    if len(set(found)) != len(found):
        raise Unreadable(_("Two columns have the same name. Give each its own."))
    return found


def guess(kind: Kind, names: Iterable[str]) -> dict[str, str]:
    """Which column most likely is which field."""
    by_name = {name.strip().lower().replace("_", " "): name for name in names}
    found: dict[str, str] = {}
    for each in kind.fields:
        words = (each.name.replace("_", " "), *each.guesses)
        column = next((by_name[word] for word in words if word in by_name), "")
        if column and column not in found.values():
            found[each.name] = column
    return found


def rows(content: bytes, mapping: Mapping[str, str]) -> Iterator[tuple[int, dict[str, str]]]:
    """Each row with its line in the file, by the names of fields. Empty lines are passed over."""
    reader = _reader(content)
    places = {name.strip(): index for index, name in enumerate(next(reader, []))}
    columns = {field: places[column] for field, column in mapping.items() if column in places}
    for line in reader:
        if any(cell.strip() for cell in line):
            yield (
                reader.line_num,
                {
                    field: line[index].strip() if index < len(line) else ""
                    for field, index in columns.items()
                },
            )


class Marks:
    """Keys of rows: their own reference, or a mark of all that they say.

    Rows of one file that say the same are told apart by their order, so that two equal gifts
    are two, and the same file again says the same.
    """

    def __init__(self, fields: Iterable[Field]) -> None:
        self._names = [field.name for field in fields if field.is_key]
        self._seen: Counter[str] = Counter()

    def of(self, values: Mapping[str, str]) -> str:
        """The key of the next row."""
        for name in self._names:
            if reference := values.get(name, "").strip():
                return reference[:140]
        said = json.dumps(sorted(values.items()), ensure_ascii=False)
        self._seen[said] += 1
        marked = f"{said}{self._seen[said]}".encode()
        return f"row-{hashlib.sha256(marked).hexdigest()[:_KEY]}"


def _reader(content: bytes) -> "_csv.Reader":
    if b"\x00" in content:
        raise Unreadable(_("This is no text. Save the table as CSV, in UTF-8."))
    text = io.TextIOWrapper(io.BytesIO(content), encoding=_encoding(content), newline="")
    try:
        dialect: type[csv.Dialect] | str = csv.Sniffer().sniff(
            content[:_SAMPLE].decode(text.encoding, "replace").split("\n")[0], ",;\t|"
        )
    except csv.Error:
        dialect = "excel"
    return csv.reader(text, dialect)


def _encoding(content: bytes) -> str:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        # What spreadsheets on Windows write; every byte can be read as it.
        return "latin-1"
    return "utf-8-sig"
