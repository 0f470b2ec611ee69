"""The cast, signed in, and the things that pages show, each made when first asked for."""

from collections.abc import Callable
from typing import Any, Final

from django.test import Client

from funding.ledger.models import Fund
from funding.parties.models import Entity
from funding.users.models import Role, User
from tests import make
from tests.people import enrol, make_person, sign_in

STAFF: Final[dict[str, tuple[Role, ...]]] = {
    "carol": (Role.COMMITTEE,),
    "dan": (Role.CHAIR,),
    "pat": (Role.OFFICER,),
    "tara": (Role.TREASURER,),
    "ada": (Role.ADMINISTRATOR,),
}
# Alice gives, Bob acts for a zoo, Asel applies; Eve has an account and nothing else.
PEOPLE: Final = ("alice", "bob", "asel", *STAFF, "eve")


class World:
    """Everybody, and whatever the rows of the table have asked for so far.

    A module of rows makes its own things with functions of the world, and shows them by
    `world.of(award)`: made on the first call, the same one ever after. Things that belong
    together ask for each other.
    """

    def __init__(self) -> None:
        self._people: dict[str, User] = {}
        self._things: dict[Callable[[World], Any], Any] = {}
        self._clients: dict[str, Client] = {}

    def __getitem__(self, name: str) -> User:
        """A person of the cast, who has a second factor if they hold a role."""
        if name not in self._people:
            roles = STAFF.get(name, ())
            person = make_person(f"{name}@cast.example", f"{name.title()} Example", *roles)
            if roles:
                enrol(person)
            self._people[name] = person
        return self._people[name]

    def of[T](self, thing: Callable[["World"], T]) -> T:
        """The thing that this function makes."""
        if thing not in self._things:
            self._things[thing] = thing(self)
        made: T = self._things[thing]
        return made

    def client(self, session: str) -> Client:
        """A browser in the name of 'visitor', 'tara' or 'tara without factor'."""
        if session not in self._clients:
            client = Client(raise_request_exception=False)
            name, _, without = session.partition(" ")
            if name != "visitor":
                sign_in(client, self[name], factor=name in STAFF and not without)
            self._clients[session] = client
        return self._clients[session]


def entity(world: World) -> Entity:
    """Who receives."""
    del world
    return make.entity()


def general(world: World) -> Fund:
    """An unrestricted fund that takes gifts."""
    return make.fund(world.of(entity), slug="general")
