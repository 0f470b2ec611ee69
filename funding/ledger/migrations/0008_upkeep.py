"""Vacuum settings for the two tables that the fold keeps rewriting.

Deltas live for seconds, so the table is all dead rows before the general thresholds notice,
and every reader of a balance would step over them. Balance rows leave room for their own
next version on the same page.
"""

from django.db import migrations

UPKEEP = """
ALTER TABLE ledger_balancedelta SET (
    autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000,
    autovacuum_vacuum_cost_delay = 0, autovacuum_analyze_scale_factor = 0,
    autovacuum_analyze_threshold = 1000
);
ALTER TABLE ledger_balance SET (
    fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 200
);
"""

NO_UPKEEP = """
ALTER TABLE ledger_balance RESET (
    fillfactor, autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold
);
ALTER TABLE ledger_balancedelta RESET (
    autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold, autovacuum_vacuum_cost_delay,
    autovacuum_analyze_scale_factor, autovacuum_analyze_threshold
);
"""


class Migration(migrations.Migration):
    replaces = [("ledger", "0009_upkeep")]
    dependencies = [("ledger", "0007_two_people")]

    operations = [
        migrations.RunSQL(UPKEEP, NO_UPKEEP),
    ]
