"""What is sent answers every section that its round asks, and what a round asks stays asked."""

from django.db import migrations

ANSWERED = """
CREATE FUNCTION grants_application_answers() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    asked grants_round%ROWTYPE;
    safe jsonb := NEW.submitted -> 'safeguards';
BEGIN
    SELECT * INTO asked FROM grants_round WHERE id = NEW.round_id;
    IF (asked.asks_permits AND coalesce(jsonb_array_length(NEW.submitted -> 'permits'), 0) = 0)
       OR (asked.asks_safeguards AND (
           coalesce(safe ->> 'animals', '') = '' OR coalesce(safe ->> 'people', '') = ''
           OR coalesce(safe ->> 'community', '') = ''
           OR coalesce(NEW.submitted #>> '{safeguard_contact,name}', '') = '')) THEN
        RAISE EXCEPTION 'Application % leaves a section open that its round asks.', NEW.id
            USING ERRCODE = 'check_violation',
                  CONSTRAINT = 'application_sent_answers_its_sections',
                  TABLE = 'grants_application';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER application_sent_answers_its_sections BEFORE UPDATE ON grants_application
    FOR EACH ROW WHEN (
        NEW.state = 'submitted' AND NEW.submitted IS DISTINCT FROM OLD.submitted
    ) EXECUTE FUNCTION grants_application_answers();

CREATE FUNCTION grants_round_asks() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM grants_application WHERE round_id = OLD.id) THEN
        RAISE EXCEPTION 'Somebody writes what round % asks.', OLD.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'round_asks_as_it_began',
                  TABLE = 'grants_round';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER round_asks_as_it_began BEFORE UPDATE ON grants_round
    FOR EACH ROW WHEN (
        (NEW.asks_permits, NEW.asks_safeguards) IS DISTINCT FROM
        (OLD.asks_permits, OLD.asks_safeguards)
    ) EXECUTE FUNCTION grants_round_asks();
"""
NOT_ANSWERED = """
DROP TRIGGER round_asks_as_it_began ON grants_round;
DROP FUNCTION grants_round_asks();
DROP TRIGGER application_sent_answers_its_sections ON grants_application;
DROP FUNCTION grants_application_answers();
"""


class Migration(migrations.Migration):
    dependencies = [("grants", "0021_sections")]

    operations = [migrations.RunSQL(ANSWERED, NOT_ANSWERED)]
