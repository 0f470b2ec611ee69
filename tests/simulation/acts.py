"""How each step of a plan is done. A step never decides anything that the plan has not drawn."""

import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final

from django.db import connection, connections

from donors import gifts, receipts, refunds
from donors.models import Receipt
from funding import jobs
from funding.errors import Refused
from funding.gateway.client import Missing, Rejected
from funding.ledger import balances
from tests.conftest import superuser_connection
from tests.simulation.banking import Banking
from tests.simulation.granting import Granting
from tests.simulation.plan import Facts, Step
from tests.simulation.pledging import Pledging
from tests.simulation.post_office import MailFaults
from tests.simulation.stage import Stage, application_connection
from tests.simulation.visitors import Visit, Visitors


class Cast:
    """Whoever acts on a stage."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.visitors = Visitors(stage)
        self.granting = Granting(stage, self.at_once)
        self.banking = Banking(stage, self.visitors)
        self.pledging = Pledging(stage, self.at_once)

    def perform(self, step: Step) -> None:
        """Do one step."""
        self.stage.watch()
        self.stage.counts[step.act] += 1
        actors = (self.banking, self.granting, self.pledging) if step.act not in _ACTS else (self,)
        actor = next(each for each in actors if hasattr(each, step.act))
        getattr(actor, step.act)(step.facts)

    # -- visitors

    def give(self, facts: Facts) -> None:
        visit = self.visitors.wishes(facts)
        if facts["pays"]:
            self.visitors.pays(visit, facts["means"])
        if facts["thanks"] == "asks":
            self.visitors.looks(visit)
        if facts["thanks"] == "races":
            self._all_ask(visit, 2)

    def pay(self, facts: Facts) -> None:
        """Somebody comes back to the form or the page, in one tab or in two at once."""
        visit = self.visitors.visits[facts["gift"]]
        if not visit.session:
            self.visitors.sends(visit)
        means, step = facts["means"], facts["three_d_secure"]
        pay = lambda: self.visitors.pays(visit, means, step)  # noqa: E731
        self.at_once([pay] * facts["tabs"])

    def thanks(self, facts: Facts) -> None:
        self.visitors.looks(self.visitors.visits[facts["gift"]])

    def crowd(self, facts: Facts) -> None:
        self._all_ask(self.visitors.visits[facts["gift"]], facts["asks"])

    def _all_ask(self, visit: Visit, times: int) -> None:
        """Thank-you page, webhooks, the rule itself and the inbox, all at the same moment."""

        def rule() -> None:
            if gift := visit.gift:
                try:
                    gifts.follow(gift.pk)
                except (Refused, Missing, Rejected):
                    return

        self.at_once(
            [
                *[lambda: self.visitors.looks(visit)] * (times - 1),
                rule,
                self.stage.stripe.emulator.deliver_due,
                jobs.SWEEPS["inbox"],
            ]
        )

    # -- refunds

    def refund(self, facts: Facts) -> None:
        """Ask for a refund, perhaps twice at once; what cannot be is refused."""
        gift = self.visitors.gift(facts["gift"])
        if gift is None:
            return
        minor = _part(gift.gross_minor, facts["percent"])

        def ask() -> None:
            try:
                refunds.request(
                    gift_id=gift.pk, amount_minor=minor, reason="The donor asked.", actor="user:1"
                )
            except (refunds.NothingToRefund, refunds.MoneyWithBank):
                return

        self.at_once([ask] * facts["times"])

    def dashboard(self, facts: Facts) -> None:
        """Somebody gives back in Stripe's dashboard; Stripe refuses what cannot be."""
        gift = self.visitors.gift(facts["gift"])
        if gift is None:
            return
        found = [
            charge
            for charge in self.stage.detail().values()
            if charge["metadata"].get("gift") == str(gift.uuid)
        ]
        for charge in found:
            left = charge["amount"] - charge["refunded"]
            amount = min(left, _part(charge["amount"], facts["percent"]))
            if amount:
                self.banking.order("refund", charge=charge["charge"], amount=amount)

    # -- time

    def clock(self, facts: Facts) -> None:
        self.stage.stripe.control("clock", advance_seconds=facts["seconds"])

    def sweep(self, facts: Facts) -> None:
        """The watch makes its rounds: here, in the worker, in both, or with its line cut."""
        if facts["by"] in ("worker", "both"):
            jobs.after_commit("funding.site.tasks.sweep")
        if facts["by"] in ("us", "both"):
            jobs.sweep_once()
        if facts["by"] == "cut":
            self._sweep_and_be_cut()

    def _sweep_and_be_cut(self) -> None:
        pid: list[int] = []
        known = threading.Event()

        def rounds() -> None:
            with connection.cursor() as cursor:
                cursor.execute("SET application_name = 'simulation rounds'")
                cursor.execute("SELECT pg_backend_pid()")
                pid.append(cursor.fetchone()[0])
            known.set()
            jobs.sweep_once()

        def cut() -> None:
            known.wait(5)
            time.sleep(0.02)
            self.stage.cut_database("simulation rounds")

        self.at_once([rounds, cut])

    def fold(self, _: Facts) -> None:
        """Deltas are folded, by several at once, while others write."""
        fold = lambda: [balances.fold(5) for _ in range(6)]  # noqa: E731
        self.at_once([fold, fold, jobs.SWEEPS["inbox"], jobs.SWEEPS["gifts"]])

    # -- faults

    def api(self, facts: Facts) -> None:
        faults = [fault for fault in self._faults()["api"] if fault["next"]]
        kept = [{name: fault[name] for name in fault if name != "struck"} for fault in faults]
        self.stage.stripe.control("faults", api=[*kept[-2:], facts])

    def webhooks(self, facts: Facts) -> None:
        self.stage.stripe.control("faults", webhooks=facts)

    def webhooks_off(self, _: Facts) -> None:
        self.stage.stripe.control("faults", webhooks={"drop": 1.0})

    def webhooks_well(self, _: Facts) -> None:
        self.stage.stripe.control("faults", webhooks={"drop": 0.0})

    def _faults(self) -> dict[str, Any]:
        return self.stage.stripe.control("faults")

    def mail(self, facts: Facts) -> None:
        setattr(self.stage.post.faults, facts["kind"], facts["next"])

    def cut_database(self, _: Facts) -> None:
        """Cut every line of web and worker while they have something to do."""
        jobs.after_commit("funding.site.tasks.sweep")
        for _time in range(3):
            time.sleep(0.05)
            self.stage.cut_database()

    def restart_database(self, facts: Facts) -> None:
        """The database crashes under all that is going on, and comes back after a while."""
        if facts["by"] in ("worker", "both"):
            jobs.after_commit("funding.site.tasks.sweep")
        sweep = facts["by"] in ("us", "both")
        deeds: list[Callable[[], object]] = [
            partial(self.stage.crash_database, facts["seconds"]),
            self.stage.stripe.emulator.deliver_due,
            *([jobs.sweep_once] if sweep else []),
        ]
        for visit in list(self.visitors.visits.values())[-2:]:
            deeds.append(partial(self.visitors.get, "/give/", visit))
        # This thread's own would be found dead by whoever asks the rules afterwards.
        connections.close_all()
        self.at_once(deeds)

    # -- kills

    def kill_worker(self, facts: Facts) -> None:
        self.stage.kill(self.stage.worker)
        self.stage.worker.returns_in = facts["steps"]

    def kill_web(self, facts: Facts) -> None:
        self.stage.kill(self.stage.web)
        self.stage.web.returns_in = facts["steps"]

    def stop_valkey(self, facts: Facts) -> None:
        self.stage.kill(self.stage.valkey)
        self.stage.valkey.returns_in = facts["steps"]

    def kill_at_250(self, _: Facts) -> None:
        """Kill the worker after the mail server's 250 and before it is written down.

        The row is locked before the 250 is said, so the worker waits with its answer in hand.
        """
        self._bring_up()
        sprung = threading.Event()
        taken: list[str] = []
        with application_connection() as holder:

            def trap(message_id: str) -> None:
                holder.execute(
                    "SELECT 1 FROM mail_mail WHERE message_id = %s FOR UPDATE", [message_id]
                )
                taken.append(message_id)
                sprung.set()

            self.stage.post.trap = trap
            self._something_to_mail()
            if sprung.wait(10) and self._worker_waits(holder.info.backend_pid):
                self.stage.kill(self.stage.worker)
                with superuser_connection() as root:
                    root.execute(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                        " WHERE application_name = 'simulation worker'"
                        " AND datname = current_database()"
                    )
                self.stage.certain[taken[0]] += 1
            self.stage.post.trap = None
            holder.rollback()
        self.stage.wait_for_its_sessions()
        self.stage.excuse_open_mails()
        self.stage.worker.start()

    def _bring_up(self) -> None:
        self.stage.post.faults = MailFaults()
        for machine in self.stage.machines:
            machine.start()
        for machine in self.stage.machines:
            machine.wait()

    def _something_to_mail(self) -> None:
        """Somebody asks for a copy of the latest receipt, if there is one."""
        receipt = Receipt.objects.filter(document__rendered_at__isnull=False).last()
        if receipt is not None:
            receipts.resend(receipt_id=receipt.pk, actor="user:1")

    def _worker_waits(self, holder_pid: int) -> bool:
        with superuser_connection() as root:
            for _ in range(150):
                row = root.execute(
                    "SELECT application_name FROM pg_stat_activity"
                    " WHERE %s = ANY(pg_blocking_pids(pid))",
                    [holder_pid],
                ).fetchone()
                if row is not None:
                    return bool(row[0] == "simulation worker")
                time.sleep(0.02)
        return False

    def at_once(self, deeds: Sequence[Callable[[], object]]) -> None:
        """Do all of these at the same moment, each with a database connection of its own."""
        gate = threading.Barrier(len(deeds))

        def run(deed: Callable[[], object]) -> None:
            try:
                gate.wait(10)
                deed()
            except Exception as error:  # noqa: BLE001 - told with the step
                self.stage.tell(f"{type(error).__name__}: {error}")
            finally:
                connections.close_all()

        threads = [threading.Thread(target=run, args=(deed,)) for deed in deeds]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()


def _part(whole: int, percent: int) -> int:
    return max(1, whole * percent // 100)


# What else there is to do is done by banks, by those who grant, and by those who give regularly.
_ACTS: Final = frozenset(
    {
        "give", "pay", "thanks", "crowd", "refund", "dashboard", "clock", "sweep", "fold", "api",
        "webhooks", "webhooks_off", "webhooks_well", "mail", "kill_worker", "kill_at_250",
        "kill_web", "stop_valkey", "cut_database", "restart_database",
    }
)  # fmt: skip
