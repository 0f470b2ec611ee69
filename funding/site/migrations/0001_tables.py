import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import funding.tables


class Migration(migrations.Migration):
    replaces = [
        ("site", "0001_fund_reports"),
        ("site", "0002_reconciliation"),
        ("site", "0003_followed_papers"),
        ("site", "0004_data_copies"),
        ("site", "0005_erasures"),
        ("site", "0006_news"),
        ("site", "0008_digests"),
        ("site", "0009_empty_papers"),
        ("site", "0010_erasures_done_again"),
        ("site", "0011_zoo_papers"),
    ]

    initial = True

    dependencies = [
        ("documents", "0001_tables"),
        ("donors", "0001_tables"),
        ("grants", "0001_tables"),
        ("ledger", "0001_tables"),
        ("parties", "0001_tables"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        funding.tables.CreateModels(
            models=[
                migrations.CreateModel(
                    name="Digest",
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
                            "state",
                            models.CharField(
                                choices=[
                                    ("planned", "Planned"),
                                    ("gathering", "Looking who asked for it"),
                                    ("sending", "Being sent"),
                                    ("done", "Done"),
                                    ("called_off", "Called off"),
                                ],
                                default="planned",
                                max_length=10,
                            ),
                        ),
                        ("asked_by", models.CharField(max_length=80)),
                        ("asked_at", models.DateTimeField()),
                        ("starts_at", models.DateTimeField()),
                        ("until", models.DateTimeField(blank=True, null=True)),
                        ("reached", models.BigIntegerField(default=0)),
                        ("done_at", models.DateTimeField(blank=True, null=True)),
                        ("due_at", models.DateTimeField()),
                        ("failures", models.PositiveSmallIntegerField(default=0)),
                        ("error", models.TextField(blank=True)),
                    ],
                    options={
                        "ordering": ["-asked_at", "-pk"],
                        "indexes": [
                            models.Index(
                                condition=models.Q(("done_at__isnull", True)),
                                fields=["due_at"],
                                name="digest_waiting",
                            )
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("done_at__isnull", True)),
                                fields=("done_at",),
                                name="digest_is_open_once",
                                nulls_distinct=False,
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("done_at__isnull", True),
                                        ("state", "planned"),
                                        ("until__isnull", True),
                                    ),
                                    models.Q(
                                        ("done_at__isnull", True),
                                        ("state__in", ["gathering", "sending"]),
                                        ("until__isnull", False),
                                    ),
                                    models.Q(
                                        ("done_at__isnull", False),
                                        ("state", "done"),
                                        ("until__isnull", False),
                                    ),
                                    models.Q(
                                        ("done_at__isnull", False),
                                        ("state", "called_off"),
                                        ("until__isnull", True),
                                    ),
                                    _connector="OR",
                                ),
                                name="digest_state_has_its_instant",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("until__isnull", True),
                                    ("until__gte", models.F("starts_at")),
                                    _connector="OR",
                                ),
                                name="digest_begins_when_planned",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Erasure",
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
                            "subject",
                            models.CharField(help_text="'user:7', or 'donor:12'.", max_length=40),
                        ),
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
                        ("donors", models.JSONField(default=list, help_text="Ids of the donors.")),
                        ("users", models.JSONField(default=list, help_text="Ids of the accounts.")),
                        ("addresses", models.JSONField(default=list, help_text="Until the end.")),
                        ("language", models.CharField(default="en", max_length=8)),
                        ("asked_by", models.CharField(max_length=60)),
                        ("asked_at", models.DateTimeField()),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("asked", "Asked for; waits for what is under way"),
                                    ("removing", "Under way: the person is gone, the rest follows"),
                                    ("done", "Done"),
                                    ("withdrawn", "Withdrawn before it began"),
                                ],
                                default="asked",
                                max_length=9,
                            ),
                        ),
                        (
                            "waits_for",
                            models.CharField(
                                blank=True, help_text="What is under way.", max_length=40
                            ),
                        ),
                        (
                            "restored",
                            models.CharField(
                                blank=True,
                                db_default="",
                                default="",
                                help_text="'restore:3': again after it.",
                                max_length=30,
                            ),
                        ),
                        (
                            "begun_at",
                            models.DateTimeField(
                                blank=True, help_text="From then on, no way back.", null=True
                            ),
                        ),
                        ("stripe_told_at", models.DateTimeField(blank=True, null=True)),
                        ("ended_at", models.DateTimeField(blank=True, null=True)),
                        ("due_at", models.DateTimeField()),
                        ("attempts", models.PositiveIntegerField(default=0)),
                        ("error", models.TextField(blank=True)),
                    ],
                    options={
                        "ordering": ["-asked_at", "-pk"],
                        "indexes": [
                            models.Index(
                                condition=models.Q(("state__in", ["asked", "removing"])),
                                fields=["due_at"],
                                name="erasure_waiting",
                            )
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("state__in", ["asked", "removing", "done", "withdrawn"])
                                ),
                                name="erasure_state_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("subject__regex", "^(user|donor):[0-9]+$")),
                                name="erasure_is_of_a_person",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("begun_at__isnull", True),
                                        ("ended_at__isnull", True),
                                        ("state", "asked"),
                                    ),
                                    models.Q(
                                        ("begun_at__isnull", False),
                                        ("ended_at__isnull", True),
                                        ("state", "removing"),
                                    ),
                                    models.Q(
                                        ("begun_at__isnull", False),
                                        ("ended_at__isnull", False),
                                        ("state", "done"),
                                    ),
                                    models.Q(
                                        ("begun_at__isnull", True),
                                        ("ended_at__isnull", False),
                                        ("state", "withdrawn"),
                                    ),
                                    _connector="OR",
                                ),
                                name="erasure_state_fits_its_instants",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("state__in", ["asked", "removing"]),
                                    models.Q(("addresses", []), ("error", "")),
                                    _connector="OR",
                                ),
                                name="erasure_ended_keeps_no_address",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("state", "done"), _negated=True),
                                    ("stripe_told_at__isnull", False),
                                    _connector="OR",
                                ),
                                name="erasure_done_was_told_to_stripe",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("state__in", ["asked", "removing"])),
                                fields=("subject",),
                                name="erasure_is_one_at_a_time",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="FollowedPaper",
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
                            "kind",
                            models.CharField(
                                choices=[
                                    ("certificate", "Certificate of a contribution"),
                                    ("trail", "Where the money went"),
                                ],
                                max_length=11,
                            ),
                        ),
                        (
                            "donor",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="donors.donor",
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
                        ("begins_on", models.DateField()),
                        (
                            "ends_on",
                            models.DateField(
                                help_text="The last day, included; the entity's calendar."
                            ),
                        ),
                        (
                            "asked_by",
                            models.CharField(help_text="'user:7', or 'system'.", max_length=80),
                        ),
                        ("asked_at", models.DateTimeField()),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("waiting", "Waiting for the worker"),
                                    ("done", "Made"),
                                    ("failed", "Could not be made"),
                                    ("empty", "There is nothing left to show"),
                                ],
                                default="waiting",
                                max_length=8,
                            ),
                        ),
                        (
                            "version",
                            models.PositiveSmallIntegerField(
                                default=0, help_text="Documents made so far."
                            ),
                        ),
                        (
                            "document",
                            models.OneToOneField(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="documents.document",
                            ),
                        ),
                        ("sha256", models.CharField(blank=True, max_length=64)),
                        ("due_at", models.DateTimeField()),
                        ("attempts", models.PositiveSmallIntegerField(default=0)),
                        ("error", models.TextField(blank=True)),
                    ],
                    options={
                        "ordering": ["-ends_on", "-begins_on", "-pk"],
                        "indexes": [
                            models.Index(
                                condition=models.Q(("state", "waiting")),
                                fields=["due_at"],
                                name="followedpaper_waiting",
                            )
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("kind", "donor", "entity", "begins_on", "ends_on"),
                                name="followedpaper_once_per_donor_and_period",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("kind__in", ["certificate", "trail"])),
                                name="followedpaper_kind_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("ends_on__gte", models.F("begins_on"))),
                                name="followedpaper_period_runs_forward",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("state__in", ["waiting", "done", "failed", "empty"])
                                ),
                                name="followedpaper_state_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("attempts__lte", 5)),
                                name="followedpaper_attempts_are_few",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("document__isnull", True), ("sha256", ""), ("version", 0)
                                    ),
                                    models.Q(
                                        ("document__isnull", False),
                                        ("sha256__regex", "^[0-9a-f]{64}$"),
                                        ("version__gte", 1),
                                    ),
                                    _connector="OR",
                                ),
                                name="followedpaper_document_has_its_fingerprint",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("state", "done"), _negated=True),
                                    ("document__isnull", False),
                                    _connector="OR",
                                ),
                                name="followedpaper_done_has_its_document",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("state", "failed"), _negated=True),
                                    models.Q(("error", ""), _negated=True),
                                    _connector="OR",
                                ),
                                name="followedpaper_failed_says_why",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="FundReport",
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
                            "fund",
                            models.ForeignKey(
                                blank=True,
                                help_text="Empty: all funds of the entity in this currency.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="reports",
                                to="ledger.fund",
                            ),
                        ),
                        ("currency", models.CharField(max_length=3)),
                        ("starts_on", models.DateField()),
                        ("ends_on", models.DateField(help_text="The last day, included.")),
                        (
                            "asked_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("asked_at", models.DateTimeField()),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("waiting", "Waiting for the worker"),
                                    ("running", "Being made"),
                                    ("done", "Made"),
                                    ("failed", "Could not be made"),
                                ],
                                default="waiting",
                                max_length=8,
                            ),
                        ),
                        (
                            "step",
                            models.PositiveSmallIntegerField(
                                default=0, help_text="How many steps are done."
                            ),
                        ),
                        ("steps", models.PositiveSmallIntegerField(default=3)),
                        (
                            "version",
                            models.PositiveSmallIntegerField(
                                default=0, help_text="Documents made so far."
                            ),
                        ),
                        (
                            "document",
                            models.OneToOneField(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="documents.document",
                            ),
                        ),
                        ("sha256", models.CharField(blank=True, max_length=64)),
                        ("done_at", models.DateTimeField(blank=True, null=True)),
                        ("due_at", models.DateTimeField()),
                        ("attempts", models.PositiveSmallIntegerField(default=0)),
                        ("error", models.TextField(blank=True)),
                    ],
                    options={
                        "ordering": ["-asked_at", "-pk"],
                        "indexes": [
                            models.Index(
                                condition=models.Q(("state__in", ["waiting", "running"])),
                                fields=["due_at"],
                                name="fundreport_waiting",
                            )
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("fund__isnull", False)),
                                fields=("fund", "starts_on", "ends_on"),
                                name="fundreport_once_per_fund_and_period",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("fund__isnull", True)),
                                fields=("entity", "currency", "starts_on", "ends_on"),
                                name="fundreport_once_per_currency_and_period",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("ends_on__gte", models.F("starts_on"))),
                                name="fundreport_period_runs_forward",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("currency__regex", "^[A-Z]{3}$")),
                                name="fundreport_currency_is_iso",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("state__in", ["waiting", "running", "done", "failed"])
                                ),
                                name="fundreport_state_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("step__lte", models.F("steps")), ("steps__gt", 0)
                                ),
                                name="fundreport_steps_are_counted",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("attempts__lte", 5)),
                                name="fundreport_attempts_are_few",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("document__isnull", True), ("sha256", ""), ("version", 0)
                                    ),
                                    models.Q(
                                        ("document__isnull", False),
                                        ("sha256__regex", "^[0-9a-f]{64}$"),
                                        ("version__gte", 1),
                                    ),
                                    _connector="OR",
                                ),
                                name="fundreport_document_has_its_fingerprint",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("document__isnull", False),
                                        ("done_at__isnull", False),
                                        ("state", "done"),
                                        ("step", models.F("steps")),
                                    ),
                                    models.Q(
                                        models.Q(("state", "done"), _negated=True),
                                        ("done_at__isnull", True),
                                    ),
                                    _connector="OR",
                                ),
                                name="fundreport_done_has_its_document",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("state", "failed"), _negated=True),
                                    models.Q(("error", ""), _negated=True),
                                    _connector="OR",
                                ),
                                name="fundreport_failed_says_why",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="NewsItem",
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
                        ("token", models.UUIDField(unique=True)),
                        ("slug", models.SlugField(blank=True, max_length=100)),
                        (
                            "project",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="grants.project",
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("draft", "Being written"),
                                    ("published", "Published"),
                                    ("withdrawn", "Withdrawn"),
                                ],
                                default="draft",
                                max_length=9,
                            ),
                        ),
                        ("picture", models.BinaryField(blank=True, null=True)),
                        ("small", models.BinaryField(blank=True, null=True)),
                        ("credit", models.CharField(blank=True, max_length=160)),
                        (
                            "is_agreed",
                            models.BooleanField(
                                default=False,
                                help_text="Nobody can be recognised, or everybody shown has agreed.",
                            ),
                        ),
                        ("created_at", models.DateTimeField()),
                        ("published_at", models.DateTimeField(blank=True, null=True)),
                        ("corrected_at", models.DateTimeField(blank=True, null=True)),
                        ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
                    ],
                    options={
                        "ordering": ["-created_at", "-pk"],
                        "indexes": [
                            models.Index(
                                condition=models.Q(("state", "published")),
                                fields=["-published_at", "-id"],
                                name="newsitem_newest",
                            ),
                            models.Index(
                                condition=models.Q(("state", "published")),
                                fields=["project", "-published_at"],
                                name="newsitem_of_project",
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("slug", ""), _negated=True),
                                fields=("slug",),
                                name="newsitem_slug_is_one_items",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("published_at__isnull", True),
                                        ("slug", ""),
                                        ("state", "draft"),
                                        ("withdrawn_at__isnull", True),
                                    ),
                                    models.Q(
                                        ("published_at__isnull", False),
                                        ("state", "published"),
                                        ("withdrawn_at__isnull", True),
                                        models.Q(("slug", ""), _negated=True),
                                    ),
                                    models.Q(
                                        ("state", "withdrawn"), ("withdrawn_at__isnull", False)
                                    ),
                                    _connector="OR",
                                ),
                                name="newsitem_state_has_its_instant",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("credit", ""),
                                        ("is_agreed", False),
                                        ("picture__isnull", True),
                                        ("small__isnull", True),
                                    ),
                                    models.Q(
                                        ("is_agreed", True),
                                        ("picture__isnull", False),
                                        ("small__isnull", False),
                                        models.Q(("credit", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="newsitem_picture_is_agreed_to",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PaperReader",
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
                            "zoo",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="donors.zoo",
                            ),
                        ),
                        (
                            "membership",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="parties.membership",
                            ),
                        ),
                        ("wants", models.BooleanField()),
                        ("changed_at", models.DateTimeField()),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("zoo", "membership"),
                                name="paperreader_chooses_once",
                                nulls_distinct=False,
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PaperRound",
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
                            "zoo",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="donors.zoo",
                            ),
                        ),
                        ("day", models.DateField()),
                        ("made_at", models.DateTimeField()),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("zoo", "day"), name="paperround_one_a_day"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Reconciliation",
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
                        ("begun_at", models.DateTimeField()),
                        ("ended_at", models.DateTimeField()),
                        ("actor", models.CharField(max_length=60)),
                        (
                            "balances",
                            models.JSONField(help_text="Per currency: ours, on the way, Stripe's."),
                        ),
                        ("differences", models.JSONField()),
                        ("count", models.PositiveIntegerField()),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["-ended_at", "-id"], name="reconciliation_newest")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="StatementBalance",
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
                            "place",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="ledger.account",
                            ),
                        ),
                        ("day", models.DateField()),
                        ("currency", models.CharField(max_length=3)),
                        ("amount_minor", models.BigIntegerField()),
                        (
                            "entered_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("entered_at", models.DateTimeField()),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["place", "-day", "-id"], name="statement_newest")
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("currency__regex", "^[A-Z]{3}$")),
                                name="statementbalance_currency_is_iso",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="DataCopy",
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
                        (
                            "subject",
                            models.CharField(help_text="'user:7', or 'donor:12'.", max_length=40),
                        ),
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
                        (
                            "for_machines",
                            models.BinaryField(blank=True, help_text="JSON.", null=True),
                        ),
                        (
                            "for_readers",
                            models.BinaryField(blank=True, help_text="PDF.", null=True),
                        ),
                        ("sha256", models.CharField(blank=True, max_length=64)),
                        ("made_at", models.DateTimeField(blank=True, null=True)),
                        ("expires_at", models.DateTimeField(blank=True, null=True)),
                        ("due_at", models.DateTimeField()),
                        ("attempts", models.PositiveSmallIntegerField(default=0)),
                        ("error", models.TextField(blank=True)),
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
                                condition=models.Q(
                                    ("state__in", ["waiting", "done", "failed", "gone"])
                                ),
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
                                condition=models.Q(("attempts__lte", 5)),
                                name="datacopy_attempts_are_few",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="FollowedGift",
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
                            "paper",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="gifts",
                                to="site.followedpaper",
                            ),
                        ),
                        ("version", models.PositiveSmallIntegerField()),
                        (
                            "gift",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="donors.gift",
                            ),
                        ),
                        ("left_minor", models.BigIntegerField()),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("paper", "version", "gift"), name="followedgift_counts_once"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("left_minor__gt", 0), ("version__gte", 1)),
                                name="followedgift_counts_money",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Kept",
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
                            "erasure",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="kept",
                                to="site.erasure",
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
                            "what",
                            models.CharField(
                                choices=[
                                    ("document", "Numbered document"),
                                    ("declaration", "Gift Aid declaration"),
                                    ("reference", "The bank's name of a gift"),
                                    ("bank_line", "Line of a bank statement"),
                                ],
                                max_length=11,
                            ),
                        ),
                        ("number", models.BigIntegerField(help_text="Its id.")),
                        ("ground", models.CharField(help_text="'books' or 'aid'.", max_length=5)),
                        ("counts_from", models.DateField()),
                        ("scrubbed_at", models.DateTimeField(blank=True, null=True)),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("scrubbed_at__isnull", True)),
                                fields=["entity", "ground", "counts_from"],
                                name="kept_until_it_goes",
                            )
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("what", "number"), name="kept_is_named_once"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "what__in",
                                        ["document", "declaration", "reference", "bank_line"],
                                    )
                                ),
                                name="kept_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("ground__in", ["books", "aid"])),
                                name="kept_has_its_ground",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="NewsStep",
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
                            "item",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="steps",
                                to="site.newsitem",
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("written", "Written"),
                                    ("published", "Published"),
                                    ("corrected", "Corrected"),
                                    ("withdrawn", "Withdrawn"),
                                ],
                                max_length=9,
                            ),
                        ),
                        (
                            "told",
                            models.JSONField(
                                help_text="Words by language, project and the picture's fingerprint."
                            ),
                        ),
                        ("made_by", models.CharField(max_length=80)),
                        ("made_at", models.DateTimeField()),
                    ],
                    options={
                        "ordering": ["pk"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("kind__in", ["written", "published", "corrected", "withdrawn"])
                                ),
                                name="newsstep_kind_is_known",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("kind__in", ["published", "withdrawn"])),
                                fields=("item", "kind"),
                                name="newsstep_is_published_once",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="NewsWords",
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
                            "item",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="said",
                                to="site.newsitem",
                            ),
                        ),
                        ("language", models.CharField(max_length=8)),
                        ("title", models.CharField(max_length=120)),
                        ("text", models.TextField()),
                        ("alt", models.CharField(blank=True, max_length=300)),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("item", "language"), name="newswords_once_per_language"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("title", ""), _negated=True),
                                    models.Q(("text", ""), _negated=True),
                                ),
                                name="newswords_say_something",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ZooPaper",
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
                            "zoo",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="donors.zoo",
                            ),
                        ),
                        (
                            "document",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="documents.document",
                            ),
                        ),
                        ("found_at", models.DateTimeField()),
                        (
                            "due_at",
                            models.DateTimeField(
                                help_text="When the day on which it was found is over."
                            ),
                        ),
                        ("is_older", models.BooleanField(default=False)),
                        (
                            "mailed_in",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="papers",
                                to="site.paperround",
                            ),
                        ),
                        (
                            "earlier",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="documents.document",
                            ),
                        ),
                        (
                            "ended_in",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="site.paperround",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(
                                    ("is_older", False), ("mailed_in__isnull", True)
                                ),
                                fields=["due_at"],
                                name="zoopaper_waiting",
                            )
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("is_older", False),
                                    ("mailed_in__isnull", True),
                                    _connector="OR",
                                ),
                                name="zoopaper_older_is_not_mailed",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("mailed_in__isnull", False),
                                    models.Q(("earlier__isnull", True), ("ended_in__isnull", True)),
                                    _connector="OR",
                                ),
                                name="zoopaper_corrects_and_ends_once_mailed",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="DigestShare",
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
                            "digest",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="shares",
                                to="site.digest",
                            ),
                        ),
                        (
                            "donor",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="donors.donor",
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("waiting", "Waiting"),
                                    ("mailed", "Mailed"),
                                    ("no_consent", "Consent taken back meanwhile"),
                                    ("bounced", "Address sends mail back"),
                                    ("too_soon", "Had one within seven days"),
                                    ("nothing", "Nothing new for them"),
                                    ("failed", "Could not be written"),
                                ],
                                default="waiting",
                                max_length=10,
                            ),
                        ),
                        ("ended_at", models.DateTimeField(blank=True, null=True)),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("state", "waiting")),
                                fields=["digest", "id"],
                                name="digestshare_waiting",
                            ),
                            models.Index(
                                condition=models.Q(("state", "mailed")),
                                fields=["donor", "-ended_at"],
                                name="digestshare_mailed",
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("digest", "donor"), name="digestshare_once_per_donor"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("ended_at__isnull", True), ("state", "waiting")),
                                    models.Q(
                                        ("ended_at__isnull", False),
                                        (
                                            "state__in",
                                            [
                                                "mailed",
                                                "no_consent",
                                                "bounced",
                                                "too_soon",
                                                "nothing",
                                                "failed",
                                            ],
                                        ),
                                    ),
                                    _connector="OR",
                                ),
                                name="digestshare_end_has_its_instant",
                            ),
                        ],
                    },
                ),
            ],
        ),
    ]
