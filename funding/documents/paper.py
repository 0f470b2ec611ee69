"""What every paper is told: who issued it, its number, its logo and the code to check it."""

import base64
import datetime as dt
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from django.utils.translation import get_language, to_locale
from django_countries import countries

from funding.parties.models import Entity


def entity_facts(entity: Entity) -> dict[str, object]:
    """What papers print of the body that issues them, for a snapshot."""
    # Only where there is one, so that papers of bodies without stay what they were.
    second = {
        "cosignatory_name": entity.cosignatory_name,
        "cosignatory_role": entity.cosignatory_role,
    }
    return (second if entity.cosignatory_name else {}) | {
        "legal_name": entity.legal_name,
        "registration_number": entity.registration_number,
        "address": entity.address.splitlines(),
        "country": entity.country,
        "contact_email": entity.contact_email,
        "tax_regime": entity.tax_regime,
        "signatory_name": entity.signatory_name,
        "signatory_role": entity.signatory_role,
        "logo": entity.logo,
        "is_illustrative": entity.is_illustrative,
    }


def context(facts: dict[str, Any]) -> dict[str, Any]:
    """The part of a page's context that is the same for every kind of paper."""
    document = facts["document"]
    verify = f"{facts['site_url']}/verify/{document['verify_text']}/"
    return {
        "entity": facts["entity"],
        "document": document | {"issued_on": dt.date.fromisoformat(document["issued_on"])},
        "language": get_language(),
        "logo": _picture(facts["entity"].get("logo", "")),
        "verify_code": _qr(verify),
        "verify_text": verify.partition("://")[2].rstrip("/"),
    }


def giver(facts: dict[str, Any]) -> dict[str, Any]:
    """Whom a paper is for, with the country of an organisation by its name."""
    told = {"address": [], "registration_number": "", "association": "", "logo": ""} | facts
    return told | {"country": str(countries.name(told.get("country", "")))}


def locale() -> str:
    """The locale in which a paper writes its amounts."""
    return to_locale(get_language() or "en")


def time(instant: str, zone: str) -> str:
    """'18:42 CET': the time of an ISO instant where the entity is."""
    local = dt.datetime.fromisoformat(instant).astimezone(ZoneInfo(zone))
    name = local.tzname() or ""
    return f"{local:%H:%M} {name if name.isalpha() else 'UTC' + name}"


def _picture(svg: str) -> str:
    """An entity's logo as an address for <img>: as a picture it cannot add to the page."""
    if not svg:
        return ""
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()


def _qr(text: str) -> str:
    """A QR code as an address for <img>: a stroke for each run of dark modules.

    Strokes as high as a module draw in half the time of filled boxes.
    """
    from qrcode import QRCode
    from qrcode.constants import ERROR_CORRECT_M

    # Trying all eight masks costs more than the rest of the code. Over addresses like ours the
    # sixth is within a twentieth of the best (least penalty points, mean and worst).
    code = QRCode(error_correction=ERROR_CORRECT_M, border=0, mask_pattern=6)
    code.add_data(text)
    code.make(fit=True)
    rows = code.get_matrix()
    size = len(rows)
    path = "".join(
        f"M{start},{y}.5h{length}" for y, row in enumerate(rows) for start, length in _runs(row)
    )
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}">'
        f'<path stroke="#000" d="{path}"/></svg>'
    )
    return "data:image/svg+xml," + quote(svg, safe="/:=,")


def _runs(row: list[bool]) -> list[tuple[int, int]]:
    """Start and length of each run of dark modules."""
    runs: list[tuple[int, int]] = []
    for x, dark in enumerate(row):
        if not dark:
            continue
        if runs and sum(runs[-1]) == x:
            runs[-1] = (runs[-1][0], runs[-1][1] + 1)
        else:
            runs.append((x, 1))
    return runs
