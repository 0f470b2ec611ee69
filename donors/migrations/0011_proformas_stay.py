"""A pro-forma that was handed out stays in the list as it was."""

from django.db import migrations

STAYS = """
CREATE FUNCTION donors_proforma_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'A pro-forma that was made stays as it was made.'
        USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME;
END $$;
CREATE TRIGGER proforma_stays BEFORE UPDATE OR DELETE ON donors_proforma
    FOR EACH ROW EXECUTE FUNCTION donors_proforma_stays();
"""
GOES = """
DROP TRIGGER proforma_stays ON donors_proforma;
DROP FUNCTION donors_proforma_stays();
"""


class Migration(migrations.Migration):
    replaces = [("donors", "0044_proformas_stay")]
    dependencies = [
        ("donors", "0010_public_names_of_somebody"),
        ("documents", "0004_scrubbed_rules"),
    ]

    operations = [
        migrations.RunSQL(STAYS, GOES),
    ]
