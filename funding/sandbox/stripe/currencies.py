"""Stripe's currencies: exponents, smallest and largest charges, a fixed rate table, fees.

The rates are fixed on purpose, so that a run can be repeated to the penny. Money is converted at
the plain rate and Stripe's conversion fee is charged beside it, as Stripe does it today; both
fees appear in `fee_details` of the balance transaction.
"""

from __future__ import annotations

from fractions import Fraction

ZERO_DECIMAL = frozenset("bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf".split())
THREE_DECIMAL = frozenset("bhd jod kwd omr tnd".split())
# Charged in hundredths for old times' sake, although the hundredths no longer exist.
WHOLE_HUNDREDS = frozenset({"isk", "ugx"})

# What one unit is worth in euro.
_EURO_VALUES = """
aed 0.25 afn 0.013 all 0.0101 amd 0.0024 ang 0.51 aoa 0.001 ars 0.0007 aud 0.6 awg 0.51 azn 0.54
bam 0.51 bbd 0.46 bdt 0.0076 bgn 0.51 bhd 2.44 bif 0.00031 bmd 0.92 bnd 0.69 bob 0.13 brl 0.16
bsd 0.92 bwp 0.068 byn 0.28 bzd 0.46 cad 0.66 cdf 0.00033 chf 1.05 clp 0.00096 cny 0.128
cop 0.00022 crc 0.0018 cve 0.009 czk 0.04 djf 0.0052 dkk 0.134 dop 0.015 dzd 0.0068 egp 0.019
etb 0.0072 eur 1 fjd 0.4 fkp 1.15 gbp 1.15 gel 0.34 gip 1.15 gmd 0.013 gnf 0.000107 gtq 0.12
gyd 0.0044 hkd 0.118 hnl 0.036 htg 0.007 huf 0.0025 idr 0.000056 ils 0.25 inr 0.0108 isk 0.0067
jmd 0.0058 jod 1.3 jpy 0.0061 kes 0.0071 kgs 0.0106 khr 0.00023 kmf 0.002 krw 0.00066 kwd 3
kyd 1.1 kzt 0.0018 lak 0.000042 lbp 0.00001 lkr 0.0031 lrd 0.0047 lsl 0.051 mad 0.093 mdl 0.052
mga 0.0002 mkd 0.0162 mmk 0.00044 mnt 0.00027 mop 0.115 mur 0.02 mvr 0.06 mwk 0.00053 mxn 0.046
myr 0.21 mzn 0.0144 nad 0.051 ngn 0.0006 nio 0.025 nok 0.086 npr 0.0068 nzd 0.55 omr 2.39 pab 0.92
pen 0.25 pgk 0.23 php 0.0158 pkr 0.0033 pln 0.23 pyg 0.00012 qar 0.25 ron 0.2 rsd 0.0085
rub 0.0095 rwf 0.00065 sar 0.245 sbd 0.11 scr 0.065 sek 0.088 sgd 0.69 shp 1.15 sle 0.04
sos 0.0016 srd 0.026 std 0.00004 szl 0.051 thb 0.027 tjs 0.086 tnd 0.3 top 0.39 try 0.024
ttd 0.136 twd 0.028 tzs 0.00035 uah 0.022 ugx 0.00025 usd 0.92 uyu 0.022 uzs 0.000072 vnd 0.000036
vuv 0.0077 wst 0.33 xaf 0.00152 xcd 0.34 xof 0.00152 xpf 0.0084 yer 0.0037 zar 0.051 zmw 0.034
"""
EURO_VALUE: dict[str, Fraction] = {
    currency: Fraction(value)
    for currency, value in zip(_EURO_VALUES.split()[::2], _EURO_VALUES.split()[1::2], strict=True)
}

# The smallest charge by settlement currency, in minor units. A charge in another currency must be
# worth as much.
_MINIMUM = {
    "aed": 200, "aud": 50, "bgn": 100, "brl": 50, "cad": 50, "chf": 50, "czk": 1500, "dkk": 250,
    "eur": 50, "gbp": 30, "hkd": 400, "huf": 17500, "inr": 50, "jpy": 50, "mxn": 1000,
    "myr": 200, "nok": 300, "nzd": 50, "pln": 200, "ron": 200, "sek": 300, "sgd": 50,
    "thb": 1000, "usd": 50,
}  # fmt: skip
MAXIMUM = 99_999_999

PERCENT_FEE = Fraction(15, 1000)
FIXED_FEE_EURO_CENTS = 25
CONVERSION_FEE = Fraction(2, 100)
SEPA_FEE_EURO_CENTS = 35
BACS_PERCENT_FEE = Fraction(1, 100)
BACS_FEE_PENCE = (20, 200)
TRANSFER_PERCENT_FEE = Fraction(5, 1000)
TRANSFER_MOST_EURO_CENTS = 500


def exponent(currency: str) -> int:
    """The number of decimals in which Stripe counts a currency."""
    if currency in ZERO_DECIMAL:
        return 0
    return 3 if currency in THREE_DECIMAL else 2


def half_up(value: Fraction) -> int:
    """A fraction of a minor unit rounded, halves away from zero."""
    whole = (abs(value) * 2 + 1) // 2
    return int(whole if value >= 0 else -whole)


def rate(source: str, target: str) -> Fraction:
    """What one whole unit of `source` is worth in `target`."""
    return EURO_VALUE[source] / EURO_VALUE[target]


def convert(amount: int, source: str, target: str) -> int:
    """An amount in minor units of `source` as minor units of `target`."""
    scale = Fraction(10) ** (exponent(target) - exponent(source))
    return half_up(amount * rate(source, target) * scale)


def minimum(currency: str, settlement: str) -> int:
    """The smallest charge in minor units of `currency`."""
    floor = _MINIMUM.get(settlement, 50)
    scale = Fraction(10) ** (exponent(currency) - exponent(settlement))
    exact = floor * rate(settlement, currency) * scale
    return int(-(-exact // 1))


def processing_fee(amount: int, settlement: str) -> int:
    """Stripe's fee for a card of the euro area: 1.5 % and EUR 0.25."""
    return half_up(amount * PERCENT_FEE) + convert(FIXED_FEE_EURO_CENTS, "eur", settlement)


def debit_fee(scheme: str, amount: int, settlement: str) -> int:
    """Stripe's fee for a debit: EUR 0.35 by SEPA; 1 % by Bacs, from GBP 0.20 to GBP 2.00."""
    if scheme == "sepa_debit":
        return convert(SEPA_FEE_EURO_CENTS, "eur", settlement)
    least, most = (convert(pence, "gbp", settlement) for pence in BACS_FEE_PENCE)
    return min(max(half_up(amount * BACS_PERCENT_FEE), least), most)


def transfer_fee(amount: int, settlement: str) -> int:
    """Stripe's fee for a bank transfer: 0.5 %, at most EUR 5.00."""
    most = convert(TRANSFER_MOST_EURO_CENTS, "eur", settlement)
    return min(half_up(amount * TRANSFER_PERCENT_FEE), most)


def conversion_fee(amount: int) -> int:
    """Stripe's fee for converting, on the converted amount."""
    return half_up(amount * CONVERSION_FEE)


def display(amount: int, currency: str) -> str:
    """An amount for people: `EUR 25.50`, `JPY 500`."""
    places = exponent(currency)
    whole, part = divmod(abs(amount), 10**places)
    sign = "−" if amount < 0 else ""
    digits = f"{whole:,}" + (f".{part:0{places}d}" if places else "")
    return f"{currency.upper()} {sign}{digits}"
