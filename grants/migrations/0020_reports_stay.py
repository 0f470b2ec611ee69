"""A report that was sent stays, and an award ends only once its reports are accepted."""

from django.db import migrations

STAYS = """
CREATE TRIGGER reportline_is_written_once BEFORE UPDATE OR DELETE OR TRUNCATE
    ON grants_reportline FOR EACH STATEMENT EXECUTE FUNCTION grants_written_once();
CREATE TRIGGER reportsending_is_not_removed BEFORE DELETE OR TRUNCATE
    ON grants_reportsending FOR EACH STATEMENT EXECUTE FUNCTION grants_written_once();
CREATE TRIGGER closing_is_written_once BEFORE UPDATE OR DELETE OR TRUNCATE
    ON grants_closing FOR EACH STATEMENT EXECUTE FUNCTION grants_written_once();
CREATE TRIGGER writeoff_is_not_removed BEFORE DELETE OR TRUNCATE
    ON grants_writeoff FOR EACH STATEMENT EXECUTE FUNCTION grants_written_once();

CREATE FUNCTION grants_reportsending_stays() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    as_it_was grants_reportsending%ROWTYPE;
BEGIN
    as_it_was := NEW;
    IF OLD.answer = '' THEN
        as_it_was.answer := OLD.answer;
        as_it_was.words := OLD.words;
        as_it_was.answered_by_id := OLD.answered_by_id;
        as_it_was.answered_at := OLD.answered_at;
    END IF;
    IF as_it_was IS DISTINCT FROM OLD THEN
        RAISE EXCEPTION 'What was sent stays.'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'reportsending_stays_as_it_was',
                  TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER reportsending_stays BEFORE UPDATE ON grants_reportsending
    FOR EACH ROW EXECUTE FUNCTION grants_reportsending_stays();

CREATE FUNCTION grants_reportsending_follows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.answer <> '' OR EXISTS (SELECT 1 FROM grants_reportsending
                                   WHERE report_id = NEW.report_id AND answer = 'accepted') THEN
        RAISE EXCEPTION 'Report % was accepted.', NEW.report_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'reportsending_accepted_is_the_last',
                  TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER reportsending_follows BEFORE INSERT ON grants_reportsending
    FOR EACH ROW EXECUTE FUNCTION grants_reportsending_follows();

CREATE FUNCTION grants_reportsending_adds_up() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    asked bigint;
BEGIN
    IF TG_TABLE_NAME = 'grants_reportsending' THEN asked := NEW.id;
    ELSE asked := NEW.sending_id; END IF;
    IF (SELECT spent_minor FROM grants_reportsending WHERE id = asked) <> coalesce(
        (SELECT sum(spent_minor) FROM grants_reportline WHERE sending_id = asked), 0) THEN
        RAISE EXCEPTION 'The lines of sending % are not what it says was spent.', asked
            USING ERRCODE = 'check_violation', CONSTRAINT = 'reportsending_adds_up',
                  TABLE = 'grants_reportsending';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER reportsending_adds_up AFTER INSERT ON grants_reportsending
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION grants_reportsending_adds_up();
CREATE CONSTRAINT TRIGGER reportline_adds_up AFTER INSERT ON grants_reportline
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION grants_reportsending_adds_up();

CREATE FUNCTION grants_writeoff_stays() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    as_it_was grants_writeoff%ROWTYPE;
BEGIN
    as_it_was := NEW;
    IF OLD.agreed_at IS NULL THEN
        as_it_was.agreed_at := OLD.agreed_at;
        as_it_was.agreed_by_id := OLD.agreed_by_id;
    END IF;
    IF as_it_was IS DISTINCT FROM OLD THEN
        RAISE EXCEPTION 'A write-off stays.'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'writeoff_stays_as_it_was',
                  TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER writeoff_stays BEFORE UPDATE ON grants_writeoff
    FOR EACH ROW EXECUTE FUNCTION grants_writeoff_stays();
"""
NOT_STAYS = """
DROP TRIGGER writeoff_stays ON grants_writeoff;
DROP FUNCTION grants_writeoff_stays();
DROP TRIGGER reportline_adds_up ON grants_reportline;
DROP TRIGGER reportsending_adds_up ON grants_reportsending;
DROP FUNCTION grants_reportsending_adds_up();
DROP TRIGGER reportsending_follows ON grants_reportsending;
DROP FUNCTION grants_reportsending_follows();
DROP TRIGGER reportsending_stays ON grants_reportsending;
DROP FUNCTION grants_reportsending_stays();
DROP TRIGGER writeoff_is_not_removed ON grants_writeoff;
DROP TRIGGER closing_is_written_once ON grants_closing;
DROP TRIGGER reportsending_is_not_removed ON grants_reportsending;
DROP TRIGGER reportline_is_written_once ON grants_reportline;
"""

ENDS = """
CREATE FUNCTION grants_fulfilment_is_reported() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    wanted text;
BEGIN
    SELECT t.condition INTO wanted FROM grants_tranche t
    JOIN grants_schedule s ON s.id = t.schedule_id
    WHERE s.award_id = NEW.award_id AND t.number = NEW.tranche_number
    ORDER BY s.version DESC LIMIT 1;
    IF wanted IN ('interim', 'final') AND NOT EXISTS (
        SELECT 1 FROM grants_reportsending x JOIN grants_report r ON r.id = x.report_id
        WHERE r.award_id = NEW.award_id AND r.kind = wanted AND x.answer = 'accepted'
    ) THEN
        RAISE EXCEPTION 'The % report of award % is not accepted.', wanted, NEW.award_id
            USING ERRCODE = 'check_violation',
                  CONSTRAINT = 'fulfilment_of_a_report_is_accepted', TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER fulfilment_is_reported BEFORE INSERT ON grants_fulfilment
    FOR EACH ROW EXECUTE FUNCTION grants_fulfilment_is_reported();

-- An award that was set out ends with its closing, unless nothing of it was ever paid.
CREATE FUNCTION grants_award_ends_told() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state = 'closed' AND OLD.state <> 'closed'
       AND EXISTS (SELECT 1 FROM grants_schedule WHERE award_id = NEW.id)
       AND NOT EXISTS (SELECT 1 FROM grants_closing WHERE award_id = NEW.id) THEN
        RAISE EXCEPTION 'Award % is not told to its end.', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'award_closed_is_told_to_its_end',
                  TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER award_ends_told BEFORE UPDATE ON grants_award
    FOR EACH ROW EXECUTE FUNCTION grants_award_ends_told();

CREATE FUNCTION grants_closing_fits() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    spent bigint;
    gone bigint;
BEGIN
    SELECT x.spent_minor INTO spent FROM grants_reportsending x
    JOIN grants_report r ON r.id = x.report_id
    WHERE r.award_id = NEW.award_id AND r.kind = 'final' AND x.answer = 'accepted';
    SELECT coalesce(sum(amount_minor), 0) INTO gone FROM grants_writeoff
    WHERE award_id = NEW.award_id AND agreed_at IS NOT NULL;
    IF spent IS NULL OR spent <> NEW.spent_minor OR gone <> NEW.written_off_minor THEN
        RAISE EXCEPTION 'Award % is not told to its end.', NEW.award_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'closing_follows_the_final_report',
                  TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER closing_fits BEFORE INSERT ON grants_closing
    FOR EACH ROW EXECUTE FUNCTION grants_closing_fits();
"""
NOT_ENDS = """
DROP TRIGGER closing_fits ON grants_closing;
DROP FUNCTION grants_closing_fits();
DROP TRIGGER award_ends_told ON grants_award;
DROP FUNCTION grants_award_ends_told();
DROP TRIGGER fulfilment_is_reported ON grants_fulfilment;
DROP FUNCTION grants_fulfilment_is_reported();
"""


class Migration(migrations.Migration):
    replaces = [("grants", "0043_reports_stay")]
    dependencies = [("grants", "0019_agreements_stay")]

    operations = [
        migrations.RunSQL(STAYS, NOT_STAYS),
        migrations.RunSQL(ENDS, NOT_ENDS),
    ]
