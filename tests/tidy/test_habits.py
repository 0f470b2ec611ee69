"""Habits of the code: one clock, one bell, whole numbers of money, no patched tests."""

import ast
import re

from django.apps import apps
from django.db import models
from django.test.utils import isolate_apps

from tests.tidy import tree

PRESENT = re.compile(
    r"(^|\.)(timezone\.now|timezone\.localdate|datetime\.now|datetime\.utcnow|datetime\.today"
    r"|date\.today|dt\.now|functions\.Now)$"
)
SQL_PRESENT = re.compile(
    r"(?<![.\w])now\(\)|current_(timestamp|date)\b|(clock|statement|transaction)_timestamp\(",
    re.IGNORECASE,
)
# Signs of life measure this machine, whatever day the clock shows.
# So do sessions: allauth keeps what they have proved in the machine's time.
MACHINE_TIME = {
    "funding/clock.py",
    "funding/site/health.py",
    "funding/site/tasks.py",
    "funding/users/access.py",
    "funding/users/confirming.py",
}
ROUND_THE_BELL = {"delay", "apply_async", "send_task"}
PATCHING = {"unittest.mock", "mock", "pytest_mock"}


def other_clocks(source: str, name: str = "") -> list[str]:
    """Readings of the time that go round funding.clock."""
    complaints = []
    for node in ast.walk(tree.parse(source)):
        if isinstance(node, ast.Attribute):
            read = tree.dotted(node)
            if PRESENT.search(read) or (read == "time.time" and name not in MACHINE_TIME):
                complaints.append(f"line {node.lineno}: {read}")
        elif isinstance(node, ast.keyword) and node.arg in {"auto_now", "auto_now_add"}:
            complaints.append(f"line {node.value.lineno}: {node.arg}")
    complaints += [
        f"line {line}: {found.group()} in SQL"
        for line, text in tree.strings(source)
        if (found := SQL_PRESENT.search(text))
    ]
    return complaints


def other_bells(source: str, name: str = "") -> list[str]:
    """Background work started at once, where jobs.after_commit would wait for the commit."""
    return [
        f"line {node.lineno}: {node.func.attr}"
        for node in ast.walk(tree.parse(source))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ROUND_THE_BELL
    ]


def patches(source: str, name: str = "") -> list[str]:
    """Tests that replace a part of the product and so test something else."""
    complaints, ours = [], set()
    for node in ast.walk(tree.parse(source)):
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            modules = [module, *(f"{module}.{alias.name}" for alias in node.names)]
            if module.split(".")[0] in tree.PACKAGES:
                ours |= {alias.asname or alias.name for alias in node.names}
        else:
            continue
        complaints += [f"imports {module}" for module in modules if module in PATCHING]
    for node in ast.walk(tree.parse(source)):
        if isinstance(node, ast.Call) and tree.dotted(node.func) == "monkeypatch.setattr":
            target = node.args[0]
            named = target.value if isinstance(target, ast.Constant) else tree.dotted(target)
            first = str(named).split(".")[0]
            if first in ours or first in tree.PACKAGES:
                complaints.append(f"line {node.lineno}: replaces {named!r}")
    return complaints


def inexact(tables: list[type[models.Model]]) -> list[str]:
    """Columns that cannot hold an amount exactly, or hold it in another unit than the rest."""
    return [
        f"{table._meta.label}.{field.name}"
        for table in tables
        for field in table._meta.get_fields()
        if isinstance(field, models.FloatField | models.DecimalField)
    ]


def own_tables() -> list[type[models.Model]]:
    """The product's own models."""
    return [table for table in apps.get_models() if table.__module__.split(".")[0] in tree.PACKAGES]


def test_the_time_comes_from_one_clock() -> None:
    product = tree.product_files(migrations=True)
    tree.nothing_wrong(product, other_clocks)


def test_another_clock_is_noticed() -> None:
    assert other_clocks("x = timezone.now")
    assert other_clocks("x = dt.datetime.now(dt.UTC)")
    assert other_clocks("x = models.DateTimeField(auto_now_add=True)")
    assert other_clocks("x = time.time()", "donors/gifts.py")
    assert other_clocks("x = datetime.now()", "funding/clock.py")
    assert other_clocks('cursor.execute("UPDATE t SET a = now()")')
    assert other_clocks('cursor.execute("SELECT CURRENT_TIMESTAMP")')
    assert not other_clocks('"""Uses now()."""\nx = clock.now()\ny = time.monotonic()')


def test_background_work_starts_only_through_the_bell() -> None:
    product = [name for name in tree.product_files() if name != "funding/jobs.py"]
    tree.nothing_wrong(product, other_bells)
    assert other_bells("send_receipt.delay(1)")
    assert other_bells("current_app.send_task('a.b')")


def test_tests_replace_nothing_of_the_product() -> None:
    tests = [name for name in tree.python_files() if name.startswith("tests/")]
    tree.nothing_wrong(tests, patches)


def test_a_patch_is_noticed() -> None:
    assert patches("from unittest import mock")
    assert patches("import unittest.mock")
    assert patches("from donors import gifts\nmonkeypatch.setattr(gifts, 'settle', None)")
    assert patches("monkeypatch.setattr('funding.ledger.book.post', None)")
    assert not patches("monkeypatch.setenv('A', 'b')\nmonkeypatch.setattr(os, 'name', 'nt')")


def test_every_amount_is_a_whole_number() -> None:
    assert inexact(own_tables()) == []


@isolate_apps("funding.audit")
def test_an_inexact_column_is_noticed() -> None:
    class Sloppy(models.Model):
        amount = models.FloatField()

        class Meta:
            app_label = "audit"

    assert inexact([Sloppy]) == ["audit.Sloppy.amount"]
