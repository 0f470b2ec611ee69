from django.db import migrations, models

import funding.tables


class Migration(migrations.Migration):
    replaces = [
        ("alerts", "0001_initial"),
        ("alerts", "0002_rounds"),
    ]

    initial = True

    dependencies = []

    operations = [
        funding.tables.CreateModels(
            models=[
                migrations.CreateModel(
                    name="Alert",
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
                        ("kind", models.CharField(max_length=40)),
                        ("subject", models.CharField(max_length=120)),
                        ("sentence", models.CharField(max_length=500)),
                        (
                            "page",
                            models.CharField(
                                blank=True, help_text="Where it can be put right.", max_length=200
                            ),
                        ),
                        ("first_at", models.DateTimeField()),
                        ("last_at", models.DateTimeField()),
                        ("times", models.PositiveIntegerField(default=1)),
                        (
                            "told_at",
                            models.DateTimeField(
                                blank=True, help_text="Mailed to those in charge.", null=True
                            ),
                        ),
                        ("closed_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "closed_by",
                            models.CharField(
                                blank=True, help_text="'user:7', or 'system'.", max_length=60
                            ),
                        ),
                        ("closed_why", models.CharField(blank=True, max_length=500)),
                        (
                            "gone_at",
                            models.DateTimeField(
                                blank=True, help_text="The cause is gone.", null=True
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["kind", "subject", "-id"], name="alert_of_cause"),
                            models.Index(
                                condition=models.Q(
                                    ("closed_at__isnull", True), ("told_at__isnull", True)
                                ),
                                fields=["first_at"],
                                name="alert_to_tell",
                            ),
                            models.Index(fields=["-first_at", "-id"], name="alert_newest"),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("closed_at__isnull", True)),
                                fields=("kind", "subject"),
                                name="alert_is_open_once_per_cause",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("kind", ""), _negated=True),
                                    models.Q(("subject", ""), _negated=True),
                                    models.Q(("sentence", ""), _negated=True),
                                ),
                                name="alert_says_what_is_wrong",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("times__gte", 1)), name="alert_was_noticed"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("closed_at__isnull", True),
                                        ("closed_by", ""),
                                        ("closed_why", ""),
                                    ),
                                    models.Q(
                                        ("closed_at__isnull", False),
                                        models.Q(("closed_by", ""), _negated=True),
                                        models.Q(("closed_why", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="alert_closed_says_by_whom_and_why",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("gone_at__isnull", True),
                                    ("closed_at__isnull", False),
                                    _connector="OR",
                                ),
                                name="alert_is_closed_when_its_cause_is_gone",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("closed_by", "system"), _negated=True),
                                    ("gone_at", models.F("closed_at")),
                                    _connector="OR",
                                ),
                                name="alert_closes_itself_when_its_cause_is_gone",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Round",
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
                        ("name", models.CharField(max_length=60, unique=True)),
                        ("succeeded_at", models.DateTimeField(blank=True, null=True)),
                        ("failing_since", models.DateTimeField(blank=True, null=True)),
                        ("error", models.CharField(blank=True, max_length=500)),
                        (
                            "missed",
                            models.PositiveIntegerField(
                                default=0, help_text="Looks since it last ended well."
                            ),
                        ),
                        (
                            "late",
                            models.PositiveIntegerField(
                                default=0, help_text="Looks that found old work waiting."
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("error", ""), ("failing_since__isnull", True)),
                                    models.Q(
                                        ("failing_since__isnull", False),
                                        models.Q(("error", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="round_failing_says_why",
                            )
                        ],
                    },
                ),
            ],
        ),
    ]
