"""The people of a simulation: they fill in forms, pay, leave, and look at the thank-you page."""

import http.client
import json
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode, urlsplit

from donors import gifts
from donors.fees import cover_for
from donors.gifts import Wish
from donors.models import Gift
from funding.errors import Refused
from funding.gateway.client import Rejected
from funding.money import Money
from funding.sandbox.stripe.accounts import ACCOUNTS
from tests.simulation.plan import Facts
from tests.simulation.stage import Stage

# A page may be slow while the queue is away, but not so slow that a visitor leaves.
PATIENCE_SECONDS = 20
_CSRF = "simulation" + "x" * 22


@dataclass
class Visit:
    """One wish of one visitor, and how far it has come as the visitor knows."""

    facts: Facts
    token: uuid.UUID
    session: str = ""

    @property
    def gift(self) -> Gift | None:
        """The gift that became of it, if any did."""
        return Gift.objects.filter(form_token=self.token).first()


class Visitors:
    """Everybody who comes to the site, by the number of the gift in the plan."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.visits: dict[int, Visit] = {}

    def gift(self, number: int) -> Gift | None:
        """The gift of this number, if it exists."""
        visit = self.visits.get(number)
        return visit.gift if visit else None

    def wishes(self, facts: Facts) -> Visit:
        """Send the form, as often as the facts say; the visit knows where to pay."""
        token = uuid.uuid5(uuid.NAMESPACE_OID, f"{self.stage.seed}:{facts['gift']}")
        visit = Visit(facts, token)
        self.visits[facts["gift"]] = visit
        self.sends(visit)
        return visit

    def sends(self, visit: Visit) -> None:
        """Send the form of a visit, perhaps again."""
        send = self._by_rule if len(visit.facts["funds"]) > 1 else self._by_form
        if visit.facts["sent"] == "twice at once":
            with ThreadPoolExecutor(2) as pool:
                places = list(pool.map(lambda _: _closing(send, visit), range(2)))
        else:
            times = 2 if visit.facts["sent"] == "twice" else 1
            places = [send(visit) for _ in range(times)]
        visit.session = next((each for each in places if each), visit.session)

    def _by_form(self, visit: Visit) -> str:
        form = self._form(visit)
        status, place = self.post("/give/", form, visit)
        if status == HTTPStatus.CONFLICT:
            status, place = self.post("/give/", form | {"confirm": "1"}, visit)
        ordinary = {
            HTTPStatus.SEE_OTHER,
            HTTPStatus.SERVICE_UNAVAILABLE,
            HTTPStatus.TOO_MANY_REQUESTS,
            0,
        }
        if status not in ordinary:
            self.stage.tell(f"the form was answered {status}")
        return _session(place)

    def _form(self, visit: Visit) -> dict[str, str]:
        facts = visit.facts
        fund = self.stage.funds[facts["funds"][0]]
        form = {
            "token": str(visit.token),
            "shown": facts["currency"],
            "amount": Money(facts["minor"], facts["currency"]).plain(),
            "currency": facts["currency"],
            "fund": fund.slug,
            "name": f"Donor {facts['donor']}",
            "email": f"donor{facts['donor']}@donor.example",
            "csrfmiddlewaretoken": _CSRF,
        }
        return form | ({"cover": "on"} if facts["cover"] else {})

    def _by_rule(self, visit: Visit) -> str:
        """The form offers one fund; a gift to several is started as the form would."""
        facts = visit.facts
        amount = Money(facts["minor"], facts["currency"])
        lines = tuple(
            (self.stage.funds[index].pk, amount.minor + 7 * place)
            for place, index in enumerate(facts["funds"])
        )
        total = Money(sum(minor for _, minor in lines), amount.currency)
        wish = Wish(
            token=visit.token,
            entity_id=self.stage.entity.pk,
            lines=lines,
            currency=amount.currency,
            cover_minor=cover_for(total).minor if facts["cover"] else 0,
            name=f"Donor {facts['donor']}",
            email=f"donor{facts['donor']}@donor.example",
            message="",
            news=False,
            language="en",
        )
        gift = gifts.start(wish)
        try:
            return _session(gifts.checkout(gift.pk))
        except (Refused, Rejected):
            return ""

    def pays(self, visit: Visit, means: str, three_d_secure: str = "complete") -> str:
        """Pay on the payment page with a card, or let an account be debited; what it said."""
        if not visit.session:
            return "there is no page"
        kind = "account" if means in ACCOUNTS else "card"
        wanted = {"session": visit.session, kind: means, "three_d_secure": three_d_secure}
        status, _, body = self.stage.stripe.call("POST", "/_control/pay", json.dumps(wanted))
        answer: dict[str, Any] = json.loads(body)
        return str(answer["state"]) if status == 200 else str(answer["error"].get("code"))

    def looks(self, visit: Visit) -> None:
        """Open the thank-you page."""
        gift = visit.gift
        if gift is None:
            return
        status, _ = self.get(f"/give/thanks/?gift={gift.uuid}", visit)
        if status not in {200, 0, HTTPStatus.TOO_MANY_REQUESTS}:
            self.stage.tell(f"the thank-you page answered {status}")

    def get(self, path: str, visit: Visit) -> tuple[int, str]:
        """Status and place of an answer; status 0 when nobody answered."""
        return self._ask("GET", path, None, visit)

    def post(self, path: str, form: dict[str, str], visit: Visit) -> tuple[int, str]:
        """The same for a form."""
        return self._ask("POST", path, urlencode(form), visit)

    def _ask(self, method: str, path: str, body: str | None, visit: Visit) -> tuple[int, str]:
        stage = self.stage
        number, cuts = visit.facts["donor"], stage.cuts
        headers = {
            "Cookie": f"csrftoken={_CSRF}",
            "Content-Type": "application/x-www-form-urlencoded",
            "X-Forwarded-For": f"10.0.{number // 250}.{number % 250}",
        }
        connection = http.client.HTTPConnection("127.0.0.1", stage.port, timeout=PATIENCE_SECONDS)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            answer.read()
            status, place = answer.status, answer.getheader("location") or ""
            stage.web.has_answered = True
        except TimeoutError:
            stage.tell(f"{method} {path} was not answered in {PATIENCE_SECONDS} seconds")
            return 0, ""
        except (OSError, http.client.HTTPException):
            if stage.web.is_up and stage.web.has_answered:
                stage.tell(f"{method} {path} was cut off by a web server that is up")
            return 0, ""
        finally:
            connection.close()
        if status == 500 and stage.cuts != cuts:
            return 0, ""
        return status, place


def _session(place: str) -> str:
    """The payment page's session in an address, or nothing."""
    last = urlsplit(place).path.rstrip("/").rpartition("/")[2]
    return last if last.startswith("cs_") else ""


def _closing(send: Any, visit: Visit) -> str:
    from django.db import connections

    try:
        place: str = send(visit)
        return place
    finally:
        connections.close_all()
