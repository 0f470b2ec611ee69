"""Who was asked for a reference stays asked, and what was written stays as it was written."""

from django.db import migrations

STAYS = """
CREATE FUNCTION grants_referee_stays() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    stands text;
    broken text;
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.asked_at IS NULL THEN
            RETURN OLD;
        END IF;
        broken := 'referee_stays_as_asked';
    ELSE
        SELECT state INTO stands FROM grants_application WHERE id = NEW.application_id;
        IF NEW.asked_at IS NOT NULL AND (TG_OP = 'INSERT' OR OLD.asked_at IS NULL)
           AND stands <> 'submitted' THEN
            broken := 'referee_is_asked_of_what_was_sent';
        ELSIF NEW.written_at IS NOT NULL AND (TG_OP = 'INSERT' OR OLD.written_at IS NULL)
           AND (stands <> 'submitted' OR NEW.withdrawn_at IS NOT NULL) THEN
            broken := 'reference_comes_before_the_decision';
        ELSIF TG_OP = 'UPDATE' AND OLD.asked_at IS NOT NULL THEN
            IF (NEW.application_id, NEW.uuid, NEW.position, NEW.may_be_asked, NEW.asked_at,
                NEW.expires_at)
               IS DISTINCT FROM
               (OLD.application_id, OLD.uuid, OLD.position, OLD.may_be_asked, OLD.asked_at,
                OLD.expires_at)
               OR (OLD.declined_at IS NOT NULL AND NEW.declined_at IS DISTINCT FROM OLD.declined_at)
               OR (OLD.withdrawn_at IS NOT NULL
                   AND NEW.withdrawn_at IS DISTINCT FROM OLD.withdrawn_at)
               OR (OLD.erased_at IS NOT NULL AND NEW.erased_at IS DISTINCT FROM OLD.erased_at)
               OR (NEW.erased_at IS NULL AND (NEW.name, NEW.organisation, NEW.relation, NEW.email)
                   IS DISTINCT FROM (OLD.name, OLD.organisation, OLD.relation, OLD.email)) THEN
                broken := 'referee_stays_as_asked';
            ELSIF OLD.written_at IS NOT NULL
               AND ((NEW.written_at, NEW.may_applicant_read)
                    IS DISTINCT FROM (OLD.written_at, OLD.may_applicant_read)
                    OR (NEW.words <> OLD.words
                        AND NOT (NEW.erased_at IS NOT NULL AND NEW.words = 'erased'))) THEN
                broken := 'reference_stays_as_written';
            END IF;
        END IF;
        IF broken IS NULL THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'Referee % was asked, or wrote, as it stands.', OLD.id
        USING ERRCODE = 'check_violation', CONSTRAINT = broken, TABLE = 'grants_referee';
END $$;
CREATE TRIGGER referee_stays BEFORE INSERT OR UPDATE OR DELETE ON grants_referee
    FOR EACH ROW EXECUTE FUNCTION grants_referee_stays();

CREATE FUNCTION grants_application_names_referees() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM grants_round WHERE id = NEW.round_id AND asks_references)
       AND coalesce(jsonb_array_length(NEW.submitted -> 'referees'), 0) = 0 THEN
        RAISE EXCEPTION 'Application % names nobody who could be asked.', NEW.id
            USING ERRCODE = 'check_violation',
                  CONSTRAINT = 'application_sent_names_referees',
                  TABLE = 'grants_application';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER application_sent_names_referees BEFORE UPDATE ON grants_application
    FOR EACH ROW WHEN (
        NEW.state = 'submitted' AND NEW.submitted IS DISTINCT FROM OLD.submitted
    ) EXECUTE FUNCTION grants_application_names_referees();

CREATE TRIGGER round_asks_references_as_it_began BEFORE UPDATE ON grants_round
    FOR EACH ROW WHEN (NEW.asks_references <> OLD.asks_references)
    EXECUTE FUNCTION grants_round_asks();
"""
NOT_STAYS = """
DROP TRIGGER round_asks_references_as_it_began ON grants_round;
DROP TRIGGER application_sent_names_referees ON grants_application;
DROP FUNCTION grants_application_names_referees();
DROP TRIGGER referee_stays ON grants_referee;
DROP FUNCTION grants_referee_stays();
"""


class Migration(migrations.Migration):
    dependencies = [("grants", "0029_referees")]

    operations = [migrations.RunSQL(STAYS, NOT_STAYS)]
