"""`manage.py first_administrator EMAIL`: the first person of an empty installation."""

from argparse import ArgumentParser

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email
from django.db import transaction

from funding import clock
from funding.users import guests, roles
from funding.users.models import Role, User


class Command(BaseCommand):
    """Makes one person administrator, who then names everybody else from the pages."""

    help = "Makes the person with this address administrator, if there is none yet."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The address, and whether it is known that there is an administrator already."""
        parser.add_argument("email")
        parser.add_argument("--name", default="", help="Shown to others; can be set later.")
        parser.add_argument(
            "--again", action="store_true", help="Although there is an administrator."
        )

    @transaction.atomic
    def handle(self, *, email: str, name: str, again: bool, **_options: object) -> None:
        """Make the person and the term. Harmless when repeated for the same person."""
        address = email.strip().lower()
        try:
            validate_email(address)
        except ValidationError as error:
            raise CommandError(f"{email} is not an e-mail address.") from error
        there = roles.holders(Role.ADMINISTRATOR)
        if there.filter(email=address).exists():
            self.stdout.write(f"{address} is administrator already.")
            return
        if there.exists() and not again:
            raise CommandError(
                "There is an administrator. They give roles at /people/; --again if nobody can."
            )
        user = guests.ensure(address, name)
        if not user.is_active:
            User.objects.filter(pk=user.pk).update(is_active=True)
        roles.grant(
            user_id=user.pk,
            role=Role.ADMINISTRATOR,
            starts_on=clock.today("UTC"),
            ends_on=None,
            actor="command",
        )
        self.stdout.write(f"{address} is administrator. Sign in with a mailed code.")
