"""One simulation: a seed's steps on a stage, the rules after each, the reckoning at the end."""

import time
from collections import Counter
from pathlib import Path

from donors.models import Instalment, Pledge, PledgeChange
from grants.models import Award, Disbursement
from tests.simulation import ending, pledge_rules, pledging, promises, rules
from tests.simulation.acts import Cast
from tests.simulation.plan import Step, draw
from tests.simulation.pledge_plan import draw_year
from tests.simulation.stage import Stage


class Broken(AssertionError):
    """A rule did not hold. The text names seed, steps and rules."""


def run(seed: int, length: int) -> str:
    """Play a seed. Raises Broken. Returns one line of figures."""
    steps = draw(seed, length)
    began = time.monotonic()
    # Nobody else may stand on a database that will crash.
    crashes = any(step.act == "restart_database" for step in steps)
    with Stage(seed, has_database=crashes) as stage:
        played = time.monotonic()
        play(stage, steps)
        rested = time.monotonic()
        # Every second seed does without the webhooks that were lost.
        ending.come_to_rest(stage, keep_lost=seed % 2 == 0)
        demand(stage, steps, [*rules.broken(stage), *ending.reckon(stage)])
        done = time.monotonic()
        return (
            f"seed {seed}: {length} steps, {sum(stage.stripe_figures().values())} payments "
            f"{stage.stripe_figures()}, debits {dict(promises.fates(stage))}, "
            f"{len(stage.post.letters)} mails, "
            f"{sum(stage.certain.values())} killed at 250, {stage.crashes} crashes, "
            f"{Award.objects.count()} awards, "
            f"{Disbursement.objects.filter(released_at__isnull=False).count()} paid out; "
            f"seconds: start {played - began:.1f}, "
            f"steps {rested - played:.1f}, rest {done - rested:.1f}"
        )


def run_year(seed: int) -> str:
    """Play a year of regular giving. Raises Broken. Returns one line of figures."""
    steps = draw_year(seed)
    began = time.monotonic()
    with Stage(seed) as stage:
        play(stage, steps)
        ending.settle_down(stage, keep_lost=seed % 2 == 0)
        demand(stage, steps, [*rules.broken(stage), *pledge_rules.agreed(stage)])
        pledging.everybody_ends(stage)
        ending.come_to_rest(stage, keep_lost=seed % 2 == 0)
        found = [*rules.broken(stage), *pledge_rules.agreed(stage), *ending.reckon(stage)]
        demand(stage, steps, found)
        states = Counter(Instalment.objects.values_list("state", flat=True))
        ends = Counter(Pledge.objects.values_list("ended_why", flat=True))
        done = Counter(PledgeChange.objects.values_list("state", flat=True))
        return (
            f"year {seed}: {len(steps)} steps, instalments {dict(states)}, pledges ended "
            f"{dict(ends)}, changes {dict(done)}, {len(stage.post.letters)} mails, "
            f"{time.monotonic() - began:.0f} seconds"
        )


def play(stage: Stage, steps: list[Step]) -> None:
    """Do the steps, asking every rule after each."""
    cast = Cast(stage)
    for step in steps:
        try:
            cast.perform(step)
        except Exception as error:
            stage.tell(f"{type(error).__name__}: {error}")
            demand(stage, steps[: step.number], [])
            raise
        demand(stage, steps[: step.number], rules.broken(stage))


def demand(stage: Stage, steps: list[Step], found: list[str]) -> None:
    """Raise Broken if anything was found or told, and keep the logs."""
    found = [*stage.problems, *found]
    if not found:
        return
    place = Path("/tmp") / f"simulation-{stage.seed}"  # noqa: S108 - named in the message.
    ending.keep_logs(stage, place)
    raise Broken(
        f"seed {stage.seed}, after step {len(steps)} (logs in {place}):\n"
        + "\n".join(f"  * {each}" for each in found)
        + "\nsteps:\n"
        + "\n".join(str(step) for step in steps)
    )
