"""The office at /admin/: every table of ours, to be read by administrators and by nobody else."""

import pytest
from django.apps import apps
from django.core.cache import cache
from django.db.models import BinaryField
from django.test import Client, RequestFactory
from django.urls import reverse

from funding.site.admin import APPS, HIDDEN, office
from funding.users.models import Role, Term, User
from tests.people import enrol, make_person, sign_in

pytestmark = pytest.mark.django_db
PLACES = ("/admin/", "/admin/users/user/", "/admin/login/", "/admin/users/", "/admin/jsi18n/")


@pytest.fixture
def ada(client: Client) -> User:
    """An administrator, signed in with both steps."""
    cache.clear()
    person = make_person("ada@fund.example", "Ada", Role.ADMINISTRATOR)
    sign_in(client, person)
    return person


@pytest.mark.parametrize("place", PLACES)
def test_strangers_are_sent_to_our_sign_in(client: Client, place: str) -> None:
    assert client.get(place)["Location"].startswith("/accounts/login/?next=/admin/")


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("role", [None, *(each for each in Role if each != Role.ADMINISTRATOR)])
def test_for_others_there_is_no_such_page(client: Client, place: str, role: Role | None) -> None:
    person = make_person("eve@else.example", "Eve", *([role] if role else []))
    sign_in(client, person)
    assert client.get(place).status_code == 404


def test_djangos_own_superuser_is_nobody_here(client: Client) -> None:
    person = make_person("eve@else.example", "Eve")
    User.objects.filter(pk=person.pk).update(is_superuser=True)
    sign_in(client, person)
    assert client.get("/admin/").status_code == 404


@pytest.mark.parametrize("place", PLACES)
def test_the_second_step_comes_first(client: Client, place: str) -> None:
    person = make_person("ada@fund.example", "Ada", Role.ADMINISTRATOR)
    enrol(person)
    sign_in(client, person, factor=False)
    assert client.get(place)["Location"].startswith("/accounts/2fa/")


def test_every_table_of_ours_can_be_read(ada: User, client: Client) -> None:
    models = [model for label in APPS for model in apps.get_app_config(label).get_models()]
    assert len(models) > 30
    for model in models:
        meta = model._meta
        place = reverse(f"admin:{meta.app_label}_{meta.model_name}_changelist")
        answer = client.get(place)
        assert answer.status_code == 200, place
        assert "addlink" not in answer.content.decode(), place


def test_a_row_is_shown_without_a_way_to_change_it(ada: User, client: Client) -> None:
    term = Term.objects.get()
    place = f"/admin/users/term/{term.pk}/change/"
    shown = client.get(place).content.decode()
    assert "administrator" in shown.lower()
    assert 'name="_save"' not in shown
    for address in (place, "/admin/users/term/add/", f"/admin/users/term/{term.pk}/delete/"):
        answer = client.post(address, {"post": "yes", "role": "chair"})
        assert answer.status_code == 403, address
    client.post("/admin/users/term/", {"action": "delete_selected", "_selected_action": term.pk})
    assert Term.objects.get().role == Role.ADMINISTRATOR


def test_what_opens_an_account_or_is_a_paper_is_shown_nowhere(rf: RequestFactory) -> None:
    request = rf.get("/admin/")
    for model, shown in office._registry.items():
        fields = set(shown.get_fields(request)) | set(shown.get_list_display(request))
        assert not fields & HIDDEN, model
        binary = {f.name for f in model._meta.concrete_fields if isinstance(f, BinaryField)}
        assert not fields & binary, model
    registered = {model._meta.label_lower for model in office._registry}
    assert not {name for name in registered if "authenticator" in name or "session" in name}


def test_the_way_out_leads_to_our_pages(ada: User, client: Client) -> None:
    assert 'href="/inbox/"' in client.get("/admin/").content.decode()
    client.post("/admin/logout/")
    assert client.get("/inbox/").status_code == 302
