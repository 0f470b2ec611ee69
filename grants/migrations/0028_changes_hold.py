"""What was agreed on moves by a change that its grantee has accepted, and in no other way."""

from django.db import migrations

STAYS = """
CREATE TRIGGER awardchange_is_not_removed BEFORE DELETE OR TRUNCATE
    ON grants_awardchange FOR EACH STATEMENT EXECUTE FUNCTION grants_written_once();

-- Money of a part, or more than a tenth of the award between lines, is for two people.
CREATE FUNCTION grants_change_is_large(facts jsonb, award bigint) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$
    SELECT jsonb_path_query_array(facts, '$.before.parts[*].minor')
           <> jsonb_path_query_array(facts, '$.after.parts[*].minor')
        OR 10 * coalesce((
            SELECT sum(greatest((a.line->>'minor')::bigint - (b.line->>'minor')::bigint, 0))
            FROM jsonb_array_elements(facts->'before'->'lines') WITH ORDINALITY b(line, at)
            JOIN jsonb_array_elements(facts->'after'->'lines') WITH ORDINALITY a(line, at)
              ON a.at = b.at), 0) > award
$$;

CREATE FUNCTION grants_awardchange_stays() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    as_it_was grants_awardchange%ROWTYPE;
    promised record;
    last bigint;
    broken text;
BEGIN
    SELECT w.amount_minor, w.state, a.applicant_id INTO promised FROM grants_award w
    JOIN grants_application a ON a.id = w.application_id WHERE w.id = NEW.award_id;
    SELECT id INTO last FROM grants_schedule
    WHERE award_id = NEW.award_id ORDER BY version DESC LIMIT 1;
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'asked' THEN
            broken := 'awardchange_begins_asked';
        ELSIF NEW.number <> 1 + coalesce((SELECT max(number) FROM grants_awardchange
                                          WHERE award_id = NEW.award_id), 0) THEN
            broken := 'awardchange_numbers_follow_each_other';
        ELSIF promised.state <> 'active' OR NOT EXISTS (
            SELECT 1 FROM grants_agreement WHERE id = NEW.agreement_id
            AND award_id = NEW.award_id AND accepted_at IS NOT NULL) THEN
            broken := 'awardchange_is_of_what_was_agreed_on';
        ELSIF promised.applicant_id <> NEW.asked_by_id THEN
            broken := 'awardchange_is_asked_by_the_applicant';
        ELSIF NEW.schedule_id IS DISTINCT FROM last THEN
            broken := 'awardchange_is_about_what_stands';
        ELSIF NOT NEW.needs_second
          AND grants_change_is_large(NEW.facts, promised.amount_minor) THEN
            broken := 'awardchange_of_much_money_needs_two';
        END IF;
    ELSE
        as_it_was := NEW;
        as_it_was.state := OLD.state;
        IF OLD.state IN ('asked', 'checked') THEN
            as_it_was.words := OLD.words;
            as_it_was.document_id := OLD.document_id;
        END IF;
        IF OLD.approved_at IS NULL THEN
            as_it_was.approved_by_id := OLD.approved_by_id;
            as_it_was.approved_at := OLD.approved_at;
        ELSIF OLD.confirmed_at IS NULL THEN
            as_it_was.confirmed_by_id := OLD.confirmed_by_id;
            as_it_was.confirmed_at := OLD.confirmed_at;
        END IF;
        IF OLD.state = 'offered' AND NEW.state = 'accepted' THEN
            as_it_was.accepted_at := OLD.accepted_at;
            as_it_was.accepted_as := OLD.accepted_as;
            as_it_was.accepted_sha256 := OLD.accepted_sha256;
            as_it_was.signed_id := OLD.signed_id;
        END IF;
        IF NEW.state IN ('declined', 'withdrawn') AND OLD.state IN ('asked', 'checked', 'offered')
        THEN
            as_it_was.words := OLD.words;
            as_it_was.ended_by_id := OLD.ended_by_id;
            as_it_was.ended_at := OLD.ended_at;
        END IF;
        IF as_it_was IS DISTINCT FROM OLD THEN
            broken := 'awardchange_stays_as_it_was';
        ELSIF NEW.state <> OLD.state AND NOT (
            OLD.state = 'asked' AND NEW.state IN ('checked', 'offered', 'declined', 'withdrawn')
            OR OLD.state = 'checked' AND NEW.state IN ('offered', 'declined', 'withdrawn')
            OR OLD.state = 'offered' AND NEW.state IN ('accepted', 'declined', 'withdrawn')) THEN
            broken := 'awardchange_goes_forward';
        ELSIF NEW.state IN ('offered', 'accepted') AND NEW.state <> OLD.state
          AND NEW.schedule_id IS DISTINCT FROM last THEN
            broken := 'awardchange_is_about_what_stands';
        END IF;
    END IF;
    IF broken IS NOT NULL THEN
        RAISE EXCEPTION 'Change % of award % is refused.', NEW.number, NEW.award_id
            USING ERRCODE = 'check_violation', CONSTRAINT = broken, TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER awardchange_stays BEFORE INSERT OR UPDATE ON grants_awardchange
    FOR EACH ROW EXECUTE FUNCTION grants_awardchange_stays();
"""
NOT_STAYS = """
DROP TRIGGER awardchange_stays ON grants_awardchange;
DROP FUNCTION grants_awardchange_stays();
DROP FUNCTION grants_change_is_large(jsonb, bigint);
DROP TRIGGER awardchange_is_not_removed ON grants_awardchange;
"""

MOVES = """
CREATE FUNCTION grants_change_counts(wanted bigint, of_award bigint) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT 1 FROM grants_awardchange
                   WHERE id = wanted AND award_id = of_award AND state = 'accepted')
$$;

CREATE FUNCTION grants_change_is_followed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.change_id IS NOT NULL AND NOT grants_change_counts(NEW.change_id, NEW.award_id) THEN
        RAISE EXCEPTION 'Change % is not in force.', NEW.change_id
            USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME,
                  CONSTRAINT = TG_ARGV[0] || '_follows_its_change';
    END IF;
    IF NEW.change_id IS NULL AND EXISTS (SELECT 1 FROM grants_agreement
                   WHERE award_id = NEW.award_id AND accepted_at IS NOT NULL) THEN
        RAISE EXCEPTION 'Award % was agreed on.', NEW.award_id
            USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME,
                  CONSTRAINT = TG_ARGV[0] || '_is_fixed';
    END IF;
    RETURN NEW;
END $$;
DROP TRIGGER schedule_was_agreed_on ON grants_schedule;
DROP FUNCTION grants_schedule_was_agreed_on();
CREATE TRIGGER schedule_was_agreed_on BEFORE INSERT ON grants_schedule
    FOR EACH ROW EXECUTE FUNCTION grants_change_is_followed('schedule');
CREATE TRIGGER awardbudget_was_agreed_on BEFORE INSERT ON grants_awardbudget
    FOR EACH ROW EXECUTE FUNCTION grants_change_is_followed('awardbudget');

CREATE OR REPLACE FUNCTION grants_schedule_fits() RETURNS trigger LANGUAGE plpgsql AS $$
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
    ELSIF NEW.change_id IS NULL
      AND (EXISTS (SELECT 1 FROM grants_fulfilment WHERE award_id = NEW.award_id)
       OR EXISTS (SELECT 1 FROM grants_disbursement d WHERE d.award_id = NEW.award_id
                  AND d.tranche_number IS NOT NULL AND d.state <> 'declined')) THEN
        broken := 'schedule_is_fixed';
    ELSE
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'Version % of the schedule of award % is refused.', NEW.version, NEW.award_id
        USING ERRCODE = 'check_violation', CONSTRAINT = broken, TABLE = TG_TABLE_NAME;
END $$;

-- Read when everything is written: what was met or asked for stays, and the rest is as accepted.
CREATE FUNCTION grants_change_is_what_was_accepted() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    told jsonb;
    broken text;
BEGIN
    IF NEW.change_id IS NULL THEN RETURN NULL; END IF;
    SELECT facts->'after' INTO told FROM grants_awardchange WHERE id = NEW.change_id;
    IF TG_TABLE_NAME = 'grants_awardbudget' THEN
        IF (SELECT coalesce(array_agg(amount_minor ORDER BY position), '{}')
            FROM grants_awardline WHERE budget_id = NEW.id)
           <> (SELECT coalesce(array_agg((line->>'minor')::bigint
                                         ORDER BY (line->>'position')::int), '{}')
               FROM jsonb_array_elements(told->'lines') line) THEN
            broken := 'awardbudget_follows_its_change';
        END IF;
    ELSIF (SELECT array_agg(amount_minor || ' ' || due_on ORDER BY number)
           FROM grants_tranche WHERE schedule_id = NEW.id)
          <> (SELECT array_agg((part->>'minor') || ' ' || (part->>'due_on')
                               ORDER BY (part->>'number')::int)
              FROM jsonb_array_elements(told->'parts') part) THEN
        broken := 'schedule_follows_its_change';
    ELSIF EXISTS (
        SELECT 1 FROM grants_tranche was JOIN grants_schedule s ON s.id = was.schedule_id
        LEFT JOIN grants_tranche kept ON kept.schedule_id = NEW.id AND kept.number = was.number
             AND kept.amount_minor = was.amount_minor AND kept.condition = was.condition
             AND kept.words = was.words AND kept.is_retention = was.is_retention
        WHERE s.award_id = NEW.award_id AND s.version = NEW.version - 1 AND kept.id IS NULL
          AND (EXISTS (SELECT 1 FROM grants_fulfilment f WHERE f.award_id = NEW.award_id
                       AND f.tranche_number = was.number)
               OR EXISTS (SELECT 1 FROM grants_disbursement d WHERE d.award_id = NEW.award_id
                          AND d.tranche_number = was.number AND d.state <> 'declined'))) THEN
        broken := 'schedule_keeps_what_has_come';
    END IF;
    IF broken IS NOT NULL THEN
        RAISE EXCEPTION 'Change % of award % is refused.', NEW.change_id, NEW.award_id
            USING ERRCODE = 'check_violation', CONSTRAINT = broken, TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER schedule_is_what_was_accepted AFTER INSERT ON grants_schedule
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION grants_change_is_what_was_accepted();
CREATE CONSTRAINT TRIGGER awardbudget_is_what_was_accepted AFTER INSERT ON grants_awardbudget
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION grants_change_is_what_was_accepted();
"""
NOT_MOVES = """
DROP TRIGGER awardbudget_is_what_was_accepted ON grants_awardbudget;
DROP TRIGGER schedule_is_what_was_accepted ON grants_schedule;
DROP FUNCTION grants_change_is_what_was_accepted();
DROP TRIGGER awardbudget_was_agreed_on ON grants_awardbudget;
DROP TRIGGER schedule_was_agreed_on ON grants_schedule;
DROP FUNCTION grants_change_is_followed();
DROP FUNCTION grants_change_counts(bigint, bigint);
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
CREATE OR REPLACE FUNCTION grants_schedule_fits() RETURNS trigger LANGUAGE plpgsql AS $$
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
"""


class Migration(migrations.Migration):
    dependencies = [("grants", "0027_changes")]

    operations = [
        migrations.RunSQL(STAYS, NOT_STAYS),
        migrations.RunSQL(MOVES, NOT_MOVES),
    ]
