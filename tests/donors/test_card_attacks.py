"""Goal: an attack from one network or from everywhere asks for a link, and ends by itself."""

import datetime as dt

from donors.brake import episodes, origins
from donors.brake.origins import Seen
from donors.models import Episode, Reach
from funding import clock
from funding.alerts.models import Alert
from funding.ledger.models import Fund
from tests.donors.regular import Giver
from tests.donors.trying import refused, visit
from tests.sandbox.conftest import Sandbox


def test_an_open_day_on_one_network_is_not_slowed_and_a_thief_among_them_is(
    general: Fund, giver: Giver, stripe: Sandbox
) -> None:
    for number in range(30):
        honest = visit(general, paid=True)
        if number % 10 == 0:
            refused(honest, 1)
            episodes.judge(honest)
    thief = visit(general)
    refused(thief, 5)
    episodes.judge(thief)
    assert sorted(Episode.objects.values_list("reach", flat=True)) == [Reach.DEVICE, Reach.EMAIL]
    assert not visit(general).needs_link


def test_a_network_from_which_little_but_refusals_comes_is_asked(
    general: Fund, giver: Giver, stripe: Sandbox
) -> None:
    for _number in range(10):
        origin = visit(general, "198.51.100.9")
        refused(origin, 1)
        episodes.judge(origin)
    assert [each.reach for each in Episode.objects.all()] == [Reach.ADDRESS]
    assert visit(general, "198.51.100.77").needs_link
    assert not visit(general, "203.0.113.7").needs_link


def test_an_attack_from_everywhere_asks_everybody_and_ends_by_itself(
    general: Fund, giver: Giver, stripe: Sandbox
) -> None:
    for number in range(20):
        origin = visit(general, f"198.18.{number}.1")
        refused(origin, 1)
        episodes.judge(origin)
    episode = Episode.objects.get()
    assert (episode.reach, episode.cards) == (Reach.EVERYBODY, 20)
    assert visit(general, "203.0.113.7").needs_link
    known = Seen("203.0.113.7", "alice@donor.example", "", is_known=True)
    assert not origins.running(known).exists()
    assert Alert.objects.get(kind="cards_tested").closed_at is None
    # It goes on while they do, and not for longer.
    giver.seconds(20 * 60)
    more = visit(general, "198.18.99.1")
    refused(more, 1)
    episodes.judge(more)
    assert Episode.objects.get().until > episode.until
    giver.seconds(29 * 60)
    assert visit(general).needs_link
    giver.seconds(2 * 60)
    assert not visit(general).needs_link
    giver.sweeps()
    episode.refresh_from_db()
    assert (episode.ended_at, episode.ended_by) == (episode.until, "system")
    # The visit of the thief that went on, and two honest ones.
    assert episode.forms == 3
    assert Alert.objects.get(kind="cards_tested").closed_at is not None


def test_what_was_usual_is_the_middle_of_four_weeks(general: Fund, giver: Giver) -> None:
    origin = visit(general)
    assert episodes._usual_a_day() == 0
    for day in range(1, 28):
        refused(origin, 6, at=clock.now() - dt.timedelta(days=day))
    # One day of attack does not make attacks usual.
    refused(origin, 500, at=clock.now() - dt.timedelta(days=2))
    assert episodes._usual_a_day() == 6
