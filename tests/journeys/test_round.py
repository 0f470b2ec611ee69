"""A round from its call to the audit pack: 18 applications, 7 members, 4 conflicts, 5 pots.

Each stretch is walked once, and every test stands on the stretches before it. What a person
does is done on the pages at least once; what would only be done again goes through the rules.
"""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connections
from django.test.testcases import LiveServerThread
from playwright.sync_api import Browser

from funding.ledger.verify import verify
from funding.site import reconcile
from grants import ballots, decisions, reviews
from grants.models import Application, ApplicationState, Award, AwardState, ItemState, Motion
from tests.conftest import wipe
from tests.journeys import round_award, round_call, round_committee, round_recusal
from tests.journeys.round_people import POTS, Tale, told
from tests.sandbox.conftest import KEY, Sandbox

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("round")]


@pytest.fixture(scope="module")
def tale(
    browser: Browser,
    django_db_setup: None,
    django_db_blocker: Any,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Tale]:
    """The product on a port with real commits, for all of these tests together."""
    stripe = Sandbox()
    names = [
        *("CLOCK_FILE", "SITE_URL", "CSRF_TRUSTED_ORIGINS"),
        *("STRIPE_API_BASE", "STRIPE_SECRET_KEY"),
    ]
    before = {name: getattr(settings, name) for name in names}
    cache.clear()
    server = LiveServerThread("localhost", lambda handler: handler)  # type: ignore[arg-type]
    server.daemon = True
    with django_db_blocker.unblock():
        server.start()
        server.is_ready.wait()
        settings.SITE_URL = f"http://localhost:{server.port}"
        settings.CSRF_TRUSTED_ORIGINS = [settings.SITE_URL]
        settings.STRIPE_API_BASE, settings.STRIPE_SECRET_KEY = stripe.url, KEY
        yield told(browser, settings.SITE_URL, tmp_path_factory.mktemp("clock"))
        server.terminate()
        for name, value in before.items():
            setattr(settings, name, value)
        connections.close_all()
        wipe()
    stripe.close()


@pytest.fixture(scope="module")
def called(tale: Tale) -> Tale:
    """The call is out."""
    round_call.write_the_call(tale)
    return tale


@pytest.fixture(scope="module")
def applied(called: Tale) -> Tale:
    """Eighteen have asked."""
    round_call.apply_on_a_phone(called)
    round_call.send_the_others(called)
    return called


@pytest.fixture(scope="module")
def late(applied: Tale) -> Application:
    """One more, sent a second too late."""
    return round_call.send_too_late(applied)


@pytest.fixture(scope="module")
def checked(applied: Tale, late: Application) -> Tale:
    """The call is over, and all that came in time have passed the check."""
    assert late not in applied.applications
    round_call.check_one_by_hand(applied)
    return applied


@pytest.fixture(scope="module")
def reviewed(checked: Tale) -> Tale:
    """Everybody has said what ties them to it, and all marks are in."""
    round_committee.declare(checked)
    round_committee.rule(checked)
    round_committee.review(checked)
    return checked


@pytest.fixture(scope="module")
def put(reviewed: Tale) -> Tale:
    """The proposal is frozen and open to the vote."""
    round_committee.freeze(reviewed)
    return reviewed


@pytest.fixture(scope="module")
def voted(put: Tale) -> Tale:
    """The vote is over."""
    round_committee.vote_on_a_phone(put)
    round_committee.the_last_second(put)
    return put


@pytest.fixture(scope="module")
def minute(voted: Tale) -> str:
    """The motion is decided: the words of its minute."""
    return round_committee.decide(voted)


@pytest.fixture(scope="module")
def declined(minute: str, voted: Tale) -> Tale:
    """A second motion has lapsed, and whoever got nothing was told."""
    assert minute
    motion = round_committee.too_few_vote(voted)
    voted.at(motion.closes_at + dt.timedelta(minutes=1))
    round_committee.lapse(voted)
    round_committee.decline(voted)
    return voted


@pytest.fixture(scope="module")
def agreed(declined: Tale) -> Tale:
    """The award is cut to its sum, set out, agreed on and signed."""
    round_award.fit_the_budget(declined)
    round_award.agree(declined)
    return declined


@pytest.fixture(scope="module")
def paid(agreed: Tale) -> Tale:
    """Two parts are paid, each by three people, with an interim report between them."""
    round_award.take_the_list_in(agreed)
    round_award.pay(agreed, 1)
    agreed.at(agreed.on(200))
    round_award.report(agreed, "interim", (200_000, 90_000, 40_000))
    round_award.pay(agreed, 2)
    return agreed


@pytest.fixture(scope="module")
def closed(paid: Tale) -> Tale:
    """The final report is in, what was left has come back, and the award is closed."""
    paid.at(paid.on(430))
    round_award.report(paid, "final", (390_000, 90_000, 60_000 - round_award.UNSPENT))
    round_award.give_back(paid)
    round_award.close(paid)
    return paid


def test_what_comes_a_second_late_is_refused_and_kept(late: Application) -> None:
    assert late.state == ApplicationState.DRAFT
    assert late.project.summary == "Typed in the last hour."


def test_eighteen_ask_and_are_checked(checked: Tale) -> None:
    assert Application.objects.filter(state=ApplicationState.SUBMITTED).count() == 18
    assert checked.faults == []


def test_the_motion_holds_what_it_proposes(put: Tale) -> None:
    pots = put.figures()
    assert sum(pot.held.minor for pot in pots.values()) == put.together()
    assert all(pot.committed.minor == 0 for pot in pots.values())


@pytest.mark.parametrize(("name", "at"), [("Carol", 1), ("Omar", 0), ("Yuki", 10)])
def test_who_stepped_out_finds_nothing_and_has_no_vote(put: Tale, name: str, at: int) -> None:
    wanted = put.applications[at]
    assert round_recusal.guess(put, name, wanted) == []
    assert round_recusal.vote_anyway(put, name, wanted) == 403
    item = wanted.items.get()
    assert put.people[name].pk not in ballots.voters(put.motion)[item.pk]
    assert decisions.tallies(put.motion)[item.pk].voters == 6
    assert put.people[name].pk not in reviews.marks_of(put.round)[wanted.pk]


def test_a_vote_in_the_last_second_counts_and_the_one_after_does_not(voted: Tale) -> None:
    first = voted.motion.items.get(application=voted.applications[0])
    tally = decisions.tallies(voted.motion)[first.pk]
    assert (tally.voters, tally.pro, tally.contra) == (6, 4, 1)


def test_the_minute_tells_of_each_conflict(minute: str, voted: Tale) -> None:
    assert "Omar" in minute
    assert "So ruled of Ines." in minute
    assert voted.faults == []
    assert voted.free() == {name: minor for name, minor, _scope in POTS}


def test_a_motion_on_which_too_few_vote_gives_its_money_back(declined: Tale) -> None:
    motion = Motion.objects.get(number=2)
    assert motion.items.get().state == ItemState.NO_QUORUM
    assert all(pot.held.minor == 0 for pot in declined.figures().values())
    assert not Application.objects.filter(state=ApplicationState.SUBMITTED).exists()
    assert declined.faults == []


def test_an_award_is_agreed_paid_in_parts_and_closed(closed: Tale) -> None:
    assert closed.award.state == AwardState.CLOSED
    assert closed.faults == []


def test_the_books_agree_to_the_penny(closed: Tale) -> None:
    given = {name: minor for name, minor, _scope in POTS}
    gone = round_award.left_the_bank(closed)
    assert sum(gone.values()) == 540_000 - round_award.UNSPENT
    assert closed.free() == {name: minor - gone[name] for name, minor in given.items()}
    promised = Award.objects.exclude(pk=closed.award.pk).values_list("amount_minor", flat=True)
    pots = closed.figures()
    assert sum(pot.committed.minor for pot in pots.values()) == sum(promised)
    for name, pot in pots.items():
        assert pot.available.minor + pot.committed.minor + gone[name] == given[name]
    assert [each for each in verify() if not each.is_notice] == []
    assert reconcile.differences_of(reconcile.run()) == []


def test_the_audit_pack_opens_and_tells_all_of_it(closed: Tale) -> None:
    with round_award.audit(closed) as pack:
        names = pack.namelist()
        folders = {name.split("/")[1][:2] for name in names if "/" in name}
        assert folders >= {f"{at:02}" for at in range(1, 14)}
        assert pack.testzip() is None
        payments = pack.read(next(each for each in names if "payments.json" in each)).decode()
        assert all(who in payments for who in ("Asel", "Pat", "Tara", "SEB 1", "SEB 2"))
        minutes = [each for each in names if "07-decision" in each and each.endswith(".pdf")]
        assert "So ruled of" in round_committee.pdf_text(pack.read(minutes[0]))
        journal = pack.read(next(each for each in names if "journal.csv" in each)).decode()
        assert journal.count("\n") > 10
    assert closed.faults == []
