"""Where awards are paid to, and every step of every payment, in days before the end."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Account:
    """An account as its holder writes it down."""

    holder: str
    bank_name: str
    country: str
    iban: str = ""
    account_number: str = ""
    bic: str = ""


ACCOUNTS: Final[dict[str, tuple[Account, ...]]] = {
    "P02": (
        Account("Herders and Dogs of Dornod", "Example Khan Bank", "MN",
                account_number="5001 000 123", bic="EXMPMNUB"),
        Account("Herders and Dogs of Dornod", "Example Steppe Bank", "MN",
                account_number="4420 118 907", bic="EXSTMNUB"),
    ),
    "P04": (
        Account("Saryarka Field Society", "Example Bank of Qaraghandy", "KZ",
                iban="KZ86 125K ZT50 0410 0100", bic="EXMPKZKA"),
    ),
    "P06": (
        Account("Ala-Too Highland Cats", "Example Naryn Bank", "KG",
                account_number="1091 8200 0045 1207", bic="EXMPKG22"),
    ),
    "P07": (
        Account("Qizilqum Wildlife Survey", "Example Navoiy Bank", "UZ",
                account_number="2020 8840 9001 2345 6001", bic="EXMPUZ22"),
    ),
    "P25": (
        Account("Ala-Too Highland Cats", "Example Naryn Bank", "KG",
                account_number="1091 8200 0045 1207", bic="EXMPKG22"),
    ),
    "P26": (
        Account("Ladakh Responsible Travel Circle", "Example Bank of Leh", "IN",
                account_number="0410 0022 3311", bic="EXMPINLE"),
    ),
    "P27": (
        Account("Qizilqum Wildlife Survey", "Example Navoiy Bank", "UZ",
                account_number="2020 8840 9001 2345 6001", bic="EXMPUZ22"),
    ),
    "P17": (
        Account("Small Cat Words", "Example Savings Bank", "CZ",
                iban="CZ79 0800 0000 0020 0014 5399", bic="EXMPCZPP"),
    ),
    "P18": (
        Account("Alborz Highland Camera Group", "Example Bank of Semnan", "IR",
                account_number="0190 0000 0001 0000", bic="EXMPIRTH"),
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Step:
    """One step on one award. `number` is which of its kind; amounts are minor units.

    A payment of a `part` of a schedule is of all of it, whatever that is.
    """

    days_ago: float
    ref: str
    act: str
    by: str
    number: int = 1
    minor: int = 0
    text: str = ""
    sent: tuple[str, int] = ("EUR", 0)
    rate: str = ""
    fee_minor: int = 0
    part: int | None = None


_NO_MATCH: Final = "Looked up holder, applicant and bank. Nobody of these names is on the list."
_REFERENCE: Final = "NSB"

STEPS: Final = (
    # Asel's survey: paid in the payee's own money, in parts, and the rest just asked for.
    Step(227.4, "P06", "bank", "asel"),
    Step(226.1, "P06", "look", "pat", 1, text=_NO_MATCH),
    Step(224.6, "P06", "ask", "asel", 1, 300_000, "Cameras, and horses for the first summer."),
    Step(223.3, "P06", "check", "pat", 1),
    Step(221.5, "P06", "release", "tara", 1, sent=("KGS", 30_361_350),
         rate="EUR 1 = KGS 101.2045", fee_minor=1_800, text=f"{_REFERENCE} 26-0117"),
    # The uplands: too much at once is declined.
    Step(222.4, "P04", "bank", "yerlan"),
    Step(220.2, "P04", "look", "pat", 1, text=_NO_MATCH),
    Step(219.4, "P04", "ask", "yerlan", 1, 720_000, "Both winters."),
    Step(217.6, "P04", "decline", "dan", 1,
         text="The second winter is paid when the first has been walked. Ask for the first."),
    Step(216.3, "P04", "ask", "yerlan", 2, 400_000, "The first winter: trackers and huts."),
    Step(214.4, "P04", "check", "pat", 2),
    Step(213.2, "P04", "release", "tara", 2, sent=("KZT", 244_960_000),
         rate="EUR 1 = KZT 612.4", fee_minor=2_250, text=f"{_REFERENCE} 26-0131"),
    # Dogs and herders: money of two funds in one payment.
    Step(211.6, "P02", "bank", "baatar"),
    Step(209.3, "P02", "look", "pat", 1, text=_NO_MATCH),
    Step(208.4, "P02", "ask", "baatar", 1, 500_000, "Vaccine and the first two clinics."),
    Step(207.5, "P02", "check", "dan", 1),
    Step(205.4, "P02", "release", "tara", 1, sent=("EUR", 500_000), fee_minor=1_250,
         text=f"{_REFERENCE} 26-0144"),
    # Interviews: paid whole, in dollars, and some of it came back.
    Step(204.2, "P07", "bank", "dilshod"),
    Step(203.3, "P07", "look", "pat", 1, text=_NO_MATCH),
    Step(202.6, "P07", "ask", "dilshod", 1, 390_000, "The whole survey."),
    Step(201.3, "P07", "check", "pat", 1),
    Step(199.4, "P07", "release", "ivo", 1, sent=("USD", 451_893),
         rate="EUR 1 = USD 1.1587", fee_minor=2_200, text=f"{_REFERENCE} 26-0152"),
    # Translations: half was enough.
    Step(198.5, "P17", "bank", "klara"),
    Step(196.3, "P17", "look", "tara", 1, text=_NO_MATCH),
    Step(195.4, "P17", "ask", "klara", 1, 288_000, "Russian, Mongolian and Chinese."),
    Step(194.4, "P17", "check", "pat", 1),
    Step(192.6, "P17", "release", "ivo", 1, sent=("EUR", 288_000), fee_minor=0,
         text=f"{_REFERENCE} 26-0158"),
    # Viewing places: the guides had begun by themselves.
    Step(186.4, "P11", "cancel", "pat",
         text="The region pays for the meetings, and the guides have begun."),
    Step(121.5, "P17", "cancel", "dan", text="Another funder pays for Nepali and Persian."),
    Step(104.3, "P06", "ask", "asel", 2, 183_000, "Herders' wages for the second summer."),
    Step(101.4, "P06", "look", "pat", 2, text=_NO_MATCH),
    Step(100.3, "P06", "check", "aiko", 2),
    Step(98.4, "P06", "release", "tara", 2, sent=("KGS", 18_447_150),
         rate="EUR 1 = KGS 100.8041", fee_minor=1_800, text=f"{_REFERENCE} 26-0290"),
    Step(62.3, "P07", "return", "tara", minor=21_240, text="ICT 7781-RET"),
    # Equipment, by schedule: on signing, and the end of one of them.
    Step(158.3, "P25", "bank", "asel"),
    Step(156.4, "P25", "look", "pat", 1, text=_NO_MATCH),
    Step(155.6, "P25", "ask", "asel", 1, text="All boxes, and four panels.", part=1),
    Step(154.5, "P25", "check", "pat", 1),
    Step(152.4, "P25", "release", "tara", 1, fee_minor=1_400, text=f"{_REFERENCE} 26-0203"),
    Step(156.2, "P26", "bank", "rinchen"),
    Step(154.3, "P26", "look", "pat", 1, text=_NO_MATCH),
    Step(153.6, "P26", "ask", "rinchen", 1, text="Wire and poles for all roofs.", part=1),
    Step(152.7, "P26", "check", "aiko", 1),
    Step(150.6, "P26", "release", "ivo", 1, fee_minor=1_900, text=f"{_REFERENCE} 26-0207"),
    Step(158.1, "P27", "bank", "dilshod"),
    Step(156.1, "P27", "look", "tara", 1, text=_NO_MATCH),
    Step(155.2, "P27", "ask", "dilshod", 1, text="The box, the tubes and the reading.", part=1),
    Step(154.1, "P27", "check", "pat", 1),
    Step(153.2, "P27", "release", "ivo", 1, fee_minor=2_200, text=f"{_REFERENCE} 26-0204"),
    Step(46.4, "P27", "return", "tara", minor=15_200, text="ICT 8120-RET"),
    Step(45.3, "P27", "cancel", "pat",
         text="The work is done, and the last part is not needed."),
    # A name to look into: the payment waits.
    Step(31.5, "P18", "bank", "shirin"),
    Step(28.4, "P18", "look", "pat", 1,
         text="The bank's name is like one on the list. Its head office answered that it is "
              "another bank; we wait for that in writing.", rate="possible"),
    Step(27.3, "P18", "ask", "shirin", 1, 260_000, "Cameras for the first half."),
    # A changed account: looked up anew, checked, and ready to be released.
    Step(22.4, "P02", "bank", "baatar", 2),
    Step(13.3, "P02", "ask", "baatar", 2, 245_000, "The third and the fourth clinic."),
    Step(11.4, "P02", "look", "pat", 2, text=_NO_MATCH),
    Step(9.6, "P02", "check", "pat", 2),
    Step(3.4, "P06", "ask", "asel", 3, 200_000, "The third valley."),
)  # fmt: skip
