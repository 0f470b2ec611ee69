"""Many givers out of one: rows written straight into the tables, as the years would leave them.

Columns that nothing is said of are those of the row that was made by the product's own rules.
"""

from typing import Any, Final

import psycopg

_DONORS: Final = """
INSERT INTO donors_donor SELECT r.* FROM donors_donor m, generate_series(1, {donors}) n,
LATERAL jsonb_populate_record(m, jsonb_build_object(
    'id', m.id + n, 'name', 'Donor Example ' || n, 'email', 'donor' || n || '@donor.example'
)) r WHERE m.id = {donor}
"""
# Every so manieth gift is the first donor's.
_GIFTS: Final = """
INSERT INTO donors_gift SELECT r.* FROM donors_gift m, generate_series(1, {gifts}) n,
LATERAL jsonb_populate_record(m, jsonb_build_object(
    'id', m.id + n, 'uuid', gen_random_uuid(), 'form_token', gen_random_uuid(),
    'reference', 'R-' || n,
    'donor_id', CASE WHEN n % {every} = 0 THEN {donor} ELSE {donor} + 1 + n % {donors} END
)) r WHERE m.id = {gift}
"""
_LINES: Final = """
INSERT INTO donors_giftline (gift_id, fund_id, amount_minor, cover_minor, position)
SELECT {gift} + n, {fund}, 2550, 0, 0 FROM generate_series(1, {gifts}) n
"""
_ENTRIES: Final = """
INSERT INTO ledger_entry
    (id, entity_id, key, reason, cause, actor, happened_on, booked_at, final_at)
SELECT m.id + n, m.entity_id, 'gift:' || {gift} + n || ':settle', m.reason, 'gift:' || {gift} + n,
       m.actor, m.happened_on, m.booked_at, m.final_at
FROM ledger_entry m, generate_series(1, {gifts}) n WHERE m.cause = 'gift:{gift}'
"""
_POSTINGS: Final = """
INSERT INTO ledger_posting (entry_id, account_id, fund_id, currency, amount_minor)
SELECT e.id + n, m.account_id, m.fund_id, m.currency, m.amount_minor
FROM ledger_entry e JOIN ledger_posting m ON m.entry_id = e.id, generate_series(1, {gifts}) n
WHERE e.cause = 'gift:{gift}' ORDER BY n
"""
_PLACES: Final = """
INSERT INTO ledger_traced (entry_id, place)
SELECT m.entry_id + n, m.place + n FROM ledger_traced m, generate_series(1, {gifts}) n
"""
_LOTS: Final = """
INSERT INTO ledger_lot (fund_id, start, stop, cause, entry_id)
SELECT m.fund_id, m.start + n * 2550, m.stop + n * 2550, 'gift:' || {gift} + n, m.entry_id + n
FROM ledger_lot m, generate_series(1, {gifts}) n
"""
# An award takes what five hundred gifts brought; the last tenth of all waits in the fund.
_DEMANDS: Final = """
INSERT INTO ledger_demand (id, fund_id, kind, cause, entry_id, amount_minor, filled_minor,
                           waiting_minor, returned_minor)
SELECT n, {fund}, 'award', 'award:' || n, m.entry_id, {each} * 2550, {each} * 2550, 0, 0
FROM ledger_lot m, generate_series(1, {gifts} * 9 / 10 / {each}) n WHERE m.cause = 'gift:{gift}'
"""
_SEGMENTS: Final = """
INSERT INTO ledger_segment (fund_id, start, stop, demand_id, "offset", entry_id)
SELECT fund_id, (id - 1) * amount_minor, id * amount_minor, id, 0, entry_id FROM ledger_demand
"""
_AFTER: Final = "SELECT setval(pg_get_serial_sequence('{0}', 'id'), (SELECT max(id) FROM {0}))"


def fill(root: "psycopg.Connection[Any]", world: dict[str, Any], *, gifts: int, own: int) -> None:
    """So many further gifts, `own` of them the first donor's, the rest of a tenth as many donors.

    All are traced, and nine tenths of their money went to awards.
    """
    facts = world | {
        "gifts": gifts,
        "donors": max(2, gifts // 10),
        "every": gifts // own,
        "each": min(500, gifts // 4),
    }
    root.execute("SET session_replication_role = replica")
    steps = (_DONORS, _GIFTS, _LINES, _ENTRIES, _POSTINGS, _PLACES, _LOTS, _DEMANDS, _SEGMENTS)
    for step in steps:
        root.execute(step.format(**facts))
    for table in ("donors_donor", "donors_gift", "ledger_entry", "ledger_demand"):
        root.execute(_AFTER.format(table))
    root.execute("SET session_replication_role = origin")
    root.execute("VACUUM ANALYZE")
