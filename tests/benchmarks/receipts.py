"""G7: the real receipt, rendered in a warm process: CPU against naive use and against typst."""

from tests.benchmarks.ground import Ground
from tests.benchmarks.report import Finding
from tests.benchmarks.rounds import Pace, Slice, Spread, cpus, ratios, take_turns

IN_A_ROW = 20


def run(ground: Ground, pace: Pace) -> list[Finding]:
    """One by one, and as many as wait in one go; the worker's own memory."""
    name = ground.migrated("bench_receipts")
    seconds = 2 * pace.seconds
    in_a_row = 3 if pace.is_quick else IN_A_ROW
    with (
        ground.own("receipts", name) as own,
        ground.own("receipts", name) as batch,
        ground.peer("naive_receipt") as naive,
        ground.peer("typst_receipt") as typst,
    ):
        given = batch.ask("facts", count=10)
        version = naive.ask("take", pages=batch.ask("sources", count=10))
        typst_version = typst.ask("version")
        turns = take_turns(
            {
                "ours": lambda: Slice.of(own.ask("render", seconds=seconds, given=given)),
                "in a row": lambda: Slice.of(batch.ask("render_due", count=in_a_row)),
                "naive": lambda: Slice.of(naive.ask("render", seconds=seconds)),
                "typst": lambda: Slice.of(typst.ask("render", seconds=seconds)),
            },
            max(2, pace.rounds // 2),
        )
    return _told(turns, in_a_row, version, typst_version)


def _told(
    turns: dict[str, list[Slice]], in_a_row: int, version: str, typst_version: str
) -> list[Finding]:
    each = {name: cpus(turns, name) for name in turns}
    said = ", ".join(f"{name} {Spread(tuple(each[name])).text(1e3)} ms" for name in turns)
    return [
        Finding(
            "G7",
            f"CPU of a receipt: ours to naive WeasyPrint {version}",
            ratios(each["ours"], each["naive"]),
            at_most=0.45,
            detail=said,
        ),
        Finding(
            "G7",
            f"the same for {in_a_row} that wait, rendered and stored in one go",
            ratios(each["in a row"], each["naive"]),
            at_most=0.35,
        ),
        Finding(
            "G7",
            f"CPU of a receipt: ours to a similar page by typst {typst_version}",
            ratios(each["ours"], each["typst"]),
            at_most=5,
        ),
        Finding(
            "G7",
            "largest memory of the process that renders",
            Spread((max(each.peak_mb for each in turns["ours"]),)),
            unit=" MB",
            at_most=100,
        ),
    ]
