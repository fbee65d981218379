"""What a newcomer gets: commands that exist, pins without hosts, links that lead somewhere, containers that fit."""

import json
import re
import subprocess
import tomllib
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator, ValidationError  # type: ignore[import-untyped]

ROOT = Path(__file__).parent.parent.parent
HOSTS = re.compile(r"https?://(?!127\.0\.0\.1)|git\+|--(?:extra-)?index-url|--find-links|\bresolved\b|@ file:")
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
NAME = re.compile(r"^[A-Za-z0-9._-]+")
TARGET = re.compile(r"^([a-z]+):", re.MULTILINE)
SERVICES = ("app-1", "app-2", "coturn", "migrate", "postgres", "redis")


def read(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


@pytest.fixture(scope="module")
def compose() -> Any:
    return yaml.safe_load(read("docker-compose.yml"))


@pytest.fixture(scope="module")
def compose_rules() -> Draft202012Validator:
    """Give the Compose specification's own schema."""
    path = files("check_jsonschema") / "builtin_schemas" / "vendor" / "compose-spec.json"
    return Draft202012Validator(json.loads(path.read_text("utf-8")))


def folded(name: str) -> str:
    """Write a package's name as pins do (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def needed() -> Iterator[str]:
    """Name what pyproject.toml asks for."""
    project = tomllib.loads(read("pyproject.toml"))["project"]
    extras = [each for extra in project["optional-dependencies"].values() for each in extra]
    for wish in [*project["dependencies"], *extras]:
        found = NAME.match(wish)
        assert found, wish
        yield folded(found[0])


def links() -> Iterator[tuple[Path, str]]:
    """Find what the pages link to in this tree."""
    for page in PAGES:
        for target in LINK.findall(page.read_text("utf-8")):
            if "://" not in target:
                yield page, target.partition("#")[0]


def test_the_makefile_has_the_commands_that_the_documents_name() -> None:
    targets = set(TARGET.findall(read("Makefile")))
    named = {
        word for page in PAGES for word in re.findall(r"\bmake ([a-z]+)\b(?= ARGS|`|$)", page.read_text("utf-8"), re.M)
    }
    assert {"demo", "test"} <= named <= targets
    assert "no_such_target" not in targets


@pytest.mark.parametrize("target", ["demo", "test", "check", "format"])
def test_make_knows_the_way_to_each_target(target: str) -> None:
    done = subprocess.run(["make", "-n", target], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_make_says_in_plain_words_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "python3").write_text("#!/bin/sh\nexit 1\n")
    (tmp_path / "python3").chmod(0o755)
    (tmp_path / "Makefile").write_text(read("Makefile"))
    for name in ("pyproject.toml", "constraints.txt"):
        (tmp_path / name).touch()
    command = ["make", "demo", f"PYTHON={tmp_path / 'python3'}"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "apt-get install python3-venv" in done.stdout


def test_ci_forbids_skips_and_runs_make_check() -> None:
    script = read(".ci/run")
    assert (ROOT / ".ci/run").stat().st_mode & 0o111
    assert "set -euo pipefail" in script
    assert script.index("export MAJLIS_NO_SKIPS=1") < script.index("\nmake check")
    subprocess.run(["bash", "-n", ROOT / ".ci/run"], check=True)


@pytest.mark.parametrize(
    "name", ["constraints.txt", "package-lock.json", "pyproject.toml", "Makefile", ".ci/run", "Dockerfile"]
)
def test_no_file_of_the_set_up_names_a_host(name: str) -> None:
    assert not HOSTS.search(read(name))
    assert HOSTS.search("thing @ https://host.example/thing.whl")


def test_every_dependency_is_pinned() -> None:
    lines = [line.partition(";")[0].strip() for line in read("constraints.txt").splitlines()]
    assert all(re.fullmatch(r"[a-z0-9.-]+==[^\s=]+", line) for line in lines)
    pins = {folded(line.partition("==")[0]) for line in lines}
    assert set(needed()) - {"majlis"} <= pins


def test_no_lock_file_full_of_hosts_is_committed() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False).stdout.split()
    assert "uv.lock" not in listed
    assert "uv.lock" in read(".gitignore").split()


def test_every_link_in_the_documents_leads_to_a_file() -> None:
    found = list(links())
    assert len(found) > 20
    assert [(page.name, target) for page, target in found if target and not (page.parent / target).exists()] == []


def test_every_decision_is_listed() -> None:
    folder = ROOT / "docs" / "decisions"
    listed = set(LINK.findall((folder / "README.md").read_text("utf-8")))
    assert listed == {path.name for path in folder.glob("[0-9]*.md")}


def test_the_licence_is_whole() -> None:
    text = read("LICENSE")
    assert "GNU AFFERO GENERAL PUBLIC LICENSE" in text
    assert "13. Remote Network Interaction" in text
    assert len(text.splitlines()) == 661


def test_the_changelog_begins_with_what_is_unreleased() -> None:
    assert "## [Unreleased]" in read("CHANGELOG.md")


def test_the_compose_file_keeps_to_the_specification(compose: Any, compose_rules: Draft202012Validator) -> None:
    compose_rules.validate(compose)
    with pytest.raises(ValidationError):
        compose_rules.validate(compose | {"services": {"app-1": {"imagine": "majlis"}}})


def test_the_compose_file_has_two_servers_one_migration_and_both_stores(compose: Any) -> None:
    assert tuple(sorted(compose["services"])) == SERVICES
    assert compose["services"]["app-1"]["environment"] == compose["services"]["app-2"]["environment"]


def test_containers_have_no_secrets_of_their_own(compose: Any) -> None:
    asked = re.compile(r"\$\{(\w+):\?[^}]+\}")
    settings = [each.get("environment", {}) for each in compose["services"].values()]
    secret = [value for each in settings for name, value in each.items() if re.search("SECRET|PASSWORD|_URL", name)]
    assert len(secret) >= 11
    assert all(asked.search(value) for value in secret)
    assert "PASSWORD:-" not in read("docker-compose.yml")


def test_images_are_pinned_and_ports_stay_on_the_loopback(compose: Any) -> None:
    images = [each["image"] for each in compose["services"].values()] + re.findall(
        r"^FROM (\S+)", read("Dockerfile"), re.M
    )
    assert all(re.search(r":\d[\w.-]+$", image) for image in images)
    ports = [port for each in compose["services"].values() for port in each.get("ports", ())]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_servers_wait_for_what_they_need(compose: Any) -> None:
    services = compose["services"]
    assert services["app-1"]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}
    assert services["app-1"]["depends_on"]["redis"] == {"condition": "service_healthy"}
    assert services["migrate"]["depends_on"] == {"postgres": {"condition": "service_healthy"}}
    assert all("test" in services[name]["healthcheck"] for name in SERVICES if name != "migrate")


def test_servers_run_without_rights_and_without_a_writable_root(compose: Any) -> None:
    for name in ("app-1", "app-2", "migrate", "redis"):
        service = compose["services"][name]
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
    assert re.search(r"^USER majlis$", read("Dockerfile"), re.M)
    assert "HEALTHCHECK" in read("Dockerfile")


def test_the_image_is_built_from_what_the_wheel_needs_and_nothing_else() -> None:
    copied = {
        name for line in re.findall(r"^COPY (?!--from)(.+)$", read("Dockerfile"), re.M) for name in line.split()[:-1]
    }
    allowed = {line[1:] for line in read(".dockerignore").splitlines() if line.startswith("!")}
    assert copied == allowed
    assert all((ROOT / name).exists() for name in copied)
