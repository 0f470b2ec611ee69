"""What a fund has, in one definition, and what the database refuses about funds."""

from django.db import migrations

# The one definition of what a fund has: rules, pages and the trigger below all read it. It is
# STABLE, so it sees what its calling statement sees, and folded and unfolded sums agree.
FIGURES = """
CREATE FUNCTION ledger_figures(fund_ids bigint[])
RETURNS TABLE (
    fund_id bigint, currency varchar, balance_minor bigint, held_minor bigint,
    committed_minor bigint, reserve_minor bigint, available_minor bigint
) LANGUAGE sql STABLE AS $$
    SELECT f.id, f.currency, s.balance, s.held, s.committed, f.reserve_minor,
           s.balance - s.held - s.committed - f.reserve_minor
    FROM public.ledger_fund f
    CROSS JOIN LATERAL (
        SELECT
            coalesce(sum(x.amount_minor)
                     FILTER (WHERE a.kind NOT IN ('held', 'committed')), 0)::bigint AS balance,
            -coalesce(sum(x.amount_minor) FILTER (WHERE a.kind = 'held'), 0)::bigint AS held,
            -coalesce(sum(x.amount_minor) FILTER (WHERE a.kind = 'committed'), 0)::bigint
                AS committed
        FROM (
            SELECT b.account_id, b.amount_minor FROM public.ledger_balance b
            WHERE b.fund_id = f.id AND b.currency = f.currency
            UNION ALL
            SELECT d.account_id, d.amount_minor FROM public.ledger_balancedelta d
            WHERE d.fund_id = f.id AND d.currency = f.currency
        ) x
        JOIN public.ledger_account a ON a.code = x.account_id
        WHERE a.is_spendable
    ) s
    WHERE f.id = ANY (fund_ids)
$$;
"""

# Holding, promising and moving out are refused when the fund does not have the money. The
# lock is the weak one: a gift's foreign key must not wait for it.
OVERDRAWN = """
CREATE FUNCTION ledger_refuse_overdraft(broke varchar, fund bigint, name varchar,
                                        available bigint, currency varchar)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'fund % would have % % left', fund, available, currency
    USING ERRCODE = 'check_violation', CONSTRAINT = broke, TABLE = 'ledger_fund',
          DETAIL = json_build_object('fund', name, 'available_minor', available,
                                     'currency', currency);
END $$;

CREATE FUNCTION ledger_fund_is_not_overdrawn() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    pot record;
    has record;
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        PERFORM public.ledger_refuse_isolation();
    END IF;
    SELECT f.id, f.name, f.closed_on INTO pot
    FROM public.ledger_fund f WHERE f.id = NEW.fund_id FOR NO KEY UPDATE;
    -- A new statement sees what was committed while we waited for the lock.
    SELECT g.available_minor, g.currency INTO has
    FROM public.ledger_figures(ARRAY[NEW.fund_id]) g;
    IF pot.closed_on IS NOT NULL AND NEW.account_id <> 'transfers' THEN
        PERFORM public.ledger_refuse_overdraft('fund_is_open', pot.id, pot.name,
                                               has.available_minor, has.currency);
    END IF;
    IF has.available_minor < 0 THEN
        PERFORM public.ledger_refuse_overdraft('fund_is_not_overdrawn', pot.id, pot.name,
                                               has.available_minor, has.currency);
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER fund_is_not_overdrawn
    AFTER INSERT ON ledger_posting DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW
    WHEN ((NEW.account_id IN ('held', 'committed') AND NEW.amount_minor < 0)
          OR (NEW.account_id = 'transfers' AND NEW.amount_minor > 0))
    EXECUTE FUNCTION ledger_fund_is_not_overdrawn();

CREATE FUNCTION ledger_reserve_is_there() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    has record;
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        PERFORM public.ledger_refuse_isolation();
    END IF;
    SELECT g.available_minor, g.currency INTO has FROM public.ledger_figures(ARRAY[NEW.id]) g;
    IF has.available_minor < 0 THEN
        PERFORM public.ledger_refuse_overdraft('fund_is_not_overdrawn', NEW.id, NEW.name,
                                               has.available_minor, has.currency);
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER fund_has_its_reserve
    AFTER UPDATE OF reserve_minor ON ledger_fund FOR EACH ROW
    WHEN (NEW.reserve_minor > OLD.reserve_minor)
    EXECUTE FUNCTION ledger_reserve_is_there();
"""

NOT_OVERDRAWN = """
DROP TRIGGER fund_has_its_reserve ON ledger_fund;
DROP FUNCTION ledger_reserve_is_there();
DROP TRIGGER fund_is_not_overdrawn ON ledger_posting;
DROP FUNCTION ledger_fund_is_not_overdrawn();
DROP FUNCTION ledger_refuse_overdraft(varchar, bigint, varchar, bigint, varchar);
"""

# Currency, owner and nature of a fund are what its postings mean. The lock waits for every
# open transaction that has posted to the fund, and then sees its postings.
TERMS = """
CREATE FUNCTION ledger_fund_keeps_its_terms() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM public.ledger_fund f WHERE f.id = OLD.id FOR UPDATE;
    IF EXISTS (SELECT FROM public.ledger_posting p WHERE p.fund_id = OLD.id) THEN
        RAISE EXCEPTION 'fund % keeps its currency, its entity and its nature', OLD.id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'fund_keeps_its_terms',
              TABLE = 'ledger_fund';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER fund_keeps_its_terms
    BEFORE UPDATE ON ledger_fund FOR EACH ROW
    WHEN ((OLD.id, OLD.currency, OLD.entity_id, OLD.is_treasury)
          IS DISTINCT FROM (NEW.id, NEW.currency, NEW.entity_id, NEW.is_treasury))
    EXECUTE FUNCTION ledger_fund_keeps_its_terms();
"""

NO_TERMS = """
DROP TRIGGER fund_keeps_its_terms ON ledger_fund;
DROP FUNCTION ledger_fund_keeps_its_terms();
"""

CLOSING = """
CREATE FUNCTION ledger_fund_closes_without_promises() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    has record;
BEGIN
    SELECT g.held_minor, g.committed_minor INTO has
    FROM public.ledger_figures(ARRAY[NEW.id]) g;
    IF has.held_minor <> 0 OR has.committed_minor <> 0 THEN
        RAISE EXCEPTION 'fund % still has held or promised money', NEW.id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'fund_closes_without_promises',
              TABLE = 'ledger_fund';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER fund_closes_without_promises
    AFTER UPDATE OF closed_on ON ledger_fund FOR EACH ROW
    WHEN (OLD.closed_on IS NULL AND NEW.closed_on IS NOT NULL)
    EXECUTE FUNCTION ledger_fund_closes_without_promises();
"""

NO_CLOSING = """
DROP TRIGGER fund_closes_without_promises ON ledger_fund;
DROP FUNCTION ledger_fund_closes_without_promises();
"""

FEES = """
CREATE FUNCTION ledger_fees_fit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM public.ledger_fund f
        WHERE f.id = NEW.fees_from_id AND f.entity_id = NEW.entity_id
          AND f.currency = NEW.currency AND NOT f.is_treasury
    ) THEN
        RAISE EXCEPTION 'fund % can have its fees borne only in its own entity and currency',
            NEW.id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'fund_fees_stay_in_the_entity',
              TABLE = 'ledger_fund';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER fund_fees_stay_in_the_entity
    AFTER INSERT OR UPDATE ON ledger_fund FOR EACH ROW WHEN (NEW.fees_from_id IS NOT NULL)
    EXECUTE FUNCTION ledger_fees_fit();
"""

NO_FEES = """
DROP TRIGGER fund_fees_stay_in_the_entity ON ledger_fund;
DROP FUNCTION ledger_fees_fit();
"""


class Migration(migrations.Migration):
    replaces = [("ledger", "0005_funds")]
    dependencies = [("ledger", "0003_journal")]

    operations = [
        migrations.RunSQL(FIGURES, "DROP FUNCTION ledger_figures(bigint[]);"),
        migrations.RunSQL(OVERDRAWN, NOT_OVERDRAWN),
        migrations.RunSQL(TERMS, NO_TERMS),
        migrations.RunSQL(CLOSING, NO_CLOSING),
        migrations.RunSQL(FEES, NO_FEES),
    ]
