"""Nobody is asked to review before saying what ties them to it, and nobody who is out."""

from django.db import migrations

IN = """
CREATE FUNCTION grants_assignment_is_of_who_is_in() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    wanted record;
    said record;
BEGIN
    SELECT a.applicant_id, r.asks_interests INTO wanted
    FROM grants_application a JOIN grants_round r ON r.id = a.round_id
    WHERE a.id = NEW.application_id;
    SELECT d.interest, g.may_take_part INTO said
    FROM grants_declaration d LEFT JOIN grants_ruling g ON g.declaration_id = d.id
    WHERE d.application_id = NEW.application_id AND d.member_id = NEW.member_id
    ORDER BY d.id DESC LIMIT 1;
    IF wanted.applicant_id = NEW.member_id OR said.interest = 'hard'
       OR (said.interest IS NULL AND wanted.asks_interests)
       OR (said.interest = 'soft' AND said.may_take_part IS NOT TRUE)
       OR EXISTS (SELECT 1 FROM grants_recusal x
                  WHERE x.application_id = NEW.application_id
                    AND x.member_id = NEW.member_id) THEN
        RAISE EXCEPTION 'Member % may not review application %.', NEW.member_id,
                        NEW.application_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'assignment_is_of_who_is_in',
                  TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER assignment_is_of_who_is_in BEFORE INSERT ON grants_assignment
    FOR EACH ROW EXECUTE FUNCTION grants_assignment_is_of_who_is_in();
"""
NOT_IN = """
DROP TRIGGER assignment_is_of_who_is_in ON grants_assignment;
DROP FUNCTION grants_assignment_is_of_who_is_in();
"""


class Migration(migrations.Migration):
    replaces = [("grants", "0030_reviewers_are_in")]
    dependencies = [("grants", "0014_letters_stay")]

    operations = [
        migrations.RunSQL(IN, NOT_IN),
    ]
