"""PostgreSQL's own pgbench: an entry and two postings in tables that refuse nothing."""

import re
import subprocess
import tempfile
from pathlib import Path

from funding.sandbox.up import binaries
from tests.benchmarks.ground import OWNER, Ground
from tests.benchmarks.rounds import Slice

TABLES = """
CREATE TABLE entry (
    id bigserial PRIMARY KEY, entity_id bigint, key text, reason text, cause text, actor text,
    happened_on date, booked_at timestamptz
);
CREATE TABLE posting (
    id bigserial PRIMARY KEY, entry_id bigint, account text, fund_id bigint, currency text,
    amount_minor bigint
);
"""
HEAD = """
    INSERT INTO entry (entity_id, key, reason, cause, actor, happened_on, booked_at)
    VALUES (1, 'gift-' || :n::text || '-settle', 'gift', 'gift-' || :n::text, 'stripe',
            '2026-03-14', '2026-03-14') RETURNING id"""
# What a program does that knows nothing better: begin, entry, postings, commit.
FOUR_STEPS = f"""
\\set n random(1, 1000000000)
BEGIN;
{HEAD} \\gset
INSERT INTO posting (entry_id, account, fund_id, currency, amount_minor)
VALUES (:id, 'clearing-stripe', 1, 'EUR', 2500), (:id, 'gifts', 1, 'EUR', -2500);
COMMIT;
"""
# The least that a server can be asked: all in one statement.
ONE_STEP = f"""
\\set n random(1, 1000000000)
WITH e AS ({HEAD})
INSERT INTO posting (entry_id, account, fund_id, currency, amount_minor)
SELECT e.id, v.account, 1, 'EUR', v.minor
FROM e, (VALUES ('clearing-stripe', 2500), ('gifts', -2500)) v (account, minor);
"""
_TPS = re.compile(r"tps = ([0-9.]+) \(without initial connection time\)")


class Pgbench:
    """One connection of pgbench with prepared statements."""

    def __init__(self, ground: Ground, name: str) -> None:
        self._address = ground.address(OWNER, ground.empty(name))
        with ground.superuser(name) as root:
            root.execute(f"SET ROLE {OWNER}")
            root.execute(TABLES)
        self._guess = 300.0

    def slice(self, script: str, seconds: float) -> Slice:
        """Run a script for about so long."""
        count = max(20, round(self._guess * seconds))
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "script.sql")
            path.write_text(script)
            done = subprocess.run(
                [binaries.postgres("pgbench"), "-n", "-M", "prepared", "-t", str(count),
                 "-f", path, self._address],
                stdout=subprocess.PIPE, check=True, text=True,
            )  # fmt: skip
        found = _TPS.search(done.stdout)
        assert found, done.stdout
        self._guess = float(found.group(1))
        return Slice(count, count / self._guess, 0)
