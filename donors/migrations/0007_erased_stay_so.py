"""Who was removed stays removed: no name comes back, and nothing new names them."""

from django.db import migrations

STANDS = """
CREATE OR REPLACE FUNCTION donors_of_a_donor_who_stands() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE leads_to bigint; gone timestamptz; is_new boolean;
BEGIN
    -- The lock waits for a merge or an erasure that is under way, and reads what it has made.
    SELECT merged_into_id, erased_at INTO leads_to, gone
        FROM donors_donor WHERE id = NEW.donor_id FOR KEY SHARE;
    IF leads_to IS NOT NULL AND gone IS NULL THEN
        RAISE EXCEPTION 'This donor was brought together with another one.'
            USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME;
    END IF;
    is_new := TG_OP = 'INSERT';
    IF NOT is_new THEN
        is_new := NEW.donor_id <> OLD.donor_id;
    END IF;
    IF gone IS NOT NULL AND is_new THEN
        -- Money that was under way is booked all the same, for nobody by name.
        IF TG_TABLE_NAME = 'donors_gift' THEN
            IF NEW.donor_name = 'Erased donor' AND NEW.message = '' THEN
                RETURN NEW;
            END IF;
        END IF;
        RAISE EXCEPTION 'This donor was removed.'
            USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NEW;
END $$;
CREATE FUNCTION donors_erased_stay_so() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.name, NEW.email, NEW.postal_address, NEW.erased_at, NEW.organisation_id)
       IS DISTINCT FROM
       (OLD.name, OLD.email, OLD.postal_address, OLD.erased_at, OLD.organisation_id) THEN
        RAISE EXCEPTION 'A donor who was removed stays so.'
            USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER donor_erased_stays_so BEFORE UPDATE ON donors_donor FOR EACH ROW
    WHEN (OLD.erased_at IS NOT NULL) EXECUTE FUNCTION donors_erased_stay_so();
"""
GOES = """
DROP TRIGGER donor_erased_stays_so ON donors_donor;
DROP FUNCTION donors_erased_stay_so();
CREATE OR REPLACE FUNCTION donors_of_a_donor_who_stands() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE leads_to bigint;
BEGIN
    SELECT merged_into_id INTO leads_to FROM donors_donor WHERE id = NEW.donor_id FOR KEY SHARE;
    IF leads_to IS NOT NULL THEN
        RAISE EXCEPTION 'This donor was brought together with another one.'
            USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NEW;
END $$;
"""


class Migration(migrations.Migration):
    replaces = [("donors", "0031_erased_stay_so")]
    dependencies = [
        ("donors", "0006_held_gifts_stay"),
        ("documents", "0003_gaps_only"),
        ("ledger", "0011_final_without_entry"),
    ]

    operations = [
        migrations.RunSQL(STANDS, GOES),
    ]
