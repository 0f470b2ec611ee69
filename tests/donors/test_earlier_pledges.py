"""Goal: a giver of another system is asked twice at most, is never charged, and comes over once."""

import datetime as dt
import re
import threading
from typing import Any, cast

import pytest
from django.db.models import QuerySet
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from donors import donors, earlier_pledges, merges
from donors.models import EarlierPledge, EarlierState, Pledge, PledgeState
from funding import clock, waits
from funding.audit.models import Record
from funding.imports.models import Import
from funding.ledger.models import Entry, Fund
from funding.mail import links, outbox
from funding.mail.models import Mail
from funding.site.privacy import erasures, persons
from funding.users.models import Role
from tests import make
from tests.clocks import clock_at as clock_at
from tests.donors.intake import files
from tests.donors.intake.desk import Desk
from tests.donors.intake.test_intake_pages import upload
from tests.donors.intake.test_pledge_rows import rows as of_file
from tests.donors.regular import Giver
from tests.donors.test_regular_form import filled, unfold
from tests.ledger.racing import together
from tests.people import make_person, sign_in

TARA = "user:1"
LIST = "/treasurer/pledges/earlier/"


def earlier(fund: Fund, number: int = 0, **facts: Any) -> EarlierPledge:
    """EUR 20.00 every month from Alice, in another system."""
    email = facts.pop("email", "alice@donor.example")
    batch, _new = Import.objects.get_or_create(
        kind="pledges",
        entity=fund.entity,
        defaults={
            "name": "old.csv",
            "digest": "x",
            "started_by": TARA,
            "started_at": clock.now(),
            "due_at": clock.now(),
        },
    )
    told: dict[str, Any] = {
        "entity": fund.entity,
        "donor": donors.find_or_create(name="Alice Example", email=email, language="en"),
        "donor_name": "Alice Example",
        "fund": fund,
        "currency": "EUR",
        "amount_minor": 2000,
        "rhythm": "monthly",
        "method": "Card ending 1111",
        "reference": f"OLD-{number}",
        "batch": batch,
        "taken_at": clock.now(),
    }
    return EarlierPledge.objects.create(**told | facts)


def invited(*rows: EarlierPledge) -> None:
    """Asked for, and written by the worker."""
    which = EarlierPledge.objects.filter(pk__in=[row.pk for row in rows])
    earlier_pledges.invite(rows=which, actor=TARA)
    while earlier_pledges.sweep():
        pass
    for row in rows:
        row.refresh_from_db()


def link(row: EarlierPledge) -> str:
    token = links.sign(earlier_pledges.CONTINUE, str(row.uuid))
    return reverse("donors:pledge_continue", kwargs={"token": token})


def get(client: Client, path: str) -> HttpResponse:
    return cast(HttpResponse, client.get(path))


def due_now() -> None:
    """Two weeks pass."""
    EarlierPledge.objects.filter(due_at__isnull=False).update(due_at=clock.now())


# The mails.


def test_nobody_is_written_to_before_somebody_says_so(general: Fund) -> None:
    earlier(general)
    assert earlier_pledges.sweep() == 0
    with pytest.raises(earlier_pledges.NothingToAsk):
        earlier_pledges.invite(rows=EarlierPledge.objects.none(), actor=TARA)
    assert not Mail.objects.exists()


def test_a_giver_of_several_gets_one_mail_one_reminder_and_then_peace(general: Fund) -> None:
    mine = [earlier(general, number) for number in range(2)]
    invited(*mine)
    first = Mail.objects.get()
    assert first.text.count("€20.00 every month") == 2
    assert "/pledge/continue/~signed:earlier:" in first.text
    assert {row.state for row in mine} == {EarlierState.INVITED}
    with pytest.raises(earlier_pledges.NothingToAsk):
        earlier_pledges.invite(rows=EarlierPledge.objects.all(), actor=TARA)
    due_now()
    assert [earlier_pledges.sweep() for _again in range(2)] == [1, 0]
    assert Mail.objects.count() == 2
    assert "the only reminder" in Mail.objects.latest("pk").text
    due_now()
    assert [earlier_pledges.sweep() for _again in range(2)] == [1, 0]
    assert Mail.objects.count() == 2
    assert set(EarlierPledge.objects.values_list("state", "due_at")) == {("lapsed", None)}
    assert (Pledge.objects.count(), Entry.objects.count()) == (0, 0)


def test_a_swedish_giver_is_written_to_in_swedish(general: Fund) -> None:
    row = earlier(general)
    row.donor.language = "sv"
    row.donor.save()
    invited(row)
    assert "varje månad" in Mail.objects.get().text


def test_workers_at_once_write_once(general: Fund) -> None:
    row = earlier(general)
    EarlierPledge.objects.update(asked_at=clock.now(), asked_by=TARA, due_at=clock.now())
    whom = {"donor_id": row.donor_id, "entity_id": row.entity_id}
    done = together(4, lambda _number: earlier_pledges.write(**whom))
    assert sorted(str(each) for each in done) == ["0", "0", "0", "1"]
    assert Mail.objects.count() == 1
    # The control: were it due still, the next one would write again.
    EarlierPledge.objects.update(due_at=clock.now())
    assert earlier_pledges.write(**whom) == 1
    assert Mail.objects.count() == 2


def test_two_treasurers_at_once_ask_once(general: Fund) -> None:
    for number in range(3):
        earlier(general, number, email=f"g{number}@donor.example")
    said = together(
        3, lambda _n: earlier_pledges.invite(rows=EarlierPledge.objects.all(), actor=TARA)
    )
    assert sorted(str(each) for each in said if isinstance(each, int)) == ["3"]


def slowly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever has written down whom to ask takes a moment before that is committed."""
    update = QuerySet.update

    def slow(rows: QuerySet[Any], **values: Any) -> int:
        changed = update(rows, **values)
        if rows.model is EarlierPledge:
            threading.Event().wait(0.5)
        return changed

    monkeypatch.setattr(QuerySet, "update", slow)


def both_ask() -> list[str]:
    rows = EarlierPledge.objects.all()
    said = together(2, lambda number: earlier_pledges.invite(rows=rows, actor=f"user:{number}"))
    return sorted(str(each) for each in said if isinstance(each, int))


def test_the_second_of_two_treasurers_waits_and_finds_nobody(
    general: Fund, monkeypatch: pytest.MonkeyPatch
) -> None:
    earlier(general)
    slowly(monkeypatch)
    assert both_ask() == ["1"]
    assert Record.objects.filter(action="earlier_pledges.asked").count() == 1


def test_control_without_the_lock_both_treasurers_ask_the_same_giver(
    general: Fund, monkeypatch: pytest.MonkeyPatch
) -> None:
    earlier(general)
    slowly(monkeypatch)
    monkeypatch.setattr(QuerySet, "select_for_update", lambda rows, **_how: rows.all())
    assert both_ask() == ["1", "1"]
    assert Record.objects.filter(action="earlier_pledges.asked").count() == 2


def test_the_inbox_says_how_many_are_not_invited_until_they_are(general: Fund) -> None:
    tara = make_person("tara@fund.example", "Tara", Role.TREASURER)
    # Two of one giver, and one of another.
    mine = [earlier(general, number) for number in range(2)]
    other = earlier(general, 2, email="asa@donor.example")

    def told() -> list[str]:
        return [each.title for each in waits.for_user(tara) if "taken-over" in each.title]

    assert told() == ["2 taken-over givers are not yet invited"]
    invited(*mine)
    assert told() == ["One taken-over giver is not yet invited"]
    earlier_pledges.decline(pk=other.pk, actor=TARA)
    assert told() == []
    bob = make_person("bob@fund.example", "Bob", Role.OFFICER)
    assert not [each for each in waits.for_user(bob) if "taken-over" in each.title]


# Coming over.


def test_whoever_goes_on_begins_a_pledge_which_closes_the_row(
    client: Client, giver: Giver, general: Fund
) -> None:
    other = make.fund(general.entity, "Dogs", slug="dogs")
    row = earlier(other)
    invited(row)
    page = unfold(get(client, link(row)))
    assert "Give €20.00 every month from here on?" in page
    for secret in ("Alice", "donor.example", str(row.uuid)):
        assert secret not in page
    form_url = re.search(r'href="(/give/\?earlier=[^"]+)"', page)
    assert form_url
    form = get(client, form_url[1]).text
    for told in ('value="20.00"', 'value="monthly" checked', 'value="dogs" checked'):
        assert told in form
    token = re.search(r'name="earlier" value="([^"]+)"', form)
    assert token
    # Another sum, fund and address: it is what they came from that counts.
    sent = filled(general, earlier=token[1], email="new@donor.example", choice="50.00")
    assert client.post("/give/", sent).status_code == 303
    pledge = Pledge.objects.get()
    row.refresh_from_db()
    assert (pledge.continues, row.state) == (row, EarlierState.INVITED)
    giver.pays(pledge)
    for _again in range(2):
        giver.hears(again=True)
        row.refresh_from_db()
        assert (row.state, row.pledge, row.due_at) == (EarlierState.CONTINUED, pledge, None)
    assert "It goes on." in get(client, link(row)).text
    assert client.post(link(row)).status_code == 302
    row.refresh_from_db()
    assert row.state == EarlierState.CONTINUED
    due_now()
    assert earlier_pledges.sweep() == 0


def test_whoever_begins_without_the_link_is_not_asked_again(giver: Giver, general: Fund) -> None:
    row, stranger = earlier(general), earlier(general, 1, email="eve@donor.example")
    elsewhere = earlier(make.fund(general.entity, "Dogs"), 2)
    pledge = giver.begins(general)
    assert pledge.state == PledgeState.ACTIVE
    states = {each.pk: each.state for each in EarlierPledge.objects.all()}
    assert states == {row.pk: "continued", stranger.pk: "taken", elsewhere.pk: "taken"}


def test_who_says_no_is_asked_no_more(client: Client, general: Fund) -> None:
    row = earlier(general)
    invited(row)
    get(client, link(row))
    row.refresh_from_db()
    assert row.state == EarlierState.INVITED, "a look at the page says nothing"
    for _again in range(2):
        assert client.post(link(row)).status_code == 302
    assert "It does not go on." in get(client, link(row)).text
    row.refresh_from_db()
    assert (row.state, row.due_at) == (EarlierState.ENDED, None)
    token = earlier_pledges.for_form(row)
    assert earlier_pledges.of_form(token) is None


def test_a_link_for_something_else_or_for_nothing_opens_nothing(
    client: Client, general: Fund
) -> None:
    row = earlier(general)
    good = links.sign(earlier_pledges.CONTINUE, str(row.uuid))
    for token in (
        "x",
        good[1:],
        links.sign("repair", str(row.uuid)),
        earlier_pledges.for_form(row),
    ):
        for answer in (get(client, f"/pledge/continue/{token}/"),
                       client.post(f"/pledge/continue/{token}/")):  # fmt: skip
            assert answer.status_code == 410
    row.refresh_from_db()
    assert row.state == EarlierState.TAKEN
    for wrong in (good, "x", "%00", "\u0661"):
        assert 'name="earlier"' in get(client, f"/give/?earlier={wrong}").text
        sent = filled(general, earlier=wrong)
        client.post("/give/", sent)
    assert not Pledge.objects.filter(continues__isnull=False).exists()


def test_one_that_lapsed_may_still_go_on_until_the_link_is_old(
    client: Client, general: Fund, clock_at: Any
) -> None:
    row = earlier(general)
    address = link(row)
    invited(row)
    for _step in range(2):
        due_now()
        earlier_pledges.sweep()
    row.refresh_from_db()
    assert row.state == EarlierState.LAPSED
    assert earlier_pledges.of_form(earlier_pledges.for_form(row)) == row
    now = clock.now()
    clock_at(now + dt.timedelta(days=59))
    assert get(client, address).status_code == 200
    clock_at(now + dt.timedelta(days=61))
    assert get(client, address).status_code == 410


# People.


def test_it_follows_its_giver_and_goes_with_them(general: Fund) -> None:
    row, kept = earlier(general), earlier(general, 1, email="b@donor.example").donor
    made = merges.merge(kept_id=kept.pk, gone_id=row.donor_id, why="One.", actor=TARA)
    row.refresh_from_db()
    assert row.donor == kept
    merges.undo(merge_id=made.pk, actor=TARA)
    row.refresh_from_db()
    assert row.donor != kept
    invited(row)
    person = persons.of_donor(row.donor_id)
    assert person
    address = link(row)
    erasure = erasures.ask(person=person, ends_pledges=True, actor=TARA, language="en")
    row.refresh_from_db()
    assert row.state == EarlierState.ENDED
    outbox.send_due()
    erasures.carry_out(erasure.pk)
    row.refresh_from_db()
    assert (row.donor_name, row.method) == ("Erased donor", "")
    assert "OLD-0" not in row.reference
    assert Client().get(address).status_code == 410


# The treasurer.


def test_from_the_file_to_the_list_to_the_mails(committed: None, settings: Settings) -> None:
    from tests.donors.intake import desk as making

    desk: Desk = making.desk()
    client = Client()
    sign_in(client, make_person("tara@x.example", "Tara", Role.TREASURER))
    batch = upload(client, desk, "pledges", files.table(of_file(desk, 5)))
    at = {"uuid": batch.uuid}
    columns = client.post(reverse("donors:intake_import_columns", kwargs=at), batch.mapping)
    assert columns.status_code == 302
    assert files.worked(batch).state == "checked"
    assert client.post(reverse("donors:intake_import_accept", kwargs=at)).status_code == 302
    assert files.worked(batch).state == "done"
    page = client.get(reverse("donors:intake_import", kwargs=at)).text
    assert "ask their givers" in page
    page = client.get(LIST).text
    assert "Ask all 5 who were not asked" in page
    assert "5 regular gifts." in page
    first = EarlierPledge.objects.order_by("pk").first()
    assert first
    steps = reverse("donors:earlier_pledge_steps")
    for nothing in ({}, {"do": "invite"}, {"do": "x", "chosen": "1"}, {"do": "end", "chosen": "²"}):
        client.post(steps, nothing)
    assert not EarlierPledge.objects.exclude(state="taken", asked_at=None).exists()
    client.post(steps, {"do": "end", "chosen": [str(first.pk), "9" * 18]})
    client.post(f"{steps}?q=g1", {"do": "invite_all"})
    assert EarlierPledge.objects.filter(asked_at__isnull=False).count() == 1
    client.post(steps, {"do": "invite_all"})
    client.post(steps, {"do": "invite_all"})
    while earlier_pledges.sweep():
        pass
    assert Mail.objects.count() == 4
    counts = earlier_pledges.counts(EarlierPledge.objects.all())
    assert counts[EarlierState.INVITED] == 4
    assert counts[EarlierState.ENDED] == 1
    for query in ("?state=invited", "?q=g2&fund=nobody", "?page=9", "?start=x"):
        assert client.get(f"{LIST}{query}").status_code == 200
    told = client.get(f"{LIST}?csv=1").getvalue().decode()
    assert told.count("g2@old.example") == 1
    assert "invited" in told
    desk.assert_sound()
