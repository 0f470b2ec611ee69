"""An origin has its place, and a demand in place of pennies names them.

A comparison with nothing is neither true nor false, and a check that is not false passes.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0015_tracing_rules"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="demand",
            name="demand_recovers_certain_pennies",
        ),
        migrations.RemoveConstraint(
            model_name="lot",
            name="lot_origin_is_whole",
        ),
        migrations.AddConstraint(
            model_name="demand",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("instead_of__gte", 0), ("instead_of__isnull", False), ("kind", "recover")
                    ),
                    models.Q(models.Q(("kind", "recover"), _negated=True), ("instead_of", None)),
                    _connector="OR",
                ),
                name="demand_recovers_certain_pennies",
            ),
        ),
        migrations.AddConstraint(
            model_name="lot",
            constraint=models.CheckConstraint(
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
        ),
    ]
