import django.db.models.deletion
from django.db import migrations, models

import funding.tables


class Migration(migrations.Migration):
    replaces = [
        ("documents", "0001_initial"),
        ("documents", "0003_gaps"),
        ("documents", "0005_scrubbed"),
        ("documents", "0007_longer_series"),
    ]

    initial = True

    dependencies = [
        ("parties", "0001_tables"),
    ]

    operations = [
        funding.tables.CreateModels(
            models=[
                migrations.CreateModel(
                    name="Document",
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
                            "entity",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="parties.entity",
                            ),
                        ),
                        (
                            "template",
                            models.CharField(
                                help_text="'receipt': what kind it is.", max_length=40
                            ),
                        ),
                        ("series", models.CharField(max_length=12)),
                        ("year", models.PositiveSmallIntegerField()),
                        ("number", models.PositiveIntegerField()),
                        ("key", models.CharField(max_length=120, unique=True)),
                        ("verify_code", models.CharField(max_length=20, unique=True)),
                        (
                            "snapshot",
                            models.JSONField(
                                help_text="Every printed fact, as it was when it was issued."
                            ),
                        ),
                        ("language", models.CharField(default="en", max_length=8)),
                        ("issued_at", models.DateTimeField()),
                        (
                            "issued_on",
                            models.DateField(help_text="The printed date, in the entity's zone."),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("valid", "Valid"),
                                    ("void", "Void"),
                                    ("replaced", "Replaced by a later document"),
                                ],
                                default="valid",
                                max_length=8,
                            ),
                        ),
                        ("ended_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "replaced_by",
                            models.OneToOneField(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="replaces",
                                to="documents.document",
                            ),
                        ),
                        ("content", models.BinaryField(blank=True, null=True)),
                        ("sha256", models.CharField(blank=True, max_length=64)),
                        ("rendered_at", models.DateTimeField(blank=True, null=True)),
                        ("scrubbed_at", models.DateTimeField(blank=True, null=True)),
                        ("due_at", models.DateTimeField()),
                        ("attempts", models.PositiveSmallIntegerField(default=0)),
                        ("error", models.TextField(blank=True)),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("rendered_at__isnull", True)),
                                fields=["due_at"],
                                name="document_waiting",
                            )
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("entity", "series", "year", "number"),
                                name="document_number_is_taken_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("number__gte", 1)),
                                name="document_numbers_from_one",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("issued_on__year", models.F("year"))),
                                name="document_year_is_of_its_date",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("ended_at__isnull", True), ("state", "valid")),
                                    models.Q(
                                        ("ended_at__isnull", False),
                                        ("state__in", ["void", "replaced"]),
                                    ),
                                    _connector="OR",
                                ),
                                name="document_end_has_its_instant",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("replaced_by__isnull", False), ("state", "replaced")),
                                    models.Q(
                                        models.Q(("state", "replaced"), _negated=True),
                                        ("replaced_by__isnull", True),
                                    ),
                                    _connector="OR",
                                ),
                                name="document_replaced_names_its_successor",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("replaced_by__isnull", True),
                                    models.Q(("replaced_by", models.F("id")), _negated=True),
                                    _connector="OR",
                                ),
                                name="document_does_not_replace_itself",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("content__isnull", True),
                                        ("rendered_at__isnull", True),
                                        ("sha256", ""),
                                    ),
                                    models.Q(
                                        ("content__isnull", False),
                                        ("rendered_at__isnull", False),
                                        ("sha256__regex", "^[0-9a-f]{64}$"),
                                    ),
                                    models.Q(
                                        ("content__isnull", True),
                                        ("rendered_at__isnull", False),
                                        ("scrubbed_at__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="document_bytes_have_their_hash",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Gap",
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
                            "entity",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="parties.entity",
                            ),
                        ),
                        ("series", models.CharField(max_length=12)),
                        ("year", models.PositiveSmallIntegerField()),
                        ("first", models.PositiveIntegerField()),
                        ("last", models.PositiveIntegerField()),
                        ("why", models.CharField(max_length=300)),
                        ("declared_at", models.DateTimeField()),
                        ("declared_by", models.CharField(max_length=80)),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("entity", "series", "year", "first"),
                                name="gap_is_declared_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("first__gte", 1), ("last__gte", models.F("first"))
                                ),
                                name="gap_has_its_ends_in_order",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Sequence",
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
                            "entity",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="parties.entity",
                            ),
                        ),
                        ("series", models.CharField(max_length=12)),
                        ("year", models.PositiveSmallIntegerField()),
                        ("last", models.PositiveIntegerField(default=0)),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("entity", "series", "year"), name="sequence_once_per_year"
                            )
                        ],
                    },
                ),
            ],
        ),
    ]
