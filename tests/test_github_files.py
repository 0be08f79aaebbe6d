"""Templates, hooks and the rest that GitHub or pre-commit read: well formed, and about things that are there."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]
GITHUB = ROOT / ".github"
FORMS = sorted(path for path in (GITHUB / "ISSUE_TEMPLATE").glob("*.yml") if path.stem != "config")
KINDS = {"markdown", "textarea", "input", "dropdown", "checkboxes"}


def parsed(path: Path) -> Any:
    """What a file of YAML holds."""
    return yaml.safe_load(path.read_text("utf-8"))


def hooks() -> list[dict[str, Any]]:
    """The hooks of pre-commit."""
    return [hook for repo in parsed(ROOT / ".pre-commit-config.yaml")["repos"] for hook in repo["hooks"]]


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_a_form_is_one_that_github_shows(path: Path) -> None:
    form = parsed(path)
    assert {"name", "description", "body"} <= set(form)
    ids = [part["id"] for part in form["body"] if "id" in part]
    assert len(ids) == len(set(ids))
    for part in form["body"]:
        assert part["type"] in KINDS
        assert part["attributes"].get("label") or part["attributes"].get("value")
        assert ("id" in part) == (part["type"] != "markdown")


def test_there_is_a_form_for_a_bug_a_question_and_a_mapping() -> None:
    assert {path.stem for path in FORMS} == {"bug", "question", "mapping"}


@pytest.mark.parametrize("path", [*FORMS, GITHUB / "pull_request_template.md"], ids=lambda path: path.name)
def test_what_a_template_names_is_there(path: Path) -> None:
    text = path.read_text("utf-8")
    assert [name for name in re.findall(r"\bdocs/[\w/-]+\.md", text) if not (ROOT / name).is_file()] == []
    targets = set(re.findall(r"(?m)^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8")))
    assert set(re.findall(r"`make ([a-z-]+)`", text)) <= targets


def test_every_hook_runs_from_the_environment_of_the_project_and_fetches_nothing() -> None:
    config = parsed(ROOT / ".pre-commit-config.yaml")
    assert [repo["repo"] for repo in config["repos"]] == ["local"]
    for hook in hooks():
        assert hook["language"] == "system"
        assert hook["entry"].startswith(".venv/bin/")
        assert "additional_dependencies" not in hook


def test_the_hooks_are_what_make_lint_checks() -> None:
    recipe = (ROOT / "Makefile").read_text("utf-8").partition("\nlint:")[2].partition("\n\n")[0]
    linted = set(re.findall(r"\$\(BIN\)/(\w+)", recipe))
    assert linted == {"ruff", "mypy", "sqlfluff"}
    assert linted <= {Path(shlex.split(hook["entry"])[0]).name for hook in hooks()}


@pytest.mark.parametrize("hook", hooks(), ids=lambda hook: hook["id"])
def test_a_hook_runs_and_looks_at_files_that_there_are(hook: dict[str, Any]) -> None:
    words = shlex.split(hook["entry"])[1:]
    named = [word for word in words if word.endswith(".py")]
    assert [word for word in named if not (ROOT / word).is_file()] == []
    if "files" in hook:
        wanted = re.compile(hook["files"])
        files = [
            path.relative_to(ROOT).as_posix()
            for folder in ("loader", "dbt_project")
            for path in (ROOT / folder).rglob("*")
        ]
        assert any(wanted.search(file) for file in files)
    else:
        assert set(hook["types_or"]) <= {"python", "pyi"}
