"""A round that checks first, and the steps of a check."""

from collections.abc import Callable
from typing import Any

import pytest

from funding.errors import Refused
from funding.mail.models import Mail
from grants import desk_checks
from grants.desk_checks import Answer, Finding
from grants.models import Application, CheckResult, DeskCheck, Round
from tests.grants.decisions.cast import Table, table


def first_checked() -> Table:
    """A round that checks first, with one application that nobody has looked at."""
    set_ = table()
    Round.objects.filter(pk=set_.round.pk).update(checks_first=True)
    set_.round.refresh_from_db()
    set_.apply()
    return set_


def finding(wanted: Application, *, result: str = "passed", **facts: object) -> Finding:
    """All in order; or not eligible, with the first question not in order."""
    is_ok = result == "passed"
    asked = desk_checks.questions(wanted)
    answers = [
        Answer(text, is_ok or at > 0, "" if is_ok else "So.") for at, text in enumerate(asked)
    ]
    told = {} if is_ok else {"reason": "scope", "sentence": "It is about wolves."}
    wanted_: dict[str, Any] = {"answers": answers, "result": CheckResult(result)}
    return Finding(**wanted_ | told | facts)


def checked(set_: Table, *, result: str = "passed", **facts: object) -> DeskCheck:
    """The officer has checked the first application."""
    wanted = set_.applications[0]
    said = finding(wanted, result=result, **facts)
    return desk_checks.check(application_id=wanted.pk, finding=said, by=set_.pat)


def kept(set_: Table) -> dict[str, object]:
    """What a refused step must leave alone."""
    return set_.moved() | {
        "checks": list(DeskCheck.objects.order_by("pk").values()),
        "mails": Mail.objects.count(),
    }


def refused(set_: Table, kind: type[Refused], deed: Callable[..., object]) -> str:
    """The deed is refused and nothing moved."""
    before = kept(set_)
    with pytest.raises(kind) as caught:
        deed()
    assert kept(set_) == before
    return caught.value.sentence
