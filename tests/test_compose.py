"""The production shape on paper: docker-compose.yml and Dockerfile, without a Docker engine."""

import ast
import copy
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parents[1]
OWNERS = {"backup", "migrate"}
PRODUCT = {"web", "worker", "beat", *OWNERS}
SCHEMA_CHECK = Path(sys.executable).with_name("check-jsonschema")


def compose() -> dict[str, Any]:
    """The compose file as plain values of its own, with anchors followed."""
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    found: dict[str, Any] = copy.deepcopy(json.loads(json.dumps(YAML(typ="safe").load(text))))
    return found


def variables(source: str) -> set[str]:
    """Names of the environment variables that a settings file reads."""
    return {
        str(node.args[0].value)
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call)
        and node.args
        and isinstance(node.args[0], ast.Constant)
        and ast.unparse(node.func) in {"env", "env_flag", "env_list", "os.environ.get"}
    }


def settings_variables() -> set[str]:
    """The variables of our settings."""
    return variables((ROOT / "funding/settings.py").read_text(encoding="utf-8"))


def unknown(services: dict[str, Any], known: set[str]) -> list[str]:
    """Variables given to the product that it does not read."""
    return [
        f"{name}: {variable}"
        for name in sorted(PRODUCT & set(services))
        for variable in services[name]["environment"]
        if variable not in known and variable.removesuffix("_FILE") not in known
    ]


def told_the_owner(services: dict[str, Any]) -> list[str]:
    """Services besides OWNERS that could act as the owner of the tables or of the server."""
    private = {"owner_password", "server_password", "application_password", "database_owner_url"}
    return [
        name
        for name in sorted(PRODUCT - OWNERS)
        if private & set(services[name]["secrets"])
        or "owner" in json.dumps(services[name]["environment"])
    ]


def published(services: dict[str, Any]) -> dict[str, list[str]]:
    """Ports that services open on the machine."""
    return {name: service["ports"] for name, service in services.items() if "ports" in service}


def unwatched(services: dict[str, Any], *, image_has_check: bool) -> list[str]:
    """Services of which nobody would notice that they no longer work."""
    complaints = []
    for name, service in services.items():
        check = service.get("healthcheck", {})
        ends_by_itself = service.get("restart") == "no"
        inherited = "build" in service and image_has_check and not check
        if not (check.get("test") or inherited or ends_by_itself):
            complaints.append(name)
    return complaints


def in_the_clear(text: str) -> list[str]:
    """Passwords, keys and addresses with passwords that are written into the file itself."""
    return re.findall(
        r"(?im)^ *\w*(?:password|key|_url)\w*: +(?!/run/secrets/|redis://queue:|\$)(\S.*)$", text
    )


def follows_the_specification(path: Path) -> bool:
    """Whether the compose specification accepts a file."""
    command = [str(SCHEMA_CHECK), "--builtin-schema", "vendor.compose-spec", str(path)]
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


def test_the_file_follows_the_compose_specification(tmp_path: Path) -> None:
    assert follows_the_specification(ROOT / "docker-compose.yml")
    broken = tmp_path / "docker-compose.yml"
    broken.write_text("services:\n  web:\n    dependson: [db]\n", encoding="utf-8")
    assert not follows_the_specification(broken)


def test_it_has_the_parts_of_production() -> None:
    assert set(compose()["services"]) == PRODUCT | {"db", "queue"}


def test_every_service_is_watched_or_ends_by_itself() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    services = compose()["services"]
    assert unwatched(services, image_has_check="\nHEALTHCHECK " in dockerfile) == []
    assert unwatched(services, image_has_check=False) == ["web"]


def test_the_product_waits_for_the_migrations_and_these_for_the_database() -> None:
    services = compose()["services"]
    for name in PRODUCT - OWNERS:
        awaited = services[name]["depends_on"]
        assert awaited["migrate"]["condition"] == "service_completed_successfully"
        assert awaited["queue"]["condition"] == "service_healthy"
    assert services["migrate"]["depends_on"]["db"]["condition"] == "service_healthy"


def test_only_the_web_server_can_be_reached_and_only_from_this_machine() -> None:
    whole = compose()
    services = whole["services"]
    assert published(services) == {"web": ["127.0.0.1:${PORT:-8000}:8000"]}
    assert whole["networks"]["inside"] == {"internal": True}
    assert services["db"]["networks"] == services["queue"]["networks"] == ["inside"]
    services["db"]["ports"] = ["5432:5432"]
    assert "db" in published(services)


def test_the_application_never_gets_the_owners_address() -> None:
    services = compose()["services"]
    assert told_the_owner(services) == []
    owner = services["migrate"]["environment"]["DATABASE_URL_FILE"]
    assert owner == "/run/secrets/database_owner_url"
    services["web"]["secrets"].append("database_owner_url")
    services["beat"]["environment"]["DATABASE_URL_FILE"] = owner
    assert told_the_owner(services) == ["beat", "web"]


def test_every_variable_is_one_that_the_settings_read() -> None:
    services = compose()["services"]
    assert unknown(services, settings_variables()) == []
    services["web"]["environment"]["STRIPE_KEY"] = "x"
    assert unknown(services, settings_variables()) == ["web: STRIPE_KEY"]


def test_every_secret_file_that_is_named_is_given() -> None:
    whole = compose()
    for name in PRODUCT:
        service = whole["services"][name]
        named = {
            value.removeprefix("/run/secrets/")
            for value in service["environment"].values()
            if value.startswith("/run/secrets/")
        }
        assert named == set(service["secrets"])
        assert named <= set(whole["secrets"])


def test_no_password_stands_in_the_file() -> None:
    assert in_the_clear((ROOT / "docker-compose.yml").read_text(encoding="utf-8")) == []
    assert in_the_clear("  POSTGRES_PASSWORD: manul\n") == ["manul"]
    assert in_the_clear("  DATABASE_URL: postgresql://a:b@c/d\n")


def test_the_product_may_do_little_in_its_containers() -> None:
    for name in PRODUCT:
        service = compose()["services"][name]
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert dockerfile.index("\nUSER manul\n") < dockerfile.index("\nCMD ")
    assert "--require-hashes" in dockerfile


def test_the_database_keeps_its_files_where_its_image_writes_them() -> None:
    # From version 18 on the image keeps a folder per version below this one.
    assert "database:/var/lib/postgresql" in compose()["services"]["db"]["volumes"]


def test_the_secrets_that_can_be_made_are_made_once(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    said = make_secrets(folder)
    made = {path.name: path.read_text() for path in folder.iterdir()}
    wanted = {Path(secret["file"]).name for secret in compose()["secrets"].values()}
    for_people = wanted - set(made)

    assert for_people == {"stripe_secret_key", "stripe_webhook_secrets", "mail_url"}
    assert all(name in said for name in for_people)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert made["application_password"] in made["database_url"]
    assert made["owner_password"] in made["database_owner_url"]
    assert len(set(made.values())) == len(made)
    assert not any(value in said for value in made.values())

    # Neither the folder nor the settings beside the compose file may ever be committed.
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert {"/secrets/", "/.env"} <= set(ignored)

    make_secrets(folder)
    assert {path.name: path.read_text() for path in folder.iterdir()} == made


def make_secrets(folder: Path) -> str:
    """Run the script; what it says."""
    done = subprocess.run(
        [ROOT / "docker/make-secrets", folder], check=True, capture_output=True, encoding="utf-8"
    )
    return done.stdout


@pytest.mark.parametrize("script", ["docker/make-secrets", "docker/roles.sh", ".ci/run"])
def test_scripts_can_be_run_and_are_read_by_the_shell(script: str) -> None:
    path = ROOT / script
    assert path.stat().st_mode & 0o111
    shell = "bash" if "bash" in path.read_text(encoding="utf-8").splitlines()[0] else "sh"
    assert subprocess.run([shell, "-n", path], check=False).returncode == 0


def test_the_two_roles_are_the_ones_the_settings_know() -> None:
    roles = (ROOT / "docker/roles.sh").read_text(encoding="utf-8")
    assert "CREATE ROLE manul_owner LOGIN" in roles
    assert "CREATE ROLE manul_app LOGIN" in roles
    settings = (ROOT / "funding/settings.py").read_text(encoding="utf-8")
    assert 'env("APP_ROLE", "manul_app")' in settings


def test_the_readme_explains_every_variable_of_the_settings() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    table = readme.split("### Environment")[1].split("\n## ")[0]
    assert set(re.findall(r"^\| `(\w+)`", table, re.MULTILINE)) == settings_variables()
