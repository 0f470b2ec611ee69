import django.db.models.deletion
import django.db.models.expressions
from django.conf import settings
from django.db import migrations, models

import funding.tables


class Migration(migrations.Migration):
    replaces = [
        ("gateway", "0001_initial"),
        ("gateway", "0002_stuck_work"),
        ("gateway", "0003_movements"),
    ]

    initial = True

    dependencies = [
        ("ledger", "0001_tables"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        funding.tables.CreateModels(
            models=[
                migrations.CreateModel(
                    name="Cursor",
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
                        ("name", models.CharField(max_length=40, unique=True)),
                        ("reached_at", models.DateTimeField()),
                        (
                            "walked_at",
                            models.DateTimeField(
                                blank=True, help_text="Last came to its end.", null=True
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="Event",
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
                        ("stripe_id", models.CharField(max_length=255, unique=True)),
                        ("kind", models.CharField(max_length=120)),
                        ("object_id", models.CharField(max_length=255)),
                        ("api_version", models.CharField(blank=True, max_length=60)),
                        ("is_foreign_version", models.BooleanField(default=False)),
                        ("payload", models.JSONField()),
                        ("received_at", models.DateTimeField()),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("waiting", "Waiting to be handled"),
                                    ("done", "Handled"),
                                    ("not_ours", "Not ours"),
                                    ("given_up", "Attempts used up"),
                                    ("let_go", "Let go"),
                                ],
                                default="waiting",
                                max_length=10,
                            ),
                        ),
                        ("due_at", models.DateTimeField()),
                        ("attempts", models.PositiveSmallIntegerField(default=0)),
                        ("handled_at", models.DateTimeField(blank=True, null=True)),
                        ("error", models.TextField(blank=True)),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("state", "waiting")),
                                fields=["due_at"],
                                name="event_waiting",
                            ),
                            models.Index(
                                condition=models.Q(("state", "given_up")),
                                fields=["received_at"],
                                name="event_given_up",
                            ),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "state__in",
                                        ["waiting", "done", "not_ours", "given_up", "let_go"],
                                    )
                                ),
                                name="event_state_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("handled_at__isnull", True), ("state", "waiting")),
                                    models.Q(
                                        models.Q(("state", "waiting"), _negated=True),
                                        ("handled_at__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="event_handled_has_its_instant",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Payout",
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
                        ("stripe_id", models.CharField(max_length=255, unique=True)),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("pending", "Being sent"),
                                    ("in_transit", "On its way"),
                                    ("paid", "Arrived"),
                                    ("failed", "Failed"),
                                    ("canceled", "Called back"),
                                ],
                                max_length=10,
                            ),
                        ),
                        ("currency", models.CharField(max_length=3)),
                        ("amount_minor", models.BigIntegerField()),
                        ("is_automatic", models.BooleanField()),
                        ("created_at", models.DateTimeField()),
                        ("arrival_on", models.DateField()),
                        (
                            "failure",
                            models.CharField(
                                blank=True, help_text="Stripe's words for it.", max_length=400
                            ),
                        ),
                        (
                            "is_reconciled",
                            models.BooleanField(
                                default=False, help_text="Stripe knows all its movements."
                            ),
                        ),
                        (
                            "listed_at",
                            models.DateTimeField(
                                blank=True,
                                help_text="When its movements were listed after that.",
                                null=True,
                            ),
                        ),
                        ("arrived_at", models.DateTimeField(blank=True, null=True)),
                        ("returned_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "told_at",
                            models.DateTimeField(help_text="When Stripe was last asked about it."),
                        ),
                    ],
                    options={
                        "ordering": ["-created_at", "-pk"],
                        "indexes": [
                            models.Index(fields=["-created_at", "-id"], name="payout_newest")
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("currency__regex", "^[A-Z]{3}$")),
                                name="payout_currency_is_iso",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "status__in",
                                        ["pending", "in_transit", "paid", "failed", "canceled"],
                                    )
                                ),
                                name="payout_status_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("returned_at__isnull", True),
                                    ("arrived_at__isnull", False),
                                    _connector="OR",
                                ),
                                name="payout_returns_only_after_it_arrived",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Movement",
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
                        ("stripe_id", models.CharField(max_length=255, unique=True)),
                        ("kind", models.CharField(help_text="Stripe's 'type'.", max_length=60)),
                        (
                            "category",
                            models.CharField(
                                help_text="Stripe's 'reporting_category'.", max_length=60
                            ),
                        ),
                        (
                            "source",
                            models.CharField(
                                blank=True, help_text="The object behind it.", max_length=255
                            ),
                        ),
                        ("balance_type", models.CharField(default="payments", max_length=40)),
                        ("currency", models.CharField(max_length=3)),
                        ("amount_minor", models.BigIntegerField()),
                        ("fee_minor", models.BigIntegerField()),
                        ("net_minor", models.BigIntegerField()),
                        ("created_at", models.DateTimeField()),
                        ("available_on", models.DateTimeField(blank=True, null=True)),
                        (
                            "payout",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="movements",
                                to="gateway.payout",
                            ),
                        ),
                        ("stored_at", models.DateTimeField()),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("waiting", "Waiting to be booked"),
                                    ("booked", "Booked"),
                                    ("suspense", "Not understood yet"),
                                    ("stuck", "Attempts used up"),
                                    ("apart", "In another balance of Stripe"),
                                ],
                                default="waiting",
                                max_length=10,
                            ),
                        ),
                        ("entry_key", models.CharField(blank=True, max_length=120)),
                        ("due_at", models.DateTimeField()),
                        ("attempts", models.PositiveSmallIntegerField(default=0)),
                        ("error", models.TextField(blank=True)),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("state", "waiting")),
                                fields=["due_at"],
                                name="movement_waiting",
                            ),
                            models.Index(
                                condition=models.Q(("state__in", ["stuck", "suspense"])),
                                fields=["created_at"],
                                name="movement_wants_a_person",
                            ),
                            models.Index(fields=["-created_at", "-id"], name="movement_newest"),
                            models.Index(fields=["source"], name="movement_of_source"),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("currency__regex", "^[A-Z]{3}$")),
                                name="movement_currency_is_iso",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "net_minor",
                                        django.db.models.expressions.CombinedExpression(
                                            models.F("amount_minor"), "-", models.F("fee_minor")
                                        ),
                                    )
                                ),
                                name="movement_net_is_amount_less_fee",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "state__in",
                                        ["waiting", "booked", "suspense", "stuck", "apart"],
                                    )
                                ),
                                name="movement_state_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("state", "suspense"), _negated=True),
                                    models.Q(("entry_key", ""), _negated=True),
                                    _connector="OR",
                                ),
                                name="movement_in_suspense_has_its_entry",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Resolution",
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
                            "movement",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="resolutions",
                                to="gateway.movement",
                            ),
                        ),
                        (
                            "meaning",
                            models.CharField(
                                choices=[
                                    ("income", "Other income of a fund"),
                                    ("fee", "A fee, borne by a fund"),
                                ],
                                max_length=10,
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
                        ("reason", models.CharField(max_length=400)),
                        ("needs_second", models.BooleanField()),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("proposed", "Waits for a second person"),
                                    ("booked", "Booked"),
                                    ("declined", "Declined"),
                                ],
                                max_length=10,
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
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("reason", ""), _negated=True),
                                name="resolution_has_a_reason",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("meaning__in", ["income", "fee"])),
                                name="resolution_meaning_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("decided_at__isnull", True), ("state", "proposed")),
                                    models.Q(
                                        ("decided_at__isnull", False),
                                        ("state__in", ["booked", "declined"]),
                                    ),
                                    _connector="OR",
                                ),
                                name="resolution_state_fits_its_decision",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("needs_second", False),
                                    ("state", "proposed"),
                                    models.Q(
                                        ("decided_by__isnull", False),
                                        models.Q(
                                            ("decided_by", models.F("proposed_by")), _negated=True
                                        ),
                                    ),
                                    _connector="OR",
                                ),
                                name="resolution_over_the_limit_takes_two",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("state", "declined"), _negated=True),
                                fields=("movement",),
                                name="resolution_once_per_movement",
                            ),
                        ],
                    },
                ),
            ],
        ),
    ]
