"""No award of a round that is ratified without a trustee's word, and no vote after the count."""

from django.db import migrations

RATIFIED = """
CREATE FUNCTION grants_ratification_fits() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    told grants_motion%ROWTYPE;
    broken text;
BEGIN
    IF TG_OP <> 'INSERT' THEN
        broken := 'ratification_stays';
    ELSE
        SELECT * INTO told FROM grants_motion WHERE id = NEW.motion_id;
        IF told.state <> 'open' OR told.counted_at IS NULL THEN
            broken := 'ratification_follows_the_count';
        ELSIF told.put_by_id = NEW.member_id
              OR EXISTS (SELECT 1 FROM jsonb_array_elements(told.frozen -> 'members') each
                         WHERE (each ->> 'id')::bigint = NEW.member_id)
              OR EXISTS (SELECT 1 FROM grants_item i
                         JOIN grants_application a ON a.id = i.application_id
                         LEFT JOIN grants_coapplicant c ON c.application_id = a.id
                         WHERE i.motion_id = told.id
                         AND NEW.member_id IN (a.applicant_id, c.person_id)) THEN
            broken := 'ratification_is_of_another';
        ELSE
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'A motion is not ratified so.'
        USING ERRCODE = 'check_violation', CONSTRAINT = broken, TABLE = 'grants_ratification';
END $$;
CREATE TRIGGER ratification_fits BEFORE INSERT OR UPDATE OR DELETE ON grants_ratification
    FOR EACH ROW EXECUTE FUNCTION grants_ratification_fits();
"""
NOT_RATIFIED = """
DROP TRIGGER ratification_fits ON grants_ratification;
DROP FUNCTION grants_ratification_fits();
"""

AWARDS = """
CREATE FUNCTION grants_award_is_ratified() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM grants_item i
               JOIN grants_motion m ON m.id = i.motion_id
               JOIN grants_round r ON r.id = m.round_id
               WHERE i.id = NEW.item_id AND r.is_ratified
               AND NOT EXISTS (SELECT 1 FROM grants_ratification x
                               WHERE x.motion_id = m.id AND x.is_agreed)) THEN
        RAISE EXCEPTION 'No trustee has ratified this award.'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'award_is_ratified',
                  TABLE = 'grants_award';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER award_is_ratified BEFORE INSERT ON grants_award
    FOR EACH ROW EXECUTE FUNCTION grants_award_is_ratified();
"""
NO_AWARDS = """
DROP TRIGGER award_is_ratified ON grants_award;
DROP FUNCTION grants_award_is_ratified();
"""

VOTES = """
CREATE FUNCTION grants_vote_is_before_the_count() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM grants_item i JOIN grants_motion m ON m.id = i.motion_id
               WHERE i.id = NEW.item_id AND m.counted_at IS NOT NULL) THEN
        RAISE EXCEPTION 'The votes are counted.'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'vote_is_before_the_count',
                  TABLE = 'grants_vote';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER vote_is_before_the_count BEFORE INSERT OR UPDATE ON grants_vote
    FOR EACH ROW EXECUTE FUNCTION grants_vote_is_before_the_count();
"""
NO_VOTES = """
DROP TRIGGER vote_is_before_the_count ON grants_vote;
DROP FUNCTION grants_vote_is_before_the_count();
"""


class Migration(migrations.Migration):
    dependencies = [("grants", "0033_ratifications")]

    operations = [
        migrations.RunSQL(RATIFIED, NOT_RATIFIED),
        migrations.RunSQL(AWARDS, NO_AWARDS),
        migrations.RunSQL(VOTES, NO_VOTES),
    ]
