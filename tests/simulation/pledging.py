"""Those who give regularly in a simulation, and what their banks do."""

import datetime as dt
import json
import uuid
from collections.abc import Callable, Sequence
from typing import Any, Final

from donors import changes, methods, pledges, refunds, subscriptions, turns
from donors.fees import cover_for
from donors.models import Gift, Pledge, PledgeState, Rhythm
from donors.models.pledges import RUNNING
from donors.pledges import Promise
from funding import clock, jobs
from funding.errors import Refused
from funding.gateway.client import Missing, Rejected
from funding.money import Money
from funding.sandbox.stripe.accounts import ACCOUNTS
from tests.simulation.plan import Facts
from tests.simulation.stage import Stage

AtOnce = Callable[[Sequence[Callable[[], object]]], None]
_SAID_NO: Final = (Refused, Missing, Rejected)


class Pledging:
    """Everybody who gives regularly, by the number of the pledge in the plan."""

    def __init__(self, stage: Stage, at_once: AtOnce) -> None:
        self.stage, self._at_once = stage, at_once

    def _token(self, number: int) -> uuid.UUID:
        return uuid.uuid5(uuid.NAMESPACE_OID, f"pledge {self.stage.seed}:{number}")

    def _find(self, facts: Facts) -> Pledge | None:
        return Pledge.objects.filter(form_token=self._token(facts["pledge"])).first()

    # -- givers

    def pledge(self, facts: Facts) -> None:
        """Send the form, perhaps twice at once, pay on the page, and come back or not."""
        promise = self._promise(facts)

        def send() -> None:
            try:
                pledges.checkout(pledges.start(promise).pk)
            except _SAID_NO:
                return

        self._at_once([send] * facts["times"])
        pledge = self._find(facts)
        if pledge is None or not pledge.checkout:
            # Stripe was away; the giver comes back to the form once.
            send()
            pledge = self._find(facts)
        if pledge is not None and pledge.checkout:
            means = facts["means"]
            kind = "account" if means in ACCOUNTS else "card"
            self._order("pay", session=pledge.checkout, **{kind: means})

    def _promise(self, facts: Facts) -> Promise:
        fund, amount = self.stage.funds[facts["fund"]], Money(facts["minor"], facts["currency"])
        return Promise(
            token=self._token(facts["pledge"]),
            entity_id=fund.entity_id,
            fund_id=fund.pk,
            rhythm=Rhythm(facts["rhythm"]),
            currency=amount.currency,
            amount_minor=amount.minor,
            cover_minor=cover_for(amount).minor if facts["cover"] else 0,
            name=f"Giver {facts['pledge']}",
            email=f"giver{facts['pledge']}@donor.example",
            message="",
            news=False,
            language="en",
        )

    def change(self, facts: Facts) -> None:
        """One change, perhaps asked for twice at once. What cannot be is refused."""
        pledge = self._find(facts)
        if pledge is None:
            return

        def ask() -> None:
            try:
                change = _CHANGES[facts["kind"]](pledge, facts["value"], self.stage)
                turns.make(change.pk)
            except _SAID_NO:
                return

        self._at_once([ask] * facts["times"])

    def new_method(self, facts: Facts) -> None:
        """Another card, given on Stripe's page; the worker or the rounds see it."""
        pledge = self._find(facts)
        if pledge is None or not pledge.is_running:
            return
        try:
            url = methods.new_method(
                pledge_id=pledge.pk, actor="user:1", return_url="http://127.0.0.1/"
            )
        except _SAID_NO:
            return
        self._order("pay", session=url.rpartition("/")[2], card=facts["card"])

    # -- banks

    def bank_says(self, facts: Facts) -> None:
        """What the bank will say to the next attempts."""
        pledge = self._find(facts)
        if pledge is not None and pledge.is_running:
            self._order(f"subscriptions/{pledge.subscription}", next=facts["next"])

    def give_back(self, facts: Facts) -> None:
        """An instalment goes back: by the fund, in Stripe's dashboard, or by the bank."""
        gift = self._last_gift(facts)
        if gift is None:
            return
        minor = max(1, gift.gross_minor * facts["percent"] // 100)
        if facts["way"] == "refund":
            try:
                refunds.request(
                    gift_id=gift.pk, amount_minor=minor, reason="The donor asked.", actor="user:1"
                )
            except Refused:
                return
        elif facts["way"] == "dashboard":
            self._order("refund", charge=gift.charge, amount=minor)
        else:
            self._order("disputes", charge=gift.charge, amount=minor)

    def _last_gift(self, facts: Facts) -> Gift | None:
        pledge = self._find(facts)
        paid = Gift.objects.filter(instalment__pledge=pledge, settled_at__isnull=False)
        return paid.order_by("-settled_at").first() if pledge else None

    def _order(self, name: str, **wanted: Any) -> None:
        """Do it, unless Stripe itself would not."""
        status, _, body = self.stage.stripe.call("POST", f"/_control/{name}", json.dumps(wanted))
        if status >= 500:
            self.stage.tell(f"the sandbox answered {status} to {name}: {body!r}")

    # -- time

    def days(self, facts: Facts) -> None:
        """Days pass; at their end the watch makes its rounds, or nobody does."""
        self.stage.stripe.control("clock", advance_days=facts["days"])
        if facts["by"] in ("worker", "both"):
            jobs.after_commit("funding.site.tasks.sweep")
        if facts["by"] in ("us", "both"):
            jobs.sweep_once()


def everybody_ends(stage: Stage) -> None:
    """Every giver who still gives says that it is enough; Stripe may be asked again later."""
    begun = Pledge.objects.filter(state__in=[PledgeState.STARTED, *RUNNING])
    for pledge in begun:
        try:
            subscriptions.follow(pledge.pk)
            turns.make(changes.end(pledge_id=pledge.pk, actor="user:1").pk)
        except changes.NotRunning:
            continue


def _amount(pledge: Pledge, value: int, _: Stage) -> Any:
    amount = Money(pledge.amount_minor + value, pledge.currency)
    return changes.change_amount(
        pledge_id=pledge.pk, amount=amount, covers=value % 2 == 0, actor="user:1"
    )


def _rhythm(pledge: Pledge, value: int, _: Stage) -> Any:
    return changes.change_amount(
        pledge_id=pledge.pk,
        amount=pledge.amount,
        covers=False,
        rhythm=list(Rhythm)[value % 3],
        actor="user:1",
    )


def _pause(pledge: Pledge, value: int, _: Stage) -> Any:
    until = clock.now().date() + dt.timedelta(days=5 * value)
    return changes.pause(pledge_id=pledge.pk, until=until, actor="user:1")


_CHANGES: Final[dict[str, Callable[[Pledge, int, Stage], Any]]] = {
    "amount": _amount,
    "rhythm": _rhythm,
    "pause": _pause,
    "day": lambda pledge, value, _: changes.change_day(
        pledge_id=pledge.pk, day=value, actor="user:1"
    ),
    "fund": lambda pledge, value, stage: changes.change_fund(
        pledge_id=pledge.pk, fund_id=stage.funds[value % len(stage.funds)].pk, actor="user:1"
    ),
    "skip": lambda pledge, *_: changes.skip(pledge_id=pledge.pk, actor="user:1"),
    "resume": lambda pledge, *_: changes.resume(pledge_id=pledge.pk, actor="user:1"),
    "retry": lambda pledge, *_: changes.retry(pledge_id=pledge.pk, actor="user:1"),
    "end": lambda pledge, *_: changes.end(pledge_id=pledge.pk, actor="user:1"),
}
