"""Copies of what is held on a person."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("site", "0003_followed_papers"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="DataCopy",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("uuid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("subject", models.CharField(help_text="'user:7', or 'donor:12'.", max_length=40)),
                ("asked_by", models.CharField(max_length=60)),
                ("asked_at", models.DateTimeField()),
                ("language", models.CharField(default="en", max_length=8)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting for the worker"),
                            ("done", "Made"),
                            ("failed", "Could not be made"),
                            ("gone", "Taken away again"),
                        ],
                        default="waiting",
                        max_length=7,
                    ),
                ),
                ("for_machines", models.BinaryField(blank=True, help_text="JSON.", null=True)),
                ("for_readers", models.BinaryField(blank=True, help_text="PDF.", null=True)),
                ("sha256", models.CharField(blank=True, max_length=64)),
                ("made_at", models.DateTimeField(blank=True, null=True)),
                ("expires_at", models.DateTimeField(blank=True, null=True)),
                ("due_at", models.DateTimeField()),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("error", models.TextField(blank=True)),
                (
                    "user",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-asked_at", "-pk"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "waiting")),
                        fields=["due_at"],
                        name="datacopy_waiting",
                    ),
                    models.Index(
                        condition=models.Q(("state", "done")),
                        fields=["expires_at"],
                        name="datacopy_to_go",
                    ),
                    models.Index(fields=["subject", "-id"], name="datacopy_of_person"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["waiting", "done", "failed", "gone"])),
                        name="datacopy_state_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("subject__regex", "^(user|donor):[0-9]+$")),
                        name="datacopy_is_of_a_person",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "waiting")),
                        fields=("subject",),
                        name="datacopy_is_made_one_at_a_time",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("state", "done"),
                                ("for_machines__isnull", False),
                                ("for_readers__isnull", False),
                                ("expires_at__gt", models.F("made_at")),
                                ("made_at__isnull", False),
                            ),
                            models.Q(
                                models.Q(("state", "done"), _negated=True),
                                ("for_machines__isnull", True),
                                ("for_readers__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="datacopy_holds_its_files_while_it_stands",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "failed"), _negated=True),
                            models.Q(("error", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="datacopy_failed_says_why",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("attempts__lte", 5)), name="datacopy_attempts_are_few"
                    ),
                ],
            },
        ),
    ]
