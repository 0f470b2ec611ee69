"""Gifts that become final and leave nothing to book, such as those without a fee."""

from django.db import migrations

ONCE = """
CREATE FUNCTION ledger_final_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what was said of entry % stays', OLD.entry_id
    USING ERRCODE = 'check_violation', CONSTRAINT = 'final_keeps_its_word',
          TABLE = 'ledger_finality';
END $$;

CREATE TRIGGER final_keeps_its_word
    BEFORE UPDATE ON ledger_finality FOR EACH ROW
    WHEN (OLD.entry_id IS DISTINCT FROM NEW.entry_id OR OLD.final_at IS DISTINCT FROM NEW.final_at
          OR OLD.place IS NOT NULL)
    EXECUTE FUNCTION ledger_final_stays();
CREATE TRIGGER final_is_never_forgotten
    BEFORE DELETE OR TRUNCATE ON ledger_finality
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_written_once();
"""

NOT_ONCE = """
DROP TRIGGER final_is_never_forgotten ON ledger_finality;
DROP TRIGGER final_keeps_its_word ON ledger_finality;
DROP FUNCTION ledger_final_stays();
"""


class Migration(migrations.Migration):
    replaces = [("ledger", "0017_final_without_entry")]
    dependencies = [("ledger", "0010_tracing_rules")]

    operations = [
        migrations.RunSQL(ONCE, NOT_ONCE),
    ]
