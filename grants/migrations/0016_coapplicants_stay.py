"""Who applies together joins a draft, has stepped out of it for good, and is not forgotten."""

from django.db import migrations

STAYS = """
CREATE FUNCTION grants_coapplicant_fits() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    before grants_coapplicant%ROWTYPE;
    broken text;
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NOT grants_may_change(NEW.application_id) THEN
            broken := 'coapplicant_joins_a_draft';
        ELSIF EXISTS (SELECT 1 FROM grants_application
                      WHERE id = NEW.application_id AND applicant_id = NEW.person_id) THEN
            broken := 'coapplicant_is_another';
        ELSIF NOT EXISTS (SELECT 1 FROM grants_recusal WHERE application_id = NEW.application_id
                          AND member_id = NEW.person_id) THEN
            broken := 'coapplicant_has_stepped_out';
        ELSE
            RETURN NEW;
        END IF;
    ELSE
        broken := 'coapplicant_stays';
        IF TG_OP = 'UPDATE' AND OLD.ended_at IS NULL THEN
            before := NEW;
            before.ended_at := OLD.ended_at;
            before."right" := OLD."right";
            IF before IS NOT DISTINCT FROM OLD THEN
                RETURN NEW;
            END IF;
        END IF;
    END IF;
    RAISE EXCEPTION 'This person does not apply so.'
        USING ERRCODE = 'check_violation', CONSTRAINT = broken, TABLE = 'grants_coapplicant';
END $$;
CREATE TRIGGER coapplicant_fits BEFORE INSERT OR UPDATE OR DELETE ON grants_coapplicant
    FOR EACH ROW EXECUTE FUNCTION grants_coapplicant_fits();

CREATE FUNCTION grants_recusal_of_who_applies_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (TG_OP = 'UPDATE' AND (NEW.application_id, NEW.member_id)
                             = (OLD.application_id, OLD.member_id))
       OR NOT EXISTS (SELECT 1 FROM grants_coapplicant
                      WHERE application_id = OLD.application_id AND person_id = OLD.member_id) THEN
        RETURN COALESCE(NEW, OLD);
    END IF;
    RAISE EXCEPTION 'Who applied is out of the application for good.'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'recusal_of_who_applies_stays',
              TABLE = 'grants_recusal';
END $$;
CREATE TRIGGER recusal_of_who_applies_stays BEFORE UPDATE OR DELETE ON grants_recusal
    FOR EACH ROW EXECUTE FUNCTION grants_recusal_of_who_applies_stays();

CREATE FUNCTION grants_comment_stays() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    before grants_draftcomment%ROWTYPE;
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.words = 'erased' THEN
        before := NEW;
        before.words := OLD.words;
        IF before IS NOT DISTINCT FROM OLD THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'What was said stays said.'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'draftcomment_stays',
              TABLE = 'grants_draftcomment';
END $$;
CREATE TRIGGER draftcomment_stays BEFORE UPDATE OR DELETE ON grants_draftcomment
    FOR EACH ROW EXECUTE FUNCTION grants_comment_stays();
"""
NOT_STAYS = """
DROP TRIGGER draftcomment_stays ON grants_draftcomment;
DROP FUNCTION grants_comment_stays();
DROP TRIGGER recusal_of_who_applies_stays ON grants_recusal;
DROP FUNCTION grants_recusal_of_who_applies_stays();
DROP TRIGGER coapplicant_fits ON grants_coapplicant;
DROP FUNCTION grants_coapplicant_fits();
"""


class Migration(migrations.Migration):
    replaces = [("grants", "0033_coapplicants_stay")]
    dependencies = [("grants", "0015_reviewers_are_in")]

    operations = [
        migrations.RunSQL(STAYS, NOT_STAYS),
    ]
