"""The page of trouble that others had is whole, and the tests and rules that it names are there."""

import ast
import re

from tests.tidy import tree

PAGE = "docs/known-trouble.md"
THREADS = 58
ROW = re.compile(r"^\| (\d+) \| (.+) \| (.+) \| (.+) \|$", re.MULTILINE)
NAMED = re.compile(r"`(tests/[\w/]+\.py)::([\w:]+)`")
RULE = re.compile(r"`([a-z]+(?:_[a-z]+)+)`")


def names_of_tests(source: str) -> set[str]:
    """The tests of a module, those of a class by 'TestClass::test_name'."""
    body = ast.parse(source).body
    of_classes = [each for each in body if isinstance(each, ast.ClassDef)]
    return set(_names(body)) | {
        f"{each.name}::{name}" for each in of_classes for name in _names(each.body)
    }


def _names(body: list[ast.stmt]) -> list[str]:
    found = [each.name for each in body if isinstance(each, ast.FunctionDef)]
    return [name for name in found if name.startswith("test_")]


def missing_tests(source: str) -> list[str]:
    """The tests that a page names as `path::name` and that are not there."""
    return [
        f"{path}::{name}"
        for path, name in NAMED.findall(source)
        if path not in tree.files() or name not in names_of_tests(tree.read(path))
    ]


def unknown_rules(source: str) -> list[str]:
    """Constraints and fields that a page names and that stand nowhere in the product."""
    modules = [name for name in tree.files() if name.startswith(("donors/", "funding/"))]
    whole = "\n".join(tree.read(name) for name in modules if name.endswith(".py"))
    return [name for name in RULE.findall(source) if name not in whole]


def incomplete(rows: list[tuple[str, str, str, str]]) -> list[str]:
    """Rows that name no thread or no test, and numbers that are missing or twice."""
    thin = [row[0] for row in rows if "#" not in row[1] or not NAMED.search(row[3])]
    numbers = [int(row[0]) for row in rows]
    return thin if numbers == list(range(1, THREADS + 1)) else [*thin, f"numbers: {numbers}"]


def test_every_thread_is_answered_once_and_in_order() -> None:
    assert incomplete(ROW.findall(tree.read(PAGE))) == []


def test_every_test_of_the_page_is_there() -> None:
    assert missing_tests(tree.read(PAGE)) == []
    assert len(NAMED.findall(tree.read(PAGE))) >= THREADS


def test_every_rule_of_the_page_is_there() -> None:
    assert unknown_rules(tree.read(PAGE)) == []


def test_a_test_and_a_rule_that_are_gone_are_noticed() -> None:
    assert missing_tests("`tests/test_money.py::test_nothing` `tests/none.py::test_x`") == [
        "tests/test_money.py::test_nothing",
        "tests/none.py::test_x",
    ]
    assert missing_tests("`tests/site/test_stuck.py::TestLeaving::test_nothing`")
    assert unknown_rules("`gift_is_never_lost_anywhere` and `form_token`") == [
        "gift_is_never_lost_anywhere"
    ]


def test_a_thin_row_and_a_missing_number_are_noticed() -> None:
    row = ("1", "Two gifts (a/b #1).", "Held.", "`tests/test_money.py::test_x`")
    rows = [(str(number), *row[1:]) for number in range(1, THREADS + 1)]
    assert incomplete(rows) == []
    assert incomplete([*rows[:-1], ("58", "No thread.", "Held.", row[3])]) == ["58"]
    assert incomplete([*rows[:-1], ("58", row[1], "Held.", "nothing")]) == ["58"]
    assert incomplete(rows[1:])[0].startswith("numbers: [2, 3")
    assert incomplete([*rows, rows[0]])
