"""Gifts that were entered by hand, refunds paid by bank, and lines of bank statements.

What was final before and had no fee is said to be final, so that it is traced too.
"""

import uuid

import django.db.models.deletion
import django.db.models.functions.math
import django.db.models.functions.text
from django.db import migrations, models

FINAL = """
INSERT INTO ledger_finality (entry_id, final_at)
SELECT e.id, g.final_at FROM donors_gift g
JOIN ledger_entry e ON e.key = 'gift:' || g.id || ':settle'
WHERE g.final_at IS NOT NULL AND g.fee_minor = 0 AND g.value_currency = g.currency
ON CONFLICT DO NOTHING;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("donors", "0008_pledges"),
        ("ledger", "0017_final_without_entry"),
        ("parties", "0002_organisations"),
    ]

    operations = [
        migrations.CreateModel(
            name="BankLine",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("booked_on", models.DateField(help_text="The day on the statement.")),
                ("currency", models.CharField(max_length=3)),
                ("amount_minor", models.BigIntegerField()),
                (
                    "matched_minor",
                    models.BigIntegerField(default=0, help_text="Explained by parts, above zero."),
                ),
                ("payer_name", models.CharField(blank=True, max_length=140)),
                ("payer_iban", models.CharField(blank=True, max_length=34)),
                (
                    "text",
                    models.CharField(blank=True, help_text="What the payer wrote.", max_length=600),
                ),
                ("reference", models.CharField(max_length=140)),
                ("entered_by", models.CharField(max_length=60)),
                ("created_at", models.DateTimeField()),
            ],
            options={
                "ordering": ["-booked_on", "-id"],
            },
        ),
        migrations.CreateModel(
            name="BankPart",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("token", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("amount_minor", models.BigIntegerField()),
                (
                    "kind",
                    models.CharField(help_text="Which of the registered targets.", max_length=20),
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
            },
        ),
        migrations.RemoveConstraint(
            model_name="donor",
            name="donor_email_is_one_donors",
        ),
        migrations.RemoveConstraint(
            model_name="gift",
            name="gift_settled_has_its_charge",
        ),
        migrations.RemoveConstraint(
            model_name="gift",
            name="gift_value_is_known_whole",
        ),
        migrations.RemoveConstraint(
            model_name="refund",
            name="refund_under_way_is_known_to_stripe",
        ),
        migrations.AddField(
            model_name="gift",
            name="entered_by",
            field=models.CharField(blank=True, db_default="", default="", max_length=60),
        ),
        migrations.AddField(
            model_name="gift",
            name="means",
            field=models.CharField(
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
        migrations.AddField(
            model_name="gift",
            name="place",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="ledger.account",
            ),
        ),
        migrations.AddField(
            model_name="gift",
            name="received_on",
            field=models.DateField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="gift",
            name="reference",
            field=models.CharField(blank=True, db_default="", default="", max_length=140),
        ),
        migrations.AddField(
            model_name="refund",
            name="paid_on",
            field=models.DateField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="refund",
            name="place",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="ledger.account",
            ),
        ),
        migrations.AddField(
            model_name="refund",
            name="reference",
            field=models.CharField(blank=True, db_default="", default="", max_length=140),
        ),
        migrations.AlterField(
            model_name="donor",
            name="email",
            field=models.EmailField(blank=True, max_length=254),
        ),
        migrations.AddConstraint(
            model_name="donor",
            constraint=models.UniqueConstraint(
                django.db.models.functions.text.Lower("email"),
                condition=models.Q(("email", ""), _negated=True),
                name="donor_email_is_one_donors",
            ),
        ),
        migrations.AddConstraint(
            model_name="gift",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("settled_at__isnull", True),
                    models.Q(("means", "stripe"), _negated=True),
                    models.Q(("charge", ""), _negated=True),
                    _connector="OR",
                ),
                name="gift_settled_has_its_charge",
            ),
        ),
        migrations.AddConstraint(
            model_name="gift",
            constraint=models.CheckConstraint(
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
        ),
        migrations.AddConstraint(
            model_name="gift",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("means__in", ["bank", "cheque"]), _negated=True),
                    models.Q(("reference", ""), _negated=True),
                    _connector="OR",
                ),
                name="gift_by_hand_has_its_reference",
            ),
        ),
        migrations.AddConstraint(
            model_name="gift",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("means", "stripe"),
                    models.Q(
                        ("final_at__isnull", False), models.Q(("state", "pending"), _negated=True)
                    ),
                    _connector="OR",
                ),
                name="gift_by_hand_is_final",
            ),
        ),
        migrations.AddConstraint(
            model_name="gift",
            constraint=models.CheckConstraint(
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
                                models.Q(("balance_transaction", ""), _negated=True),
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
        ),
        migrations.AddConstraint(
            model_name="gift",
            constraint=models.UniqueConstraint(
                condition=models.Q(
                    models.Q(("reference", ""), _negated=True),
                    models.Q(("state", "failed"), _negated=True),
                ),
                fields=("entity", "reference"),
                name="gift_is_entered_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="refund",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state__in", ["pending", "succeeded"]), _negated=True),
                    models.Q(("stripe_id", ""), _negated=True),
                    models.Q(("place__isnull", False), ("state", "succeeded")),
                    _connector="OR",
                ),
                name="refund_under_way_is_known_to_stripe",
            ),
        ),
        migrations.AddConstraint(
            model_name="refund",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("paid_on__isnull", True), ("place__isnull", True), ("reference", "")),
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
        ),
        migrations.AddField(
            model_name="bankline",
            name="entity",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="parties.entity"
            ),
        ),
        migrations.AddField(
            model_name="bankline",
            name="place",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="ledger.account"
            ),
        ),
        migrations.AddField(
            model_name="bankpart",
            name="line",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="parts",
                to="donors.bankline",
            ),
        ),
        migrations.AddIndex(
            model_name="bankline",
            index=models.Index(
                condition=models.Q(
                    (
                        "matched_minor",
                        django.db.models.functions.math.Abs(models.F("amount_minor")),
                    ),
                    _negated=True,
                ),
                fields=["booked_on", "id"],
                name="bankline_open",
            ),
        ),
        migrations.AddIndex(
            model_name="bankline",
            index=models.Index(
                condition=models.Q(("payer_iban", ""), _negated=True),
                fields=["payer_iban"],
                name="bankline_of_payer",
            ),
        ),
        migrations.AddConstraint(
            model_name="bankline",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount_minor", 0), _negated=True), name="bankline_moves_money"
            ),
        ),
        migrations.AddConstraint(
            model_name="bankline",
            constraint=models.CheckConstraint(
                condition=models.Q(("currency__regex", "^[A-Z]{3}$")),
                name="bankline_currency_is_iso",
            ),
        ),
        migrations.AddConstraint(
            model_name="bankline",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("matched_minor__gte", 0),
                    (
                        "matched_minor__lte",
                        django.db.models.functions.math.Abs(models.F("amount_minor")),
                    ),
                ),
                name="bankline_explains_no_more_than_it_moved",
            ),
        ),
        migrations.AddConstraint(
            model_name="bankline",
            constraint=models.CheckConstraint(
                condition=models.Q(("reference", ""), _negated=True),
                name="bankline_has_its_reference",
            ),
        ),
        migrations.AddConstraint(
            model_name="bankline",
            constraint=models.UniqueConstraint(
                fields=("place", "reference"), name="bankline_comes_once"
            ),
        ),
        migrations.AddIndex(
            model_name="bankpart",
            index=models.Index(fields=["target"], name="bankpart_of_target"),
        ),
        migrations.AddConstraint(
            model_name="bankpart",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount_minor__gt", 0)), name="bankpart_moves_money"
            ),
        ),
        migrations.AddConstraint(
            model_name="bankpart",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("undone_at__isnull", True), ("undone_by", ""), ("undone_why", "")),
                    models.Q(
                        ("undone_at__isnull", False),
                        models.Q(("undone_by", ""), _negated=True),
                        models.Q(("undone_why", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="bankpart_is_undone_with_a_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="bankpart",
            constraint=models.UniqueConstraint(
                condition=models.Q(("kind__in", ["gift", "booked"]), ("undone_at__isnull", True)),
                fields=("kind", "target"),
                name="bankpart_explains_once",
            ),
        ),
        migrations.RunSQL(FINAL, migrations.RunSQL.noop),
    ]
