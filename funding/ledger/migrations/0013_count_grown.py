"""Whoever writes thousands of rows in one transaction can have them counted at once.

Housekeeping counts a table about once a minute and sees nothing of an open transaction. Where it
had counted an empty journal, a file of five thousand gifts was followed by questions planned for
one row each, which took longer than anybody waits. Only the owner of a table may have it
counted, so a function does it: those in which this transaction has written so many, unless
somebody else is counting them just now.
"""

from django.db import migrations

COUNT = """
CREATE FUNCTION ledger_count_grown(many bigint) RETURNS void LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '1s' AS $$
DECLARE
    grown record;
BEGIN
    FOR grown IN
        SELECT t.relname FROM pg_stat_xact_user_tables t
        WHERE t.schemaname = 'public' AND t.n_tup_ins >= many ORDER BY t.relid
    LOOP
        BEGIN
            EXECUTE format('ANALYZE public.%I', grown.relname);
        EXCEPTION WHEN lock_not_available THEN
            NULL;
        END;
    END LOOP;
END $$;
"""


class Migration(migrations.Migration):
    replaces = [("ledger", "0020_count_grown")]
    dependencies = [("ledger", "0012_legs_by_their_entry")]

    operations = [
        migrations.RunSQL(COUNT, "DROP FUNCTION ledger_count_grown"),
    ]
