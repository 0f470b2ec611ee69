"""Everything that was sent is kept, and an application tells what was sent last."""

from django.db import migrations

STAY = """
CREATE TRIGGER submission_is_written_once BEFORE UPDATE OR DELETE OR TRUNCATE
    ON grants_submission FOR EACH STATEMENT EXECUTE FUNCTION grants_written_once();

CREATE FUNCTION grants_application_tells_latest() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    sent grants_application%ROWTYPE;
    kept grants_submission%ROWTYPE;
BEGIN
    SELECT * INTO sent FROM grants_application WHERE id = NEW.id;
    SELECT * INTO kept FROM grants_submission WHERE application_id = NEW.id
    ORDER BY number DESC LIMIT 1;
    IF kept.id IS NULL THEN
        -- Taken over from elsewhere, it was never sent here.
        IF NOT (TG_OP = 'UPDATE' AND OLD.state = 'draft' AND NEW.state = 'submitted') THEN
            RETURN NULL;
        END IF;
    ELSIF (kept.sha256, kept.submitted_at, kept.facts)
          IS NOT DISTINCT FROM (sent.sha256, sent.submitted_at, sent.submitted) THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION 'Application % does not tell what was sent last.', NEW.id
        USING ERRCODE = 'check_violation',
              CONSTRAINT = 'application_tells_its_latest_submission',
              TABLE = 'grants_application';
END $$;
CREATE CONSTRAINT TRIGGER application_tells_its_latest_submission
    AFTER UPDATE OF state, submitted, submitted_at, sha256 ON grants_application
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION grants_application_tells_latest();
"""
NOT_STAY = """
DROP TRIGGER application_tells_its_latest_submission ON grants_application;
DROP FUNCTION grants_application_tells_latest();
DROP TRIGGER submission_is_written_once ON grants_submission;
"""


class Migration(migrations.Migration):
    replaces = [("grants", "0026_submissions_stay")]
    dependencies = [("grants", "0012_sent_as_the_call_says"), ("documents", "0004_scrubbed_rules")]

    operations = [
        migrations.RunSQL(STAY, NOT_STAY),
    ]
