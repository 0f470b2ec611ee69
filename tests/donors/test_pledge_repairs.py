"""The page that a mailed link opens without signing in, for putting a regular gift right."""

import uuid

from django.test import Client
from pytest_django.fixtures import Settings

from donors import changes, turns
from donors.models import ChangeKind
from donors.pledge_mails import REPAIR
from funding.ledger.models import Fund
from funding.mail import links
from tests.donors.regular import Giver
from tests.donors.test_pledge_pages import (
    NOBODY,
    STEPS,
    behind,
    get,
    link,
    said,
    send,
    unfold,
)


def test_the_link_opens_without_signing_in_and_tells_only_what_is_needed(
    client: Client, giver: Giver, general: Fund
) -> None:
    found = behind(giver, general)
    answer = get(client, link(found))
    page = unfold(answer)
    for told in ("€10.00 every month", "General fund", "Card ending 4242", "has not been paid"):
        assert told in page
    for secret in ("Alice", "donor.example", str(found.uuid), found.subscription, "Begun."):
        assert secret not in page
    assert "no-store" in answer["Cache-Control"]
    # To no other site; 'no-referrer' would let every form of the page look forged.
    assert answer["Referrer-Policy"] == "same-origin"
    assert 'name="robots" content="noindex"' in page


def test_a_link_that_is_broken_old_or_for_something_else_says_how_to_sign_in(
    client: Client, giver: Giver, general: Fund
) -> None:
    found = giver.begins(general)
    good = links.sign(REPAIR, str(found.uuid))
    bad = (
        "x",
        good[:-1],
        good[1:],
        f"{uuid.uuid4()}",
        links.sign("unsubscribe", str(found.uuid)),
        links.sign(REPAIR, str(uuid.uuid4())),
        links.sign(REPAIR, "1"),
    )
    for token in bad:
        for answer in (get(client, f"/pledge/{token}/"), send(client, f"/pledge/{token}/")):
            assert answer.status_code == 410
            assert "no-store" in answer["Cache-Control"]
            page = unfold(answer)
            assert "This link works no more." in page
            assert "€10.00" not in page


def test_the_link_lives_two_weeks(client: Client, giver: Giver, general: Fund) -> None:
    address = link(giver.begins(general))
    for days, status in ((13, 200), (2, 410)):
        giver.days(days)
        assert get(client, address).status_code == status


def test_the_link_lets_try_again_and_give_another_card(
    client: Client, giver: Giver, general: Fund
) -> None:
    found = behind(giver, general, "insufficient_funds", "generic_decline")
    here = link(found)
    refused = send(client, here, do="retry")
    assert refused.status_code == 409
    assert "The bank said no again." in unfold(refused)
    answer = send(client, here, do="card")
    change = found.changes.get(kind=ChangeKind.METHOD)
    assert (answer.status_code, answer["Location"]) == (303, change.checkout_url)
    assert change.actor == f"donor:{found.donor_id}"
    giver.stripe.control("pay", session=change.checkout, card="5555555555554444")
    told = said(client, get(client, f"{here}?card={change.uuid}"))
    assert "Your gifts are taken by Card ending 4444 from now on." in told
    assert "Every gift that fell due is paid or on its way." in told
    nothing = send(client, here, do="retry")
    assert nothing.status_code == 409
    assert "Nothing is open" in unfold(nothing)


def test_the_link_cannot_do_anything_else(client: Client, giver: Giver, general: Fund) -> None:
    found = giver.begins(general)
    here = link(found)
    token = here.split("/")[2]
    for what in STEPS:
        assert get(client, f"/pledge/{token}/{what}/").status_code == 404
    assert "Sign in" in get(client, here).text
    turns.make(changes.end(pledge_id=found.pk, actor="system").pk)
    page = unfold(get(client, here))
    assert "This regular gift has ended." in page
    assert "Use another card" not in page
    assert send(client, here, do="card").status_code == 409


def test_the_link_says_when_stripe_cannot_be_reached(
    client: Client, giver: Giver, general: Fund, settings: Settings
) -> None:
    found = behind(giver, general)
    settings.STRIPE_API_BASE = NOBODY
    answer = send(client, link(found), do="card")
    assert answer.status_code == 503
    assert "The page for your card cannot be reached at the moment." in unfold(answer)
    assert "nothing is lost" in said(client, send(client, link(found), do="retry"))


def test_links_and_cards_are_tried_only_so_often(
    client: Client, giver: Giver, general: Fund
) -> None:
    found = giver.begins(general)
    statuses = [send(client, link(found), do="retry").status_code for _ in range(16)]
    assert statuses == [409] * 15 + [429]
    statuses = [get(client, "/pledge/x/").status_code for _ in range(50)]
    assert statuses[-1] == 429
