"""What is sent meets the conditions and limits of its call, came in time, and says so for good."""

from django.db import migrations

ANSWERS = """
CREATE FUNCTION grants_answer_fits() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    found record;
BEGIN
    SELECT state, round_id INTO found FROM grants_application
    WHERE id = COALESCE(NEW.application_id, OLD.application_id) FOR SHARE;
    IF found.state NOT IN ('draft', 'withdrawn') THEN
        RAISE EXCEPTION 'This application was sent with its answers.'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'answer_stays_as_sent',
                  TABLE = 'grants_answer';
    END IF;
    IF TG_OP <> 'DELETE' AND NOT EXISTS (
        SELECT 1 FROM grants_condition
        WHERE id = NEW.condition_id AND round_id = found.round_id
    ) THEN
        RAISE EXCEPTION 'This question is of another round.'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'answer_is_of_its_round',
                  TABLE = 'grants_answer';
    END IF;
    RETURN COALESCE(NEW, OLD);
END $$;
CREATE TRIGGER answer_fits BEFORE INSERT OR UPDATE OR DELETE ON grants_answer
    FOR EACH ROW EXECUTE FUNCTION grants_answer_fits();

CREATE FUNCTION grants_condition_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM grants_answer WHERE condition_id = OLD.id) THEN
        RAISE EXCEPTION 'This question has been answered as it stands.'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'condition_stays_as_answered',
                  TABLE = 'grants_condition';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER condition_stays_as_answered BEFORE UPDATE ON grants_condition
    FOR EACH ROW EXECUTE FUNCTION grants_condition_stays();
"""
NOT_ANSWERS = """
DROP TRIGGER condition_stays_as_answered ON grants_condition;
DROP FUNCTION grants_condition_stays();
DROP TRIGGER answer_fits ON grants_answer;
DROP FUNCTION grants_answer_fits();
"""

# Judged at the end of the transaction, so that the parts may be written in any order.
FITS = """
CREATE FUNCTION grants_application_meets() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM grants_application application
        JOIN grants_condition condition ON condition.round_id = application.round_id
        WHERE application.id = NEW.id AND application.state NOT IN ('draft', 'withdrawn')
        AND NOT EXISTS (
            SELECT 1 FROM grants_answer WHERE application_id = application.id
            AND condition_id = condition.id AND said = condition.wanted
        )
    ) THEN
        RAISE EXCEPTION 'Application % lacks an answer that its round wants.', NEW.id
            USING ERRCODE = 'check_violation',
                  CONSTRAINT = 'application_sent_meets_the_conditions',
                  TABLE = 'grants_application';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER application_sent_meets_the_conditions
    AFTER INSERT OR UPDATE OF state ON grants_application
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION grants_application_meets();

CREATE FUNCTION grants_cost_limits_kept(sent bigint) RETURNS boolean LANGUAGE sql AS $$
    SELECT NOT EXISTS (
        SELECT 1 FROM grants_application application
        JOIN grants_costlimit cap ON cap.round_id = application.round_id
        CROSS JOIN LATERAL (
            SELECT COALESCE(sum(amount_minor), 0) AS whole,
                   COALESCE(sum(amount_minor) FILTER (WHERE category = cap.category), 0) AS part
            FROM grants_budgetline WHERE application_id = application.id AND source = 'us'
        ) asked
        WHERE application.id = sent AND application.state NOT IN ('draft', 'withdrawn')
        AND asked.part * 100 > asked.whole * cap.most_percent
    )
$$;
CREATE FUNCTION grants_application_keeps() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT grants_cost_limits_kept(NEW.id) THEN
        RAISE EXCEPTION 'Application % asks more for one kind of cost than its round pays.', NEW.id
            USING ERRCODE = 'check_violation',
                  CONSTRAINT = 'application_keeps_to_the_cost_limits',
                  TABLE = 'grants_application';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER application_keeps_to_the_cost_limits
    AFTER INSERT OR UPDATE OF state ON grants_application
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION grants_application_keeps();
CREATE FUNCTION grants_line_keeps() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    sent bigint := COALESCE(NEW.application_id, OLD.application_id);
BEGIN
    IF NOT grants_cost_limits_kept(sent) THEN
        RAISE EXCEPTION 'Application % asks more for one kind of cost than its round pays.', sent
            USING ERRCODE = 'check_violation',
                  CONSTRAINT = 'application_keeps_to_the_cost_limits',
                  TABLE = 'grants_budgetline';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER budgetline_keeps_to_the_cost_limits
    AFTER INSERT OR UPDATE OR DELETE ON grants_budgetline
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION grants_line_keeps();
"""
NOT_FITS = """
DROP TRIGGER budgetline_keeps_to_the_cost_limits ON grants_budgetline;
DROP FUNCTION grants_line_keeps();
DROP TRIGGER application_keeps_to_the_cost_limits ON grants_application;
DROP FUNCTION grants_application_keeps();
DROP FUNCTION grants_cost_limits_kept(bigint);
DROP TRIGGER application_sent_meets_the_conditions ON grants_application;
DROP FUNCTION grants_application_meets();
"""

IN_TIME = """
CREATE FUNCTION grants_application_sent_in_time() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM grants_round
        WHERE id = NEW.round_id
        AND NEW.submitted_at < closes_at + make_interval(mins => grace_minutes)
    ) THEN
        RAISE EXCEPTION 'Application % came after the end of its round.', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'application_sent_in_time',
                  TABLE = 'grants_application';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER application_sent_in_time BEFORE UPDATE ON grants_application
    FOR EACH ROW WHEN (OLD.state = 'draft' AND NEW.state = 'submitted')
    EXECUTE FUNCTION grants_application_sent_in_time();
"""
NOT_IN_TIME = """
DROP TRIGGER application_sent_in_time ON grants_application;
DROP FUNCTION grants_application_sent_in_time();
"""


class Migration(migrations.Migration):
    replaces = [("grants", "0024_sent_as_the_call_says")]
    dependencies = [("grants", "0011_payee_checks")]

    operations = [
        migrations.RunSQL(ANSWERS, NOT_ANSWERS),
        migrations.RunSQL(FITS, NOT_FITS),
        migrations.RunSQL(IN_TIME, NOT_IN_TIME),
    ]
