"""Legs are found by their entry, whatever the planner was told of the journal.

An entry was joined with its entity, and legs with their funds. Where the database's housekeeping
had counted an empty journal, the planner went from the one entity over all its entries, and kept
to that while a file of a hundred thousand gifts was written: each leg took longer than the last.
Now each question has one index that answers it; OFFSET 0 keeps the joins apart.
"""

from django.db import migrations

START = """
CREATE OR REPLACE FUNCTION ledger_legs() RETURNS trigger LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
DECLARE
    written record;
    home record;
    sums record;
    broken text;
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        PERFORM public.ledger_refuse_isolation();
    END IF;
    FOR written IN
        SELECT a.entry_id, count(*) AS legs FROM added a GROUP BY a.entry_id ORDER BY a.entry_id
    LOOP
        -- Closing a period takes this row FOR UPDATE: either we wait for it and then see the
        -- closed period below, or it waits for us and then sees our entry.
"""
JOINED = """
        SELECT e.entity_id, e.happened_on, e.key INTO home
        FROM public.ledger_entry e JOIN public.parties_entity n ON n.id = e.entity_id
        WHERE e.id = written.entry_id
        FOR KEY SHARE OF n;
"""
APART = """
        SELECT e.entity_id, e.happened_on, e.key INTO home
        FROM public.ledger_entry e WHERE e.id = written.entry_id;
        PERFORM FROM public.parties_entity n WHERE n.id = home.entity_id FOR KEY SHARE;
"""
FUNDS = """
        -- A fund's currency, owner and nature stay as they are while they are judged here.
"""
JOINED_FUNDS = """
        PERFORM FROM public.ledger_posting p JOIN public.ledger_fund f ON f.id = p.fund_id
        WHERE p.entry_id = written.entry_id
        FOR KEY SHARE OF f;

"""
APART_FUNDS = """
        PERFORM FROM public.ledger_fund f
        WHERE f.id IN (SELECT p.fund_id FROM public.ledger_posting p
                       WHERE p.entry_id = written.entry_id OFFSET 0)
        FOR KEY SHARE OF f;

"""
SUMS = """
        SELECT
            coalesce(sum(g.legs), 0) AS legs,
            coalesce(bool_or(g.total <> 0), false) AS is_unbalanced,
            coalesce(bool_or(g.is_elsewhere), false) AS is_elsewhere,
            coalesce(bool_or(g.is_other_currency), false) AS is_other_currency,
            coalesce(bool_or(g.is_beside_treasury), false) AS is_beside_treasury,
            coalesce(bool_or(g.held <> 0 OR g.committed <> 0), false) AS is_memo_alone,
            coalesce(sum(g.transfers) <> 0
                     OR min(g.currency) FILTER (WHERE g.transfers IS NOT NULL)
                        <> max(g.currency) FILTER (WHERE g.transfers IS NOT NULL), false)
                AS is_transfer_lost,
            EXISTS (
                SELECT FROM public.ledger_period d
                WHERE d.entity_id = home.entity_id AND d.closed_at IS NOT NULL
                  AND home.happened_on BETWEEN d.starts_on AND d.ends_on
            ) AS is_closed
        INTO sums
        FROM (
            SELECT
                p.fund_id,
                p.currency,
                count(*) AS legs,
                sum(p.amount_minor) AS total,
                bool_or(f.entity_id <> home.entity_id
                        OR coalesce(c.entity_id <> home.entity_id, false)) AS is_elsewhere,
                bool_or(p.currency <> f.currency
                        AND c.kind IN ('held', 'held_contra', 'committed', 'committed_contra',
                                       'transfers', 'brought_forward', 'grants', 'payable'))
                    AS is_other_currency,
                bool_or(f.is_treasury
                        AND c.kind NOT IN ('bank', 'clearing', 'in_transit', 'suspense',
                                           'refund_due', 'fx')) AS is_beside_treasury,
                coalesce(sum(p.amount_minor)
                         FILTER (WHERE c.kind IN ('held', 'held_contra')), 0) AS held,
                coalesce(sum(p.amount_minor)
                         FILTER (WHERE c.kind IN ('committed', 'committed_contra')), 0)
                    AS committed,
                sum(p.amount_minor) FILTER (WHERE c.kind = 'transfers') AS transfers
"""
JOINED_LEGS = """
            FROM public.ledger_posting p
            JOIN public.ledger_fund f ON f.id = p.fund_id
            JOIN public.ledger_account c ON c.code = p.account_id
            WHERE p.entry_id = written.entry_id
"""
APART_LEGS = """
            FROM (SELECT * FROM public.ledger_posting o
                  WHERE o.entry_id = written.entry_id OFFSET 0) p
            JOIN public.ledger_fund f ON f.id = p.fund_id
            JOIN public.ledger_account c ON c.code = p.account_id
"""
END = """
            GROUP BY p.fund_id, p.currency
        ) g;

        broken := CASE
            WHEN sums.legs > written.legs THEN 'posting_comes_with_its_entry'
            WHEN sums.legs < written.legs OR home IS NULL THEN 'posting_names_what_exists'
            WHEN sums.is_unbalanced THEN 'entry_balances'
            WHEN sums.legs < 2 THEN 'entry_is_whole'
            WHEN sums.is_elsewhere THEN 'entry_stays_in_its_entity'
            WHEN sums.is_other_currency THEN 'posting_is_in_the_currency_of_its_fund'
            WHEN sums.is_beside_treasury THEN 'treasury_only_moves_money'
            WHEN sums.is_memo_alone THEN 'memo_has_its_contra'
            WHEN sums.is_transfer_lost THEN 'transfers_cancel_out'
            WHEN sums.is_closed THEN 'period_is_open'
        END;
        IF broken IS NOT NULL THEN
            RAISE EXCEPTION 'entry % breaks the rule %', home.key, broken
            USING ERRCODE = 'check_violation', CONSTRAINT = broken, TABLE = 'ledger_posting',
                  DETAIL = json_build_object('entry', home.key, 'happened_on', home.happened_on);
        END IF;
    END LOOP;
    RETURN NULL;
END $$;
"""


class Migration(migrations.Migration):
    replaces = [("ledger", "0019_legs_by_their_entry")]
    dependencies = [("ledger", "0011_final_without_entry")]

    operations = [
        migrations.RunSQL(
            START + APART + FUNDS + APART_FUNDS + SUMS + APART_LEGS + END,
            START + JOINED + FUNDS + JOINED_FUNDS + SUMS + JOINED_LEGS + END,
        ),
    ]
