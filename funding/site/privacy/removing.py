"""What is removed of a person once they are gone from the donors: piece by piece.

Each piece is a transaction of its own and says the same when it is done again, so that a worker
that is killed in the middle leaves nothing half-done. No sum, no day and no id changes.
"""

import datetime as dt
from collections.abc import Callable
from typing import Any, Final

from django.db import transaction
from django.db.models import Max, Q, QuerySet

from donors import models as d
from donors import public_names
from donors.models import ERASED
from funding import clock
from funding.documents.models import Document
from funding.gateway.models import Event, EventState
from funding.imports.models import Row
from funding.mail import forgetting as mails
from funding.parties.keeping import Ground
from funding.parties.models import Membership
from funding.site.privacy import finders
from funding.site.privacy.models import Erasure, Kept, KeptWhat
from funding.site.privacy.persons import Person
from funding.users import forgetting
from grants import files, references
from grants.models import (
    Application,
    ApplicationState,
    Attachment,
    Award,
    CoApplicant,
    CoInvitation,
    Declaration,
    DraftComment,
    Expertise,
    FileState,
    Message,
    Recusal,
    Referee,
    Remark,
    StoredFile,
)

_BATCH: Final = 200
_GONE: Final = "erased"


def person_of(erasure: Erasure) -> Person:
    """The person as they were when they were removed."""
    return Person(erasure.user_id, tuple(erasure.donors), tuple(erasure.addresses))


def gifts(erasure: Erasure) -> None:
    """Names, words and cards on gifts and on what came of them."""
    mine = d.Gift.objects.filter(donor__in=erasure.donors).order_by("pk")
    named = ~Q(donor_name=ERASED) | ~Q(message="") | ~Q(method="") | ~Q(checkout_url="")
    while batch := list(mine.filter(named).values_list("pk", flat=True)[:_BATCH]):
        with transaction.atomic():
            d.Gift.objects.filter(pk__in=batch).update(
                donor_name=ERASED, message="", method="", checkout_url="", error="", ended_why="",
            )  # fmt: skip
    d.Tribute.objects.filter(gift__in=mine).update(
        honoree=_GONE, words="", to_hash="", ended_why=""
    )
    public_names.forget(erasure.donors)
    d.Refund.objects.filter(gift__in=mine).update(reason=_GONE, error="")
    d.Receipt.objects.filter(gift__in=mine).update(error="")
    d.EarlyWarning.objects.filter(gift__in=mine).exclude(decided_why="").update(decided_why=_GONE)
    verdicts = d.HeldVerdict.objects.filter(held__gift__in=mine)
    verdicts.exclude(reason__in=["", _GONE]).update(reason=_GONE)
    disputes = d.Dispute.objects.filter(gift__in=mine)
    d.EvidenceFile.objects.filter(dispute__in=disputes).update(name=_GONE, content=b"")
    disputes.update(evidence={}, error="")
    disputes.exclude(intent_why="").update(intent_why=_GONE)
    disputes.exclude(refused_why="").update(refused_why=_GONE)


def pledges(erasure: Erasure) -> None:
    """Names, words and cards on regular gifts."""
    mine = d.Pledge.objects.filter(donor__in=erasure.donors)
    mine.update(donor_name=ERASED, message="", method="", checkout_url="", error="")
    for row in d.EarlierPledge.objects.filter(donor__in=erasure.donors).order_by("pk"):
        row.donor_name, row.method, row.reference = ERASED, "", f"{_GONE}-{row.pk}"
        row.save(update_fields=["donor_name", "method", "reference"])
    d.PledgeTribute.objects.filter(pledge__in=mine).update(
        honoree=_GONE, words="", to_name="", to_email=""
    )
    d.Instalment.objects.filter(pledge__in=mine).update(pay_url="", trouble="")
    for change in d.PledgeChange.objects.filter(pledge__in=mine).order_by("pk"):
        for said in (change.before, change.after):
            said.pop("method", None)
            said.pop("reason", None)
        change.error = change.checkout_url = ""
        change.save(update_fields=["before", "after", "error", "checkout_url"])


def origins(erasure: Erasure) -> None:
    """Scrambled addresses, devices and cards."""
    mine = Q(gift__donor__in=erasure.donors) | Q(pledge__donor__in=erasure.donors)
    d.RefusedCard.objects.filter(origin__in=d.Origin.objects.filter(mine)).delete()
    d.Origin.objects.filter(mine).delete()


@transaction.atomic
def declarations(erasure: Erasure) -> None:
    """End declarations. One that a claim rests on is kept; the others go."""
    for row in d.Declaration.objects.select_for_update().filter(donor__in=erasure.donors):
        if row.cancelled_on is None:
            row.cancelled_on = max(clock.today(row.entity.zone), row.given_on)
            row.cancelled_by = "system"
            row.save(update_fields=["cancelled_on", "cancelled_by"])
        claimed = last_claimed(row.pk)
        if claimed is None:
            scrub_declaration(row.pk)
        else:
            _keep(erasure, KeptWhat.DECLARATION, row.pk, row.entity_id, Ground.AID, claimed)


def last_claimed(declaration_id: int) -> dt.date | None:
    """The day of the latest gift that was claimed on a declaration."""
    lines = d.ClaimLine.objects.filter(declaration=declaration_id)
    last: dt.date | None = lines.aggregate(last=Max("given_on"))["last"]
    return last


def scrub_declaration(pk: int) -> None:
    """Take the taxpayer out of a declaration."""
    d.Declaration.objects.filter(pk=pk).update(
        title="", first_name="Erased", last_name="donor", house="-", postcode="X", wording=_GONE
    )


def papers(erasure: Erasure) -> None:
    """Numbered documents, references and lines of the bank: kept as long as the books are."""
    person = person_of(erasure)
    for paper in Document.objects.filter(finders.papers(person)).defer("content", "snapshot"):
        _keep(erasure, KeptWhat.DOCUMENT, paper.pk, paper.entity_id, Ground.BOOKS, paper.issued_on)
    by_hand = d.Gift.objects.filter(donor__in=erasure.donors, received_on__isnull=False)
    for gift in by_hand.exclude(reference=""):
        assert gift.received_on is not None
        day = gift.received_on
        _keep(erasure, KeptWhat.REFERENCE, gift.pk, gift.entity_id, Ground.BOOKS, day)
    for line in d.BankLine.objects.filter(finders.bank_lines(person)).distinct():
        day = line.booked_on
        _keep(erasure, KeptWhat.BANK_LINE, line.pk, line.entity_id, Ground.BOOKS, day)


def typed(erasure: Erasure) -> None:
    """Rows of files: what they said of the person is on the gifts, or gone from there."""
    Row.objects.filter(finders.typed_rows(person_of(erasure))).update(values={}, key=_GONE)


def account(erasure: Erasure) -> None:
    """What hangs on the account and on its addresses."""
    d.EmailChange.objects.filter(Q(donor__in=erasure.donors) | Q(user__in=erasure.users)).update(
        old_email="", new_email="", error=""
    )
    for row in d.Invitation.objects.filter(finders.read("email")(person_of(erasure))):
        row.email = f"{_GONE}-{row.pk}@erased.invalid"
        row.save(update_fields=["email"])
    for asked in CoInvitation.objects.filter(finders.read("email")(person_of(erasure))):
        asked.email = f"{_GONE}-{asked.pk}@erased.invalid"
        asked.save(update_fields=["email"])
    CoApplicant.objects.filter(person__in=erasure.users, ended_at=None).update(ended_at=clock.now())
    DraftComment.objects.filter(written_by__in=erasure.users).update(words=_GONE)
    _messages(erasure)
    _referees(erasure)
    merged = Q(kept__in=erasure.donors) | Q(gone__in=erasure.donors)
    d.Merge.objects.filter(merged).update(why=_GONE, error="")
    Membership.objects.filter(user__in=erasure.users, ended_at__isnull=True).update(
        ended_at=clock.now()
    )
    Recusal.objects.filter(member__in=erasure.users).update(reason=_GONE)
    Declaration.objects.filter(member__in=erasure.users).update(words=_GONE, flags=[])
    Expertise.objects.filter(member__in=erasure.users).delete()
    for user_id in erasure.users:
        forgetting.forget_traces(user_id)


def _messages(erasure: Erasure) -> None:
    """What they wrote to the office, and what it wrote of an application of theirs; of what was
    funded the office's words stand behind the payments."""
    answers = Q(application__applicant__in=erasure.users, from_office=True)
    answers &= ~Q(application__state=ApplicationState.AWARDED)
    own = Q(author__in=erasure.users, from_office=False)
    Message.objects.filter(own | answers).update(text=_GONE)
    # What members said of an application that was not funded may tell of its people.
    said = Remark.objects.filter(application__applicant__in=erasure.users)
    said.exclude(application__state=ApplicationState.AWARDED).update(text=_GONE)


def _referees(erasure: Erasure) -> None:
    """Where they were a referee, and the referees of their own applications; of what was funded
    the words stand behind the payments, without their writer."""
    theirs = finders.read("email")(person_of(erasure))
    rows = Referee.objects.filter(theirs | Q(application__applicant__in=erasure.users))
    funded = set(
        rows.filter(application__state=ApplicationState.AWARDED).values_list("pk", flat=True)
    )
    for pk in list(rows.filter(erased_at=None).values_list("pk", flat=True)):
        references.erase([pk], with_words=pk not in funded)
    for row in rows.filter(pk__in=funded).exclude(words="").select_related("application__award"):
        _keep_of_award(erasure, KeptWhat.REFEREE, row.pk, row.application.award)


def funded(person: Person) -> QuerySet[Award]:
    """The awards behind which files of this person stand."""
    own = Q(application__applicant=person.user_id) if person.user_id else Q(pk__in=[])
    sent = Q(application__attachments__file__added_by=person.user_id)
    there = Q(application__attachments__file__state=FileState.WHOLE)
    return (
        Award.objects.filter((own | sent) & there).distinct()
        if person.user_id
        else (Award.objects.none())
    )


def last_day(award: Award) -> dt.date:
    """The last day of the books behind which the papers of an award stand."""
    days = [
        award.adopted_at.date(),
        award.disbursements.aggregate(last=Max("paid_on"))["last"],
        award.returns.aggregate(last=Max("returned_on"))["last"],
    ]
    return max(day for day in days if day is not None)


def _keep_of_award(erasure: Erasure, what: KeptWhat, number: int, award: Award) -> None:
    _keep(erasure, what, number, award.entity_id, Ground.BOOKS, last_day(award))


def sent_files(erasure: Erasure) -> None:
    """Files that they sent or that came with their applications, but not what others sent to
    applications of others. Those of what was funded stand behind the payments, and are kept as
    long as the books."""
    behind = Attachment.objects.filter(application__state=ApplicationState.AWARDED)
    own = Application.objects.filter(applicant__in=erasure.users)
    theirs = Q(added_by__in=erasure.users) | Q(attachment__application__in=own)
    for row in behind.filter(
        Q(file__added_by__in=erasure.users) | Q(application__in=own), file__state=FileState.WHOLE
    ).select_related("application__award"):
        _keep_of_award(erasure, KeptWhat.FILE, row.file_id, row.application.award)
    rows = StoredFile.objects.filter(theirs).exclude(pk__in=behind.values("file"))
    for pk in list(rows.filter(state=FileState.WHOLE).values_list("pk", flat=True)):
        files.forget(file_id=pk)
    for pk in list(rows.filter(state=FileState.OPEN).values_list("pk", flat=True)):
        files.discard(file_id=pk)


def letters(erasure: Erasure) -> int:
    """Every mail to the person. Returns how many are still to leave."""
    assert erasure.begun_at is not None
    left = mails.forget_those_to(erasure.addresses, before=erasure.begun_at)
    return left if mails.forget(f"erasure:{erasure.pk}:begun") else left + 1


def events(erasure: Erasure) -> None:
    """What Stripe's events said of the person, as far as they are handled."""
    mine = Event.objects.filter(finders.events(person_of(erasure)))
    mine.exclude(state=EventState.WAITING).exclude(payload={}).update(payload={}, error="")


PIECES: Final[list[Callable[[Erasure], None]]] = [
    gifts,
    pledges,
    origins,
    declarations,
    papers,
    typed,
    account,
    sent_files,
    events,
]


def _keep(
    erasure: Erasure,
    what: KeptWhat,
    number: int,
    entity_id: int,
    ground: Ground,
    counts_from: dt.date,
) -> None:
    facts: dict[str, Any] = {"erasure": erasure, "entity_id": entity_id}
    facts |= {"ground": ground.value, "counts_from": counts_from}
    Kept.objects.get_or_create(what=what, number=number, defaults=facts)


def customers(erasure: Erasure) -> list[str]:
    """What Stripe calls the person."""
    pledges_: QuerySet[d.Pledge] = d.Pledge.objects.filter(donor__in=erasure.donors)
    donors = d.Donor.objects.filter(pk__in=erasure.donors)
    known = {
        *pledges_.values_list("customer", flat=True),
        *donors.values_list("stripe_customer", flat=True),
    }
    return sorted(known - {""})
