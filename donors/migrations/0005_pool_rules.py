"""A pool keeps its terms, takes nothing once it is closed, and counts exactly what it matched.

Whoever writes a match or a release takes the pool's lock first, so that of two who write at once
the second sees what the first one left.
"""

from django.db import migrations

TERMS = """
CREATE FUNCTION donors_pool_keeps_its_terms() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM public.ledger_fund f WHERE f.id = NEW.fund_id
                   AND f.currency = NEW.currency AND f.entity_id = NEW.entity_id
                   AND NOT f.is_treasury) THEN
        RAISE EXCEPTION 'A pool is kept in the currency of its fund.'
            USING ERRCODE = 'check_violation', TABLE = 'donors_matchingpool',
                  CONSTRAINT = 'matchingpool_is_in_its_funds_currency';
    END IF;
    IF TG_OP = 'UPDATE' AND OLD.state <> 'draft' AND (
        (NEW.zoo_id, NEW.fund_id, NEW.currency, NEW.cap_minor, NEW.pays, NEW.per, NEW.from_on,
         NEW.until_on, NEW.is_named, NEW.starts_at, NEW.opened_at)
        IS DISTINCT FROM
        (OLD.zoo_id, OLD.fund_id, OLD.currency, OLD.cap_minor, OLD.pays, OLD.per, OLD.from_on,
         OLD.until_on, OLD.is_named, OLD.starts_at, OLD.opened_at)
        OR NEW.stops_at > OLD.stops_at
        OR NEW.state = 'draft'
        OR OLD.state = 'ended' AND (NEW.state <> 'ended' OR NEW.matched_minor > OLD.matched_minor)
    ) THEN
        RAISE EXCEPTION 'What givers were told of a pool stays as it was told.'
            USING ERRCODE = 'check_violation', TABLE = 'donors_matchingpool',
                  CONSTRAINT = 'matchingpool_keeps_its_terms';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER matchingpool_keeps_its_terms BEFORE INSERT OR UPDATE ON donors_matchingpool
    FOR EACH ROW EXECUTE FUNCTION donors_pool_keeps_its_terms();
"""
NO_TERMS = """
DROP TRIGGER matchingpool_keeps_its_terms ON donors_matchingpool;
DROP FUNCTION donors_pool_keeps_its_terms();
"""

ONCE = """
CREATE FUNCTION donors_match_written_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% on % is refused: it is written once', TG_OP, TG_TABLE_NAME
    USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME;
END $$;
CREATE TRIGGER matchedgift_is_written_once BEFORE UPDATE OR DELETE OR TRUNCATE
    ON donors_matchedgift FOR EACH STATEMENT EXECUTE FUNCTION donors_match_written_once();
CREATE TRIGGER matchrelease_is_written_once BEFORE UPDATE OR DELETE OR TRUNCATE
    ON donors_matchrelease FOR EACH STATEMENT EXECUTE FUNCTION donors_match_written_once();
CREATE TRIGGER matchcredit_is_written_once BEFORE UPDATE OR DELETE OR TRUNCATE
    ON donors_matchcredit FOR EACH STATEMENT EXECUTE FUNCTION donors_match_written_once();
"""
NOT_ONCE = """
DROP TRIGGER matchcredit_is_written_once ON donors_matchcredit;
DROP TRIGGER matchrelease_is_written_once ON donors_matchrelease;
DROP TRIGGER matchedgift_is_written_once ON donors_matchedgift;
DROP FUNCTION donors_match_written_once();
"""

FITS = """
CREATE FUNCTION donors_match_fits() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    pool public.donors_matchingpool;
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        PERFORM public.ledger_refuse_isolation();
    END IF;
    SELECT * INTO pool FROM public.donors_matchingpool p
    WHERE p.id = NEW.pool_id FOR NO KEY UPDATE;
    IF pool.state <> 'open' THEN
        RAISE EXCEPTION 'A pool that is not open takes nothing.'
            USING ERRCODE = 'check_violation', TABLE = 'donors_matchedgift',
                  CONSTRAINT = 'matchedgift_pool_is_open';
    END IF;
    IF pool.currency <> NEW.currency OR NOT EXISTS (
        SELECT FROM public.donors_giftline l JOIN public.donors_gift g ON g.id = l.gift_id
        WHERE l.id = NEW.line_id AND l.fund_id = pool.fund_id
          AND g.value_currency = NEW.currency AND g.settled_at IS NOT NULL
    ) THEN
        RAISE EXCEPTION 'A pool matches gifts to its fund whose value in its currency is known.'
            USING ERRCODE = 'check_violation', TABLE = 'donors_matchedgift',
                  CONSTRAINT = 'matchedgift_is_of_the_fund_and_currency';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER matchedgift_fits BEFORE INSERT ON donors_matchedgift
    FOR EACH ROW EXECUTE FUNCTION donors_match_fits();

CREATE FUNCTION donors_release_fits() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    given public.donors_matchedgift;
    released numeric;
    state text;
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        PERFORM public.ledger_refuse_isolation();
    END IF;
    SELECT * INTO given FROM public.donors_matchedgift m WHERE m.id = NEW.match_id;
    SELECT p.state INTO state FROM public.donors_matchingpool p
    WHERE p.id = given.pool_id FOR NO KEY UPDATE;
    -- A new statement sees what was committed while we waited for the lock.
    SELECT coalesce(sum(r.amount_minor), 0) + NEW.amount_minor INTO released
    FROM public.donors_matchrelease r WHERE r.match_id = NEW.match_id;
    IF released < 0 OR released > given.amount_minor THEN
        RAISE EXCEPTION 'No more is released than was matched.'
            USING ERRCODE = 'check_violation', TABLE = 'donors_matchrelease',
                  CONSTRAINT = 'matchrelease_is_of_what_was_matched';
    END IF;
    IF NEW.amount_minor < 0 AND state <> 'open' THEN
        RAISE EXCEPTION 'A pool that is not open takes nothing.'
            USING ERRCODE = 'check_violation', TABLE = 'donors_matchrelease',
                  CONSTRAINT = 'matchrelease_pool_is_open';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER matchrelease_fits BEFORE INSERT ON donors_matchrelease
    FOR EACH ROW EXECUTE FUNCTION donors_release_fits();
"""
NOT_FIT = """
DROP TRIGGER matchrelease_fits ON donors_matchrelease;
DROP FUNCTION donors_release_fits();
DROP TRIGGER matchedgift_fits ON donors_matchedgift;
DROP FUNCTION donors_match_fits();
"""

COUNTS = """
CREATE FUNCTION donors_pool_counts(asked bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    told bigint;
    found numeric;
BEGIN
    SELECT p.matched_minor INTO told FROM public.donors_matchingpool p
    WHERE p.id = asked FOR NO KEY UPDATE;
    SELECT coalesce(sum(m.amount_minor), 0) INTO found
    FROM public.donors_matchedgift m WHERE m.pool_id = asked;
    SELECT found - coalesce(sum(r.amount_minor), 0) INTO found
    FROM public.donors_matchrelease r JOIN public.donors_matchedgift m ON m.id = r.match_id
    WHERE m.pool_id = asked;
    IF told IS DISTINCT FROM found THEN
        RAISE EXCEPTION 'A pool counts what was matched less what was released.'
            USING ERRCODE = 'check_violation', TABLE = 'donors_matchingpool',
                  CONSTRAINT = 'matchingpool_counts_its_matches';
    END IF;
END $$;
CREATE FUNCTION donors_pool_counts_itself() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM public.donors_pool_counts(NEW.id);
    RETURN NULL;
END $$;
CREATE FUNCTION donors_pool_counts_a_match() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM public.donors_pool_counts(NEW.pool_id);
    RETURN NULL;
END $$;
CREATE FUNCTION donors_pool_counts_a_release() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM public.donors_pool_counts(m.pool_id)
    FROM public.donors_matchedgift m WHERE m.id = NEW.match_id;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER matchingpool_counts_its_matches
    AFTER INSERT OR UPDATE OF matched_minor ON donors_matchingpool
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION donors_pool_counts_itself();
CREATE CONSTRAINT TRIGGER matchedgift_is_counted AFTER INSERT ON donors_matchedgift
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.amount_minor > 0)
    EXECUTE FUNCTION donors_pool_counts_a_match();
CREATE CONSTRAINT TRIGGER matchrelease_is_counted AFTER INSERT ON donors_matchrelease
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION donors_pool_counts_a_release();
"""
NOT_COUNTED = """
DROP TRIGGER matchrelease_is_counted ON donors_matchrelease;
DROP TRIGGER matchedgift_is_counted ON donors_matchedgift;
DROP TRIGGER matchingpool_counts_its_matches ON donors_matchingpool;
DROP FUNCTION donors_pool_counts_a_release();
DROP FUNCTION donors_pool_counts_a_match();
DROP FUNCTION donors_pool_counts_itself();
DROP FUNCTION donors_pool_counts(bigint);
"""


class Migration(migrations.Migration):
    replaces = [("donors", "0025_pool_rules")]
    dependencies = [
        ("donors", "0004_nothing_to_those_who_lead_elsewhere"),
        ("ledger", "0011_final_without_entry"),
    ]

    operations = [
        migrations.RunSQL(TERMS, NO_TERMS),
        migrations.RunSQL(ONCE, NOT_ONCE),
        migrations.RunSQL(FITS, NOT_FIT),
        migrations.RunSQL(COUNTS, NOT_COUNTED),
    ]
