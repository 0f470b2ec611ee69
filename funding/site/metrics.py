"""Figures for Prometheus, in its text format: what grows old, what fails, and what came in."""

import hmac
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Literal

from django.conf import settings
from django.db.models import Count, F, Sum
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from donors.models import Gift
from funding import clock, jobs, stuck
from funding.alerts import alarms
from funding.alerts.models import Kind, Round
from funding.gateway.models import Event
from funding.mail.models import Mail, MailState
from funding.site import condition
from funding.site import health as signs

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"

Labels = dict[str, str]


@dataclass(frozen=True, slots=True)
class Metric:
    """One family of figures: its name, what it means, and its values by labels."""

    name: str
    help: str
    values: list[tuple[Labels, float]]
    kind: Literal["gauge", "counter"] = "gauge"

    def lines(self) -> Iterator[str]:
        """As Prometheus reads it."""
        yield f"# HELP {self.name} {self.help}"
        yield f"# TYPE {self.name} {self.kind}"
        for labels, value in self.values:
            told = ",".join(f'{key}="{_escaped(text)}"' for key, text in labels.items())
            figure = value if isinstance(value, int) else round(value, 3)
            yield f"{self.name}{{{told}}} {figure}" if told else f"{self.name} {figure}"


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Whoever holds the token of the metrics may; without one set there is no such page."""
    token = settings.METRICS_TOKEN
    if not token:
        raise Http404
    sent = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not hmac.compare_digest(sent.encode(), token.encode()):
        return HttpResponse(status=403)
    return HttpResponse(text(everything()), content_type=CONTENT_TYPE)


def text(found: Iterable[Metric]) -> str:
    """The page: an empty family is left out, and the last line ends like every other."""
    lines = (line for metric in found if metric.values for line in metric.lines())
    return "".join(f"{line}\n" for line in lines)


def everything() -> list[Metric]:
    """All figures. As many queries however much there is."""
    return [*_works(), *_rounds(), *_business()]


def _works() -> Iterator[Metric]:
    told = signs.told()
    parts = [({"part": name}, float(sign.ok)) for name, sign in told.items()]
    yield Metric("manul_part_up", "Whether a part shows that it lives.", parts)
    for name, part, meaning in (
        ("manul_queue_bells", "queue", "Bells that wait for a worker."),
        ("manul_fold_tail_rows", "tail", "Postings not folded into balances yet."),
    ):
        length = told[part].length
        yield Metric(name, meaning, [] if length is None else [({}, length)])


def _rounds() -> Iterator[Metric]:
    now = clock.now()
    backlogs = jobs.backlogs().items()
    yield Metric(
        "manul_due_rows",
        "Rows that are due for a sweep.",
        [({"sweep": name}, backlog.count) for name, backlog in backlogs],
    )
    yield Metric(
        "manul_due_oldest_age_seconds",
        "Since when the oldest due row of a sweep is due; 0 without one.",
        [
            ({"sweep": name}, (now - (backlog.oldest or now)).total_seconds())
            for name, backlog in backlogs
        ],
    )
    rows = list(Round.objects.filter(name__in=[*jobs.SWEEPS, *jobs.NIGHTLY]).order_by("name"))
    yield Metric(
        "manul_round_age_seconds",
        "Time since a round last came to its end.",
        [
            ({"round": row.name}, (now - row.succeeded_at).total_seconds())
            for row in rows
            if row.succeeded_at
        ],
    )
    yield Metric(
        "manul_round_failing",
        "Whether a round broke off the last time.",
        [({"round": row.name}, float(row.failing_since is not None)) for row in rows],
    )
    last = condition.last_walk()
    yield Metric(
        "manul_walk_age_seconds",
        "Time since all of Stripe's account book was last read.",
        [({}, (now - last).total_seconds())] if last else [],
    )


def _business() -> Iterator[Metric]:
    gifts = list(
        Gift.objects.order_by()
        .values_list("state", "currency")
        .annotate(count=Count("pk"), minor=Sum(F("amount_minor") + F("cover_minor")))
    )
    yield Metric(
        "manul_gifts",
        "Gifts by state and currency.",
        [({"state": state, "currency": currency}, count) for state, currency, count, _ in gifts],
    )
    yield Metric(
        "manul_gifts_minor_units",
        "Sum of gifts in the currency's smallest unit, by state and currency.",
        [({"state": state, "currency": currency}, minor) for state, currency, _, minor in gifts],
    )
    mails = dict(Mail.objects.order_by().values_list("state").annotate(count=Count("pk")))
    yield Metric(
        "manul_mails",
        "Mails by state.",
        [({"state": state}, mails.get(state, 0)) for state in MailState.values],
    )
    events = dict(Event.objects.order_by().values_list("state").annotate(count=Count("pk")))
    yield Metric(
        "manul_events",
        "Messages from Stripe by state.",
        [({"state": state}, count) for state, count in sorted(events.items())],
    )
    opened = alarms.opened().order_by().values_list("kind").annotate(count=Count("pk"))
    alerts = dict(opened)
    yield Metric(
        "manul_alerts_open",
        "Open alerts by kind.",
        [({"kind": kind}, alerts.get(kind, 0)) for kind in Kind.values],
    )
    yield Metric(
        "manul_stuck_rows",
        "Rows that do not go on by themselves, by kind.",
        [({"kind": name}, count) for name, count in stuck.counts().items()],
    )


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
