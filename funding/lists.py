"""Long lists: one page of the rows on the screen, and all of them as a file."""

import csv as writer
import datetime as dt
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from django.core.paginator import Page, Paginator
from django.db.models import Model, QuerySet
from django.http import HttpRequest, StreamingHttpResponse

from funding.money import Money

PAGE: Final = 50
# What a spreadsheet would run as a formula, were it the first letter of a cell.
_RUNS: Final = ("=", "+", "-", "@", "\t", "\r")

Cell = str | int | Money | dt.date | dt.datetime | None


@dataclass(frozen=True, slots=True)
class Column[R]:
    """One column of a file: its title and what stands in it. Money needs a currency beside it."""

    title: str
    value: Callable[[R], Cell]


def page[M: Model](request: HttpRequest, rows: QuerySet[M]) -> Page[M]:
    """The page of the rows that `?page=` names; the nearest one there is for any other word."""
    return Paginator(rows, PAGE).get_page(request.GET.get("page"))


def query(request: HttpRequest) -> str:
    """The filters of an address without its page: 'q=asel&state=due'."""
    kept = request.GET.copy()
    kept.pop("page", None)
    return kept.urlencode()


def file[R](name: str, columns: Sequence[Column[R]], rows: Iterable[R]) -> StreamingHttpResponse:
    """All rows as CSV, line by line: UTF-8 with a mark for spreadsheets, amounts as 1234.50."""
    response = StreamingHttpResponse(_lines(columns, rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    response["Cache-Control"] = "no-store"
    return response


def _lines[R](columns: Sequence[Column[R]], rows: Iterable[R]) -> Iterator[str]:
    buffer = io.StringIO()
    line = writer.writer(buffer)

    def taken() -> str:
        text = buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()
        return text

    line.writerow([column.title for column in columns])
    yield "\ufeff" + taken()
    for row in rows:
        line.writerow([_text(column.value(row)) for column in columns])
        yield taken()


def _text(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, Money):
        return cell.plain()
    if isinstance(cell, dt.datetime):
        return cell.astimezone(dt.UTC).isoformat(timespec="seconds")
    if isinstance(cell, dt.date):
        return cell.isoformat()
    if isinstance(cell, int):
        return str(cell)
    # A quote in front makes it text; what people type must never be run.
    return f"'{cell}" if cell.startswith(_RUNS) else cell
