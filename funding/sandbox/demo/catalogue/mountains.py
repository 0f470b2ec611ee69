"""Projects of Kyrgyzstan, Uzbekistan, Turkmenistan, Iran and Armenia, and of the whole range."""

from typing import Final

from funding.sandbox.demo.catalogue.projects import (
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
        ref="P06",
        applicant="asel",
        title="High-pasture presence survey",
        country="KG",
        province="Naryn",
        theme="T1",
        area=RESEARCH,
        summary="Herders in the summer pastures of Naryn say that they see manuls; no survey has "
        "ever looked. With eight families we set cameras on their own land and collect scat along "
        "the ways they ride anyway. At the end each village sees its own photographs first, and "
        "the country has a map of where the cat is.",
        methods="Fourteen cameras moved twice in a summer over 42 places chosen by lot within "
        "three "
        "valleys. Scat is told apart by DNA. Presence is modelled with the chance of missing it, "
        "so that an empty place means something.",
        lines=(
            Line(GOODS, "Camera traps", 14, 16_500),
            Line(TRAVEL, "Horses, days", 48, 2_250),
            Line(PAY, "Herders who guide, days", 64, 2_800),
            Line(TRAVEL, "Vehicle to the trailheads, days", 12, 7_000),
            Line(SERVICES, "Scat samples told apart by DNA", 40, 2_020),
            Line(PAY, "Lodging with families, nights", 60, 800, "in_kind"),
        ),
        minimum_minor=520_000,
        minimum_reason="Two valleys instead of three; a single valley would not be a survey.",
    ),
    Project(
        ref="P07",
        applicant="dilshod",
        title="Is the manul still here? Interview survey",
        country="UZ",
        province="Navoiy",
        theme="T1",
        area=RESEARCH,
        summary="The last certain record from Uzbekistan is decades old. We ask 200 herders and "
        "hunters with pictures, of which some show cats that never lived here, to learn whose word "
        "can be built on. The answer decides whether a camera survey is worth its money.",
        methods="Four interviewers, 20 days in the field, answers on paper forms with a number and "
        "no name. Pictures are shown in a drawn order. Places are kept by province only.",
        lines=(
            Line(PAY, "Interviewers, days", 60, 3_000),
            Line(TRAVEL, "Vehicle with fuel, days", 20, 6_000),
            Line(SERVICES, "Picture cards and forms", 250, 160),
            Line(PAY, "Translating and entering answers, days", 10, 5_000),
        ),
        minimum_minor=310_000,
        minimum_reason="A hundred and fifty interviews are the least that cover both deserts.",
        months=8,
    ),
    Project(
        ref="P15",
        applicant="anahit",
        title="Rocky-hill habitat mapping",
        country="AM",
        province="Vayots Dzor",
        theme="T1",
        area=RESEARCH,
        summary="One photograph in 2020 is all that Armenia knows of its manuls. We map rock, "
        "slope, snow and prey in the south, find where a manul could live, and hand rangers a map "
        "of twelve places to watch first.",
        methods="Free satellite images at ten metres, trained on 300 points that we visit. Pika "
        "and "
        "vole signs are counted at every point. The map is tested on points it has not seen.",
        lines=(
            Line(PAY, "Mapping in the field, days", 62, 4_000),
            Line(TRAVEL, "Vehicle with fuel, days", 25, 6_500),
            Line(GOODS, "Handheld GPS units", 3, 23_150),
            Line(GOODS, "Soil map and fine satellite image", 1, 80_100),
        ),
        minimum_minor=430_000,
        minimum_reason="Without the fine image the map is coarser, and still useful to rangers.",
        months=10,
    ),
    Project(
        ref="P16",
        applicant="merdan",
        title="Distribution and threats in desert mountains",
        country="TM",
        province="Balkan",
        theme="T1",
        area=RESEARCH,
        summary="Small groups of manuls live in mountains with desert all around them. We learn "
        "which ranges still hold them, what is lost to dogs, traps and cars, and whether any two "
        "groups can reach each other.",
        methods="Sixteen cameras in four ranges in turn, interviews in 30 villages, and a count of "
        "animals killed on the two roads between.",
        lines=(
            Line(GOODS, "Camera traps", 16, 16_500),
            Line(TRAVEL, "Vehicle with fuel, days", 26, 8_000),
            Line(PAY, "Field team, days", 60, 2_800),
            Line(PAY, "Interviews in villages, days", 20, 2_500),
        ),
        minimum_minor=520_000,
        minimum_reason="Three mountain ranges instead of four.",
    ),
    Project(
        ref="P17",
        applicant="klara",
        title="Range-wide survey guideline translations (5 languages)",
        country="",
        province="",
        theme="T4",
        area=CAPACITY,
        summary="The guideline on how to survey manuls exists in English, and few who walk the "
        "transects read it. We translate its 40 pages into Russian, Mongolian, Chinese, Nepali and "
        "Persian, have each read by a field biologist who speaks it, and give all of them away.",
        methods="Translated by people who know the field, read by a second person in the country, "
        "tried with rangers on one page before the rest is begun. Open licence, text and layout.",
        lines=(
            Line(SERVICES, "Translated pages", 200, 1_750),
            Line(SERVICES, "Reading by field biologists", 5, 14_000),
            Line(SERVICES, "Layout of a language", 5, 12_000),
        ),
        minimum_minor=288_000,
        minimum_reason="Three languages: Russian, Mongolian and Chinese.",
        months=9,
    ),
    Project(
        ref="P18",
        applicant="shirin",
        title="Highland camera-trap follow-up",
        country="IR",
        province="Semnan",
        theme="T1",
        area=RESEARCH,
        summary="A camera survey eight years ago found manuls where nobody looked for them. We go "
        "back to the same places, with the same method, to learn whether they are still there. It "
        "is the first count in this part of the range that is made twice.",
        methods="Cameras at the 54 places of the first survey, in the same weeks. Presence is "
        "compared place by place, with the chance of missing a cat estimated in both years.",
        lines=(
            Line(GOODS, "Camera traps to replace lost ones", 18, 16_500),
            Line(TRAVEL, "Vehicle with fuel, days", 34, 7_500),
            Line(PAY, "Rangers' allowances, days", 84, 3_000),
            Line(PAY, "Sorting photographs, days", 16, 6_000),
        ),
        minimum_minor=520_000,
        minimum_reason="Half of the places, chosen by lot, still show a change of a third.",
    ),
)
