"""django-hordak, asked for transfers and balances."""

import os
from urllib.parse import parse_qs, urlsplit

import django
from django.conf import settings

from tests.benchmarks.answering import answer, timed


def database(url: str) -> dict[str, object]:
    """Django's settings for a database, as plain as they come, with a lasting connection."""
    parts = urlsplit(url)
    query = parse_qs(parts.query)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.lstrip("/"),
        "USER": parts.username or "",
        "PASSWORD": parts.password or "",
        "HOST": query.get("host", [parts.hostname or ""])[0],
        "PORT": str(parts.port or query.get("port", [""])[0]),
        "CONN_MAX_AGE": None,
    }


def prepare() -> None:
    """The tables, and two accounts with the money's way between them."""
    from django.core.management import call_command
    from hordak.models import Account

    call_command("migrate", verbosity=0)
    Account.objects.create(name="Bank", code="1", type="AS", currencies=["EUR"])
    Account.objects.create(name="Gifts", code="2", type="IN", currencies=["EUR"])


def post(seconds: float) -> dict[str, float]:
    """Transfer between the two accounts for so long, each committed."""
    from hordak.models import Account
    from moneyed import Money

    gifts, bank = Account.objects.get(code="2"), Account.objects.get(code="1")
    amount = Money("25.00", "EUR")
    return timed(seconds, lambda: gifts.transfer_to(bank, amount))


def balance(seconds: float) -> dict[str, float]:
    """Read the balance of the bank account for so long."""
    from hordak.models import Account

    bank = Account.objects.get(code="1")
    return timed(seconds, bank.get_balance)


def backend() -> int:
    """The number of the server's process that serves this one."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        pid: int = cursor.fetchone()[0]
    return pid


if __name__ == "__main__":
    settings.configure(
        INSTALLED_APPS=[
            "django.contrib.contenttypes",
            "django.contrib.auth",
            "mptt",
            "djmoney",
            "hordak",
        ],
        DATABASES={"default": database(os.environ["DATABASE_URL"])},
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        CURRENCIES=["EUR"],
        HORDAK_CURRENCIES=["EUR"],
        DEFAULT_CURRENCY="EUR",
        USE_TZ=True,
        SECRET_KEY="only for measuring",
    )
    django.setup()
    answer({"prepare": prepare, "backend": backend, "post": post, "balance": balance})
