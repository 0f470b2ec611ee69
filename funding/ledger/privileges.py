"""What the application's database role may do, granted after each migration.

The owner migrates; the application reads and writes rows, and of the journal it may only
read and insert. Nothing happens where the role does not exist.
"""

from django.apps import AppConfig
from django.conf import settings
from django.db import connections
from django.db.models.signals import post_migrate

# Written once: the triggers refuse a change by anybody, the missing privilege refuses it to
# the application a second time, TRUNCATE included.
APPEND_ONLY = (
    "ledger_entry",
    "ledger_posting",
    "ledger_lot",
    "ledger_segment",
    "ledger_gap",
    "audit_record",
)


def connect() -> None:
    """Grant after every migration."""
    post_migrate.connect(_grant, dispatch_uid="funding.ledger.privileges")


def _grant(sender: AppConfig, using: str, **_: object) -> None:
    if sender.label != "ledger":
        # Once per migrate is enough; by then every table of every app is there.
        return
    role = settings.APP_ROLE
    with connections[using].cursor() as cursor:
        cursor.execute(
            "SELECT current_user = %s OR NOT EXISTS (SELECT FROM pg_roles WHERE rolname = %s)",
            [role, role],
        )
        if cursor.fetchone()[0]:
            return
        quoted = connections[using].ops.quote_name(role)
        # Migrated back to an older release, some of them are not there.
        there = set(connections[using].introspection.table_names(cursor))
        kept = ", ".join(table for table in APPEND_ONLY if table in there)
        cursor.execute(
            f"GRANT USAGE ON SCHEMA public TO {quoted};"
            f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {quoted};"
            f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {quoted};"
            f"REVOKE UPDATE, DELETE, TRUNCATE ON {kept} FROM {quoted};"
        )
