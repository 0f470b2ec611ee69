"""A budget comes to its award, and what was agreed on stays as it was accepted."""

from django.db import migrations

STAYS = """
CREATE TRIGGER awardbudget_is_written_once BEFORE UPDATE OR DELETE OR TRUNCATE
    ON grants_awardbudget FOR EACH STATEMENT EXECUTE FUNCTION grants_written_once();
CREATE TRIGGER awardline_is_written_once BEFORE UPDATE OR DELETE OR TRUNCATE
    ON grants_awardline FOR EACH STATEMENT EXECUTE FUNCTION grants_written_once();
CREATE TRIGGER agreement_is_not_removed BEFORE DELETE OR TRUNCATE
    ON grants_agreement FOR EACH STATEMENT EXECUTE FUNCTION grants_written_once();

CREATE FUNCTION grants_awardbudget_adds_up() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    asked bigint;
    kept record;
BEGIN
    IF TG_TABLE_NAME = 'grants_awardbudget' THEN
        asked := NEW.id;
    ELSE
        asked := NEW.budget_id;
    END IF;
    SELECT a.amount_minor AS award,
           coalesce((SELECT sum(amount_minor) FROM grants_awardline WHERE budget_id = asked), 0)
           AS lines
    INTO kept FROM grants_awardbudget b JOIN grants_award a ON a.id = b.award_id
    WHERE b.id = asked;
    IF kept.award <> kept.lines THEN
        RAISE EXCEPTION 'The award is %, its lines %.', kept.award, kept.lines
            USING ERRCODE = 'check_violation', CONSTRAINT = 'awardbudget_adds_up',
                  TABLE = 'grants_awardbudget';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER awardbudget_adds_up AFTER INSERT ON grants_awardbudget
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION grants_awardbudget_adds_up();
CREATE CONSTRAINT TRIGGER awardline_adds_up AFTER INSERT ON grants_awardline
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION grants_awardbudget_adds_up();
"""
NOT_STAYS = """
DROP TRIGGER awardline_adds_up ON grants_awardline;
DROP TRIGGER awardbudget_adds_up ON grants_awardbudget;
DROP FUNCTION grants_awardbudget_adds_up();
DROP TRIGGER agreement_is_not_removed ON grants_agreement;
DROP TRIGGER awardline_is_written_once ON grants_awardline;
DROP TRIGGER awardbudget_is_written_once ON grants_awardbudget;
"""

# Only the signatures come to it, each once, and only to the version that stands.
SIGNED = """
CREATE FUNCTION grants_agreement_stays() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    as_it_was grants_agreement%ROWTYPE;
    broken text;
BEGIN
    as_it_was := NEW;
    IF TG_OP = 'UPDATE' THEN
        IF OLD.accepted_at IS NULL THEN
            as_it_was.accepted_at := OLD.accepted_at;
            as_it_was.accepted_by_id := OLD.accepted_by_id;
            as_it_was.accepted_as := OLD.accepted_as;
            as_it_was.accepted_sha256 := OLD.accepted_sha256;
        END IF;
        IF OLD.countersigned_at IS NULL THEN
            as_it_was.countersigned_at := OLD.countersigned_at;
            as_it_was.countersigned_by_id := OLD.countersigned_by_id;
            as_it_was.signed_id := OLD.signed_id;
        END IF;
        IF as_it_was IS DISTINCT FROM OLD THEN
            broken := 'agreement_stays_as_it_was';
        END IF;
    ELSIF EXISTS (SELECT 1 FROM grants_agreement
                  WHERE award_id = NEW.award_id AND accepted_at IS NOT NULL) THEN
        broken := 'agreement_accepted_is_the_last';
    END IF;
    IF broken IS NULL AND NEW.accepted_at IS NOT NULL
       AND (TG_OP = 'INSERT' OR OLD.accepted_at IS NULL) THEN
        IF EXISTS (SELECT 1 FROM grants_agreement
                   WHERE award_id = NEW.award_id AND version > NEW.version)
           OR EXISTS (SELECT 1 FROM grants_schedule
                      WHERE award_id = NEW.award_id AND id > NEW.schedule_id) THEN
            broken := 'agreement_accepted_is_the_last';
        ELSIF NOT EXISTS (SELECT 1 FROM grants_award w
                          JOIN grants_application a ON a.id = w.application_id
                          WHERE w.id = NEW.award_id
                            AND a.applicant_id = NEW.accepted_by_id) THEN
            broken := 'agreement_is_accepted_by_the_applicant';
        END IF;
    END IF;
    IF broken IS NOT NULL THEN
        RAISE EXCEPTION 'Agreement % of award % is refused.', NEW.version, NEW.award_id
            USING ERRCODE = 'check_violation', CONSTRAINT = broken, TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER agreement_stays BEFORE INSERT OR UPDATE ON grants_agreement
    FOR EACH ROW EXECUTE FUNCTION grants_agreement_stays();
"""
NOT_SIGNED = """
DROP TRIGGER agreement_stays ON grants_agreement;
DROP FUNCTION grants_agreement_stays();
"""

# What was accepted is not set out anew, and 'signed' is a fact and no opinion.
FIXED = """
CREATE FUNCTION grants_schedule_was_agreed_on() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM grants_agreement
               WHERE award_id = NEW.award_id AND accepted_at IS NOT NULL) THEN
        RAISE EXCEPTION 'Award % was agreed on.', NEW.award_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'schedule_is_fixed',
                  TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER schedule_was_agreed_on BEFORE INSERT ON grants_schedule
    FOR EACH ROW EXECUTE FUNCTION grants_schedule_was_agreed_on();

CREATE FUNCTION grants_fulfilment_is_signed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF 'signed' = (SELECT t.condition FROM grants_tranche t
                   JOIN grants_schedule s ON s.id = t.schedule_id
                   WHERE s.award_id = NEW.award_id AND t.number = NEW.tranche_number
                   ORDER BY s.version DESC LIMIT 1)
       AND NOT EXISTS (SELECT 1 FROM grants_agreement
                       WHERE award_id = NEW.award_id AND accepted_at IS NOT NULL) THEN
        RAISE EXCEPTION 'The agreement of award % is not accepted.', NEW.award_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'fulfilment_of_signing_is_signed',
                  TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER fulfilment_is_signed BEFORE INSERT ON grants_fulfilment
    FOR EACH ROW EXECUTE FUNCTION grants_fulfilment_is_signed();
"""
NOT_FIXED = """
DROP TRIGGER fulfilment_is_signed ON grants_fulfilment;
DROP FUNCTION grants_fulfilment_is_signed();
DROP TRIGGER schedule_was_agreed_on ON grants_schedule;
DROP FUNCTION grants_schedule_was_agreed_on();
"""


class Migration(migrations.Migration):
    replaces = [("grants", "0041_agreements_stay")]
    dependencies = [("grants", "0018_messages_stay"), ("documents", "0004_scrubbed_rules")]

    operations = [
        migrations.RunSQL(STAYS, NOT_STAYS),
        migrations.RunSQL(SIGNED, NOT_SIGNED),
        migrations.RunSQL(FIXED, NOT_FIXED),
    ]
