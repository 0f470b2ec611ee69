"""A name is shown only by its row among the public names; the tick from before them is gone."""

from django.db import migrations

GONE = """
ALTER TABLE donors_gift DROP COLUMN IF EXISTS is_anonymous;
ALTER TABLE donors_pledge DROP COLUMN IF EXISTS is_anonymous;
"""


class Migration(migrations.Migration):
    dependencies = [("donors", "0011_proformas_stay")]

    operations = [migrations.RunSQL(GONE, migrations.RunSQL.noop)]
