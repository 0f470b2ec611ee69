"""Projects of Mongolia and Kazakhstan."""

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
        ref="P01",
        applicant="oyunaa",
        title="Camera-trap baseline in the Eastern Steppe",
        country="MN",
        province="Dornod",
        theme="T1",
        area=RESEARCH,
        summary="Nobody has counted manuls in the grassland east of the Kherlen. We set cameras on "
        "a grid over 900 square kilometres through one autumn and one spring, and publish a first "
        "density with its error. The grid stays marked, so that the same count can be made again "
        "in three years.",
        methods="Twenty-four cameras on marmot burrows and rock outcrops, 60 nights in each "
        "season. "
        "Individuals are told apart by their stripes by two people who do not see each other's "
        "answers. Density by spatial capture and recapture; the code and the photographs without "
        "places go to an open archive.",
        lines=(
            Line(GOODS, "Camera traps with locks", 24, 16_500),
            Line(GOODS, "Memory cards and batteries, sets", 24, 3_500),
            Line(TRAVEL, "Vehicle with fuel, days", 28, 7_500),
            Line(PAY, "Two field assistants, days", 60, 3_250),
            Line(PAY, "Sorting photographs, days", 19, 5_000),
            Line(PAY, "Analysis by the university, months", 2, 60_000, "in_kind"),
        ),
        minimum_minor=740_000,
        minimum_reason="With sixteen cameras the grid covers 600 square kilometres, which is the "
        "least that gives a density worth printing.",
        months=14,
    ),
    Project(
        ref="P02",
        applicant="baatar",
        title="Guard-dog vaccination and neutering with herders",
        country="MN",
        province="Dornod",
        theme="T3",
        area=CAPACITY,
        summary="Herding dogs kill more manuls here than anything else does. With 140 families we "
        "vaccinate and neuter the dogs that roam, so that there are fewer of them and they are "
        "healthy. Families who take part keep their best guard dogs and agree to chain them at "
        "night in the months when kittens leave the den.",
        methods="Four rounds of a mobile clinic along the winter camps. Each dog gets a card and a "
        "tag. Before and after, we walk the same twenty transects and count free dogs, and ask "
        "each family what its dogs brought home.",
        lines=(
            Line(GOODS, "Vaccine against rabies and distemper, doses", 420, 450),
            Line(GOODS, "Neutering with anaesthesia, dogs", 85, 3_200),
            Line(PAY, "Veterinarian, days", 24, 6_000),
            Line(TRAVEL, "Clinic vehicle, days", 16, 6_250),
            Line(SERVICES, "Record cards for families", 200, 200),
            Line(PAY, "Two student vets, days", 24, 2_500, "in_kind"),
        ),
        minimum_minor=560_000,
        minimum_reason="Below three rounds of the clinic too few dogs of one valley are reached to "
        "change anything.",
    ),
    Project(
        ref="P03",
        applicant="oyunaa",
        title="Artificial dens trial before winter",
        country="MN",
        province="Töv",
        theme="T3",
        area=RESEARCH,
        summary="Where marmots are gone, manuls have no burrows to winter in. We build forty stone "
        "dens with herders before the first snow and watch which are taken, by whom, and whether "
        "the way in must be narrower than a fox. What we learn becomes a one-page plan that any "
        "herder can follow.",
        methods="Twenty pairs of dens, one of each pair with a narrow way in. A camera at twelve "
        "of "
        "them. Use is read every month from tracks, hair and photographs, and compared in pairs.",
        lines=(
            Line(GOODS, "Stone and timber for dens", 40, 4_800),
            Line(GOODS, "Camera traps", 12, 16_500),
            Line(TRAVEL, "Vehicle with fuel, days", 14, 7_500),
            Line(PAY, "Herders who build, days", 50, 2_500),
        ),
        minimum_minor=480_000,
        minimum_reason="With fewer than twenty-eight dens the pairs tell nothing apart.",
        months=10,
    ),
    Project(
        ref="P04",
        applicant="yerlan",
        title="Snow-track transects in the Kazakh Uplands",
        country="KZ",
        province="Qaraghandy",
        theme="T2",
        area=RESEARCH,
        summary="Tracks in fresh snow are the cheapest way to know where manuls live, if everybody "
        "reads them alike. We walk 60 transects in two winters with local trackers, test how often "
        "two of them agree, and write down a method for the whole of Central Asia.",
        methods="Transects of five kilometres, each walked by two trackers on different days after "
        "snowfall. Detection and occupancy are modelled together. Tracks are photographed with a "
        "scale, and every tenth is checked by hair or scat.",
        lines=(
            Line(PAY, "Trackers, days", 90, 3_500),
            Line(TRAVEL, "Snowmobile and vehicle, days", 26, 9_500),
            Line(GOODS, "GPS units", 4, 23_000),
            Line(TRAVEL, "Nights in winter huts", 60, 1_600),
            Line(SERVICES, "Courses of two days for trackers", 2, 70_000),
            Line(GOODS, "Snowmobile lent by the reserve, days", 26, 4_000, "in_kind"),
        ),
        minimum_minor=640_000,
        minimum_reason="One winter with forty transects still tests whether trackers agree.",
        months=18,
    ),
    Project(
        ref="P05",
        applicant="yerlan",
        title="Ranger course: telling small cats apart",
        country="KZ",
        province="Almaty",
        theme="T4",
        area=CAPACITY,
        summary="Rangers write 'small cat' into their books and the record is lost. Twenty-four "
        "rangers from six reserves learn to tell manul, steppe cat, lynx cub and sand cat by "
        "track, photograph and skin, and take a set of field cards home. Their books become data "
        "that can be used.",
        methods="Two courses of three days, with a test before, after, and half a year later on "
        "photographs that were never shown. Cards are printed in Kazakh and Russian.",
        lines=(
            Line(SERVICES, "Course days with rooms and meals", 6, 34_000),
            Line(TRAVEL, "Travel and lodging of rangers", 24, 7_250),
            Line(SERVICES, "Waterproof field cards", 300, 240),
            Line(PAY, "Two trainers, days", 10, 7_500),
        ),
        minimum_minor=390_000,
        minimum_reason="One course instead of two, for the three nearest reserves.",
        months=9,
    ),
)
