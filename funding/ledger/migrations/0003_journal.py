"""What the database refuses in the journal. Triggers only refuse, they never compute.

Every refusal carries ERRCODE check_violation and the name of the rule as its constraint, so
that the rules translate it exactly as they do a row constraint.
"""

from django.db import migrations

WRITTEN_ONCE = """
CREATE FUNCTION ledger_written_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% on % is refused: it is written once', TG_OP, TG_TABLE_NAME
    USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME,
          HINT = 'Put a mistake right with a reversing entry.';
END $$;

CREATE TRIGGER entry_is_written_once
    BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_entry
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_written_once();
CREATE TRIGGER posting_is_written_once
    BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_posting
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_written_once();
"""

NOT_WRITTEN_ONCE = """
DROP TRIGGER posting_is_written_once ON ledger_posting;
DROP TRIGGER entry_is_written_once ON ledger_entry;
DROP FUNCTION ledger_written_once();
"""

# The ledger's locks are right only where each statement sees what others committed before
# it: a snapshot taken before the lock would overlook them.
ISOLATION = """
CREATE FUNCTION ledger_refuse_isolation() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the ledger is written under READ COMMITTED only, not %',
        current_setting('transaction_isolation')
    USING ERRCODE = 'check_violation', CONSTRAINT = 'isolation_is_read_committed';
END $$;
"""

# All legs of an entry come in one statement and are judged together at its end. So not even
# the transaction that writes it ever sees an entry out of balance, no leg can be slipped in
# later, and one call of the trigger serves all legs. The plan is made once for a session and
# must fit one entry in a long journal, whatever the session saw first: hence the settings.
LEGS = """
CREATE FUNCTION ledger_legs() RETURNS trigger LANGUAGE plpgsql
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
        SELECT e.entity_id, e.happened_on, e.key INTO home
        FROM public.ledger_entry e JOIN public.parties_entity n ON n.id = e.entity_id
        WHERE e.id = written.entry_id
        FOR KEY SHARE OF n;
        -- A fund's currency, owner and nature stay as they are while they are judged here.
        PERFORM FROM public.ledger_posting p JOIN public.ledger_fund f ON f.id = p.fund_id
        WHERE p.entry_id = written.entry_id
        FOR KEY SHARE OF f;

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
            FROM public.ledger_posting p
            JOIN public.ledger_fund f ON f.id = p.fund_id
            JOIN public.ledger_account c ON c.code = p.account_id
            WHERE p.entry_id = written.entry_id
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

CREATE TRIGGER entry_balances
    AFTER INSERT ON ledger_posting REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_legs();
"""

NO_LEGS = """
DROP TRIGGER entry_balances ON ledger_posting;
DROP FUNCTION ledger_legs();
"""

# An entry without any leg never meets the trigger above. Deferred, because an entry and its
# legs may be two statements of one transaction.
WHOLE = """
CREATE FUNCTION ledger_entry_is_whole() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM public.ledger_posting p WHERE p.entry_id = NEW.id) THEN
        RAISE EXCEPTION 'entry % has no postings', NEW.key
        USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_is_whole', TABLE = 'ledger_entry';
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER entry_is_whole
    AFTER INSERT ON ledger_entry DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION ledger_entry_is_whole();
"""

NOT_WHOLE = """
DROP TRIGGER entry_is_whole ON ledger_entry;
DROP FUNCTION ledger_entry_is_whole();
"""

# A reversal is the exact mirror of an entry that is not itself a reversal. That it happens
# once is held by the unique column.
REVERSAL = """
CREATE FUNCTION ledger_reversal_mirrors() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM public.ledger_entry o
        WHERE o.id = NEW.reverses_id
          AND (o.reverses_id IS NOT NULL OR o.entity_id <> NEW.entity_id)
    ) OR EXISTS (
        SELECT FROM public.ledger_posting p
        WHERE p.entry_id IN (NEW.id, NEW.reverses_id)
        GROUP BY p.fund_id, p.account_id, p.currency HAVING sum(p.amount_minor) <> 0
    ) THEN
        RAISE EXCEPTION 'entry % is not the mirror of entry %', NEW.key, NEW.reverses_id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'reversal_mirrors_its_entry',
              TABLE = 'ledger_entry';
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER reversal_mirrors_its_entry
    AFTER INSERT ON ledger_entry DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.reverses_id IS NOT NULL)
    EXECUTE FUNCTION ledger_reversal_mirrors();
"""

NO_REVERSAL = """
DROP TRIGGER reversal_mirrors_its_entry ON ledger_entry;
DROP FUNCTION ledger_reversal_mirrors();
"""

# A line of the chart means for ever what it meant when something was booked on it.
ACCOUNT = """
CREATE FUNCTION ledger_account_is_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'account % keeps its kind, its entity and what it counts for', OLD.code
    USING ERRCODE = 'check_violation', CONSTRAINT = 'account_keeps_its_meaning',
          TABLE = 'ledger_account';
END $$;

CREATE TRIGGER account_keeps_its_meaning
    BEFORE UPDATE ON ledger_account FOR EACH ROW
    WHEN ((OLD.code, OLD.kind, OLD.is_spendable, OLD.entity_id)
          IS DISTINCT FROM (NEW.code, NEW.kind, NEW.is_spendable, NEW.entity_id))
    EXECUTE FUNCTION ledger_account_is_fixed();
"""

ACCOUNT_NOT_FIXED = """
DROP TRIGGER account_keeps_its_meaning ON ledger_account;
DROP FUNCTION ledger_account_is_fixed();
"""


class Migration(migrations.Migration):
    replaces = [("ledger", "0004_journal")]
    dependencies = [("ledger", "0002_chart")]

    operations = [
        migrations.RunSQL(WRITTEN_ONCE, NOT_WRITTEN_ONCE),
        migrations.RunSQL(ISOLATION, "DROP FUNCTION ledger_refuse_isolation();"),
        migrations.RunSQL(LEGS, NO_LEGS),
        migrations.RunSQL(WHOLE, NOT_WHOLE),
        migrations.RunSQL(REVERSAL, NO_REVERSAL),
        migrations.RunSQL(ACCOUNT, ACCOUNT_NOT_FIXED),
    ]
