"""A letter that was written stays as it is; only its sending and its dropping are added."""

from django.db import migrations

STAYS = """
CREATE FUNCTION grants_declineletter_stays() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    before grants_declineletter%ROWTYPE;
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.sent_at IS NULL AND OLD.dropped_at IS NULL THEN
        before := NEW;
        before.sent_by_id := OLD.sent_by_id;
        before.sent_at := OLD.sent_at;
        before.dropped_at := OLD.dropped_at;
        IF before IS NOT DISTINCT FROM OLD THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION '% on % is refused: a letter stays as written', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'check_violation', CONSTRAINT = 'declineletter_stays',
              TABLE = TG_TABLE_NAME;
END $$;
CREATE TRIGGER declineletter_stays BEFORE UPDATE OR DELETE
    ON grants_declineletter FOR EACH ROW EXECUTE FUNCTION grants_declineletter_stays();
CREATE TRIGGER declineletter_is_not_emptied BEFORE TRUNCATE
    ON grants_declineletter FOR EACH STATEMENT EXECUTE FUNCTION grants_written_once();
"""
NOT_STAYS = """
DROP TRIGGER declineletter_is_not_emptied ON grants_declineletter;
DROP TRIGGER declineletter_stays ON grants_declineletter;
DROP FUNCTION grants_declineletter_stays();
"""


class Migration(migrations.Migration):
    replaces = [("grants", "0028_letters_stay")]
    dependencies = [("grants", "0013_submissions_stay"), ("documents", "0004_scrubbed_rules")]

    operations = [
        migrations.RunSQL(STAYS, NOT_STAYS),
    ]
