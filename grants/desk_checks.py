"""The officer's check that an application is complete and eligible, before the committee's work.

In a round that checks first members know only of what passed. One person alone refuses nobody:
what the officer finds not eligible is refused once a chair, who takes part, has confirmed it.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils.translation import gettext as _

from funding import clock
from funding.audit import log
from funding.errors import Refused
from funding.users import roles
from funding.users.models import Role, User
from grants import declarations, desk_facts, notices, recusals, terms
from grants.models import (
    OF_THE_DESK,
    Application,
    ApplicationState,
    CheckResult,
    DeskCheck,
    Item,
    ItemState,
    Recusal,
    Refusal,
)

LONGEST_NOTE = 400
LONGEST_SENTENCE = 2000


class NotForYou(Refused):
    """Another person takes this step."""


class NotChecked(Refused):
    """The round does not check first, or the application is past it."""


class NotPassed(Refused):
    """The committee works on what has passed the officer's check."""


class NotWhole(Refused):
    """An answer is missing, or the answers contradict the result."""


class Barred(Refused):
    """The organisation owes something of an earlier award."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One question of the list, whether it is as it should be, and a note."""

    question: str
    is_ok: bool
    note: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """What an officer writes down. `reason` and `sentence` are of one that is not eligible."""

    answers: Sequence[Answer]
    result: CheckResult
    reason: str = ""
    sentence: str = ""


def questions(application: Application) -> list[str]:
    """What is asked of each application of its round."""
    return terms.questions(terms.of(application.round).steps)


def standing(application: Application) -> DeskCheck | None:
    """The check that counts: of the application as it was sent last."""
    rows = DeskCheck.objects.filter(application=application, ended_at__isnull=True)
    return rows.filter(sha256=application.sha256).first()


def has_passed(application: Application) -> bool:
    """Whether the committee may work on it."""
    if not application.round.checks_first:
        return True
    found = standing(application)
    return found is not None and found.result == CheckResult.PASSED


def must_have_passed(application: Application) -> None:
    """Raises NotPassed."""
    if not has_passed(application):
        sentence = _("“%(title)s” has not passed the officer's check.")
        raise NotPassed(sentence % {"title": application.project.title})


@transaction.atomic
def check(*, application_id: int, finding: Finding, by: User) -> DeskCheck:
    """Write down what an officer found; what passes is open to the committee at once.

    Again the same: the check that stands. Raises NotForYou, NotChecked, NotWhole, Barred and
    what `recusals.Recused` is for.
    """
    if not roles.has(by, Role.OFFICER):
        raise NotForYou(_("Only the programme officer checks applications."))
    application = recusals.lock(application_id)
    _must_not_be_out(application, by)
    told = _told(application, finding)
    old = DeskCheck.objects.filter(application=application, ended_at__isnull=True).first()
    if old is not None and old.sha256 == application.sha256:
        if all(getattr(old, name) == value for name, value in told.items()):
            return old
        raise NotChecked(_("This application was checked before. A chair can reopen it."))
    _must_be_checkable(application)
    if old is not None:
        _end(old, by, "It was sent again.")
    facts = desk_facts.of(application)
    if finding.result == CheckResult.PASSED:
        _must_not_be_barred(facts)
    made = DeskCheck.objects.create(
        application=application,
        sha256=application.sha256,
        facts=[asdict(fact) for fact in facts],
        checked_by=by,
        checked_at=clock.now(),
        **told,
    )
    _record(made, by, "checked", result=made.result)
    return made


@transaction.atomic
def confirm(*, check_id: int, by: User) -> DeskCheck:
    """A chair agrees that it is not eligible: it is refused, and the applicant hears why.

    Again: nothing. Raises NotForYou, NotChecked, and what `declarations.must_take_part` does.
    """
    row, application = _second(check_id, by)
    if row.confirmed_at is not None:
        return row
    _must_wait_for_a_chair(row, application, by)
    now = clock.now()
    row.confirmed_by, row.confirmed_at = by, now
    row.save(update_fields=["confirmed_by", "confirmed_at"])
    application.state, application.decided_at = ApplicationState.DECLINED, now
    application.decline_reason, application.refusal = row.sentence, row.reason
    application.save(update_fields=["state", "decided_at", "decline_reason", "refusal"])
    _record(row, by, "refused")
    notices.application_refused(row)
    return row


@transaction.atomic
def send_back(*, check_id: int, why: str, by: User) -> DeskCheck:
    """A chair does not agree: the officer checks anew. Again: nothing. Raises as `confirm`."""
    row, application = _second(check_id, by)
    said = _said(why)
    if row.ended_at is not None and (row.ended_by_id, row.ended_why) == (by.pk, said):
        return row
    _must_wait_for_a_chair(row, application, by)
    _end(row, by, said)
    _record(row, by, "sent_back")
    return row


@transaction.atomic
def reopen(*, check_id: int, why: str, by: User) -> DeskCheck:
    """A chair undoes a check, passed or refused; the officer checks anew, the applicant hears.

    Again: nothing. Raises NotForYou, NotChecked once the committee votes or has decided,
    recusals.ReasonMissing, and what `declarations.must_take_part` does.
    """
    row, application = _second(check_id, by)
    said = _said(why)
    if row.ended_at is not None and (row.ended_by_id, row.ended_why) == (by.pk, said):
        return row
    was_refused = row.confirmed_at is not None
    expected = ApplicationState.DECLINED if was_refused else ApplicationState.SUBMITTED
    if row.ended_at is not None or application.state != expected:
        raise NotChecked(_("This check is not one that can be opened again."))
    if not was_refused and row.result == CheckResult.NOT_ELIGIBLE:
        raise NotChecked(_("This check waits for a chair. Send it back instead."))
    if Item.objects.filter(application=application).exclude(state=ItemState.WITHDRAWN).exists():
        raise NotChecked(_("The committee has it in a motion, so its check stands."))
    _end(row, by, said)
    if was_refused:
        application.state, application.decided_at = ApplicationState.SUBMITTED, None
        application.decline_reason = application.refusal = ""
        application.save(update_fields=["state", "decided_at", "decline_reason", "refusal"])
        notices.application_reopened(row)
    _record(row, by, "reopened")
    return row


def unchecked() -> QuerySet[Application]:
    """What waits for an officer: sent, in a round that checks first, and not checked as it is."""
    rows = Application.objects.filter(state=ApplicationState.SUBMITTED, round__checks_first=True)
    wanted = rows.exclude(pk__in=_standing().values("application")).select_related("project")
    return wanted.select_related("round").order_by("submitted_at", "pk")


def unconfirmed(chair: User) -> QuerySet[DeskCheck]:
    """What an officer found not eligible and this chair, who is not out of it, can confirm."""
    rows = _standing().filter(
        result=CheckResult.NOT_ELIGIBLE,
        confirmed_at__isnull=True,
        application__state=ApplicationState.SUBMITTED,
    )
    out = Recusal.objects.filter(member=chair).values("application")
    found = rows.exclude(checked_by=chair).exclude(application__applicant=chair)
    wanted = found.exclude(application__in=out)
    return wanted.select_related("application__project", "application__round", "checked_by")


def _standing() -> QuerySet[DeskCheck]:
    return DeskCheck.objects.filter(ended_at__isnull=True, sha256=F("application__sha256"))


def _told(application: Application, finding: Finding) -> dict[str, object]:
    """The finding as it is kept. Raises NotWhole."""
    wanted = questions(application)
    if [answer.question for answer in finding.answers] != wanted:
        raise NotWhole(_("Answer each question of the list."))
    items = [
        {"question": each.question, "is_ok": each.is_ok, "note": each.note.strip()[:LONGEST_NOTE]}
        for each in finding.answers
    ]
    if any(not each["is_ok"] and not each["note"] for each in items):
        raise NotWhole(_("Write a note where something is not in order."))
    is_ok = all(each["is_ok"] for each in items)
    if finding.result == CheckResult.PASSED:
        if not is_ok:
            raise NotWhole(_("What is not in order cannot pass. Refuse it, or ask for it first."))
        return {"items": items, "result": CheckResult.PASSED, "reason": "", "sentence": ""}
    sentence = finding.sentence.strip()[:LONGEST_SENTENCE]
    if finding.reason not in OF_THE_DESK or not sentence:
        raise NotWhole(_("Choose a reason, and write it in a sentence to the applicant."))
    return {
        "items": items,
        "result": CheckResult.NOT_ELIGIBLE,
        "reason": Refusal(finding.reason),
        "sentence": sentence,
    }


def _second(check_id: int, by: User) -> tuple[DeskCheck, Application]:
    """The check and its application, locked, for a chair who takes part in it."""
    if not roles.has(by, Role.CHAIR):
        raise NotForYou(_("Only a chair of the committee takes this step."))
    application_id = DeskCheck.objects.values_list("application_id", flat=True).get(pk=check_id)
    application = recusals.lock(application_id)
    row = DeskCheck.objects.select_related("application").get(pk=check_id)
    if row.ended_at is None:
        declarations.must_take_part(application, by)
    return row, application


def _must_wait_for_a_chair(row: DeskCheck, application: Application, by: User) -> None:
    if row.ended_at is not None or row.confirmed_at is not None:
        raise NotChecked(_("This check does not wait for a chair any more."))
    if row.result != CheckResult.NOT_ELIGIBLE or row.sha256 != application.sha256:
        raise NotChecked(_("This check does not wait for a chair any more."))
    if application.state != ApplicationState.SUBMITTED:
        raise NotChecked(_("This application is not open for a decision any more."))
    if row.checked_by_id == by.pk:
        raise NotForYou(_("You checked it yourself. Another chair looks at it a second time."))


def _must_be_checkable(application: Application) -> None:
    if not application.round.checks_first:
        raise NotChecked(_("This round goes without a check by the officer."))
    if application.state != ApplicationState.SUBMITTED:
        raise NotChecked(_("This application is not open for a decision any more."))


def _must_not_be_out(application: Application, by: User) -> None:
    if recusals.is_out(application, by):
        raise recusals.Recused(_("You stepped out of this application. Another officer checks it."))


def _must_not_be_barred(facts: Sequence[desk_facts.Fact]) -> None:
    owed = [fact.sentence for fact in facts if fact.code == "overdue"]
    if owed:
        raise Barred(_("It cannot pass: %(owed)s") % {"owed": " ".join(owed)})


def _said(why: str) -> str:
    said = why.strip()[:LONGEST_NOTE]
    if not said:
        raise recusals.ReasonMissing(_("Write why. The officer reads it."))
    return said


def _end(row: DeskCheck, by: User, why: str) -> None:
    row.ended_by, row.ended_at, row.ended_why = by, clock.now(), why
    row.save(update_fields=["ended_by", "ended_at", "ended_why"])


def _record(row: DeskCheck, by: User, verb: str, **facts: str) -> None:
    log.record(
        actor=f"user:{by.pk}",
        action=f"deskcheck.{verb}",
        subject=f"application:{row.application_id}",
        **facts,
    )
