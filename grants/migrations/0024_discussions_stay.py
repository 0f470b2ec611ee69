"""A remark is of a member who takes part in the decision, comes before it, and stays."""

from django.db import migrations

STAYS = """
CREATE FUNCTION grants_remark_fits() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    wanted record;
    said record;
    is_voted boolean;
    broken text;
BEGIN
    IF TG_OP <> 'INSERT' THEN
        IF TG_OP = 'UPDATE' AND NEW.text = 'erased' AND NEW.uuid = OLD.uuid
           AND (NEW.id, NEW.application_id, NEW.author_id, NEW.sent_at)
             = (OLD.id, OLD.application_id, OLD.author_id, OLD.sent_at) THEN
            RETURN NEW;
        END IF;
        RAISE EXCEPTION 'What was said stays.'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'remark_stays',
                  TABLE = 'grants_remark';
    END IF;
    SELECT a.state, a.applicant_id, r.asks_interests INTO wanted
    FROM grants_application a JOIN grants_round r ON r.id = a.round_id
    WHERE a.id = NEW.application_id;
    SELECT d.interest, g.may_take_part INTO said
    FROM grants_declaration d LEFT JOIN grants_ruling g ON g.declaration_id = d.id
    WHERE d.application_id = NEW.application_id AND d.member_id = NEW.author_id
    ORDER BY d.id DESC LIMIT 1;
    SELECT EXISTS (SELECT 1 FROM grants_item i JOIN grants_motion m ON m.id = i.motion_id
                   WHERE i.application_id = NEW.application_id AND m.put_at IS NOT NULL
                   AND i.state <> 'withdrawn') INTO is_voted;
    IF wanted.applicant_id = NEW.author_id OR said.interest = 'hard'
       OR said.may_take_part IS FALSE
       OR said.interest = 'soft' AND said.may_take_part IS NULL
       OR wanted.asks_interests AND said.interest IS NULL
       OR EXISTS (SELECT 1 FROM grants_recusal x
                  WHERE x.application_id = NEW.application_id
                  AND x.member_id = NEW.author_id) THEN
        broken := 'remark_is_of_who_takes_part';
    ELSIF wanted.state <> 'submitted' THEN
        broken := 'remark_is_before_the_decision';
    ELSIF NOT is_voted AND EXISTS (
            SELECT 1 FROM grants_assignment s WHERE s.application_id = NEW.application_id
            AND s.member_id = NEW.author_id AND s.ended_at IS NULL)
          AND NOT EXISTS (
            SELECT 1 FROM grants_review v WHERE v.application_id = NEW.application_id
            AND v.member_id = NEW.author_id AND v.handed_in_at IS NOT NULL) THEN
        broken := 'remark_follows_ones_own_review';
    ELSE
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'Member % has no part in this discussion.', NEW.author_id
        USING ERRCODE = 'check_violation', CONSTRAINT = broken, TABLE = 'grants_remark';
END $$;
CREATE TRIGGER remark_fits BEFORE INSERT OR UPDATE OR DELETE ON grants_remark
    FOR EACH ROW EXECUTE FUNCTION grants_remark_fits();
"""
NOT_STAYS = """
DROP TRIGGER remark_fits ON grants_remark;
DROP FUNCTION grants_remark_fits();
"""


class Migration(migrations.Migration):
    dependencies = [("grants", "0023_discussions")]

    operations = [migrations.RunSQL(STAYS, NOT_STAYS)]
