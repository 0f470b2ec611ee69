"""What somebody agreed to, or took back, is never written over."""

from django.db import migrations

STAYS = """
CREATE FUNCTION donors_consent_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.purpose, NEW.is_given, NEW.wording, NEW.recorded_at)
       IS DISTINCT FROM (OLD.purpose, OLD.is_given, OLD.wording, OLD.recorded_at) THEN
        RAISE EXCEPTION 'An answer stays as it was given.'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'consent_stays_as_given',
                  TABLE = 'donors_consent';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER consent_stays_as_given BEFORE UPDATE ON donors_consent
    FOR EACH ROW EXECUTE FUNCTION donors_consent_stays();
"""
GOES = """
DROP TRIGGER consent_stays_as_given ON donors_consent;
DROP FUNCTION donors_consent_stays();
"""


class Migration(migrations.Migration):
    replaces = [("donors", "0020_consents_stay")]
    dependencies = [("donors", "0002_zoo_owners"), ("ledger", "0011_final_without_entry")]

    operations = [
        migrations.RunSQL(STAYS, GOES),
    ]
