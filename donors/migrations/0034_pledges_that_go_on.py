"""A refund says whether the regular gift goes on. What was given back before stopped none."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("donors", "0033_parts_add_up")]

    operations = [
        # Those that are there went back in part, or their pledges have ended.
        migrations.AddField(
            model_name="refund",
            name="keeps_pledge",
            field=models.BooleanField(default=True),
        ),
        migrations.AlterField(
            model_name="refund",
            name="keeps_pledge",
            field=models.BooleanField(default=False, db_default=False),
        ),
    ]
