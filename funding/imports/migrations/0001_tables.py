import uuid

import django.db.models.deletion
from django.db import migrations, models

import funding.tables


class Migration(migrations.Migration):
    replaces = [
        ("imports", "0001_imports"),
    ]

    initial = True

    dependencies = [
        ("parties", "0001_tables"),
    ]

    operations = [
        funding.tables.CreateModels(
            models=[
                migrations.CreateModel(
                    name="Import",
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
                        ("uuid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                        ("kind", models.CharField(max_length=20)),
                        (
                            "entity",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="parties.entity",
                            ),
                        ),
                        ("name", models.CharField(help_text="Of the file.", max_length=200)),
                        (
                            "content",
                            models.BinaryField(help_text="Until its rows are read.", null=True),
                        ),
                        ("digest", models.CharField(max_length=64)),
                        (
                            "options",
                            models.JSONField(
                                default=dict, help_text="What was chosen or the file says of all."
                            ),
                        ),
                        ("headers", models.JSONField(default=list)),
                        ("mapping", models.JSONField(default=dict)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("mapping", "Its columns are to be named"),
                                    ("reading", "Being read"),
                                    ("checking", "Being checked"),
                                    ("checked", "Checked, nothing is taken in yet"),
                                    ("faulty", "Has mistakes, nothing was taken in"),
                                    ("booking", "Being taken in"),
                                    ("done", "Taken in"),
                                    ("dropped", "Put aside, nothing was taken in"),
                                ],
                                default="mapping",
                                max_length=8,
                            ),
                        ),
                        ("row_count", models.PositiveIntegerField(default=0)),
                        ("checked_count", models.PositiveIntegerField(default=0)),
                        ("bad_count", models.PositiveIntegerField(default=0)),
                        (
                            "known_count",
                            models.PositiveIntegerField(
                                default=0, help_text="Were taken in before."
                            ),
                        ),
                        (
                            "said",
                            models.JSONField(
                                default=list, help_text="Sentences about the file as a whole."
                            ),
                        ),
                        ("started_by", models.CharField(max_length=60)),
                        ("started_at", models.DateTimeField()),
                        ("accepted_by", models.CharField(blank=True, max_length=60)),
                        ("accepted_at", models.DateTimeField(blank=True, null=True)),
                        ("ended_at", models.DateTimeField(blank=True, null=True)),
                        ("due_at", models.DateTimeField()),
                        ("attempts", models.PositiveSmallIntegerField(default=0)),
                        ("error", models.TextField(blank=True)),
                    ],
                    options={
                        "ordering": ["-id"],
                        "indexes": [
                            models.Index(
                                condition=models.Q(
                                    ("state__in", ["reading", "checking", "booking"])
                                ),
                                fields=["due_at"],
                                name="import_waiting",
                            )
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "state__in",
                                        [
                                            "mapping",
                                            "reading",
                                            "checking",
                                            "checked",
                                            "faulty",
                                            "booking",
                                            "done",
                                            "dropped",
                                        ],
                                    )
                                ),
                                name="import_state_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("state__in", ["booking", "done"]), _negated=True),
                                    models.Q(
                                        ("accepted_at__isnull", False),
                                        ("bad_count", 0),
                                        models.Q(("accepted_by", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="import_is_taken_in_without_mistakes",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("ended_at__isnull", False),
                                        ("state__in", ["done", "dropped"]),
                                    ),
                                    models.Q(
                                        ("ended_at__isnull", True),
                                        models.Q(("state__in", ["done", "dropped"]), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="import_ends_once",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Row",
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
                        (
                            "batch",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="rows",
                                to="imports.import",
                            ),
                        ),
                        ("number", models.PositiveIntegerField()),
                        ("values", models.JSONField()),
                        ("key", models.CharField(max_length=140)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("staged", "Not checked yet"),
                                    ("good", "New"),
                                    ("known", "Taken in before"),
                                    ("bad", "Has a mistake"),
                                ],
                                default="staged",
                                max_length=6,
                            ),
                        ),
                        ("error", models.CharField(blank=True, max_length=300)),
                    ],
                    options={
                        "ordering": ["batch", "number"],
                        "indexes": [models.Index(fields=["batch", "key"], name="row_of_key")],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("batch", "number"), name="row_has_its_line"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("state", "bad"), models.Q(("error", ""), _negated=True)
                                    ),
                                    models.Q(
                                        models.Q(("state", "bad"), _negated=True), ("error", "")
                                    ),
                                    _connector="OR",
                                ),
                                name="row_says_what_is_wrong",
                            ),
                        ],
                    },
                ),
            ],
        ),
    ]
