"""What is written for people is true: links lead somewhere, commands are understood."""

import re
import shlex
from pathlib import Path

import pytest
from django.core.management import CommandError, get_commands, load_command_class
from django.core.management.base import BaseCommand

from tests.tidy import tree

OWN = {"up", "test", "bench", "help"}
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)|<img[^>]*\ssrc=\"([^\"]+)\"")
PATH = re.compile(r"`([\w.*/-]+)`")
COMMAND = re.compile(r"manage\.py ((?:[a-z_]+)(?: [^`#\n]*)?)")
KNOWN_FOLDERS = (
    "funding/", "donors/", "grants/", "templates/", "tests/", "docs/", "docker/", ".ci/",
)  # fmt: skip


def papers() -> list[str]:
    """The pages written for people."""
    return [name for name in tree.files() if name.endswith(".md")]


def dead_links(source: str, name: str) -> list[str]:
    """Links and named paths that lead to nothing in the repository."""
    here = (tree.ROOT / name).parent
    linked = [found for pair in LINK.findall(source) for found in pair if found]
    relative = [link for link in linked if not re.match(r"[a-z]+:|#", link)]
    dead = [link for link in relative if not (here / link.split("#")[0]).exists()]
    named = [path for path in PATH.findall(source) if path.startswith(KNOWN_FOLDERS)]
    return dead + [path for path in named if not any(tree.ROOT.glob(path.rstrip("/")))]


def misunderstood(line: str) -> str:
    """Why a command line after `manage.py` would not be understood; empty when it would."""
    words = shlex.split(line.replace("[", "").replace("]", ""))
    command, arguments = words[0], words[1:]
    if command in OWN:
        return ""
    package = get_commands().get(command)
    if package is None:
        return f"{command} is no command"
    found = package if isinstance(package, BaseCommand) else load_command_class(package, command)
    parser = found.create_parser("manage.py", command)
    try:
        parser.parse_args([re.sub(r"^csv\|beancount$", "csv", word) for word in arguments])
    except CommandError as error:
        return str(error)
    return ""


def wrong_commands(source: str, name: str = "") -> list[str]:
    """Commands in a page that would not be understood."""
    return [
        f"{line}: {why}"
        for line in (found.strip() for found in COMMAND.findall(source))
        if (why := misunderstood(re.split(r" {2,}|[,.;)]|$", line)[0]))
    ]


def test_every_link_and_path_in_the_papers_leads_somewhere() -> None:
    tree.nothing_wrong(papers(), dead_links)


def test_a_dead_link_is_noticed() -> None:
    assert dead_links("see [this](docs/nothing.md)", "README.md") == ["docs/nothing.md"]
    assert dead_links("see `funding/nothing.py`", "README.md") == ["funding/nothing.py"]
    assert dead_links('<img src="docs/nothing.png">', "README.md") == ["docs/nothing.png"]
    assert not dead_links("[a](https://example.org) [b](#part) `funding/money.py`", "README.md")
    assert not dead_links("[a](../README.md#try)", "docs/README.md")


def test_every_command_in_the_papers_is_understood() -> None:
    tree.nothing_wrong(papers(), wrong_commands)


@pytest.mark.parametrize("line", ["no_such_command", "check --no-such-option"])
def test_a_command_that_would_not_be_understood_is_noticed(line: str) -> None:
    assert wrong_commands(f"`python3 manage.py {line}`")
    assert not wrong_commands("`python3 manage.py check --deploy` and `python3 manage.py up`")


def test_the_readme_shows_a_picture_and_the_two_commands_on_its_first_screen() -> None:
    first = "\n".join(tree.read("README.md").splitlines()[:45])
    assert LINK.search(first)
    assert "python3 manage.py up" in first
    assert "python3 manage.py test" in first


def test_the_papers_are_there() -> None:
    expected = {"README.md", "CONTRIBUTING.md", "docs/README.md", "docs/status.md"}
    assert expected <= set(papers())
    assert Path(tree.ROOT / "LICENSE").read_text(encoding="utf-8").startswith("BSD 3-Clause")
