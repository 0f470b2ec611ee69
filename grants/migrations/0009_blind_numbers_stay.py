"""What is sent to a blind round has a number to be called by, and keeps it."""

from django.db import migrations

STAYS = """
CREATE FUNCTION grants_application_is_numbered() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    broken text;
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.blind_number IS NOT NULL
       AND NEW.blind_number IS DISTINCT FROM OLD.blind_number THEN
        broken := 'application_keeps_its_blind_number';
    ELSIF NEW.submitted_at IS NOT NULL AND NEW.blind_number IS NULL
       AND EXISTS (SELECT 1 FROM grants_round WHERE id = NEW.round_id AND is_blind) THEN
        broken := 'application_of_a_blind_round_has_its_number';
    ELSE
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'Application % has no such number.', NEW.id
        USING ERRCODE = 'check_violation', CONSTRAINT = broken, TABLE = TG_TABLE_NAME;
END $$;
CREATE TRIGGER application_is_numbered BEFORE INSERT OR UPDATE ON grants_application
    FOR EACH ROW EXECUTE FUNCTION grants_application_is_numbered();
"""
NOT_STAYS = """
DROP TRIGGER application_is_numbered ON grants_application;
DROP FUNCTION grants_application_is_numbered();
"""


class Migration(migrations.Migration):
    replaces = [("grants", "0018_blind_numbers_stay")]
    dependencies = [("grants", "0008_checks_hold")]

    operations = [
        migrations.RunSQL(STAYS, NOT_STAYS),
    ]
