#!/usr/bin/env python3
"""The one entry point of Manul Fund.

    python3 manage.py up        everything on this machine; ends in "Ready: http://localhost:8000"
    python3 manage.py test      every test; `test fast` leaves out browser and simulation
    python3 manage.py bench     the benchmarks
    python3 manage.py ...       any other command, beside a running `up` on its database

Any Python from 3.8 can read this file. It looks for a Python that the product runs on, makes
.venv from it, installs the pinned requirements there and starts itself again inside. With
MANUL_ENV=system it uses the Python it was started with and installs nothing.
"""

from __future__ import annotations

import contextlib
import glob
import hashlib
import json
import os
import shutil
import subprocess
import sys
from typing import Iterator

ROOT = os.path.dirname(os.path.abspath(__file__))
VENV = os.path.join(ROOT, ".venv")
OWN_COMMANDS = ("up", "test", "bench")
OLDEST = (3, 12)
# The version tried most comes first; a newer one may still lack ready-made packages.
VERSIONS = ("3.13", "3.14", "3.12", "3.15")
PROBE = "import sys; print('%d.%d.%d' % sys.version_info[:3]); import ensurepip, ssl, venv"


class CannotStart(Exception):
    """A sentence for the person at the keyboard: what is missing and what to do."""


def main(argv: list[str]) -> int:
    """Run one command line and return its exit code."""
    try:
        return run(argv)
    except CannotStart as problem:
        print(problem, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def run(argv: list[str]) -> int:
    """Prepare the environment for the command, go there, and carry the command out."""
    command = argv[1] if len(argv) > 1 else "help"
    if os.environ.get("MANUL_ENV") != "system":
        if os.name == "nt":
            raise CannotStart("Manul Fund runs on Linux and macOS. On Windows, use it inside WSL.")
        if command in OWN_COMMANDS:
            make_ready(requirement_files(command))
        elif not os.path.exists(stamp_path()):
            raise CannotStart(
                "Run `python3 manage.py up` once first: it makes .venv with all this needs."
            )
        if not is_inside(VENV):
            enter(VENV, argv)
    if command in OWN_COMMANDS:
        from funding.sandbox.up import commands

        return commands.run(command, argv[2:])
    return subcommand(argv)


def subcommand(argv: list[str]) -> int:
    """Hand a Django command to Django, on the services of a running `up` where there is one."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "funding.settings")
    told = "DATABASE_URL" in os.environ or "DATABASE_URL_FILE" in os.environ
    # The production image carries no sandbox; there the environment says everything.
    if not told and os.path.isdir(os.path.join(ROOT, "funding", "sandbox", "up")):
        from funding.sandbox.up import beside

        return beside.run(argv)
    from django.core.management import execute_from_command_line

    execute_from_command_line(argv)
    return 0


def is_inside(venv: str) -> bool:
    """Whether this very process runs on the venv's Python."""
    return os.path.realpath(sys.prefix) == os.path.realpath(venv)


def enter(venv: str, argv: list[str]) -> None:
    """Become the venv's Python with the same command line; does not return."""
    python = os.path.join(venv, "bin", "python")
    environment = keeping_compiled(dict(os.environ))
    environment.pop("PYTHONHOME", None)
    if sys.platform == "darwin":
        # Pango comes from Homebrew, where only Homebrew's own Python would look for it.
        libraries = [
            path for path in ("/opt/homebrew/lib", "/usr/local/lib") if os.path.isdir(path)
        ]
        environment.setdefault("DYLD_FALLBACK_LIBRARY_PATH", ":".join(libraries))
    sys.stdout.flush()
    try:
        os.execve(python, [python, os.path.abspath(__file__)] + argv[1:], environment)
    except OSError as error:
        raise CannotStart(
            "%s does not start (%s). Delete .venv and run `python3 manage.py up`."
            % (python, error.strerror)
        ) from error


def keeping_compiled(environment: dict[str, str]) -> dict[str, str]:
    """The environment in which what is compiled is kept, and where only in var if so wished.

    uv leaves packages uncompiled. With PYTHONDONTWRITEBYTECODE every process would compile all
    that it imports, which takes longer than the rest of a start.
    """
    if environment.pop("PYTHONDONTWRITEBYTECODE", ""):
        environment.setdefault("PYTHONPYCACHEPREFIX", os.path.join(ROOT, "var", "pycache"))
    return environment


# -- what is installed -------------------------------------------------------------------------


def requirement_files(command: str) -> list[str]:
    """The pinned lists a command needs, as names beside this file."""
    return ["requirements.txt"] + ([] if command == "up" else ["requirements-dev.txt"])


def stamp_path(venv: str = "") -> str:
    """The file that says what was installed into the venv."""
    return os.path.join(venv or VENV, ".installed.json")


def making_path(venv: str = "") -> str:
    """The file that stands in the venv while it is being filled."""
    return os.path.join(venv or VENV, ".making")


def digest(path: str) -> str:
    """SHA-256 of a file's bytes."""
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def identity(venv: str) -> str:
    """The interpreter behind the venv; changes when the system's Python is replaced."""
    python = os.path.realpath(os.path.join(venv, "bin", "python"))
    try:
        return "%s:%d" % (python, os.stat(python).st_mtime)
    except OSError:
        return ""


def installed(venv: str) -> dict[str, str]:
    """What the stamp says, or nothing where it is missing or unreadable."""
    try:
        with open(stamp_path(venv), encoding="utf-8") as file:
            stamp = json.load(file)
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def is_ready(venv: str, files: list[str], root: str = ROOT) -> bool:
    """Whether the venv is whole and holds exactly what the requirement files ask for now."""
    if os.path.exists(making_path(venv)) or not identity(venv):
        return False
    stamp = installed(venv)
    return stamp.get("python") == identity(venv) and all(
        stamp.get(name) == digest(os.path.join(root, name)) for name in files
    )


def make_ready(files: list[str]) -> None:
    """Make or mend .venv unless it is as it should be; two starts at once wait in line."""
    if is_ready(VENV, files):
        return
    with alone(os.path.join(ROOT, "var", "venv.lock")):
        if not is_ready(VENV, files):
            fill(files)


@contextlib.contextmanager
def alone(path: str) -> Iterator[None]:
    """Hold a lock file; whoever comes second waits until the first is done."""
    import fcntl

    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        lock = open(path, "w")
    except OSError as error:
        raise CannotStart(
            "%s cannot be written (%s). Use a folder of your own." % (path, error.strerror)
        ) from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            print("Another start is installing; waiting for it.")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def fill(files: list[str]) -> None:
    """Install the requirements into .venv, made anew where the old one is of no use."""
    if not is_usable(VENV):
        python = find_python()
        print("Making .venv with %s" % python)
        try:
            shutil.rmtree(VENV, ignore_errors=not os.path.isdir(VENV))
            os.makedirs(VENV)
        except OSError as error:
            raise CannotStart(
                ".venv cannot be replaced (%s). Delete it, or run as its owner." % error.strerror
            ) from error
        touch(making_path())
        call([python, "-m", "venv", VENV], "The virtual environment could not be made.")
    touch(making_path())
    print("Installing " + " and ".join(files))
    install(files)
    stamp = {name: digest(os.path.join(ROOT, name)) for name in files}
    stamp["python"] = identity(VENV)
    temporary = stamp_path() + ".new"
    with open(temporary, "w", encoding="utf-8") as file:
        json.dump(stamp, file, indent=1)
    os.replace(temporary, stamp_path())
    os.remove(making_path())


def touch(path: str) -> None:
    """Make an empty file, or say who may."""
    try:
        with open(path, "w", encoding="utf-8"):
            pass
    except OSError as error:
        raise CannotStart(
            ".venv cannot be written (%s). Delete it, or run as its owner." % error.strerror
        ) from error


def install(files: list[str]) -> None:
    """Install pinned, hashed lists with uv; with pip, slower, where uv cannot be had."""
    python = os.path.join(VENV, "bin", "python")
    lists = [part for name in files for part in ("-r", os.path.join(ROOT, name))]
    uv_list = os.path.join(ROOT, "funding", "sandbox", "up", "uv.txt")
    uv = os.path.join(VENV, "bin", "uv")
    pip = [python, "-m", "pip", "--disable-pip-version-check", "install", "-q", "--require-hashes"]
    if os.path.exists(uv) or subprocess.call([*pip, "-r", uv_list]) == 0:
        command = [uv, "pip", "install", "-q", "--python", python, "--require-hashes", *lists]
        if subprocess.call(command) == 0:
            return
        print("uv could not install everything; trying pip.")
    call(pip + lists, "The packages could not be installed. The first start needs the internet.")


def call(command: list[str], problem: str) -> None:
    """Run a command and turn its failure into a sentence."""
    if subprocess.call(command) != 0:
        raise CannotStart(problem + " What went wrong stands above.")


def is_usable(venv: str) -> bool:
    """Whether the venv was finished once and its Python still runs and is new enough."""
    python = os.path.join(venv, "bin", "python")
    if os.path.exists(making_path(venv)) or not os.access(python, os.X_OK):
        return False
    # A venv whose system Python went from 3.12 to 3.13 starts but has lost its packages.
    version = probe(python, PROBE + ", pip")[0]
    packages = os.path.join(venv, "lib", "python%d.%d" % version[:2], "site-packages")
    return version >= OLDEST and os.path.isdir(packages)


# -- which Python ------------------------------------------------------------------------------


def candidates() -> Iterator[str]:
    """Paths that may be a Python new enough, the likeliest first, each once."""
    seen = set()
    for path in _candidates():
        if path and path not in seen and os.access(path, os.X_OK):
            seen.add(path)
            yield path


def _candidates() -> Iterator[str]:
    yield sys.executable
    for name in ["python" + version for version in VERSIONS] + ["python3", "python"]:
        yield shutil.which(name) or ""
    for version in VERSIONS:
        for pattern in _patterns(version):
            for path in sorted(glob.glob(pattern), reverse=True):
                yield path


def _patterns(version: str) -> list[str]:
    home = os.path.expanduser("~")
    data = os.environ.get("XDG_DATA_HOME") or os.path.join(home, ".local", "share")
    pyenv = os.environ.get("PYENV_ROOT") or os.path.join(home, ".pyenv")
    uv = os.environ.get("UV_PYTHON_INSTALL_DIR") or os.path.join(data, "uv", "python")
    brews = ("/opt/homebrew", "/usr/local", os.path.join("/home", "linuxbrew", ".linuxbrew"))
    return [
        # pyenv's own commands on PATH fail for versions that are there but not chosen.
        os.path.join(pyenv, "versions", version + ".*", "bin", "python3"),
        os.path.join(uv, "cpython-" + version + ".*", "bin", "python3"),
        *[os.path.join(brew, "opt", "python@" + version, "bin", "python3.*") for brew in brews],
        "/Library/Frameworks/Python.framework/Versions/%s/bin/python3" % version,
        "/usr/bin/python" + version,
    ]


def probe(python: str, code: str = PROBE) -> tuple[tuple[int, ...], bool]:
    """Run a candidate: its version ((0, 0) where it does not run), and whether all went well."""
    try:
        done = subprocess.run(
            [python, "-I", "-c", code],
            timeout=20,
            check=False,
            encoding="utf-8",
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            stdin=subprocess.DEVNULL,
        )
        version = tuple(int(part) for part in done.stdout.split()[0].split("."))
    except (OSError, ValueError, IndexError, subprocess.TimeoutExpired):
        return (0, 0), False
    return version, done.returncode == 0


def find_python() -> str:
    """A Python that can make the venv; installs Debian's venv module where it may."""
    from funding.sandbox.up import system

    found, bare = _first_python()
    if not found and bare and system.apt_install(["python3-venv"]):
        found, bare = _first_python()
    uv = shutil.which("uv")
    if not found and uv and subprocess.call([uv, "python", "install", "3.13"]) == 0:
        found, bare = _first_python()
    if found:
        return found
    if bare:
        raise CannotStart(
            "%s lacks its venv module. On Debian or Ubuntu: sudo apt install python3-venv" % bare
        )
    raise CannotStart(
        "Manul Fund needs Python %d.%d or newer; none was found (this one is %d.%d). %s"
        % (OLDEST + sys.version_info[:2] + (_advice(),))
    )


def _first_python() -> tuple[str, str]:
    bare = ""
    for path in candidates():
        version, complete = probe(path)
        if version >= OLDEST:
            if complete:
                return path, ""
            bare = bare or path
    return "", bare


def _advice() -> str:
    if sys.platform == "darwin":
        return "On macOS: brew install python pango"
    return (
        "On Debian 13 or Ubuntu 24.04: sudo apt install python3 python3-venv. "
        "On older ones install uv or pyenv and with it Python 3.13, then start again."
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv))
