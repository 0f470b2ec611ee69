"""What is told to the product's processes, and how tests are started."""

import stat
from pathlib import Path

import pytest

from funding.sandbox.up import environment, supervisor, trial
from funding.sandbox.up.environment import Keys, Lock


def test_the_keys_of_a_checkout_are_made_once_and_are_private(tmp_path: Path) -> None:
    first = Keys(tmp_path)
    assert first["secret_key"]
    assert first["stripe_key"].startswith("sk_test_")
    first.keep(webhook_secret="whsec_1")
    again = Keys(tmp_path)
    assert again["secret_key"] == first["secret_key"]
    assert again["webhook_secret"] == "whsec_1"
    assert stat.S_IMODE((tmp_path / "secrets.json").stat().st_mode) == 0o600


def test_other_commands_read_exactly_what_up_has_written(tmp_path: Path) -> None:
    values = {"DATABASE_URL": "postgresql://a@/b?host=/tmp/x", "ODD": 'it\'s "odd" $HOME #1'}
    environment.write(tmp_path, values)
    assert environment.read(tmp_path) == values
    assert stat.S_IMODE((tmp_path / "up.env").stat().st_mode) == 0o600
    assert environment.read(tmp_path / "elsewhere") == {}


def test_a_stripe_key_of_the_persons_own_shell_is_never_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STRIPE_SECRET_KEY", "sk_live_of_somebody")
    told = environment.product(tmp_path, Keys(tmp_path), port=1, sandbox_port=2, smtp_port=3)
    assert told["STRIPE_SECRET_KEY"].startswith("sk_test_")
    assert told["STRIPE_API_BASE"] == "http://localhost:2"


def test_only_one_run_holds_a_checkout(tmp_path: Path) -> None:
    first, second = Lock(tmp_path), Lock(tmp_path)
    assert first.take()
    assert not second.take()
    first.release()
    assert second.take()
    second.release()


def test_forgetting_leaves_only_the_locks(tmp_path: Path) -> None:
    for name in ("pg/base", "log"):
        (tmp_path / name).mkdir(parents=True)
    for name in ("up.lock", "venv.lock", "secrets.json", "pg/base/1", "log/web.log"):
        (tmp_path / name).write_text("x")
    outside = tmp_path.parent / "outside"
    outside.mkdir()
    (outside / "kept").write_text("x")
    (tmp_path / "link").symlink_to(outside)
    supervisor.forget(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["up.lock", "venv.lock"]
    assert (outside / "kept").exists()


def test_work_on_the_tables_is_done_by_their_owner() -> None:
    told = {"DATABASE_URL": "app", "DATABASE_OWNER_URL": "owner", "REDIS_URL": "queue"}
    assert supervisor.as_owner(told) == told | {"DATABASE_URL": "owner"}


def test_fast_leaves_out_browser_and_simulation() -> None:
    assert trial.arguments(["fast"])[:2] == ["-m", "not browser and not simulation"]
    assert "-m" not in trial.arguments([])
    assert trial.arguments(["fast", "-m", "simulation"]).count("-m") == 1


@pytest.mark.parametrize("given", [["-n0"], ["-n", "0"], ["--pdb"], [f"{__file__}::test"]])
def test_a_run_that_says_how_or_names_a_file_is_not_spread(given: list[str]) -> None:
    assert trial.arguments(given) == given


def test_a_whole_run_is_spread_and_keeps_groups_together() -> None:
    spread = trial.arguments(["-x"])
    assert spread[-1] == "-x"
    assert spread == ["-x"] or spread[2:4] == ["--dist", "loadgroup"]
