"""Who may see the pages of awards and their payments."""

import datetime as dt
import io
from dataclasses import replace
from typing import Any

from django.db import transaction
from PIL import Image

from funding import clock
from funding.documents import register
from funding.money import Money
from funding.users.models import Role
from grants import (
    agreements,
    change_facts,
    changes,
    country_rules,
    disbursements,
    payees,
    reports,
    schedules,
    screenings,
)
from grants.models import (
    Award,
    AwardChange,
    AwardShare,
    BudgetLine,
    CountryRule,
    Disbursement,
    Policy,
    Recusal,
    ReportKind,
    ReportSending,
    ScreeningResult,
)
from tests.access.table import Page
from tests.access.world import World, entity, general
from tests.grants.payments import cast
from tests.people import make_person

STAFF = {"pat", "dan", "tara"}
READERS = {"asel", *STAFF}


def award(world: World) -> Award:
    """One that Asel applied for, from the general fund."""
    receiver, fund = world.of(entity), world.of(general)
    cast.give(fund, 500_000)
    made = cast.award(receiver, world["asel"], 100_000, slug="access")
    AwardShare.objects.create(award=made, fund=fund, amount_minor=100_000)
    cast.adopt(made, [fund], (100_000,))
    return made


def requested(world: World) -> Disbursement:
    """A payment that Asel asked for."""
    made = world.of(award)
    payees.enter_bank_details(
        award_id=made.pk, holder="Steppe Team", iban=cast.IBAN, by=world["asel"]
    )
    return disbursements.request(
        award_id=made.pk, amount_minor=10_000, purpose="Traps", by=world["asel"]
    )


def checked(world: World) -> Disbursement:
    """A payment that somebody has checked, of a payee that was looked up."""
    first = world.of(requested)
    row = disbursements.request(
        award_id=first.award_id, amount_minor=20_000, purpose="More", by=world["asel"]
    )
    screenings.record(
        award_id=row.award_id,
        names="Steppe Team",
        list_name="Example list",
        list_date=clock.today("UTC"),
        result=ScreeningResult.NO_MATCH,
        note="Looked.",
        by=world["pat"],
    )
    return disbursements.check(disbursement_id=row.pk, bank_sha256=row.bank_sha256, by=world["pat"])


def paid(world: World) -> Disbursement:
    """A payment that has left."""
    row = world.of(checked)
    with transaction.atomic():
        again = disbursements.request(
            award_id=row.award_id, amount_minor=5_000, purpose="Last", by=world["asel"]
        )
        disbursements.check(
            disbursement_id=again.pk, bank_sha256=again.bank_sha256, by=world["pat"]
        )
        told = disbursements.Payment(
            paid_on=clock.today(row.award.entity.zone),
            place=_bank(world),
            sent=Money(5_000, "EUR"),
            rate="",
            fee_minor=0,
            reference="SEB 1",
        )
        tom = make_person("tom@cast.example", "Tom Example", Role.TREASURER)
        return disbursements.release(
            disbursement_id=again.pk, bank_sha256=again.bank_sha256, payment=told, by=tom
        )


def rule(world: World) -> CountryRule:
    """What a treasurer proposed for a country."""
    tom = make_person("theo@cast.example", "Theo Example", Role.TREASURER)
    return country_rules.propose(
        country="TJ", policy=Policy.CAREFUL, reason="Counsel's letter.", by=tom
    )


def stepped_out(world: World) -> Award:
    """An award of whose application Dan stepped out."""
    made = cast.award(world.of(entity), world["asel"], 70_000, slug="access-out")
    fund = world.of(general)
    AwardShare.objects.create(award=made, fund=fund, amount_minor=70_000)
    cast.adopt(made, [fund], (70_000,))
    Recusal.objects.create(
        application=made.application,
        member=world["dan"],
        reason="My brother.",
        declared_at=clock.now(),
    )
    payees.enter_bank_details(
        award_id=made.pk, holder="Steppe Team", iban=cast.IBAN, by=world["asel"]
    )
    disbursements.request(award_id=made.pk, amount_minor=10_000, purpose="Traps", by=world["asel"])
    return made


def _bank(world: World) -> str:
    return str(disbursements.bank_accounts(world.of(entity).pk).values_list("code")[0][0])


def _award(world: World) -> dict[str, Any]:
    world.of(requested)
    return {"pk": world.of(award).pk}


def _out(world: World) -> dict[str, Any]:
    return {"pk": world.of(stepped_out).pk}


def _first(world: World) -> dict[str, Any]:
    return _award(world) | {"number": world.of(requested).number}


def _second(world: World) -> dict[str, Any]:
    return _award(world) | {"number": world.of(checked).number}


def _release(world: World) -> dict[str, Any]:
    return {
        "bank_sha256": world.of(checked).bank_sha256,
        "paid_on": clock.today("UTC").isoformat(),
        "place": _bank(world),
        "reference": "SEB 2",
        "fee": "0",
        "sent": "200.00",
        "sent_currency": "EUR",
    }


def _account(_: World) -> dict[str, Any]:
    return {"holder": "Steppe Team", "iban": cast.OTHER_IBAN}


def _request(_: World) -> dict[str, Any]:
    return {"amount": "1.00", "purpose": "Batteries", "number": 90}


def _look(_: World) -> dict[str, Any]:
    return {
        "names": "Steppe Team",
        "list_name": "Example list",
        "list_date": clock.today("UTC").isoformat(),
        "result": "no_match",
        "note": "Looked.",
    }


def _country(_: World) -> dict[str, Any]:
    return {"country": "KG", "policy": "careful", "reason": "Counsel's letter."}


def _rule(world: World) -> dict[str, Any]:
    return {"pk": world.of(rule).pk}


def _return(world: World) -> dict[str, Any]:
    world.of(paid)
    return {
        "amount": "1.00",
        "returned_on": clock.today("UTC").isoformat(),
        "place": _bank(world),
        "reference": "BACK 1",
    }


def set_out(world: World) -> Award:
    """An award with a schedule of one part, which waits."""
    fund = world.of(general)
    made = cast.award(world.of(entity), world["asel"], 90_000, slug="access-set-out")
    AwardShare.objects.create(award=made, fund=fund, amount_minor=90_000)
    cast.adopt(made, [fund], (90_000,))
    plan = schedules.proposed(made)
    schedules.make(award_id=made.pk, plan=plan, after=0, by=world["pat"])
    return made


def _part(world: World) -> dict[str, Any]:
    return {"pk": world.of(set_out).pk, "number": 1}


def drawn_up(world: World) -> Award:
    """An award whose agreement waits for its applicant."""
    made = world.of(set_out)
    BudgetLine.objects.create(
        application=made.application,
        category="goods",
        what="Traps",
        quantity=1,
        unit_minor=90_000,
        amount_minor=90_000,
    )
    drawn = agreements.draw_up(award_id=made.pk, by=world["pat"])
    register.render(drawn.document_id)
    return made


def _drawn(world: World) -> dict[str, Any]:
    return {"pk": world.of(drawn_up).pk}


def changed(world: World) -> AwardChange:
    """A change of an award of its own, which waits for the applicant to accept it."""
    fund = world.of(general)
    made = cast.award(world.of(entity), world["asel"], 80_000, slug="access-changed")
    AwardShare.objects.create(award=made, fund=fund, amount_minor=80_000)
    cast.adopt(made, [fund], (80_000,))
    plan = schedules.proposed(made)
    schedules.make(award_id=made.pk, plan=plan, after=0, by=world["pat"])
    drawn = agreements.draw_up(award_id=made.pk, by=world["pat"])
    agreements.accept(award_id=made.pk, sha256=drawn.sha256, name="Asel", by=world["asel"])
    now = change_facts.standing(made)
    later = replace(now, final_due_on=now.final_due_on + dt.timedelta(days=30))
    asked = changes.ask(award_id=made.pk, wish=later, reason="Snow.", after=0, by=world["asel"])
    done = changes.approve(change_id=asked.pk, words="", by=world["pat"])
    assert done.document_id is not None
    register.render(done.document_id)
    return done


def _change(world: World) -> dict[str, Any]:
    row = world.of(changed)
    return {"pk": row.award_id, "number": row.number}


def _changed(world: World) -> dict[str, Any]:
    return {"pk": world.of(changed).award_id}


def reported(world: World) -> ReportSending:
    """A report with a photo that waits for an officer."""
    made = world.of(set_out)
    facts: dict[str, Any] = {
        "award_id": made.pk,
        "kind": ReportKind.INTERIM,
        "by": world["asel"],
    }
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "green").save(out, "PNG")
    reports.add_photo(
        content=out.getvalue(),
        shows="A trap",
        taken_by="Asel",
        has_consent=True,
        is_public=True,
        **facts,
    )
    typed = {"narrative": "Traps stood.", "spent-0": "900"}
    kept = reports.save(version=1, typed=typed, **facts)
    return reports.send(version=kept.version, **facts)


def _report(world: World) -> dict[str, Any]:
    return {"pk": world.of(reported).report.award_id, "kind": "interim"}


def _end(world: World) -> dict[str, Any]:
    return {"pk": world.of(reported).report.award_id}


def _picture(world: World) -> dict[str, Any]:
    photo = world.of(reported).report.photos.get()
    return {"pk": photo.report.award_id, "number": photo.pk}


def _first_one(_: World) -> dict[str, Any]:
    return {"number": "1", "why": "More, please."}


def _words(_: World) -> dict[str, Any]:
    return {"words": "Seen."}


def _reason(_: World) -> dict[str, Any]:
    return {"why": "Not needed."}


def _check(world: World) -> dict[str, Any]:
    return {"bank_sha256": world.of(requested).bank_sha256}


PAGES = [
    Page("grants:awards", STAFF),
    Page("grants:awards", STAFF, state="as a file", sends=lambda _: {"csv": "1"}),
    Page("grants:payments", {"tara"}),
    Page("grants:payments", {"tara"}, state="as a file", sends=lambda _: {"csv": "1"}),
    Page("grants:award", READERS, _award),
    Page(
        "grants:award",
        READERS - {"dan"},
        _out,
        state="stepped out of",
        but={"dan": "403", "dan without factor": "factor"},
        is_guessed=False,
    ),
    Page("grants:award_bank", {"asel", "pat"}, _award),
    Page("grants:award_bank", {"asel", "pat"}, _award, method="POST", sends=_account),
    Page("grants:award_ask", {"asel", "pat"}, _award),
    Page("grants:award_ask", {"asel", "pat"}, _award, method="POST", sends=_request),
    Page("grants:award_screening", {"pat", "tara", "ada"}, _award),
    Page("grants:award_screening", {"pat", "tara", "ada"}, _award, method="POST", sends=_look),
    Page("grants:award_budget", {"asel"}, _drawn),
    Page("grants:award_budget", {"asel"}, _drawn, method="POST"),
    Page("grants:award_agreement", READERS, _drawn),
    Page("grants:award_agreement_paper", READERS, _drawn),
    Page("grants:award_draw_up", {"pat"}, _drawn, method="POST"),
    Page("grants:award_accept", {"asel"}, _drawn, method="POST"),
    Page("grants:award_countersign", {"pat", "dan"}, _drawn, method="POST"),
    Page("grants:award_change_ask", {"asel"}, _changed),
    Page("grants:award_change_ask", {"asel"}, _changed, method="POST"),
    Page("grants:award_change", READERS, _change),
    Page("grants:award_change_paper", READERS, _change),
    Page("grants:award_change_answer", STAFF, _change, method="POST"),
    Page("grants:award_change_accept", {"asel"}, _change, method="POST"),
    Page("grants:award_change_withdraw", {"asel"}, _change, method="POST"),
    Page("grants:award_reports", STAFF),
    Page("grants:award_report", READERS, _report),
    Page("grants:award_report_save", {"asel"}, _report, method="POST"),
    Page("grants:award_report_autosave", {"asel"}, _report, method="POST"),
    Page("grants:award_report_photo", {"asel"}, _report, method="POST"),
    Page("grants:award_report_picture", READERS, _picture),
    Page("grants:award_report_accept", {"pat", "dan"}, _report, method="POST", sends=_first_one),
    Page("grants:award_report_return", {"pat", "dan"}, _report, method="POST", sends=_first_one),
    Page("grants:award_closing", READERS, _end),
    Page("grants:award_close", {"pat", "dan"}, _end, method="POST"),
    Page("grants:award_write_off", STAFF, _end, method="POST"),
    Page("grants:award_write_off_agree", STAFF, _end, method="POST"),
    Page("grants:award_schedule", {"pat"}, _award),
    Page("grants:award_schedule", {"pat"}, _award, method="POST"),
    Page("grants:award_part", {"pat", "dan"}, _part),
    Page("grants:award_part", {"pat", "dan"}, _part, method="POST", sends=_words),
    Page("grants:award_search", {"pat", "tara", "ada"}, _award, method="POST"),
    Page("grants:payee_checks", {*STAFF, "ada"}),
    Page(
        "grants:payee_checks",
        {"tara", "ada"},
        method="POST",
        sends=_country,
        # They read the page, with both steps.
        but=dict.fromkeys(("pat without factor", "dan without factor"), "factor"),
    ),
    Page("grants:payee_rule", {"tara", "ada"}, _rule, method="POST"),
    Page("grants:award_cancel", {"pat", "dan"}, _award),
    Page("grants:award_cancel", {"pat", "dan"}, _award, method="POST", sends=_reason),
    Page("grants:award_return", {"tara"}, _award),
    Page("grants:award_return", {"tara"}, _award, method="POST", sends=_return),
    Page("grants:award_payment", STAFF, _first),
    Page("grants:award_check", {"pat", "dan"}, _first, method="POST", sends=_check),
    Page("grants:award_release", {"tara"}, _second, method="POST", sends=_release),
    Page("grants:award_decline", STAFF, _first, method="POST", sends=_reason),
]
