"""Tell the Stripe sandbox once where the product wants to be told of events."""

import json
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

from funding.sandbox.up.environment import Keys
from funding.sandbox.up.reasons import CannotStart

API_VERSION = "2026-10-28.endive"


def register(address: str, keys: Keys, url: str) -> None:
    """See to it that an endpoint with this url exists, and keep its id and secret."""
    known = keys["webhook_endpoint"]
    found = _ask(address, keys, "GET", f"/v1/webhook_endpoints/{known}") if known else None
    if found and found.get("url") == url and found.get("status") == "enabled":
        return
    if found:
        # The ports have moved: deliveries that are still owed follow to the new address.
        if _ask(address, keys, "POST", f"/v1/webhook_endpoints/{known}", [("url", url)]):
            return
        raise CannotStart("The sandbox did not take the new address of the webhook endpoint.")
    fields = [("url", url), ("api_version", API_VERSION), ("enabled_events[]", "*")]
    made = _ask(address, keys, "POST", "/v1/webhook_endpoints", fields)
    if not made:
        raise CannotStart("The sandbox did not register the webhook endpoint.")
    _pay_out_daily(address)
    keys.keep(webhook_endpoint=made["id"], webhook_secret=made["secret"])


def _pay_out_daily(address: str) -> None:
    """From now on each night what is available goes to the bank, as Stripe begins an account."""
    wanted = json.dumps({"schedule": "daily"}).encode()
    request = urllib.request.Request(f"{address}/_control/payouts", method="POST", data=wanted)
    with urllib.request.urlopen(request, timeout=20):
        return


def _ask(
    address: str, keys: Keys, method: str, path: str, fields: list[tuple[str, str]] | None = None
) -> dict[str, Any] | None:
    """The sandbox's answer, or nothing for 404."""
    request = urllib.request.Request(
        address + path,
        method=method,
        data=urllib.parse.urlencode(fields).encode() if fields else None,
        headers={"Authorization": f"Bearer {keys['stripe_key']}"},
    )
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            body: dict[str, Any] = json.load(answer)
            return body
    except urllib.error.HTTPError as error:
        if error.code == 404:
            return None
        text = error.read().decode(errors="replace")
        raise CannotStart(f"The sandbox answered {error.code} to {path}: {text}") from error
