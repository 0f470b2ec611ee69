"""Work named by text: every name leads to a task, and every task is named somewhere."""

import ast
from importlib.util import find_spec

from django.conf import settings
from django.core.management import get_commands, load_command_class

from funding.celery import app
from tests.tidy import tree

COMMANDS = {"backup", "ledger", "restore", "sweep"}


def tasks() -> set[str]:
    """Names of the tasks that a worker of ours knows."""
    app.loader.import_default_modules()
    return {name for name in app.tasks if name.split(".")[0] in tree.PACKAGES}


def calls(source: str, function: str) -> list[ast.Call]:
    """Calls of a function by its last name."""
    return [
        node
        for node in ast.walk(tree.parse(source))
        if isinstance(node, ast.Call) and tree.dotted(node.func).split(".")[-1] == function
    ]


def rung(source: str) -> list[str]:
    """Names given to jobs.after_commit; '?' where the name is not written out."""
    return [
        call.args[0].value
        if call.args
        and isinstance(call.args[0], ast.Constant)
        and isinstance(call.args[0].value, str)
        else "?"
        for call in calls(source, "after_commit")
    ]


def deaf(source: str, name: str = "") -> list[str]:
    """Bells that no task hears."""
    return [f"{task} is no task" for task in rung(source) if task not in tasks()]


def lost(source: str, name: str = "") -> list[str]:
    """Addresses included from a module that is not there."""
    return [
        f"{call.args[0].value} is no module"
        for call in calls(source, "include")
        if isinstance(call.args[0], ast.Constant)
        and isinstance(call.args[0].value, str)
        and not _exists(call.args[0].value)
    ]


def _exists(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:
        return False


def scheduled() -> set[str]:
    """Names of the tasks in the timetable."""
    return {str(entry["task"]) for entry in settings.CELERY_BEAT_SCHEDULE.values()}


def test_every_bell_is_heard_by_a_task() -> None:
    tree.nothing_wrong(tree.product_files(), deaf)
    assert scheduled() <= tasks()


def test_a_bell_without_a_task_is_noticed() -> None:
    assert deaf("jobs.after_commit('donors.tasks.no_such_task', 1)")
    assert deaf("jobs.after_commit(name, 1)")
    assert deaf("after_commit(f'donors.tasks.{name}')")


def test_every_task_is_rung_or_scheduled() -> None:
    named = {task for name in tree.product_files() for task in rung(tree.read(name))}
    assert tasks() - named - scheduled() == set()


def test_every_included_module_of_addresses_exists() -> None:
    tree.nothing_wrong(tree.product_files(), lost)
    assert lost("path('x/', include('grants.no_such_urls'))")
    assert lost("path('x/', include('nowhere.at.all'))")


def test_the_promised_commands_exist() -> None:
    ours = {
        name: package
        for name, package in get_commands().items()
        if isinstance(package, str) and package.split(".")[0] in tree.PACKAGES
    }
    assert set(ours) >= COMMANDS
    assert all(load_command_class(package, name).help for name, package in ours.items())
