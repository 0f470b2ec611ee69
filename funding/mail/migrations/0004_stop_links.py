"""Where news is ended by one click."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("mail", "0003_pauses")]

    operations = [
        migrations.AddField(
            model_name="mail",
            name="stop_url",
            field=models.CharField(blank=True, db_default="", default="", max_length=400),
        ),
    ]
