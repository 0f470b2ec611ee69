import uuid

import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.math
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models

import funding.tables


class Migration(migrations.Migration):
    replaces = [
        ("donors", "0001_initial"),
        ("donors", "0002_second_person"),
        ("donors", "0003_stuck_work"),
        ("donors", "0004_disputes"),
        ("donors", "0005_by_movement"),
        ("donors", "0006_debits"),
        ("donors", "0007_refused_answers"),
        ("donors", "0008_pledges"),
        ("donors", "0009_gifts_by_hand"),
        ("donors", "0010_tributes"),
        ("donors", "0011_statements"),
        ("donors", "0012_zoos"),
        ("donors", "0014_supporters"),
        ("donors", "0015_benefits"),
        ("donors", "0016_gift_aid"),
        ("donors", "0017_card_testing"),
        ("donors", "0018_year_ends"),
        ("donors", "0019_choices_and_addresses"),
        ("donors", "0021_merges"),
        ("donors", "0023_begun_again"),
        ("donors", "0024_pools"),
        ("donors", "0026_held_gifts"),
        ("donors", "0028_invoices_by_card"),
        ("donors", "0029_costs_and_statements"),
        ("donors", "0030_erased"),
        ("donors", "0032_pledge_options"),
        ("donors", "0034_pledges_that_go_on"),
        ("donors", "0035_merges_told"),
        ("donors", "0036_corrected_statements"),
        ("donors", "0038_earlier_pledges"),
        ("donors", "0039_paused_contributions"),
        ("donors", "0040_empty_statements"),
        ("donors", "0041_public_names"),
        ("donors", "0043_proformas"),
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
                    name="UnwantedCards",
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
                        ("to_hash", models.CharField(max_length=64, unique=True)),
                        ("said_at", models.DateTimeField()),
                    ],
                ),
                migrations.CreateModel(
                    name="BankLine",
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
                            "place",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="ledger.account",
                            ),
                        ),
                        ("booked_on", models.DateField(help_text="The day on the statement.")),
                        ("currency", models.CharField(max_length=3)),
                        ("amount_minor", models.BigIntegerField()),
                        (
                            "matched_minor",
                            models.BigIntegerField(
                                default=0, help_text="Explained by parts, above zero."
                            ),
                        ),
                        ("payer_name", models.CharField(blank=True, max_length=140)),
                        ("payer_iban", models.CharField(blank=True, max_length=34)),
                        (
                            "text",
                            models.CharField(
                                blank=True, help_text="What the payer wrote.", max_length=600
                            ),
                        ),
                        ("reference", models.CharField(max_length=140)),
                        ("entered_by", models.CharField(max_length=60)),
                        ("created_at", models.DateTimeField()),
                    ],
                    options={
                        "ordering": ["-booked_on", "-id"],
                        "indexes": [
                            models.Index(
                                condition=models.Q(
                                    (
                                        "matched_minor",
                                        django.db.models.functions.math.Abs(
                                            models.F("amount_minor")
                                        ),
                                    ),
                                    _negated=True,
                                ),
                                fields=["booked_on", "id"],
                                name="bankline_open",
                            ),
                            models.Index(
                                condition=models.Q(("payer_iban", ""), _negated=True),
                                fields=["payer_iban"],
                                name="bankline_of_payer",
                            ),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("amount_minor", 0), _negated=True),
                                name="bankline_moves_money",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("currency__regex", "^[A-Z]{3}$")),
                                name="bankline_currency_is_iso",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("matched_minor__gte", 0),
                                    (
                                        "matched_minor__lte",
                                        django.db.models.functions.math.Abs(
                                            models.F("amount_minor")
                                        ),
                                    ),
                                ),
                                name="bankline_explains_no_more_than_it_moved",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("reference", ""), _negated=True),
                                name="bankline_has_its_reference",
                            ),
                            models.UniqueConstraint(
                                fields=("place", "reference"), name="bankline_comes_once"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Claim",
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
                            "state",
                            models.CharField(
                                choices=[
                                    ("draft", "Being put together"),
                                    ("sent", "Sent to the tax office"),
                                    ("part", "Paid in part"),
                                    ("paid", "Paid"),
                                ],
                                default="draft",
                                max_length=5,
                            ),
                        ),
                        ("currency", models.CharField(default="GBP", max_length=3)),
                        ("donated_minor", models.BigIntegerField(default=0)),
                        ("tax_minor", models.BigIntegerField(default=0)),
                        (
                            "overclaimed_minor",
                            models.BigIntegerField(
                                default=0, help_text="Of earlier claims, netted."
                            ),
                        ),
                        ("paid_minor", models.BigIntegerField(default=0)),
                        ("gathered_at", models.DateTimeField()),
                        ("gathered_by", models.CharField(max_length=60)),
                        ("sent_on", models.DateField(blank=True, null=True)),
                        ("sent_by", models.CharField(blank=True, max_length=60)),
                        (
                            "reference",
                            models.CharField(
                                blank=True, help_text="What HMRC calls it.", max_length=60
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("currency", "GBP")), name="claim_is_in_pounds"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("overclaimed_minor__gte", 0),
                                    ("tax_minor__gt", models.F("overclaimed_minor")),
                                ),
                                name="claim_asks_for_money",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("paid_minor", 0),
                                        ("sent_on__isnull", True),
                                        ("state", "draft"),
                                    ),
                                    models.Q(
                                        ("paid_minor", 0),
                                        ("sent_on__isnull", False),
                                        ("state", "sent"),
                                    ),
                                    models.Q(
                                        ("paid_minor__gt", 0),
                                        ("sent_on__isnull", False),
                                        ("state", "part"),
                                        (
                                            "paid_minor__lt",
                                            django.db.models.expressions.CombinedExpression(
                                                models.F("tax_minor"),
                                                "-",
                                                models.F("overclaimed_minor"),
                                            ),
                                        ),
                                    ),
                                    models.Q(
                                        ("sent_on__isnull", False),
                                        ("state", "paid"),
                                        (
                                            "paid_minor",
                                            django.db.models.expressions.CombinedExpression(
                                                models.F("tax_minor"),
                                                "-",
                                                models.F("overclaimed_minor"),
                                            ),
                                        ),
                                    ),
                                    _connector="OR",
                                ),
                                name="claim_state_fits_what_was_paid",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("state", "draft")),
                                fields=("entity",),
                                name="claim_is_put_together_one_at_a_time",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Donor",
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
                        ("email", models.EmailField(blank=True, max_length=254)),
                        (
                            "organisation",
                            models.OneToOneField(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="donor",
                                to="parties.organisation",
                            ),
                        ),
                        ("language", models.CharField(default="en", max_length=8)),
                        (
                            "currency",
                            models.CharField(
                                blank=True,
                                help_text="The giving form starts with it; empty: as proposed.",
                                max_length=3,
                            ),
                        ),
                        (
                            "postal_address",
                            models.CharField(
                                blank=True, help_text="Kept while cards are wanted.", max_length=400
                            ),
                        ),
                        (
                            "merged_into",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="donors.donor",
                            ),
                        ),
                        ("stripe_customer", models.CharField(blank=True, max_length=255)),
                        ("created_at", models.DateTimeField()),
                        ("erased_at", models.DateTimeField(blank=True, null=True)),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                django.db.models.functions.text.Lower("email"),
                                condition=models.Q(("email", ""), _negated=True),
                                name="donor_email_is_one_donors",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("name", ""), _negated=True),
                                name="donor_has_a_name",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("organisation__isnull", True), ("email", ""), _connector="OR"
                                ),
                                name="donor_organisation_is_no_mailbox",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("merged_into__isnull", True),
                                    models.Q(("merged_into", models.F("id")), _negated=True),
                                    _connector="OR",
                                ),
                                name="donor_leads_to_another",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("currency", ""),
                                    ("currency__regex", "^[A-Z]{3}$"),
                                    _connector="OR",
                                ),
                                name="donor_currency_is_iso",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("erased_at__isnull", True),
                                    models.Q(
                                        ("email", ""),
                                        ("name", "Erased donor"),
                                        ("organisation__isnull", True),
                                        ("postal_address", ""),
                                    ),
                                    _connector="OR",
                                ),
                                name="donor_erased_is_nobody",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Episode",
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
                            "reach",
                            models.CharField(
                                choices=[
                                    ("device", "One device"),
                                    ("email", "One e-mail address"),
                                    ("address", "One network"),
                                    ("everybody", "Everybody"),
                                ],
                                max_length=9,
                            ),
                        ),
                        ("segment", models.CharField(blank=True, max_length=32)),
                        ("stops", models.BooleanField(default=False)),
                        ("began_at", models.DateTimeField()),
                        ("until", models.DateTimeField()),
                        ("ended_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "ended_by",
                            models.CharField(
                                blank=True, help_text="'user:7', or 'system'.", max_length=60
                            ),
                        ),
                        ("began_by", models.CharField(default="system", max_length=60)),
                        ("forms", models.PositiveIntegerField(default=0)),
                        ("refused", models.PositiveIntegerField(default=0)),
                        ("cards", models.PositiveIntegerField(default=0)),
                    ],
                    options={
                        "indexes": [models.Index(fields=["-began_at"], name="episode_by_time")],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("reach__in", ["device", "email", "address", "everybody"])
                                ),
                                name="episode_reach_is_known",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("ended_at__isnull", True)),
                                fields=("reach", "segment"),
                                name="episode_runs_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("until__gt", models.F("began_at"))),
                                name="episode_has_an_end",
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
                                name="episode_ended_by_somebody",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PayInto",
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
                        ("holder", models.CharField(max_length=140)),
                        ("bank", models.CharField(max_length=140)),
                        ("iban", models.CharField(max_length=34)),
                        ("bic", models.CharField(blank=True, max_length=11)),
                        ("entered_by", models.CharField(max_length=60)),
                        ("entered_at", models.DateTimeField()),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("holder", ""), _negated=True),
                                    models.Q(("iban", ""), _negated=True),
                                ),
                                name="payinto_names_an_account",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="StatementSpan",
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
                        ("starts_on", models.DateField()),
                        ("ends_on", models.DateField()),
                        ("currency", models.CharField(max_length=3)),
                        ("opening_minor", models.BigIntegerField()),
                        ("closing_minor", models.BigIntegerField()),
                        (
                            "number",
                            models.CharField(
                                blank=True, help_text="The bank's own.", max_length=60
                            ),
                        ),
                        ("taken_by", models.CharField(max_length=60)),
                        ("taken_at", models.DateTimeField()),
                    ],
                    options={
                        "ordering": ["starts_on", "ends_on", "id"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("ends_on__gte", models.F("starts_on"))),
                                name="statementspan_ends_after_it_starts",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("currency__regex", "^[A-Z]{3}$")),
                                name="statementspan_currency_is_iso",
                            ),
                            models.UniqueConstraint(
                                fields=(
                                    "place",
                                    "starts_on",
                                    "ends_on",
                                    "opening_minor",
                                    "closing_minor",
                                ),
                                name="statementspan_is_kept_once",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="YearEnd",
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
                        ("begins_on", models.DateField()),
                        (
                            "ends_on",
                            models.DateField(
                                help_text="The last day, included; the entity's calendar."
                            ),
                        ),
                        (
                            "mails",
                            models.BooleanField(
                                help_text="Whether each donor is mailed the statement."
                            ),
                        ),
                        ("asked_by", models.CharField(max_length=80)),
                        ("asked_at", models.DateTimeField()),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("gathering", "Asking for statements"),
                                    ("making", "Statements are being made"),
                                    ("done", "Done"),
                                ],
                                default="gathering",
                                max_length=9,
                            ),
                        ),
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
                                condition=models.Q(("state", "done"), _negated=True),
                                fields=["due_at"],
                                name="yearend_waiting",
                            )
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("entity", "begins_on", "ends_on"),
                                name="yearend_once_per_period",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("ends_on__gte", models.F("begins_on"))),
                                name="yearend_period_runs_forward",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("state__in", ["gathering", "making", "done"])),
                                name="yearend_state_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("done_at__isnull", False), ("state", "done")),
                                    models.Q(
                                        models.Q(("state", "done"), _negated=True),
                                        ("done_at__isnull", True),
                                    ),
                                    _connector="OR",
                                ),
                                name="yearend_done_has_its_instant",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Zoo",
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
                            "organisation",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="zoo",
                                to="parties.organisation",
                            ),
                        ),
                        ("legal_name", models.CharField(max_length=200)),
                        ("vat_number", models.CharField(blank=True, max_length=20)),
                        (
                            "billing_address",
                            models.TextField(blank=True, help_text="As printed, one line per row."),
                        ),
                        ("finance_name", models.CharField(blank=True, max_length=120)),
                        (
                            "finance_email",
                            models.EmailField(
                                help_text="Invoices are mailed here.", max_length=254
                            ),
                        ),
                        (
                            "association",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("", "None of these"),
                                    ("aza", "Association of Zoos and Aquariums (AZA)"),
                                    (
                                        "biaza",
                                        "British and Irish Association of Zoos and Aquariums (BIAZA)",
                                    ),
                                    (
                                        "earaza",
                                        "Eurasian Regional Association of Zoos and Aquariums (EARAZA)",
                                    ),
                                    ("eaza", "European Association of Zoos and Aquaria (EAZA)"),
                                    ("jaza", "Japanese Association of Zoos and Aquariums (JAZA)"),
                                    ("waza", "World Association of Zoos and Aquariums (WAZA)"),
                                    ("zaa", "Zoo and Aquarium Association Australasia (ZAA)"),
                                ],
                                max_length=6,
                            ),
                        ),
                        ("logo", models.BinaryField(blank=True, help_text="PNG.", null=True)),
                        ("shown_since", models.DateTimeField(blank=True, null=True)),
                        ("language", models.CharField(default="en", max_length=8)),
                        ("created_at", models.DateTimeField()),
                        ("created_by", models.CharField(max_length=60)),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("legal_name", ""), _negated=True),
                                name="zoo_has_a_legal_name",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("finance_email", ""), _negated=True),
                                name="zoo_has_mail_for_invoices",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "association__in",
                                        [
                                            "",
                                            "aza",
                                            "biaza",
                                            "earaza",
                                            "eaza",
                                            "jaza",
                                            "waza",
                                            "zaa",
                                        ],
                                    )
                                ),
                                name="zoo_association_is_known",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AcceptanceTerms",
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
                        ("limit_minor", models.BigIntegerField(default=1000000)),
                        (
                            "days",
                            models.PositiveSmallIntegerField(
                                default=14,
                                help_text="Gifts of one person in so many days count together.",
                            ),
                        ),
                        (
                            "cash_minor",
                            models.BigIntegerField(
                                default=100000, help_text="For cash of nobody known."
                            ),
                        ),
                        (
                            "words",
                            models.CharField(
                                blank=True,
                                default="only for, on condition, must be used, restricted to, earmarked for",
                                max_length=400,
                            ),
                        ),
                        ("set_by", models.CharField(max_length=60)),
                        ("set_at", models.DateTimeField()),
                    ],
                    options={
                        "ordering": ["-id"],
                        "indexes": [
                            models.Index(fields=["entity", "-id"], name="acceptanceterms_newest")
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("cash_minor__gt", 0), ("days__gt", 0), ("limit_minor__gt", 0)
                                ),
                                name="acceptanceterms_are_above_zero",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="BankPart",
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
                            "token",
                            models.UUIDField(default=uuid.uuid4, editable=False, unique=True),
                        ),
                        (
                            "line",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="parts",
                                to="donors.bankline",
                            ),
                        ),
                        ("amount_minor", models.BigIntegerField()),
                        (
                            "kind",
                            models.CharField(
                                help_text="Which of the registered targets.", max_length=20
                            ),
                        ),
                        ("target", models.CharField(max_length=80)),
                        ("made_by", models.CharField(max_length=60)),
                        ("made_at", models.DateTimeField()),
                        ("undone_by", models.CharField(blank=True, max_length=60)),
                        ("undone_at", models.DateTimeField(blank=True, null=True)),
                        ("undone_why", models.CharField(blank=True, max_length=200)),
                    ],
                    options={
                        "ordering": ["id"],
                        "indexes": [models.Index(fields=["target"], name="bankpart_of_target")],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("amount_minor__gt", 0)),
                                name="bankpart_moves_money",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("undone_at__isnull", True),
                                        ("undone_by", ""),
                                        ("undone_why", ""),
                                    ),
                                    models.Q(
                                        ("undone_at__isnull", False),
                                        models.Q(("undone_by", ""), _negated=True),
                                        models.Q(("undone_why", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="bankpart_is_undone_with_a_reason",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(
                                    ("kind__in", ["gift", "booked"]), ("undone_at__isnull", True)
                                ),
                                fields=("kind", "target"),
                                name="bankpart_explains_once",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ClaimPayment",
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
                            "claim",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="payments",
                                to="donors.claim",
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
                        ("amount_minor", models.BigIntegerField()),
                        ("paid_on", models.DateField()),
                        (
                            "reference",
                            models.CharField(help_text="What the bank calls it.", max_length=140),
                        ),
                        ("recorded_by", models.CharField(max_length=60)),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("amount_minor__gt", 0)),
                                name="claimpayment_is_money",
                            ),
                            models.UniqueConstraint(
                                fields=("place", "reference"), name="claimpayment_is_recorded_once"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Contribution",
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
                        ("form_token", models.UUIDField(unique=True)),
                        (
                            "zoo",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="contributions",
                                to="donors.zoo",
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
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="ledger.fund",
                            ),
                        ),
                        (
                            "wish",
                            models.CharField(
                                blank=True,
                                help_text="What it is for, in the zoo's own words.",
                                max_length=500,
                            ),
                        ),
                        ("currency", models.CharField(max_length=3)),
                        ("amount_minor", models.BigIntegerField(help_text="Of each invoice.")),
                        (
                            "pace",
                            models.CharField(
                                choices=[
                                    ("once", "Once"),
                                    ("quarterly", "Every three months"),
                                    ("yearly", "Every year"),
                                ],
                                max_length=9,
                            ),
                        ),
                        ("order_number", models.CharField(blank=True, max_length=60)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("proposed", "Waits for a fund"),
                                    ("running", "Running"),
                                    ("paused", "Paused: money of it went back"),
                                    ("ended", "Ended"),
                                ],
                                default="proposed",
                                max_length=8,
                            ),
                        ),
                        ("starts_on", models.DateField()),
                        (
                            "next_on",
                            models.DateField(
                                blank=True, help_text="When the next invoice is issued.", null=True
                            ),
                        ),
                        ("created_at", models.DateTimeField()),
                        ("created_by", models.CharField(max_length=60)),
                        ("ended_at", models.DateTimeField(blank=True, null=True)),
                        ("paused_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "paused_why",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("refunded", "Money was given back"),
                                    ("disputed", "A payment is disputed"),
                                    ("bounced", "A debit came back"),
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
                                condition=models.Q(("state", "running")),
                                fields=["next_on"],
                                name="contribution_due",
                            )
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("amount_minor__gt", 0)),
                                name="contribution_gives_money",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("currency__regex", "^[A-Z]{3}$")),
                                name="contribution_currency_is_iso",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("pace__in", ["once", "quarterly", "yearly"])),
                                name="contribution_pace_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("fund__isnull", True),
                                        ("state", "proposed"),
                                        ("ended_at__isnull", True),
                                        ("next_on__isnull", True),
                                        models.Q(("wish", ""), _negated=True),
                                    ),
                                    models.Q(
                                        ("state__in", ["running", "paused"]),
                                        ("ended_at__isnull", True),
                                        ("fund__isnull", False),
                                        ("next_on__isnull", False),
                                    ),
                                    models.Q(
                                        ("ended_at__isnull", False),
                                        ("next_on__isnull", True),
                                        ("state", "ended"),
                                    ),
                                    _connector="OR",
                                ),
                                name="contribution_state_fits_its_fund",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("paused_at__isnull", False),
                                        ("state", "paused"),
                                        ("paused_why__in", ["refunded", "disputed", "bounced"]),
                                    ),
                                    models.Q(
                                        models.Q(("state", "paused"), _negated=True),
                                        ("paused_at__isnull", True),
                                        ("paused_why", ""),
                                    ),
                                    _connector="OR",
                                ),
                                name="contribution_pause_says_why",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CostProposal",
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
                            "line",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="costs",
                                to="donors.bankline",
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
                        ("reason", models.CharField(max_length=200)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("proposed", "Waits for a second person"),
                                    ("booked", "Booked"),
                                    ("declined", "Declined"),
                                ],
                                default="proposed",
                                max_length=8,
                            ),
                        ),
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
                            "decided_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("decided_at", models.DateTimeField(blank=True, null=True)),
                    ],
                    options={
                        "ordering": ["id"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("amount_minor__gt", 0)),
                                name="costproposal_moves_money",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("reason", ""), _negated=True),
                                name="costproposal_has_a_reason",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("decided_at__isnull", True),
                                        ("decided_by__isnull", True),
                                        ("state", "proposed"),
                                    ),
                                    models.Q(
                                        ("state__in", ["booked", "declined"]),
                                        ("decided_at__isnull", False),
                                        ("decided_by__isnull", False),
                                        models.Q(
                                            ("decided_by", models.F("proposed_by")), _negated=True
                                        ),
                                    ),
                                    _connector="OR",
                                ),
                                name="costproposal_takes_two",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("state", "proposed")),
                                fields=("line",),
                                name="costproposal_is_one_per_line",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Consent",
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
                            "donor",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="consents",
                                to="donors.donor",
                            ),
                        ),
                        (
                            "purpose",
                            models.CharField(
                                choices=[
                                    ("news", "News of the projects by e-mail"),
                                    ("projects", "Requests for other projects by e-mail"),
                                    ("post", "Thanks by post"),
                                    ("name", "The name in public lists"),
                                ],
                                max_length=20,
                            ),
                        ),
                        ("is_given", models.BooleanField()),
                        ("wording", models.TextField()),
                        ("recorded_at", models.DateTimeField()),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["donor", "purpose", "-id"], name="consent_latest")
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("purpose__in", ["news", "projects", "post", "name"])
                                ),
                                name="consent_purpose_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("wording", ""), _negated=True),
                                name="consent_keeps_its_words",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="EmailChange",
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
                            "user",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "donor",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="donors.donor",
                            ),
                        ),
                        ("old_email", models.EmailField(blank=True, max_length=254)),
                        ("new_email", models.EmailField(blank=True, max_length=254)),
                        ("is_known", models.BooleanField(default=False)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("asked", "Waits for both mailboxes"),
                                    ("done", "Done"),
                                    ("ended", "Did not come to be"),
                                ],
                                default="asked",
                                max_length=5,
                            ),
                        ),
                        ("asked_at", models.DateTimeField()),
                        ("expires_at", models.DateTimeField()),
                        ("old_confirmed_at", models.DateTimeField(blank=True, null=True)),
                        ("new_confirmed_at", models.DateTimeField(blank=True, null=True)),
                        ("ended_at", models.DateTimeField(blank=True, null=True)),
                        ("told_at", models.DateTimeField(blank=True, null=True)),
                        ("due_at", models.DateTimeField()),
                        ("attempts", models.PositiveIntegerField(default=0)),
                        ("error", models.TextField(blank=True)),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(
                                    ("state", "asked"),
                                    models.Q(("state", "done"), ("told_at__isnull", True)),
                                    _connector="OR",
                                ),
                                fields=["due_at"],
                                name="emailchange_waiting",
                            )
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("state__in", ["asked", "done", "ended"])),
                                name="emailchange_state_is_known",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("state", "asked")),
                                fields=("user",),
                                name="emailchange_is_one_at_a_time",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("state", "done"), _negated=True),
                                    models.Q(
                                        ("is_known", False),
                                        ("new_confirmed_at__isnull", False),
                                        ("old_confirmed_at__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="emailchange_done_was_confirmed_by_both",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("ended_at__isnull", True),
                                        ("state", "asked"),
                                        models.Q(("old_email", ""), _negated=True),
                                        models.Q(("new_email", ""), _negated=True),
                                    ),
                                    models.Q(
                                        models.Q(("state", "asked"), _negated=True),
                                        ("ended_at__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="emailchange_open_names_its_addresses",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("told_at__isnull", True),
                                    models.Q(
                                        ("new_email", ""), ("old_email", ""), ("state", "done")
                                    ),
                                    _connector="OR",
                                ),
                                name="emailchange_told_keeps_no_address",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Gift",
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
                        ("form_token", models.UUIDField(unique=True)),
                        (
                            "entity",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="parties.entity",
                            ),
                        ),
                        (
                            "donor",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="gifts",
                                to="donors.donor",
                            ),
                        ),
                        ("donor_name", models.CharField(max_length=200)),
                        ("currency", models.CharField(max_length=3)),
                        (
                            "amount_minor",
                            models.BigIntegerField(help_text="The gift itself, without the cover."),
                        ),
                        (
                            "cover_minor",
                            models.BigIntegerField(
                                default=0, help_text="Added to pay the card fee."
                            ),
                        ),
                        ("message", models.CharField(blank=True, max_length=500)),
                        ("language", models.CharField(default="en", max_length=8)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("pending", "Promised, not here yet"),
                                    ("held", "Here, and not accepted yet"),
                                    ("settled", "Received"),
                                    ("failed", "Not made"),
                                    ("refunded", "Given back in full"),
                                    ("disputed", "Taken back by the bank"),
                                ],
                                default="pending",
                                max_length=8,
                            ),
                        ),
                        ("created_at", models.DateTimeField()),
                        ("settled_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "ended_at",
                            models.DateTimeField(
                                blank=True, help_text="Failed or given back.", null=True
                            ),
                        ),
                        ("ended_why", models.CharField(blank=True, max_length=200)),
                        (
                            "refunded_minor",
                            models.BigIntegerField(
                                default=0, help_text="Of amount and cover together."
                            ),
                        ),
                        (
                            "withdrawn_minor",
                            models.BigIntegerField(
                                default=0, help_text="Taken back by banks, less what came again."
                            ),
                        ),
                        ("benefit_minor", models.BigIntegerField(db_default=0, default=0)),
                        (
                            "benefit_words",
                            models.CharField(blank=True, db_default="", default="", max_length=200),
                        ),
                        (
                            "means",
                            models.CharField(
                                choices=[
                                    ("stripe", "Online"),
                                    ("bank", "Bank transfer"),
                                    ("cheque", "Cheque"),
                                    ("cash", "Cash"),
                                ],
                                db_default="stripe",
                                default="stripe",
                                max_length=6,
                            ),
                        ),
                        (
                            "place",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="ledger.account",
                            ),
                        ),
                        ("received_on", models.DateField(blank=True, null=True)),
                        (
                            "reference",
                            models.CharField(blank=True, db_default="", default="", max_length=140),
                        ),
                        (
                            "entered_by",
                            models.CharField(blank=True, db_default="", default="", max_length=60),
                        ),
                        ("checkout_expires_at", models.DateTimeField()),
                        ("key_version", models.PositiveSmallIntegerField(default=1)),
                        ("checkout", models.CharField(blank=True, max_length=255)),
                        ("checkout_url", models.URLField(blank=True, max_length=2000)),
                        ("payment_intent", models.CharField(blank=True, max_length=255)),
                        ("charge", models.CharField(blank=True, max_length=255)),
                        (
                            "method",
                            models.CharField(
                                blank=True, help_text="'Card ending 4242'.", max_length=60
                            ),
                        ),
                        ("processing_since", models.DateTimeField(blank=True, null=True)),
                        ("expected_on", models.DateField(blank=True, null=True)),
                        ("mandate", models.CharField(blank=True, max_length=255)),
                        ("mandate_reference", models.CharField(blank=True, max_length=255)),
                        ("mandate_lost_at", models.DateTimeField(blank=True, null=True)),
                        ("balance_transaction", models.CharField(blank=True, max_length=255)),
                        ("value_currency", models.CharField(blank=True, max_length=3)),
                        ("value_minor", models.BigIntegerField(blank=True, null=True)),
                        ("fee_minor", models.BigIntegerField(blank=True, null=True)),
                        ("final_at", models.DateTimeField(blank=True, null=True)),
                        ("due_at", models.DateTimeField()),
                        ("attempts", models.PositiveSmallIntegerField(default=0)),
                        (
                            "failures",
                            models.PositiveSmallIntegerField(
                                default=0, help_text="Looks in a row that broke off."
                            ),
                        ),
                        ("error", models.TextField(blank=True)),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(
                                    ("state", "pending"),
                                    models.Q(
                                        ("final_at__isnull", True), ("settled_at__isnull", False)
                                    ),
                                    _connector="OR",
                                ),
                                fields=["due_at"],
                                name="gift_waiting",
                            ),
                            models.Index(fields=["donor", "-created_at"], name="gift_of_donor"),
                            models.Index(fields=["settled_at"], name="gift_by_settled"),
                            models.Index(
                                condition=models.Q(("balance_transaction", ""), _negated=True),
                                fields=["balance_transaction"],
                                name="gift_of_movement",
                            ),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("amount_minor__gt", 0)), name="gift_gives_money"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("cover_minor__gte", 0)), name="gift_cover_adds"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("currency__regex", "^[A-Z]{3}$")),
                                name="gift_currency_is_iso",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("benefit_minor", 0), ("benefit_words", "")),
                                    models.Q(
                                        ("benefit_minor__gt", 0),
                                        (
                                            "benefit_minor__lte",
                                            django.db.models.expressions.CombinedExpression(
                                                models.F("amount_minor"),
                                                "+",
                                                models.F("cover_minor"),
                                            ),
                                        ),
                                        models.Q(("benefit_words", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="gift_benefit_is_named_and_of_the_gift",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("refunded_minor__gte", 0),
                                    (
                                        "refunded_minor__lte",
                                        django.db.models.expressions.CombinedExpression(
                                            models.F("amount_minor"), "+", models.F("cover_minor")
                                        ),
                                    ),
                                ),
                                name="gift_refunds_no_more_than_it_gave",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("ended_at__isnull", True),
                                        ("settled_at__isnull", True),
                                        ("state__in", ["pending", "held"]),
                                    ),
                                    models.Q(
                                        ("ended_at__isnull", False),
                                        ("settled_at__isnull", True),
                                        ("state", "failed"),
                                    ),
                                    models.Q(
                                        ("ended_at__isnull", True),
                                        ("settled_at__isnull", False),
                                        ("state", "settled"),
                                    ),
                                    models.Q(
                                        ("ended_at__isnull", False),
                                        ("settled_at__isnull", False),
                                        ("state__in", ["refunded", "disputed"]),
                                    ),
                                    _connector="OR",
                                ),
                                name="gift_state_fits_its_instants",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("settled_at__isnull", True),
                                    models.Q(("means", "stripe"), _negated=True),
                                    models.Q(("charge", ""), _negated=True),
                                    _connector="OR",
                                ),
                                name="gift_settled_has_its_charge",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("means", "stripe"),
                                        ("place__isnull", True),
                                        ("received_on__isnull", True),
                                        ("entered_by", ""),
                                        ("reference", ""),
                                    ),
                                    models.Q(
                                        ("means__in", ["bank", "cheque", "cash"]),
                                        ("place__isnull", False),
                                        ("charge", ""),
                                        ("checkout", ""),
                                        ("payment_intent", ""),
                                        ("received_on__isnull", False),
                                        models.Q(("entered_by", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="gift_by_hand_says_how_it_came",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("means__in", ["bank", "cheque"]), _negated=True),
                                    models.Q(("reference", ""), _negated=True),
                                    _connector="OR",
                                ),
                                name="gift_by_hand_has_its_reference",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("means", "stripe"),
                                    models.Q(
                                        ("final_at__isnull", False),
                                        models.Q(("state", "pending"), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="gift_by_hand_is_final",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("processing_since__isnull", False),
                                        models.Q(("charge", ""), _negated=True),
                                        models.Q(("payment_intent", ""), _negated=True),
                                    ),
                                    models.Q(
                                        ("expected_on__isnull", True),
                                        ("processing_since__isnull", True),
                                        ("mandate", ""),
                                        ("mandate_lost_at__isnull", True),
                                    ),
                                    _connector="OR",
                                ),
                                name="gift_debit_has_its_charge",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        (
                                            "refunded_minor",
                                            django.db.models.expressions.CombinedExpression(
                                                models.F("amount_minor"),
                                                "+",
                                                models.F("cover_minor"),
                                            ),
                                        ),
                                        ("state", "refunded"),
                                    ),
                                    models.Q(
                                        models.Q(("state", "refunded"), _negated=True),
                                        (
                                            "refunded_minor__lt",
                                            django.db.models.expressions.CombinedExpression(
                                                models.F("amount_minor"),
                                                "+",
                                                models.F("cover_minor"),
                                            ),
                                        ),
                                    ),
                                    _connector="OR",
                                ),
                                name="gift_refunded_when_all_is_given_back",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("withdrawn_minor__gte", 0),
                                    models.Q(
                                        ("withdrawn_minor", 0),
                                        ("settled_at__isnull", False),
                                        _connector="OR",
                                    ),
                                ),
                                name="gift_taken_back_was_received",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("state", "refunded"),
                                    models.Q(
                                        ("state", "disputed"),
                                        (
                                            "withdrawn_minor__gte",
                                            django.db.models.expressions.CombinedExpression(
                                                django.db.models.expressions.CombinedExpression(
                                                    models.F("amount_minor"),
                                                    "+",
                                                    models.F("cover_minor"),
                                                ),
                                                "-",
                                                models.F("refunded_minor"),
                                            ),
                                        ),
                                    ),
                                    models.Q(
                                        models.Q(("state", "disputed"), _negated=True),
                                        (
                                            "withdrawn_minor__lt",
                                            django.db.models.expressions.CombinedExpression(
                                                django.db.models.expressions.CombinedExpression(
                                                    models.F("amount_minor"),
                                                    "+",
                                                    models.F("cover_minor"),
                                                ),
                                                "-",
                                                models.F("refunded_minor"),
                                            ),
                                        ),
                                    ),
                                    _connector="OR",
                                ),
                                name="gift_disputed_when_nothing_is_left",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("balance_transaction", ""),
                                        ("fee_minor__isnull", True),
                                        ("final_at__isnull", True),
                                        ("value_currency", ""),
                                        ("value_minor__isnull", True),
                                    ),
                                    models.Q(
                                        ("fee_minor__isnull", False),
                                        ("final_at__isnull", False),
                                        ("value_minor__isnull", False),
                                        models.Q(("value_currency", ""), _negated=True),
                                        models.Q(
                                            models.Q(
                                                ("means", "stripe"),
                                                models.Q(
                                                    ("balance_transaction", ""), _negated=True
                                                ),
                                            ),
                                            models.Q(
                                                models.Q(("means", "stripe"), _negated=True),
                                                ("balance_transaction", ""),
                                                ("fee_minor", 0),
                                            ),
                                            _connector="OR",
                                        ),
                                    ),
                                    _connector="OR",
                                ),
                                name="gift_value_is_known_whole",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(
                                    models.Q(("reference", ""), _negated=True),
                                    models.Q(("state", "failed"), _negated=True),
                                ),
                                fields=("entity", "reference"),
                                name="gift_is_entered_once",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("checkout", ""), _negated=True),
                                fields=("checkout",),
                                name="gift_checkout_is_its_own",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("payment_intent", ""), _negated=True),
                                fields=("payment_intent",),
                                name="gift_payment_is_its_own",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("charge", ""), _negated=True),
                                fields=("charge",),
                                name="gift_charge_is_its_own",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Merge",
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
                            "kept",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="donors.donor",
                            ),
                        ),
                        (
                            "gone",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="donors.donor",
                            ),
                        ),
                        (
                            "moved",
                            models.JSONField(
                                help_text="Of each kind of row the ids that were moved."
                            ),
                        ),
                        ("why", models.CharField(max_length=400)),
                        ("merged_at", models.DateTimeField()),
                        ("merged_by", models.CharField(max_length=80)),
                        ("undone_at", models.DateTimeField(blank=True, null=True)),
                        ("undone_by", models.CharField(blank=True, max_length=80)),
                        ("due_at", models.DateTimeField(blank=True, null=True)),
                        ("attempts", models.PositiveIntegerField(db_default=0, default=0)),
                        ("error", models.TextField(blank=True, db_default="", default="")),
                    ],
                    options={
                        "ordering": ["-merged_at", "-pk"],
                        "indexes": [
                            models.Index(
                                condition=models.Q(("due_at__isnull", False)),
                                fields=["due_at"],
                                name="merge_waiting",
                            )
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("kept", models.F("gone")), _negated=True),
                                name="merge_is_of_two",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("why", ""), _negated=True),
                                name="merge_has_a_reason",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("undone_at__isnull", True)),
                                fields=("gone",),
                                name="merge_of_a_donor_is_one_at_a_time",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("undone_at__isnull", True), ("undone_by", "")),
                                    models.Q(
                                        ("undone_at__isnull", False),
                                        models.Q(("undone_by", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="merge_undone_says_by_whom",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Statement",
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
                            "donor",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="statements",
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
                                name="statement_waiting",
                            )
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("donor", "entity", "begins_on", "ends_on"),
                                name="statement_once_per_donor_and_period",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("ends_on__gte", models.F("begins_on"))),
                                name="statement_period_runs_forward",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("state__in", ["waiting", "done", "failed", "empty"])
                                ),
                                name="statement_state_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("attempts__lte", 5)),
                                name="statement_attempts_are_few",
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
                                name="statement_document_has_its_fingerprint",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("state", "done"), _negated=True),
                                    ("document__isnull", False),
                                    _connector="OR",
                                ),
                                name="statement_done_has_its_document",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("state", "failed"), _negated=True),
                                    models.Q(("error", ""), _negated=True),
                                    _connector="OR",
                                ),
                                name="statement_failed_says_why",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Invitation",
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
                            "zoo",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="invitations",
                                to="donors.zoo",
                            ),
                        ),
                        ("email", models.EmailField(max_length=254)),
                        (
                            "part",
                            models.CharField(
                                choices=[
                                    ("owner", "Owner"),
                                    ("finance", "Finance"),
                                    ("viewer", "Viewer"),
                                ],
                                max_length=7,
                            ),
                        ),
                        ("invited_by", models.CharField(max_length=60)),
                        ("created_at", models.DateTimeField()),
                        ("expires_at", models.DateTimeField()),
                        ("accepted_at", models.DateTimeField(blank=True, null=True)),
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
                        ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("part__in", ["owner", "finance", "viewer"])),
                                name="invitation_part_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("expires_at__gt", models.F("created_at"))),
                                name="invitation_ends_after_it_begins",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("accepted_at__isnull", True), ("accepted_by__isnull", True)
                                    ),
                                    models.Q(
                                        ("accepted_at__isnull", False),
                                        ("accepted_by__isnull", False),
                                        ("accepted_at__lte", models.F("expires_at")),
                                        ("withdrawn_at__isnull", True),
                                    ),
                                    _connector="OR",
                                ),
                                name="invitation_is_accepted_in_time",
                            ),
                            models.UniqueConstraint(
                                models.F("zoo"),
                                django.db.models.functions.text.Lower("email"),
                                condition=models.Q(
                                    ("accepted_at__isnull", True), ("withdrawn_at__isnull", True)
                                ),
                                name="invitation_is_open_once",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Dispute",
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
                        ("stripe_id", models.CharField(max_length=255, unique=True)),
                        (
                            "gift",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="disputes",
                                to="donors.gift",
                            ),
                        ),
                        ("status", models.CharField(help_text="Stripe's word.", max_length=60)),
                        ("reason", models.CharField(blank=True, max_length=60)),
                        ("case_type", models.CharField(blank=True, max_length=40)),
                        ("network_code", models.CharField(blank=True, max_length=40)),
                        ("currency", models.CharField(max_length=3)),
                        (
                            "amount_minor",
                            models.BigIntegerField(help_text="What is disputed of the gift."),
                        ),
                        ("is_refundable", models.BooleanField(default=False)),
                        ("opened_at", models.DateTimeField()),
                        ("due_by", models.DateTimeField(blank=True, null=True)),
                        ("is_past_due", models.BooleanField(default=False)),
                        (
                            "submissions",
                            models.PositiveSmallIntegerField(
                                default=0, help_text="Counted by Stripe."
                            ),
                        ),
                        ("told_at", models.DateTimeField(help_text="When Stripe was asked last.")),
                        ("ended_at", models.DateTimeField(blank=True, null=True)),
                        ("evidence", models.JSONField(blank=True, default=dict)),
                        (
                            "intent",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("", "Nothing"),
                                    ("submit", "Send the evidence"),
                                    ("accept", "Accept the loss"),
                                ],
                                default="",
                                max_length=8,
                            ),
                        ),
                        ("intent_by", models.CharField(blank=True, max_length=60)),
                        ("intent_why", models.CharField(blank=True, max_length=400)),
                        ("intent_at", models.DateTimeField(blank=True, null=True)),
                        ("intent_after", models.PositiveSmallIntegerField(default=0)),
                        ("key_version", models.PositiveSmallIntegerField(default=1)),
                        ("submitted_at", models.DateTimeField(blank=True, null=True)),
                        ("accepted_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "refused_why",
                            models.CharField(
                                blank=True,
                                help_text="What Stripe said to an answer it did not take.",
                                max_length=400,
                            ),
                        ),
                        ("due_at", models.DateTimeField()),
                        ("attempts", models.PositiveSmallIntegerField(default=0)),
                        ("error", models.TextField(blank=True)),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(
                                    models.Q(
                                        (
                                            "status__in",
                                            ("won", "lost", "warning_closed", "prevented"),
                                        ),
                                        _negated=True,
                                    ),
                                    models.Q(("intent", ""), _negated=True),
                                    _connector="OR",
                                ),
                                fields=["due_at"],
                                name="dispute_waiting",
                            ),
                            models.Index(fields=["-opened_at"], name="dispute_by_opened"),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("amount_minor__gt", 0)),
                                name="dispute_is_about_money",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("currency__regex", "^[A-Z]{3}$")),
                                name="dispute_currency_is_iso",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("status", ""), _negated=True),
                                name="dispute_has_a_status",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("intent", ""),
                                    models.Q(
                                        ("intent__in", ["submit", "accept"]),
                                        ("intent_at__isnull", False),
                                        models.Q(("intent_by", ""), _negated=True),
                                        models.Q(("intent_why", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="dispute_intent_has_its_person_and_reason",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("ended_at__isnull", False),
                                        (
                                            "status__in",
                                            ("won", "lost", "warning_closed", "prevented"),
                                        ),
                                    ),
                                    models.Q(
                                        models.Q(
                                            (
                                                "status__in",
                                                ("won", "lost", "warning_closed", "prevented"),
                                            ),
                                            _negated=True,
                                        ),
                                        ("ended_at__isnull", True),
                                    ),
                                    _connector="OR",
                                ),
                                name="dispute_status_fits_its_end",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="GiftLine",
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
                            "gift",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="lines",
                                to="donors.gift",
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
                        ("cover_minor", models.BigIntegerField(default=0)),
                        ("position", models.PositiveSmallIntegerField(default=0)),
                    ],
                    options={
                        "ordering": ["gift", "position"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("gift", "fund"), name="giftline_once_per_fund"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("amount_minor__gt", 0)),
                                name="giftline_gives_money",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("cover_minor__gte", 0)),
                                name="giftline_cover_adds",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="HeldGift",
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
                            "gift",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="held",
                                to="donors.gift",
                            ),
                        ),
                        ("reasons", models.JSONField(help_text="Codes of HeldWhy.")),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("waiting", "Waits for a word"),
                                    ("accepted", "Accepted"),
                                    ("declined", "Declined, the money is still with us"),
                                    ("returned", "The money went back"),
                                ],
                                default="waiting",
                                max_length=8,
                            ),
                        ),
                        ("paid_at", models.DateTimeField()),
                        ("held_at", models.DateTimeField()),
                        ("ended_at", models.DateTimeField(blank=True, null=True)),
                        ("refunded_minor", models.BigIntegerField(default=0)),
                        ("withdrawn_minor", models.BigIntegerField(default=0)),
                        ("balance_transaction", models.CharField(blank=True, max_length=255)),
                        ("value_currency", models.CharField(blank=True, max_length=3)),
                        ("value_minor", models.BigIntegerField(blank=True, null=True)),
                        ("fee_minor", models.BigIntegerField(blank=True, null=True)),
                        ("valued_at", models.DateTimeField(blank=True, null=True)),
                        ("due_at", models.DateTimeField()),
                        ("attempts", models.PositiveSmallIntegerField(default=0)),
                    ],
                    options={
                        "ordering": ["held_at", "id"],
                        "indexes": [
                            models.Index(
                                condition=models.Q(
                                    ("ended_at__isnull", True), ("valued_at__isnull", True)
                                ),
                                fields=["due_at"],
                                name="heldgift_without_value",
                            ),
                            models.Index(
                                condition=models.Q(("ended_at__isnull", True)),
                                fields=["held_at"],
                                name="heldgift_open",
                            ),
                            models.Index(
                                condition=models.Q(("balance_transaction", ""), _negated=True),
                                fields=["balance_transaction"],
                                name="heldgift_of_movement",
                            ),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("state__in", ["waiting", "accepted", "declined", "returned"])
                                ),
                                name="heldgift_state_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("ended_at__isnull", True),
                                        ("state__in", ["waiting", "declined"]),
                                    ),
                                    models.Q(
                                        ("ended_at__isnull", False),
                                        ("state__in", ["accepted", "returned"]),
                                    ),
                                    _connector="OR",
                                ),
                                name="heldgift_ends_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("refunded_minor__gte", 0), ("withdrawn_minor__gte", 0)
                                ),
                                name="heldgift_returns_what_came",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("value_minor__isnull", True),
                                        ("valued_at__isnull", True),
                                        ("balance_transaction", ""),
                                        ("fee_minor__isnull", True),
                                        ("value_currency", ""),
                                    ),
                                    models.Q(
                                        ("fee_minor__isnull", False),
                                        ("value_minor__isnull", False),
                                        ("valued_at__isnull", False),
                                        models.Q(("value_currency", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="heldgift_value_is_known_whole",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Invoice",
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
                            "contribution",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="invoices",
                                to="donors.contribution",
                            ),
                        ),
                        (
                            "zoo",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="invoices",
                                to="donors.zoo",
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
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="ledger.fund",
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
                        ("reference", models.CharField(blank=True, max_length=25)),
                        ("order_number", models.CharField(blank=True, max_length=60)),
                        ("currency", models.CharField(max_length=3)),
                        ("amount_minor", models.BigIntegerField()),
                        ("paid_minor", models.BigIntegerField(default=0)),
                        (
                            "forgiven_minor",
                            models.BigIntegerField(default=0, help_text="Asked for no longer."),
                        ),
                        ("forgiven_why", models.CharField(blank=True, max_length=200)),
                        ("returned_minor", models.BigIntegerField(db_default=0, default=0)),
                        (
                            "period_on",
                            models.DateField(
                                help_text="For which day of the promise it was issued."
                            ),
                        ),
                        ("issued_on", models.DateField()),
                        ("due_on", models.DateField()),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("open", "Open"),
                                    ("paid", "Paid"),
                                    ("returned", "Paid, and money went back"),
                                    ("cancelled", "Cancelled"),
                                ],
                                default="open",
                                max_length=9,
                            ),
                        ),
                        ("ended_at", models.DateTimeField(blank=True, null=True)),
                        ("cancelled_why", models.CharField(blank=True, max_length=200)),
                        (
                            "replaced_by",
                            models.OneToOneField(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="replaces",
                                to="donors.invoice",
                            ),
                        ),
                        (
                            "reminded",
                            models.PositiveSmallIntegerField(default=0, help_text="How often."),
                        ),
                        ("created_at", models.DateTimeField()),
                        ("mailed_at", models.DateTimeField(blank=True, null=True)),
                        ("due_at", models.DateTimeField()),
                        ("attempts", models.PositiveSmallIntegerField(default=0)),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("mailed_at__isnull", True), ("state", "open")),
                                fields=["due_at"],
                                name="invoice_waiting",
                            ),
                            models.Index(
                                condition=models.Q(("state", "open")),
                                fields=["due_on"],
                                name="invoice_overdue",
                            ),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("amount_minor__gt", 0)),
                                name="invoice_asks_for_money",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("forgiven_minor__gte", 0),
                                    ("paid_minor__gte", 0),
                                    ("returned_minor__gte", 0),
                                    (
                                        "amount_minor__gte",
                                        django.db.models.expressions.CombinedExpression(
                                            django.db.models.expressions.CombinedExpression(
                                                models.F("paid_minor"),
                                                "+",
                                                models.F("forgiven_minor"),
                                            ),
                                            "+",
                                            models.F("returned_minor"),
                                        ),
                                    ),
                                ),
                                name="invoice_takes_no_more_than_it_asks",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("forgiven_minor", 0), ("forgiven_why", "")),
                                    models.Q(
                                        ("forgiven_minor__gt", 0),
                                        models.Q(("forgiven_why", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="invoice_is_forgiven_with_a_reason",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("ended_at__isnull", True),
                                        ("state", "open"),
                                        (
                                            "amount_minor__gt",
                                            django.db.models.expressions.CombinedExpression(
                                                django.db.models.expressions.CombinedExpression(
                                                    models.F("paid_minor"),
                                                    "+",
                                                    models.F("forgiven_minor"),
                                                ),
                                                "+",
                                                models.F("returned_minor"),
                                            ),
                                        ),
                                    ),
                                    models.Q(
                                        ("ended_at__isnull", False),
                                        ("returned_minor", 0),
                                        ("state", "paid"),
                                        (
                                            "amount_minor",
                                            django.db.models.expressions.CombinedExpression(
                                                models.F("paid_minor"),
                                                "+",
                                                models.F("forgiven_minor"),
                                            ),
                                        ),
                                    ),
                                    models.Q(
                                        ("ended_at__isnull", False),
                                        ("returned_minor__gt", 0),
                                        ("state", "returned"),
                                        (
                                            "amount_minor",
                                            django.db.models.expressions.CombinedExpression(
                                                django.db.models.expressions.CombinedExpression(
                                                    models.F("paid_minor"),
                                                    "+",
                                                    models.F("forgiven_minor"),
                                                ),
                                                "+",
                                                models.F("returned_minor"),
                                            ),
                                        ),
                                    ),
                                    models.Q(
                                        ("ended_at__isnull", False),
                                        ("state", "cancelled"),
                                        ("forgiven_minor", 0),
                                        ("paid_minor", 0),
                                        ("returned_minor", 0),
                                        models.Q(("cancelled_why", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="invoice_state_fits_its_sums",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("replaced_by__isnull", True),
                                    ("state", "cancelled"),
                                    _connector="OR",
                                ),
                                name="invoice_replaced_is_cancelled",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("reference", ""), _negated=True),
                                fields=("reference",),
                                name="invoice_reference_is_its_own",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("state", "cancelled"), _negated=True),
                                fields=("contribution", "period_on"),
                                name="invoice_falls_due_once",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="MatchingPool",
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
                        ("form_token", models.UUIDField(unique=True)),
                        (
                            "zoo",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="pools",
                                to="donors.zoo",
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
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="ledger.fund",
                            ),
                        ),
                        ("currency", models.CharField(max_length=3)),
                        (
                            "cap_minor",
                            models.BigIntegerField(help_text="Never more than this is matched."),
                        ),
                        ("pays", models.PositiveSmallIntegerField(default=1)),
                        ("per", models.PositiveSmallIntegerField(default=1)),
                        (
                            "from_on",
                            models.DateField(
                                help_text="First day, in the calendar of who receives."
                            ),
                        ),
                        ("until_on", models.DateField(help_text="Last day, that day included.")),
                        (
                            "is_named",
                            models.BooleanField(
                                default=False, help_text="Whether givers read the zoo's name."
                            ),
                        ),
                        ("order_number", models.CharField(blank=True, max_length=60)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("draft", "Being prepared"),
                                    ("open", "Open"),
                                    ("ended", "Ended"),
                                ],
                                default="draft",
                                max_length=5,
                            ),
                        ),
                        ("starts_at", models.DateTimeField(blank=True, null=True)),
                        ("stops_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "stopped_by",
                            models.CharField(
                                blank=True, help_text="Who stopped it early.", max_length=60
                            ),
                        ),
                        (
                            "matched_minor",
                            models.BigIntegerField(
                                default=0, help_text="Matched, less what went back."
                            ),
                        ),
                        ("used_up_at", models.DateTimeField(blank=True, null=True)),
                        ("created_at", models.DateTimeField()),
                        ("created_by", models.CharField(max_length=60)),
                        ("opened_at", models.DateTimeField(blank=True, null=True)),
                        ("opened_by", models.CharField(blank=True, max_length=60)),
                        ("ended_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "ended_why",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("date", "Its last day has passed"),
                                    ("used_up", "All of it was matched"),
                                    ("by_hand", "Ended by hand"),
                                    ("dropped", "Dropped before it was opened"),
                                ],
                                max_length=8,
                            ),
                        ),
                        (
                            "contribution",
                            models.OneToOneField(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="pool",
                                to="donors.contribution",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("state", "open")),
                                fields=["fund"],
                                name="matchingpool_open",
                            )
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("cap_minor__gt", 0)),
                                name="matchingpool_has_money",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("matched_minor__gte", 0),
                                    ("matched_minor__lte", models.F("cap_minor")),
                                ),
                                name="matchingpool_never_overspends",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("pays__gte", 1),
                                    ("pays__lte", 100),
                                    ("per__gte", 1),
                                    ("per__lte", 100),
                                ),
                                name="matchingpool_ratio_is_of_whole_numbers",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("currency__regex", "^[A-Z]{3}$")),
                                name="matchingpool_currency_is_iso",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("until_on__gte", models.F("from_on"))),
                                name="matchingpool_has_a_day",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("ended_at__isnull", True),
                                        ("opened_at__isnull", True),
                                        ("state", "draft"),
                                    ),
                                    models.Q(
                                        ("ended_at__isnull", True),
                                        ("opened_at__isnull", False),
                                        ("state", "open"),
                                        ("starts_at__isnull", False),
                                        ("stops_at__isnull", False),
                                    ),
                                    models.Q(
                                        ("ended_at__isnull", False),
                                        ("state", "ended"),
                                        models.Q(("ended_why", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="matchingpool_state_fits_its_instants",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("opened_at__isnull", False),
                                    ("matched_minor", 0),
                                    _connector="OR",
                                ),
                                name="matchingpool_draft_matches_nothing",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("used_up_at__isnull", True),
                                        models.Q(
                                            ("matched_minor", models.F("cap_minor")), _negated=True
                                        ),
                                    ),
                                    models.Q(
                                        ("matched_minor", models.F("cap_minor")),
                                        ("used_up_at__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="matchingpool_used_up_is_dated",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("contribution__isnull", True),
                                    ("state", "ended"),
                                    _connector="OR",
                                ),
                                name="matchingpool_is_invoiced_when_ended",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Proforma",
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
                            "contribution",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="proformas",
                                to="donors.contribution",
                            ),
                        ),
                        ("version", models.PositiveSmallIntegerField()),
                        (
                            "document",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="documents.document",
                            ),
                        ),
                        ("sha256", models.CharField(max_length=64)),
                        (
                            "asked_by",
                            models.CharField(help_text="'user:7', or 'system'.", max_length=80),
                        ),
                        ("asked_at", models.DateTimeField()),
                    ],
                    options={
                        "ordering": ["contribution_id", "-version"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("contribution", "version"),
                                name="proforma_version_is_made_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("version__gte", 1)),
                                name="proforma_versions_count_from_one",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("sha256__regex", "^[0-9a-f]{64}$")),
                                name="proforma_has_its_fingerprint",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Receipt",
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
                            "gift",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="receipts",
                                to="donors.gift",
                            ),
                        ),
                        ("version", models.PositiveSmallIntegerField(default=1)),
                        ("gives_minor", models.BigIntegerField()),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("due", "To be issued"),
                                    ("issued", "Issued"),
                                    ("not_needed", "Given back before it was issued"),
                                ],
                                default="due",
                                max_length=10,
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
                        ("created_at", models.DateTimeField()),
                        ("due_at", models.DateTimeField()),
                        ("attempts", models.PositiveSmallIntegerField(default=0)),
                        (
                            "mailed_at",
                            models.DateTimeField(
                                blank=True, help_text="Put into the outbox.", null=True
                            ),
                        ),
                        ("owes_document", models.BooleanField(default=False)),
                        ("error", models.TextField(blank=True)),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(
                                    ("state", "due"),
                                    models.Q(("mailed_at__isnull", True), ("state", "issued")),
                                    ("owes_document", True),
                                    _connector="OR",
                                ),
                                fields=["due_at"],
                                name="receipt_waiting",
                            )
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("gift", "version"), name="receipt_version_once"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("gives_minor__gt", 0)),
                                name="receipt_confirms_money",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("document__isnull", False), ("state", "issued")),
                                    models.Q(
                                        models.Q(("state", "issued"), _negated=True),
                                        ("document__isnull", True),
                                    ),
                                    _connector="OR",
                                ),
                                name="receipt_issued_has_its_document",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Refund",
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
                            "gift",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="refunds",
                                to="donors.gift",
                            ),
                        ),
                        ("amount_minor", models.BigIntegerField()),
                        ("reason", models.CharField(max_length=400)),
                        (
                            "requested_by",
                            models.CharField(help_text="'user:7', or 'stripe'.", max_length=60),
                        ),
                        ("keeps_pledge", models.BooleanField(db_default=False, default=False)),
                        ("needs_second", models.BooleanField(default=False)),
                        ("decided_by", models.CharField(blank=True, max_length=60)),
                        ("decided_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("proposed", "Waits for a second person"),
                                    ("requested", "Asked for, not yet at Stripe"),
                                    ("pending", "At Stripe, not yet done"),
                                    ("succeeded", "Given back"),
                                    ("failed", "Failed, the money is with us"),
                                    ("declined", "Declined by the second person"),
                                ],
                                default="requested",
                                max_length=10,
                            ),
                        ),
                        (
                            "place",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="ledger.account",
                            ),
                        ),
                        ("paid_on", models.DateField(blank=True, null=True)),
                        (
                            "reference",
                            models.CharField(blank=True, db_default="", default="", max_length=140),
                        ),
                        ("stripe_id", models.CharField(blank=True, max_length=255)),
                        ("balance_transaction", models.CharField(blank=True, max_length=255)),
                        ("failure_transaction", models.CharField(blank=True, max_length=255)),
                        ("key_version", models.PositiveSmallIntegerField(default=1)),
                        ("created_at", models.DateTimeField()),
                        ("booked_at", models.DateTimeField(blank=True, null=True)),
                        ("ended_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "let_go_at",
                            models.DateTimeField(
                                blank=True,
                                help_text="Failed, and somebody said that it stays so.",
                                null=True,
                            ),
                        ),
                        ("due_at", models.DateTimeField()),
                        ("attempts", models.PositiveSmallIntegerField(default=0)),
                        ("error", models.TextField(blank=True)),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("state__in", ["requested", "pending"])),
                                fields=["due_at"],
                                name="refund_waiting",
                            ),
                            models.Index(
                                condition=models.Q(("balance_transaction", ""), _negated=True),
                                fields=["balance_transaction"],
                                name="refund_of_movement",
                            ),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("amount_minor__gt", 0)),
                                name="refund_moves_money",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("reason", ""), _negated=True),
                                name="refund_has_a_reason",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "state__in",
                                        [
                                            "proposed",
                                            "requested",
                                            "pending",
                                            "succeeded",
                                            "failed",
                                            "declined",
                                        ],
                                    )
                                ),
                                name="refund_state_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("state__in", ["pending", "succeeded"]), _negated=True
                                    ),
                                    models.Q(("stripe_id", ""), _negated=True),
                                    models.Q(("place__isnull", False), ("state", "succeeded")),
                                    _connector="OR",
                                ),
                                name="refund_under_way_is_known_to_stripe",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("paid_on__isnull", True),
                                        ("place__isnull", True),
                                        ("reference", ""),
                                    ),
                                    models.Q(
                                        ("booked_at__isnull", False),
                                        ("paid_on__isnull", False),
                                        ("place__isnull", False),
                                        ("state", "succeeded"),
                                        ("stripe_id", ""),
                                        models.Q(("reference", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="refund_by_bank_says_how_it_went",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("decided_by", ""),
                                    models.Q(
                                        ("decided_by", models.F("requested_by")), _negated=True
                                    ),
                                    _connector="OR",
                                ),
                                name="refund_is_decided_by_another_person",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("needs_second", False),
                                        models.Q(
                                            ("state__in", ["proposed", "declined"]), _negated=True
                                        ),
                                    ),
                                    models.Q(
                                        ("decided_by", ""),
                                        ("needs_second", True),
                                        ("state", "proposed"),
                                    ),
                                    models.Q(
                                        ("decided_at__isnull", False),
                                        ("needs_second", True),
                                        models.Q(("state", "proposed"), _negated=True),
                                        models.Q(("decided_by", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="refund_over_the_limit_has_a_second_person",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("let_go_at__isnull", True),
                                    ("state", "failed"),
                                    _connector="OR",
                                ),
                                name="refund_let_go_has_failed",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("stripe_id", ""), _negated=True),
                                fields=("stripe_id",),
                                name="refund_is_booked_once",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Tribute",
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
                            "gift",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="tribute",
                                to="donors.gift",
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[("honour", "In honour of"), ("memory", "In memory of")],
                                max_length=6,
                            ),
                        ),
                        ("honoree", models.CharField(max_length=120)),
                        ("words", models.CharField(blank=True, max_length=300)),
                        (
                            "card",
                            models.CharField(
                                choices=[
                                    ("none", "No card"),
                                    ("waiting", "To be sent"),
                                    ("sent", "Sent"),
                                    ("stopped", "Stopped by the giver"),
                                    ("left", "Not sent"),
                                ],
                                default="none",
                                max_length=7,
                            ),
                        ),
                        ("to_name", models.CharField(blank=True, max_length=120)),
                        ("to_email", models.EmailField(blank=True, max_length=254)),
                        ("to_hash", models.CharField(blank=True, max_length=64)),
                        (
                            "send_on",
                            models.DateField(
                                blank=True, help_text="In the receiving body's zone.", null=True
                            ),
                        ),
                        ("created_at", models.DateTimeField()),
                        ("version", models.PositiveSmallIntegerField(default=1)),
                        (
                            "ended_at",
                            models.DateTimeField(
                                blank=True, help_text="Sent, stopped or left.", null=True
                            ),
                        ),
                        ("ended_why", models.CharField(blank=True, max_length=200)),
                        ("forgotten_at", models.DateTimeField(blank=True, null=True)),
                        ("due_at", models.DateTimeField()),
                        ("attempts", models.PositiveSmallIntegerField(default=0)),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("card", "waiting")),
                                fields=["due_at"],
                                name="tribute_waiting",
                            ),
                            models.Index(
                                condition=models.Q(("to_hash", ""), _negated=True),
                                fields=["to_hash"],
                                name="tribute_to_one_address",
                            ),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("kind__in", ["honour", "memory"])),
                                name="tribute_kind_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("honoree", ""), _negated=True),
                                name="tribute_names_somebody",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("card", "waiting"),
                                        ("ended_at__isnull", True),
                                        ("send_on__isnull", False),
                                        models.Q(("to_name", ""), _negated=True),
                                        models.Q(("to_email", ""), _negated=True),
                                        models.Q(("to_hash", ""), _negated=True),
                                    ),
                                    models.Q(
                                        ("card", "none"),
                                        ("ended_at__isnull", True),
                                        ("send_on__isnull", True),
                                        ("to_email", ""),
                                        ("to_hash", ""),
                                        ("to_name", ""),
                                    ),
                                    models.Q(
                                        ("card__in", ["sent", "stopped", "left"]),
                                        ("ended_at__isnull", False),
                                        ("to_email", ""),
                                        ("to_name", ""),
                                    ),
                                    _connector="OR",
                                ),
                                name="tribute_keeps_an_address_while_it_waits",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="YearEndShare",
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
                            "year_end",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="shares",
                                to="donors.yearend",
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
                            "statement",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="donors.statement",
                            ),
                        ),
                        (
                            "mailed_at",
                            models.DateTimeField(
                                blank=True, help_text="Put into the outbox.", null=True
                            ),
                        ),
                        ("mailed_version", models.PositiveSmallIntegerField(blank=True, null=True)),
                        ("looked_at", models.DateTimeField(blank=True, null=True)),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("mailed_at__isnull", True)),
                                fields=["year_end", "id"],
                                name="yearendshare_unmailed",
                            )
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("year_end", "donor"), name="yearendshare_once_per_donor"
                            ),
                            models.UniqueConstraint(
                                fields=("year_end", "statement"),
                                name="yearendshare_once_per_statement",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("mailed_version__isnull", True),
                                    ("mailed_at__isnull", False),
                                    _connector="OR",
                                ),
                                name="yearendshare_mailed_has_its_instant",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="EvidenceFile",
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
                            "dispute",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="files",
                                to="donors.dispute",
                            ),
                        ),
                        (
                            "field",
                            models.CharField(
                                help_text="Its name in Stripe's evidence.", max_length=40
                            ),
                        ),
                        ("name", models.CharField(max_length=120)),
                        ("content_type", models.CharField(max_length=40)),
                        ("content", models.BinaryField()),
                        ("added_by", models.CharField(max_length=60)),
                        ("added_at", models.DateTimeField()),
                        ("key_version", models.PositiveSmallIntegerField(default=1)),
                        ("stripe_id", models.CharField(blank=True, max_length=255)),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("dispute", "field"), name="evidencefile_once_a_field"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="HeldVerdict",
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
                            "held",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="verdicts",
                                to="donors.heldgift",
                            ),
                        ),
                        (
                            "verdict",
                            models.CharField(
                                choices=[
                                    ("accept", "Accept it"),
                                    ("decline", "Decline it and send the money back"),
                                ],
                                max_length=7,
                            ),
                        ),
                        (
                            "reason",
                            models.CharField(
                                help_text="Told to the donor when it is declined.", max_length=400
                            ),
                        ),
                        ("needs_second", models.BooleanField()),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("proposed", "Waits for a second person"),
                                    ("stands", "Decided"),
                                    ("turned_down", "Turned down by the second person"),
                                    ("lapsed", "The money had gone before"),
                                ],
                                max_length=11,
                            ),
                        ),
                        ("proposed_by", models.CharField(max_length=60)),
                        ("proposed_at", models.DateTimeField()),
                        ("decided_by", models.CharField(blank=True, max_length=60)),
                        ("decided_at", models.DateTimeField(blank=True, null=True)),
                    ],
                    options={
                        "ordering": ["id"],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("state__in", ["proposed", "stands"])),
                                fields=("held",),
                                name="heldverdict_is_one",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("decided_by", models.F("proposed_by")), _negated=True
                                ),
                                name="heldverdict_is_of_two_people",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("verdict", "accept"),
                                    models.Q(
                                        ("needs_second", True),
                                        ("verdict", "decline"),
                                        models.Q(("reason", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="heldverdict_declines_with_a_reason_and_two",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("decided_by", ""),
                                        ("needs_second", True),
                                        ("state", "proposed"),
                                    ),
                                    models.Q(
                                        ("decided_by", ""),
                                        ("needs_second", False),
                                        ("state", "stands"),
                                    ),
                                    models.Q(("decided_by", ""), ("state", "lapsed")),
                                    models.Q(
                                        ("decided_at__isnull", False),
                                        ("needs_second", True),
                                        ("state__in", ["stands", "turned_down"]),
                                        models.Q(("decided_by", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="heldverdict_has_its_second_person",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="InvoiceCard",
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
                            "invoice",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="cards",
                                to="donors.invoice",
                            ),
                        ),
                        (
                            "gift",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="invoice_card",
                                to="donors.gift",
                            ),
                        ),
                        ("made_by", models.CharField(max_length=60)),
                        ("created_at", models.DateTimeField()),
                        ("counted_at", models.DateTimeField(blank=True, null=True)),
                        ("over_minor", models.BigIntegerField(default=0)),
                        ("kept_at", models.DateTimeField(blank=True, null=True)),
                        ("kept_by", models.CharField(blank=True, max_length=60)),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("over_minor", 0),
                                    models.Q(("counted_at__isnull", False), ("over_minor__gt", 0)),
                                    _connector="OR",
                                ),
                                name="invoicecard_is_over_once_it_came",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("kept_at__isnull", True), ("kept_by", "")),
                                    models.Q(
                                        ("kept_at__isnull", False),
                                        ("over_minor__gt", 0),
                                        models.Q(("kept_by", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="invoicecard_keeps_what_is_over",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="InvoicePayment",
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
                            "invoice",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="payments",
                                to="donors.invoice",
                            ),
                        ),
                        (
                            "gift",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="invoice_payment",
                                to="donors.gift",
                            ),
                        ),
                        (
                            "minor",
                            models.BigIntegerField(help_text="Of the invoice, in its currency."),
                        ),
                        ("paid_on", models.DateField()),
                        ("created_at", models.DateTimeField()),
                        ("undone_at", models.DateTimeField(blank=True, null=True)),
                        ("gone_minor", models.BigIntegerField(db_default=0, default=0)),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("minor__gt", 0)),
                                name="invoicepayment_pays_something",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("gone_minor__gte", 0), ("gone_minor__lte", models.F("minor"))
                                ),
                                name="invoicepayment_loses_no_more_than_it_paid",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="MatchedGift",
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
                            "pool",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="matches",
                                to="donors.matchingpool",
                            ),
                        ),
                        (
                            "line",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="matches",
                                to="donors.giftline",
                            ),
                        ),
                        ("currency", models.CharField(max_length=3)),
                        (
                            "value_minor",
                            models.BigIntegerField(
                                help_text="How much of the line's value it answers."
                            ),
                        ),
                        ("amount_minor", models.BigIntegerField(help_text="What the zoo adds.")),
                        ("matched_at", models.DateTimeField()),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("pool", "line"), name="matchedgift_once_per_pool"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("amount_minor", 0), ("value_minor", 0)),
                                    models.Q(("amount_minor__gt", 0), ("value_minor__gt", 0)),
                                    _connector="OR",
                                ),
                                name="matchedgift_answers_a_value",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="MatchCredit",
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
                            "pool",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="credits",
                                to="donors.matchingpool",
                            ),
                        ),
                        ("amount_minor", models.BigIntegerField()),
                        (
                            "words",
                            models.CharField(
                                help_text="What was agreed, and with whom.", max_length=300
                            ),
                        ),
                        ("decided_by", models.CharField(max_length=60)),
                        ("decided_at", models.DateTimeField()),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("amount_minor__gt", 0), models.Q(("words", ""), _negated=True)
                                ),
                                name="matchcredit_says_what",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="EarlyWarning",
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
                        ("stripe_id", models.CharField(max_length=255, unique=True)),
                        (
                            "gift",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="warnings",
                                to="donors.gift",
                            ),
                        ),
                        ("fraud_type", models.CharField(blank=True, max_length=60)),
                        ("is_actionable", models.BooleanField(default=True)),
                        ("warned_at", models.DateTimeField()),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("open", "Waits for a decision"),
                                    ("refunded", "Given back"),
                                    ("kept", "Kept"),
                                    ("ended", "Nothing left to decide"),
                                ],
                                default="open",
                                max_length=8,
                            ),
                        ),
                        ("decided_by", models.CharField(blank=True, max_length=60)),
                        ("decided_at", models.DateTimeField(blank=True, null=True)),
                        ("decided_why", models.CharField(blank=True, max_length=400)),
                        (
                            "refund",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="donors.refund",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("decided_at__isnull", True), ("state", "open")),
                                    models.Q(
                                        models.Q(("state", "open"), _negated=True),
                                        ("decided_at__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="earlywarning_decided_when_closed",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("state__in", ["refunded", "kept"]), _negated=True),
                                    models.Q(
                                        models.Q(("decided_by", ""), _negated=True),
                                        models.Q(("decided_why", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="earlywarning_decision_has_person_and_reason",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Withdrawal",
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
                            "gift",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="withdrawals",
                                to="donors.gift",
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("dispute", "Dispute"),
                                    ("late_failure", "Debit that came back"),
                                ],
                                max_length=12,
                            ),
                        ),
                        (
                            "source",
                            models.CharField(
                                help_text="The dispute or charge at Stripe.", max_length=255
                            ),
                        ),
                        (
                            "dispute",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="withdrawals",
                                to="donors.dispute",
                            ),
                        ),
                        ("balance_transaction", models.CharField(max_length=255, unique=True)),
                        (
                            "amount_minor",
                            models.BigIntegerField(help_text="In the gift's currency."),
                        ),
                        ("value_currency", models.CharField(max_length=3)),
                        ("value_minor", models.BigIntegerField()),
                        ("fee_minor", models.BigIntegerField(default=0)),
                        ("entry_key", models.CharField(max_length=120, unique=True)),
                        ("happened_at", models.DateTimeField()),
                        ("booked_at", models.DateTimeField()),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("value_currency__regex", "^[A-Z]{3}$")),
                                name="withdrawal_currency_is_iso",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("amount_minor__lt", 0), ("value_minor__lte", 0)),
                                    models.Q(("amount_minor__gt", 0), ("value_minor__gte", 0)),
                                    models.Q(("amount_minor", 0), ("value_minor", 0)),
                                    _connector="OR",
                                ),
                                name="withdrawal_moves_one_way",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("dispute__isnull", False), ("kind", "dispute")),
                                    models.Q(("dispute__isnull", True), ("kind", "late_failure")),
                                    _connector="OR",
                                ),
                                name="withdrawal_of_a_dispute_names_it",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="MatchRelease",
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
                            "match",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="releases",
                                to="donors.matchedgift",
                            ),
                        ),
                        ("amount_minor", models.BigIntegerField()),
                        ("released_at", models.DateTimeField()),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("amount_minor", 0), _negated=True),
                                name="matchrelease_moves_something",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ClaimLine",
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
                            "claim",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="lines",
                                to="donors.claim",
                            ),
                        ),
                        (
                            "gift",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="donors.gift",
                            ),
                        ),
                        ("given_on", models.DateField()),
                        ("donated_minor", models.BigIntegerField()),
                        ("tax_minor", models.BigIntegerField()),
                        ("overclaimed_minor", models.BigIntegerField(default=0)),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("gift",), name="claimline_gift_is_claimed_once"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("donated_minor__gt", 0), ("tax_minor__gte", 0)),
                                name="claimline_claims_money",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("overclaimed_minor__gte", 0),
                                    ("overclaimed_minor__lte", models.F("tax_minor")),
                                ),
                                name="claimline_owes_no_more_than_its_tax",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Overclaim",
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
                            "line",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="overclaims",
                                to="donors.claimline",
                            ),
                        ),
                        ("amount_minor", models.BigIntegerField()),
                        ("noticed_on", models.DateField()),
                        (
                            "netted_in",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="netted",
                                to="donors.claim",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("amount_minor", 0), _negated=True),
                                name="overclaim_moves_money",
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
                            "donor",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="declarations",
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
                        (
                            "scope",
                            models.CharField(
                                choices=[
                                    ("one", "This gift"),
                                    (
                                        "all",
                                        "This gift, those of the past four years and all to come",
                                    ),
                                ],
                                max_length=3,
                            ),
                        ),
                        (
                            "gift",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="declarations",
                                to="donors.gift",
                            ),
                        ),
                        (
                            "channel",
                            models.CharField(
                                choices=[
                                    ("form", "On the giving form"),
                                    ("account", "On the giver's own page"),
                                    ("paper", "On paper"),
                                    ("oral", "By word of mouth"),
                                ],
                                max_length=7,
                            ),
                        ),
                        ("wording", models.TextField()),
                        ("title", models.CharField(blank=True, max_length=4)),
                        ("first_name", models.CharField(max_length=35)),
                        ("last_name", models.CharField(max_length=35)),
                        ("house", models.CharField(help_text="Name or number.", max_length=40)),
                        (
                            "postcode",
                            models.CharField(help_text="X for an address abroad.", max_length=8),
                        ),
                        ("given_on", models.DateField()),
                        ("covers_from", models.DateField()),
                        ("recorded_at", models.DateTimeField()),
                        ("recorded_by", models.CharField(max_length=60)),
                        ("cancelled_on", models.DateField(blank=True, null=True)),
                        ("cancelled_by", models.CharField(blank=True, max_length=60)),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("scope", "all"),
                                    models.Q(("gift__isnull", False), ("scope", "one")),
                                    _connector="OR",
                                ),
                                name="declaration_of_one_names_its_gift",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("first_name", ""), _negated=True),
                                    models.Q(("last_name", ""), _negated=True),
                                    models.Q(("house", ""), _negated=True),
                                    models.Q(("wording", ""), _negated=True),
                                ),
                                name="declaration_names_a_taxpayer",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "postcode__regex",
                                        "^(X|GIR 0AA|[A-Z]{1,2}[0-9][0-9A-Z]? [0-9][A-Z]{2})$",
                                    )
                                ),
                                name="declaration_postcode_is_written_right",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("covers_from__lte", models.F("given_on"))),
                                name="declaration_covers_its_day",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("cancelled_by", ""), ("cancelled_on__isnull", True)),
                                    models.Q(
                                        ("cancelled_on__isnull", False),
                                        models.Q(("cancelled_by", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="declaration_is_cancelled_by_somebody",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(
                                    ("cancelled_on__isnull", True), ("scope", "all")
                                ),
                                fields=("donor", "entity"),
                                name="declaration_of_all_runs_once",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("scope", "one")),
                                fields=("gift",),
                                name="declaration_of_one_gift_is_one",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="EarlierPledge",
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
                            "entity",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="parties.entity",
                            ),
                        ),
                        (
                            "donor",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="earlier_pledges",
                                to="donors.donor",
                            ),
                        ),
                        ("donor_name", models.CharField(max_length=200)),
                        (
                            "fund",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="ledger.fund",
                            ),
                        ),
                        ("currency", models.CharField(max_length=3)),
                        ("amount_minor", models.BigIntegerField(help_text="Each instalment.")),
                        (
                            "rhythm",
                            models.CharField(
                                choices=[
                                    ("monthly", "Every month"),
                                    ("quarterly", "Every three months"),
                                    ("yearly", "Every year"),
                                ],
                                max_length=9,
                            ),
                        ),
                        (
                            "day",
                            models.PositiveSmallIntegerField(
                                blank=True, help_text="Of the month.", null=True
                            ),
                        ),
                        ("began_on", models.DateField(blank=True, null=True)),
                        (
                            "next_on",
                            models.DateField(
                                blank=True, help_text="When the next one was due there.", null=True
                            ),
                        ),
                        (
                            "method",
                            models.CharField(
                                blank=True, help_text="As the file names it.", max_length=60
                            ),
                        ),
                        ("language", models.CharField(default="en", max_length=8)),
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
                            "state",
                            models.CharField(
                                choices=[
                                    ("taken", "Taken over"),
                                    ("invited", "Invited"),
                                    ("continued", "Continued"),
                                    ("ended", "Ended"),
                                    ("lapsed", "Lapsed"),
                                ],
                                default="taken",
                                max_length=9,
                            ),
                        ),
                        ("taken_at", models.DateTimeField()),
                        ("asked_at", models.DateTimeField(blank=True, null=True)),
                        ("asked_by", models.CharField(blank=True, max_length=60)),
                        ("invited_at", models.DateTimeField(blank=True, null=True)),
                        ("reminded_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "ended_at",
                            models.DateTimeField(
                                blank=True, help_text="Continued, ended or lapsed.", null=True
                            ),
                        ),
                        ("ended_by", models.CharField(blank=True, max_length=60)),
                        ("due_at", models.DateTimeField(blank=True, null=True)),
                    ],
                    options={
                        "ordering": ["-pk"],
                        "indexes": [
                            models.Index(
                                condition=models.Q(("due_at__isnull", False)),
                                fields=["due_at"],
                                name="earlierpledge_waiting",
                            ),
                            models.Index(fields=["donor", "fund"], name="earlierpledge_of_donor"),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("amount_minor__gt", 0)),
                                name="earlierpledge_promised_money",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("currency__regex", "^[A-Z]{3}$")),
                                name="earlierpledge_currency_is_iso",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("rhythm__in", ["monthly", "quarterly", "yearly"])
                                ),
                                name="earlierpledge_rhythm_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("day__isnull", True), ("day__range", (1, 31)), _connector="OR"
                                ),
                                name="earlierpledge_day_is_of_a_month",
                            ),
                            models.UniqueConstraint(
                                fields=("entity", "reference"),
                                name="earlierpledge_is_taken_over_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("reference", ""), _negated=True),
                                name="earlierpledge_is_told_apart",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("invited_at__isnull", True), ("state", "taken")),
                                    models.Q(
                                        ("invited_at__isnull", False),
                                        ("state__in", ["invited", "lapsed"]),
                                    ),
                                    ("state__in", ["continued", "ended"]),
                                    _connector="OR",
                                ),
                                name="earlierpledge_state_fits_its_mails",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("ended_at__isnull", True),
                                        ("state__in", ["taken", "invited"]),
                                    ),
                                    models.Q(
                                        ("due_at__isnull", True),
                                        ("ended_at__isnull", False),
                                        ("state__in", ["continued", "ended", "lapsed"]),
                                    ),
                                    _connector="OR",
                                ),
                                name="earlierpledge_ends_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("reminded_at__isnull", True),
                                    ("invited_at__isnull", False),
                                    _connector="OR",
                                ),
                                name="earlierpledge_is_reminded_of_a_mail",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("invited_at__isnull", True),
                                    models.Q(
                                        ("asked_at__isnull", False),
                                        models.Q(("asked_by", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="earlierpledge_is_invited_by_somebody",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("state", "lapsed"), _negated=True),
                                    ("reminded_at__isnull", False),
                                    _connector="OR",
                                ),
                                name="earlierpledge_lapses_after_a_reminder",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Pledge",
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
                        ("form_token", models.UUIDField(unique=True)),
                        (
                            "entity",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="parties.entity",
                            ),
                        ),
                        (
                            "donor",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="pledges",
                                to="donors.donor",
                            ),
                        ),
                        ("donor_name", models.CharField(max_length=200)),
                        (
                            "fund",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="ledger.fund",
                            ),
                        ),
                        ("currency", models.CharField(max_length=3)),
                        (
                            "amount_minor",
                            models.BigIntegerField(help_text="Each instalment, without the cover."),
                        ),
                        (
                            "cover_minor",
                            models.BigIntegerField(
                                default=0, help_text="Added to pay the payment fee."
                            ),
                        ),
                        (
                            "rhythm",
                            models.CharField(
                                choices=[
                                    ("monthly", "Every month"),
                                    ("quarterly", "Every three months"),
                                    ("yearly", "Every year"),
                                ],
                                max_length=9,
                            ),
                        ),
                        ("message", models.CharField(blank=True, max_length=500)),
                        ("language", models.CharField(default="en", max_length=8)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("started", "Not begun yet"),
                                    ("active", "Running"),
                                    ("behind", "An instalment has not been paid"),
                                    ("paused", "Paused"),
                                    ("ended", "Ended"),
                                    ("left", "Never begun"),
                                ],
                                default="started",
                                max_length=7,
                            ),
                        ),
                        ("created_at", models.DateTimeField()),
                        ("began_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "ended_at",
                            models.DateTimeField(
                                blank=True, help_text="Ended, or never begun.", null=True
                            ),
                        ),
                        (
                            "ended_why",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("giver", "Ended by the donor"),
                                    ("staff", "Ended by the fund"),
                                    ("lapsed", "Its payments failed"),
                                    ("refunded", "An instalment was given back"),
                                    ("disputed", "An instalment was disputed"),
                                    ("stripe", "Ended at Stripe"),
                                ],
                                max_length=8,
                            ),
                        ),
                        (
                            "again_of",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="followers",
                                to="donors.pledge",
                            ),
                        ),
                        (
                            "continues",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="tries",
                                to="donors.earlierpledge",
                            ),
                        ),
                        ("checkout_expires_at", models.DateTimeField()),
                        ("key_version", models.PositiveSmallIntegerField(default=1)),
                        ("checkout", models.CharField(blank=True, max_length=255)),
                        ("checkout_url", models.URLField(blank=True, max_length=2000)),
                        ("customer", models.CharField(blank=True, max_length=255)),
                        ("subscription", models.CharField(blank=True, max_length=255)),
                        ("item", models.CharField(blank=True, max_length=255)),
                        ("product", models.CharField(blank=True, max_length=255)),
                        (
                            "method",
                            models.CharField(
                                blank=True, help_text="'Card ending 4242'.", max_length=60
                            ),
                        ),
                        (
                            "card_ends_on",
                            models.DateField(
                                blank=True, help_text="The card's last day.", null=True
                            ),
                        ),
                        (
                            "next_at",
                            models.DateTimeField(
                                blank=True, help_text="The next instalment.", null=True
                            ),
                        ),
                        (
                            "resumes_at",
                            models.DateTimeField(
                                blank=True, help_text="The end of a pause.", null=True
                            ),
                        ),
                        ("told_at", models.DateTimeField(blank=True, null=True)),
                        ("due_at", models.DateTimeField()),
                        ("failures", models.PositiveSmallIntegerField(default=0)),
                        ("error", models.TextField(blank=True)),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(
                                    ("state__in", ["started", "active", "behind", "paused"])
                                ),
                                fields=["due_at"],
                                name="pledge_waiting",
                            ),
                            models.Index(fields=["donor", "-created_at"], name="pledge_of_donor"),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("amount_minor__gt", 0)),
                                name="pledge_promises_money",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("cover_minor__gte", 0)),
                                name="pledge_cover_adds",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("currency__regex", "^[A-Z]{3}$")),
                                name="pledge_currency_is_iso",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("rhythm__in", ["monthly", "quarterly", "yearly"])
                                ),
                                name="pledge_rhythm_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("began_at__isnull", True),
                                        ("ended_at__isnull", True),
                                        ("state", "started"),
                                    ),
                                    models.Q(
                                        ("began_at__isnull", True),
                                        ("ended_at__isnull", False),
                                        ("state", "left"),
                                    ),
                                    models.Q(
                                        ("began_at__isnull", False),
                                        ("ended_at__isnull", True),
                                        ("state__in", ["active", "behind", "paused"]),
                                    ),
                                    models.Q(
                                        ("began_at__isnull", False),
                                        ("ended_at__isnull", False),
                                        ("state", "ended"),
                                    ),
                                    _connector="OR",
                                ),
                                name="pledge_state_fits_its_instants",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        (
                                            "ended_why__in",
                                            [
                                                "giver",
                                                "staff",
                                                "lapsed",
                                                "refunded",
                                                "disputed",
                                                "stripe",
                                            ],
                                        ),
                                        ("state", "ended"),
                                    ),
                                    models.Q(
                                        models.Q(("state", "ended"), _negated=True),
                                        ("ended_why", ""),
                                    ),
                                    _connector="OR",
                                ),
                                name="pledge_ended_says_why",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("began_at__isnull", True),
                                    models.Q(("subscription", ""), _negated=True),
                                    _connector="OR",
                                ),
                                name="pledge_begun_has_its_subscription",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("resumes_at__isnull", True),
                                    ("state", "paused"),
                                    _connector="OR",
                                ),
                                name="pledge_resumes_from_a_pause",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("state", "left"), _negated=True),
                                fields=("again_of",),
                                name="pledge_is_begun_again_once",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("checkout", ""), _negated=True),
                                fields=("checkout",),
                                name="pledge_checkout_is_its_own",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("subscription", ""), _negated=True),
                                fields=("subscription",),
                                name="pledge_subscription_is_its_own",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Instalment",
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
                            "pledge",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="instalments",
                                to="donors.pledge",
                            ),
                        ),
                        ("invoice", models.CharField(max_length=255)),
                        (
                            "fund",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="ledger.fund",
                            ),
                        ),
                        ("currency", models.CharField(max_length=3)),
                        ("amount_minor", models.BigIntegerField()),
                        ("cover_minor", models.BigIntegerField(default=0)),
                        ("due_on", models.DateField(help_text="In the receiving body's calendar.")),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("open", "To be paid"),
                                    ("paid", "Paid"),
                                    ("skipped", "Left out"),
                                    ("unpaid", "Not paid, and not asked for any more"),
                                ],
                                default="open",
                                max_length=7,
                            ),
                        ),
                        (
                            "gift",
                            models.OneToOneField(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="instalment",
                                to="donors.gift",
                            ),
                        ),
                        ("payment_intent", models.CharField(blank=True, max_length=255)),
                        ("attempts", models.PositiveSmallIntegerField(default=0)),
                        ("next_try_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "asks_giver",
                            models.BooleanField(
                                default=False, help_text="The bank wants to hear the donor."
                            ),
                        ),
                        ("pay_url", models.URLField(blank=True, max_length=2000)),
                        ("trouble", models.CharField(blank=True, max_length=400)),
                        ("created_at", models.DateTimeField()),
                        ("ended_at", models.DateTimeField(blank=True, null=True)),
                        ("told_at", models.DateTimeField()),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["pledge", "-due_on"], name="instalment_of_pledge")
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("invoice",), name="instalment_is_due_once"
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("payment_intent", ""), _negated=True),
                                fields=("payment_intent",),
                                name="instalment_payment_is_its_own",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("amount_minor__gt", 0)),
                                name="instalment_gives_money",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("cover_minor__gte", 0)),
                                name="instalment_cover_adds",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("state__in", ["open", "paid", "skipped", "unpaid"])
                                ),
                                name="instalment_state_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("state", "paid"), _negated=True),
                                    ("gift__isnull", False),
                                    _connector="OR",
                                ),
                                name="instalment_paid_has_its_gift",
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
                                name="instalment_ended_has_its_instant",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Origin",
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
                            "gift",
                            models.OneToOneField(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="origin",
                                to="donors.gift",
                            ),
                        ),
                        (
                            "pledge",
                            models.OneToOneField(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="origin",
                                to="donors.pledge",
                            ),
                        ),
                        ("address", models.CharField(blank=True, max_length=32)),
                        ("email", models.CharField(max_length=32)),
                        ("device", models.CharField(blank=True, max_length=32)),
                        ("needs_link", models.BooleanField(default=False)),
                        (
                            "confirmed_at",
                            models.DateTimeField(
                                blank=True, help_text="The link was opened.", null=True
                            ),
                        ),
                        ("created_at", models.DateTimeField()),
                        ("closing_at", models.DateTimeField(blank=True, null=True)),
                        ("closed_at", models.DateTimeField(blank=True, null=True)),
                        ("due_at", models.DateTimeField(blank=True, null=True)),
                        ("attempts", models.PositiveSmallIntegerField(default=0)),
                        ("error", models.TextField(blank=True)),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                fields=["address", "created_at"], name="origin_by_address"
                            ),
                            models.Index(fields=["email", "created_at"], name="origin_by_email"),
                            models.Index(fields=["device", "created_at"], name="origin_by_device"),
                            models.Index(fields=["created_at"], name="origin_by_time"),
                            models.Index(
                                condition=models.Q(("due_at__isnull", False)),
                                fields=["due_at"],
                                name="origin_waiting",
                            ),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("gift__isnull", False), ("pledge__isnull", True)),
                                    models.Q(("gift__isnull", True), ("pledge__isnull", False)),
                                    _connector="OR",
                                ),
                                name="origin_is_of_one_form",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("confirmed_at__isnull", True),
                                    ("needs_link", True),
                                    _connector="OR",
                                ),
                                name="origin_confirmed_was_asked",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("closed_at__isnull", True),
                                    ("closing_at__isnull", False),
                                    _connector="OR",
                                ),
                                name="origin_closed_was_to_be_closed",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PledgeChange",
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
                            "pledge",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="changes",
                                to="donors.pledge",
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("amount", "Amount"),
                                    ("rhythm", "Rhythm"),
                                    ("day", "Day"),
                                    ("fund", "Fund"),
                                    ("skip", "Next one left out"),
                                    ("pause", "Pause"),
                                    ("resume", "Going on"),
                                    ("method", "Card or account"),
                                    ("retry", "Payment tried again"),
                                    ("end", "End"),
                                ],
                                max_length=6,
                            ),
                        ),
                        ("before", models.JSONField(default=dict)),
                        ("after", models.JSONField(default=dict)),
                        (
                            "actor",
                            models.CharField(
                                help_text="'user:7', 'donor:3' by a mailed link.", max_length=60
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("opened", "Waits for the donor"),
                                    ("asked", "Asked for, not yet at Stripe"),
                                    ("done", "Done"),
                                    ("refused", "Not done; all is as before"),
                                ],
                                default="asked",
                                max_length=7,
                            ),
                        ),
                        ("created_at", models.DateTimeField()),
                        ("ended_at", models.DateTimeField(blank=True, null=True)),
                        ("checkout", models.CharField(blank=True, max_length=255)),
                        ("checkout_url", models.URLField(blank=True, max_length=2000)),
                        ("checkout_expires_at", models.DateTimeField(blank=True, null=True)),
                        ("key_version", models.PositiveSmallIntegerField(default=1)),
                        ("due_at", models.DateTimeField()),
                        ("attempts", models.PositiveSmallIntegerField(default=0)),
                        ("error", models.TextField(blank=True)),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("state__in", ["opened", "asked"])),
                                fields=["due_at"],
                                name="pledgechange_waiting",
                            ),
                            models.Index(fields=["pledge", "-id"], name="pledgechange_of_pledge"),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "kind__in",
                                        [
                                            "amount",
                                            "rhythm",
                                            "day",
                                            "fund",
                                            "skip",
                                            "pause",
                                            "resume",
                                            "method",
                                            "retry",
                                            "end",
                                        ],
                                    )
                                ),
                                name="pledgechange_kind_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("ended_at__isnull", True),
                                        ("state__in", ["opened", "asked"]),
                                    ),
                                    models.Q(
                                        ("ended_at__isnull", False),
                                        ("state__in", ["done", "refused"]),
                                    ),
                                    _connector="OR",
                                ),
                                name="pledgechange_state_fits_its_instant",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("kind", "method"),
                                    models.Q(("state", "opened"), _negated=True),
                                    _connector="OR",
                                ),
                                name="pledgechange_opened_is_a_card",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("state", "asked")),
                                fields=("pledge",),
                                name="pledgechange_one_at_a_time",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("checkout", ""), _negated=True),
                                fields=("checkout",),
                                name="pledgechange_checkout_is_its_own",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PledgeShare",
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
                                related_name="+",
                                to="ledger.fund",
                            ),
                        ),
                        ("amount_minor", models.BigIntegerField()),
                        ("position", models.PositiveSmallIntegerField()),
                        (
                            "pledge",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="shares",
                                to="donors.pledge",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("amount_minor__gt", 0)),
                                name="pledgeshare_gives_money",
                            ),
                            models.UniqueConstraint(
                                fields=("pledge", "fund"), name="pledgeshare_once_per_fund"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PledgeTribute",
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
                            "pledge",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="tribute",
                                to="donors.pledge",
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[("honour", "In honour of"), ("memory", "In memory of")],
                                max_length=6,
                            ),
                        ),
                        ("honoree", models.CharField(max_length=120)),
                        ("words", models.CharField(blank=True, max_length=300)),
                        ("to_name", models.CharField(blank=True, max_length=120)),
                        ("to_email", models.EmailField(blank=True, max_length=254)),
                        ("send_on", models.DateField(blank=True, null=True)),
                        ("created_at", models.DateTimeField()),
                        (
                            "handed_at",
                            models.DateTimeField(
                                blank=True,
                                help_text="With the first gift, or when none is to come.",
                                null=True,
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("kind__in", ["honour", "memory"])),
                                name="pledgetribute_kind_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("honoree", ""), _negated=True),
                                name="pledgetribute_names_somebody",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("handed_at__isnull", True),
                                    models.Q(("to_email", ""), ("to_name", "")),
                                    _connector="OR",
                                ),
                                name="pledgetribute_keeps_an_address_until_the_first_gift",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PublicName",
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
                            "gift",
                            models.OneToOneField(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="public_name",
                                to="donors.gift",
                            ),
                        ),
                        (
                            "pledge",
                            models.OneToOneField(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="public_name",
                                to="donors.pledge",
                            ),
                        ),
                        ("is_shown", models.BooleanField(default=False)),
                        ("name", models.CharField(blank=True, max_length=60)),
                        ("with_sum", models.BooleanField(default=False)),
                        ("barred_at", models.DateTimeField(blank=True, null=True)),
                        ("barred_by", models.CharField(blank=True, max_length=60)),
                        ("barred_why", models.CharField(blank=True, max_length=200)),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("gift__isnull", False), ("pledge__isnull", True)),
                                    models.Q(("gift__isnull", True), ("pledge__isnull", False)),
                                    _connector="OR",
                                ),
                                name="publicname_is_of_one_thing",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("is_shown", True), models.Q(("name", ""), _negated=True)
                                    ),
                                    models.Q(
                                        ("is_shown", False), ("name", ""), ("with_sum", False)
                                    ),
                                    _connector="OR",
                                ),
                                name="publicname_stands_only_while_shown",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("barred_at__isnull", True),
                                        ("barred_by", ""),
                                        ("barred_why", ""),
                                    ),
                                    models.Q(
                                        ("barred_at__isnull", False),
                                        ("is_shown", False),
                                        models.Q(("barred_by", ""), _negated=True),
                                        models.Q(("barred_why", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="publicname_barred_is_hidden_and_says_why",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        (
                                            "name__regex",
                                            "[\\u0001-\\u001F\\u007F-\\u009F\\u061C\\u200B\\u200E\\u200F\\u2028-\\u202E\\u2060-\\u2069\\uFEFF]",
                                        ),
                                        _negated=True,
                                    ),
                                    models.Q(
                                        (
                                            "name__iregex",
                                            "(://|www\\.|@|[A-Za-z0-9-]{2,}\\.[A-Za-z]{2,})",
                                        ),
                                        _negated=True,
                                    ),
                                    models.Q(("name__regex", "(^\\s|\\s$)"), _negated=True),
                                ),
                                name="publicname_is_a_name_on_one_line",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="InstalmentShare",
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
                                related_name="+",
                                to="ledger.fund",
                            ),
                        ),
                        ("amount_minor", models.BigIntegerField()),
                        ("position", models.PositiveSmallIntegerField()),
                        (
                            "instalment",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="shares",
                                to="donors.instalment",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("amount_minor__gt", 0)),
                                name="instalmentshare_gives_money",
                            ),
                            models.UniqueConstraint(
                                fields=("instalment", "fund"), name="instalmentshare_once_per_fund"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PublicNameChange",
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
                            "public_name",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="changes",
                                to="donors.publicname",
                            ),
                        ),
                        (
                            "step",
                            models.CharField(
                                choices=[
                                    ("shown", "Shown"),
                                    ("changed", "Changed"),
                                    ("hidden", "Taken away"),
                                    ("barred", "Taken away by the fund"),
                                    ("allowed", "May be shown again"),
                                ],
                                max_length=7,
                            ),
                        ),
                        ("made_at", models.DateTimeField()),
                        (
                            "actor",
                            models.CharField(
                                help_text="'donor:12', or as in the log.", max_length=60
                            ),
                        ),
                        ("old_name", models.CharField(blank=True, max_length=60)),
                        ("new_name", models.CharField(blank=True, max_length=60)),
                        ("old_with_sum", models.BooleanField(default=False)),
                        ("new_with_sum", models.BooleanField(default=False)),
                        (
                            "why",
                            models.CharField(
                                blank=True,
                                help_text="How it was asked for, or why taken away.",
                                max_length=200,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["pk"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("step", "barred"), _negated=True),
                                    models.Q(("why", ""), _negated=True),
                                    _connector="OR",
                                ),
                                name="publicnamechange_barred_says_why",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="RefusedCard",
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
                        ("charge", models.CharField(max_length=255)),
                        (
                            "origin",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="refused",
                                to="donors.origin",
                            ),
                        ),
                        ("card", models.CharField(max_length=32)),
                        ("refused_at", models.DateTimeField()),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["refused_at"], name="refusedcard_by_time")
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("charge",), name="refusedcard_is_counted_once"
                            )
                        ],
                    },
                ),
            ],
        ),
        migrations.AddField(
            model_name="claimline",
            name="declaration",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="donors.declaration",
            ),
        ),
        migrations.AddField(
            model_name="declaration",
            name="pledge",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="declarations",
                to="donors.pledge",
            ),
        ),
        migrations.AddField(
            model_name="earlierpledge",
            name="pledge",
            field=models.OneToOneField(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="earlier",
                to="donors.pledge",
            ),
        ),
        migrations.AddConstraint(
            model_name="earlierpledge",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("pledge__isnull", False), ("state", "continued")),
                    models.Q(
                        models.Q(("state", "continued"), _negated=True), ("pledge__isnull", True)
                    ),
                    _connector="OR",
                ),
                name="earlierpledge_continued_has_its_pledge",
            ),
        ),
        migrations.AddConstraint(
            model_name="declaration",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("pledge__isnull", True),
                    models.Q(("gift__isnull", True), ("scope", "all")),
                    _connector="OR",
                ),
                name="declaration_with_a_pledge_is_of_all",
            ),
        ),
    ]
