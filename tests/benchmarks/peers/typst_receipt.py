"""typst, asked for a similar page: the same fonts, parts and length, tagged as PDF/UA too."""

import itertools
import random

import typst

from tests.benchmarks.answering import ROOT, answer, timed

FOLDER = ROOT / "templates" / "documents"
PAGE = """
#set document(title: "Receipt " + sys.inputs.number, author: "Manul Fund Example Foundation")
#set page(paper: "a4", margin: (top: 20mm, right: 22mm, bottom: 18mm, left: 25mm), footer: text(
  size: 7.5pt)[Illustrative example data. Not a real gift, person or organisation. #h(1fr)
  Page #context counter(page).display("1 of 1", both: true)])
#set text(font: "IBM Plex Sans", size: 10pt, lang: "en")
#place(top + right, image(
  "stamp.svg", width: 27mm, height: 27mm, alt: "Stamp: the face of a manul"))
#text(font: "Piazzolla", size: 24pt, weight: 700)[#heading(level: 1)[Receipt]]
No. #sys.inputs.number \\ Issued 14 March 2026
#v(9mm)
#sys.inputs.donor
#v(4mm)
#text(size: 22pt, weight: 600)[€40.85]

Thank you. We received your gift on 14 March 2026.
== The gift
#table(columns: (50mm, 1fr), stroke: (top: .25mm + gray), table.header([Fact], [As booked]),
  [Received from], sys.inputs.donor,
  [Received by], [Manul Fund Example Foundation, reg. no. EX 000000-0 \\
    Stenbacken 4, 000 00 Norrvik],
  [Date received], [14 March 2026, 19:42 CET],
  [Method], [Card ending 4242],
  [Goods or services in return], [None])
#table(columns: (1fr, 32mm), align: (left, right), stroke: (top: .25mm + gray),
  table.header([For], [EUR]),
  [General fund #text(size: 8pt)[Pays for manul projects wherever the need is greatest.]], [25.00],
  [Dogs and herders #text(size: 8pt)[Guard dogs for herder families in manul country. Money left
    over goes to the general fund.]], [15.00],
  [Added by you to cover the payment fee], [0.85],
  [*Gift*], [*40.85*])
== Tax
This receipt is not a tax certificate in your country.
#v(10mm)
#line(length: 80mm, stroke: .3mm)
Tara Lindqvist \\ Treasurer, Manul Fund Example Foundation
#v(7mm)
#grid(columns: (24mm, 1fr), gutter: 8mm,
  image(bytes(sys.inputs.code), format: "svg", width: 24mm, alt: "Code that opens the page"),
  [Scan to see whether this receipt is valid, void or replaced. The page shows no personal data.

  manulfund.example/verify/K7QM-4XTR-9CWA-PD3H

  #text(size: 8pt)[If anything on this page is wrong, write to receipts\\@manulfund.example and we
  will issue a corrected receipt; this one is then marked as replaced.]])
"""

_numbers = itertools.count(1)


def version() -> str:
    """Which typst this is."""
    return typst.__version__


def _code(number: int) -> str:
    """A picture as busy as a QR code of 33 modules, another one for each receipt."""
    dark = random.Random(number)
    path = "".join(
        f"M{x},{y}.5h1" for y in range(33) for x in range(0, 33, 2) if dark.random() < 0.9
    )
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 33 33">'
        f'<path stroke="#000" d="{path}"/></svg>'
    )


def render(seconds: float) -> dict[str, float]:
    """Render for so long, with a compiler that keeps its fonts."""
    fonts = typst.Fonts(include_system_fonts=False, font_paths=[str(FOLDER / "fonts")])
    compiler = typst.Compiler(root=str(FOLDER), font_paths=fonts)

    def once() -> object:
        number = next(_numbers)
        facts = {"number": f"MF-2026-{number:06d}", "donor": f"Zoë O’Brien-Smith {number}"}
        return compiler.compile(
            PAGE.encode(), sys_inputs=facts | {"code": _code(number)}, pdf_standards="ua-1"
        )

    return timed(seconds, once)


if __name__ == "__main__":
    answer({"version": version, "render": render})
