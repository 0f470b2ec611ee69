import django.db.models.deletion
import django.db.models.expressions
from django.conf import settings
from django.db import migrations, models

import funding.tables


class Migration(migrations.Migration):
    replaces = [
        ("ledger", "0001_initial"),
        ("ledger", "0002_initial"),
        ("ledger", "0010_awards"),
        ("ledger", "0012_taken_back"),
        ("ledger", "0013_payouts"),
        ("ledger", "0014_tracing"),
        ("ledger", "0016_tracing_is_whole"),
        ("ledger", "0018_gift_aid"),
    ]

    initial = True

    dependencies = [
        ("parties", "0001_tables"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        funding.tables.CreateModels(
            models=[
                migrations.CreateModel(
                    name="Entry",
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
                            "key",
                            models.CharField(
                                help_text="'<noun>:<id>:<verb>'; a repeat books nothing.",
                                max_length=120,
                                unique=True,
                            ),
                        ),
                        (
                            "reason",
                            models.CharField(
                                choices=[
                                    ("gift", "Gift received"),
                                    ("gift_value", "Value of a foreign gift known"),
                                    ("fee", "Payment fee"),
                                    ("refund", "Gift paid back"),
                                    ("refund_returned", "Refund came back"),
                                    ("dispute", "Taken back in a dispute"),
                                    ("dispute_reversed", "Dispute won, money came again"),
                                    ("late_failure", "Debit came back after it was paid"),
                                    ("transfer", "Transfer between funds"),
                                    ("opening", "Brought forward"),
                                    ("hold", "Money held"),
                                    ("hold_released", "Held money released"),
                                    ("award", "Awarded"),
                                    ("award_cancelled", "Award ended, the rest is free again"),
                                    ("award_due", "Payment of an award falls due"),
                                    ("award_paid", "Payment of an award"),
                                    ("award_returned", "Unspent award money came back"),
                                    ("payout", "Payout sent"),
                                    ("payout_arrived", "Payout at the bank"),
                                    ("payout_returned", "Payout came back"),
                                    ("stripe_fee", "Stripe's own fee"),
                                    ("reserve", "Kept back or let go by Stripe"),
                                    ("suspense", "Money not yet understood"),
                                    ("resolved", "Money understood"),
                                    ("gift_aid", "Gift Aid claimed"),
                                    ("gift_aid_paid", "Gift Aid paid"),
                                    ("gift_aid_owed", "Gift Aid owed back"),
                                    ("reversal", "Mistake put right"),
                                ],
                                max_length=40,
                            ),
                        ),
                        (
                            "cause",
                            models.CharField(
                                help_text="The row behind it: 'gift:<id>'.", max_length=80
                            ),
                        ),
                        (
                            "actor",
                            models.CharField(
                                help_text="'user:7', 'stripe', 'system'.", max_length=60
                            ),
                        ),
                        (
                            "happened_on",
                            models.DateField(help_text="The day in the entity's calendar."),
                        ),
                        ("booked_at", models.DateTimeField()),
                        ("final_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "reverses",
                            models.OneToOneField(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="reversed_by",
                                to="ledger.entry",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name_plural": "entries",
                        "indexes": [
                            models.Index(
                                fields=["entity", "happened_on", "id"], name="entry_of_period"
                            ),
                            models.Index(fields=["cause"], name="entry_of_cause"),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("reverses__isnull", True),
                                    models.Q(("reverses", models.F("id")), _negated=True),
                                    _connector="OR",
                                ),
                                name="entry_does_not_reverse_itself",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("key__regex", "^[a-z_]+:[^:]+:[a-z_0-9:.-]+$")),
                                name="entry_key_names_its_cause",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "reason__in",
                                        [
                                            "gift",
                                            "gift_value",
                                            "fee",
                                            "refund",
                                            "refund_returned",
                                            "dispute",
                                            "dispute_reversed",
                                            "late_failure",
                                            "transfer",
                                            "opening",
                                            "hold",
                                            "hold_released",
                                            "award",
                                            "award_cancelled",
                                            "award_due",
                                            "award_paid",
                                            "award_returned",
                                            "payout",
                                            "payout_arrived",
                                            "payout_returned",
                                            "stripe_fee",
                                            "reserve",
                                            "suspense",
                                            "resolved",
                                            "gift_aid",
                                            "gift_aid_paid",
                                            "gift_aid_owed",
                                            "reversal",
                                        ],
                                    )
                                ),
                                name="entry_reason_is_known",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Account",
                    fields=[
                        (
                            "code",
                            models.CharField(max_length=60, primary_key=True, serialize=False),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("bank", "Bank"),
                                    ("clearing", "Stripe clearing"),
                                    ("in_transit", "In transit"),
                                    ("gift_aid_due", "Gift Aid due"),
                                    ("suspense", "Money not yet understood"),
                                    ("refund_due", "Refunds due"),
                                    ("payable", "Payable to grantees"),
                                    ("gift_aid_owed", "Gift Aid owed back"),
                                    ("held", "Held for motions"),
                                    ("committed", "Committed to awards"),
                                    ("held_contra", "Held, contra"),
                                    ("committed_contra", "Committed, contra"),
                                    ("fx", "Exchange"),
                                    ("transfers", "Transfers between funds"),
                                    ("brought_forward", "Brought forward"),
                                    ("gifts", "Gifts"),
                                    ("fee_cover", "Fees covered by donors"),
                                    ("gift_aid", "Gift Aid"),
                                    ("other_income", "Other income"),
                                    ("refunds", "Refunds"),
                                    ("disputes", "Disputes"),
                                    ("grants", "Grants"),
                                    ("payment_fees", "Payment fees"),
                                    ("dispute_fees", "Dispute fees"),
                                    ("bank_fees", "Bank fees"),
                                ],
                                max_length=20,
                            ),
                        ),
                        ("name", models.CharField(max_length=120)),
                        ("is_spendable", models.BooleanField()),
                        (
                            "entity",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="accounts",
                                to="parties.entity",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["code"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "kind__in",
                                        [
                                            "bank",
                                            "clearing",
                                            "in_transit",
                                            "gift_aid_due",
                                            "suspense",
                                            "refund_due",
                                            "payable",
                                            "gift_aid_owed",
                                            "held",
                                            "committed",
                                            "held_contra",
                                            "committed_contra",
                                            "fx",
                                            "transfers",
                                            "brought_forward",
                                            "gifts",
                                            "fee_cover",
                                            "gift_aid",
                                            "other_income",
                                            "refunds",
                                            "disputes",
                                            "grants",
                                            "payment_fees",
                                            "dispute_fees",
                                            "bank_fees",
                                        ],
                                    )
                                ),
                                name="account_kind_is_in_the_chart",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("is_spendable", True),
                                        (
                                            "kind__in",
                                            [
                                                "bank",
                                                "clearing",
                                                "committed",
                                                "gift_aid_due",
                                                "gift_aid_owed",
                                                "held",
                                                "in_transit",
                                                "payable",
                                                "refund_due",
                                                "suspense",
                                            ],
                                        ),
                                    ),
                                    models.Q(
                                        ("is_spendable", False),
                                        models.Q(
                                            (
                                                "kind__in",
                                                [
                                                    "bank",
                                                    "clearing",
                                                    "committed",
                                                    "gift_aid_due",
                                                    "gift_aid_owed",
                                                    "held",
                                                    "in_transit",
                                                    "payable",
                                                    "refund_due",
                                                    "suspense",
                                                ],
                                            ),
                                            _negated=True,
                                        ),
                                    ),
                                    _connector="OR",
                                ),
                                name="account_spendable_as_its_kind",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("entity__isnull", False),
                                        ("kind__in", ["bank", "clearing"]),
                                    ),
                                    models.Q(
                                        models.Q(("kind__in", ["bank", "clearing"]), _negated=True),
                                        ("code", models.F("kind")),
                                        ("entity__isnull", True),
                                    ),
                                    _connector="OR",
                                ),
                                name="account_only_places_belong_to_an_entity",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Fund",
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
                                related_name="funds",
                                to="parties.entity",
                            ),
                        ),
                        ("slug", models.SlugField(unique=True)),
                        ("name", models.CharField(max_length=120)),
                        (
                            "purpose",
                            models.CharField(
                                help_text="One sentence, shown to donors.", max_length=400
                            ),
                        ),
                        (
                            "restriction",
                            models.CharField(
                                choices=[
                                    ("unrestricted", "Unrestricted"),
                                    ("designated", "Designated by the committee"),
                                    ("restricted", "Restricted by its donors"),
                                    ("endowment", "Endowment"),
                                ],
                                max_length=12,
                            ),
                        ),
                        (
                            "surplus",
                            models.CharField(
                                blank=True,
                                help_text="What happens to money left when the purpose is fully paid for.",
                                max_length=400,
                            ),
                        ),
                        ("currency", models.CharField(max_length=3)),
                        (
                            "reserve_minor",
                            models.BigIntegerField(default=0, help_text="Kept back from awards."),
                        ),
                        (
                            "fees_from",
                            models.ForeignKey(
                                blank=True,
                                help_text="The fund that bears payment fees; empty: this one.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="ledger.fund",
                            ),
                        ),
                        ("is_treasury", models.BooleanField(default=False)),
                        ("is_open_to_gifts", models.BooleanField(default=True)),
                        ("opened_on", models.DateField()),
                        ("closed_on", models.DateField(blank=True, null=True)),
                        (
                            "position",
                            models.PositiveSmallIntegerField(
                                default=100, help_text="Order on pages."
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["position", "name"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("currency__regex", "^[A-Z]{3}$")),
                                name="fund_currency_is_iso",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "restriction__in",
                                        ["unrestricted", "designated", "restricted", "endowment"],
                                    )
                                ),
                                name="fund_restriction_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("reserve_minor__gte", 0)),
                                name="fund_reserve_is_not_negative",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("closed_on__isnull", True),
                                    ("closed_on__gte", models.F("opened_on")),
                                    _connector="OR",
                                ),
                                name="fund_closes_after_it_opens",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("restriction", "restricted"), _negated=True),
                                    models.Q(("surplus", ""), _negated=True),
                                    _connector="OR",
                                ),
                                name="fund_restricted_says_what_happens_to_a_surplus",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("is_treasury", False),
                                    ("is_open_to_gifts", False),
                                    _connector="OR",
                                ),
                                name="fund_treasury_takes_no_gifts",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("closed_on__isnull", True),
                                    ("is_open_to_gifts", False),
                                    _connector="OR",
                                ),
                                name="fund_closed_takes_no_gifts",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("is_treasury", True)),
                                fields=("entity",),
                                name="fund_one_treasury",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Period",
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
                                related_name="periods",
                                to="parties.entity",
                            ),
                        ),
                        ("name", models.CharField(max_length=40)),
                        ("starts_on", models.DateField()),
                        ("ends_on", models.DateField()),
                        ("closed_at", models.DateTimeField(blank=True, null=True)),
                        ("closed_by", models.CharField(blank=True, max_length=60)),
                    ],
                    options={
                        "ordering": ["entity", "starts_on"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("ends_on__gte", models.F("starts_on"))),
                                name="period_ends_after_it_starts",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("closed_at__isnull", True), ("closed_by", "")),
                                    models.Q(
                                        ("closed_at__isnull", False),
                                        models.Q(("closed_by", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="period_closed_by_somebody",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Finality",
                    fields=[
                        (
                            "entry",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                primary_key=True,
                                related_name="+",
                                serialize=False,
                                to="ledger.entry",
                            ),
                        ),
                        ("final_at", models.DateTimeField()),
                        ("place", models.BigIntegerField(blank=True, null=True)),
                    ],
                    options={
                        "verbose_name_plural": "finalities",
                        "indexes": [
                            models.Index(
                                condition=models.Q(("place", None)),
                                fields=["entry"],
                                name="finality_waiting",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Traced",
                    fields=[
                        (
                            "entry",
                            models.OneToOneField(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                primary_key=True,
                                related_name="+",
                                serialize=False,
                                to="ledger.entry",
                            ),
                        ),
                        ("place", models.BigIntegerField(blank=True, null=True)),
                    ],
                    options={
                        "verbose_name_plural": "traced",
                        "indexes": [
                            models.Index(
                                condition=models.Q(("place", None)),
                                fields=["entry"],
                                name="traced_waiting",
                            )
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("place",), name="traced_place_is_one_entry"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Demand",
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
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="ledger.fund",
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("award", "Award"),
                                    ("transfer", "Transfer to another fund"),
                                    ("cost", "Cost of the fund itself"),
                                    ("recover", "In place of pennies that were taken back"),
                                ],
                                max_length=10,
                            ),
                        ),
                        ("cause", models.CharField(max_length=80)),
                        (
                            "entry",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="ledger.entry",
                            ),
                        ),
                        ("amount_minor", models.BigIntegerField()),
                        ("filled_minor", models.BigIntegerField(default=0)),
                        ("waiting_minor", models.BigIntegerField()),
                        ("returned_minor", models.BigIntegerField(default=0)),
                        (
                            "target",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="ledger.fund",
                            ),
                        ),
                        ("instead_of", models.BigIntegerField(blank=True, null=True)),
                    ],
                    options={
                        "ordering": ["id"],
                        "indexes": [
                            models.Index(fields=["cause", "fund"], name="demand_of_cause"),
                            models.Index(
                                condition=models.Q(("waiting_minor__gt", 0)),
                                fields=["fund", "id"],
                                name="demand_waiting",
                            ),
                            models.Index(
                                condition=models.Q(("instead_of__isnull", False)),
                                fields=["fund", "instead_of"],
                                name="demand_instead_of",
                            ),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("kind__in", ["award", "transfer", "cost", "recover"])
                                ),
                                name="demand_kind_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("amount_minor__gt", 0),
                                    ("filled_minor__gte", 0),
                                    ("waiting_minor__gte", 0),
                                    (
                                        "amount_minor__gte",
                                        django.db.models.expressions.CombinedExpression(
                                            models.F("filled_minor"), "+", models.F("waiting_minor")
                                        ),
                                    ),
                                ),
                                name="demand_takes_no_more_than_its_sum",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("returned_minor__gte", 0),
                                    ("returned_minor__lte", models.F("filled_minor")),
                                ),
                                name="demand_returns_what_it_had",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("kind", "transfer"), ("target__isnull", False)),
                                    models.Q(
                                        models.Q(("kind", "transfer"), _negated=True),
                                        ("target", None),
                                    ),
                                    _connector="OR",
                                ),
                                name="demand_transfer_has_a_target",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("instead_of__gte", 0),
                                        ("instead_of__isnull", False),
                                        ("kind", "recover"),
                                    ),
                                    models.Q(
                                        models.Q(("kind", "recover"), _negated=True),
                                        ("instead_of", None),
                                    ),
                                    _connector="OR",
                                ),
                                name="demand_recovers_certain_pennies",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="BalanceDelta",
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
                                db_constraint=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="ledger.fund",
                            ),
                        ),
                        (
                            "account",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="ledger.account",
                            ),
                        ),
                        ("currency", models.CharField(max_length=3)),
                        ("amount_minor", models.BigIntegerField()),
                    ],
                ),
                migrations.CreateModel(
                    name="Balance",
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
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="ledger.fund",
                            ),
                        ),
                        (
                            "account",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="ledger.account",
                            ),
                        ),
                        ("currency", models.CharField(max_length=3)),
                        ("amount_minor", models.BigIntegerField()),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("fund", "account", "currency"),
                                name="balance_once_per_account",
                            )
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
                            "fund",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="ledger.fund",
                            ),
                        ),
                        ("start", models.BigIntegerField()),
                        ("stop", models.BigIntegerField()),
                        ("is_spent", models.BooleanField()),
                        (
                            "entry",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="ledger.entry",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["id"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("start__gte", 0), ("stop__gt", models.F("start"))
                                ),
                                name="gap_has_pennies",
                            ),
                            models.UniqueConstraint(
                                fields=("fund", "start"), name="gap_begins_once"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Hold",
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
                                related_name="holds",
                                to="ledger.fund",
                            ),
                        ),
                        (
                            "cause",
                            models.CharField(
                                help_text="What it is held for: 'motion:<id>'.", max_length=80
                            ),
                        ),
                        ("amount_minor", models.BigIntegerField()),
                        ("placed_at", models.DateTimeField()),
                        ("released_at", models.DateTimeField(blank=True, null=True)),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("amount_minor__gt", 0)), name="hold_moves_money"
                            ),
                            models.UniqueConstraint(
                                fields=("fund", "cause"), name="hold_once_per_cause"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Lot",
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
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="ledger.fund",
                            ),
                        ),
                        ("start", models.BigIntegerField()),
                        (
                            "stop",
                            models.BigIntegerField(help_text="The position after the last penny."),
                        ),
                        ("cause", models.CharField(max_length=80)),
                        (
                            "entry",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="ledger.entry",
                            ),
                        ),
                        (
                            "origin_fund",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="ledger.fund",
                            ),
                        ),
                        ("origin_start", models.BigIntegerField(blank=True, null=True)),
                    ],
                    options={
                        "ordering": ["id"],
                        "indexes": [
                            models.Index(fields=["cause", "fund"], name="lot_of_cause"),
                            models.Index(
                                condition=models.Q(("origin_fund__isnull", False)),
                                fields=["origin_fund", "origin_start"],
                                name="lot_of_origin",
                            ),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("start__gte", 0), ("stop__gt", models.F("start"))
                                ),
                                name="lot_has_pennies",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("origin_fund", None), ("origin_start", None)),
                                    models.Q(
                                        ("origin_fund__isnull", False),
                                        ("origin_start__gte", 0),
                                        ("origin_start__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="lot_origin_is_whole",
                            ),
                            models.UniqueConstraint(
                                fields=("fund", "start"), name="lot_begins_once"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Opening",
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
                                    ("proposed", "Proposed"),
                                    ("booked", "Booked"),
                                    ("declined", "Declined"),
                                ],
                                default="proposed",
                                max_length=10,
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
                        (
                            "fund",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="openings",
                                to="ledger.fund",
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
                        ("as_of", models.DateField()),
                    ],
                    options={
                        "abstract": False,
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("amount_minor__gt", 0)),
                                name="opening_moves_money",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("decided_by__isnull", True),
                                    models.Q(
                                        ("decided_by", models.F("proposed_by")), _negated=True
                                    ),
                                    _connector="OR",
                                ),
                                name="opening_is_decided_by_another_person",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("decided_at__isnull", True),
                                        ("decided_by__isnull", True),
                                        ("state", "proposed"),
                                    ),
                                    models.Q(
                                        ("decided_at__isnull", False),
                                        ("decided_by__isnull", False),
                                        ("state__in", ["booked", "declined"]),
                                    ),
                                    _connector="OR",
                                ),
                                name="opening_state_fits_its_decision",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("reason", ""), _negated=True),
                                name="opening_has_a_reason",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Posting",
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
                            "entry",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="postings",
                                to="ledger.entry",
                            ),
                        ),
                        (
                            "account",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="ledger.account",
                            ),
                        ),
                        (
                            "fund",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="ledger.fund",
                            ),
                        ),
                        ("currency", models.CharField(max_length=3)),
                        (
                            "amount_minor",
                            models.BigIntegerField(help_text="Debit positive, credit negative."),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                fields=["fund", "account", "entry"], name="posting_of_fund"
                            )
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("amount_minor", 0), _negated=True),
                                name="posting_moves_money",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("currency__regex", "^[A-Z]{3}$")),
                                name="posting_currency_is_iso",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Transfer",
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
                                    ("proposed", "Proposed"),
                                    ("booked", "Booked"),
                                    ("declined", "Declined"),
                                ],
                                default="proposed",
                                max_length=10,
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
                        (
                            "source",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="ledger.fund",
                            ),
                        ),
                        (
                            "target",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="ledger.fund",
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
                        (
                            "ground",
                            models.CharField(
                                blank=True,
                                help_text="The lawful ground, required when money leaves a restricted fund.",
                                max_length=400,
                            ),
                        ),
                    ],
                    options={
                        "abstract": False,
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("amount_minor__gt", 0)),
                                name="transfer_moves_money",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("decided_by__isnull", True),
                                    models.Q(
                                        ("decided_by", models.F("proposed_by")), _negated=True
                                    ),
                                    _connector="OR",
                                ),
                                name="transfer_is_decided_by_another_person",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("decided_at__isnull", True),
                                        ("decided_by__isnull", True),
                                        ("state", "proposed"),
                                    ),
                                    models.Q(
                                        ("decided_at__isnull", False),
                                        ("decided_by__isnull", False),
                                        ("state__in", ["booked", "declined"]),
                                    ),
                                    _connector="OR",
                                ),
                                name="transfer_state_fits_its_decision",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("reason", ""), _negated=True),
                                name="transfer_has_a_reason",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("source", models.F("target")), _negated=True),
                                name="transfer_goes_to_another_fund",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Segment",
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
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="ledger.fund",
                            ),
                        ),
                        ("start", models.BigIntegerField()),
                        ("stop", models.BigIntegerField()),
                        (
                            "demand",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="segments",
                                to="ledger.demand",
                            ),
                        ),
                        ("offset", models.BigIntegerField()),
                        (
                            "entry",
                            models.ForeignKey(
                                db_index=False,
                                help_text="What let the demand have them: its own, or one that brought money.",
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="ledger.entry",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["id"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("start__gte", 0), ("stop__gt", models.F("start"))
                                ),
                                name="segment_has_pennies",
                            ),
                            models.UniqueConstraint(
                                fields=("fund", "start"), name="segment_begins_once"
                            ),
                            models.UniqueConstraint(
                                fields=("demand", "offset"), name="segment_of_demand"
                            ),
                        ],
                    },
                ),
            ],
        ),
    ]
