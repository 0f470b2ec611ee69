"""What is written to the log, and what never is.

Every line is one event with named facts: JSON for machines, or words for whoever develops. It
bears the number of the request or of the task in which it happened, so that one finds the
other. Personal data is kept out by whoever writes; what slips in through an error's words is
masked here.
"""

import re
from collections.abc import Callable, Mapping, MutableMapping
from typing import Any, Final

import structlog
from structlog.contextvars import bind_contextvars, clear_contextvars, get_contextvars
from structlog.stdlib import ProcessorFormatter

Event = MutableMapping[str, Any]

# A number from a proxy in front of us is taken over when it can be nothing but a number.
_NUMBER: Final = re.compile(r"\A[0-9a-fA-F][0-9a-fA-F-]{7,63}\Z")
# 'mail=%s' in the words of a line is a fact with a name.
_NAMED: Final = re.compile(r"[ ,]*\b([a-z_]+)=%[sdr]")

_MASKS: Final[tuple[tuple[re.Pattern[str], str], ...]] = (
    # What a database says of a broken row is the row itself.
    (
        re.compile(
            r"DETAIL:.*?(?=\n\s*(?:CONTEXT|HINT|LINE \d|The above|During handling)|\Z)", re.DOTALL
        ),
        "DETAIL: …",
    ),
    (re.compile(r"://[^/\s@]+@"), "://…@"),
    (re.compile(r"[\w.+%'-]+(?:@|%40)[\w.-]+\w"), "…@…"),
    (re.compile(r"\b(sk|rk|pk|whsec)_\w+"), r"\1_…"),
    (re.compile(r"\b(\w+_secret)_\w+"), r"\1_…"),
    (re.compile(r"\b(Bearer|Basic) \S+"), r"\1 …"),
    (re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?\b"), "IBAN…"),
    # A card, in one run of figures or in fours.
    (re.compile(r"(?<![\w.-])\d(?:[ -]?\d){12,18}(?![\w.-])"), "…"),
)


def masked(text: str) -> str:
    """The text without addresses, accounts, cards, keys, and rows that a database quotes."""
    for pattern, instead in _MASKS:
        text = pattern.sub(instead, text)
    return text


def begin(**facts: str) -> None:
    """Begin a request or a task: these facts stand on every line until the next begins."""
    clear_contextvars()
    bind_contextvars(**facts)


def end() -> None:
    """End it, so that what follows in this thread bears no foreign number."""
    clear_contextvars()


def request_number() -> str:
    """The number of the request that is at work, or of the one that rang for this task."""
    return str(get_contextvars().get("request", ""))


def sane(number: str) -> str:
    """The number that came with a request or a task, or nothing when it is none."""
    return number if _NUMBER.match(number) else ""


def config(*, form: str, level: str) -> dict[str, Any]:
    """The setting LOGGING: 'json' or 'text' lines on standard error, all through one door."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"()": _formatter, "form": form}},
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["console"], "level": level},
        "loggers": {
            # Our own line of each request says the same, by its route and not by its path.
            "django.request": {"level": "ERROR"},
            "stripe": {"level": "WARNING"},
            "fontTools": {"level": "WARNING"},
            "weasyprint": {"level": "ERROR"},
            "celery": {"level": "WARNING"},
        },
    }


def _formatter(form: str) -> ProcessorFormatter:
    return ProcessorFormatter(
        foreign_pre_chain=[
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _name_facts,
            _say_route,
        ],
        processors=[
            ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            _mask,
            _RENDERERS[form](),
        ],
        pass_foreign_args=True,
    )


_RENDERERS: Final[Mapping[str, Callable[[], Any]]] = {
    "json": lambda: structlog.processors.JSONRenderer(ensure_ascii=False, default=str),
    "text": lambda: structlog.dev.ConsoleRenderer(
        colors=False, pad_event_to=0, exception_formatter=structlog.dev.plain_traceback
    ),
}


def _name_facts(_logger: object, _method: str, event: Event) -> Event:
    """Take 'mail waits mail=7' apart into the event and its facts."""
    values = event.pop("positional_args", ())
    template = event["_record"].msg
    if not isinstance(template, str) or not isinstance(values, tuple):
        return event
    names = [found.group(1) for found in _NAMED.finditer(template)]
    # Only where every value has a name; other lines stay as they were written.
    if names and len(names) == len(values):
        event["event"] = _NAMED.sub("", template).strip()
        for name, value in zip(names, values, strict=True):
            event.setdefault(name, value if isinstance(value, int | float) else str(value))
    return event


def _say_route(_logger: object, _method: str, event: Event) -> Event:
    """Django names the path of a request that failed, which may hold a code; say its route."""
    record = event["_record"]
    request = getattr(record, "request", None)
    if record.name.startswith("django.") and hasattr(request, "META"):
        event["event"] = "request failed"
        event["status"] = getattr(record, "status_code", None)
        event["route"] = route(request)
    return event


def route(request: Any) -> str:  # noqa: ANN401 -- Django's request, which this layer cannot know
    """The pattern of a request's address, 'verify/<str:code>/', never what stood in it."""
    match = getattr(request, "resolver_match", None)
    return str(match.route) if match else "nowhere"


def _mask(_logger: object, _method: str, event: Event) -> Event:
    return {key: masked(value) if isinstance(value, str) else value for key, value in event.items()}
