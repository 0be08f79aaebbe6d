"""The workflow that shows on a pull request what it changes: who may write, and what its steps do, run here."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.engines import ROOT

WORKFLOW = ROOT / ".github" / "workflows" / "impact.yml"
MARK = "<!-- n2f-sync impact -->"
GH = """#!/bin/sh
# Stands in for GitHub's own: notes what it is asked, and the comment, and answers with the comments that there are.
for word; do echo "$word" >> asked; done
echo "--" >> asked
case "$*" in *--jq*) cat "$COMMENTS_THERE" ;; *) cp comment.md sent.md ;; esac
"""


def jobs() -> dict[str, Any]:
    """The jobs by name."""
    found: dict[str, Any] = yaml.safe_load(WORKFLOW.read_text("utf-8"))["jobs"]
    return found


def step(job: str, name: str) -> dict[str, Any]:
    """A step by its name."""
    (found,) = (step for step in jobs()[job]["steps"] if step.get("name") == name)
    return dict(found)


def test_what_a_pull_request_holds_runs_without_any_right_to_write() -> None:
    compare = jobs()["compare"]
    assert "permissions" not in compare
    assert compare["steps"][0]["with"] == {"fetch-depth": 2, "persist-credentials": False}
    assert [
        step for step in compare["steps"] if "token" in json.dumps(step).replace("persist-credentials", "")
    ] == []


def test_what_may_write_runs_nothing_of_the_pull_request_and_not_for_a_fork() -> None:
    comment = jobs()["comment"]
    assert comment["permissions"] == {"pull-requests": "write"}
    assert comment["if"] == "github.event.pull_request.head.repo.full_name == github.repository"
    assert comment["needs"] == "compare"
    assert [step.get("uses", "").partition("@")[0] for step in comment["steps"]] == [
        "actions/download-artifact",
        "",
    ]
    assert "make" not in step("comment", "Write the comment, or renew it")["run"]


def test_no_text_of_a_pull_request_reaches_a_shell() -> None:
    scripts = [step["run"] for job in jobs().values() for step in job["steps"] if "run" in step]
    assert len(scripts) == 3
    assert [script for script in scripts if "${{" in script] == []


@pytest.mark.parametrize(
    ("there", "sent_to"),
    [
        ("", ["api", "--method", "POST", "repos/o/r/issues/7/comments"]),
        ("11\n12\n", ["api", "--method", "PATCH", "repos/o/r/issues/comments/11"]),
    ],
)
def test_there_is_one_comment_which_each_push_renews(tmp_path: Path, there: str, sent_to: list[str]) -> None:
    bin_folder = tmp_path / "bin"
    bin_folder.mkdir()
    (bin_folder / "gh").write_text(GH)
    (bin_folder / "gh").chmod(0o755)
    (tmp_path / "there").write_text(there)
    (tmp_path / "impact.md").write_text("### What this changes in the plan\n")
    subprocess.run(
        ["bash", "-e", "-c", step("comment", "Write the comment, or renew it")["run"]],
        cwd=tmp_path,
        env={
            "PATH": f"{bin_folder}{os.pathsep}{os.environ['PATH']}",
            "COMMENTS": "repos/o/r/issues/7/comments",
            "COMMENT": "repos/o/r/issues/comments",
            "COMMENTS_THERE": str(tmp_path / "there"),
        },
        check=True,
    )
    asked = [call.split("\n") for call in (tmp_path / "asked").read_text().rstrip("-\n").split("\n--\n")]
    assert [call[:4] for call in asked] == [
        ["api", "--paginate", "repos/o/r/issues/7/comments", "--jq"],
        sent_to,
    ]
    assert asked[1][4:] == ["--field", "body=@comment.md", "--silent"]
    assert (tmp_path / "sent.md").read_text() == f"{MARK}\n### What this changes in the plan\n"


def test_the_comparison_is_what_a_desk_has_by_make() -> None:
    script = step("compare", "Compare the plans of both")["run"]
    (called,) = (line for line in script.splitlines() if line.startswith("make "))
    arguments = called.partition(" > ")[0].replace("make impact", "").split()
    shown = subprocess.run(
        [
            "make",
            "--just-print",
            "--silent",
            "--old-file=setup",
            "impact",
            *(item.replace("'", "") for item in arguments),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert ".venv/bin/n2f-sync impact --sample --against 'HEAD^1' --markdown" in shown.splitlines()
    assert 'cat impact.md >> "$GITHUB_STEP_SUMMARY"' in script
