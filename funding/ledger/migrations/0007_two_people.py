"""What the database refuses about transfers and opening balances."""

from django.db import migrations

FITS = """
CREATE FUNCTION ledger_transfer_fits() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    pair record;
BEGIN
    SELECT s.restriction, NOT s.is_treasury AND NOT t.is_treasury
           AND s.entity_id = t.entity_id AND s.currency = t.currency
           AND c.entity_id = s.entity_id AND c.kind IN ('bank', 'clearing') AS fits
    INTO pair
    FROM public.ledger_fund s, public.ledger_fund t, public.ledger_account c
    WHERE s.id = NEW.source_id AND t.id = NEW.target_id AND c.code = NEW.place_id;
    IF pair.fits IS NOT TRUE THEN
        RAISE EXCEPTION 'a transfer stays in one entity and one currency'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'transfer_fits',
              TABLE = 'ledger_transfer';
    END IF;
    IF pair.restriction IN ('restricted', 'endowment') AND trim(NEW.ground) = '' THEN
        RAISE EXCEPTION 'money leaves a restricted fund with a lawful ground only'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'transfer_has_a_ground',
              TABLE = 'ledger_transfer';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER transfer_fits
    AFTER INSERT OR UPDATE ON ledger_transfer FOR EACH ROW
    EXECUTE FUNCTION ledger_transfer_fits();

CREATE FUNCTION ledger_opening_fits() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM public.ledger_fund f, public.ledger_account c
        WHERE f.id = NEW.fund_id AND c.code = NEW.place_id AND NOT f.is_treasury
          AND c.entity_id = f.entity_id AND c.kind IN ('bank', 'clearing')
    ) THEN
        RAISE EXCEPTION 'an opening balance lies in a place of money of the fund''s entity'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'opening_fits',
              TABLE = 'ledger_opening';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER opening_fits
    AFTER INSERT OR UPDATE ON ledger_opening FOR EACH ROW
    EXECUTE FUNCTION ledger_opening_fits();
"""

FITS_NOT = """
DROP TRIGGER opening_fits ON ledger_opening;
DROP FUNCTION ledger_opening_fits();
DROP TRIGGER transfer_fits ON ledger_transfer;
DROP FUNCTION ledger_transfer_fits();
"""

# What was decided stays as it was decided, and stays on record.
DECIDED = """
CREATE FUNCTION ledger_decision_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% % was decided and stays as it is', TG_TABLE_NAME, OLD.id
    USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME;
END $$;

CREATE TRIGGER transfer_stays_decided
    BEFORE UPDATE OR DELETE ON ledger_transfer FOR EACH ROW WHEN (OLD.state <> 'proposed')
    EXECUTE FUNCTION ledger_decision_stays();
CREATE TRIGGER opening_stays_decided
    BEFORE UPDATE OR DELETE ON ledger_opening FOR EACH ROW WHEN (OLD.state <> 'proposed')
    EXECUTE FUNCTION ledger_decision_stays();
"""

UNDECIDED = """
DROP TRIGGER opening_stays_decided ON ledger_opening;
DROP TRIGGER transfer_stays_decided ON ledger_transfer;
DROP FUNCTION ledger_decision_stays();
"""


class Migration(migrations.Migration):
    replaces = [("ledger", "0008_two_people")]
    dependencies = [("ledger", "0006_post")]

    operations = [
        migrations.RunSQL(FITS, FITS_NOT),
        migrations.RunSQL(DECIDED, UNDECIDED),
    ]
