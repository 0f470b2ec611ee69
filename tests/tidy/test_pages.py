"""Addresses, views and templates agree: a stranger who knows one finds the other two."""

import ast
import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import allauth
from django.urls import URLPattern, URLResolver, get_resolver

from tests.tidy import tree

# Django itself looks for these by name.
KNOWN_TO_DJANGO = {"400.html", "403.html", "403_csrf.html", "404.html", "500.html"}
# Ours stand before allauth's own of the same name, which its views ask for.
KNOWN_TO_ALLAUTH = {"429.html"} | {
    str(path.relative_to(folder))
    for folder in [Path(allauth.__file__).with_name("templates")]
    for path in folder.rglob("*.*")
}
NAMED = re.compile(r"""\{%-?\s*(?:include|extends)\s+["']([^"'#]+)""")
INLINE = re.compile(
    r"""\sstyle\s*=|\son[a-z]+\s*=|\|\s*safe\b|\{%\s*autoescape\s+off|javascript:""",
    re.IGNORECASE,
)
# Addresses that a page would fetch by itself; links that a person follows are no matter.
FETCHED = re.compile(
    r"""<(?:script|img|iframe|source|video|audio|use)\b[^>]*?"""
    r"""(?:src|href)\s*=\s*["']?(?:https?:)?//"""
    r"""|<link\b[^>]*?href\s*=\s*["']?(?:https?:)?//|@import|url\(\s*["']?(?:https?:)?//""",
    re.IGNORECASE,
)
BARE_SCRIPT = re.compile(r"<(?:script|style)\b(?![^>]*(?:\bnonce=|\bsrc=))[^>]*>", re.IGNORECASE)


def patterns(resolver: URLResolver | None = None, space: str = "") -> Iterator[tuple[str, object]]:
    """Every address of ours as (name with its namespace, view)."""
    for pattern in (resolver or get_resolver()).url_patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{space}{pattern.namespace}:" if pattern.namespace else space
            yield from patterns(pattern, inner)
        elif isinstance(pattern, URLPattern):
            view = inspect.unwrap(pattern.callback)
            if view.__module__.split(".")[0] in tree.PACKAGES:
                yield f"{space}{pattern.name or ''}", view


def at_odds(name: str, view: object) -> list[str]:
    """An address and its view that are not called the same."""
    called = getattr(view, "__name__", "?")
    return [] if name.split(":")[-1] == called else [f"{name or 'no name'} leads to {called}"]


def views(source: str) -> set[str]:
    """Names of the public views of a module."""
    return {
        node.name
        for node in tree.parse(source).body
        if isinstance(node, tree.Function) and tree.is_view(node) and not node.name.startswith("_")
    }


def named_in_code(source: str) -> set[str]:
    """Names of templates that stand in code; the part after '#' is a partial of the same file."""
    return {
        text.split("#")[0]
        for _, text in tree.strings(source)
        if re.fullmatch(r"[\w./#-]+\.(html|txt|svg|xml)(#\w+)?", text) and "/" in text
    }


def words_in_code() -> set[str]:
    """Every text constant of the product."""
    return {text for name in tree.product_files() for _, text in tree.strings(tree.read(name))}


def used_templates() -> set[str]:
    """Templates that code or another template asks for by name."""
    used = {name for file in tree.product_files() for name in named_in_code(tree.read(file))}
    for template in tree.templates():
        used |= set(NAMED.findall(tree.read(f"templates/{template}")))
    return used


def unasked(templates: list[str], used: set[str], words: set[str]) -> list[str]:
    """Templates that nothing shows. Mails and papers are asked for by their bare name."""
    return [
        name
        for name in templates
        if name.endswith((".html", ".txt"))
        and "/fonts/" not in name
        and name not in used | KNOWN_TO_DJANGO | KNOWN_TO_ALLAUTH
        and not (name.startswith(("emails/", "documents/")) and Path(name).stem in words)
    ]


def unsafe(source: str, name: str = "") -> list[str]:
    """Styles and scripts in attributes, unescaped text, and anything fetched from elsewhere."""
    rules = [INLINE, FETCHED]
    if not name.startswith(("templates/emails/", "templates/documents/")):
        rules.append(BARE_SCRIPT)
    return [found.group() for rule in rules for found in rule.finditer(source)]


def test_every_address_is_named_as_its_view() -> None:
    found = [said for name, view in patterns() for said in at_odds(name, view)]
    assert found == []
    assert len(list(patterns())) > 0
    assert at_odds("donors:give", views)
    assert at_odds("", views)
    assert not at_odds("x:views", views)


def test_no_two_addresses_share_a_name() -> None:
    names = [name for name, _ in patterns()]
    assert sorted(names) == sorted(set(names))


def silent(source: str, name: str = "") -> list[str]:
    """Views that do not say first who may call them, and views that are no functions."""
    complaints = []
    for node in tree.parse(source).body:
        if isinstance(node, tree.Function) and tree.is_view(node) and node.name[0] != "_":
            said = (ast.get_docstring(node) or "").split("\n")[0]
            if " may" not in said:
                complaints.append(f"{node.name} does not say who may")
        elif isinstance(node, ast.ClassDef) and node.name.endswith("View"):
            complaints.append(f"{node.name} is a class")
    return complaints


def test_every_view_says_first_who_may() -> None:
    names = list(filter(tree.is_view_module, tree.product_files()))
    tree.nothing_wrong(names, silent)
    assert silent('def page(request):\n    """Shows it."""')
    assert silent("class PageView: pass")
    assert not silent('def page(request):\n    """Everybody may."""')


def test_every_view_has_an_address() -> None:
    routed = {(view.__module__, getattr(view, "__name__", "")) for _, view in patterns()}
    for name in filter(tree.is_view_module, tree.product_files()):
        module = name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        assert {(module, view) for view in views(tree.read(name))} <= routed
    assert views("def a(request): pass\ndef _b(request): pass\ndef c(gift): pass") == {"a"}


def test_every_template_asked_for_exists() -> None:
    assert used_templates() - set(tree.templates()) - KNOWN_TO_ALLAUTH == set()


def test_every_template_is_shown_by_something() -> None:
    assert unasked(tree.templates(), used_templates(), words_in_code()) == []


def test_a_template_that_nothing_shows_is_noticed() -> None:
    names = ["site/lost.html", "emails/lost.txt", "emails/receipt.txt", "404.html"]
    assert unasked(names, {"site/home.html"}, {"receipt"}) == ["site/lost.html", "emails/lost.txt"]
    assert named_in_code("render(request, 'site/a.html#row')") == {"site/a.html"}
    assert NAMED.findall("{% include 'site/_b.html#row' %}{% extends \"base.html\" %}") == [
        "site/_b.html",
        "base.html",
    ]


def test_a_page_belongs_to_the_app_that_shows_it() -> None:
    for app, folder in (("funding/site/", "site/"), ("donors/", "donors/"), ("grants/", "grants/")):
        code = [name for name in tree.product_files() if name.startswith(app)]
        shown = {name for file in code for name in named_in_code(tree.read(file))}
        pages = {
            name
            for name in tree.templates()
            if name.startswith(folder)
            and name.endswith(".html")
            and not Path(name).name.startswith("_")
        }
        framed = {
            frame
            for name in tree.templates()
            for frame in NAMED.findall(tree.read(f"templates/{name}"))
        }
        assert pages - shown - framed == set(), f"{app} does not show them"


def test_every_mail_has_a_text_and_an_html_side() -> None:
    mails = [Path(name) for name in tree.templates() if name.startswith("emails/")]
    text = {mail.stem for mail in mails if mail.suffix == ".txt"}
    html = {mail.stem for mail in mails if mail.suffix == ".html"}
    # The others are frames and parts of these.
    sent = (text | html) & words_in_code()
    assert sent - text == set()
    assert sent - html == set()


def test_pages_keep_style_script_and_strangers_out() -> None:
    pages = [f"templates/{name}" for name in tree.templates() if name.endswith((".html", ".svg"))]
    tree.nothing_wrong(pages, unsafe)


def test_what_a_page_must_not_hold_is_noticed() -> None:
    assert unsafe('<p style="color: red">')
    assert unsafe('<a onclick="go()">')
    assert unsafe("{{ message|safe }}")
    assert unsafe("<script>go()</script>")
    assert unsafe('<script src="https://cdn.example/x.js"></script>')
    assert unsafe('<link rel="stylesheet" href="//cdn.example/x.css">')
    assert not unsafe('<script nonce="{{ csp_nonce }}">go()</script>')
    assert not unsafe('<a href="https://www.example.org/">a</a><link rel="icon" href="/x.svg">')
    assert not unsafe("<style>p { color: red }</style>", "templates/emails/receipt.html")


def shown_to_all(source: str, name: str = "") -> list[str]:
    """Words for ears only under a class that no stylesheet of ours hides: everybody sees them."""
    return re.findall(r'class="(?:sr|sr-only|visually-hidden|hidden)"', source)


def test_words_for_ears_only_are_hidden_by_the_stylesheet() -> None:
    pages = [f"templates/{name}" for name in tree.templates() if name.endswith(".html")]
    tree.nothing_wrong(pages, shown_to_all)
    assert shown_to_all('<span class="sr">Send</span>')
    assert not shown_to_all('<span class="vh">Send</span>')
