"""Gifts that become final and leave nothing to book, such as those without a fee."""

import django.db.models.deletion
from django.db import migrations, models

ONCE = """
CREATE FUNCTION ledger_final_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what was said of entry % stays', OLD.entry_id
    USING ERRCODE = 'check_violation', CONSTRAINT = 'final_keeps_its_word',
          TABLE = 'ledger_finality';
END $$;

CREATE TRIGGER final_keeps_its_word
    BEFORE UPDATE ON ledger_finality FOR EACH ROW
    WHEN (OLD.entry_id IS DISTINCT FROM NEW.entry_id OR OLD.final_at IS DISTINCT FROM NEW.final_at
          OR OLD.place IS NOT NULL)
    EXECUTE FUNCTION ledger_final_stays();
CREATE TRIGGER final_is_never_forgotten
    BEFORE DELETE OR TRUNCATE ON ledger_finality
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_written_once();
"""

NOT_ONCE = """
DROP TRIGGER final_is_never_forgotten ON ledger_finality;
DROP TRIGGER final_keeps_its_word ON ledger_finality;
DROP FUNCTION ledger_final_stays();
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0016_tracing_is_whole")]

    operations = [
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
        migrations.RunSQL(ONCE, NOT_ONCE),
    ]
