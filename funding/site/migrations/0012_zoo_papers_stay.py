"""What was mailed to a zoo stays written down; what was made before is not mailed now."""

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
# Zoos have these at their desk since long; nobody is flooded with them on the first day.
OLDER = """
INSERT INTO site_zoopaper (zoo_id, document_id, found_at, due_at, is_older)
SELECT z.id, p.document_id, d.issued_at, d.issued_at, true
FROM (SELECT donor_id, document_id FROM site_followedpaper WHERE kind = 'certificate'
      UNION ALL SELECT donor_id, document_id FROM donors_statement) p
JOIN documents_document d ON d.id = p.document_id AND d.state = 'valid'
JOIN donors_donor o ON o.id = p.donor_id
JOIN donors_zoo z ON z.organisation_id = o.organisation_id;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("site", "0011_zoo_papers"),
        ("donors", "0044_proformas_stay"),
        ("documents", "0007_longer_series"),
    ]

    operations = [
        migrations.RunSQL(STAYS, GOES),
        migrations.RunSQL(OLDER, migrations.RunSQL.noop),
    ]
