"""Everything that was sent is kept, and an application tells what was sent last."""

from typing import Any

from django.db import migrations


def keep_earlier(apps: Any, _editor: object) -> None:  # noqa: ANN401 -- as migrations have it
    """What was sent before this is the first that is kept; it has no paper."""
    sent = apps.get_model("grants", "Application").objects.filter(submitted_at__isnull=False)
    apps.get_model("grants", "Submission").objects.bulk_create(
        apps.get_model("grants", "Submission")(
            application=row,
            number=1,
            facts=row.submitted,
            sha256=row.sha256,
            submitted_at=row.submitted_at,
        )
        for row in sent.exclude(award__is_taken_over=True).iterator()
        if row.submitted and row.sha256
    )


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
    dependencies = [("grants", "0025_submissions")]

    operations = [
        migrations.RunPython(keep_earlier, migrations.RunPython.noop),
        migrations.RunSQL(STAY, NOT_STAY),
    ]
