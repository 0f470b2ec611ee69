"""What a check found stays, and the committee works on nothing that did not pass."""

from django.db import migrations

STAYS = """
CREATE FUNCTION grants_deskcheck_stays() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    before grants_deskcheck%ROWTYPE;
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.ended_at IS NULL THEN
        before := NEW;
        before.ended_by_id := OLD.ended_by_id;
        before.ended_at := OLD.ended_at;
        before.ended_why := OLD.ended_why;
        IF OLD.confirmed_at IS NULL THEN
            before.confirmed_by_id := OLD.confirmed_by_id;
            before.confirmed_at := OLD.confirmed_at;
        END IF;
        IF before IS NOT DISTINCT FROM OLD THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION '% on % is refused: what a check found stays', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'check_violation', CONSTRAINT = 'deskcheck_stays', TABLE = TG_TABLE_NAME;
END $$;
CREATE TRIGGER deskcheck_stays BEFORE UPDATE OR DELETE
    ON grants_deskcheck FOR EACH ROW EXECUTE FUNCTION grants_deskcheck_stays();
CREATE TRIGGER deskcheck_is_not_emptied BEFORE TRUNCATE
    ON grants_deskcheck FOR EACH STATEMENT EXECUTE FUNCTION grants_written_once();
"""
NOT_STAYS = """
DROP TRIGGER deskcheck_is_not_emptied ON grants_deskcheck;
DROP TRIGGER deskcheck_stays ON grants_deskcheck;
DROP FUNCTION grants_deskcheck_stays();
"""

# The argument of the trigger names the constraint; an application is named by the row itself or,
# of a vote, by its item.
PASSED = """
CREATE FUNCTION grants_is_of_what_passed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    wanted bigint;
BEGIN
    IF TG_TABLE_NAME = 'grants_vote' THEN
        SELECT application_id INTO wanted FROM grants_item WHERE id = NEW.item_id;
    ELSE
        wanted := NEW.application_id;
    END IF;
    IF EXISTS (
        SELECT 1 FROM grants_application a
        JOIN grants_round r ON r.id = a.round_id
        WHERE a.id = wanted AND r.checks_first AND NOT EXISTS (
            SELECT 1 FROM grants_deskcheck d
            WHERE d.application_id = a.id AND d.sha256 = a.sha256
              AND d.ended_at IS NULL AND d.result = 'passed'
        )
    ) THEN
        RAISE EXCEPTION 'Application % has not passed the check of its round.', wanted
            USING ERRCODE = 'check_violation', CONSTRAINT = TG_ARGV[0], TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER assignment_is_of_what_passed BEFORE INSERT ON grants_assignment
    FOR EACH ROW EXECUTE FUNCTION grants_is_of_what_passed('assignment_is_of_what_passed');
CREATE TRIGGER review_is_of_what_passed BEFORE INSERT OR UPDATE ON grants_review
    FOR EACH ROW EXECUTE FUNCTION grants_is_of_what_passed('review_is_of_what_passed');
CREATE TRIGGER item_is_of_what_passed BEFORE INSERT ON grants_item
    FOR EACH ROW EXECUTE FUNCTION grants_is_of_what_passed('item_is_of_what_passed');
CREATE TRIGGER vote_is_of_what_passed BEFORE INSERT OR UPDATE ON grants_vote
    FOR EACH ROW EXECUTE FUNCTION grants_is_of_what_passed('vote_is_of_what_passed');
"""
NOT_PASSED = """
DROP TRIGGER vote_is_of_what_passed ON grants_vote;
DROP TRIGGER item_is_of_what_passed ON grants_item;
DROP TRIGGER review_is_of_what_passed ON grants_review;
DROP TRIGGER assignment_is_of_what_passed ON grants_assignment;
DROP FUNCTION grants_is_of_what_passed();
"""


class Migration(migrations.Migration):
    replaces = [("grants", "0016_checks_hold")]
    dependencies = [("grants", "0007_schedules_stay")]

    operations = [
        migrations.RunSQL(STAYS, NOT_STAYS),
        migrations.RunSQL(PASSED, NOT_PASSED),
    ]
