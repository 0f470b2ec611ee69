import django.db.models.deletion
from django.db import migrations, models

import funding.tables


class Migration(migrations.Migration):
    replaces = [
        ("mail", "0001_initial"),
        ("mail", "0002_stuck_work"),
        ("mail", "0003_pauses"),
        ("mail", "0004_stop_links"),
        ("mail", "0005_withheld"),
    ]

    initial = True

    dependencies = []

    operations = [
        funding.tables.CreateModels(
            models=[
                migrations.CreateModel(
                    name="Mail",
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
                        ("key", models.CharField(max_length=120, unique=True)),
                        ("cause", models.CharField(max_length=80)),
                        ("to_address", models.EmailField(max_length=254)),
                        ("to_name", models.CharField(blank=True, max_length=200)),
                        (
                            "stop_url",
                            models.CharField(blank=True, db_default="", default="", max_length=400),
                        ),
                        ("reply_to", models.EmailField(blank=True, max_length=254)),
                        ("subject", models.CharField(max_length=200)),
                        ("text", models.TextField()),
                        ("html", models.TextField()),
                        ("message_id", models.CharField(max_length=200, unique=True)),
                        ("language", models.CharField(default="en", max_length=8)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("queued", "Waiting to be sent"),
                                    ("sending", "Being sent"),
                                    ("sent", "Sent"),
                                    ("failed", "Given up"),
                                    ("bounced", "Came back"),
                                    ("let_go", "Let go"),
                                    ("withheld", "Not sent"),
                                ],
                                default="queued",
                                max_length=8,
                            ),
                        ),
                        ("queued_at", models.DateTimeField()),
                        ("due_at", models.DateTimeField()),
                        ("attempts", models.PositiveSmallIntegerField(default=0)),
                        ("claimed_at", models.DateTimeField(blank=True, null=True)),
                        ("sent_at", models.DateTimeField(blank=True, null=True)),
                        ("error", models.TextField(blank=True)),
                        (
                            "withheld_for",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("consent", "consent withdrawn"),
                                    ("removed", "the reader was removed"),
                                    ("bounces", "the address sends mail back"),
                                ],
                                db_default="",
                                default="",
                                max_length=8,
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("state__in", ["queued", "sending"])),
                                fields=["due_at"],
                                name="mail_waiting",
                            ),
                            models.Index(fields=["cause"], name="mail_of_cause"),
                            models.Index(
                                condition=models.Q(("state__in", ["failed", "bounced"])),
                                fields=["queued_at"],
                                name="mail_not_arrived",
                            ),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "state__in",
                                        [
                                            "queued",
                                            "sending",
                                            "sent",
                                            "failed",
                                            "bounced",
                                            "let_go",
                                            "withheld",
                                        ],
                                    )
                                ),
                                name="mail_state_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("sent_at__isnull", False),
                                        ("state__in", ["sent", "bounced"]),
                                    ),
                                    models.Q(
                                        ("sent_at__isnull", True),
                                        ("state__in", ["queued", "sending", "failed", "withheld"]),
                                    ),
                                    ("state", "let_go"),
                                    _connector="OR",
                                ),
                                name="mail_sent_has_its_instant",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("state", "withheld"),
                                        ("withheld_for__in", ["consent", "removed", "bounces"]),
                                    ),
                                    models.Q(
                                        models.Q(("state", "withheld"), _negated=True),
                                        ("withheld_for", ""),
                                    ),
                                    _connector="OR",
                                ),
                                name="mail_withheld_says_why",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("state", "withheld"), _negated=True),
                                    models.Q(("stop_url", ""), _negated=True),
                                    ("to_address", ""),
                                    _connector="OR",
                                ),
                                name="mail_withheld_could_be_ended",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Pause",
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
                        ("began_at", models.DateTimeField()),
                        ("why", models.CharField(max_length=200)),
                        ("ended_at", models.DateTimeField(blank=True, null=True)),
                        ("ended_by", models.CharField(blank=True, max_length=80)),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("ended_at__isnull", True)),
                                fields=("ended_at",),
                                name="pause_is_open_once",
                                nulls_distinct=False,
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("ended_at__isnull", True), ("ended_by", "")),
                                    models.Q(
                                        ("ended_at__isnull", False),
                                        models.Q(("ended_by", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="pause_end_has_its_person",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Attachment",
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
                            "mail",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="attachments",
                                to="mail.mail",
                            ),
                        ),
                        ("name", models.CharField(max_length=120)),
                        ("content_type", models.CharField(max_length=80)),
                        ("content", models.BinaryField()),
                    ],
                ),
            ],
        ),
    ]
