"""What the repository holds: its files, its modules, and where they stand in the layers."""

import ast
import subprocess
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("funding", "donors", "grants")
SANDBOX = "funding/sandbox/"
LOCKED = (
    "requirements.txt",
    "requirements-dev.txt",
    ".ci/audit.txt",
    "funding/sandbox/up/uv.txt",
    "tests/benchmarks/requirements.txt",
)
TEXT = {
    ".cfg", ".css", ".dockerignore", ".gitignore", ".html", ".ini", ".js", ".json", ".md", ".po",
    ".py", ".sh", ".sql", ".svg", ".toml", ".txt", ".yaml", ".yml", "",
}  # fmt: skip


@cache
def files() -> tuple[str, ...]:
    """Every file of the repository as a path below its root: kept by git or about to be."""
    names = _known_to_git() if (ROOT / ".git").exists() else _found()
    return tuple(name for name in sorted(set(names)) if (ROOT / name).is_file())


def _known_to_git() -> list[str]:
    command = ["git", "-c", f"safe.directory={ROOT}", "ls-files", "-z", "--cached", "--others"]
    listing = subprocess.run(
        [*command, "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        encoding="utf-8",
    )
    return [name for name in listing.stdout.split("\0") if name]


def _found() -> list[str]:
    # An unpacked archive: what git would ignore is all in hidden folders, in var or in caches.
    names = (path.relative_to(ROOT) for path in ROOT.rglob("*"))
    kept = {".ci", ".dockerignore", ".gitignore"}
    return [
        str(name)
        for name in names
        if name.parts[0] in kept
        or not (name.parts[0].startswith((".", "var")) or "__pycache__" in name.parts)
    ]


# Written by others and kept as they are, with the code for no currency among the currencies.
FOREIGN = (
    "tests/grants/giving360/360-giving-package-schema-1.4.3.json",
    "tests/grants/giving360/360-giving-schema-1.4.3.json",
)


def text_files() -> list[str]:
    """Files that people write and read; the locked lists of packages are machine-made."""
    return [
        name
        for name in files()
        if (Path(name).suffix in TEXT or Path(name).name == "Dockerfile")
        and name not in LOCKED + FOREIGN
    ]


def python_files(*, migrations: bool = False) -> list[str]:
    """Every Python file; migrations only when asked for."""
    return [
        name for name in files() if name.endswith(".py") and (migrations or not is_migration(name))
    ]


def is_migration(name: str) -> bool:
    """Whether a file is one of Django's generated steps."""
    return "/migrations/" in name


def product_files(*, migrations: bool = False) -> list[str]:
    """What runs in production: the three packages without the sandbox."""
    return [
        name
        for name in python_files(migrations=migrations)
        if name.startswith(tuple(f"{package}/" for package in PACKAGES))
        and not name.startswith(SANDBOX)
    ]


def templates() -> list[str]:
    """Names of templates as Django knows them, such as 'site/home.html'."""
    return [
        name.removeprefix("templates/") for name in text_files() if name.startswith("templates/")
    ]


@cache
def read(name: str) -> str:
    """The text of a file of the repository."""
    return (ROOT / name).read_text(encoding="utf-8")


@cache
def parse(source: str) -> ast.Module:
    """The syntax tree of a text."""
    return ast.parse(source)


Function = ast.FunctionDef | ast.AsyncFunctionDef
# A rule reads a text and its file's name, and lists what is wrong with it.
Rule = Callable[[str, str], list[str]]


def complaints(names: list[str], rule: Rule) -> dict[str, list[str]]:
    """What a rule says about each file; files it has nothing to say about are left out."""
    found = {name: rule(read(name), name) for name in names}
    return {name: said for name, said in found.items() if said}


def nothing_wrong(names: list[str], rule: Rule) -> None:
    """Fail with all that a rule has to say, one line for each file."""
    found = complaints(names, rule)
    assert not found, "\n".join(f"{name}: {'; '.join(said)}" for name, said in found.items())


def functions(source: str) -> Iterator[Function]:
    """Every function and method, nested ones too."""
    for node in ast.walk(parse(source)):
        if isinstance(node, Function):
            yield node


def is_view_module(name: str) -> bool:
    """Whether a file holds views: `views.py`, or a module of a `views` folder."""
    path = Path(name)
    return path.name == "views.py" or "views" in path.parent.parts


def is_view(function: Function) -> bool:
    """A view is recognised by its first parameter."""
    return bool(function.args.args) and function.args.args[0].arg == "request"


def docstrings(source: str) -> set[int]:
    """Identities of the nodes that are docstrings, so that rules on code can pass them over."""
    found = set()
    for node in ast.walk(parse(source)):
        if isinstance(node, ast.Module | ast.ClassDef | Function) and node.body:
            first = node.body[0]
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                found.add(id(first.value))
    return found


def strings(source: str) -> Iterator[tuple[int, str]]:
    """Every text constant that is not a docstring, with its line."""
    skipped = docstrings(source)
    for node in ast.walk(parse(source)):
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in skipped
        ):
            yield node.lineno, node.value


def dotted(node: ast.AST) -> str:
    """`a.b.c` as text; the empty text for anything that is not a plain chain of names."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        inner = dotted(node.value)
        return f"{inner}.{node.attr}" if inner else ""
    return ""
