"""Second factors: sealed, kept by those who need one, and taken away by two."""

import threading

import pytest
from allauth.mfa.models import Authenticator
from cryptography.fernet import InvalidToken
from django.conf import settings as the_settings
from django.db import IntegrityError, transaction
from django.test import Client
from pytest_django import Settings

from funding import clock
from funding.audit.models import Record
from funding.errors import Refused
from funding.users import factors
from funding.users.factors import NotTheirs, SecondPerson
from funding.users.models import FactorReset, Role, User
from tests.ledger.racing import together
from tests.people import enrol, make_person, sign_in

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
Cast = tuple[User, User, User]


def cast() -> Cast:
    """Tara, who lost her phone, and two administrators."""
    tara = make_person("tara@fund.example", "Tara", Role.TREASURER)
    enrol(tara)
    ada = make_person("ada@fund.example", "Ada", Role.ADMINISTRATOR)
    abe = make_person("abe@fund.example", "Abe", Role.ADMINISTRATOR)
    return tara, ada, abe


@pytest.fixture
def three(db: None) -> Cast:
    return cast()


def ask(lost: User, by: User, reason: str = "Rang me up") -> FactorReset:
    return factors.ask_reset(user_id=lost.pk, reason=reason, by=by)


def test_a_secret_is_sealed_in_the_table_and_opens_again(three: Cast) -> None:
    ada = three[1]
    stored = enrol(ada, SECRET).data["secret"]
    assert SECRET not in stored
    assert factors.unseal(stored) == SECRET
    assert factors.seal(SECRET) != factors.seal(SECRET)


def test_after_a_change_of_keys_old_seals_still_open_and_new_ones_are_made(
    settings: Settings,
) -> None:
    old = factors.seal(SECRET)
    settings.SECRET_KEY_FALLBACKS = [the_settings.SECRET_KEY]
    settings.SECRET_KEY = "another key that is quite as long as the one before it was"
    assert factors.unseal(old) == SECRET
    new = factors.seal(SECRET)
    settings.SECRET_KEY_FALLBACKS = []
    assert factors.unseal(new) == SECRET
    with pytest.raises(InvalidToken):
        factors.unseal(old)


def test_who_holds_a_role_keeps_the_last_factor(three: Cast) -> None:
    tara = three[0]
    app = Authenticator.objects.get(user=tara)
    codes = Authenticator.objects.create(user=tara, type=Authenticator.Type.RECOVERY_CODES, data={})
    assert not factors.may_remove(app)
    assert factors.may_remove(codes)
    key = Authenticator.objects.create(user=tara, type=Authenticator.Type.WEBAUTHN, data={})
    assert factors.may_remove(app)
    assert factors.may_remove(key)


def test_who_holds_none_may_take_it_off(alice: User) -> None:
    assert factors.may_remove(enrol(alice))


def test_recovery_codes_alone_are_no_factor(alice: User) -> None:
    Authenticator.objects.create(user=alice, type=Authenticator.Type.RECOVERY_CODES, data={})
    assert not factors.has_any(alice)


def test_only_administrators_ask_and_never_for_themselves(three: Cast) -> None:
    tara, ada, _abe = three
    for lost, by in ((tara, tara), (ada, ada), (ada, tara)):
        with pytest.raises(NotTheirs):
            ask(lost, by)
    with pytest.raises(Refused, match="how you know"):
        ask(tara, ada, "  ")
    assert not FactorReset.objects.exists()
    assert not Record.objects.exists()


def test_asking_again_is_the_same_request(three: Cast) -> None:
    tara, ada, abe = three
    assert ask(tara, ada).pk == ask(tara, abe).pk
    assert Record.objects.count() == 1


def test_whoever_asked_or_lost_it_or_is_no_administrator_does_not_do_it(three: Cast) -> None:
    tara, ada, _abe = three
    reset = ask(tara, ada)
    with pytest.raises(SecondPerson):
        factors.do_reset(reset_id=reset.pk, by=ada)
    with pytest.raises(NotTheirs):
        factors.do_reset(reset_id=reset.pk, by=tara)
    dan = make_person("dan@fund.example", "Dan", Role.CHAIR)
    with pytest.raises(NotTheirs):
        factors.do_reset(reset_id=reset.pk, by=dan)
    lost_by_one_of_them = ask(ada, make_person("al@fund.example", "Al", Role.ADMINISTRATOR))
    with pytest.raises(NotTheirs):
        factors.do_reset(reset_id=lost_by_one_of_them.pk, by=ada)
    assert factors.has_any(tara)
    assert not FactorReset.objects.filter(done_at__isnull=False).exists()


def test_two_take_it_away_and_every_session_of_that_person_ends(
    three: Cast, client: Client
) -> None:
    tara, ada, abe = three
    sign_in(client, tara)
    assert client.get("/inbox/").status_code == 200
    Authenticator.objects.create(user=tara, type=Authenticator.Type.RECOVERY_CODES, data={})
    reset = ask(tara, ada)
    assert client.get("/inbox/").status_code == 200

    done = factors.do_reset(reset_id=reset.pk, by=abe)

    assert (done.done_by, done.asked_by) == (abe, ada)
    assert not Authenticator.objects.filter(user=tara).exists()
    assert client.get("/inbox/")["Location"].startswith("/accounts/login/")
    assert not User.objects.get(pk=tara.pk).has_usable_password()
    assert [row.action for row in Record.objects.order_by("pk")] == [
        "factor.reset_asked",
        "factor.reset",
    ]


def test_doing_it_again_is_harmless_and_a_new_factor_stays(three: Cast) -> None:
    tara, ada, abe = three
    reset = ask(tara, ada)
    first = factors.do_reset(reset_id=reset.pk, by=abe)
    enrol(tara)
    again = factors.do_reset(reset_id=reset.pk, by=abe)
    assert again.done_at == first.done_at
    assert factors.has_any(tara)
    assert Record.objects.filter(action="factor.reset").count() == 1


@pytest.mark.parametrize(
    ("asked_by", "done_by", "name"),
    [
        (0, None, "factorreset_is_not_ones_own"),
        (1, 0, "factorreset_is_not_ones_own"),
        (1, 1, "factorreset_takes_two"),
    ],
)
def test_the_table_itself_wants_two_others(
    three: Cast, asked_by: int, done_by: int | None, name: str
) -> None:
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        FactorReset.objects.create(
            user=three[0],
            reason="x",
            asked_by=three[asked_by],
            asked_at=clock.now(),
            done_by=None if done_by is None else three[done_by],
            done_at=None if done_by is None else clock.now(),
        )
    assert not FactorReset.objects.exists()


def test_the_table_itself_holds_one_open_request_for_a_person(three: Cast) -> None:
    tara, ada, abe = three
    ask(tara, ada)
    with pytest.raises(IntegrityError, match="factorreset_open_is_one"), transaction.atomic():
        FactorReset.objects.create(user=tara, reason="x", asked_by=abe, asked_at=clock.now())
    with pytest.raises(IntegrityError, match="done_has_its_instant"), transaction.atomic():
        FactorReset.objects.update(done_by=abe)


def test_two_who_ask_at_once_make_one_request(committed: None) -> None:
    tara, ada, abe = cast()
    got = together(2, lambda n: ask(tara, (ada, abe)[n]).pk)
    assert len(set(got)) == FactorReset.objects.count() == 1
    assert Record.objects.count() == 1


def test_without_the_lock_the_second_would_run_into_the_table(committed: None) -> None:
    tara, ada, abe = cast()
    looked = threading.Barrier(2)

    def ask_unlocked(number: int) -> int:
        with transaction.atomic():
            assert not FactorReset.objects.filter(user=tara, done_at__isnull=True).exists()
            looked.wait(timeout=10)
            by = (ada, abe)[number]
            return FactorReset.objects.create(
                user=tara, reason="x", asked_by=by, asked_at=clock.now()
            ).pk

    got = together(2, ask_unlocked)
    assert sorted(type(each).__name__ for each in got) == ["IntegrityError", "int"]


def test_two_who_do_it_at_once_do_it_once(committed: None) -> None:
    tara, ada, abe = cast()
    third = make_person("al@fund.example", "Al", Role.ADMINISTRATOR)
    reset = ask(tara, ada)
    got = together(2, lambda n: factors.do_reset(reset_id=reset.pk, by=(abe, third)[n]))
    assert len({each.done_by_id for each in got if isinstance(each, FactorReset)}) == 1
    assert Record.objects.filter(action="factor.reset").count() == 1
