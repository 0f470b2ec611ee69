"""Downward only: in imports, in relations between tables, and in names given as text."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.apps import apps
from django.db import models
from django.test.utils import isolate_apps

from tests.tidy import layers, tree
from tests.tidy.test_habits import own_tables

LINT = Path(sys.executable).with_name("lint-imports")


def climbing(tables: list[type[models.Model]]) -> list[str]:
    """Relations from a table to one of a higher layer, or to a sibling that stands apart."""
    complaints = []
    for table in tables:
        for field in [*table._meta.fields, *table._meta.many_to_many]:
            if field.related_model is None:
                continue
            lower, upper = _package(table), _package(field.related_model)
            if layers.climbs(lower, upper):
                complaints.append(f"{table._meta.label}.{field.name} climbs to {upper}")
    return complaints


def _package(table: "type[models.Model] | str") -> str:
    assert not isinstance(table, str)
    config = table._meta.apps.app_configs.get(table._meta.app_label)
    return config.name if config else table.__module__


def lint(folder: Path) -> "subprocess.CompletedProcess[str]":
    """Hold the packages below a folder to the contracts."""
    return subprocess.run(
        [LINT, "--no-cache"], cwd=folder, capture_output=True, encoding="utf-8", check=False
    )


def test_imports_keep_to_the_layers() -> None:
    done = lint(tree.ROOT)
    assert done.returncode == 0, done.stdout[-3000:]


@pytest.mark.parametrize(
    ("module", "line", "contract"),
    [
        ("funding/ledger/extra.py", "from donors import models", "Donors and grants"),
        ("grants/extra.py", "import donors", "Donors and grants"),
        ("funding/audit/extra.py", "from funding.ledger import models", "Money below"),
        ("funding/extra.py", "", "Money below"),
        ("donors/extra.py", "", "Inside donors"),
        ("funding/site/extra.py", "import stripe", "Only the gateway"),
        ("funding/site/extra.py", "import weasyprint", "Only documents"),
        ("funding/site/extra.py", "import funding.sandbox.up", "The sandbox is imported"),
        ("funding/sandbox/stripe/extra.py", "import funding.money", "The sandbox's Stripe"),
    ],
)
def test_an_import_that_climbs_is_noticed(
    tmp_path: Path, module: str, line: str, contract: str
) -> None:
    copied = [name for name in tree.python_files() if name.startswith(tree.PACKAGES)]
    for name in [*copied, "pyproject.toml"]:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(tree.ROOT / name, tmp_path / name)
    (tmp_path / module).write_text(f"{line}\n", encoding="utf-8")

    done = lint(tmp_path)

    assert done.returncode != 0
    broken = [row for row in done.stdout.splitlines() if row.endswith(" BROKEN")]
    assert any(row.startswith(contract) for row in broken), done.stdout[-3000:]


def test_relations_between_tables_keep_to_the_layers() -> None:
    assert climbing(own_tables()) == []


@isolate_apps("funding.audit", "funding.ledger")
def test_a_relation_that_climbs_is_noticed() -> None:
    class Pot(models.Model):
        class Meta:
            app_label = "ledger"

    class Note(models.Model):
        pot = models.ForeignKey(Pot, on_delete=models.PROTECT)

        class Meta:
            app_label = "audit"

    assert climbing([Note]) == ["audit.Note.pot climbs to funding.ledger"]
    assert climbing([Pot]) == []


def test_the_layers_are_read_as_they_are_written() -> None:
    assert layers.climbs("funding.ledger", "donors")
    assert layers.climbs("donors", "grants")
    assert layers.climbs("grants", "donors")
    assert layers.climbs("funding.jobs", "funding.ledger")
    assert not layers.climbs("donors", "funding.ledger")
    assert not layers.climbs("funding.money", "funding.errors")


def test_every_app_of_ours_stands_in_a_layer() -> None:
    listed = {
        name
        for contract in layers.contracts()
        for pair in layers.forbidden(contract)
        for name in pair
    }
    ours = {
        config.name
        for config in apps.get_app_configs()
        if config.name.split(".")[0] in tree.PACKAGES
    }
    assert ours - listed == set()
