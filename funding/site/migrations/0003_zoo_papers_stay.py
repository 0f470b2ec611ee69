"""What was mailed to a zoo stays written down."""

from django.db import migrations

STAYS = """
CREATE FUNCTION site_zoopaper_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE'
       OR (NEW.zoo_id, NEW.document_id, NEW.is_older)
          IS DISTINCT FROM (OLD.zoo_id, OLD.document_id, OLD.is_older)
       OR OLD.mailed_in_id IS NOT NULL AND (NEW.mailed_in_id, NEW.earlier_id)
          IS DISTINCT FROM (OLD.mailed_in_id, OLD.earlier_id)
       OR OLD.ended_in_id IS NOT NULL AND NEW.ended_in_id IS DISTINCT FROM OLD.ended_in_id THEN
        RAISE EXCEPTION 'What was mailed stays written down.'
            USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER zoopaper_stays BEFORE UPDATE OR DELETE ON site_zoopaper
    FOR EACH ROW EXECUTE FUNCTION site_zoopaper_stays();
CREATE FUNCTION site_paperround_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'A day on which papers were mailed stays written down.'
        USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME;
END $$;
CREATE TRIGGER paperround_stays BEFORE UPDATE OR DELETE ON site_paperround
    FOR EACH ROW EXECUTE FUNCTION site_paperround_stays();
"""
GOES = """
DROP TRIGGER paperround_stays ON site_paperround;
DROP FUNCTION site_paperround_stays();
DROP TRIGGER zoopaper_stays ON site_zoopaper;
DROP FUNCTION site_zoopaper_stays();
"""


class Migration(migrations.Migration):
    replaces = [("site", "0012_zoo_papers_stay")]
    dependencies = [
        ("site", "0002_news_goes_forward"),
        ("documents", "0004_scrubbed_rules"),
        ("donors", "0011_proformas_stay"),
        ("ledger", "0013_count_grown"),
    ]

    operations = [
        migrations.RunSQL(STAYS, GOES),
    ]
