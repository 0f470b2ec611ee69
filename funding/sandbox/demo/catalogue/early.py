"""Projects of the round that is being reviewed: smaller, and by people who begin."""

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
        ref="P19",
        applicant="dilshod",
        title="First cameras in the Nurota hills",
        country="UZ",
        province="Navoiy",
        theme="T1",
        area=RESEARCH,
        summary="After the interviews we know which herders' word can be built on. Ten cameras go "
        "where six of them say that they saw the cat, and ten where none did. In four months we "
        "know whether Uzbekistan still has manuls, and whether asking is worth the trouble.",
        methods="Twenty places in pairs, drawn by lot, 120 nights each. Two people read every "
        "photograph. What nobody can tell apart goes to a third, who does not know the place.",
        lines=(
            Line(GOODS, "Camera traps", 10, 16_500),
            Line(PAY, "Herders who show the way, days", 30, 2_500),
            Line(TRAVEL, "Vehicle with fuel, days", 10, 6_000),
        ),
        minimum_minor=220_000,
        minimum_reason="Eight cameras, in eight pairs of places one after the other.",
    ),
    Project(
        ref="P20",
        applicant="farida",
        title="A student's winter with the wildlife watchers",
        country="PK",
        province="Gilgit-Baltistan",
        theme="T2",
        area=CAPACITY,
        summary="A student from the valley walks with the watchers for one winter, counts tracks "
        "along the ways that they patrol, and writes the first thesis on the cat in this country. "
        "The watchers learn the count, and go on with it when the thesis is done.",
        methods="Eighteen ways of four kilometres, walked three times after fresh snow by two "
        "people who write down what they see before they talk about it.",
        lines=(
            Line(PAY, "Student, months", 5, 30_000),
            Line(PAY, "Watchers' allowances, days", 54, 1_500),
            Line(GOODS, "Boots, gloves and scales", 1, 39_000),
        ),
        minimum_minor=200_000,
        minimum_reason="Twelve ways instead of eighteen.",
        months=8,
    ),
    Project(
        ref="P21",
        applicant="karma",
        title="Yak herders' calendar of sightings",
        country="BT",
        province="Wangdue Phodrang",
        theme="T5",
        area=AWARENESS,
        summary="Yak herders are on the high pastures when no ranger is. Thirty of them get a "
        "calendar with a picture for each animal and a box for each day. At the end of the year "
        "the calendars say where to look, and the herders have a reason to look.",
        methods="Thirty camps chosen from three gewogs. Calendars are collected twice. Of what is "
        "marked as a manul, one in four is looked into on the spot.",
        lines=(
            Line(SERVICES, "Calendars, drawn and printed", 60, 1_500),
            Line(PAY, "Two collectors, days", 24, 3_000),
            Line(TRAVEL, "Pack horses, days", 12, 3_500),
        ),
        minimum_minor=150_000,
        minimum_reason="Twenty camps in two gewogs.",
    ),
    Project(
        ref="P22",
        applicant="anahit",
        title="Is the rocky slope ours? A camera year in Vayots Dzor",
        country="AM",
        province="Vayots Dzor",
        theme="T1",
        area=RESEARCH,
        summary="A single skin is all that says that the manul lives in Armenia. Twelve cameras "
        "stay for a year on the slopes that look most like its home elsewhere. If it is not there "
        "we say so in print, which is worth as much.",
        methods="Slopes are ranked by stones, hay and snow, and the first twelve get a camera. "
        "Batteries are changed every two months. The chance to miss a cat is worked out first.",
        lines=(
            Line(GOODS, "Camera traps", 12, 16_500),
            Line(TRAVEL, "Vehicle with fuel, days", 14, 5_500),
            Line(GOODS, "Batteries, sets", 72, 600),
        ),
        minimum_minor=240_000,
        minimum_reason="Nine cameras; below that a year without a cat says nothing.",
    ),
    Project(
        ref="P23",
        applicant="yerlan",
        title="Reading pika holes: a field key for rangers",
        country="KZ",
        province="Qaraghandy",
        theme="T4",
        area=CAPACITY,
        summary="Where pikas are, manuls can be. Rangers of four stations learn to tell living "
        "holes from dead ones and to count them in ten minutes, so that what a poisoning did to a "
        "valley can be told by those who pass there anyway.",
        methods="A key of two pages, tried by twenty rangers on plots where traps have told the "
        "truth before. It is printed when two of them agree nine times out of ten.",
        lines=(
            Line(PAY, "Two biologists, days", 20, 5_000),
            Line(SERVICES, "Printing on cloth", 200, 350),
            Line(TRAVEL, "Travel between stations, days", 12, 4_500),
        ),
        minimum_minor=160_000,
        minimum_reason="Two stations, and the key on paper.",
        months=7,
    ),
    Project(
        ref="P24",
        applicant="merdan",
        title="A car for the desert mountains",
        country="TM",
        province="Ahal",
        theme="T2",
        area=CAPACITY,
        summary="Our team walks. With a used car we would reach the eastern slopes in a day and "
        "not in three, and could look after cameras that other projects left there. We would "
        "lend it to the reserve on the days when we do not need it.",
        methods="The car is bought in the first month. A book is kept of every way that it goes, "
        "and of what was done there, and the book is sent in with the report.",
        lines=(
            Line(GOODS, "Used car with four wheels driven", 1, 260_000),
            Line(GOODS, "Tyres and first service", 1, 35_000),
            Line(TRAVEL, "Fuel, months", 6, 5_000),
        ),
        minimum_minor=295_000,
        minimum_reason="There is no half of a car.",
    ),
)
