"""A file that is kept stays as it is, and those of an application change only as it may."""

from django.db import migrations

# The one place that says when an application, and so its files, may change.
MAY_CHANGE = """
CREATE FUNCTION grants_may_change(wanted bigint) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    found boolean;
BEGIN
    -- Locked, so that a file that comes while it is being sent is in it or nowhere.
    SELECT state = 'draft' INTO found FROM grants_application
    WHERE id = wanted FOR NO KEY UPDATE;
    RETURN coalesce(found, false);
END $$;
"""
NO_CHANGE = "DROP FUNCTION grants_may_change(bigint);"

STAYS = """
CREATE FUNCTION grants_file_stays() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    before grants_storedfile%ROWTYPE;
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.state <> 'whole' THEN
            RETURN OLD;
        END IF;
    ELSIF OLD.state = 'open' THEN
        IF (NEW.uuid, NEW.place, NEW.added_by_id, NEW.sent_sha256)
           IS NOT DISTINCT FROM (OLD.uuid, OLD.place, OLD.added_by_id, OLD.sent_sha256)
           AND NEW.state <> 'gone' THEN
            RETURN NEW;
        END IF;
    ELSIF OLD.state = 'whole' AND NEW.state = 'gone' THEN
        before := NEW;
        before.state := OLD.state;
        before.name := OLD.name;
        IF before IS NOT DISTINCT FROM OLD THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'A file that is kept stays as it is.'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'storedfile_stays',
              TABLE = 'grants_storedfile';
END $$;
CREATE TRIGGER storedfile_stays BEFORE UPDATE OR DELETE ON grants_storedfile
    FOR EACH ROW EXECUTE FUNCTION grants_file_stays();

CREATE FUNCTION grants_piece_stays() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    found text;
BEGIN
    SELECT state INTO found FROM grants_storedfile
    WHERE id = CASE WHEN TG_OP = 'INSERT' THEN NEW.file_id ELSE OLD.file_id END;
    IF TG_OP = 'INSERT' AND found = 'open' THEN
        RETURN NEW;
    END IF;
    IF TG_OP = 'DELETE' AND found IS DISTINCT FROM 'whole' THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'The bytes of a file that is kept stay as they are.'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'filepiece_stays',
              TABLE = 'grants_filepiece';
END $$;
CREATE TRIGGER filepiece_stays BEFORE INSERT OR UPDATE OR DELETE ON grants_filepiece
    FOR EACH ROW EXECUTE FUNCTION grants_piece_stays();
"""
NOT_STAYS = """
DROP TRIGGER filepiece_stays ON grants_filepiece;
DROP FUNCTION grants_piece_stays();
DROP TRIGGER storedfile_stays ON grants_storedfile;
DROP FUNCTION grants_file_stays();
"""

FITS = """
CREATE FUNCTION grants_attachment_fits() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    file record;
    others record;
    broken text;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        broken := 'attachment_stays';
    ELSIF NOT grants_may_change(CASE WHEN TG_OP = 'INSERT' THEN NEW.application_id
                                     ELSE OLD.application_id END) THEN
        broken := 'attachment_is_of_a_draft';
    ELSIF TG_OP = 'DELETE' THEN
        RETURN OLD;
    ELSE
        SELECT state, sha256, size INTO file FROM grants_storedfile WHERE id = NEW.file_id;
        SELECT count(*) AS files, coalesce(sum(f.size), 0) AS bytes INTO others
        FROM grants_attachment a JOIN grants_storedfile f ON f.id = a.file_id
        WHERE a.application_id = NEW.application_id;
        IF file.state <> 'whole' OR file.sha256 <> NEW.sha256 THEN
            broken := 'attachment_file_is_whole';
        ELSIF others.files >= 12 OR others.bytes + file.size > 30000000 THEN
            broken := 'attachment_is_within_limits';
        ELSE
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'This file is none of this application.'
        USING ERRCODE = 'check_violation', CONSTRAINT = broken, TABLE = 'grants_attachment';
END $$;
CREATE TRIGGER attachment_fits BEFORE INSERT OR UPDATE OR DELETE ON grants_attachment
    FOR EACH ROW EXECUTE FUNCTION grants_attachment_fits();
"""
NOT_FITS = """
DROP TRIGGER attachment_fits ON grants_attachment;
DROP FUNCTION grants_attachment_fits();
"""


class Migration(migrations.Migration):
    replaces = [("grants", "0020_files_stay")]
    dependencies = [("grants", "0009_blind_numbers_stay")]

    operations = [
        migrations.RunSQL(MAY_CHANGE, NO_CHANGE),
        migrations.RunSQL(STAYS, NOT_STAYS),
        migrations.RunSQL(FITS, NOT_FITS),
    ]
