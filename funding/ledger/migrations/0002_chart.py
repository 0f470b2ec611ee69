"""The lines of the chart that every entity shares; places of money are opened later."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

CHART = [
    # kind, name, counts in what a fund has to spend
    ("in_transit", "In transit", True),
    ("gift_aid_due", "Gift Aid due", True),
    ("suspense", "Money not yet understood", True),
    ("refund_due", "Refunds due", True),
    ("payable", "Payable to grantees", True),
    ("gift_aid_owed", "Gift Aid owed back", True),
    ("held", "Held for motions", True),
    ("committed", "Committed to awards", True),
    ("held_contra", "Held, contra", False),
    ("committed_contra", "Committed, contra", False),
    ("fx", "Exchange", False),
    ("transfers", "Transfers between funds", False),
    ("brought_forward", "Brought forward", False),
    ("gifts", "Gifts", False),
    ("fee_cover", "Fees covered by donors", False),
    ("gift_aid", "Gift Aid", False),
    ("other_income", "Other income", False),
    ("refunds", "Refunds", False),
    ("disputes", "Disputes", False),
    ("grants", "Grants", False),
    ("payment_fees", "Payment fees", False),
    ("dispute_fees", "Dispute fees", False),
    ("bank_fees", "Bank fees", False),
]


def lay_out(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    account = apps.get_model("ledger", "Account")
    account.objects.using(schema_editor.connection.alias).bulk_create(
        account(code=kind, kind=kind, name=name, is_spendable=is_spendable)
        for kind, name, is_spendable in CHART
    )


def clear(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    account = apps.get_model("ledger", "Account")
    account.objects.using(schema_editor.connection.alias).filter(entity=None).delete()


class Migration(migrations.Migration):
    replaces = [("ledger", "0003_chart")]
    dependencies = [("ledger", "0001_tables")]

    operations = [
        migrations.RunPython(lay_out, clear),
    ]
