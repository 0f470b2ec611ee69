import uuid

import django.db.models.constraints
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.text
import django.db.models.lookups
import django_countries.fields
from django.conf import settings
from django.db import migrations, models

import funding.tables


class Migration(migrations.Migration):
    replaces = [
        ("grants", "0001_initial"),
        ("grants", "0003_endings"),
        ("grants", "0004_minutes"),
        ("grants", "0005_typed_applications"),
        ("grants", "0006_takeovers"),
        ("grants", "0007_calls"),
        ("grants", "0010_reviews"),
        ("grants", "0013_schedules"),
        ("grants", "0015_desk_checks"),
        ("grants", "0017_blind"),
        ("grants", "0019_files"),
        ("grants", "0021_sanctions"),
        ("grants", "0023_answers"),
        ("grants", "0025_submissions"),
        ("grants", "0027_decline_letters"),
        ("grants", "0029_review_tabs"),
        ("grants", "0031_form_keys"),
        ("grants", "0032_coapplicants"),
        ("grants", "0034_shown_unfunded"),
        ("grants", "0035_completions"),
        ("grants", "0037_messages"),
        ("grants", "0039_packs"),
        ("grants", "0040_agreements"),
        ("grants", "0042_reports"),
    ]

    initial = True

    dependencies = [
        ("documents", "0001_tables"),
        ("imports", "0001_tables"),
        ("ledger", "0001_tables"),
        ("parties", "0001_tables"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        funding.tables.CreateModels(
            models=[
                migrations.CreateModel(
                    name="Area",
                    fields=[
                        ("slug", models.SlugField(primary_key=True, serialize=False)),
                        ("name", models.CharField(max_length=120)),
                        ("position", models.PositiveSmallIntegerField(default=100)),
                    ],
                    options={
                        "ordering": ["position", "slug"],
                    },
                ),
                migrations.CreateModel(
                    name="Theme",
                    fields=[
                        ("code", models.CharField(max_length=8, primary_key=True, serialize=False)),
                        ("name", models.CharField(max_length=120)),
                        ("position", models.PositiveSmallIntegerField(default=100)),
                    ],
                    options={
                        "ordering": ["position", "code"],
                    },
                ),
                migrations.CreateModel(
                    name="CountryRule",
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
                        ("country", models.CharField(max_length=2)),
                        (
                            "policy",
                            models.CharField(
                                choices=[
                                    ("open", "As everywhere"),
                                    ("careful", "Two people look the payee up"),
                                    ("licensed", "Only under a licence"),
                                    ("blocked", "Nothing is paid"),
                                ],
                                max_length=8,
                            ),
                        ),
                        (
                            "licence",
                            models.CharField(
                                blank=True, help_text="Its reference.", max_length=200
                            ),
                        ),
                        (
                            "licence_until",
                            models.DateField(blank=True, help_text="Its last day.", null=True),
                        ),
                        ("reason", models.TextField()),
                        (
                            "proposed_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("proposed_at", models.DateTimeField()),
                        (
                            "confirmed_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("confirmed_at", models.DateTimeField(blank=True, null=True)),
                    ],
                    options={
                        "ordering": ["country", "pk"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("policy__in", ["open", "careful", "licensed", "blocked"])
                                ),
                                name="countryrule_policy_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("country__regex", "^[A-Z]{2}$")),
                                name="countryrule_country_is_iso",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("reason", ""), _negated=True),
                                name="countryrule_has_a_reason",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("licence_until__isnull", False),
                                        ("policy", "licensed"),
                                        models.Q(("licence", ""), _negated=True),
                                    ),
                                    models.Q(
                                        models.Q(("policy", "licensed"), _negated=True),
                                        ("licence", ""),
                                        ("licence_until__isnull", True),
                                    ),
                                    _connector="OR",
                                ),
                                name="countryrule_licence_fits",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("confirmed_at__isnull", True),
                                        ("confirmed_by__isnull", True),
                                    ),
                                    models.Q(
                                        ("confirmed_at__isnull", False),
                                        ("confirmed_by__isnull", False),
                                        models.Q(
                                            ("confirmed_by", models.F("proposed_by")), _negated=True
                                        ),
                                    ),
                                    _connector="OR",
                                ),
                                name="countryrule_is_confirmed_by_another_person",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="FundScope",
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
                            "fund",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="scopes",
                                to="ledger.fund",
                            ),
                        ),
                        ("countries", models.JSONField(blank=True, default=list)),
                        ("themes", models.JSONField(blank=True, default=list)),
                        ("projects", models.JSONField(blank=True, default=list)),
                        ("expires_on", models.DateField(blank=True, null=True)),
                        (
                            "words",
                            models.TextField(
                                blank=True, help_text="What the givers wrote, as they wrote it."
                            ),
                        ),
                        (
                            "reason",
                            models.CharField(
                                help_text="Why it was written, or changed.", max_length=400
                            ),
                        ),
                        (
                            "written_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("written_at", models.DateTimeField()),
                    ],
                    options={
                        "ordering": ["fund", "-pk"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("reason", ""), _negated=True),
                                name="fundscope_says_why",
                            )
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
                        ("slug", models.SlugField(max_length=80, unique=True)),
                        ("name", models.CharField(max_length=120)),
                        (
                            "entity",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="rounds",
                                to="parties.entity",
                            ),
                        ),
                        (
                            "call",
                            models.TextField(help_text="Who may ask for what, in plain text."),
                        ),
                        (
                            "criteria",
                            models.TextField(
                                help_text="By what the committee decides, in plain text."
                            ),
                        ),
                        ("currency", models.CharField(max_length=3)),
                        (
                            "maximum_minor",
                            models.BigIntegerField(
                                help_text="The most that one application may ask."
                            ),
                        ),
                        ("opens_at", models.DateTimeField()),
                        ("closes_at", models.DateTimeField()),
                        (
                            "grace_minutes",
                            models.PositiveSmallIntegerField(
                                default=0,
                                help_text="For slow lines: how long after closing a submission still counts.",
                            ),
                        ),
                        (
                            "decides_on",
                            models.DateField(help_text="The day by which applicants will know."),
                        ),
                        ("published_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "form_key",
                            models.UUIDField(blank=True, editable=False, null=True, unique=True),
                        ),
                        (
                            "asks_interests",
                            models.BooleanField(
                                db_default=True,
                                default=True,
                                help_text="Members say what interest they have before an application opens to them.",
                            ),
                        ),
                        (
                            "checks_first",
                            models.BooleanField(
                                db_default=False,
                                default=False,
                                help_text="The officer checks each application before the committee looks at it.",
                            ),
                        ),
                        (
                            "checklist",
                            models.TextField(
                                blank=True,
                                db_default="",
                                help_text="What is checked, one line each; empty: the usual.",
                            ),
                        ),
                        (
                            "reviews_wanted",
                            models.PositiveSmallIntegerField(
                                db_default=0,
                                default=0,
                                help_text="How many members review each application.",
                            ),
                        ),
                        ("marks_due_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "is_blind",
                            models.BooleanField(
                                db_default=False,
                                default=False,
                                help_text="Members read who applies once their own review is handed in.",
                            ),
                        ),
                        (
                            "bar",
                            models.PositiveSmallIntegerField(
                                db_default=0,
                                default=0,
                                help_text="No award below this mean, which is times a hundred.",
                            ),
                        ),
                        ("most_per_country_minor", models.BigIntegerField(blank=True, null=True)),
                        (
                            "most_per_applicant",
                            models.PositiveSmallIntegerField(
                                blank=True,
                                help_text="Awards that one organisation can get.",
                                null=True,
                            ),
                        ),
                        (
                            "most_of_fund_percent",
                            models.PositiveSmallIntegerField(
                                blank=True,
                                help_text="Of the round's money in a fund, the most that one award may take.",
                                null=True,
                            ),
                        ),
                        (
                            "sliver_minor",
                            models.BigIntegerField(
                                db_default=0,
                                default=0,
                                help_text="A fund pays this much of an award, or nothing.",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-opens_at"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("marks_due_at__isnull", True), ("reviews_wanted", 0)),
                                    models.Q(
                                        ("reviews_wanted__gt", 0),
                                        ("reviews_wanted__lte", 9),
                                        ("marks_due_at__gt", models.F("closes_at")),
                                        ("marks_due_at__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="round_reviews_are_due_after_it_closes",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("checks_first", True), ("checklist", ""), _connector="OR"
                                ),
                                name="round_checklist_is_of_a_round_that_checks",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("is_blind", False), ("reviews_wanted__gt", 0), _connector="OR"
                                ),
                                name="round_is_blind_only_with_reviews",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("bar__lte", 500)), name="round_bar_is_a_mark"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("most_per_country_minor__isnull", True),
                                    ("most_per_country_minor__gt", 0),
                                    _connector="OR",
                                ),
                                name="round_country_limit_leaves_money",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("most_per_applicant__isnull", True),
                                    ("most_per_applicant__gt", 0),
                                    _connector="OR",
                                ),
                                name="round_applicant_limit_leaves_one",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("most_of_fund_percent__isnull", True),
                                    models.Q(
                                        ("most_of_fund_percent__gt", 0),
                                        ("most_of_fund_percent__lte", 100),
                                    ),
                                    _connector="OR",
                                ),
                                name="round_share_of_a_fund_is_a_percentage",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("sliver_minor__gte", 0)),
                                name="round_sliver_is_not_negative",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("closes_at__gt", models.F("opens_at"))),
                                name="round_closes_after_it_opens",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("maximum_minor__gt", 0)),
                                name="round_grants_money",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("grace_minutes__lte", 240)),
                                name="round_grace_is_short",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("currency__regex", "^[A-Z]{3}$")),
                                name="round_currency_is_iso",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SanctionsList",
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
                        ("name", models.CharField(max_length=200)),
                        ("published_on", models.DateField(help_text="The list's own date.")),
                        (
                            "sha256",
                            models.CharField(help_text="Of the file that was read.", max_length=64),
                        ),
                        ("taken_in_at", models.DateTimeField()),
                    ],
                    options={
                        "ordering": ["name", "-published_on", "-pk"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("name", "published_on"), name="sanctionslist_of_a_day_once"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("name", ""), _negated=True),
                                name="sanctionslist_has_a_name",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("sha256__regex", "^[0-9a-f]{64}$")),
                                name="sanctionslist_has_its_hash",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="StoredFile",
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
                        ("place", models.CharField(max_length=60)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("open", "On its way"),
                                    ("whole", "Kept"),
                                    ("gone", "Taken away"),
                                ],
                                default="open",
                                max_length=5,
                            ),
                        ),
                        ("name", models.CharField(max_length=160)),
                        (
                            "kind",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("pdf", "PDF"),
                                    ("jpeg", "JPEG"),
                                    ("png", "PNG"),
                                    ("webp", "WebP"),
                                    ("odt", "ODT"),
                                    ("ods", "ODS"),
                                    ("docx", "DOCX"),
                                    ("xlsx", "XLSX"),
                                    ("text", "Text"),
                                ],
                                max_length=5,
                            ),
                        ),
                        ("size", models.PositiveIntegerField()),
                        ("received", models.PositiveIntegerField(default=0)),
                        ("sent_sha256", models.CharField(max_length=64)),
                        ("sha256", models.CharField(blank=True, max_length=64)),
                        (
                            "added_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("began_at", models.DateTimeField()),
                        ("moved_at", models.DateTimeField()),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("state__in", ["open", "whole", "gone"])),
                                name="storedfile_state_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("received__lte", models.F("size")), ("size__gt", 0)
                                ),
                                name="storedfile_has_its_bytes",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("sent_sha256__regex", "^[0-9a-f]{64}$")),
                                name="storedfile_was_told_its_fingerprint",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("kind", ""), ("sha256", ""), ("state", "open")),
                                    models.Q(
                                        models.Q(("state", "open"), _negated=True),
                                        (
                                            "kind__in",
                                            [
                                                "pdf",
                                                "jpeg",
                                                "png",
                                                "webp",
                                                "odt",
                                                "ods",
                                                "docx",
                                                "xlsx",
                                                "text",
                                            ],
                                        ),
                                        ("sha256__regex", "^[0-9a-f]{64}$"),
                                        ("received", models.F("size")),
                                    ),
                                    _connector="OR",
                                ),
                                name="storedfile_whole_has_kind_and_fingerprint",
                            ),
                            models.UniqueConstraint(
                                models.F("place"),
                                models.F("added_by"),
                                models.F("sent_sha256"),
                                condition=models.Q(("state", "open")),
                                name="storedfile_is_sent_once_at_a_time",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Condition",
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
                            "round",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="conditions",
                                to="grants.round",
                            ),
                        ),
                        ("position", models.PositiveSmallIntegerField()),
                        ("question", models.CharField(max_length=300)),
                        ("wanted", models.BooleanField(help_text="The answer that leads on.")),
                        (
                            "otherwise",
                            models.CharField(help_text="What the others are told.", max_length=300),
                        ),
                    ],
                    options={
                        "ordering": ["round", "position"],
                        "constraints": [
                            models.UniqueConstraint(
                                deferrable=django.db.models.constraints.Deferrable["DEFERRED"],
                                fields=("round", "position"),
                                name="condition_stands_in_one_place",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("question", ""), _negated=True),
                                    models.Q(("otherwise", ""), _negated=True),
                                ),
                                name="condition_asks_and_answers",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Criterion",
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
                            "round",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="criterions",
                                to="grants.round",
                            ),
                        ),
                        ("position", models.PositiveSmallIntegerField()),
                        ("name", models.CharField(max_length=80)),
                        ("question", models.CharField(max_length=300)),
                        ("weight", models.PositiveSmallIntegerField(default=1)),
                    ],
                    options={
                        "verbose_name_plural": "criteria",
                        "ordering": ["round", "position"],
                        "constraints": [
                            models.UniqueConstraint(
                                deferrable=django.db.models.constraints.Deferrable["DEFERRED"],
                                fields=("round", "position"),
                                name="criterion_stands_in_one_place",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("weight__gt", 0), ("weight__lte", 100)),
                                name="criterion_weighs_something",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("name", ""), _negated=True),
                                    models.Q(("question", ""), _negated=True),
                                ),
                                name="criterion_asks_something",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Motion",
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
                            "round",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="motions",
                                to="grants.round",
                            ),
                        ),
                        ("number", models.PositiveSmallIntegerField()),
                        ("text", models.TextField(blank=True)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("draft", "Being written"),
                                    ("open", "Open for votes"),
                                    ("decided", "Decided"),
                                    ("withdrawn", "Withdrawn"),
                                ],
                                default="draft",
                                max_length=10,
                            ),
                        ),
                        (
                            "put_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("created_at", models.DateTimeField()),
                        ("put_at", models.DateTimeField(blank=True, null=True)),
                        ("closes_at", models.DateTimeField()),
                        ("frozen", models.JSONField(blank=True, null=True)),
                        ("sha256", models.CharField(blank=True, max_length=64)),
                        ("decided_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "minute",
                            models.OneToOneField(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="documents.document",
                            ),
                        ),
                        ("minute_mailed_at", models.DateTimeField(blank=True, null=True)),
                        ("due_at", models.DateTimeField()),
                        ("attempts", models.PositiveSmallIntegerField(default=0)),
                        ("error", models.TextField(blank=True)),
                    ],
                    options={
                        "ordering": ["round", "number"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("round", "number"), name="motion_number_once"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("state__in", ["draft", "open", "decided", "withdrawn"])
                                ),
                                name="motion_state_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("put_at__isnull", True), ("sha256", ""), ("state", "draft")
                                    ),
                                    ("state", "withdrawn"),
                                    models.Q(
                                        ("put_at__isnull", False),
                                        ("state__in", ["open", "decided"]),
                                        ("frozen__isnull", False),
                                        ("sha256__regex", "^[0-9a-f]{64}$"),
                                    ),
                                    _connector="OR",
                                ),
                                name="motion_put_is_frozen",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("decided_at__isnull", False), ("state", "decided")),
                                    models.Q(
                                        models.Q(("state", "decided"), _negated=True),
                                        ("decided_at__isnull", True),
                                    ),
                                    _connector="OR",
                                ),
                                name="motion_decided_has_its_instant",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("put_at__isnull", True),
                                    ("closes_at__gt", models.F("put_at")),
                                    _connector="OR",
                                ),
                                name="motion_closes_after_it_is_put",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Project",
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
                        ("slug", models.SlugField(max_length=80, unique=True)),
                        ("title", models.CharField(max_length=160)),
                        ("summary", models.TextField()),
                        (
                            "organisation",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="projects",
                                to="parties.organisation",
                            ),
                        ),
                        ("country", django_countries.fields.CountryField(blank=True, max_length=2)),
                        ("province", models.CharField(blank=True, max_length=80)),
                        (
                            "theme",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="grants.theme",
                            ),
                        ),
                        (
                            "area",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="grants.area",
                            ),
                        ),
                        ("starts_on", models.DateField(blank=True, null=True)),
                        ("ends_on", models.DateField(blank=True, null=True)),
                        ("published_at", models.DateTimeField(blank=True, null=True)),
                    ],
                    options={
                        "ordering": ["title"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("title", ""), _negated=True),
                                name="project_has_a_title",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("starts_on__isnull", True),
                                    ("ends_on__isnull", True),
                                    ("ends_on__gte", models.F("starts_on")),
                                    _connector="OR",
                                ),
                                name="project_ends_after_it_starts",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Lottery",
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
                            "round",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="lottery",
                                to="grants.round",
                            ),
                        ),
                        ("seed", models.CharField(max_length=64)),
                        ("sha256", models.CharField(max_length=64)),
                        ("drawn_at", models.DateTimeField()),
                    ],
                    options={
                        "verbose_name_plural": "lotteries",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("seed__regex", "^[0-9a-f]{64}$"),
                                    ("sha256__regex", "^[0-9a-f]{64}$"),
                                ),
                                name="lottery_is_in_hexadecimal",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CostLimit",
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
                            "round",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="cost_limits",
                                to="grants.round",
                            ),
                        ),
                        ("category", models.CharField(max_length=60)),
                        ("most_percent", models.PositiveSmallIntegerField()),
                    ],
                    options={
                        "ordering": ["round", "category"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("round", "category"), name="costlimit_once_for_a_category"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("most_percent__lt", 100)),
                                name="costlimit_limits_something",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="BlankForm",
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
                            "round",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="blank_forms",
                                to="grants.round",
                            ),
                        ),
                        (
                            "sha256",
                            models.CharField(
                                help_text="Of the facts that it prints.", max_length=64
                            ),
                        ),
                        ("content", models.BinaryField()),
                        ("made_at", models.DateTimeField()),
                    ],
                    options={
                        "ordering": ["round", "pk"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("round", "sha256"),
                                name="blankform_once_for_what_a_round_says",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="RoundFund",
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
                            "round",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="funds",
                                to="grants.round",
                            ),
                        ),
                        (
                            "fund",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="ledger.fund",
                            ),
                        ),
                        ("envelope_minor", models.BigIntegerField()),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("round", "fund"), name="roundfund_once_per_fund"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("envelope_minor__gt", 0)),
                                name="roundfund_envelope_has_money",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ListedName",
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
                            "of",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="names",
                                to="grants.sanctionslist",
                            ),
                        ),
                        (
                            "reference",
                            models.CharField(
                                help_text="Of the entry, as the list has it.", max_length=80
                            ),
                        ),
                        ("name", models.TextField()),
                        ("keys", models.JSONField()),
                    ],
                    options={
                        "ordering": ["of", "pk"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("name", ""), _negated=True),
                                name="listedname_is_not_empty",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="FilePiece",
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
                            "file",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="pieces",
                                to="grants.storedfile",
                            ),
                        ),
                        ("start", models.PositiveIntegerField()),
                        ("content", models.BinaryField()),
                    ],
                    options={
                        "ordering": ["file", "start"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("file", "start"), name="filepiece_once"
                            ),
                            models.CheckConstraint(
                                condition=django.db.models.lookups.GreaterThan(
                                    django.db.models.functions.text.Length("content"), 0
                                ),
                                name="filepiece_has_bytes",
                            ),
                            models.CheckConstraint(
                                condition=django.db.models.lookups.LessThanOrEqual(
                                    django.db.models.functions.text.Length("content"), 262144
                                ),
                                name="filepiece_is_small",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Application",
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
                            "round",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="applications",
                                to="grants.round",
                            ),
                        ),
                        (
                            "project",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="application",
                                to="grants.project",
                            ),
                        ),
                        (
                            "applicant",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="applications",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "methods",
                            models.TextField(
                                blank=True, help_text="What will be done, and how it is measured."
                            ),
                        ),
                        ("minimum_minor", models.BigIntegerField(default=0)),
                        ("minimum_reason", models.TextField(blank=True)),
                        ("ask_minor", models.BigIntegerField(default=0)),
                        (
                            "may_be_shown_unfunded",
                            models.BooleanField(db_default=False, default=False),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("draft", "Draft"),
                                    ("submitted", "Submitted"),
                                    ("withdrawn", "Withdrawn"),
                                    ("awarded", "Funded"),
                                    ("declined", "Not funded"),
                                ],
                                default="draft",
                                max_length=10,
                            ),
                        ),
                        ("version", models.PositiveIntegerField(default=1)),
                        ("saved_in", models.CharField(blank=True, max_length=36)),
                        ("typed", models.JSONField(blank=True, default=dict)),
                        ("created_at", models.DateTimeField()),
                        ("saved_at", models.DateTimeField()),
                        ("submitted_at", models.DateTimeField(blank=True, null=True)),
                        ("submitted", models.JSONField(blank=True, null=True)),
                        ("sha256", models.CharField(blank=True, max_length=64)),
                        ("blind_number", models.PositiveSmallIntegerField(blank=True, null=True)),
                        ("decided_at", models.DateTimeField(blank=True, null=True)),
                        ("decline_reason", models.TextField(blank=True)),
                        (
                            "refusal",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("incomplete", "Incomplete"),
                                    ("applicant", "The applicant may not ask in this round"),
                                    ("scope", "Outside what the call is for"),
                                    ("costs", "Asks for what is not paid for"),
                                    ("overdue", "Something of an earlier award is overdue"),
                                    ("twice", "Paid for elsewhere, or asked for twice"),
                                    ("permits", "Permits or safeguards are missing"),
                                    ("methods", "The methods do not lead to the aim"),
                                    ("budget", "The budget does not fit the work"),
                                    ("need", "Less urgent than others"),
                                    ("money", "Sound, and the money did not suffice"),
                                    ("other", "Another reason"),
                                ],
                                db_default="",
                                max_length=10,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["round", "project__title"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "state__in",
                                        ["draft", "submitted", "withdrawn", "awarded", "declined"],
                                    )
                                ),
                                name="application_state_is_known",
                            ),
                            models.UniqueConstraint(
                                fields=("round", "blind_number"),
                                name="application_blind_number_once_a_round",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("blind_number__isnull", True),
                                    ("blind_number__gt", 0),
                                    _connector="OR",
                                ),
                                name="application_blind_number_counts_from_one",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("ask_minor__gte", 0), ("minimum_minor__gte", 0)
                                ),
                                name="application_asks_for_no_less_than_nothing",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("state", "draft"),
                                    ("state", "withdrawn"),
                                    models.Q(
                                        ("minimum_minor__gt", 0),
                                        ("minimum_minor__lte", models.F("ask_minor")),
                                    ),
                                    _connector="OR",
                                ),
                                name="application_minimum_is_within_the_ask",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("sha256", ""),
                                        ("state", "draft"),
                                        ("submitted__isnull", True),
                                        ("submitted_at__isnull", True),
                                    ),
                                    ("state", "withdrawn"),
                                    models.Q(
                                        models.Q(
                                            ("state__in", ["draft", "withdrawn"]), _negated=True
                                        ),
                                        ("submitted__isnull", False),
                                        ("submitted_at__isnull", False),
                                        ("sha256__regex", "^[0-9a-f]{64}$"),
                                    ),
                                    _connector="OR",
                                ),
                                name="application_submitted_is_frozen",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("state__in", ["draft", "withdrawn"]),
                                    ("typed", {}),
                                    _connector="OR",
                                ),
                                name="application_sent_could_be_read",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("decided_at__isnull", False),
                                        ("state__in", ["awarded", "declined"]),
                                    ),
                                    models.Q(
                                        models.Q(
                                            ("state__in", ["awarded", "declined"]), _negated=True
                                        ),
                                        ("decided_at__isnull", True),
                                    ),
                                    _connector="OR",
                                ),
                                name="application_decided_has_its_instant",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("state", "declined"), _negated=True),
                                    models.Q(("decline_reason", ""), _negated=True),
                                    _connector="OR",
                                ),
                                name="application_declined_says_why",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("refusal", ""),
                                    models.Q(
                                        (
                                            "refusal__in",
                                            [
                                                "incomplete",
                                                "applicant",
                                                "scope",
                                                "costs",
                                                "overdue",
                                                "twice",
                                                "permits",
                                                "methods",
                                                "budget",
                                                "need",
                                                "money",
                                                "other",
                                            ],
                                        ),
                                        ("state", "declined"),
                                    ),
                                    _connector="OR",
                                ),
                                name="application_refusal_is_of_one_that_is_declined",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Anchor",
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
                            "criterion",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="anchors",
                                to="grants.criterion",
                            ),
                        ),
                        ("mark", models.PositiveSmallIntegerField()),
                        ("sentence", models.CharField(max_length=200)),
                    ],
                    options={
                        "ordering": ["criterion", "-mark"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("criterion", "mark"), name="anchor_once_for_a_mark"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("mark__gte", 1), ("mark__lte", 5)),
                                name="anchor_is_of_a_mark",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("sentence", ""), _negated=True),
                                name="anchor_says_something",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Allocation",
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
                            "round",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="allocations",
                                to="grants.round",
                            ),
                        ),
                        ("number", models.PositiveSmallIntegerField()),
                        ("frozen", models.TextField()),
                        ("sha256", models.CharField(max_length=64)),
                        ("changes", models.JSONField(blank=True, default=list)),
                        (
                            "made_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("made_at", models.DateTimeField()),
                        (
                            "motion",
                            models.OneToOneField(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="allocation",
                                to="grants.motion",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["round", "number"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("round", "number"), name="allocation_number_once"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("sha256__regex", "^[0-9a-f]{64}$")),
                                name="allocation_has_its_hash",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="BudgetLine",
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
                            "application",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="lines",
                                to="grants.application",
                            ),
                        ),
                        ("position", models.PositiveSmallIntegerField(default=0)),
                        ("category", models.CharField(max_length=60)),
                        ("what", models.CharField(max_length=200)),
                        ("quantity", models.PositiveIntegerField()),
                        ("unit_minor", models.BigIntegerField()),
                        (
                            "amount_minor",
                            models.BigIntegerField(help_text="Quantity times unit cost."),
                        ),
                        (
                            "source",
                            models.CharField(
                                choices=[
                                    ("us", "Asked of this fund"),
                                    ("other", "Another funder"),
                                    ("in_kind", "In kind"),
                                ],
                                default="us",
                                max_length=8,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["application", "position", "pk"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("quantity__gt", 0), ("unit_minor__gt", 0)),
                                name="budgetline_costs_money",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "amount_minor",
                                        django.db.models.expressions.CombinedExpression(
                                            models.F("quantity"), "*", models.F("unit_minor")
                                        ),
                                    )
                                ),
                                name="budgetline_multiplies",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("source__in", ["us", "other", "in_kind"])),
                                name="budgetline_source_is_known",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CoInvitation",
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
                            "application",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="invitations",
                                to="grants.application",
                            ),
                        ),
                        ("email", models.EmailField(max_length=254)),
                        (
                            "right",
                            models.CharField(
                                choices=[
                                    ("view", "Reads it"),
                                    ("comment", "Reads and comments"),
                                    ("edit", "Writes it too"),
                                ],
                                max_length=7,
                            ),
                        ),
                        ("invited_by", models.CharField(max_length=60)),
                        ("created_at", models.DateTimeField()),
                        ("expires_at", models.DateTimeField()),
                        ("accepted_at", models.DateTimeField(blank=True, null=True)),
                        ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("right__in", ["view", "comment", "edit"])),
                                name="coinvitation_right_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("expires_at__gt", models.F("created_at"))),
                                name="coinvitation_ends_after_it_begins",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("accepted_at__isnull", True),
                                    models.Q(
                                        ("accepted_at__lte", models.F("expires_at")),
                                        ("withdrawn_at__isnull", True),
                                    ),
                                    _connector="OR",
                                ),
                                name="coinvitation_is_accepted_in_time",
                            ),
                            models.UniqueConstraint(
                                models.F("application"),
                                django.db.models.functions.text.Lower("email"),
                                condition=models.Q(
                                    ("accepted_at__isnull", True), ("withdrawn_at__isnull", True)
                                ),
                                name="coinvitation_is_open_once",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Completion",
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
                            "application",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="completions",
                                to="grants.application",
                            ),
                        ),
                        (
                            "asked_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("asked_at", models.DateTimeField()),
                        ("due_at", models.DateTimeField()),
                        ("reasons", models.JSONField()),
                        ("typed", models.JSONField(blank=True, default=dict)),
                        ("version", models.PositiveIntegerField(default=1)),
                        ("saved_in", models.CharField(blank=True, max_length=36)),
                        ("saved_at", models.DateTimeField()),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("open", "With the applicant"),
                                    ("done", "Completed"),
                                    ("lapsed", "Not completed in time"),
                                ],
                                default="open",
                                max_length=6,
                            ),
                        ),
                        ("ended_at", models.DateTimeField(blank=True, null=True)),
                    ],
                    options={
                        "ordering": ["application"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("application",), name="completion_once_for_an_application"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("state__in", ["open", "done", "lapsed"])),
                                name="completion_state_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("ended_at__isnull", True), ("state", "open")),
                                    models.Q(
                                        models.Q(("state", "open"), _negated=True),
                                        ("ended_at__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="completion_ended_has_its_instant",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("reasons", {}), _negated=True),
                                name="completion_says_what_is_missing",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("due_at__gt", models.F("asked_at"))),
                                name="completion_leaves_time",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Answer",
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
                            "application",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="answers",
                                to="grants.application",
                            ),
                        ),
                        (
                            "condition",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="answers",
                                to="grants.condition",
                            ),
                        ),
                        ("said", models.BooleanField()),
                    ],
                    options={
                        "ordering": ["application", "condition"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("application", "condition"),
                                name="answer_once_to_a_condition",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Declaration",
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
                            "application",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="declarations",
                                to="grants.application",
                            ),
                        ),
                        (
                            "member",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="declarations",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "interest",
                            models.CharField(
                                choices=[
                                    ("none", "No interest"),
                                    ("soft", "Some interest: the chair rules on it"),
                                    ("hard", "An interest: I step out"),
                                ],
                                max_length=4,
                            ),
                        ),
                        (
                            "nature",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("body", "Works for or acts for the applying organisation"),
                                    ("kin", "Family or close friends"),
                                    ("money", "Would be paid or receive money"),
                                    ("part", "Takes part in the project"),
                                    ("applied", "Applied for it"),
                                    ("advised", "Advised on the application"),
                                    (
                                        "wrote",
                                        "Published with the applicants in the last three years",
                                    ),
                                    ("group", "Sits in the same specialist group"),
                                    ("gave", "Acts for a zoo that gave money of this round"),
                                    ("other", "Another interest"),
                                ],
                                max_length=8,
                            ),
                        ),
                        (
                            "words",
                            models.CharField(
                                blank=True,
                                help_text="Seen by the member and the chair only.",
                                max_length=400,
                            ),
                        ),
                        ("flags", models.JSONField(blank=True, default=list)),
                        ("declared_at", models.DateTimeField()),
                    ],
                    options={
                        "ordering": ["pk"],
                        "indexes": [
                            models.Index(
                                fields=["application", "member", "id"], name="declaration_latest"
                            )
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("interest__in", ["none", "soft", "hard"])),
                                name="declaration_interest_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "nature__in",
                                        [
                                            "",
                                            "body",
                                            "kin",
                                            "money",
                                            "part",
                                            "applied",
                                            "advised",
                                            "wrote",
                                            "group",
                                            "gave",
                                            "other",
                                        ],
                                    )
                                ),
                                name="declaration_nature_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("interest", "none"), ("nature", "")),
                                    models.Q(
                                        models.Q(("interest", "none"), _negated=True),
                                        models.Q(("nature", ""), _negated=True),
                                        models.Q(("words", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="declaration_of_an_interest_says_which",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="DeclineLetter",
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
                            "application",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="decline_letters",
                                to="grants.application",
                            ),
                        ),
                        (
                            "reason",
                            models.CharField(
                                choices=[
                                    ("incomplete", "Incomplete"),
                                    ("applicant", "The applicant may not ask in this round"),
                                    ("scope", "Outside what the call is for"),
                                    ("costs", "Asks for what is not paid for"),
                                    ("overdue", "Something of an earlier award is overdue"),
                                    ("twice", "Paid for elsewhere, or asked for twice"),
                                    ("permits", "Permits or safeguards are missing"),
                                    ("methods", "The methods do not lead to the aim"),
                                    ("budget", "The budget does not fit the work"),
                                    ("need", "Less urgent than others"),
                                    ("money", "Sound, and the money did not suffice"),
                                    ("other", "Another reason"),
                                ],
                                max_length=10,
                            ),
                        ),
                        ("feedback", models.TextField(help_text="Why, word for word.")),
                        (
                            "improve",
                            models.TextField(
                                blank=True,
                                help_text="What to improve for another time. With it goes an invitation.",
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
                        (
                            "written_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("written_at", models.DateTimeField()),
                        (
                            "sent_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("sent_at", models.DateTimeField(blank=True, null=True)),
                        ("dropped_at", models.DateTimeField(blank=True, null=True)),
                    ],
                    options={
                        "ordering": ["application", "pk"],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("dropped_at__isnull", True)),
                                fields=("application",),
                                name="declineletter_one_stands",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "reason__in",
                                        [
                                            "incomplete",
                                            "applicant",
                                            "scope",
                                            "costs",
                                            "overdue",
                                            "twice",
                                            "permits",
                                            "methods",
                                            "budget",
                                            "need",
                                            "money",
                                            "other",
                                        ],
                                    ),
                                    models.Q(("feedback", ""), _negated=True),
                                ),
                                name="declineletter_says_why",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("sent_at__isnull", True), ("sent_by__isnull", True)),
                                    models.Q(
                                        ("dropped_at__isnull", True),
                                        ("sent_at__isnull", False),
                                        ("sent_by__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="declineletter_sent_stays",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="DeskCheck",
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
                            "application",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="desk_checks",
                                to="grants.application",
                            ),
                        ),
                        (
                            "sha256",
                            models.CharField(
                                help_text="Of the application that was looked at.", max_length=64
                            ),
                        ),
                        ("items", models.JSONField(default=list)),
                        ("facts", models.JSONField(default=list)),
                        (
                            "result",
                            models.CharField(
                                choices=[
                                    ("passed", "Complete and eligible"),
                                    ("refused", "Not eligible"),
                                ],
                                max_length=8,
                            ),
                        ),
                        (
                            "reason",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("incomplete", "Incomplete"),
                                    ("applicant", "The applicant may not ask in this round"),
                                    ("scope", "Outside what the call is for"),
                                    ("costs", "Asks for what is not paid for"),
                                    ("overdue", "Something of an earlier award is overdue"),
                                    ("twice", "Paid for elsewhere, or asked for twice"),
                                    ("permits", "Permits or safeguards are missing"),
                                    ("methods", "The methods do not lead to the aim"),
                                    ("budget", "The budget does not fit the work"),
                                    ("need", "Less urgent than others"),
                                    ("money", "Sound, and the money did not suffice"),
                                    ("other", "Another reason"),
                                ],
                                max_length=10,
                            ),
                        ),
                        (
                            "sentence",
                            models.TextField(
                                blank=True, help_text="Told to the applicant word for word."
                            ),
                        ),
                        (
                            "checked_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("checked_at", models.DateTimeField()),
                        (
                            "confirmed_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("confirmed_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "ended_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("ended_at", models.DateTimeField(blank=True, null=True)),
                        ("ended_why", models.CharField(blank=True, max_length=400)),
                    ],
                    options={
                        "ordering": ["application", "pk"],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("ended_at__isnull", True)),
                                fields=("application",),
                                name="deskcheck_one_stands",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("sha256__regex", "^[0-9a-f]{64}$")),
                                name="deskcheck_is_of_what_was_sent",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("reason", ""), ("result", "passed"), ("sentence", "")
                                    ),
                                    models.Q(
                                        (
                                            "reason__in",
                                            [
                                                "incomplete",
                                                "applicant",
                                                "scope",
                                                "costs",
                                                "overdue",
                                                "twice",
                                                "permits",
                                                "other",
                                            ],
                                        ),
                                        ("result", "refused"),
                                        models.Q(("sentence", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="deskcheck_refusal_says_why",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("confirmed_at__isnull", True),
                                        ("confirmed_by__isnull", True),
                                    ),
                                    models.Q(
                                        ("confirmed_at__isnull", False),
                                        ("confirmed_by__isnull", False),
                                        ("result", "refused"),
                                    ),
                                    _connector="OR",
                                ),
                                name="deskcheck_confirmed_is_a_refusal",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("confirmed_by__isnull", True),
                                    models.Q(
                                        ("confirmed_by", models.F("checked_by")), _negated=True
                                    ),
                                    _connector="OR",
                                ),
                                name="deskcheck_takes_two",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("ended_at__isnull", True),
                                        ("ended_by__isnull", True),
                                        ("ended_why", ""),
                                    ),
                                    models.Q(
                                        ("ended_at__isnull", False),
                                        ("ended_by__isnull", False),
                                        models.Q(("ended_why", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="deskcheck_ended_says_why",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="DraftComment",
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
                        ("uuid", models.UUIDField(editable=False, unique=True)),
                        (
                            "application",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="comments",
                                to="grants.application",
                            ),
                        ),
                        (
                            "written_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("words", models.TextField()),
                        ("written_at", models.DateTimeField()),
                    ],
                    options={
                        "ordering": ["application", "pk"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("words", ""), _negated=True),
                                name="draftcomment_says_something",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Item",
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
                            "motion",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="items",
                                to="grants.motion",
                            ),
                        ),
                        (
                            "application",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="items",
                                to="grants.application",
                            ),
                        ),
                        ("amount_minor", models.BigIntegerField()),
                        (
                            "reason",
                            models.CharField(blank=True, help_text="Why this sum.", max_length=400),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("open", "Open"),
                                    ("adopted", "Adopted"),
                                    ("rejected", "Rejected"),
                                    ("no_quorum", "Too few votes"),
                                    ("withdrawn", "Withdrawn"),
                                ],
                                default="open",
                                max_length=10,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["motion", "pk"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("motion", "application"), name="item_once_per_motion"
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("state", "open")),
                                fields=("application",),
                                name="item_application_is_in_one_open_motion",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("state", "adopted")),
                                fields=("application",),
                                name="item_application_is_adopted_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("amount_minor__gt", 0)),
                                name="item_grants_money",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "state__in",
                                        ["open", "adopted", "rejected", "no_quorum", "withdrawn"],
                                    )
                                ),
                                name="item_state_is_known",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Message",
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
                        ("uuid", models.UUIDField(editable=False, unique=True)),
                        (
                            "application",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="messages",
                                to="grants.application",
                            ),
                        ),
                        (
                            "author",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("from_office", models.BooleanField()),
                        ("text", models.TextField()),
                        ("shared_with_committee", models.BooleanField(default=False)),
                        ("sent_at", models.DateTimeField()),
                        ("settled_at", models.DateTimeField(blank=True, null=True)),
                    ],
                    options={
                        "ordering": ["application", "pk"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("text", ""), _negated=True),
                                name="message_says_something",
                            ),
                            models.CheckConstraint(
                                condition=django.db.models.lookups.LessThanOrEqual(
                                    django.db.models.functions.text.Length("text"), 5000
                                ),
                                name="message_is_not_endless",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="MessageReader",
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
                            "application",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="message_readers",
                                to="grants.application",
                            ),
                        ),
                        (
                            "person",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("last_read_at", models.DateTimeField(blank=True, null=True)),
                        ("told_at", models.DateTimeField(blank=True, null=True)),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("application", "person"),
                                name="messagereader_once_an_application",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Recusal",
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
                            "application",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="recusals",
                                to="grants.application",
                            ),
                        ),
                        (
                            "member",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="recusals",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "reason",
                            models.CharField(
                                help_text="Seen by the member and the chair only.", max_length=400
                            ),
                        ),
                        ("declared_at", models.DateTimeField()),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("application", "member"), name="recusal_once"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("reason", ""), _negated=True),
                                name="recusal_has_a_reason",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Review",
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
                            "application",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="reviews",
                                to="grants.application",
                            ),
                        ),
                        (
                            "member",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="reviews",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("number", models.PositiveSmallIntegerField(default=1)),
                        ("version", models.PositiveIntegerField(default=1)),
                        (
                            "saved_in",
                            models.CharField(blank=True, db_default="", default="", max_length=36),
                        ),
                        ("reasons", models.TextField(blank=True, help_text="For the committee.")),
                        (
                            "advice",
                            models.TextField(
                                blank=True, help_text="What would make the next application better."
                            ),
                        ),
                        (
                            "correction",
                            models.CharField(
                                blank=True, help_text="Why there is another.", max_length=400
                            ),
                        ),
                        ("saved_at", models.DateTimeField()),
                        ("handed_in_at", models.DateTimeField(blank=True, null=True)),
                    ],
                    options={
                        "ordering": ["application", "member", "number"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("application", "member", "number"),
                                name="review_number_once",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("handed_in_at__isnull", True)),
                                fields=("application", "member"),
                                name="review_has_one_draft",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("correction", ""), ("number", 1)),
                                    models.Q(
                                        ("number__gt", 1),
                                        models.Q(("correction", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="review_correction_says_why",
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
                            "application",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="attachments",
                                to="grants.application",
                            ),
                        ),
                        (
                            "file",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="attachment",
                                to="grants.storedfile",
                            ),
                        ),
                        ("sha256", models.CharField(max_length=64)),
                        ("added_at", models.DateTimeField()),
                    ],
                    options={
                        "ordering": ["application", "pk"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("application", "sha256"), name="attachment_once"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Submission",
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
                            "application",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="submissions",
                                to="grants.application",
                            ),
                        ),
                        ("number", models.PositiveSmallIntegerField()),
                        ("facts", models.JSONField()),
                        ("sha256", models.CharField(max_length=64)),
                        ("submitted_at", models.DateTimeField()),
                        (
                            "document",
                            models.OneToOneField(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="submission",
                                to="documents.document",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["application", "number"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("application", "number"),
                                name="submission_once_for_a_number",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("sha256__regex", "^[0-9a-f]{64}$")),
                                name="submission_fingerprint_is_in_hexadecimal",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Assignment",
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
                            "application",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="assignments",
                                to="grants.application",
                            ),
                        ),
                        (
                            "member",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="assignments",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("assigned_at", models.DateTimeField()),
                        ("ended_at", models.DateTimeField(blank=True, null=True)),
                        ("ended_why", models.CharField(blank=True, max_length=400)),
                    ],
                    options={
                        "ordering": ["application", "pk"],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("ended_at__isnull", True)),
                                fields=("application", "member"),
                                name="assignment_stands_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("ended_at__isnull", True), ("ended_why", "")),
                                    models.Q(
                                        ("ended_at__isnull", False),
                                        models.Q(("ended_why", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="assignment_ended_says_why",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Award",
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
                            models.OneToOneField(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="award",
                                to="grants.item",
                            ),
                        ),
                        ("is_taken_over", models.BooleanField(db_default=False, default=False)),
                        (
                            "application",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="award",
                                to="grants.application",
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
                        ("currency", models.CharField(max_length=3)),
                        ("amount_minor", models.BigIntegerField()),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("active", "Active"),
                                    ("closed", "Closed"),
                                    ("cancelled", "Cancelled"),
                                ],
                                default="active",
                                max_length=10,
                            ),
                        ),
                        ("adopted_at", models.DateTimeField()),
                        (
                            "letter",
                            models.OneToOneField(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="documents.document",
                            ),
                        ),
                        ("letter_mailed_at", models.DateTimeField(blank=True, null=True)),
                        ("due_at", models.DateTimeField()),
                        ("attempts", models.PositiveSmallIntegerField(default=0)),
                        ("error", models.TextField(blank=True)),
                    ],
                    options={
                        "ordering": ["-adopted_at"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("amount_minor__gt", 0)),
                                name="award_grants_money",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("state__in", ["active", "closed", "cancelled"])
                                ),
                                name="award_state_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("currency__regex", "^[A-Z]{3}$")),
                                name="award_currency_is_iso",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("is_taken_over", True), ("item__isnull", True)),
                                    models.Q(("is_taken_over", False), ("item__isnull", False)),
                                    _connector="OR",
                                ),
                                name="award_is_decided_on_or_taken_over",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("is_taken_over", False),
                                    ("letter__isnull", True),
                                    _connector="OR",
                                ),
                                name="award_taken_over_has_no_letter_of_ours",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CoApplicant",
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
                            "application",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="coapplicants",
                                to="grants.application",
                            ),
                        ),
                        (
                            "person",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="coapplications",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "invitation",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="coapplicant",
                                to="grants.coinvitation",
                            ),
                        ),
                        (
                            "right",
                            models.CharField(
                                choices=[
                                    ("view", "Reads it"),
                                    ("comment", "Reads and comments"),
                                    ("edit", "Writes it too"),
                                ],
                                max_length=7,
                            ),
                        ),
                        ("since", models.DateTimeField()),
                        ("ended_at", models.DateTimeField(blank=True, null=True)),
                    ],
                    options={
                        "ordering": ["application", "pk"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("right__in", ["view", "comment", "edit"])),
                                name="coapplicant_right_is_known",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("ended_at__isnull", True)),
                                fields=("application", "person"),
                                name="coapplicant_once_at_a_time",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Mark",
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
                            "review",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="marks",
                                to="grants.review",
                            ),
                        ),
                        (
                            "criterion",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="grants.criterion",
                            ),
                        ),
                        ("mark", models.PositiveSmallIntegerField()),
                        ("comment", models.CharField(blank=True, max_length=1000)),
                    ],
                    options={
                        "ordering": ["review", "criterion"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("review", "criterion"), name="mark_once_a_criterion"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("mark__gte", 1), ("mark__lte", 5)),
                                name="mark_is_on_the_scale",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Ruling",
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
                            "declaration",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="ruling",
                                to="grants.declaration",
                            ),
                        ),
                        ("may_take_part", models.BooleanField()),
                        (
                            "sentence",
                            models.CharField(help_text="Printed in the minute.", max_length=400),
                        ),
                        (
                            "ruled_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("ruled_at", models.DateTimeField()),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("sentence", ""), _negated=True),
                                name="ruling_says_why",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Share",
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
                                related_name="shares",
                                to="grants.item",
                            ),
                        ),
                        (
                            "fund",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="ledger.fund",
                            ),
                        ),
                        ("amount_minor", models.BigIntegerField()),
                    ],
                    options={
                        "ordering": ["item", "fund"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("item", "fund"), name="share_once_per_fund"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("amount_minor__gt", 0)),
                                name="share_grants_money",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Vote",
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
                                related_name="votes",
                                to="grants.item",
                            ),
                        ),
                        (
                            "member",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="votes",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "choice",
                            models.CharField(
                                choices=[
                                    ("for", "For"),
                                    ("against", "Against"),
                                    ("abstain", "Abstain"),
                                ],
                                max_length=8,
                            ),
                        ),
                        ("cast_at", models.DateTimeField()),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("item", "member"), name="vote_once_per_member"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("choice__in", ["for", "against", "abstain"])),
                                name="vote_choice_is_known",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AwardBudget",
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
                            "award",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="budgets",
                                to="grants.award",
                            ),
                        ),
                        ("version", models.PositiveSmallIntegerField()),
                        (
                            "made_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("made_at", models.DateTimeField()),
                    ],
                    options={
                        "ordering": ["award", "version"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("award", "version"), name="awardbudget_version_once"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AwardShare",
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
                            "award",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="shares",
                                to="grants.award",
                            ),
                        ),
                        (
                            "fund",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="ledger.fund",
                            ),
                        ),
                        ("amount_minor", models.BigIntegerField()),
                    ],
                    options={
                        "ordering": ["award", "fund"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("award", "fund"), name="awardshare_once_per_fund"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("amount_minor__gt", 0)),
                                name="awardshare_grants_money",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="BankDetails",
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
                            "award",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="bank_details",
                                to="grants.award",
                            ),
                        ),
                        ("holder", models.CharField(max_length=200)),
                        ("iban", models.CharField(blank=True, max_length=34)),
                        ("account_number", models.CharField(blank=True, max_length=40)),
                        ("bic", models.CharField(blank=True, max_length=11)),
                        ("bank_name", models.CharField(max_length=200)),
                        ("country", models.CharField(max_length=2)),
                        ("sha256", models.CharField(max_length=64)),
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
                        "verbose_name_plural": "bank details",
                        "ordering": ["award", "pk"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("iban", ""), _negated=True),
                                    models.Q(("account_number", ""), _negated=True),
                                    _connector="OR",
                                ),
                                name="bankdetails_have_a_number",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("sha256__regex", "^[0-9a-f]{64}$")),
                                name="bankdetails_have_their_hash",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("holder", ""), _negated=True),
                                name="bankdetails_name_the_holder",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Cancellation",
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
                            "award",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="cancellations",
                                to="grants.award",
                            ),
                        ),
                        ("amount_minor", models.BigIntegerField()),
                        ("reason", models.CharField(max_length=400)),
                        (
                            "cancelled_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("cancelled_at", models.DateTimeField()),
                    ],
                    options={
                        "ordering": ["award", "pk"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("amount_minor__gt", 0)),
                                name="cancellation_frees_money",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("reason", ""), _negated=True),
                                name="cancellation_has_a_reason",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Closing",
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
                            "award",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="closing",
                                to="grants.award",
                            ),
                        ),
                        ("paid_minor", models.BigIntegerField()),
                        ("spent_minor", models.BigIntegerField()),
                        ("written_off_minor", models.BigIntegerField(default=0)),
                        ("note", models.CharField(max_length=1000)),
                        (
                            "closed_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("closed_at", models.DateTimeField()),
                    ],
                    options={
                        "ordering": ["award"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("note", ""), _negated=True),
                                name="closing_has_a_note",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "paid_minor__lte",
                                        django.db.models.expressions.CombinedExpression(
                                            models.F("spent_minor"),
                                            "+",
                                            models.F("written_off_minor"),
                                        ),
                                    )
                                ),
                                name="closing_leaves_nothing_unspent",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Fulfilment",
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
                            "award",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="fulfilments",
                                to="grants.award",
                            ),
                        ),
                        ("tranche_number", models.PositiveSmallIntegerField()),
                        ("words", models.CharField(max_length=400)),
                        (
                            "met_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("met_at", models.DateTimeField()),
                    ],
                    options={
                        "ordering": ["award", "tranche_number"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("award", "tranche_number"), name="fulfilment_once"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("words", ""), _negated=True),
                                name="fulfilment_says_what_came",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Pack",
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
                            "award",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="packs",
                                to="grants.award",
                            ),
                        ),
                        (
                            "year",
                            models.PositiveSmallIntegerField(
                                blank=True,
                                help_text="In which they were decided, by the entity's calendar.",
                                null=True,
                            ),
                        ),
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
                                    ("let_go", "Let go, can be made again"),
                                ],
                                default="waiting",
                                max_length=8,
                            ),
                        ),
                        (
                            "step",
                            models.PositiveSmallIntegerField(
                                default=0, help_text="How many awards are packed."
                            ),
                        ),
                        ("steps", models.PositiveSmallIntegerField(default=1)),
                        ("files", models.PositiveIntegerField(default=0)),
                        ("size_bytes", models.BigIntegerField(default=0)),
                        ("sha256", models.CharField(blank=True, max_length=64)),
                        ("done_at", models.DateTimeField(blank=True, null=True)),
                        ("expires_at", models.DateTimeField(blank=True, null=True)),
                        ("due_at", models.DateTimeField()),
                        ("attempts", models.PositiveSmallIntegerField(default=0)),
                        ("error", models.TextField(blank=True)),
                    ],
                    options={
                        "ordering": ["-asked_at", "-pk"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("award__isnull", False), ("year__isnull", True)),
                                    models.Q(("award__isnull", True), ("year__isnull", False)),
                                    _connector="OR",
                                ),
                                name="pack_is_of_an_award_or_of_a_year",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("award__isnull", False)),
                                fields=("award",),
                                name="pack_once_an_award",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("year__isnull", False)),
                                fields=("entity", "year"),
                                name="pack_once_a_year",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "state__in",
                                        ["waiting", "running", "done", "failed", "let_go"],
                                    )
                                ),
                                name="pack_state_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("state", "done"), _negated=True),
                                    models.Q(
                                        ("done_at__isnull", False),
                                        ("expires_at__isnull", False),
                                        ("sha256__regex", "^[0-9a-f]{64}$"),
                                    ),
                                    _connector="OR",
                                ),
                                name="pack_made_has_its_hash",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Report",
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
                            "award",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="reports",
                                to="grants.award",
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[("interim", "Interim report"), ("final", "Final report")],
                                max_length=7,
                            ),
                        ),
                        ("typed", models.JSONField(blank=True, default=dict)),
                        ("version", models.PositiveIntegerField(default=1)),
                        ("saved_at", models.DateTimeField()),
                    ],
                    options={
                        "ordering": ["award", "kind"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("award", "kind"), name="report_once_of_each_kind"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("kind__in", ["interim", "final"])),
                                name="report_kind_is_known",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Return",
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
                            "award",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="returns",
                                to="grants.award",
                            ),
                        ),
                        (
                            "amount_minor",
                            models.BigIntegerField(
                                help_text="As it arrived, in the award's currency."
                            ),
                        ),
                        ("returned_on", models.DateField()),
                        (
                            "place",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="ledger.account",
                            ),
                        ),
                        ("reference", models.CharField(max_length=80)),
                        (
                            "recorded_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("recorded_at", models.DateTimeField()),
                    ],
                    options={
                        "ordering": ["award", "pk"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("award", "place", "returned_on", "reference"),
                                name="return_is_recorded_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("amount_minor__gt", 0)),
                                name="return_brings_money",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("reference", ""), _negated=True),
                                name="return_has_a_reference",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Schedule",
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
                            "award",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="schedules",
                                to="grants.award",
                            ),
                        ),
                        ("version", models.PositiveSmallIntegerField()),
                        ("amount_minor", models.BigIntegerField()),
                        ("interim_due_on", models.DateField(blank=True, null=True)),
                        ("final_due_on", models.DateField()),
                        (
                            "made_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("made_at", models.DateTimeField()),
                    ],
                    options={
                        "ordering": ["award", "version"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("award", "version"), name="schedule_version_once"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("amount_minor__gt", 0)),
                                name="schedule_pays_money",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("interim_due_on__isnull", True),
                                    ("interim_due_on__lt", models.F("final_due_on")),
                                    _connector="OR",
                                ),
                                name="schedule_ends_with_the_final_report",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Screening",
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
                            "award",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="screenings",
                                to="grants.award",
                            ),
                        ),
                        (
                            "names",
                            models.TextField(
                                help_text="Every name that was looked up, one per line."
                            ),
                        ),
                        ("list_name", models.CharField(max_length=200)),
                        ("list_date", models.DateField()),
                        (
                            "result",
                            models.CharField(
                                choices=[
                                    ("no_match", "No match found"),
                                    ("possible", "Possible match"),
                                    ("match", "Match"),
                                ],
                                max_length=10,
                            ),
                        ),
                        ("note", models.TextField()),
                        (
                            "bank_sha256",
                            models.CharField(
                                help_text="The bank details that were looked at.", max_length=64
                            ),
                        ),
                        (
                            "searched",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="screenings",
                                to="grants.sanctionslist",
                            ),
                        ),
                        ("found", models.JSONField(blank=True, default=list)),
                        (
                            "made_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("made_at", models.DateTimeField()),
                    ],
                    options={
                        "ordering": ["award", "pk"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("result__in", ["no_match", "possible", "match"])
                                ),
                                name="screening_result_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("note", ""), _negated=True),
                                name="screening_has_a_note",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("made_by__isnull", False),
                                    ("searched__isnull", False),
                                    _connector="OR",
                                ),
                                name="screening_is_a_persons_or_a_search",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("result", "no_match"), _negated=True),
                                    ("found", []),
                                    _connector="OR",
                                ),
                                name="screening_without_a_match_found_nobody",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="TakeOver",
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
                            "award",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="take_over",
                                to="grants.award",
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
                            "reference",
                            models.CharField(
                                help_text="What tells it apart in its file.", max_length=140
                            ),
                        ),
                        (
                            "batch",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="imports.import",
                            ),
                        ),
                        (
                            "awarded_minor",
                            models.BigIntegerField(help_text="In all, in the award's currency."),
                        ),
                        (
                            "paid_minor",
                            models.BigIntegerField(help_text="Before it was taken over."),
                        ),
                        ("awarded_on", models.DateField(help_text="As it was promised elsewhere.")),
                        (
                            "instalments",
                            models.CharField(
                                blank=True, help_text="What is still to come.", max_length=400
                            ),
                        ),
                        ("taken_at", models.DateTimeField()),
                        ("started_by", models.CharField(max_length=60)),
                        ("accepted_by", models.CharField(max_length=60)),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("entity", "reference"), name="takeover_is_made_once"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("awarded_minor__gt", models.F("paid_minor")),
                                    ("paid_minor__gte", 0),
                                ),
                                name="takeover_leaves_something_to_pay",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("started_by", ""), _negated=True),
                                    models.Q(("accepted_by", ""), _negated=True),
                                    models.Q(
                                        ("accepted_by", models.F("started_by")), _negated=True
                                    ),
                                ),
                                name="takeover_is_accepted_by_another_person",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("reference", ""), _negated=True),
                                name="takeover_is_told_apart",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="WriteOff",
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
                            "award",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="write_off",
                                to="grants.award",
                            ),
                        ),
                        ("amount_minor", models.BigIntegerField()),
                        ("reason", models.CharField(max_length=400)),
                        (
                            "proposed_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("proposed_at", models.DateTimeField()),
                        (
                            "agreed_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("agreed_at", models.DateTimeField(blank=True, null=True)),
                    ],
                    options={
                        "ordering": ["award"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("amount_minor__gt", 0)),
                                name="writeoff_is_of_money",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("reason", ""), _negated=True),
                                name="writeoff_has_a_reason",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("agreed_at__isnull", True), ("agreed_by__isnull", True)
                                    ),
                                    models.Q(
                                        ("agreed_at__isnull", False),
                                        ("agreed_by__isnull", False),
                                        models.Q(
                                            ("agreed_by", models.F("proposed_by")), _negated=True
                                        ),
                                    ),
                                    _connector="OR",
                                ),
                                name="writeoff_is_agreed_by_another",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AwardLine",
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
                            "budget",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="lines",
                                to="grants.awardbudget",
                            ),
                        ),
                        ("position", models.PositiveSmallIntegerField()),
                        ("category", models.CharField(max_length=60)),
                        ("what", models.CharField(max_length=200)),
                        ("asked_minor", models.BigIntegerField()),
                        ("amount_minor", models.BigIntegerField()),
                        (
                            "reason",
                            models.CharField(
                                blank=True, help_text="Why more than was asked.", max_length=300
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["budget", "position"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("budget", "position"), name="awardline_position_once"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("amount_minor__gte", 0), ("asked_minor__gte", 0)
                                ),
                                name="awardline_is_not_below_nought",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("amount_minor__lte", models.F("asked_minor")),
                                    models.Q(("reason", ""), _negated=True),
                                    _connector="OR",
                                ),
                                name="awardline_above_the_asked_says_why",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Disbursement",
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
                            "award",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="disbursements",
                                to="grants.award",
                            ),
                        ),
                        ("number", models.PositiveSmallIntegerField()),
                        ("amount_minor", models.BigIntegerField()),
                        ("tranche_number", models.PositiveSmallIntegerField(blank=True, null=True)),
                        ("purpose", models.CharField(max_length=400)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("requested", "Requested"),
                                    ("checked", "Checked, payable"),
                                    ("released", "Paid"),
                                    ("declined", "Declined"),
                                ],
                                default="requested",
                                max_length=10,
                            ),
                        ),
                        (
                            "bank_details",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="disbursements",
                                to="grants.bankdetails",
                            ),
                        ),
                        ("bank_sha256", models.CharField(help_text="As approved.", max_length=64)),
                        (
                            "requested_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("requested_at", models.DateTimeField()),
                        (
                            "checked_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("checked_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "released_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("released_at", models.DateTimeField(blank=True, null=True)),
                        ("declined_why", models.CharField(blank=True, max_length=400)),
                        ("paid_on", models.DateField(blank=True, null=True)),
                        ("sent_currency", models.CharField(blank=True, max_length=3)),
                        ("sent_minor", models.BigIntegerField(blank=True, null=True)),
                        (
                            "rate",
                            models.CharField(
                                blank=True, help_text="As the bank printed it.", max_length=30
                            ),
                        ),
                        ("fee_minor", models.BigIntegerField(blank=True, null=True)),
                        ("bank_reference", models.CharField(blank=True, max_length=80)),
                    ],
                    options={
                        "ordering": ["award", "number"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("award", "number"), name="disbursement_number_once"
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("state", "declined"), _negated=True),
                                fields=("award", "tranche_number"),
                                name="disbursement_once_for_each_tranche",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("amount_minor__gt", 0)),
                                name="disbursement_moves_money",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("checked_by__isnull", True),
                                    models.Q(
                                        ("checked_by", models.F("requested_by")), _negated=True
                                    ),
                                    _connector="OR",
                                ),
                                name="disbursement_is_checked_by_another_person",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("released_by__isnull", True),
                                    models.Q(
                                        models.Q(
                                            ("released_by", models.F("requested_by")), _negated=True
                                        ),
                                        models.Q(
                                            ("released_by", models.F("checked_by")), _negated=True
                                        ),
                                    ),
                                    _connector="OR",
                                ),
                                name="disbursement_is_released_by_a_third_person",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("checked_at__isnull", True),
                                        ("released_at__isnull", True),
                                        ("state", "requested"),
                                    ),
                                    models.Q(
                                        ("checked_at__isnull", False),
                                        ("checked_by__isnull", False),
                                        ("released_at__isnull", True),
                                        ("state", "checked"),
                                    ),
                                    models.Q(
                                        ("checked_by__isnull", False),
                                        ("fee_minor__gte", 0),
                                        ("paid_on__isnull", False),
                                        ("released_at__isnull", False),
                                        ("released_by__isnull", False),
                                        ("state", "released"),
                                        models.Q(("bank_reference", ""), _negated=True),
                                    ),
                                    models.Q(
                                        ("released_at__isnull", True),
                                        ("state", "declined"),
                                        models.Q(("declined_why", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="disbursement_state_fits_its_facts",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PackPiece",
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
                            "pack",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="pieces",
                                to="grants.pack",
                            ),
                        ),
                        ("number", models.PositiveIntegerField()),
                        ("content", models.BinaryField()),
                    ],
                    options={
                        "ordering": ["pack", "number"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("pack", "number"), name="packpiece_number_once"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ReportPhoto",
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
                            "report",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="photos",
                                to="grants.report",
                            ),
                        ),
                        ("content", models.BinaryField()),
                        ("sha256", models.CharField(max_length=64)),
                        ("shows", models.CharField(help_text="What it shows.", max_length=300)),
                        ("taken_by", models.CharField(max_length=120)),
                        ("has_consent", models.BooleanField()),
                        ("is_public", models.BooleanField(default=False)),
                        ("added_at", models.DateTimeField()),
                        ("removed_at", models.DateTimeField(blank=True, null=True)),
                    ],
                    options={
                        "ordering": ["report", "pk"],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("removed_at__isnull", True)),
                                fields=("report", "sha256"),
                                name="reportphoto_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("shows", ""), _negated=True),
                                    models.Q(("taken_by", ""), _negated=True),
                                ),
                                name="reportphoto_says_what_and_whose",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("has_consent", True)),
                                name="reportphoto_is_agreed_to",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ReportSending",
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
                            "report",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="sendings",
                                to="grants.report",
                            ),
                        ),
                        ("number", models.PositiveSmallIntegerField()),
                        ("facts", models.JSONField()),
                        ("sha256", models.CharField(max_length=64)),
                        ("spent_minor", models.BigIntegerField()),
                        ("is_public", models.BooleanField(default=False)),
                        (
                            "sent_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("sent_at", models.DateTimeField()),
                        (
                            "answer",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("", "Not answered"),
                                    ("accepted", "Accepted"),
                                    ("returned", "Sent back"),
                                ],
                                default="",
                                max_length=8,
                            ),
                        ),
                        (
                            "words",
                            models.CharField(
                                blank=True, help_text="Why it was sent back.", max_length=1000
                            ),
                        ),
                        (
                            "answered_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("answered_at", models.DateTimeField(blank=True, null=True)),
                    ],
                    options={
                        "ordering": ["report", "number"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("report", "number"), name="reportsending_number_once"
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("answer", "accepted")),
                                fields=("report",),
                                name="reportsending_is_accepted_once",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("answer", "")),
                                fields=("report",),
                                name="reportsending_waits_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("sha256__regex", "^[0-9a-f]{64}$")),
                                name="reportsending_has_its_hash",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("spent_minor__gte", 0)),
                                name="reportsending_spends_no_less_than_nothing",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("answer", ""),
                                        ("answered_at__isnull", True),
                                        ("answered_by__isnull", True),
                                    ),
                                    models.Q(
                                        ("answer__in", ["accepted", "returned"]),
                                        ("answered_at__isnull", False),
                                        ("answered_by__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="reportsending_is_answered_whole",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("answer", "returned"), _negated=True),
                                    models.Q(("words", ""), _negated=True),
                                    _connector="OR",
                                ),
                                name="reportsending_sent_back_says_why",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("answered_by__isnull", True),
                                    models.Q(("answered_by", models.F("sent_by")), _negated=True),
                                    _connector="OR",
                                ),
                                name="reportsending_is_answered_by_another",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Agreement",
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
                            "award",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="agreements",
                                to="grants.award",
                            ),
                        ),
                        ("version", models.PositiveSmallIntegerField()),
                        (
                            "schedule",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="grants.schedule",
                            ),
                        ),
                        (
                            "budget",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="grants.awardbudget",
                            ),
                        ),
                        ("facts", models.JSONField()),
                        ("sha256", models.CharField(max_length=64)),
                        (
                            "document",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="documents.document",
                            ),
                        ),
                        (
                            "drawn_up_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("drawn_up_at", models.DateTimeField()),
                        (
                            "accepted_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("accepted_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "accepted_as",
                            models.CharField(
                                blank=True, help_text="The name as written.", max_length=200
                            ),
                        ),
                        ("accepted_sha256", models.CharField(blank=True, max_length=64)),
                        (
                            "countersigned_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("countersigned_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "signed",
                            models.OneToOneField(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="documents.document",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["award", "version"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("award", "version"), name="agreement_version_once"
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("accepted_at__isnull", False)),
                                fields=("award",),
                                name="agreement_is_accepted_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("sha256__regex", "^[0-9a-f]{64}$")),
                                name="agreement_has_its_hash",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("accepted_as", ""),
                                        ("accepted_at__isnull", True),
                                        ("accepted_by__isnull", True),
                                        ("accepted_sha256", ""),
                                    ),
                                    models.Q(
                                        ("accepted_at__isnull", False),
                                        ("accepted_by__isnull", False),
                                        models.Q(("accepted_as", ""), _negated=True),
                                        ("accepted_sha256", models.F("sha256")),
                                    ),
                                    _connector="OR",
                                ),
                                name="agreement_is_accepted_as_it_stands",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("countersigned_at__isnull", True),
                                        ("countersigned_by__isnull", True),
                                    ),
                                    models.Q(
                                        ("accepted_at__isnull", False),
                                        ("countersigned_at__isnull", False),
                                        ("countersigned_by__isnull", False),
                                        ("signed__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="agreement_is_countersigned_after_it",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("countersigned_by__isnull", True),
                                    models.Q(
                                        models.Q(
                                            ("countersigned_by", models.F("accepted_by")),
                                            _negated=True,
                                        ),
                                        models.Q(
                                            ("countersigned_by", models.F("drawn_up_by")),
                                            _negated=True,
                                        ),
                                    ),
                                    _connector="OR",
                                ),
                                name="agreement_is_countersigned_by_another",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("accepted_by__isnull", True),
                                    models.Q(
                                        ("accepted_by", models.F("drawn_up_by")), _negated=True
                                    ),
                                    _connector="OR",
                                ),
                                name="agreement_is_accepted_by_another",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Tranche",
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
                            "schedule",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="tranches",
                                to="grants.schedule",
                            ),
                        ),
                        ("number", models.PositiveSmallIntegerField()),
                        ("amount_minor", models.BigIntegerField()),
                        ("due_on", models.DateField()),
                        (
                            "condition",
                            models.CharField(
                                choices=[
                                    ("signed", "The agreement is accepted"),
                                    ("interim", "The interim report is accepted"),
                                    ("final", "The final report is accepted"),
                                    ("milestone", "A milestone is reached"),
                                ],
                                max_length=10,
                            ),
                        ),
                        (
                            "words",
                            models.CharField(
                                blank=True, help_text="What the milestone is.", max_length=300
                            ),
                        ),
                        ("is_retention", models.BooleanField(default=False)),
                    ],
                    options={
                        "ordering": ["schedule", "number"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("schedule", "number"), name="tranche_number_once"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("amount_minor__gt", 0)),
                                name="tranche_pays_money",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("condition__in", ["signed", "interim", "final", "milestone"])
                                ),
                                name="tranche_condition_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("condition", "milestone"), _negated=True),
                                    models.Q(("words", ""), _negated=True),
                                    _connector="OR",
                                ),
                                name="tranche_says_its_milestone",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("is_retention", False), ("condition", "final"), _connector="OR"
                                ),
                                name="tranche_retained_waits_for_the_final_report",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ReportLine",
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
                            "sending",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="lines",
                                to="grants.reportsending",
                            ),
                        ),
                        ("position", models.PositiveSmallIntegerField()),
                        ("what", models.CharField(max_length=200)),
                        ("budget_minor", models.BigIntegerField()),
                        ("spent_minor", models.BigIntegerField()),
                        (
                            "why",
                            models.CharField(
                                blank=True, help_text="Why so much more, or less.", max_length=300
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["sending", "position"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("sending", "position"), name="reportline_position_once"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("budget_minor__gte", 0), ("spent_minor__gte", 0)
                                ),
                                name="reportline_is_not_below_nought",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "spent_minor__lte",
                                        django.db.models.expressions.CombinedExpression(
                                            django.db.models.expressions.CombinedExpression(
                                                models.F("budget_minor"), "*", models.Value(11)
                                            ),
                                            "/",
                                            models.Value(10),
                                        ),
                                    ),
                                    models.Q(("why", ""), _negated=True),
                                    _connector="OR",
                                ),
                                name="reportline_far_over_says_why",
                            ),
                        ],
                    },
                ),
            ],
        ),
    ]
