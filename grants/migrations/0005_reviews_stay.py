"""An opinion that was handed in is whole and stays, and is of nobody who stepped out."""

from django.db import migrations

STAYS = """
CREATE FUNCTION grants_review_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.handed_in_at IS NOT NULL THEN
        RAISE EXCEPTION 'This review was handed in.'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'review_stays_as_handed_in',
                  TABLE = 'grants_review';
    END IF;
    RETURN COALESCE(NEW, OLD);
END $$;
CREATE TRIGGER review_stays_as_handed_in BEFORE UPDATE OR DELETE ON grants_review
    FOR EACH ROW EXECUTE FUNCTION grants_review_stays();

CREATE FUNCTION grants_mark_fits() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    found record;
BEGIN
    SELECT review.handed_in_at, application.round_id INTO found
    FROM grants_review review
    JOIN grants_application application ON application.id = review.application_id
    WHERE review.id = COALESCE(NEW.review_id, OLD.review_id);
    IF found.handed_in_at IS NOT NULL THEN
        RAISE EXCEPTION 'This review was handed in.'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'mark_stays_as_handed_in',
                  TABLE = 'grants_mark';
    END IF;
    IF TG_OP <> 'DELETE' AND NOT EXISTS (
        SELECT 1 FROM grants_criterion
        WHERE id = NEW.criterion_id AND round_id = found.round_id
    ) THEN
        RAISE EXCEPTION 'This criterion is of another round.'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'mark_is_of_its_round',
                  TABLE = 'grants_mark';
    END IF;
    RETURN COALESCE(NEW, OLD);
END $$;
CREATE TRIGGER mark_fits BEFORE INSERT OR UPDATE OR DELETE ON grants_mark
    FOR EACH ROW EXECUTE FUNCTION grants_mark_fits();
"""
NOT_STAYS = """
DROP TRIGGER mark_fits ON grants_mark;
DROP FUNCTION grants_mark_fits();
DROP TRIGGER review_stays_as_handed_in ON grants_review;
DROP FUNCTION grants_review_stays();
"""

WHOLE = """
CREATE FUNCTION grants_review_is_whole() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.handed_in_at IS NOT NULL AND EXISTS (
        SELECT 1 FROM grants_criterion criterion
        JOIN grants_application application ON application.round_id = criterion.round_id
        WHERE application.id = NEW.application_id AND NOT EXISTS (
            SELECT 1 FROM grants_mark
            WHERE review_id = NEW.id AND criterion_id = criterion.id
        )
    ) THEN
        RAISE EXCEPTION 'This review lacks a mark.'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'review_handed_in_is_whole',
                  TABLE = 'grants_review';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER review_handed_in_is_whole AFTER INSERT OR UPDATE ON grants_review
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION grants_review_is_whole();
"""
NOT_WHOLE = """
DROP TRIGGER review_handed_in_is_whole ON grants_review;
DROP FUNCTION grants_review_is_whole();
"""

OUT = """
CREATE FUNCTION grants_review_is_of_a_member_who_is_in() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM grants_recusal
        WHERE application_id = NEW.application_id AND member_id = NEW.member_id
    ) OR EXISTS (
        SELECT 1 FROM grants_application
        WHERE id = NEW.application_id AND applicant_id = NEW.member_id
    ) THEN
        RAISE EXCEPTION 'Who stepped out of an application does not review it.'
            USING ERRCODE = 'check_violation',
                  CONSTRAINT = 'review_is_of_a_member_who_is_in', TABLE = 'grants_review';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER review_is_of_a_member_who_is_in BEFORE INSERT OR UPDATE ON grants_review
    FOR EACH ROW EXECUTE FUNCTION grants_review_is_of_a_member_who_is_in();
"""
NOT_OUT = """
DROP TRIGGER review_is_of_a_member_who_is_in ON grants_review;
DROP FUNCTION grants_review_is_of_a_member_who_is_in();
"""


class Migration(migrations.Migration):
    replaces = [("grants", "0011_reviews_stay")]
    dependencies = [("grants", "0004_allocations")]

    operations = [
        migrations.RunSQL(STAYS, NOT_STAYS),
        migrations.RunSQL(WHOLE, NOT_WHOLE),
        migrations.RunSQL(OUT, NOT_OUT),
    ]
