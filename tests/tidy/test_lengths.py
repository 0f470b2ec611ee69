"""Short enough to be read: lines, functions, views, modules; and each function says its types."""

from pathlib import Path

from tests.tidy import tree

LINE, FUNCTION, VIEW, MODULE = 100, 50, 25, 400


def long_lines(source: str, name: str = "") -> list[str]:
    """Lines that do not fit beside each other on a screen."""
    return [
        f"line {number} has {len(line)} characters"
        for number, line in enumerate(source.splitlines(), 1)
        if len(line) > LINE
    ]


def long_functions(source: str, name: str = "") -> list[str]:
    """Functions that do too much at once, counted from `def` to their last line."""
    complaints = []
    for function in tree.functions(source):
        assert function.end_lineno is not None
        length = function.end_lineno - function.lineno + 1
        limit = VIEW if tree.is_view_module(name) and tree.is_view(function) else FUNCTION
        if length > limit:
            complaints.append(f"{function.name} has {length} lines, {limit} are allowed")
    return complaints


def long_module(source: str, name: str = "") -> list[str]:
    """A module that should be two."""
    length = len(source.splitlines())
    return [f"{length} lines, {MODULE} are allowed"] if length > MODULE else []


def unannotated(source: str, name: str = "") -> list[str]:
    """Functions of which a parameter or the result has no type."""
    complaints = []
    for function in tree.functions(source):
        given = function.args
        named = [*given.posonlyargs, *given.args, *given.kwonlyargs]
        named += [extra for extra in (given.vararg, given.kwarg) if extra]
        bare = [
            argument.arg
            for position, argument in enumerate(named)
            if argument.annotation is None
            and not (position == 0 and argument.arg in {"self", "cls"})
        ]
        if bare or function.returns is None:
            complaints.append(f"{function.name}({', '.join(bare)}) is not fully annotated")
    return complaints


def test_no_line_is_longer_than_a_hundred_characters() -> None:
    tree.nothing_wrong(tree.python_files(), long_lines)
    assert long_lines("x" * 101)
    assert not long_lines("x" * 100)


def test_no_function_is_longer_than_fifty_lines_and_no_view_than_twenty_five() -> None:
    tree.nothing_wrong(tree.python_files(), long_functions)


def test_a_long_function_and_a_long_view_are_noticed() -> None:
    body = "    pass\n"
    assert long_functions("def f():\n" + body * 50, "funding/x.py")
    assert not long_functions("def f():\n" + body * 49, "funding/x.py")
    assert long_functions("def page(request):\n" + body * 25, "donors/views.py")
    assert long_functions("def page(request):\n" + body * 25, "donors/views/gifts.py")
    assert not long_functions("def page(request):\n" + body * 24, "donors/views.py")
    assert not long_functions("def rule(gift):\n" + body * 25, "donors/views.py")


def test_no_module_is_longer_than_four_hundred_lines() -> None:
    tree.nothing_wrong(tree.python_files(), long_module)
    assert long_module("\n" * 401)
    assert not long_module("\n" * 400)


def test_every_function_is_annotated() -> None:
    tree.nothing_wrong(tree.python_files(), unannotated)


def test_a_missing_annotation_is_noticed() -> None:
    assert unannotated("def f(a): pass")
    assert unannotated("def f(a: int): pass")
    assert unannotated("def f(*parts) -> None: pass")
    assert unannotated("class A:\n    def f(self, a) -> None: pass")
    assert not unannotated("class A:\n    def f(self, a: int, **k: int) -> None: pass")


def test_the_files_are_found_at_all() -> None:
    names = tree.python_files()
    assert "manage.py" in names
    assert str(Path(__file__).relative_to(tree.ROOT)) in names
    assert not any("/migrations/" in name for name in names)
