"""Members say what interest they have before an application opens to them."""

from django.db import migrations

# What was said stays said. Only the words go, and only when all of a person goes.
KEPT = """
CREATE FUNCTION grants_declaration_only_grows() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    before grants_declaration%ROWTYPE;
BEGIN
    IF TG_OP = 'INSERT' THEN
        SELECT * INTO before FROM grants_declaration
        WHERE application_id = NEW.application_id AND member_id = NEW.member_id
        ORDER BY id DESC LIMIT 1;
        IF FOUND AND array_position(ARRAY['none', 'soft', 'hard'], NEW.interest::text)
                     < array_position(ARRAY['none', 'soft', 'hard'], before.interest::text) THEN
            RAISE EXCEPTION 'An interest that was declared is not taken back.'
                USING ERRCODE = 'check_violation',
                      CONSTRAINT = 'declaration_is_not_taken_back', TABLE = TG_TABLE_NAME;
        END IF;
        RETURN NEW;
    END IF;
    IF TG_OP = 'UPDATE' AND NEW.words IN ('', 'erased') THEN
        before := NEW;
        before.words := OLD.words;
        before.flags := OLD.flags;
        IF before IS NOT DISTINCT FROM OLD THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION '% on % is refused: it only grows', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'check_violation', CONSTRAINT = 'declaration_only_grows',
              TABLE = TG_TABLE_NAME;
END $$;
CREATE TRIGGER declaration_only_grows BEFORE INSERT OR UPDATE OR DELETE
    ON grants_declaration FOR EACH ROW EXECUTE FUNCTION grants_declaration_only_grows();
CREATE TRIGGER declaration_is_not_emptied BEFORE TRUNCATE
    ON grants_declaration FOR EACH STATEMENT EXECUTE FUNCTION grants_written_once();
CREATE TRIGGER ruling_is_written_once BEFORE UPDATE OR DELETE OR TRUNCATE
    ON grants_ruling FOR EACH STATEMENT EXECUTE FUNCTION grants_written_once();

CREATE FUNCTION grants_ruling_is_of_another() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM grants_declaration d WHERE d.id = NEW.declaration_id
                   AND d.interest = 'soft' AND d.member_id <> NEW.ruled_by_id) THEN
        RAISE EXCEPTION 'A chair rules on the soft interest of another.'
            USING ERRCODE = 'check_violation',
                  CONSTRAINT = 'ruling_is_of_another', TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER ruling_is_of_another BEFORE INSERT
    ON grants_ruling FOR EACH ROW EXECUTE FUNCTION grants_ruling_is_of_another();
"""
NOT_KEPT = """
DROP TRIGGER ruling_is_of_another ON grants_ruling;
DROP FUNCTION grants_ruling_is_of_another();
DROP TRIGGER ruling_is_written_once ON grants_ruling;
DROP TRIGGER declaration_is_not_emptied ON grants_declaration;
DROP TRIGGER declaration_only_grows ON grants_declaration;
DROP FUNCTION grants_declaration_only_grows();
"""

# A vote is of a member who is in: who applied or stepped out has none, and who has not said
# what interest they have, or waits for the chair's ruling, has none yet.
VOTES = """
CREATE FUNCTION grants_vote_is_of_who_is_in() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    wanted record;
    said record;
    broken text;
BEGIN
    SELECT a.id, a.applicant_id, r.asks_interests INTO wanted
    FROM grants_item i
    JOIN grants_application a ON a.id = i.application_id
    JOIN grants_round r ON r.id = a.round_id
    WHERE i.id = NEW.item_id;
    SELECT d.interest, g.may_take_part INTO said
    FROM grants_declaration d LEFT JOIN grants_ruling g ON g.declaration_id = d.id
    WHERE d.application_id = wanted.id AND d.member_id = NEW.member_id
    ORDER BY d.id DESC LIMIT 1;
    IF wanted.applicant_id = NEW.member_id OR said.interest = 'hard'
       OR said.may_take_part IS FALSE
       OR EXISTS (SELECT 1 FROM grants_recusal x
                  WHERE x.application_id = wanted.id AND x.member_id = NEW.member_id) THEN
        broken := 'vote_is_not_of_who_stepped_out';
    ELSIF wanted.asks_interests AND said.interest IS NULL THEN
        broken := 'vote_is_of_a_member_who_declared';
    ELSIF said.interest = 'soft' AND said.may_take_part IS NULL THEN
        broken := 'vote_waits_for_the_ruling';
    ELSE
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'Member % has no vote on item %.', NEW.member_id, NEW.item_id
        USING ERRCODE = 'check_violation', CONSTRAINT = broken, TABLE = TG_TABLE_NAME;
END $$;
CREATE TRIGGER vote_is_of_who_is_in BEFORE INSERT OR UPDATE
    ON grants_vote FOR EACH ROW EXECUTE FUNCTION grants_vote_is_of_who_is_in();
"""
NO_VOTES = """
DROP TRIGGER vote_is_of_who_is_in ON grants_vote;
DROP FUNCTION grants_vote_is_of_who_is_in();
"""


class Migration(migrations.Migration):
    replaces = [("grants", "0012_declarations")]
    dependencies = [("grants", "0005_reviews_stay")]

    operations = [
        migrations.RunSQL(KEPT, NOT_KEPT),
        migrations.RunSQL(VOTES, NO_VOTES),
    ]
