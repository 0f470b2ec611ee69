"""The tree as the image has it: without sandbox and tests it stands on its own."""

import fnmatch
import os
import secrets
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tidy import tree

CHECK = ("manage.py", "check", "--deploy", "--fail-level", "WARNING")
EVERYTHING = """
import os, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "funding.settings"
import django
django.setup()
from django.urls import get_resolver
from funding.celery import app
from funding.wsgi import application
assert get_resolver().url_patterns
app.loader.import_default_modules()
loaded = [name for name in sys.modules if "sandbox" in name or name == "weasyprint"]
assert not loaded, loaded
"""


def copied(name: str, rules: list[str]) -> bool:
    """Whether Docker would copy a file: the last line of .dockerignore that fits it decides."""
    kept = True
    for rule in rules:
        bare = rule.removeprefix("!")
        pattern = bare.removeprefix("**/")
        places = [name, *(str(parent) for parent in Path(name).parents)]
        if pattern != bare:
            # Only behind **/ a name counts at every depth.
            places += Path(name).parts
        if any(fnmatch.fnmatchcase(place, pattern) for place in places):
            kept = rule.startswith("!")
    return kept


def rules() -> list[str]:
    """The lines of .dockerignore that say something."""
    lines = tree.read(".dockerignore").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what the image would hold."""
    folder = tmp_path_factory.mktemp("image")
    for name in tree.files():
        if copied(name, rules()):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(tree.ROOT / name, folder / name)
    return folder


def run(folder: Path, *arguments: str, **changed: str) -> "subprocess.CompletedProcess[str]":
    """Run Python in the copy, configured as in production, with keys made up here."""
    environment = {
        "PATH": os.environ["PATH"],
        "MANUL_ENV": "system",
        "PYTHONDONTWRITEBYTECODE": "1",
        "SECRET_KEY": secrets.token_urlsafe(48),
        "SITE_URL": "https://fund.example.org",
        "ALLOWED_HOSTS": "fund.example.org",
        "BEHIND_PROXY": "1",
        "DATABASE_URL": "postgresql://nobody@127.0.0.1:9/none",
        "STRIPE_SECRET_KEY": f"sk_live_{secrets.token_hex(12)}",
        "STRIPE_WEBHOOK_SECRETS": f"whsec_{secrets.token_hex(12)}",
        "MAIL_URL": "smtp://mail.example.org:587/?tls=1",
        "MAIL_FROM": "Manul Fund <fund@example.org>",
    } | changed
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env=environment,
        check=False,
        capture_output=True,
        encoding="utf-8",
    )


def test_the_image_holds_the_product_and_nothing_else(image: Path) -> None:
    assert {path.name for path in image.iterdir()} - {"locale"} == {
        "docker", "donors", "funding", "grants", "manage.py", "requirements.txt", "templates",
    }  # fmt: skip
    assert not (image / "funding/sandbox").exists()
    assert [path.name for path in (image / "docker").iterdir()] == ["healthy.py"]


def test_dockerignore_is_read_as_docker_reads_it() -> None:
    lines = ["*", "!funding", "funding/sandbox", "**/*.pyc"]
    assert copied("funding/money.py", lines)
    assert not copied("funding/sandbox/up/ports.py", lines)
    assert not copied("tests/conftest.py", lines)
    assert not copied("funding/ledger/money.pyc", lines)
    assert not copied("tests/benchmarks/requirements.txt", ["*", "!requirements.txt"])


def test_the_image_passes_the_judge_of_production(image: Path) -> None:
    done = run(image, *CHECK)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("SECRET_KEY", "weak"),
        ("BEHIND_PROXY", "yes"),
        ("STRIPE_API_BASE", "http://localhost:8001"),
        ("STRIPE_SECRET_KEY", "sk_test_x"),
        ("DATABASE_URL", "sqlite:///db"),
    ],
)
def test_the_judge_refuses_a_wrong_value(image: Path, variable: str, value: str) -> None:
    assert run(image, *CHECK, **{variable: value}).returncode != 0


def test_every_address_task_and_static_file_of_the_image_is_there(image: Path) -> None:
    done = run(image, "-c", EVERYTHING)
    assert done.returncode == 0, done.stderr
    done = run(image, "manage.py", "collectstatic", "--noinput")
    assert done.returncode == 0, done.stderr
    assert (image / "var/static/staticfiles.json").exists()


def test_the_health_check_of_the_image_says_what_is_wrong(image: Path, tmp_path: Path) -> None:
    done = run(image, "docker/healthy.py", "web", SITE_URL="http://127.0.0.1:9")
    assert done.returncode == 1
    assert "/healthz" in done.stderr

    file = tmp_path / "beat"
    beat = ("docker/healthy.py", "beat")
    assert run(image, *beat, BEAT_FILE=str(file)).returncode == 1
    file.touch()
    assert run(image, *beat, BEAT_FILE=str(file)).returncode == 0
    os.utime(file, (1, 1))
    assert run(image, *beat, BEAT_FILE=str(file)).returncode == 1
