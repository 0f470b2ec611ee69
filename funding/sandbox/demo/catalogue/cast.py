"""The people: who they are for the fund, since when, and where in the world they sit."""

from dataclasses import dataclass
from typing import Final

from funding.users.models import Role


@dataclass(frozen=True, slots=True)
class Office:
    """A role from so many days before today, to so many days after it or with no end."""

    role: Role
    from_days_ago: int = 330
    until_days_ahead: int | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who can sign in. `part` is what the list of people says that they do."""

    key: str
    name: str
    email: str
    group: str
    part: str
    offices: tuple[Office, ...] = ()
    body: str = ""
    # People who are no longer in office stand in the books, and not in the list.
    is_listed: bool = True


STAFF: Final = "Who runs the fund"
COMMITTEE: Final = "Who decides"
APPLICANTS: Final = "Who applies"
GIVERS: Final = "Who gives, and who has no part in it"

_MEMBER: Final = Office(Role.COMMITTEE, 330, 400)


def _at(first: str, house: str) -> str:
    return f"{first}@{house}.example"


def _staff(first: str, name: str, part: str, *roles: Role) -> Person:
    offices = tuple(Office(role) for role in roles)
    return Person(first, name, _at(first, "manulfund"), STAFF, part, offices)


def _member(first: str, name: str, place: str, *more: Office) -> Person:
    part = f"Committee member, {place}"
    return Person(first, name, _at(first, "committee"), COMMITTEE, part, (_MEMBER, *more))


def _applicant(first: str, name: str, house: str, part: str, *, is_listed: bool = True) -> Person:
    return Person(first, name, _at(first, house), APPLICANTS, part, (), house, is_listed)


CAST: Final = (
    _staff("pat", "Pat Ferreira-Holm", "Programme officer", Role.OFFICER),
    _staff("tara", "Tara Lindqvist-Oyelaran", "Treasurer", Role.TREASURER),
    _staff(
        "ivo",
        "Ivo Marchetti-Lund",
        "Second treasurer and second administrator",
        Role.TREASURER,
        Role.ADMINISTRATOR,
    ),
    _staff("ada", "Ada Okonkwo-Berg", "Administrator", Role.ADMINISTRATOR),
    Person(
        "dan",
        "Dan Whitlock-Aasen",
        _at("dan", "committee"),
        COMMITTEE,
        "Chair of the committee, Oslo",
        (_MEMBER, Office(Role.CHAIR, 330, 400)),
    ),
    Person(
        "aiko",
        "Aiko Hanamori",
        _at("aiko", "committee"),
        COMMITTEE,
        "Deputy chair, Tokyo",
        (_MEMBER, Office(Role.CHAIR, 330, 400)),
    ),
    _member("carol", "Carol Umutesi-Hart", "London"),
    _member("rafael", "Rafael Quintero-Bly", "Denver"),
    _member("pema", "Pema Lhadon", "Thimphu"),
    _member("nadia", "Nadia Belkacem-Roux", "Paris"),
    _member("tevita", "Tevita Fonoti", "Auckland"),
    Person(
        "halvard",
        "Halvard Nystuen",
        _at("halvard", "committee"),
        COMMITTEE,
        "Was a member until last year's end",
        (Office(Role.COMMITTEE, 700, -320),),
        is_listed=False,
    ),
    _applicant("asel", "Asel Toktogulova", "ala-too-cats", "Applicant, award paid in part"),
    _applicant("baatar", "Baatar Munkh-Ochir", "dornod-dogs", "Applicant, payment checked"),
    _applicant(
        "shirin",
        "Shirin Danesh-Rad",
        "alborz-cameras",
        "Applicant, payment waits for a look into lists",
    ),
    _applicant(
        "sunita",
        "Sunita Thapa-Rai",
        "side-valleys",
        "Applicant, under vote; a draft with others, and a question of the office",
    ),
    _applicant(
        "rinchen",
        "Rinchen Angmo-Tsering",
        "travel-circle",
        "Applicant, award cancelled; applies with Sunita",
    ),
    _applicant("oyunaa", "Oyunaa Ganzorig", "steppe-cats", "Applicant, asked to complete one"),
    _applicant("yerlan", "Yerlan Sadvakas", "saryarka", "Applicant", is_listed=False),
    _applicant("dilshod", "Dilshod Rahmat-Zoda", "qizilqum", "Applicant", is_listed=False),
    _applicant("stanzin", "Stanzin Namgyal-Dolma", "changthang", "Applicant", is_listed=False),
    _applicant("wenxiu", "Li Wenxiu 李文秀", "pasture-dialogue", "Applicant", is_listed=False),
    _applicant("farida", "Farida Baig-Hunzai", "north-valleys", "Applicant", is_listed=False),
    _applicant("karma", "Karma Wangdi-Dorji", "highland-office", "Applicant", is_listed=False),
    _applicant("anahit", "Anahit Melik-Sargsyan", "rocky-hills", "Applicant", is_listed=False),
    _applicant("merdan", "Merdan Oraz-Guly", "desert-mountains", "Applicant", is_listed=False),
    _applicant("klara", "Klára Vondráčková", "small-cat-words", "Applicant", is_listed=False),
    Person("alice", "Alice Marlowe-Quist", _at("alice", "donor"), GIVERS, "Gives now and then"),
    Person(
        "bob",
        "Bob Virtanen-Salo",
        _at("bob", "kuusiranta"),
        GIVERS,
        "Owns the desk of Kuusiranta Zoo",
    ),
    Person("eve", "Eve Nobody", _at("eve", "elsewhere"), GIVERS, "May do nothing here"),
)


@dataclass(frozen=True, slots=True)
class Body:
    """An organisation that applies or gives."""

    key: str
    name: str
    country: str


BODIES: Final = (
    Body("ala-too-cats", "Ala-Too Highland Cats", "KG"),
    Body("dornod-dogs", "Herders and Dogs of Dornod", "MN"),
    Body("alborz-cameras", "Alborz Highland Camera Group", "IR"),
    Body("side-valleys", "Side Valleys Trust", "NP"),
    Body("travel-circle", "Ladakh Responsible Travel Circle", "IN"),
    Body("steppe-cats", "Steppe Cat Research Group", "MN"),
    Body("saryarka", "Saryarka Field Society", "KZ"),
    Body("qizilqum", "Qizilqum Wildlife Survey", "UZ"),
    Body("changthang", "Changthang Small Carnivore Project", "IN"),
    Body("pasture-dialogue", "Qinghai Pasture Dialogue", "CN"),
    Body("north-valleys", "Northern Valleys Wildlife Network", "PK"),
    Body("highland-office", "Highland Carnivore Office", "BT"),
    Body("rocky-hills", "Vayots Rocky Hills Group", "AM"),
    Body("desert-mountains", "Kopet Desert Mountains Team", "TM"),
    Body("small-cat-words", "Small Cat Words", "CZ"),
)
