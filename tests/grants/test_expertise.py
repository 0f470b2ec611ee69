"""Goal: among members with as much to do, whoever knows the field is asked first."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from funding.site.privacy import removing
from funding.site.privacy.models import Erasure
from grants import expertise, recusals, reviewers, reviews
from grants.expertise import Known
from grants.models import Expertise, Theme
from tests.grants.decisions.cast import Table
from tests.grants.decisions.test_committee_pages import browser
from tests.grants.reviewing import asked, reviewed
from tests.people import make_person
from tests.refusing import refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def set_() -> Table:
    """Four applications, one reviewer wanted for each, of four members or more."""
    return reviewed("Ibex", "Lynx", "Marmot", "Saiga", wanted=1, seats=4)


def test_a_member_is_asked_for_what_they_know_as_far_as_work_stays_even(set_: Table) -> None:
    for at, application in enumerate(set_.applications):
        application.project.country = ("MN", "NP", "KG", "KZ")[at]
        application.project.save()
    members = [set_.dan, set_.carol]
    expertise.state(member=members[0], themes=[], places=["KG"])
    expertise.state(member=members[1], themes=[], places=["MN", "NP", "KZ"])
    assert reviews.assign(round_id=set_.round.pk, by=set_.dan) == {}
    given = {each.project.title: asked(set_, each) for each in set_.applications}
    assert given["Marmot"] == [set_.dan]
    theirs = [title for title, people in given.items() if people == [set_.carol]]
    assert len(theirs) == 1, "work stays even among the four"
    assert theirs[0] in {"Ibex", "Lynx", "Saiga"}


def test_a_theme_counts_as_a_country_does_and_no_interest_is_overlooked(set_: Table) -> None:
    ibex = set_.applications[0]
    expertise.state(member=set_.carol, themes=[ibex.project.theme_id], places=[])
    rows = reviewers.rows(set_.round)
    row = next(row for row in rows if row.application == ibex)
    assert [each.member for each in row.free if each.is_versed] == [set_.carol]
    assert row.free[0].member == set_.carol, "first among those with as much to do"
    recusals.step_out(ibex, set_.carol, "We share an office.", actor=set_.carol)
    reviews.assign(round_id=set_.round.pk, by=set_.dan)
    assert asked(set_, ibex) != [set_.carol]


def test_what_is_said_again_is_kept_once_and_what_is_unknown_is_left_out(set_: Table) -> None:
    theme = Theme.objects.all()[0]
    said = Known(frozenset({theme.pk}), frozenset({"MN"}))
    for _ in range(2):
        told = {"themes": [theme.pk, "rubbish", theme.pk], "places": ["MN", "XX", "", "mn"]}
        assert expertise.state(member=set_.carol, **told) == said
        assert Expertise.objects.filter(member=set_.carol).count() == 2
    expertise.state(member=set_.carol, themes=[], places=[])
    assert expertise.of([set_.carol.pk]) == {}
    with pytest.raises(expertise.NotAMember):
        expertise.state(member=set_.asel, themes=[theme.pk], places=[])


def test_the_database_keeps_each_once_and_of_one_kind(set_: Table) -> None:
    theme, carol = Theme.objects.all()[0], set_.carol
    with refused("expertise_is_of_a_theme_or_a_country"):
        Expertise.objects.create(member=carol)
    with refused("expertise_is_of_a_theme_or_a_country"):
        Expertise.objects.create(member=carol, theme=theme, country="MN")
    Expertise.objects.create(member=carol, theme=theme)
    Expertise.objects.create(member=carol, country="MN")
    with refused("expertise_names_a_theme_once"):
        Expertise.objects.create(member=carol, theme=theme)
    with refused("expertise_names_a_country_once"):
        Expertise.objects.create(member=carol, country="MN")


def test_the_page_keeps_what_is_ticked_and_takes_rubbish(set_: Table) -> None:
    carol, place = browser(set_.carol), reverse("grants:committee_expertise")
    theme = Theme.objects.all()[0]
    sent = {"theme": [theme.pk, "\0", "٣"], "country": ["KG", "9" * 400]}
    assert carol.post(place, sent).status_code == 302
    page = carol.get(place).content.decode()
    assert page.count(" checked") == 2
    assert expertise.of([set_.carol.pk])[set_.carol.pk] == Known(
        frozenset({theme.pk}), frozenset({"KG"})
    )


def test_the_list_of_reviewers_costs_the_same_however_much_is_known(set_: Table) -> None:
    with CaptureQueriesContext(connection) as few:
        reviewers.rows(set_.round)
    for member in (set_.dan, set_.carol):
        themes = list(Theme.objects.values_list("pk", flat=True))
        expertise.state(member=member, themes=themes, places=["MN"])
    with CaptureQueriesContext(connection) as many:
        reviewers.rows(set_.round)
    assert len(many) == len(few)


def test_whoever_is_removed_takes_it_along(set_: Table) -> None:
    person = make_person("gone@example.org", "Gone")
    Expertise.objects.create(member=person, country="MN")
    erasure = Erasure(user_id=person.pk, donors=[], users=[person.pk], addresses=[person.email])
    removing.account(erasure)
    assert not Expertise.objects.filter(member=person).exists()
