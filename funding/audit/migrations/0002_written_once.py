"""The business log is written once: nobody changes, deletes or truncates it."""

from django.db import migrations

WRITTEN_ONCE = """
CREATE FUNCTION audit_written_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% on % is refused: it is written once', TG_OP, TG_TABLE_NAME
    USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME;
END $$;

CREATE TRIGGER record_is_written_once
    BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_record
    FOR EACH STATEMENT EXECUTE FUNCTION audit_written_once();
"""

NOT_WRITTEN_ONCE = """
DROP TRIGGER record_is_written_once ON audit_record;
DROP FUNCTION audit_written_once();
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_tables")]

    operations = [
        migrations.RunSQL(WRITTEN_ONCE, NOT_WRITTEN_ONCE),
    ]
