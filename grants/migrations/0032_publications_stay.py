"""A report is shown only once it is accepted and its grantee agrees, and every step stays."""

from django.db import migrations

STAYS = """
CREATE TRIGGER publication_is_written_once BEFORE UPDATE OR DELETE OR TRUNCATE
    ON grants_publication FOR EACH STATEMENT EXECUTE FUNCTION grants_written_once();

CREATE FUNCTION grants_publication_fits() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    told grants_reportsending%ROWTYPE;
    before text;
    count int;
    broken text;
BEGIN
    SELECT * INTO told FROM grants_reportsending WHERE id = NEW.sending_id;
    SELECT kind, number INTO before, count FROM grants_publication
    WHERE sending_id = NEW.sending_id ORDER BY number DESC LIMIT 1;
    before := coalesce(before, '');
    IF NEW.number <> coalesce(count, 0) + 1 OR NEW.kind = before
       OR NEW.kind = 'agreed' AND before <> 'withdrawn'
       OR NEW.kind = 'hidden' AND before = 'withdrawn' THEN
        broken := 'publication_follows_the_last';
    END IF;
    IF NEW.kind = 'shown' AND told.answer <> 'accepted' THEN
        broken := 'publication_is_of_an_accepted_report';
    ELSIF NEW.kind = 'shown' AND (NOT told.is_public OR before = 'withdrawn') THEN
        broken := 'publication_is_agreed_to';
    ELSIF NEW.kind = 'shown' AND told.sent_by_id = NEW.made_by_id THEN
        broken := 'publication_is_by_another';
    END IF;
    IF broken IS NOT NULL THEN
        RAISE EXCEPTION 'Sending % cannot be % now.', NEW.sending_id, NEW.kind
            USING ERRCODE = 'check_violation', CONSTRAINT = broken, TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER publication_fits BEFORE INSERT ON grants_publication
    FOR EACH ROW EXECUTE FUNCTION grants_publication_fits();
"""
NOT_STAYS = """
DROP TRIGGER publication_fits ON grants_publication;
DROP FUNCTION grants_publication_fits();
DROP TRIGGER publication_is_written_once ON grants_publication;
"""


class Migration(migrations.Migration):
    dependencies = [("grants", "0031_publications")]

    operations = [migrations.RunSQL(STAYS, NOT_STAYS)]
