"""A refund over the limit waits for a second person."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("donors", "0001_initial"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="refund",
            name="refund_state_is_known",
        ),
        migrations.AddField(
            model_name="refund",
            name="decided_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="refund",
            name="decided_by",
            field=models.CharField(blank=True, max_length=60),
        ),
        migrations.AddField(
            model_name="refund",
            name="needs_second",
            field=models.BooleanField(default=False),
        ),
        migrations.AlterField(
            model_name="refund",
            name="state",
            field=models.CharField(
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
        migrations.AddConstraint(
            model_name="refund",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "state__in",
                        ["proposed", "requested", "pending", "succeeded", "failed", "declined"],
                    )
                ),
                name="refund_state_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="refund",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("decided_by", ""),
                    models.Q(("decided_by", models.F("requested_by")), _negated=True),
                    _connector="OR",
                ),
                name="refund_is_decided_by_another_person",
            ),
        ),
        migrations.AddConstraint(
            model_name="refund",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("needs_second", False),
                        models.Q(("state__in", ["proposed", "declined"]), _negated=True),
                    ),
                    models.Q(("decided_by", ""), ("needs_second", True), ("state", "proposed")),
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
        ),
    ]
