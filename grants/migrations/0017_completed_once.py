"""An application is completed once, in time, and before anybody has judged it."""

from django.db import migrations

UNJUDGED = """
CREATE FUNCTION grants_is_judged(sent bigint) RETURNS boolean LANGUAGE sql AS $$
    SELECT EXISTS (
        SELECT 1 FROM grants_review WHERE application_id = sent AND handed_in_at IS NOT NULL
    ) OR EXISTS (
        SELECT 1 FROM grants_item WHERE application_id = sent AND state <> 'withdrawn'
    )
$$;
CREATE FUNCTION grants_completion_asks() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF grants_is_judged(NEW.application_id) OR NOT EXISTS (
        SELECT 1 FROM grants_application WHERE id = NEW.application_id AND state = 'submitted'
    ) THEN
        RAISE EXCEPTION 'Application % is judged already, or was not sent.', NEW.application_id
            USING ERRCODE = 'check_violation',
                  CONSTRAINT = 'completion_comes_before_anybody_judges',
                  TABLE = 'grants_completion';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER completion_comes_before_anybody_judges BEFORE INSERT ON grants_completion
    FOR EACH ROW EXECUTE FUNCTION grants_completion_asks();

CREATE FUNCTION grants_application_completed_in_time() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF grants_is_judged(NEW.id) OR NOT EXISTS (
        SELECT 1 FROM grants_completion WHERE application_id = NEW.id AND state = 'open'
        AND asked_at < NEW.submitted_at AND NEW.submitted_at < due_at
    ) THEN
        RAISE EXCEPTION 'Application % is not open to be completed.', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'application_completed_in_time',
                  TABLE = 'grants_application';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER application_completed_in_time BEFORE UPDATE ON grants_application
    FOR EACH ROW WHEN (
        OLD.state = 'submitted' AND NEW.submitted_at IS DISTINCT FROM OLD.submitted_at
    ) EXECUTE FUNCTION grants_application_completed_in_time();
"""
NOT_UNJUDGED = """
DROP TRIGGER application_completed_in_time ON grants_application;
DROP FUNCTION grants_application_completed_in_time();
DROP TRIGGER completion_comes_before_anybody_judges ON grants_completion;
DROP FUNCTION grants_completion_asks();
DROP FUNCTION grants_is_judged(bigint);
"""

STAYS = """
CREATE FUNCTION grants_completion_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.state <> 'open' OR
       (NEW.application_id, NEW.asked_by_id, NEW.asked_at, NEW.due_at, NEW.reasons)
       IS DISTINCT FROM
       (OLD.application_id, OLD.asked_by_id, OLD.asked_at, OLD.due_at, OLD.reasons) THEN
        RAISE EXCEPTION 'What was asked to be completed stays as it was asked.'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'completion_stays_as_asked',
                  TABLE = 'grants_completion';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER completion_stays_as_asked BEFORE UPDATE OR DELETE ON grants_completion
    FOR EACH ROW EXECUTE FUNCTION grants_completion_stays();
"""
NOT_STAYS = """
DROP TRIGGER completion_stays_as_asked ON grants_completion;
DROP FUNCTION grants_completion_stays();
"""


class Migration(migrations.Migration):
    replaces = [("grants", "0036_completed_once")]
    dependencies = [("grants", "0016_coapplicants_stay")]

    operations = [
        migrations.RunSQL(UNJUDGED, NOT_UNJUDGED),
        migrations.RunSQL(STAYS, NOT_STAYS),
    ]
