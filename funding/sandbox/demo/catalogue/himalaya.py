"""Projects of Nepal, India, China, Pakistan and Bhutan."""

from typing import Final

from funding.sandbox.demo.catalogue.projects import (
    AWARENESS,
    CAPACITY,
    GOODS,
    OTHER,
    PAY,
    PLANNING,
    RESEARCH,
    SERVICES,
    TRAVEL,
    Line,
    Project,
)

PROJECTS: Final = (
    Project(
        ref="P08",
        applicant="sunita",
        title="Herder school days, Annapurna side valleys",
        country="NP",
        province="Gandaki",
        theme="T5",
        area=AWARENESS,
        summary="Children who spend summers with the herds know the cat and have no name for it. "
        "In eighteen school days they draw what they saw, learn why it needs marmot burrows, and "
        "take home a picture book that their grandparents helped to write.",
        methods="One day in each of eighteen schools. Children answer the same six picture "
        "questions "
        "before and a month after. Sightings they tell of are kept by valley only.",
        lines=(
            Line(SERVICES, "School days with meals", 18, 11_000),
            Line(SERVICES, "Picture books in Nepali and Gurung", 600, 220),
            Line(TRAVEL, "Porters and jeep, days", 20, 4_000),
            Line(PAY, "Coordinator, months", 2, 25_000),
        ),
        minimum_minor=340_000,
        minimum_reason="Twelve schools, and four hundred books.",
        months=10,
    ),
    Project(
        ref="P09",
        applicant="sunita",
        title="Free-roaming dogs: sterilisation campaign",
        country="NP",
        province="Karnali",
        theme="T3",
        area=CAPACITY,
        summary="Dogs from the trekking villages go up to where manuls hunt. With the villages we "
        "sterilise 180 of them in one season and vaccinate 400, and agree on how kitchens get rid "
        "of what feeds the dogs. Fewer dogs, no poison.",
        methods="A surgical team of three for three weeks in each valley. Dogs are counted with "
        "photographs before, after, and a year later, along the same paths.",
        lines=(
            Line(GOODS, "Sterilisation with anaesthesia, dogs", 180, 3_400),
            Line(GOODS, "Vaccine against rabies, doses", 400, 225),
            Line(PAY, "Surgical team, days", 21, 9_500),
            Line(TRAVEL, "Transport of the clinic", 1, 65_000),
            Line(GOODS, "Steriliser for instruments", 1, 33_499),
        ),
        minimum_minor=650_000,
        minimum_reason="One valley of two, with 115 dogs.",
    ),
    Project(
        ref="P10",
        applicant="stanzin",
        title="Genetics from scat, Ladakh cold desert",
        country="IN",
        province="Ladakh",
        theme="T1",
        area=RESEARCH,
        summary="Are the manuls of the cold desert one population with those across the border, or "
        "the last of an island? Two hundred and twenty scat samples, read at the same markers as "
        "in Mongolia, will tell. No animal is caught.",
        methods="Collected by herders along 40 fixed ways in two seasons, dried in paper, read at "
        "14 "
        "markers by a laboratory in India; every tenth twice and blind.",
        lines=(
            Line(SERVICES, "Samples read at 14 markers", 220, 2_600),
            Line(PAY, "Collectors, days", 96, 3_000),
            Line(TRAVEL, "Vehicle with fuel, days", 24, 8_500),
            Line(GOODS, "Sampling kits", 53, 2_000),
        ),
        minimum_minor=880_000,
        minimum_reason="A hundred and forty samples still tell an island from a bridge.",
        months=16,
    ),
    Project(
        ref="P11",
        applicant="rinchen",
        title="Tourism code of conduct for manul watching",
        country="IN",
        province="Ladakh",
        theme="T5",
        area=AWARENESS,
        summary="Manuls have become a sight, and cars stand at the dens. With guides, drivers and "
        "the villages we write down how near is near enough, print it on a card that every guest "
        "gets, and ask the guides themselves to hold each other to it.",
        methods="Four meetings, a draft after each. Cars and people at six known viewing places "
        "are "
        "counted in the season before and the season after.",
        lines=(
            Line(OTHER, "Meetings with guides and drivers", 4, 31_000),
            Line(SERVICES, "Cards for guests", 1_200, 80),
            Line(PAY, "Drafting and mediation, days", 11, 6_000),
            Line(TRAVEL, "Travel to villages, days", 11, 4_000),
        ),
        minimum_minor=240_000,
        minimum_reason="Three meetings, and the cards in two languages instead of three.",
        months=8,
    ),
    Project(
        ref="P12",
        applicant="wenxiu",
        title="Pasture rodent-poisoning dialogue",
        country="CN",
        province="Qinghai",
        theme="T3",
        area=PLANNING,
        summary="Pikas are poisoned over whole counties, and what eats them dies too. We bring "
        "herders, the counties' grassland offices and scientists to one table eight times, with "
        "figures from twenty plots where nothing was poisoned, to agree on where poison may stop.",
        methods="Plots in pairs, poisoned and not, with grass, pikas and predators counted in "
        "both. "
        "Each meeting ends in a written page that all sides sign or mark.",
        lines=(
            Line(OTHER, "Meetings in counties", 8, 64_000),
            Line(PAY, "Facilitators, days", 48, 6_500),
            Line(TRAVEL, "Travel of herders, days", 40, 5_400),
            Line(GOODS, "Plots marked and counted", 20, 8_000),
        ),
        minimum_minor=900_000,
        minimum_reason="Five counties instead of eight.",
        months=18,
    ),
    Project(
        ref="P13",
        applicant="farida",
        title="Northern valleys monitoring network",
        country="PK",
        province="Gilgit-Baltistan",
        theme="T2",
        area=CAPACITY,
        summary="Five valleys, ten wildlife watchers, one way of counting. Watchers who already "
        "patrol for ibex learn to set and read cameras for the small cat as well, and meet twice a "
        "year to put their records on one table.",
        methods="Four cameras in each valley, moved every month along a plan drawn by lot. "
        "Watchers "
        "check each other's photographs; a fifth is checked once more from outside.",
        lines=(
            Line(GOODS, "Camera traps", 20, 16_500),
            Line(SERVICES, "Training days for watchers", 8, 21_000),
            Line(PAY, "Watchers' allowances, months", 30, 7_500),
            Line(TRAVEL, "Travel between valleys, days", 23, 4_000),
        ),
        minimum_minor=600_000,
        minimum_reason="Three valleys, with twelve cameras.",
    ),
    Project(
        ref="P14",
        applicant="karma",
        title="National action plan workshop",
        country="BT",
        province="Wangdue Phodrang",
        theme="T6",
        area=PLANNING,
        summary="Bhutan knows its manuls from a handful of photographs and has no plan for them. "
        "In "
        "three days, thirty people from parks, dzongkhags and herding communities write one, with "
        "who does what by when. The text is printed in Dzongkha and English and sent to the "
        "department that must adopt it.",
        methods="Two rounds of written comments before, three days together, one round after. The "
        "plan follows the outline of the range-wide strategy, so that the two fit.",
        lines=(
            Line(OTHER, "Workshop days for thirty people", 3, 115_000),
            Line(TRAVEL, "Travel of delegates", 22, 9_500),
            Line(PAY, "Facilitator, days", 8, 9_500),
            Line(SERVICES, "Plan in Dzongkha and English", 100, 700),
        ),
        minimum_minor=520_000,
        minimum_reason="Two days, with twenty people.",
        months=9,
    ),
)
