"""What the database refuses about tracing, and how an entry joins the queue.

Pennies are in one lot, in one segment and taken back once. Rows are written once; a demand
only counts what it has. Every entry that is booked waits to be traced, and so does all that
was booked before.
"""

from django.db import migrations

# Ranges have their own index support, so that no extension is needed for the fund's id.
APART = """
ALTER TABLE ledger_{table} ADD CONSTRAINT {name} EXCLUDE USING gist (
    int8range(fund_id, fund_id, '[]') WITH &&, int8range(start, stop) WITH &&
);
"""

TOGETHER = "ALTER TABLE ledger_{table} DROP CONSTRAINT {name};"

ONCE = """
CREATE TRIGGER lot_is_written_once
    BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_lot
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_written_once();
CREATE TRIGGER segment_is_written_once
    BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_segment
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_written_once();
CREATE TRIGGER gap_is_written_once
    BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_gap
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_written_once();

CREATE FUNCTION ledger_demand_only_counts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'demand % stays, and only counts what it has', OLD.id
    USING ERRCODE = 'check_violation', CONSTRAINT = 'demand_only_counts',
          TABLE = 'ledger_demand';
END $$;

CREATE TRIGGER demand_only_counts
    BEFORE UPDATE ON ledger_demand FOR EACH ROW
    WHEN ((OLD.id, OLD.fund_id, OLD.kind, OLD.cause, OLD.entry_id, OLD.amount_minor,
           OLD.target_id, OLD.instead_of)
          IS DISTINCT FROM (NEW.id, NEW.fund_id, NEW.kind, NEW.cause, NEW.entry_id,
                            NEW.amount_minor, NEW.target_id, NEW.instead_of)
          OR NEW.filled_minor < OLD.filled_minor OR NEW.waiting_minor > OLD.waiting_minor
          OR NEW.returned_minor < OLD.returned_minor)
    EXECUTE FUNCTION ledger_demand_only_counts();
CREATE TRIGGER demand_is_never_forgotten
    BEFORE DELETE OR TRUNCATE ON ledger_demand
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_written_once();

CREATE FUNCTION ledger_traced_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'entry % was traced and keeps its place', OLD.entry_id
    USING ERRCODE = 'check_violation', CONSTRAINT = 'traced_keeps_its_place',
          TABLE = 'ledger_traced';
END $$;

CREATE TRIGGER traced_keeps_its_place
    BEFORE UPDATE OR DELETE ON ledger_traced FOR EACH ROW WHEN (OLD.place IS NOT NULL)
    EXECUTE FUNCTION ledger_traced_stays();
"""

NOT_ONCE = """
DROP TRIGGER traced_keeps_its_place ON ledger_traced;
DROP FUNCTION ledger_traced_stays();
DROP TRIGGER demand_is_never_forgotten ON ledger_demand;
DROP TRIGGER demand_only_counts ON ledger_demand;
DROP FUNCTION ledger_demand_only_counts();
DROP TRIGGER gap_is_written_once ON ledger_gap;
DROP TRIGGER segment_is_written_once ON ledger_segment;
DROP TRIGGER lot_is_written_once ON ledger_lot;
"""

HEAD = """
CREATE OR REPLACE FUNCTION ledger_post(
    entity bigint, key text, reason text, cause text, actor text, happened_on date,
    booked_at timestamptz, final_at timestamptz, reverses bigint,
    accounts text[], funds bigint[], currencies text[], amounts bigint[]
) RETURNS bigint LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
DECLARE
    written bigint;
BEGIN
    INSERT INTO ledger_entry AS e (entity_id, key, reason, cause, actor, happened_on, booked_at,
                                   final_at, reverses_id)
    VALUES (entity, key, reason, cause, actor, happened_on, booked_at, final_at, reverses)
    ON CONFLICT ON CONSTRAINT ledger_entry_key_key DO NOTHING
    RETURNING e.id INTO written;
    IF written IS NOT NULL THEN
        INSERT INTO ledger_posting (entry_id, account_id, fund_id, currency, amount_minor)
        SELECT written, u.* FROM unnest(accounts, funds, currencies, amounts) u;
        INSERT INTO ledger_balancedelta (account_id, fund_id, currency, amount_minor)
        SELECT u.* FROM unnest(accounts, funds, currencies, amounts) u;
"""
QUEUE = """
        INSERT INTO ledger_traced (entry_id) VALUES (written);
"""
TAIL = """
    END IF;
    RETURN written;
END $$;
"""


def apart(table: str, name: str) -> migrations.RunSQL:
    """Rows of a table share no penny of a fund."""
    return migrations.RunSQL(
        APART.format(table=table, name=name), TOGETHER.format(table=table, name=name)
    )


class Migration(migrations.Migration):
    replaces = [("ledger", "0015_tracing_rules")]
    dependencies = [("ledger", "0009_putting_right")]

    operations = [
        apart("lot", "lots_do_not_overlap"),
        apart("segment", "segments_do_not_overlap"),
        apart("gap", "gaps_do_not_overlap"),
        migrations.RunSQL(ONCE, NOT_ONCE),
        migrations.RunSQL(HEAD + QUEUE + TAIL, HEAD + TAIL),
    ]
