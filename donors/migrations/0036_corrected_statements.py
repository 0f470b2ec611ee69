"""Which of a statement's documents was mailed, so that one that takes its place is mailed too."""

from django.db import migrations, models

FILL = """
UPDATE donors_yearendshare AS share
   SET mailed_version = statement.version, looked_at = share.mailed_at
  FROM donors_statement AS statement
 WHERE statement.id = share.statement_id AND share.mailed_at IS NOT NULL
"""


class Migration(migrations.Migration):
    dependencies = [("donors", "0035_merges_told")]

    operations = [
        migrations.AddField(
            model_name="yearendshare",
            name="looked_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="yearendshare",
            name="mailed_version",
            field=models.PositiveSmallIntegerField(blank=True, null=True),
        ),
        migrations.AddConstraint(
            model_name="yearendshare",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("mailed_version__isnull", True),
                    ("mailed_at__isnull", False),
                    _connector="OR",
                ),
                name="yearendshare_mailed_has_its_instant",
            ),
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
    ]
