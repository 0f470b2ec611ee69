from django.db import migrations, models

import funding.tables


class Migration(migrations.Migration):
    replaces = [
        ("recovery", "0001_restores"),
    ]

    initial = True

    dependencies = []

    operations = [
        funding.tables.CreateModels(
            models=[
                migrations.CreateModel(
                    name="Restore",
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
                        ("file", models.CharField(max_length=200)),
                        ("sha256", models.CharField(max_length=64)),
                        ("version", models.CharField(max_length=40)),
                        ("taken_at", models.DateTimeField()),
                        ("restored_at", models.DateTimeField()),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("restored_at__gte", models.F("taken_at"))),
                                name="restore_follows_its_backup",
                            )
                        ],
                    },
                ),
            ],
        ),
    ]
