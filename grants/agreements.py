"""The agreement on an award: drawn up, accepted by the applicant, countersigned for the entity.

Its text is frozen when it is drawn up. Whoever accepts it sends the fingerprint of what they
read, so nobody agrees on a text that was changed under their eyes. Of the address from which it
was accepted nothing is kept: name, time and fingerprint say enough.
"""

from typing import Any, Final
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from funding import clock
from funding.audit import log
from funding.documents import paper, register
from funding.documents.models import Document
from funding.errors import Refused
from funding.users import roles
from funding.users.models import Role, User
from grants import (
    award_budgets,
    award_notices,
    disbursements,
    schedules,
    submissions,
    texts,
    tranches,
)
from grants.disbursements import WrongPerson, WrongState
from grants.models import Agreement, Award, TrancheCondition

MAY_DRAW_UP: Final = (Role.OFFICER,)
MAY_COUNTERSIGN: Final = (Role.OFFICER, Role.CHAIR)
# Frozen with each agreement, so that a later wording changes none that stands.
TERMS: Final = (
    (
        "The money is spent on the work described here, as its budget says, and on what the funds"
        " named here are for. If a line has to move by more than a tenth, or the work needs more"
        " time, the grantee asks first."
    ),
    (
        "Each part is paid once what it waits for has come. The last part, where it waits for the"
        " final report, is held back until that report is accepted."
    ),
    (
        "Reports are sent by the days named here: what was done, what was reached, and what was"
        " spent on each line. Receipts are kept for seven years and shown when asked for."
    ),
    (
        "What is not spent is sent back within sixty days of the final report, or taken off what is"
        " still to be paid. It returns to the funds it came from."
    ),
    (
        "Nobody is harmed by this work. The grantee tells at once of anything that hurt a person, a"
        " child or an animal, keeps the law on wildlife and on data, and holds every permit."
    ),
    (
        "Photos are sent only with the word of everybody who can be recognised, and may be shown"
        " with the name of who took them where the grantee has said so."
    ),
    "The place of a den is published no more finely than its province.",
    (
        "If the grantee cannot do the work they say so early; what was spent as agreed is not asked"
        " back. If these terms are broken the rest is not paid, and what was misspent is sent back."
    ),
)


class TextChanged(Refused):
    """Another text stands than the one that was read."""


def current(award_id: int) -> Agreement | None:
    """The agreement that counts: the last version."""
    rows = Agreement.objects.filter(award_id=award_id).order_by("-version")
    people = rows.select_related("drawn_up_by", "accepted_by", "countersigned_by")
    return people.select_related("document", "signed").first()


def lack(award: Award) -> str:
    """What is missing before an agreement can be drawn up, as a sentence; empty if nothing."""
    if tranches.current(award.pk) is None:
        return _("The award needs a schedule first.")
    if award_budgets.is_lacking(award):
        return _("The applicant has to fit the budget to the award first.")
    return ""


def is_up_to_date(agreement: Agreement) -> bool:
    """Whether it is about the schedule and the budget that count now."""
    schedule = tranches.current(agreement.award_id)
    budget = award_budgets.current(agreement.award_id)
    return schedule is not None and (
        (agreement.schedule_id, agreement.budget_id) == (schedule.pk, budget.pk if budget else None)
    )


@transaction.atomic
def draw_up(*, award_id: int, by: User) -> Agreement:
    """Freeze the text for the applicant to accept; without a change the one that stands.

    Raises WrongPerson, WrongState with what is missing, disbursements.AwardNotActive.
    """
    award = disbursements.lock(award_id)
    _must_be_somebody_else(award, by, MAY_DRAW_UP)
    disbursements.must_be_active(award)
    if missing := lack(award):
        raise WrongState(missing)
    standing = current(award_id)
    if standing is not None and (standing.accepted_at or is_up_to_date(standing)):
        return standing
    budget = award_budgets.copied(award, by)
    schedule = tranches.current(award_id)
    assert schedule is not None
    version = standing.version + 1 if standing else 1
    text = facts(award)
    agreement = Agreement.objects.create(
        award=award,
        version=version,
        schedule=schedule,
        budget=budget,
        facts=text,
        sha256=submissions.fingerprint(text),
        document=_issued(award, f"agreement-{version}", text, {}, by),
        drawn_up_by=by,
        drawn_up_at=clock.now(),
    )
    if standing is not None:
        register.replace(
            document_id=standing.document_id, by_id=agreement.document_id, actor=_actor(by)
        )
    _record(agreement, by, "drawn_up")
    award_notices.agreement_to_accept(agreement)
    return agreement


@transaction.atomic
def accept(*, award_id: int, sha256: str, name: str, by: User) -> Agreement:
    """Accept the text with this fingerprint, as the applicant, under the name as written.

    Accepted again it stays as it is. The parts of the award that wait for it can be asked for.
    Raises WrongPerson, WrongState, TextChanged, disbursements.AwardNotActive.
    """
    award = disbursements.lock(award_id)
    if award.application.applicant_id != by.pk:
        raise WrongPerson(_("Only the applicant accepts the agreement."))
    disbursements.must_be_active(award)
    agreement = current(award_id)
    if agreement is None:
        raise WrongState(_("There is no agreement to accept yet."))
    if agreement.accepted_at is not None and agreement.sha256 == sha256:
        return agreement
    if agreement.sha256 != sha256 or not is_up_to_date(agreement):
        raise TextChanged(_("The agreement was changed meanwhile. Read it again first."))
    written = texts.one_line(name)[:200]
    if not written:
        raise WrongState(_("Write your name as a signature."))
    agreement.accepted_by, agreement.accepted_at = by, clock.now()
    agreement.accepted_as, agreement.accepted_sha256 = written, sha256
    agreement.save()
    for part in tranches.of(award):
        if part.row.condition == TrancheCondition.SIGNED:
            words = _("Agreement %(name)s was accepted.") % {"name": agreement.document.name}
            schedules.fulfil(award, part.number, words, by)
    _record(agreement, by, "accepted")
    return agreement


@transaction.atomic
def countersign(*, award_id: int, by: User) -> Agreement:
    """Sign for the entity what the applicant has accepted; signed before, it stays.

    Raises WrongPerson for whoever drew it up, WrongState.
    """
    award = disbursements.lock(award_id)
    _must_be_somebody_else(award, by, MAY_COUNTERSIGN)
    agreement = current(award_id)
    if agreement is None or agreement.accepted_at is None:
        raise WrongState(_("The applicant has not accepted it yet."))
    if agreement.countersigned_at is not None:
        return agreement
    if why := why_not_countersign(agreement, by):
        raise WrongPerson(why)
    agreement.countersigned_by, agreement.countersigned_at = by, clock.now()
    signatures = _signatures(agreement)
    agreement.signed = _issued(
        award, f"agreement-{agreement.version}-signed", agreement.facts, signatures, by
    )
    agreement.save()
    register.replace(document_id=agreement.document_id, by_id=agreement.signed.pk, actor=_actor(by))
    _record(agreement, by, "countersigned")
    award_notices.agreement_signed(agreement)
    return agreement


def why_not_countersign(agreement: Agreement, by: User) -> str:
    """Why this person does not sign for the entity, as a sentence; empty if they may."""
    if not roles.has(by, *MAY_COUNTERSIGN):
        return _("An officer or a chair signs for the organisation.")
    if by.pk == agreement.drawn_up_by_id:
        return _("You drew it up. Another person signs for the organisation.")
    return disbursements.why_not_award(agreement.award, by)


def facts(award: Award) -> dict[str, Any]:
    """All that is agreed on, as plain facts: texts, whole minor units, and days as text."""
    application, schedule = award.application, tranches.current(award.pk)
    assert schedule is not None
    project, budget = application.project, award_budgets.current(award.pk)
    interim = schedule.interim_due_on
    return {
        "award": {
            "id": award.pk,
            "currency": award.currency,
            "amount_minor": award.amount_minor,
            "adopted_on": _day(award),
            "round": application.round.name,
        },
        "grantee": {"applicant": str(application.applicant), "body": project.organisation.name},
        "project": {
            "title": project.title,
            "summary": project.summary,
            "starts_on": project.starts_on.isoformat() if project.starts_on else "",
            "ends_on": project.ends_on.isoformat() if project.ends_on else "",
        },
        "application_sha256": application.sha256,
        "shares": [
            {"fund": each.fund.name, "purpose": each.fund.purpose, "minor": each.amount_minor}
            for each in award.shares.select_related("fund").order_by("fund_id")
        ],
        "lines": [
            {"what": line.what, "minor": line.amount_minor, "reason": line.reason}
            for line in (budget.lines.order_by("position") if budget else ())
            if line.amount_minor
        ],
        "parts": [
            {
                "number": row.number,
                "minor": row.amount_minor,
                "due_on": row.due_on.isoformat(),
                "condition": row.condition,
                "words": row.words,
                "is_retention": row.is_retention,
            }
            for row in schedule.tranches.order_by("number")
        ],
        "scheduled_minor": schedule.amount_minor,
        "reports": {
            "interim": interim.isoformat() if interim else "",
            "final": schedule.final_due_on.isoformat(),
        },
        "terms": list(TERMS),
    }


def _signatures(agreement: Agreement) -> dict[str, Any]:
    assert agreement.accepted_at is not None
    assert agreement.countersigned_at is not None
    return {
        "accepted_as": agreement.accepted_as,
        "accepted_at": agreement.accepted_at.isoformat(),
        "countersigned_by": str(agreement.countersigned_by),
        "countersigned_at": agreement.countersigned_at.isoformat(),
    }


def _issued(
    award: Award, name: str, text: dict[str, Any], signatures: dict[str, Any], by: User
) -> Document:
    issuer = {"entity": paper.entity_facts(award.entity), "site_url": settings.SITE_URL}
    told = {"agreement": text, "sha256": submissions.fingerprint(text), "signatures": signatures}
    return register.issue(
        entity_id=award.entity_id,
        template="agreement",
        key=f"award:{award.pk}:{name}",
        snapshot=issuer | told,
        language="en",
        actor=_actor(by),
    )


def _day(award: Award) -> str:
    return award.adopted_at.astimezone(ZoneInfo(award.entity.zone)).date().isoformat()


def _must_be_somebody_else(award: Award, by: User, wanted: tuple[Role, ...]) -> None:
    if not roles.has(by, *wanted):
        raise WrongPerson(_("This step is not for you to take."))
    if why := disbursements.why_not_award(award, by):
        raise WrongPerson(why)


def _actor(by: User) -> str:
    return f"user:{by.pk}"


def _record(agreement: Agreement, by: User, verb: str) -> None:
    log.record(
        actor=_actor(by),
        action=f"agreement.{verb}",
        subject=f"award:{agreement.award_id}",
        version=agreement.version,
        sha256=agreement.sha256,
    )
