"""Where a simulation plays: the sandbox, the product's processes, a mail server, three funds."""

import contextlib
import logging
import shutil
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote

import psycopg
import redis
from django.conf import settings as django_settings
from django.db import connection, connections
from django.test import override_settings

from funding.celery import app
from funding.ledger.models import Fund
from funding.mail.models import Mail, MailState
from funding.parties.models import Entity
from funding.settings import mailer
from tests import make
from tests.conftest import superuser_connection
from tests.sandbox.conftest import KEY, Sandbox
from tests.simulation import machines as programs
from tests.simulation.machines import Machine
from tests.simulation.own_database import Database, own_database
from tests.simulation.post_office import PostOffice

VERSION = "2026-10-28.endive"


class Complaints(logging.Handler):
    """What this process logs as an error, with the kind of exception behind it."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the line and what was raised."""
        raised = record.exc_info[1] if record.exc_info else None
        self.said.append(f"{record.name}: {record.getMessage()} {type(raised).__name__}: {raised}")


class Stage:
    """Everything that one simulation runs on. Use it in a `with` block."""

    def __init__(self, seed: int, hands: int = 2, *, has_database: bool = False) -> None:
        self.seed = seed
        # Whether the database is this simulation's alone and may crash.
        self.has_database = has_database
        self.database: Database | None = None
        self.crashes = 0
        # How much the worker does at the same time.
        self.hands = hands
        self.folder = Path(tempfile.mkdtemp(prefix="manul-sim-"))
        self.complaints = Complaints()
        self.post = PostOffice()
        # Copies of a mail beyond the first that a kill or a cut connection explains.
        self.excused: Counter[str] = Counter()
        # Those of them where a worker was killed between the 250 and its commit.
        self.certain: Counter[str] = Counter()
        # How often database connections were cut: a page may answer 500 then.
        self.cuts = 0
        self.problems: list[str] = []
        self.counts: Counter[str] = Counter()
        # How often each program was found to have ended by itself.
        self.ended: Counter[str] = Counter()
        # What is to be ended, each whatever becomes of the others.
        self._ends = contextlib.ExitStack()
        self._ends.callback(shutil.rmtree, self.folder, ignore_errors=True)
        self._ends.callback(_use_broker, app.conf.broker_url)
        self._ends.callback(self.post.close)

    def __enter__(self) -> Self:
        try:
            self._open()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _open(self) -> None:
        if self.has_database:
            self.database = self._ends.enter_context(own_database(self.folder))
        clock = self.folder / "clock"
        self.stripe = Sandbox(seed=self.seed, clock_file=clock)
        self._ends.callback(self.stripe.close)
        self.port = programs.free_port()
        url = f"http://127.0.0.1:{self.port}"
        made = self.stripe.client().webhook_endpoints.create(
            {"url": f"{url}/stripe/webhook/", "enabled_events": ["*"], "api_version": VERSION}
        )
        env = {
            # Tracebacks are looked for in the logs at the end.
            "LOG_FORMAT": "text",
            "DATABASE_URL": database_url(),
            "REDIS_URL": f"unix://{self.folder}/v.sock?db=0",
            "CLOCK_FILE": str(clock),
            "SITE_URL": url,
            "ALLOWED_HOSTS": "127.0.0.1",
            "BEHIND_PROXY": "1",
            "STRIPE_API_BASE": self.stripe.url,
            "STRIPE_SECRET_KEY": KEY,
            "STRIPE_WEBHOOK_SECRETS": made.secret,
            "MAIL_URL": f"smtp://127.0.0.1:{self.post.port}/",
            "C_FORCE_ROOT": "1",
            "STATIC_FOLDER": str(django_settings.STATIC_ROOT),
            "DJANGO_SETTINGS_MODULE": "tests.simulation.settings",
        }
        self._point_at(env)
        self.valkey = programs.valkey(self.folder)
        self.worker = programs.worker(self.folder, env, self.hands)
        self.web = programs.web(self.folder, env, self.port)
        self._furnish()
        self._launch()
        logging.getLogger().addHandler(self.complaints)

    def _launch(self) -> None:
        for machine in self.machines:
            self._ends.callback(machine.kill)
            machine.start()
        for machine in self.machines:
            machine.wait()
        self.stripe.emulator.start()

    @property
    def machines(self) -> list[Machine]:
        """The servers first: the others speak to them."""
        own = [self.database] if self.database else []
        return [*own, self.valkey, self.worker, self.web]

    def _point_at(self, env: dict[str, str]) -> None:
        """Let this process be one more of the product's."""
        place = dict(django_settings.CACHES["default"]) | {"LOCATION": env["REDIS_URL"]}
        ours = override_settings(
            CLOCK_FILE=env["CLOCK_FILE"],
            SITE_URL=env["SITE_URL"],
            STRIPE_API_BASE=env["STRIPE_API_BASE"],
            STRIPE_SECRET_KEY=KEY,
            STRIPE_WEBHOOK_SECRETS=[env["STRIPE_WEBHOOK_SECRETS"]],
            MAILERS={"default": mailer(env["MAIL_URL"])},
            CACHES={"default": place},
        )
        self._ends.enter_context(ours)
        _use_broker(f"redis+socket://{self.folder}/v.sock?virtual_host=0")

    def _furnish(self) -> None:
        self.entity: Entity = make.entity()
        general = make.fund(self.entity)
        self.funds: list[Fund] = [
            general,
            make.fund(
                self.entity,
                "Dogs and herders",
                restriction="restricted",
                surplus="What is left over goes to the general fund.",
                fees_from=general,
            ),
            make.fund(self.entity, "Camera traps", restriction="designated"),
        ]

    def close(self) -> None:
        """End every process and forget the files."""
        logging.getLogger().removeHandler(self.complaints)
        self._ends.close()

    # -- what goes wrong

    def kill(self, machine: Machine, *, cut: bool = False) -> None:
        """SIGKILL, and a note of the mails whose 250 was said and not written down.

        With `cut` its sessions die with it, so that a lock that is let go writes nothing.
        """
        machine.kill()
        if cut:
            with superuser_connection() as root:
                root.execute(
                    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND application_name = %s",
                    [f"simulation {machine.name}"],
                )
        if machine is self.worker:
            self.wait_for_its_sessions()
            self.excuse_open_mails()

    def watch(self) -> None:
        """What a supervisor does: start again what has been down long enough or has ended.

        A worker may end by itself when it loses Valkey in a bad moment; nothing else may end.
        """
        for machine in self.machines:
            if machine.has_ended:
                self.ended[machine.name] += 1
                if machine is not self.worker or self.valkey.lives == 1:
                    self.tell(f"{machine.name} has ended by itself")
                self.kill(machine)
                machine.start()
            if machine.returns_in is not None:
                machine.returns_in -= 1
                if machine.returns_in < 0:
                    machine.start()

    def wait_for_its_sessions(self) -> None:
        """Until the database has noticed that the worker is gone, and rolled back."""
        with superuser_connection() as root:
            for _ in range(200):
                row = root.execute(
                    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                    " AND application_name = 'simulation worker'"
                ).fetchone()
                if row is None or row[0] == 0:
                    return
                threading.Event().wait(0.02)

    def excuse_open_mails(self) -> None:
        """A mail being sent at this moment may come twice: nobody knows of its 250."""
        taken = self.post.copies()
        for message_id in Mail.objects.filter(state=MailState.SENDING).values_list(
            "message_id", flat=True
        ):
            self.excused[message_id] = max(self.excused[message_id], taken[message_id] or 1)

    def cut_database(self, who: str = "simulation %") -> None:
        """End the database sessions of the product's processes, whatever they are doing."""
        self.cuts += 1
        with superuser_connection() as root:
            # Waits until each is gone: one on its last statement may still claim a mail.
            root.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                " WHERE datname = current_database() AND application_name LIKE %s",
                [who],
            )
        self.excuse_open_mails()

    def crash_database(self, seconds: float) -> None:
        """Stop the database as a crash does, and start it again so many seconds later.

        A page may answer 500 from before to after it.
        """
        assert self.database is not None
        self.excuse_open_mails()
        connections.close_all()
        self.crashes, self.cuts = self.crashes + 1, self.cuts + 1
        self.database.kill()
        time.sleep(seconds)
        self.database.start()
        self.database.wait()
        self.cuts += 1
        self.excuse_open_mails()

    def queue(self) -> redis.Redis:
        """A connection to this simulation's Valkey."""
        return redis.Redis(unix_socket_path=str(self.folder / "v.sock"))

    def tell(self, problem: str) -> None:
        """Note something that must not be; the run ends after this step."""
        self.problems.append(problem)

    def detail(self) -> dict[str, dict[str, Any]]:
        """Stripe's charges by id, from its own books."""
        _, _, body = self.stripe.api("GET", "/_control/books?detail=1")
        return {charge["charge"]: charge for charge in body["charges"]}

    def stripe_figures(self) -> Counter[str]:
        """How many payments there were in each currency."""
        return Counter(charge["currency"] for charge in self.detail().values())


def _use_broker(url: str) -> None:
    app.conf.broker_url = url
    app._after_fork()


def database_url() -> str:
    """The address of the database under test for the application's role."""
    parts = connection.settings_dict
    password = f":{quote(parts['PASSWORD'])}" if parts["PASSWORD"] else ""
    host, port = quote(str(parts["HOST"]), safe=""), parts["PORT"] or "5432"
    return f"postgresql://{parts['USER']}{password}@/{parts['NAME']}?host={host}&port={port}"


def application_connection() -> "psycopg.Connection[Any]":
    """A connection of the application's role beside Django's own."""
    return psycopg.connect(database_url())
