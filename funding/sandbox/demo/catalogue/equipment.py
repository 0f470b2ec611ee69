"""Projects of the round for equipment, which is decided, paid in part and told of."""

from typing import Final

from funding.sandbox.demo.catalogue.projects import (
    AWARENESS,
    CAPACITY,
    GOODS,
    PAY,
    RESEARCH,
    SERVICES,
    TRAVEL,
    Line,
    Project,
)

PROJECTS: Final = (
    Project(
        ref="P25",
        applicant="asel",
        title="Winter boxes for the Naryn cameras",
        country="KG",
        province="Naryn",
        theme="T2",
        area=RESEARCH,
        summary="Our cameras stop in January, when the cold empties their batteries. With boxes "
        "that keep warm and a small panel on each they go on to March, which are the months in "
        "which manuls roam and no herder is up there to see them.",
        methods="Fourteen cameras get a box and seven of them a panel, drawn by lot. Nights on "
        "which each camera worked are counted, and compared with the winter before.",
        lines=(
            Line(GOODS, "Boxes, built in Naryn", 14, 9_000),
            Line(GOODS, "Panels with cables", 7, 12_000),
            Line(PAY, "Carpenter and herders, days", 34, 2_500),
            Line(TRAVEL, "Horses and vehicle, days", 17, 5_000),
        ),
        minimum_minor=300_000,
        minimum_reason="Eleven boxes; the panels can be bought by somebody else.",
        months=8,
    ),
    Project(
        ref="P26",
        applicant="rinchen",
        title="Night fences for the lambs of two villages",
        country="IN",
        province="Ladakh",
        theme="T3",
        area=CAPACITY,
        summary="When lambs are lost, cats are blamed, and the next small cat that is seen is "
        "stoned. Two villages get wire roofs for twelve pens. Each family keeps a tally of what "
        "it lost, before and after, and the tallies are read out at the summer meeting.",
        methods="Twelve pens of twenty-two, drawn by lot in front of everybody. Losses are told "
        "by families every month and looked into where there is a carcass.",
        lines=(
            Line(GOODS, "Wire roofs with poles", 12, 18_000),
            Line(PAY, "Builders, days", 28, 2_500),
            Line(TRAVEL, "Lorry, journeys", 4, 16_000),
        ),
        minimum_minor=260_000,
        minimum_reason="Nine pens, in both villages.",
        months=9,
    ),
    Project(
        ref="P27",
        applicant="dilshod",
        title="Field laboratory for scat, in one box",
        country="UZ",
        province="Navoiy",
        theme="T1",
        area=RESEARCH,
        summary="A box with a scale, a drying lamp and two hundred tubes, so that what the "
        "interviewers bring home does not rot on the way to the laboratory. The box stays with "
        "the university in Navoiy and is lent to everybody who asks.",
        methods="Each sample is dried on the day, weighed, numbered and photographed. How many of "
        "them can still be read is compared with the forty that were sent wet last year.",
        lines=(
            Line(GOODS, "Box with lamp and scale", 1, 96_000),
            Line(GOODS, "Tubes and paper, sets", 200, 320),
            Line(SERVICES, "Samples read", 40, 2_000),
        ),
        minimum_minor=240_000,
        minimum_reason="There is nothing in it that could be left out.",
        months=4,
    ),
    Project(
        ref="P28",
        applicant="sunita",
        title="Radios for the dog clinic of Karnali",
        country="NP",
        province="Karnali",
        theme="T3",
        area=CAPACITY,
        summary="The clinic moves for three weeks through valleys without a telephone. Radios tell "
        "the next village on which day to tie up its dogs, so that the vets do not wait for dogs "
        "and the dogs are not caught twice.",
        methods="Eight radios and two relays. Dogs treated in a day are counted with and without "
        "them, in four villages each, and so are the days on which the vets waited.",
        lines=(
            Line(GOODS, "Hand-held radios", 8, 17_500),
            Line(GOODS, "Relays with batteries", 2, 45_000),
            Line(SERVICES, "Permit for the frequency", 1, 30_000),
            Line(TRAVEL, "Porters, days", 16, 2_500),
        ),
        minimum_minor=220_000,
        minimum_reason="Six radios and one relay.",
        months=10,
    ),
    Project(
        ref="P29",
        applicant="anahit",
        title="A drone for looking under rocks",
        country="AM",
        province="Vayots Dzor",
        theme="T1",
        area=RESEARCH,
        summary="From above one sees which slopes have hollows large enough for a den. We would "
        "fly over forty slopes in spring, draw a map of hollows, and walk to the best of them to "
        "look for hair and scat.",
        methods="Forty slopes are flown once each in April. Hollows are marked by eye on the "
        "pictures, and twenty of them are visited.",
        lines=(
            Line(GOODS, "Drone with two batteries", 1, 180_000),
            Line(PAY, "Pilot, days", 16, 6_000),
            Line(TRAVEL, "Vehicle with fuel, days", 16, 4_500),
        ),
        minimum_minor=300_000,
        minimum_reason="Thirty slopes.",
        months=7,
    ),
    Project(
        ref="P30",
        applicant="oyunaa",
        title="Marmots for Töv: a first release of thirty",
        country="MN",
        province="Töv",
        theme="T3",
        area=AWARENESS,
        summary="Manuls winter in what marmots dig. Where marmots were hunted out, we bring back "
        "thirty in two families each to three valleys whose herders have signed that they will "
        "not be hunted for ten years, and count burrows and what lives in them.",
        methods="Animals come from a colony that a mine must move. Burrows are counted in the "
        "autumn before and in two autumns after, in three valleys with and three without.",
        lines=(
            Line(GOODS, "Pens for the first weeks", 9, 40_000),
            Line(PAY, "Veterinarian and catchers, days", 60, 5_000),
            Line(TRAVEL, "Lorry with cages, days", 14, 12_500),
            Line(PAY, "Herders who watch, months", 12, 10_000),
        ),
        minimum_minor=860_000,
        minimum_reason="With seven pens and two months less of watching. With fewer valleys there "
        "would be nothing to compare.",
        months=14,
    ),
)
