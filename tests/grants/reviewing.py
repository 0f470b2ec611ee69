"""A closed round that wants reviews, its applications and its reviewers."""

import datetime as dt

from funding import clock
from funding.users.models import User
from grants import reviews
from grants.models import Anchor, Application, Criterion, Review, Round
from grants.reviews import Opinion
from tests.grants.decisions.cast import Table, table


def reviewed(*titles: str, wanted: int = 3, seats: int = 5) -> Table:
    """A round over two funds with criteria Need (weight 3) and Method, and nothing assigned."""
    found = table(150_000, 100_000, seats=seats)
    now = clock.now()
    Round.objects.filter(pk=found.round.pk).update(
        reviews_wanted=wanted, marks_due_at=now + dt.timedelta(days=5), decides_on=now.date()
    )
    found.round.refresh_from_db()
    for at, (name, weight) in enumerate((("Need", 3), ("Method", 1))):
        criterion = Criterion.objects.create(
            round=found.round, position=at, name=name, question="Is it?", weight=weight
        )
        for mark in range(1, 6):
            Anchor.objects.create(criterion=criterion, mark=mark, sentence=f"{name} of {mark}.")
    for title in titles or ("Ibex", "Lynx"):
        found.apply(title)
    return found


def asked(set_: Table, application: Application) -> list[User]:
    """Who is asked to review it, by their keys."""
    rows = reviews.standing().filter(application=application).order_by("member")
    return [each.member for each in rows.select_related("member")]


def opinion(set_: Table, *marks: int) -> Opinion:
    """Marks by the criteria in turn."""
    criteria = Criterion.objects.filter(round=set_.round).order_by("position")
    return Opinion(
        {each.pk: mark for each, mark in zip(criteria, marks, strict=False) if mark},
        reasons="Sound.",
        advice="Say when the permits come.",
    )


def hand_in(set_: Table, application: Application, by: User, *marks: int) -> Review:
    """Write and give an opinion."""
    draft = reviews.draft_of(application, by)
    saved = reviews.save(
        application_id=application.pk,
        version=draft.version if draft else 0,
        opinion=opinion(set_, *(marks or (4, 3))),
        by=by,
    )
    return reviews.hand_in(application_id=application.pk, version=saved.version, by=by)
