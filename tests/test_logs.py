"""Goal: every line says where it belongs, and none says who."""

import io
import json
import logging
import re
import time
from collections.abc import Iterator
from typing import Any

import pytest
from celery.contrib.testing.worker import start_worker
from django.conf import settings
from django.core.cache import cache
from django.db import IntegrityError, transaction
from django.test import Client

from donors import gifts, receipts
from donors.models import Donor, Gift
from funding import clock, jobs, logs
from funding.celery import app
from funding.ledger.models import Fund
from funding.mail import bounces, outbox
from funding.mail.models import Mail
from funding.site import tasks
from tests.donors.conftest import Visitor, entity, general, visitor
from tests.donors.test_give_pages import filled
from tests.donors.test_refunds import give_back
from tests.donors.test_webhooks import SECRET, paid_event, send
from tests.grants.payments.cast import IBAN, OTHER_IBAN, stage
from tests.grants.payments.desk import account, at, browser
from tests.mail.conftest import MailServer, server
from tests.mail.test_bounces import report
from tests.people import make_person
from tests.sandbox.conftest import KEY, Sandbox
from tests.users.conftest import code_in, other_than

__all__ = ["entity", "general", "server", "visitor"]


class Log(io.StringIO):
    """What was written, line by line as facts."""

    def __init__(self) -> None:
        super().__init__()
        self.handler = logging.StreamHandler(self)
        made = logs.config(form="json", level="INFO")["formatters"]["line"]
        self.handler.setFormatter(made["()"](made["form"]))

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.getvalue().splitlines()]

    def events(self, name: str) -> list[dict[str, Any]]:
        return [line for line in self.lines() if line["event"] == name]


@pytest.fixture
def log() -> Iterator[Log]:
    """The log as production writes it, and nothing left out."""
    written = Log()
    root = logging.getLogger()
    level = root.level
    root.addHandler(written.handler)
    root.setLevel(logging.INFO)
    yield written
    root.removeHandler(written.handler)
    root.setLevel(level)


def formatted(form: str, *args: object, error: Exception | None = None, **more: Any) -> str:
    """One line as the formatter makes it."""
    template, *values = args
    info = (type(error), error, error.__traceback__) if error else None
    record = logging.LogRecord("x", logging.INFO, "x.py", 1, template, tuple(values), info)
    record.__dict__.update(more)
    made = logs.config(form=form, level="INFO")["formatters"]["line"]
    return str(made["()"](made["form"]).format(record))


class TestALine:
    def test_facts_with_names_stand_by_themselves(self) -> None:
        told = json.loads(formatted("json", "mail waits mail=%s why=%s", 7, "451 busy"))
        assert (told["event"], told["mail"], told["why"]) == ("mail waits", 7, "451 busy")
        assert (told["level"], told["logger"]) == ("info", "x")
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+Z", told["timestamp"])

    def test_other_lines_stay_as_they_were_written(self) -> None:
        assert (
            json.loads(formatted("json", "gift %s is %s", 7, "here"))["event"] == "gift 7 is here"
        )
        assert json.loads(formatted("json", "a=%s and %s", 1, 2))["event"] == "a=1 and 2"
        assert json.loads(formatted("json", "100 %"))["event"] == "100 %"

    def test_in_development_it_is_words(self) -> None:
        said = formatted("text", "mail waits mail=%s", 7)
        assert "mail waits" in said
        assert "mail=7" in said
        assert not said.startswith("{")

    def test_a_failure_is_one_line_with_its_traceback(self) -> None:
        try:
            dict[str, int]()["gift"]
        except KeyError as error:
            said = formatted("json", "gift %s cannot be followed", 7, error=error)
            words = formatted("text", "gift %s cannot be followed", 7, error=error)
        assert "\n" not in said
        assert json.loads(said)["exception"].endswith("KeyError: 'gift'")
        assert words.splitlines()[-1] == "KeyError: 'gift'", "the simulation looks for this"


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("550 <zoe.o'brien+x@donor.example>: no", "550 <…@…>: no"),
        ("q=zoe%40donor.example&page=2", "q=…@…&page=2"),
        ("żółw@bücher.example", "…@…"),
        ("postgresql://manul:secret@db/manul", "postgresql://…@db/manul"),
        ("paid to SE45 5000 0000 0583 9825 7466 today", "paid to IBAN… today"),
        ("DE89370400440532013000", "IBAN…"),
        ("card 4242 4242 4242 4242", "card …"),
        ("4242424242424242", "…"),
        ("Invalid API Key: sk_test_abc123", "Invalid API Key: sk_…"),
        ("pi_1A_secret_x9", "pi_1A_secret_…"),
        ("Authorization: Bearer abc.def", "Authorization: Bearer …"),
        (
            "duplicate key\nDETAIL:  Failing row contains (1, Zoë,\nStone Street 4).\nCONTEXT: x",
            "duplicate key\nDETAIL: …\nCONTEXT: x",
        ),
    ],
)
def test_what_slips_in_is_masked(said: str, kept: str) -> None:
    assert logs.masked(said) == kept


@pytest.mark.parametrize(
    "said",
    [
        "evt_1PqRsT ch_3AB pi_3ABcDe MF-2026-000184 gift:12",
        "2026-11-26T18:22:41.251000Z 1764180000.123456",
        "6a4c7f0e-3f62-4a4f-9d6a-2f2b7a0f3c11",
        "EUR 1234567.50, sum 123456789012",
        "a5f3" * 16,
    ],
)
def test_what_is_needed_to_find_something_stays(said: str) -> None:
    assert logs.masked(said) == said


class TestRequests:
    @pytest.mark.django_db
    def test_every_line_and_the_answer_bear_its_number(self, client: Client, log: Log) -> None:
        answer = client.get("/verify/NOTHING-OF-OURS/")
        number = answer["X-Request-ID"]
        assert re.fullmatch(r"[0-9a-f]{8}", number)
        (line,) = log.events("request")
        assert line["request"] == number
        assert (line["method"], line["route"]) == ("GET", "verify/<str:code>/")
        assert isinstance(line["ms"], int)
        assert "NOTHING" not in log.getvalue()

    @pytest.mark.django_db
    def test_the_number_of_a_proxy_is_taken_over_when_it_is_one(self, client: Client) -> None:
        number = "6a4c7f0e-3f62-4a4f-9d6a-2f2b7a0f3c11"
        assert client.get("/about/", headers={"X-Request-ID": number})["X-Request-ID"] == number
        for other in ("alice@donor.example", "zoe", "a" * 65, "x\r\ny", "12345678 alice"):
            answer = client.get("/about/", headers={"X-Request-ID": other})
            assert re.fullmatch(r"[0-9a-f]{8}", answer["X-Request-ID"])

    @pytest.mark.django_db
    def test_a_refusal_shows_the_number_of_its_line(self, client: Client, log: Log) -> None:
        cache.clear()
        for _ in range(31):
            answer = client.get("/verify/NOTHING-OF-OURS/")
        cache.clear()
        assert answer.status_code == 429
        (line,) = log.events("refused")
        assert line["request"] == answer["X-Request-ID"]
        assert line["request"] in answer.text

    @pytest.mark.django_db
    def test_one_request_leaves_nothing_to_the_next(self, client: Client, log: Log) -> None:
        client.get("/about/")
        logging.getLogger("x").warning("between")
        (line,) = log.events("between")
        assert "request" not in line

    @pytest.mark.django_db
    def test_supervisors_fill_no_log(self, client: Client, log: Log) -> None:
        client.get("/healthz")
        assert log.events("request") == []


@app.task(name="tests.tell", shared=False)
def tell() -> None:
    logging.getLogger("x").warning("told")


def test_a_task_bears_its_own_number_and_that_of_its_request(committed: None, log: Log) -> None:
    # A worker that starts sets the log up anew, which takes handlers off the root.
    logging.getLogger("x").addHandler(log.handler)
    with app.connection_for_write() as broker:
        broker.default_channel.client.delete("celery")
    with start_worker(app, pool="solo", perform_ping_check=False, shutdown_timeout=30):
        logs.begin(request="0123abcd")
        app.send_task("tests.tell")
        logs.end()
        app.send_task("tests.tell")
        for _ in range(200):
            if len(log.events("told")) == 2:
                break
            time.sleep(0.05)
    logging.getLogger("x").removeHandler(log.handler)
    first, second = log.events("told")
    assert first["request"] == "0123abcd"
    assert "request" not in second
    assert first["task"] != second["task"]
    assert first["job"] == "tests.tell"


def test_no_line_names_anybody_or_opens_anything(
    client: Client,
    log: Log,
    server: MailServer,
    stripe: Sandbox,
    general: Fund,
    visitor: Visitor,
) -> None:
    cache.clear()
    sent = _a_life(client, server, stripe, general, visitor)
    written = log.getvalue()
    assert len(log.lines()) > 20
    for event in ("request", "mail refused", "code not mailed", "mail came back", "refused"):
        assert log.events(event), f"nothing was said of {event}"
    secrets = {
        "Wolfeschlegel", "Zoë", "wolfe", "donor.example", "cast.example", "Grüße vom Berg",
        IBAN, IBAN.replace(" ", ""), OTHER_IBAN, OTHER_IBAN.replace(" ", ""), "Steppe Team",
        KEY, SECRET, settings.SECRET_KEY, "Stenbacken", *sent,
    }  # fmt: skip
    for person in ("Alice", "Asel", "Tara", "Pat ", "Dan "):
        secrets.add(person)
    assert [secret for secret in secrets if secret in written] == []
    assert "…@…" in written, "the mail server's words were not even there to be masked"


def _a_life(
    client: Client, server: MailServer, stripe: Sandbox, general: Fund, visitor: Visitor
) -> set[str]:
    """Everything that could let something slip. Returns further secrets: codes and tokens."""
    who = {"name": "Zoë Wolfeschlegel", "email": "wolfe@donor.example"}
    client.post("/give/", filled(general, **who, message="Grüße vom Berg"))
    gift = Gift.objects.get()
    visitor.pays(gift)
    visitor.waits()
    send(client, paid_event(stripe, gift))
    send(client, paid_event(stripe, gift), "t=1,v1=forged")
    tasks.drain()
    gift = gifts.follow(gift.pk)
    server.rcpt = ["550 5.1.1 <wolfe@donor.example> Wolfe is unknown here"]
    receipts.sweep()
    outbox.send_due()
    _come_back(server, gift)
    secrets = _sign_in(client, server, who["email"])
    give_back(gift, 1000)
    jobs.sweep_once()
    _break(who["email"])
    _bank_details()
    # Which language a browser reads is no secret.
    client.cookies.pop(settings.LANGUAGE_COOKIE_NAME, None)
    return secrets | {cookie.value for cookie in client.cookies.values()}


def _come_back(server: MailServer, gift: Gift) -> None:
    receipts.resend(receipt_id=gift.receipts.get().pk, actor="user:1")
    Mail.objects.update(error="")
    outbox.send_due()
    for mail in Mail.objects.filter(state="sent"):
        bounces.take(report(mail))


def _sign_in(client: Client, server: MailServer, email: str) -> set[str]:
    server.rcpt = ["451 4.7.1 <wolfe@donor.example> Wolfe must wait"]
    client.post("/accounts/login/code/", {"email": email})
    client.post("/accounts/login/code/", {"email": email})
    code = code_in(server)
    wrong = other_than(code)
    client.post("/accounts/login/code/confirm/", {"code": wrong})
    client.post("/accounts/login/code/confirm/", {"code": code})
    client.get("/account/")
    for _ in range(31):
        client.get("/verify/SOMEBODYS-PAPER-CODE/")
    return {code, wrong, "SOMEBODYS"}


def _break(email: str) -> None:
    """Errors whose words are full of people: of the rows that they tried to write."""
    logger, name = logging.getLogger("funding.jobs"), "Wolfeschlegel"
    for attempt in (
        lambda: Donor.objects.create(name=name, email=email, created_at=clock.now()),
        lambda: Donor.objects.create(name="", email=f"x{email}", created_at=clock.now()),
        lambda: make_person(email, name),
    ):
        try:
            with transaction.atomic():
                attempt()
        except IntegrityError:
            logger.exception("round failed name=%s", "gifts")


def _bank_details() -> None:
    set_ = stage()
    asel = browser(set_.asel, factor=False)
    asel.post(at(set_.award, "bank"), account())
    asel.post(at(set_.award, "bank"), account(iban=OTHER_IBAN))
    asel.post(at(set_.award, "bank"), account(iban="SE45 not one"))
