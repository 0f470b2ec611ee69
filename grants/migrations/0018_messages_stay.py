"""A message is from the side that it says, stays as it was written, and stays shown."""

from django.db import migrations

STAYS = """
CREATE FUNCTION grants_message_fits() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    before grants_message%ROWTYPE;
    broken text;
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.from_office THEN
            IF EXISTS (SELECT 1 FROM grants_recusal WHERE application_id = NEW.application_id
                       AND member_id = NEW.author_id)
               OR EXISTS (SELECT 1 FROM grants_application
                          WHERE id = NEW.application_id AND applicant_id = NEW.author_id) THEN
                broken := 'message_of_the_office_is_from_who_is_not_out';
            ELSE
                RETURN NEW;
            END IF;
        ELSIF NEW.shared_with_committee THEN
            broken := 'message_is_shown_by_the_office';
        ELSIF NOT EXISTS (SELECT 1 FROM grants_application
                          WHERE id = NEW.application_id AND applicant_id = NEW.author_id)
              AND NOT EXISTS (SELECT 1 FROM grants_coapplicant
                              WHERE application_id = NEW.application_id
                              AND person_id = NEW.author_id AND ended_at IS NULL
                              AND "right" IN ('comment', 'edit')) THEN
            broken := 'message_is_from_who_applies';
        ELSE
            RETURN NEW;
        END IF;
    ELSE
        broken := 'message_stays';
        IF TG_OP = 'UPDATE' THEN
            before := NEW;
            IF NEW.text = 'erased' THEN
                before.text := OLD.text;
            END IF;
            IF NEW.shared_with_committee THEN
                before.shared_with_committee := OLD.shared_with_committee;
            END IF;
            IF OLD.settled_at IS NULL THEN
                before.settled_at := OLD.settled_at;
            END IF;
            IF before IS NOT DISTINCT FROM OLD THEN
                RETURN NEW;
            END IF;
        END IF;
    END IF;
    RAISE EXCEPTION 'A message is not written so.'
        USING ERRCODE = 'check_violation', CONSTRAINT = broken, TABLE = 'grants_message';
END $$;
CREATE TRIGGER message_fits BEFORE INSERT OR UPDATE OR DELETE ON grants_message
    FOR EACH ROW EXECUTE FUNCTION grants_message_fits();
"""
NOT_STAYS = """
DROP TRIGGER message_fits ON grants_message;
DROP FUNCTION grants_message_fits();
"""


class Migration(migrations.Migration):
    replaces = [("grants", "0038_messages_stay")]
    dependencies = [("grants", "0017_completed_once")]

    operations = [
        migrations.RunSQL(STAYS, NOT_STAYS),
    ]
