"""The embedded servers: private, in two roles, durable, and tidy after a crash."""

import json
import os
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redis

from funding.sandbox.up.binaries import postgres_major
from funding.sandbox.up.reasons import CannotStart
from funding.sandbox.up.services import Services, clear_abandoned, private_folder

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def own_servers(monkeypatch: pytest.MonkeyPatch) -> None:
    """These tests start servers though the run that they belong to has some already."""
    for name in ("DATABASE_URL", "REDIS_URL"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder whose path is short enough for sockets."""
    with tempfile.TemporaryDirectory(prefix="manul-t-", dir="/tmp") as name:
        yield Path(name)


def lasting(folder: Path) -> Services:
    """Services like those of `up`, in a folder of their own."""
    return Services(
        folder / "var",
        logs=folder / "log",
        sockets=folder / "s",
        durable=True,
        lasting=True,
    )


def test_the_application_may_connect_and_no_more(folder: Path) -> None:
    with lasting(folder) as services:
        told = services.environment
        with psycopg.connect(told["DATABASE_OWNER_URL"], autocommit=True) as owner:
            owner.execute("CREATE TABLE journal (amount bigint)")
            owner.execute("INSERT INTO journal VALUES (2550)")
            row = owner.execute(
                "SELECT rolsuper, rolcreaterole, rolcreatedb FROM pg_roles"
                " WHERE rolname = current_user"
            ).fetchone()
            assert row == (False, False, True)
        with psycopg.connect(told["DATABASE_URL"], autocommit=True) as application:
            for statement in ("TABLE journal", "DROP TABLE journal", "CREATE TABLE other ()"):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    application.execute(statement)


def test_nobody_else_can_reach_the_servers(folder: Path) -> None:
    with lasting(folder) as services:
        mode = services.sockets.stat().st_mode
        assert stat.S_IMODE(mode) == 0o700
        with psycopg.connect(services.environment["DATABASE_SUPERUSER_URL"]) as root:
            assert root.execute("SHOW listen_addresses").fetchone() == ("",)
            assert root.execute("SHOW data_checksums").fetchone() == ("on",)
            assert root.execute("SHOW fsync").fetchone() == ("on",)
        with redis.from_url(services.environment["REDIS_URL"]) as queue:
            assert queue.config_get("port") == {"port": "0"}


def test_what_was_committed_outlives_a_kill_of_both_servers(folder: Path) -> None:
    with lasting(folder) as services:
        with psycopg.connect(services.environment["DATABASE_OWNER_URL"]) as owner:
            owner.execute("CREATE TABLE kept AS SELECT generate_series(1, 500) AS number")
        for child in services.children:
            os.killpg(child.process.pid, signal.SIGKILL)
            child.process.wait()
    with (
        lasting(folder) as services,
        psycopg.connect(services.environment["DATABASE_OWNER_URL"]) as owner,
    ):
        assert owner.execute("SELECT count(*) FROM kept").fetchone() == (500,)


def test_a_first_start_that_was_interrupted_leaves_nothing_in_the_way(folder: Path) -> None:
    half = folder / "var" / "pg.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("half made")
    with lasting(folder) as services:
        assert services.environment["DATABASE_URL"].endswith(f"host={folder}/s")
    assert not half.exists()
    assert (folder / "var" / "pg" / "PG_VERSION").exists()


def test_data_of_another_major_version_are_refused_with_the_way_out(folder: Path) -> None:
    (folder / "var" / "pg").mkdir(parents=True)
    (folder / "var" / "pg" / "PG_VERSION").write_text("14\n")
    services = lasting(folder)
    with pytest.raises(CannotStart) as said:
        services.start()
    services.stop()
    major = postgres_major()
    assert f"PostgreSQL 14, the programs installed now are PostgreSQL {major}" in str(said.value)
    assert "pg_dumpall" in str(said.value)
    assert (folder / "var" / "pg" / "PG_VERSION").read_text() == "14\n"


def test_a_stale_lock_file_of_a_crashed_server_is_no_obstacle(folder: Path) -> None:
    with lasting(folder):
        pass
    # After a restart of the machine the number may belong to any program, such as this one.
    (folder / "var" / "pg" / "postmaster.pid").write_text(f"{os.getpid()}\n/x\n1\n5432\n\n\n")
    private_folder(folder / "s")
    (folder / "s" / ".s.PGSQL.5432.lock").write_text(f"{os.getpid()}\n/x\n1\n5432\n\n\n")
    with lasting(folder) as services:
        psycopg.connect(services.environment["DATABASE_URL"]).close()


def test_a_folder_of_sockets_that_others_can_enter_is_refused(folder: Path) -> None:
    open_to_all = folder / "open"
    open_to_all.mkdir()
    open_to_all.chmod(0o755)
    elsewhere = folder / "link"
    elsewhere.symlink_to(folder)
    for place in (open_to_all, elsewhere):
        with pytest.raises(CannotStart, match="not a private folder"):
            private_folder(place)
    private_folder(folder / "new")
    private_folder(folder / "new")


def test_servers_that_the_environment_names_are_used_and_none_is_started(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://me@db/fund")
    monkeypatch.setenv("REDIS_URL", "redis://queue/0")
    with lasting(folder) as services:
        assert services.children == []
        assert services.environment == {}


def test_throw_away_services_of_a_killed_run_are_ended_and_removed() -> None:
    code = (
        "import json, os, signal\n"
        "from funding.sandbox.up.services import Services\n"
        "services = Services.throw_away(durable=False)\n"
        "services.start()\n"
        "pids = [child.process.pid for child in services.children]\n"
        "print(json.dumps([str(services.folder), pids]), flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    told = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    place, pids = json.loads(told.stdout)
    assert Path(place).exists()
    assert all(_runs(pid) for pid in pids)
    with Services.throw_away(durable=False) as others:
        clear_abandoned()
        assert others.folder.exists()
        assert not Path(place).exists()
        assert not any(_runs(pid) for pid in pids)
    assert not others.folder.exists()


def _runs(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"
