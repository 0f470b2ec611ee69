"""The people who ask for money and those who grant it, each by the rules that their pages call.

Whatever is drawn may be impossible by now: a rule then refuses it, and that is no fault.
"""

import datetime as dt
import uuid
from collections.abc import Callable
from functools import partial

from donors import refunds
from donors.models import Gift
from funding import clock
from funding.ledger import openings
from funding.money import Money, split
from funding.users.models import User
from grants import (
    applicants,
    applications,
    budgets,
    decisions,
    declarations,
    letters,
    motions,
    rounds,
    votes,
)
from grants import terms as calls
from grants.models import (
    Application,
    ApplicationState,
    Choice,
    Interest,
    Item,
    ItemState,
    Motion,
    MotionState,
)
from tests.simulation.paying import AtOnce, Paying
from tests.simulation.plan import Facts
from tests.simulation.stage import Stage


class Granting(Paying):
    """The committee of a simulation, its applicant, officer and treasurers."""

    def __init__(self, stage: Stage, at_once: AtOnce) -> None:
        super().__init__(stage, at_once)
        self.round = self._call()
        self._bring_forward()
        self.body = applicants.Body(name="Steppe Team", country="MN")

    def _bring_forward(self) -> None:
        """A little money to begin with: enough for some, never for all."""
        for fund in self.stage.funds:
            opening = openings.propose(
                fund_id=fund.pk,
                place=self.bank,
                amount=Money(20_000, "EUR"),
                as_of=clock.today(self.stage.entity.zone),
                reason="Brought over.",
                by=self.tara.pk,
            )
            openings.book(opening_id=opening.pk, by=self.tove.pk)

    def _call(self) -> int:
        """A round that stays open for longer than any plan lasts."""
        now = clock.now()
        terms = calls.Terms(
            name="Call",
            call="For work in the field.",
            criteria="What helps the manul most.",
            maximum_minor=20_000,
            opens_at=now,
            closes_at=now + dt.timedelta(days=900),
            grace_minutes=0,
            decides_on=(now + dt.timedelta(days=930)).date(),
            envelopes=tuple((fund.pk, 10**7) for fund in self.stage.funds),
        )
        made = rounds.create(entity_id=self.stage.entity.pk, terms=terms, by=self.pat)
        rounds.publish(round_id=made.pk, by=self.pat)
        return made.pk

    # -- asking

    def apply(self, facts: Facts) -> None:
        """Asel writes an application and sends it, perhaps twice at once."""
        name = f"{self.stage.seed}:application:{facts['application']}"
        lines = (
            budgets.Line(budgets.Category.GOODS, "Camera traps", 1, facts["ask"]),
            budgets.Line(budgets.Category.PAY, "A vet", 2, 700, source="other"),
        )
        content = applications.Content(
            title=f"Work {facts['application']}",
            theme="T1",
            area="research",
            summary="We count cats where nobody has.",
            methods="Camera traps and tracks in the snow.",
            country="MN",
            starts_on=clock.today("UTC") + dt.timedelta(days=60),
            ends_on=clock.today("UTC") + dt.timedelta(days=200),
            minimum_minor=facts["least"],
            minimum_reason="Fewer cameras see nothing.",
            lines=lines,
            body=self.body,
        )
        draft = applications.start(
            uuid=uuid.uuid5(uuid.NAMESPACE_OID, name),
            round_id=self.round,
            content=content,
            by=self.asel,
        )

        def send() -> None:
            self.may_refuse(
                lambda: applications.submit(
                    application_id=draft.pk, version=draft.version, by=self.asel
                )
            )

        self.at_once([send] * facts["times"])

    # -- deciding

    def propose(self, facts: Facts) -> None:
        """One chair, or two at once, put motions; they may want the same application."""
        waiting = Application.objects.filter(state=ApplicationState.SUBMITTED).exclude(
            items__state=ItemState.OPEN
        )
        all_ = list(waiting.order_by("pk"))
        found = (all_[facts["skip"] :] or all_)[: facts["applications"] + 1]
        if not found:
            return
        chosen = [found[: facts["applications"]], found[-facts["applications"] :]]
        self.at_once(
            [
                partial(self._put, self.members[chair], chosen[chair], facts)
                for chair in range(facts["chairs"])
            ]
        )

    def _put(self, chair: User, chosen: list[Application], facts: Facts) -> None:
        for each in chosen:
            self._declares(chair, each.pk)
        funds = [self.stage.funds[index].pk for index in facts["funds"]]
        proposals = []
        for application in chosen:
            least = application.minimum_minor
            minor = least + (application.ask_minor - least) * facts["percent"] // 100
            parts = zip(funds, split(minor, [1] * len(funds)), strict=True)
            proposals.append(
                motions.Proposal(application.pk, {fund: part for fund, part in parts if part})
            )
        hours = dt.timedelta(hours=facts["hours"])

        def put() -> None:
            motion = motions.draft(
                round_id=self.round,
                text="That this be awarded.",
                closes_at=clock.now() + hours,
                proposals=proposals,
                urgent_why="The season." if facts["hours"] < 72 else "",
                by=chair,
            )
            motions.put(motion_id=motion.pk, by=chair)

        self.may_refuse(put)

    def vote(self, facts: Facts) -> None:
        """The members vote on the oldest open motion, at once; some at its last moment."""
        motion = self._open_motion()
        if motion is None:
            return
        items = list(Item.objects.filter(motion=motion))
        for member in self.members:
            for item in items:
                self._declares(member, item.application_id)
        if facts["steps_out"] is not None:
            member = self.members[facts["steps_out"]]
            self.may_refuse(
                lambda: declarations.step_out(
                    application_id=items[0].application_id, reason="Knows them.", by=member
                )
            )
        if facts["at_the_end"]:
            self._go_to(motion.closes_at - dt.timedelta(seconds=1))
        deeds: list[Callable[[], object]] = [
            partial(self._cast, items, choice, member)
            for member, choice in zip(self.members, facts["choices"], strict=True)
            if choice != "no"
        ]
        deeds += [lambda: self._close(motion)] * facts["closers"]
        if deeds:
            self.at_once(deeds)

    def _declares(self, member: User, application_id: int) -> None:
        """A member says that they have no interest, if they have not said or stepped out."""
        self.may_refuse(
            partial(
                declarations.declare,
                application_id=application_id,
                interest=Interest.NONE,
                by=member,
            )
        )

    def _cast(self, items: list[Item], choice: str, member: User) -> None:
        wanted = Choice(choice)
        for item in items:
            self.may_refuse(partial(votes.cast, item_id=item.pk, choice=wanted, by=member))

    def decide(self, facts: Facts) -> None:
        """The oldest open vote ends, while a donor takes a gift back."""
        motion = self._open_motion()
        if motion is None:
            return
        if facts["late"]:
            self._go_to(motion.closes_at)
        gift = Gift.objects.filter(settled_at__isnull=False).order_by("pk")
        deeds: list[Callable[[], object]] = [lambda: self._close(motion)] * facts["closers"]
        if found := gift[facts["refund"] :].first():
            deeds.append(lambda: self._refund(found))
        self.at_once(deeds)
        self._say_why()

    def _close(self, motion: Motion) -> None:
        self.may_refuse(lambda: decisions.close(motion_id=motion.pk))

    def _refund(self, gift: Gift) -> None:
        left = gift.gross_minor - gift.refunded_minor

        def give_back() -> None:
            asked = refunds.request(
                gift_id=gift.pk, amount_minor=left, reason="The donor asked.", actor="user:1"
            )
            refunds.send(asked.pk)

        self.may_refuse(give_back)

    def _say_why(self) -> None:
        """The chair gives reasons for what was not funded, so that its letters can go."""
        turned_down = Item.objects.filter(
            state=ItemState.REJECTED, application__state=ApplicationState.SUBMITTED
        )
        for item in turned_down:
            reason = "Others helped the manul more."
            chair = self.members[0]
            self._declares(chair, item.application_id)
            self.may_refuse(
                partial(
                    letters.decline,
                    application_id=item.application_id,
                    words=letters.Words("need", reason),
                    by=chair,
                )
            )

    def _open_motion(self) -> Motion | None:
        return Motion.objects.filter(state=MotionState.OPEN).order_by("closes_at", "pk").first()

    def _go_to(self, instant: dt.datetime) -> None:
        seconds = int((instant - clock.now()).total_seconds()) + 1
        if seconds > 0:
            self.stage.stripe.control("clock", advance_seconds=seconds)
