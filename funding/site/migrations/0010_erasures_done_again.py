"""An erasure says after which restore it was done again."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("site", "0009_empty_papers"),
    ]

    operations = [
        migrations.AddField(
            model_name="erasure",
            name="restored",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="'restore:3': again after it.",
                max_length=30,
            ),
        ),
    ]
