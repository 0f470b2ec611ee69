"""A name is shown with a gift because its giver asked for that, and no more unless they said no.

Nobody has a row here to begin with, so nobody is shown: neither who kept the name out of lists
by the tick that was there before, nor who left it. The column of that tick stays in the database
for the code that runs beside this one; a later release takes it away.
"""

import django.db.models.deletion
from django.db import migrations, models

_STAYS = "ALTER TABLE {0} ALTER COLUMN is_anonymous SET DEFAULT false"
_AS_BEFORE = "ALTER TABLE {0} ALTER COLUMN is_anonymous DROP DEFAULT"


def _left(table: str) -> migrations.RunSQL:
    return migrations.RunSQL(_STAYS.format(table), _AS_BEFORE.format(table))


class Migration(migrations.Migration):
    dependencies = [
        ("donors", "0040_empty_statements"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[_left("donors_gift"), _left("donors_pledge")],
            state_operations=[
                migrations.RemoveField("gift", "is_anonymous"),
                migrations.RemoveField("pledge", "is_anonymous"),
            ],
        ),
        migrations.CreateModel(
            name="PublicName",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("is_shown", models.BooleanField(default=False)),
                ("name", models.CharField(blank=True, max_length=60)),
                ("with_sum", models.BooleanField(default=False)),
                ("barred_at", models.DateTimeField(blank=True, null=True)),
                ("barred_by", models.CharField(blank=True, max_length=60)),
                ("barred_why", models.CharField(blank=True, max_length=200)),
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
            ],
        ),
        migrations.CreateModel(
            name="PublicNameChange",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
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
                    models.CharField(help_text="'donor:12', or as in the log.", max_length=60),
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
                (
                    "public_name",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="changes",
                        to="donors.publicname",
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.AddConstraint(
            model_name="publicname",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("gift__isnull", False), ("pledge__isnull", True)),
                    models.Q(("gift__isnull", True), ("pledge__isnull", False)),
                    _connector="OR",
                ),
                name="publicname_is_of_one_thing",
            ),
        ),
        migrations.AddConstraint(
            model_name="publicname",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("is_shown", True), models.Q(("name", ""), _negated=True)),
                    models.Q(("is_shown", False), ("name", ""), ("with_sum", False)),
                    _connector="OR",
                ),
                name="publicname_stands_only_while_shown",
            ),
        ),
        migrations.AddConstraint(
            model_name="publicname",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("barred_at__isnull", True), ("barred_by", ""), ("barred_why", "")),
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
        ),
        migrations.AddConstraint(
            model_name="publicname",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        (
                            "name__regex",
                            "[\\u0001-\\u001F\\u007F-\\u009F\\u061C\\u200B\\u200E\\u200F\\u2028-\\u202E\\u2060-\\u2069\\uFEFF]",
                        ),
                        _negated=True,
                    ),
                    models.Q(
                        ("name__iregex", "(://|www\\.|@|[A-Za-z0-9-]{2,}\\.[A-Za-z]{2,})"),
                        _negated=True,
                    ),
                    models.Q(("name__regex", "(^\\s|\\s$)"), _negated=True),
                ),
                name="publicname_is_a_name_on_one_line",
            ),
        ),
        migrations.AddConstraint(
            model_name="publicnamechange",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("step", "barred"), _negated=True),
                    models.Q(("why", ""), _negated=True),
                    _connector="OR",
                ),
                name="publicnamechange_barred_says_why",
            ),
        ),
    ]
