"""Tables: constraints have names that say what is true, and migrations know every change."""

from django.apps import apps
from django.db import models
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState
from django.test.utils import isolate_apps

from tests.tidy import tree
from tests.tidy.test_habits import own_tables

# PostgreSQL cuts longer names off, and then an error no longer names the constraint.
NAME_LIMIT = 63


def misnamed(tables: list[type[models.Model]]) -> list[str]:
    """Constraints that do not read `<table>_<what is true>`."""
    return [
        constraint.name
        for table in tables
        for constraint in table._meta.constraints
        if not constraint.name.startswith(f"{table._meta.model_name}_")
        or len(constraint.name) > NAME_LIMIT
    ]


def unwritten(before: ProjectState, after: ProjectState) -> list[str]:
    """Apps of ours whose tables have changed since their last migration."""
    changes = MigrationAutodetector(before, after).changes(graph=MigrationLoader(None).graph)
    ours = {
        config.label
        for config in apps.get_app_configs()
        if config.name.split(".")[0] in tree.PACKAGES
    }
    return sorted(set(changes) & ours)


def test_every_constraint_says_what_is_true_of_its_table() -> None:
    assert misnamed(own_tables()) == []


@isolate_apps("funding.audit")
def test_a_constraint_that_does_not_name_its_table_is_noticed() -> None:
    class Coin(models.Model):
        side = models.IntegerField()

        class Meta:
            app_label = "audit"
            constraints = [
                models.CheckConstraint(condition=models.Q(side__gt=0), name="side_positive"),
                models.UniqueConstraint(fields=["side"], name="coin_has_each_side_once"),
            ]

    assert misnamed([Coin]) == ["side_positive"]


def test_migrations_know_every_change_of_the_tables() -> None:
    written = MigrationLoader(None).project_state()
    assert unwritten(written, ProjectState.from_apps(apps)) == []


def test_a_change_without_a_migration_is_noticed() -> None:
    written = MigrationLoader(None).project_state()
    older = written.clone()
    older.remove_field("ledger", "fund", "purpose")
    assert unwritten(older, written) == ["ledger"]
