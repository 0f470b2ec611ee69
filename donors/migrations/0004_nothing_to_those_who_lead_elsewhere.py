"""Nothing new belongs to a donor that was brought together with another one."""

from django.db import migrations

STANDS = """
CREATE FUNCTION donors_of_a_donor_who_stands() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE leads_to bigint;
BEGIN
    -- The lock waits for a merge that is under way, and reads what it has made of the donor.
    SELECT merged_into_id INTO leads_to FROM donors_donor WHERE id = NEW.donor_id FOR KEY SHARE;
    IF leads_to IS NOT NULL THEN
        RAISE EXCEPTION 'This donor was brought together with another one.'
            USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER gift_is_of_a_donor_who_stands BEFORE INSERT OR UPDATE OF donor_id
    ON donors_gift FOR EACH ROW EXECUTE FUNCTION donors_of_a_donor_who_stands();
CREATE TRIGGER pledge_is_of_a_donor_who_stands BEFORE INSERT OR UPDATE OF donor_id
    ON donors_pledge FOR EACH ROW EXECUTE FUNCTION donors_of_a_donor_who_stands();
CREATE TRIGGER consent_is_of_a_donor_who_stands BEFORE INSERT OR UPDATE OF donor_id
    ON donors_consent FOR EACH ROW EXECUTE FUNCTION donors_of_a_donor_who_stands();
"""
GOES = """
DROP TRIGGER consent_is_of_a_donor_who_stands ON donors_consent;
DROP TRIGGER pledge_is_of_a_donor_who_stands ON donors_pledge;
DROP TRIGGER gift_is_of_a_donor_who_stands ON donors_gift;
DROP FUNCTION donors_of_a_donor_who_stands();
"""


class Migration(migrations.Migration):
    replaces = [("donors", "0022_nothing_to_those_who_lead_elsewhere")]
    dependencies = [("donors", "0003_consents_stay")]

    operations = [
        migrations.RunSQL(STANDS, GOES),
    ]
