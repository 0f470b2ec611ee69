from django.db import migrations, models

import funding.tables


class Migration(migrations.Migration):
    replaces = [
        ("audit", "0001_initial"),
    ]

    initial = True

    dependencies = []

    operations = [
        funding.tables.CreateModels(
            models=[
                migrations.CreateModel(
                    name="Record",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        ("at", models.DateTimeField()),
                        ("actor", models.CharField(max_length=60)),
                        ("action", models.CharField(max_length=60)),
                        ("subject", models.CharField(max_length=80)),
                        ("facts", models.JSONField(default=dict)),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["subject", "id"], name="record_of_subject")
                        ],
                    },
                ),
            ],
        ),
    ]
