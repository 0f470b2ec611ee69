"""WeasyPrint as its first page shows it: HTML(string=...).write_pdf(), and nothing shared."""

import itertools

import weasyprint

from tests.benchmarks.answering import answer, timed


class Pages:
    """The pages to be rendered, in turn."""

    def __init__(self) -> None:
        self.pages = itertools.cycle([""])

    def take(self, pages: list[str]) -> str:
        """Keep the pages; which WeasyPrint this is."""
        self.pages = itertools.cycle(pages)
        return weasyprint.__version__

    def render(self, seconds: float) -> dict[str, float]:
        """Render for so long."""
        return timed(seconds, lambda: weasyprint.HTML(string=next(self.pages)).write_pdf())


if __name__ == "__main__":
    pages = Pages()
    answer({"take": pages.take, "render": pages.render})
