"""A payment as pages show it: who took each step, and whom the next one waits for."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from funding.money import Money
from funding.users import roles
from funding.users.models import Role, User
from grants import disbursements, payee_checks
from grants.disbursements import MAY_CHECK, MAY_DECLINE, MAY_RELEASE
from grants.models import Award, Disbursement, DisbursementState

Todo = Literal["", "check", "release"]
OPEN: Final = (DisbursementState.REQUESTED, DisbursementState.CHECKED)


@dataclass(frozen=True, slots=True)
class Step:
    """One of three steps. An open one waits, and has no instant."""

    words: SafeString | str
    at: dt.datetime | None = None

    @property
    def is_open(self) -> bool:
        """Whether somebody has still to take it."""
        return self.at is None


@dataclass(frozen=True, slots=True)
class Shown:
    """A payment for one reader: `todo` is the step that is theirs to take, if one is.

    `lack` says what that step still needs.
    """

    row: Disbursement
    amount: Money
    sent: Money | None
    fee: Money | None
    steps: list[Step]
    todo: Todo
    lack: str
    may_decline: bool


def shown(row: Disbursement, reader: User, held: frozenset[Role]) -> Shown:
    """The payment as this person may see it; `held` are the roles that count in the session."""
    award = row.award
    todo = _todo(row, reader, held)
    staff = bool(held & {*MAY_CHECK, *MAY_RELEASE})
    return Shown(
        row=row,
        amount=Money(row.amount_minor, award.currency),
        sent=_sent(row),
        fee=Money(row.fee_minor, award.currency) if row.fee_minor is not None else None,
        steps=_steps(row, reader, held if staff else frozenset()),
        todo=todo,
        lack=_lack(row, reader, todo),
        may_decline=row.state in OPEN and bool(held & set(MAY_DECLINE)),
    )


def all_of(award: Award, reader: User, held: frozenset[Role]) -> list[Shown]:
    """Every payment of an award, the first one first."""
    rows = award.disbursements.select_related(
        "bank_details", "requested_by", "checked_by", "released_by"
    )
    found = []
    for row in rows.order_by("number"):
        row.award = award
        found.append(shown(row, reader, held))
    return found


def _lack(row: Disbursement, reader: User, todo: Todo) -> str:
    if todo == "release":
        return payee_checks.lack(row, reader)
    return payee_checks.why_blocked(row) if todo == "check" else ""


def _todo(row: Disbursement, reader: User, held: frozenset[Role]) -> Todo:
    if row.state == DisbursementState.REQUESTED and held & set(MAY_CHECK):
        return "" if disbursements.why_not(row, reader, MAY_CHECK) else "check"
    if row.state == DisbursementState.CHECKED and held & set(MAY_RELEASE):
        return "" if disbursements.why_not(row, reader, MAY_RELEASE) else "release"
    return ""


def _steps(row: Disbursement, reader: User, held: frozenset[Role]) -> list[Step]:
    steps = [Step(_by(_("Requested by {who}"), row.requested_by), row.requested_at)]
    if row.checked_by is not None:
        steps.append(Step(_by(_("Checked by {who}"), row.checked_by), row.checked_at))
    elif row.state == DisbursementState.REQUESTED:
        steps.append(_waits(row, reader, held, MAY_CHECK, _("Waits for an officer or a chair")))
        steps.append(Step(_("Then a treasurer releases it.")))
    if row.released_by is not None:
        steps.append(Step(_by(_("Released by {who}"), row.released_by), row.released_at))
    elif row.state == DisbursementState.CHECKED:
        steps.append(_waits(row, reader, held, MAY_RELEASE, _("Waits for a treasurer")))
    return steps


def _waits(
    row: Disbursement, reader: User, held: frozenset[Role], wanted: tuple[Role, ...], words: str
) -> Step:
    """Whom it waits for, by name for those who work with them, and why not for the reader."""
    if not held:
        return Step(format_html("{}.", words))
    people = roles.holders(*wanted)
    able = [each for each in people if not disbursements.why_not(row, each, wanted)]
    why = disbursements.why_not(row, reader, wanted) if held & set(wanted) else ""
    names = _names(able) or _("nobody else holds that role now.")
    return Step(format_html("{}: {} {}", words, names, why))


def _names(people: Iterable[User]) -> SafeString | str:
    joined = format_html_join(", ", "<bdi>{}</bdi>", ((str(each),) for each in people))
    return format_html("{}.", joined) if joined else ""


def _by(words: str, person: User) -> SafeString:
    return format_html(words, who=format_html("<bdi>{}</bdi>", str(person)))


def _sent(row: Disbursement) -> Money | None:
    if row.sent_minor is None or row.sent_currency == row.award.currency:
        return None
    return Money(row.sent_minor, row.sent_currency)
