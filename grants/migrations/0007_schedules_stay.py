"""A schedule adds up and stays, and a payment fits the part of it that it is for."""

from django.db import migrations

STAYS = """
CREATE TRIGGER schedule_is_written_once BEFORE UPDATE OR DELETE OR TRUNCATE
    ON grants_schedule FOR EACH STATEMENT EXECUTE FUNCTION grants_written_once();
CREATE TRIGGER tranche_is_written_once BEFORE UPDATE OR DELETE OR TRUNCATE
    ON grants_tranche FOR EACH STATEMENT EXECUTE FUNCTION grants_written_once();
CREATE TRIGGER fulfilment_is_written_once BEFORE UPDATE OR DELETE OR TRUNCATE
    ON grants_fulfilment FOR EACH STATEMENT EXECUTE FUNCTION grants_written_once();
"""
NOT_STAYS = """
DROP TRIGGER fulfilment_is_written_once ON grants_fulfilment;
DROP TRIGGER tranche_is_written_once ON grants_tranche;
DROP TRIGGER schedule_is_written_once ON grants_schedule;
"""

# What was asked for outside a schedule, or cancelled, is no part of it.
COVERS = """
CREATE FUNCTION grants_schedule_fits() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    rest bigint;
    before integer;
    broken text;
BEGIN
    SELECT a.amount_minor
        - coalesce((SELECT sum(c.amount_minor) FROM grants_cancellation c
                    WHERE c.award_id = a.id), 0)
        - coalesce((SELECT sum(d.amount_minor) FROM grants_disbursement d
                    WHERE d.award_id = a.id AND d.tranche_number IS NULL
                      AND d.state <> 'declined'), 0)
    INTO rest FROM grants_award a WHERE a.id = NEW.award_id AND a.state = 'active';
    SELECT coalesce(max(version), 0) INTO before
    FROM grants_schedule WHERE award_id = NEW.award_id;
    IF NEW.version <> before + 1 THEN
        broken := 'schedule_versions_follow_each_other';
    ELSIF rest IS NULL OR NEW.amount_minor <> rest THEN
        broken := 'schedule_covers_the_award';
    ELSIF EXISTS (SELECT 1 FROM grants_fulfilment WHERE award_id = NEW.award_id)
       OR EXISTS (SELECT 1 FROM grants_disbursement d WHERE d.award_id = NEW.award_id
                  AND d.tranche_number IS NOT NULL AND d.state <> 'declined') THEN
        broken := 'schedule_is_fixed';
    ELSE
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'Version % of the schedule of award % is refused.', NEW.version, NEW.award_id
        USING ERRCODE = 'check_violation', CONSTRAINT = broken, TABLE = TG_TABLE_NAME;
END $$;
CREATE TRIGGER schedule_fits BEFORE INSERT ON grants_schedule
    FOR EACH ROW EXECUTE FUNCTION grants_schedule_fits();
"""
NOT_COVERS = """
DROP TRIGGER schedule_fits ON grants_schedule;
DROP FUNCTION grants_schedule_fits();
"""

ADDS_UP = """
CREATE FUNCTION grants_schedule_adds_up() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    asked bigint;
    kept record;
    told record;
    broken text;
BEGIN
    IF TG_TABLE_NAME = 'grants_schedule' THEN asked := NEW.id; ELSE asked := NEW.schedule_id; END IF;
    SELECT * INTO kept FROM grants_schedule WHERE id = asked;
    SELECT coalesce(sum(amount_minor), 0) AS sum, count(*) AS n, max(number) AS last,
           min(number) AS first,
           max(number) FILTER (WHERE is_retention) AS retained,
           count(*) FILTER (WHERE is_retention) AS retentions,
           bool_or(condition = 'interim') AS interim
    INTO told FROM grants_tranche WHERE schedule_id = asked;
    IF told.sum <> kept.amount_minor THEN
        broken := 'schedule_adds_up';
    ELSIF told.first <> 1 OR told.last <> told.n THEN
        broken := 'schedule_counts_its_parts';
    ELSIF told.retentions > 1 OR told.retained <> told.last THEN
        broken := 'schedule_retains_the_last_part';
    ELSIF told.interim AND kept.interim_due_on IS NULL THEN
        broken := 'schedule_has_the_report_it_waits_for';
    ELSE
        RETURN NULL;
    END IF;
    RAISE EXCEPTION 'Schedule % pays %, its parts %.', asked, kept.amount_minor, told.sum
        USING ERRCODE = 'check_violation', CONSTRAINT = broken, TABLE = 'grants_schedule';
END $$;
CREATE CONSTRAINT TRIGGER schedule_adds_up AFTER INSERT ON grants_schedule
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION grants_schedule_adds_up();
CREATE CONSTRAINT TRIGGER tranche_adds_up AFTER INSERT ON grants_tranche
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION grants_schedule_adds_up();
"""
NOT_ADDS_UP = """
DROP TRIGGER tranche_adds_up ON grants_tranche;
DROP TRIGGER schedule_adds_up ON grants_schedule;
DROP FUNCTION grants_schedule_adds_up();
"""

FULFILS = """
CREATE FUNCTION grants_fulfilment_fits() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM grants_tranche t JOIN grants_schedule s ON s.id = t.schedule_id
        WHERE s.award_id = NEW.award_id AND t.number = NEW.tranche_number
          AND s.version = (SELECT max(version) FROM grants_schedule
                           WHERE award_id = NEW.award_id)
    ) THEN
        RAISE EXCEPTION 'Award % has no part %.', NEW.award_id, NEW.tranche_number
            USING ERRCODE = 'check_violation', CONSTRAINT = 'fulfilment_is_of_a_tranche',
                  TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER fulfilment_fits BEFORE INSERT ON grants_fulfilment
    FOR EACH ROW EXECUTE FUNCTION grants_fulfilment_fits();
"""
NOT_FULFILS = """
DROP TRIGGER fulfilment_fits ON grants_fulfilment;
DROP FUNCTION grants_fulfilment_fits();
"""

# A payment asked for before there was a schedule goes its way; a new one names its part.
PAYS = """
CREATE FUNCTION grants_disbursement_fits() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    last bigint;
    part record;
    broken text;
BEGIN
    SELECT id INTO last FROM grants_schedule
    WHERE award_id = NEW.award_id ORDER BY version DESC LIMIT 1;
    SELECT * INTO part FROM grants_tranche
    WHERE schedule_id = last AND number = NEW.tranche_number;
    IF TG_OP = 'UPDATE' AND NEW.tranche_number IS DISTINCT FROM OLD.tranche_number THEN
        broken := 'disbursement_keeps_its_tranche';
    ELSIF NEW.tranche_number IS NULL THEN
        IF TG_OP = 'UPDATE' OR last IS NULL THEN RETURN NEW; END IF;
        broken := 'disbursement_names_its_tranche';
    ELSIF part.id IS NULL THEN
        broken := 'disbursement_names_its_tranche';
    ELSIF NEW.amount_minor > part.amount_minor THEN
        broken := 'disbursement_is_within_its_tranche';
    ELSIF NOT EXISTS (SELECT 1 FROM grants_fulfilment f WHERE f.award_id = NEW.award_id
                      AND f.tranche_number = NEW.tranche_number) THEN
        broken := 'disbursement_waits_for_its_condition';
    ELSE
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'Payment % of award % is refused.', NEW.number, NEW.award_id
        USING ERRCODE = 'check_violation', CONSTRAINT = broken, TABLE = TG_TABLE_NAME;
END $$;
CREATE TRIGGER disbursement_fits BEFORE INSERT OR UPDATE ON grants_disbursement
    FOR EACH ROW EXECUTE FUNCTION grants_disbursement_fits();
"""
NOT_PAYS = """
DROP TRIGGER disbursement_fits ON grants_disbursement;
DROP FUNCTION grants_disbursement_fits();
"""


class Migration(migrations.Migration):
    replaces = [("grants", "0014_schedules_stay")]
    dependencies = [("grants", "0006_declarations")]

    operations = [
        migrations.RunSQL(STAYS, NOT_STAYS),
        migrations.RunSQL(COVERS, NOT_COVERS),
        migrations.RunSQL(ADDS_UP, NOT_ADDS_UP),
        migrations.RunSQL(FULFILS, NOT_FULFILS),
        migrations.RunSQL(PAYS, NOT_PAYS),
    ]
