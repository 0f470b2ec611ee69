"""What calls ask: before the form, of each application's budget, and of those who give marks."""

from typing import Final

from grants.terms import Asked, Entry

CONDITIONS: Final = (
    Entry(
        "Is the work for manuls or what they live on, in one of the sixteen range countries?",
        wanted=True,
        otherwise="This fund pays for manuls in their range countries only.",
    ),
    Entry(
        "Do you have the permits that the work needs, or have you asked for them?",
        wanted=True,
        otherwise="Ask for the permits first, and come back in a later round.",
    ),
    Entry(
        "Does somebody else pay for all of this work already?",
        wanted=False,
        otherwise="We pay for what nobody else pays for. Come back with the part that is open.",
    ),
)

# A kind of cost, and the most per cent of what is asked that it may be.
COST_LIMITS: Final = (("travel", 40), ("other", 50))

CRITERIA: Final = (
    Asked(
        "Gain for manuls",
        "What will be known or better afterwards that is not now?",
        40,
        (
            "Nothing that is not known or done already.",
            "Something for one place, and only while the money lasts.",
            "A clear gain for one place that stays.",
            "A clear gain for a region.",
            "A gain that others in the range can build on.",
        ),
    ),
    Asked(
        "Method",
        "Can the method tell success from failure?",
        30,
        (
            "Nobody could say afterwards whether it worked.",
            "Some of it is counted, and nothing to compare it with.",
            "It is counted before and after.",
            "It is counted against a place where nothing is done.",
            "And somebody else could do it again in the same way.",
        ),
    ),
    Asked(
        "People",
        "Who does it, and are the people who live there among them?",
        20,
        (
            "Visitors do it, and nobody there is asked.",
            "People who live there are asked.",
            "They are paid to help.",
            "They do most of it.",
            "They lead it, and go on when the money ends.",
        ),
    ),
    Asked(
        "Cost",
        "Is it worth what it costs?",
        10,
        (
            "Most of it would be done without this money.",
            "Much of it could be had for less.",
            "The prices are what such work costs.",
            "Less money could hardly do it.",
            "Others add as much as they ask of us.",
        ),
    ),
)
