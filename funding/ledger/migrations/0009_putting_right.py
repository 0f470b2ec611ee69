"""Putting an entry right is not refused for a fund that a refund has pushed under zero.

Taking an approved payment back turns a debt into a promise again: what the fund has free stays
the same, and a thief's account must be stoppable whatever the fund holds.
"""

from django.db import migrations

HEAD = """
CREATE OR REPLACE FUNCTION ledger_fund_is_not_overdrawn() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    pot record;
    has record;
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        PERFORM public.ledger_refuse_isolation();
    END IF;
    SELECT f.id, f.name, f.currency, f.closed_on INTO pot
    FROM public.ledger_fund f WHERE f.id = NEW.fund_id FOR NO KEY UPDATE;
    -- A new statement sees what was committed while we waited for the lock.
    SELECT g.available_minor, g.currency INTO has
    FROM public.ledger_figures(ARRAY[NEW.fund_id]) g;
    IF pot.closed_on IS NOT NULL AND NEW.account_id <> 'transfers' THEN
        PERFORM public.ledger_refuse_overdraft('fund_is_open', pot.id, pot.name,
                                               has.available_minor, has.currency);
    END IF;
"""
EXEMPT = """
    -- A mirror that lowers nothing of what is spendable in this fund.
    IF has.available_minor < 0
       AND EXISTS (SELECT FROM public.ledger_entry e
                   WHERE e.id = NEW.entry_id AND e.reverses_id IS NOT NULL)
       AND (SELECT coalesce(sum(p.amount_minor), 0)
            FROM public.ledger_posting p
            JOIN public.ledger_account a ON a.code = p.account_id AND a.is_spendable
            WHERE p.entry_id = NEW.entry_id AND p.fund_id = NEW.fund_id
              AND p.currency = pot.currency) >= 0
    THEN
        RETURN NULL;
    END IF;
"""
TAIL = """
    IF has.available_minor < 0 THEN
        PERFORM public.ledger_refuse_overdraft('fund_is_not_overdrawn', pot.id, pot.name,
                                               has.available_minor, has.currency);
    END IF;
    RETURN NULL;
END $$;
"""


class Migration(migrations.Migration):
    replaces = [("ledger", "0011_putting_right")]
    dependencies = [("ledger", "0008_upkeep")]

    operations = [
        migrations.RunSQL(HEAD + EXEMPT + TAIL, HEAD + TAIL),
    ]
