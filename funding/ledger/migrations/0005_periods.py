"""Periods of an entity do not overlap, and a closed one stays closed."""

from django.db import migrations

# Ranges have their own index support, so that no extension is needed for the entity's id.
APART = """
ALTER TABLE ledger_period ADD CONSTRAINT period_does_not_overlap EXCLUDE USING gist (
    int8range(entity_id, entity_id, '[]') WITH &&,
    daterange(starts_on, ends_on, '[]') WITH &&
);
"""

CLOSED = """
CREATE FUNCTION ledger_period_stays_closed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'period % was closed and stays as it is', OLD.name
    USING ERRCODE = 'check_violation', CONSTRAINT = 'period_stays_closed',
          TABLE = 'ledger_period';
END $$;

CREATE TRIGGER period_stays_closed
    BEFORE UPDATE OR DELETE ON ledger_period FOR EACH ROW WHEN (OLD.closed_at IS NOT NULL)
    EXECUTE FUNCTION ledger_period_stays_closed();

-- Every posting holds its entity's row FOR KEY SHARE. Closing waits for those that are being
-- written, and those that come later wait for the closing.
CREATE FUNCTION ledger_period_waits() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        PERFORM public.ledger_refuse_isolation();
    END IF;
    PERFORM FROM public.parties_entity n WHERE n.id = NEW.entity_id FOR UPDATE;
    RETURN NEW;
END $$;

CREATE TRIGGER period_waits_for_postings
    BEFORE INSERT OR UPDATE ON ledger_period FOR EACH ROW WHEN (NEW.closed_at IS NOT NULL)
    EXECUTE FUNCTION ledger_period_waits();
"""

NOT_CLOSED = """
DROP TRIGGER period_waits_for_postings ON ledger_period;
DROP FUNCTION ledger_period_waits();
DROP TRIGGER period_stays_closed ON ledger_period;
DROP FUNCTION ledger_period_stays_closed();
"""


class Migration(migrations.Migration):
    replaces = [("ledger", "0006_periods")]
    dependencies = [("ledger", "0004_funds")]

    operations = [
        migrations.RunSQL(
            APART, "ALTER TABLE ledger_period DROP CONSTRAINT period_does_not_overlap;"
        ),
        migrations.RunSQL(CLOSED, NOT_CLOSED),
    ]
