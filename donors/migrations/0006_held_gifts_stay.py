"""A held gift is in no fund before somebody accepts it, and what was said of it stays."""

from django.db import migrations

STAYS = """
CREATE FUNCTION donors_held_gift_is_not_received() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM donors_heldgift WHERE gift_id = NEW.id AND state <> 'accepted') THEN
        RAISE EXCEPTION 'This gift is held, and nobody has accepted it.'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'held_gift_is_not_received',
                  TABLE = 'donors_gift';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER held_gift_is_not_received BEFORE UPDATE OF settled_at ON donors_gift
    FOR EACH ROW WHEN (NEW.settled_at IS NOT NULL AND OLD.settled_at IS NULL)
    EXECUTE FUNCTION donors_held_gift_is_not_received();

CREATE FUNCTION donors_held_gift_is_in_no_fund() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.cause ~ '^gift:[0-9]{1,18}$' AND EXISTS (
        SELECT FROM donors_heldgift
        WHERE gift_id = substring(NEW.cause FROM 6)::bigint AND state <> 'accepted'
    ) THEN
        RAISE EXCEPTION 'This gift is held, and its money is in no fund.'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'held_gift_is_in_no_fund',
                  TABLE = 'ledger_entry';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER held_gift_is_in_no_fund BEFORE INSERT ON ledger_entry
    FOR EACH ROW WHEN (NEW.reason = 'gift') EXECUTE FUNCTION donors_held_gift_is_in_no_fund();

CREATE FUNCTION donors_heldgift_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.state = 'accepted' AND NEW.state <> 'accepted'
       OR (NEW.gift_id, NEW.reasons, NEW.paid_at, NEW.held_at)
          IS DISTINCT FROM (OLD.gift_id, OLD.reasons, OLD.paid_at, OLD.held_at) THEN
        RAISE EXCEPTION 'What was held stays written down.'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'heldgift_stays',
                  TABLE = 'donors_heldgift';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER heldgift_stays BEFORE UPDATE OR DELETE ON donors_heldgift
    FOR EACH ROW EXECUTE FUNCTION donors_heldgift_stays();

CREATE FUNCTION donors_heldverdict_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.state <> 'proposed'
       OR (NEW.held_id, NEW.verdict, NEW.reason, NEW.proposed_by, NEW.proposed_at)
          IS DISTINCT FROM
          (OLD.held_id, OLD.verdict, OLD.reason, OLD.proposed_by, OLD.proposed_at) THEN
        RAISE EXCEPTION 'What was decided on a held gift stays.'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'heldverdict_stays',
                  TABLE = 'donors_heldverdict';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER heldverdict_stays BEFORE UPDATE OR DELETE ON donors_heldverdict
    FOR EACH ROW EXECUTE FUNCTION donors_heldverdict_stays();

CREATE FUNCTION donors_acceptanceterms_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'What was said of acceptance stays; say it anew.'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'acceptanceterms_stay',
              TABLE = 'donors_acceptanceterms';
END $$;
CREATE TRIGGER acceptanceterms_stay BEFORE UPDATE OR DELETE ON donors_acceptanceterms
    FOR EACH ROW EXECUTE FUNCTION donors_acceptanceterms_stay();
"""
GOES = """
DROP TRIGGER acceptanceterms_stay ON donors_acceptanceterms;
DROP FUNCTION donors_acceptanceterms_stay();
DROP TRIGGER heldverdict_stays ON donors_heldverdict;
DROP FUNCTION donors_heldverdict_stays();
DROP TRIGGER heldgift_stays ON donors_heldgift;
DROP FUNCTION donors_heldgift_stays();
DROP TRIGGER held_gift_is_in_no_fund ON ledger_entry;
DROP FUNCTION donors_held_gift_is_in_no_fund();
DROP TRIGGER held_gift_is_not_received ON donors_gift;
DROP FUNCTION donors_held_gift_is_not_received();
"""


class Migration(migrations.Migration):
    replaces = [("donors", "0027_held_gifts_stay")]
    dependencies = [("donors", "0005_pool_rules"), ("ledger", "0011_final_without_entry")]

    operations = [
        migrations.RunSQL(STAYS, GOES),
    ]
