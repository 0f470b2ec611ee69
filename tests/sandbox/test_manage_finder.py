"""How manage.py finds a Python and knows whether .venv is as it should be."""

import ast
import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def manage() -> ModuleType:
    """The module itself; it does nothing when it is only imported."""
    spec = importlib.util.spec_from_file_location("manage_under_test", ROOT / "manage.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def script(path: Path, text: str) -> Path:
    """An executable that stands for a Python."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def venv(folder: Path, python: str = sys.executable) -> Path:
    """Something that looks like a finished venv from outside."""
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "python").symlink_to(python)
    return folder


def stamped(manage: ModuleType, folder: Path, root: Path, *names: str) -> None:
    """Write the stamp of an installation that went well."""
    parts = {name: manage.digest(str(root / name)) for name in names}
    import json

    text = json.dumps({**parts, "python": manage.identity(str(folder))})
    Path(manage.stamp_path(str(folder))).write_text(text)


def test_an_old_python_can_read_what_it_is_started_with() -> None:
    for name in ("manage.py", "funding/sandbox/up/system.py", "funding/sandbox/up/__init__.py"):
        ast.parse((ROOT / name).read_text(), feature_version=(3, 8))


def test_before_the_venv_only_the_standard_library_is_needed() -> None:
    code = "import manage, funding.sandbox.up.system, sys; print('django' in sys.modules)"
    # -S leaves site-packages out, so an import of anything installed would fail.
    told = subprocess.run(
        [sys.executable, "-S", "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert told.stdout == "False\n"


def test_what_is_compiled_is_kept_without_a_file_beside_the_sources(
    manage: ModuleType, tmp_path: Path
) -> None:
    script(tmp_path / "bin" / "python", 'echo "$PYTHONDONTWRITEBYTECODE,$PYTHONPYCACHEPREFIX"')
    code = f"import manage; manage.enter({str(tmp_path)!r}, ['manage.py', 'help'])"
    names = ("PYTHONDONTWRITEBYTECODE", "PYTHONPYCACHEPREFIX")
    kept = {name: value for name, value in os.environ.items() if name not in names}
    for told, expected in (
        ({}, ","),
        ({names[0]: "1"}, f",{ROOT / 'var' / 'pycache'}"),
        ({names[0]: "1", names[1]: "/elsewhere"}, ",/elsewhere"),
    ):
        done = subprocess.run(
            [sys.executable, "-c", code],
            cwd=ROOT,
            env=kept | told,
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout.strip() == expected


def test_pyenvs_versions_are_candidates_though_its_shims_fail(
    manage: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shim = script(tmp_path / "shims" / "python3.13", "echo 'command not found' >&2; exit 127")
    real = script(tmp_path / "pyenv" / "versions" / "3.13.9" / "bin" / "python3", "echo 3.13.9")
    monkeypatch.setenv("PATH", str(shim.parent))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "pyenv"))
    found = list(manage.candidates())
    assert found[0] == sys.executable
    assert found.index(str(shim)) < found.index(str(real))
    assert manage.probe(str(shim)) == ((0, 0), False)
    assert manage.probe(str(real)) == ((3, 13, 9), True)


def test_a_python_without_its_venv_module_is_known_as_such(
    manage: ModuleType, tmp_path: Path
) -> None:
    bare = script(tmp_path / "python3", "echo 3.13.5; exit 1")
    assert manage.probe(str(bare)) == ((3, 13, 5), False)


def test_a_candidate_that_says_nonsense_or_is_gone_is_passed_over(
    manage: ModuleType, tmp_path: Path
) -> None:
    assert manage.probe(str(script(tmp_path / "a", "echo hello"))) == ((0, 0), False)
    assert manage.probe(str(script(tmp_path / "b", "true"))) == ((0, 0), False)
    assert manage.probe(str(tmp_path / "missing")) == ((0, 0), False)


def test_the_python_that_runs_these_tests_is_good_enough(manage: ModuleType) -> None:
    version, complete = manage.probe(sys.executable)
    assert version[:2] == sys.version_info[:2]
    assert complete


def test_without_a_new_enough_python_there_is_one_sentence() -> None:
    code = "import manage, sys; manage.OLDEST = (9, 0); sys.exit(manage.main(['manage.py', 'up']))"
    environment = {"PATH": "", "HOME": "/nowhere"}
    told = _in_an_empty_checkout(code, environment)
    assert told.returncode == 1
    assert told.stderr.startswith("Manul Fund needs Python 9.0 or newer; none was found")
    assert "Traceback" not in told.stderr


def _in_an_empty_checkout(
    code: str, environment: dict[str, str]
) -> "subprocess.CompletedProcess[str]":
    # VENV points to a folder that does not exist, so that the real one is left alone.
    code = code.replace("import manage, sys;", "import manage, sys; manage.VENV = '/nowhere';")
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_venv_is_ready_only_with_the_stamp_of_these_very_files(
    manage: ModuleType, tmp_path: Path
) -> None:
    folder = venv(tmp_path / "venv")
    (tmp_path / "requirements.txt").write_text("django==6.1.3")
    (tmp_path / "requirements-dev.txt").write_text("pytest==9")
    names = ["requirements.txt"]

    def ready(files: list[str]) -> bool:
        return bool(manage.is_ready(str(folder), files, str(tmp_path)))

    assert not ready(names)
    stamped(manage, folder, tmp_path, *names)
    assert ready(names)
    assert not ready([*names, "requirements-dev.txt"])
    (tmp_path / "requirements.txt").write_text("django==6.1.4")
    assert not ready(names)


def test_a_venv_whose_filling_was_interrupted_is_neither_ready_nor_used(
    manage: ModuleType, tmp_path: Path
) -> None:
    folder = venv(tmp_path / "venv")
    (tmp_path / "requirements.txt").write_text("django==6.1.3")
    stamped(manage, folder, tmp_path, "requirements.txt")
    manage.touch(manage.making_path(str(folder)))
    assert not manage.is_ready(str(folder), ["requirements.txt"], str(tmp_path))
    assert not manage.is_usable(str(folder))


def test_a_venv_whose_python_was_replaced_or_removed_is_not_ready(
    manage: ModuleType, tmp_path: Path
) -> None:
    folder = venv(tmp_path / "venv")
    (tmp_path / "requirements.txt").write_text("django==6.1.3")
    stamped(manage, folder, tmp_path, "requirements.txt")
    link = folder / "bin" / "python"
    link.unlink()
    assert not manage.is_ready(str(folder), ["requirements.txt"], str(tmp_path))
    link.symlink_to(script(tmp_path / "other", "echo 3.13.0"))
    assert not manage.is_ready(str(folder), ["requirements.txt"], str(tmp_path))


def test_a_venv_that_lost_its_packages_with_a_new_python_is_not_used(
    manage: ModuleType, tmp_path: Path
) -> None:
    folder = venv(tmp_path / "venv", str(script(tmp_path / "python", "echo 3.14.1")))
    (folder / "lib" / "python3.13" / "site-packages").mkdir(parents=True)
    assert not manage.is_usable(str(folder))
    (folder / "lib" / "python3.14" / "site-packages").mkdir(parents=True)
    assert manage.is_usable(str(folder))


def test_a_django_command_in_a_fresh_clone_says_what_to_run_first() -> None:
    code = "import manage, sys; sys.exit(manage.main(['manage.py', 'migrate']))"
    told = _in_an_empty_checkout(code, {"PATH": os.environ["PATH"]})
    assert told.returncode == 1
    assert told.stderr == (
        "Run `python3 manage.py up` once first: it makes .venv with all this needs.\n"
    )


def test_two_starts_at_once_wait_for_each_other(tmp_path: Path) -> None:
    code = (
        "import manage, sys, time, pathlib\n"
        "log = pathlib.Path(sys.argv[1])\n"
        "with manage.alone(sys.argv[2]):\n"
        "    log.open('a').write('in ')\n"
        "    time.sleep(0.3)\n"
        "    log.open('a').write('out ')\n"
    )
    log = tmp_path / "log"
    command = [sys.executable, "-W", "ignore", "-c", code, str(log), str(tmp_path / "x.lock")]
    both = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL) for _ in range(2)]
    assert [one.wait(20) for one in both] == [0, 0]
    assert log.read_text() == "in out in out "


def test_only_up_can_do_without_the_tools_of_the_tests(manage: ModuleType) -> None:
    assert manage.requirement_files("up") == ["requirements.txt"]
    assert manage.requirement_files("test") == ["requirements.txt", "requirements-dev.txt"]
    assert manage.requirement_files("bench") == ["requirements.txt", "requirements-dev.txt"]
