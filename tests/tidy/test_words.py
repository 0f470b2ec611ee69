"""Words that tell of trouble: vague names, unfinished work, places of one machine."""

import ast
import re
from pathlib import Path

from tests.tidy import tree

VAGUE = {
    f"{word}{ending}"
    for word in ("util", "helper", "common", "base", "manager", "handler", "data", "info")
    for ending in ("", "s")
}
# Put together here so that these rules do not find themselves.
UNFINISHED = re.compile(
    r"\b(TO"
    r"DO|FIX"
    r"ME|XX"
    r"X|HA"
    r"CK|NotImplemented"
    r"Error|xf"
    r"ail)\b|pytest\.mark\.sk"
    r"ip\(|lorem ip"
    r"sum|coming so"
    r"on|place"
    r"holder text",
)
FOREIGN = re.compile(
    r"/(wo"
    r"rk|ro"
    r"ot|fa"
    r"rm|ho"
    r"me/(?!linuxbrew)[a-z]+)/|fa"
    r"rm-[a-z]+|sub"
    r"agent|iss"
    r"ue #?\d|index"
    r"-url|regis"
    r"try\s*=|regis"
    r"try\.npm|\bpy"
    r"pi\.org|pytho"
    r"nhosted|\bsession [0-9a-f]{6,}",
)
SWITCH = re.compile(r"sandbox|emulat|mock|fake|dummy|pytest|under_test", re.IGNORECASE)


def matches(pattern: re.Pattern[str], source: str) -> list[str]:
    """Each place where a pattern is found, with its line."""
    return [
        f"line {number}: {found.group()}"
        for number, line in enumerate(source.splitlines(), 1)
        if (found := pattern.search(line))
    ]


def unfinished(source: str, name: str = "") -> list[str]:
    """Words people write where something is missing."""
    return matches(UNFINISHED, source)


def foreign(source: str, name: str = "") -> list[str]:
    """Folders, hosts and tools that exist on one machine only."""
    return matches(FOREIGN, source)


def hollow(source: str, name: str = "") -> list[str]:
    """Functions without a body, outside the protocols that only describe."""
    described: set[int] = set()
    for node in ast.walk(tree.parse(source)):
        if isinstance(node, ast.ClassDef) and any(
            tree.dotted(base.value if isinstance(base, ast.Subscript) else base).endswith(
                "Protocol"
            )
            for base in node.bases
        ):
            described |= {id(child) for child in node.body}
    return [
        f"{function.name} has no body"
        for function in tree.functions(source)
        if id(function) not in described
        and not any(tree.dotted(mark).endswith("overload") for mark in function.decorator_list)
        and isinstance(last := function.body[-1], ast.Expr)
        and isinstance(last.value, ast.Constant)
        and last.value.value is ...
    ]


def switches(source: str, name: str = "") -> list[str]:
    """Code that behaves differently when it is tried out: the sandbox is no code path."""
    complaints = []
    for node in ast.walk(tree.parse(source)):
        if isinstance(node, ast.Name | ast.Attribute | ast.arg | ast.keyword):
            word = (
                getattr(node, "id", None) or getattr(node, "attr", None) or getattr(node, "arg", "")
            )
            if SWITCH.search(word or ""):
                complaints.append(f"line {node.lineno}: {word}")
        elif isinstance(node, ast.If | ast.IfExp | ast.While | ast.Match):
            asked = node.subject if isinstance(node, ast.Match) else node.test
            complaints += [
                f"line {node.lineno}: asks for {part.value!r}"
                for part in ast.walk(asked)
                if isinstance(part, ast.Constant)
                and isinstance(part.value, str)
                and SWITCH.search(part.value)
            ]
    return complaints


def vague(name: str) -> list[str]:
    """Folders and modules whose names say nothing."""
    return [part for part in Path(name).with_suffix("").parts if part in VAGUE]


def test_modules_are_named_for_what_they_hold() -> None:
    named = {name: parts for name in tree.python_files() if (parts := vague(name))}
    assert named == {}
    assert vague("donors/utils.py")
    assert vague("funding/common/x.py")
    assert vague("helper.py")
    assert not vague("funding/ledger/management/commands/ledger.py")


def test_nothing_is_left_unfinished() -> None:
    tree.nothing_wrong(tree.text_files(), unfinished)
    tree.nothing_wrong(tree.python_files(), hollow)


def test_unfinished_work_is_noticed() -> None:
    assert unfinished("# TO" + "DO: later")
    assert unfinished("raise NotImplemented" + "Error")
    assert hollow("def f() -> None: ...")
    assert hollow('def f() -> None:\n    """Promise."""\n    ...')
    assert not hollow("class P(Protocol):\n    def f(self) -> None: ...")
    assert not hollow("class P(Protocol[T]):\n    def f(self) -> None: ...")


def test_no_text_names_a_place_or_tool_of_one_machine() -> None:
    tree.nothing_wrong(tree.text_files(), foreign)
    locked = [name for name in tree.LOCKED if name in tree.files()]
    tree.nothing_wrong(locked, foreign)


def test_a_place_of_one_machine_is_noticed() -> None:
    assert foreign("see /wo" + "rk/main/x")
    assert foreign("--index" + "-url https://host/simple")
    assert foreign("as iss" + "ue #2 asks")
    assert foreign("/ho" + "me/ann/x")
    assert not foreign("the homework/ of a network/")
    assert not foreign("an issue of receipts")


def test_the_product_does_not_know_when_it_is_tried_out() -> None:
    tree.nothing_wrong(tree.product_files(), switches)


def test_a_switch_for_trying_out_is_noticed() -> None:
    assert switches("if settings.SANDBOX: pass")
    assert switches("def f(mock_session): pass")
    assert switches("x = 1 if 'pytest' in sys.modules else 2")
    assert switches("call(is_sandbox=True)")
    assert not switches("'''The sandbox is elsewhere.'''\nx = 'No sandbox on a public host.'")
