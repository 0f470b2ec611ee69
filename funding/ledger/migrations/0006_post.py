"""One call writes an entry, its legs and what they add to the balances.

It computes nothing: the rule in Python merges and balances the legs, the triggers judge them.
One round trip and plans that the server keeps are what make posting fast.
"""

from django.db import migrations

POST = """
CREATE FUNCTION ledger_post(
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
    END IF;
    RETURN written;
END $$;
"""

NO_POST = """
DROP FUNCTION ledger_post(
    bigint, text, text, text, text, date, timestamptz, timestamptz, bigint,
    text[], bigint[], text[], bigint[]
);
"""


class Migration(migrations.Migration):
    replaces = [("ledger", "0007_post")]
    dependencies = [("ledger", "0005_periods")]

    operations = [
        migrations.RunSQL(POST, NO_POST),
    ]
