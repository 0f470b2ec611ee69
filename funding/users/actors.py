"""Who did it, in words: journals and logs name people by their number only."""

from collections.abc import Iterable

from django.utils.translation import gettext as _

from funding.users.models import User


def names(actors: Iterable[str]) -> dict[str, str]:
    """A name for each actor such as 'user:7', 'donor:12', 'stripe', in one query."""
    wanted = set(actors)
    ids = {int(actor[5:]) for actor in wanted if actor.startswith("user:")}
    people = {f"user:{pk}": str(user) for pk, user in User.objects.in_bulk(ids).items()}
    return {actor: people.get(actor) or _spoken(actor) for actor in wanted}


def _spoken(actor: str) -> str:
    kind = actor.partition(":")[0]
    known = {
        "donor": _("The donor"),
        "stripe": _("Stripe"),
        "system": _("A worker"),
        "command": _("At the command line"),
    }
    return known.get(kind, actor)
