"""G9: the page on which people give: against an empty one, its weight and its queries."""

import re
from urllib.parse import urljoin

from tests.benchmarks.ground import APPLICATION, Ground
from tests.benchmarks.report import Finding
from tests.benchmarks.rounds import Pace, Spread, Turns, cpus, rates, ratios, take_turns
from tests.benchmarks.serving import BARE, Served

PAGE = "/give/"
FUNDS = 5
SETTINGS = {"DJANGO_SETTINGS_MODULE": "tests.benchmarks.settings"}
_PART = re.compile(r"""(?:src|href)="(/static/[^"]+)\"""")
_FACE = re.compile(r"@font-face\s*{([^}]*)}")
_RANGE = re.compile(r"U\+([0-9A-Fa-f]+)(?:-([0-9A-Fa-f]+))?")
_URL = re.compile(r"""url\(["']?([^"')]+)""")


def run(ground: Ground, pace: Pace) -> list[Finding]:
    """Under the web server, with every middleware of the product on."""
    name = ground.migrated("bench_pages")
    with ground.own("pages", name, **SETTINGS) as own:
        own.ask("collect")
        own.ask("prepare", funds=FUNDS)
        made, kept = own.ask("queries", path=PAGE)
        with Served(ground.environment(APPLICATION, name) | SETTINGS) as served:
            parts = weigh(served)
            turns = take_turns(
                {
                    "give": lambda: served.get(PAGE, pace.seconds),
                    "ping": lambda: served.get("/bench/ping/", pace.seconds),
                    "bare": lambda: served.get(BARE, pace.seconds),
                },
                pace.rounds,
            )
    heaviest = ", ".join(f"{path.rpartition('/')[2] or path} {size}" for path, size in parts)
    return [
        *_speed(turns),
        Finding(
            "G9",
            "weight of the page with everything, as it comes over the wire",
            Spread((sum(size for _, size in parts) / 1000,)),
            unit=" kB",
            at_most=100,
            detail=heaviest,
        ),
        Finding(
            "G9",
            "queries of a visit",
            Spread((len(kept),)),
            unit="",
            at_most=3,
            detail=f"{len(made)} when the page is made",
        ),
    ]


def _speed(turns: Turns) -> list[Finding]:
    said = ", ".join(f"{name} {Spread(tuple(rates(turns, name))).text()}/s" for name in turns)
    return [
        Finding(
            "G9",
            "The give page to an empty page behind the same middleware, 8 connections",
            ratios(rates(turns, "give"), rates(turns, "ping")),
            at_least=0.4,
            detail=said,
        ),
        Finding(
            "-",
            "the same by the web server's CPU for a call",
            ratios(cpus(turns, "ping"), cpus(turns, "give")),
        ),
        Finding(
            "-",
            "The give page to an empty page without any middleware",
            ratios(rates(turns, "give"), rates(turns, "bare")),
        ),
    ]


def weigh(served: Served) -> list[tuple[str, int]]:
    """The page and all that a browser fetches for it, heaviest first."""
    _, page, size = served.fetch(PAGE)
    found = {PAGE: size}
    for path in _PART.findall(page):
        kind, text, size = served.fetch(path)
        found[path] = size
        if kind == "text/css":
            for inner in _of_style(text, page):
                found[urljoin(path, inner)] = served.fetch(urljoin(path, inner))[2]
    return sorted(found.items(), key=lambda each: -each[1])


def _of_style(sheet: str, page: str) -> list[str]:
    """What a style sheet fetches; of the fonts those that have a letter of this page."""
    letters = {ord(letter) for letter in re.sub(r"<[^>]*>", "", page)}
    wanted = []
    for face in _FACE.findall(sheet):
        spans = [(int(a, 16), int(b or a, 16)) for a, b in _RANGE.findall(face)]
        if not spans or any(a <= letter <= b for a, b in spans for letter in letters):
            wanted.append(_URL.findall(face)[0])
    return wanted + _URL.findall(_FACE.sub("", sheet))
