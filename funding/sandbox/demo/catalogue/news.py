"""What the office tells of the projects: invented, and said to be so on every page."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Story:
    """One item, published so many days before the end, about a project by its number."""

    days_ago: float
    ref: str
    credit: str
    # In each language: title, text, and what the picture shows.
    words: dict[str, tuple[str, str, str]]


STORIES: Final = (
    Story(
        182.4,
        "P02",
        "Drawn for the fund, an illustration",
        {
            "en": (
                "Two rounds of the clinic are done",
                (
                    "The mobile clinic has been to the first two valleys. 212 dogs were vaccinated "
                    "and 41 neutered, and every family has a card for each of its dogs.\n\n"
                    "The vets met more dogs that belong to nobody than the families had counted. "
                    "The third round begins when the roads are open."
                ),
                "A drawing: hills of the steppe under a pale sky, with stones in front",
            ),
            "sv": (
                "Två rundor av kliniken är klara",
                (
                    "Den mobila kliniken har varit i de två första dalarna. 212 hundar har "
                    "vaccinerats och 41 kastrerats, och varje familj har ett kort för var och en "
                    "av sina hundar.\n\n"
                    "Veterinärerna mötte fler herrelösa hundar än familjerna hade räknat. Den "
                    "tredje rundan börjar när vägarna är öppna."
                ),
                "En teckning: stäppens kullar under blek himmel, med stenar framför",
            ),
        },
    ),
    Story(
        31.2,
        "P02",
        "Drawn for the fund, an illustration",
        {
            "en": (
                "Fewer free dogs on half of the transects",
                (
                    "Twenty transects were walked again. On ten of them fewer dogs run free than a "
                    "year ago, on seven as many, on three more. The families blame a new camp of "
                    "road workers, and the clinic will go there first."
                ),
                "A drawing: the same hills in snow, at dusk",
            ),
            "sv": (
                "Färre lösa hundar på hälften av sträckorna",
                (
                    "Tjugo sträckor har gåtts igen. På tio av dem går färre hundar lösa än för "
                    "ett år sedan, på sju lika många, på tre fler. Familjerna skyller på ett nytt "
                    "läger med vägarbetare, och kliniken åker dit först."
                ),
                "En teckning: samma kullar i snö, i skymningen",
            ),
        },
    ),
)
