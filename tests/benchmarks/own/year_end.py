"""The end of a year: statements for all donors, as the worker makes them."""

import django

from tests.benchmarks.answering import answer, timed
from tests.benchmarks.own.givers import DAY, prepare
from tests.benchmarks.own.ledger import backend


def begin(entity: int) -> int:
    """Ask for everybody's statement of the year; the number of it."""
    from donors import year_ends
    from funding.parties.models import Entity

    row = year_ends.begin(
        entity=Entity.objects.get(pk=entity),
        begins_on=DAY.replace(month=1, day=1),
        ends_on=DAY.replace(month=12, day=31),
        mails=False,
        actor="user:1",
    )
    return row.pk


def gather(year_end: int, pieces: int) -> dict[str, float]:
    """Ask for the statements of so many pieces of donors."""
    from donors import year_ends
    from donors.models import Statement, YearEnd

    def work() -> None:
        for _piece in range(pieces):
            gathers = YearEnd.objects.filter(pk=year_end, state="gathering").exists()
            if not gathers or not year_ends.go_on(year_end):
                return

    before = Statement.objects.count()
    told = timed(0.0001, work)
    return told | {"count": Statement.objects.count() - before}


def lay_out(count: int) -> dict[str, float]:
    """Make so many statements that wait."""
    from donors import statements

    done = []
    told = timed(0.0001, lambda: done.append(statements.sweep(limit=count)))
    return told | {"count": sum(done)}


def counts(year_end: int) -> dict[str, int]:
    """How many there are of what must be there once for each donor."""
    from donors.models import Gift, Statement, YearEndShare
    from funding.documents.models import Document

    made = Document.objects.filter(template="statement", rendered_at__isnull=False)
    return {
        "givers": Gift.objects.values("donor").distinct().count(),
        "shares": YearEndShare.objects.filter(year_end=year_end).count(),
        "statements": Statement.objects.count(),
        "donors": Statement.objects.values("donor").distinct().count(),
        "documents": made.count(),
        "numbers": made.values("series", "year", "number").distinct().count(),
    }


if __name__ == "__main__":
    django.setup()
    answer(
        {
            "prepare": prepare,
            "backend": backend,
            "begin": begin,
            "gather": gather,
            "lay_out": lay_out,
            "counts": counts,
        }
    )
