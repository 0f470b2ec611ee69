"""Files of long lists: safe in a spreadsheet, exact, line by line."""

import datetime as dt

from funding import lists
from funding.lists import Column
from funding.money import Money


def taken(columns: list[Column[str]], rows: list[str]) -> list[str]:
    response = lists.file("gifts", columns, rows)
    text = response.getvalue().decode("utf-8-sig")
    assert response["Content-Disposition"] == 'attachment; filename="gifts.csv"'
    return text.splitlines()


def test_amounts_days_and_words_stand_as_machines_read_them() -> None:
    noon = dt.datetime(2026, 3, 14, 12, tzinfo=dt.UTC)
    columns = [
        Column[str]("name", lambda row: row),
        Column[str]("amount", lambda _: Money(-123_450, "EUR")),
        Column[str]("currency", lambda _: "EUR"),
        Column[str]("day", lambda _: noon.date()),
        Column[str]("at", lambda _: noon),
        Column[str]("number", lambda _: 7),
        Column[str]("none", lambda _: None),
    ]
    assert taken(columns, ["Åsa, Öhrn"]) == [
        "name,amount,currency,day,at,number,none",
        '"Åsa, Öhrn",-1234.50,EUR,2026-03-14,2026-03-14T12:00:00+00:00,7,',
    ]


def test_what_people_typed_is_never_a_formula() -> None:
    column = [Column[str]("name", lambda row: row)]
    for typed in ("=1+1", "+1", "-1", "@sum", "\tx"):
        assert taken(column, [typed])[1].strip('"') == f"'{typed}"
