"""What is installed is what the lock file says, to the byte, and it is within what the code is written for."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import version

import pytest
import yaml
from packaging.requirements import Requirement

from tests.engines import NO_ODBC, ROOT, has_odbc

LOCK = (ROOT / "requirements.lock").read_text()
ENTRY = re.compile(
    r"^(?P<name>[\w.-]+)(?:\[[\w,]+\])?==(?P<version>\S+)(?P<rest>(?:.*\\\n)+.*)$", re.MULTILINE
)
LOCKED = {found["name"]: found["version"] for found in ENTRY.finditer(LOCK)}


def direct() -> list[Requirement]:
    """What pyproject.toml names, its extras too."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    texts = [
        *project["dependencies"],
        *(text for extra in project["optional-dependencies"].values() for text in extra),
    ]
    return [Requirement(text) for text in texts if not text.startswith("n2f-sync")]


@pytest.mark.parametrize("requirement", direct(), ids=lambda requirement: requirement.name)
def test_what_the_code_needs_is_locked_within_its_range(requirement: Requirement) -> None:
    assert requirement.specifier.contains(LOCKED[requirement.name])


def test_every_package_is_locked_with_its_hashes_and_from_nowhere_else() -> None:
    lines = [line for line in LOCK.splitlines() if line and not line.startswith(("#", " "))]
    assert [re.split(r"\[|==", line)[0] for line in lines] == list(LOCKED)
    for found in ENTRY.finditer(LOCK):
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", found["rest"]), found["name"]
    assert "://" not in LOCK


@pytest.mark.parametrize("requirement", direct(), ids=lambda requirement: requirement.name)
def test_what_is_installed_is_what_is_locked(requirement: Requirement) -> None:
    assert version(requirement.name) == LOCKED[requirement.name]


def test_ci_asks_for_known_vulnerabilities_of_what_is_locked() -> None:
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "check.yml").read_text())
    steps = [step.get("run", "") for step in workflow["jobs"]["audit"]["steps"]]
    assert any("pip-audit" in step and "--requirement requirements.lock" in step for step in steps)


@pytest.mark.skipif(not has_odbc(), reason=NO_ODBC)
def test_what_is_sent_to_sql_server_can_be_recorded() -> None:
    import pyodbc

    assert pyodbc.version == LOCKED["pyodbc"]
