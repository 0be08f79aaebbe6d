"""The command line: what it costs to ask for help, wrong usage, and errors as one line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.engines import Engine
from tests.loader.workbench import ROOT
from tests.models.compiled import dbt_environment

OPTIONS = (
    "--scope", "--create", "--no-create", "--update", "--no-update", "--delete", "--no-delete", "--dry-run",
    "--max-writes", "--until", "--allow-mass-create", "--allow-mass-update", "--allow-mass-delete",
    "--max-age", "--refresh", "--strict", "--json",
)  # fmt: skip
"""Section 5 of the contract."""


def n2f_sync(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command in an environment in which nothing is set."""
    unset = {name: "" for name in os.environ if name.startswith("N2F_")}
    settings = unset | dbt_environment(folder) | {"N2F_SYNC_ACTIONS": "", "NO_COLOR": "1"} | environment
    return subprocess.run(
        [sys.executable, "-m", "loader", *arguments],
        cwd=ROOT, env=os.environ | settings, capture_output=True, text=True, check=False,
    )  # fmt: skip


TELLS_WHAT_IT_IMPORTED = """
import sys, loader.cli
code = 0
try: loader.cli.app(sys.argv[1:])
except SystemExit as exiting: code = exiting.code
print(code, *sorted({name.partition(".")[0] for name in sys.modules}), file=sys.stderr)
"""
SLOW = {"dbt", "dbt_common", "requests", "urllib3", "tenacity", "aiohttp", "filelock", "asyncio", "sqlglot"}


def imported(folder: Path, *arguments: str, **environment: str) -> tuple[str, set[str]]:
    """Run a command; return what it said and the packages it imported."""
    unset = {name: "" for name in os.environ if name.startswith("N2F_")}
    done = subprocess.run(
        [sys.executable, "-c", TELLS_WHAT_IT_IMPORTED, *arguments], cwd=ROOT, capture_output=True, text=True,
        env=os.environ | unset | dbt_environment(folder) | environment, check=True,
    )  # fmt: skip
    code, *names = done.stderr.splitlines()[-1].split()
    assert code == "0", done.stderr
    return done.stdout, set(names)


def test_help_answers_without_dbt_duckdb_or_requests(tmp_path: Path) -> None:
    said, names = imported(tmp_path, "run", "--help")
    assert names & (SLOW | {"duckdb", "pyodbc", "jinja2", "yaml"}) == set()
    assert [option for option in OPTIONS if option not in said] == []


@pytest.mark.parametrize("command", [["status"], ["status", "--json"], ["explain", "a@fictis.example"]])
def test_a_command_that_asks_answers_without_dbt_or_requests(
    engine: Engine, built: dict[str, str], tmp_path: Path, command: list[str]
) -> None:
    said, names = imported(tmp_path, *command, **built)
    assert said != ""
    assert names & SLOW == set()
    driver = {"duckdb": "duckdb", "sqlserver": "pyodbc"}
    assert {name for name in driver.values() if name in names} == {driver[engine.name]}


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["frob"], "No such command"),
        (["run", "--frob"], "No such option"),
        (["run", "--max-writes", "many"], "valid integer"),
        (["run", "--max-writes", "-1"], "--max-writes must be 0 or more"),
        (["run", "--until", "25:00"], "--until must be a time of day"),
        (["prune", "--older-than", "soon"], "--older-than is 'soon'"),
        (["prune", "--older-than", "0d"], "--older-than is '0d'"),
        (["prune", "--history-older-than", "399d"], "Set it to 400d or more"),
        (["run", "--max-age", "soon"], "--max-age is 'soon'"),
        (["run", "--scope", "cars"], "there is no scope cars"),
        (["plan", "--scope", ""], "--scope needs a name"),
    ],
)
def test_wrong_usage_is_two_and_says_what_is_wrong(
    tmp_path: Path, arguments: list[str], problem: str
) -> None:
    done = n2f_sync(tmp_path, *arguments)
    assert done.returncode == 2
    assert problem in " ".join(done.stderr.replace("│", " ").split())
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["run", "--max-writes", "-1"], "--max-writes must be 0 or more"),
        (["run", "--until", "8pm"], "--until must be a time of day"),
        (["plan", "--scope", "nix"], "there is no scope nix"),
        (["plan", "--scope", "users,nix"], "there is no scope nix"),
        (["plan", "--max-age", "soon"], "--max-age is 'soon'"),
        (["run", "--max-age", "soon", "--refresh"], "--max-age is 'soon'"),
        (["plan", "--max-age", "soon", "--refresh"], "--max-age is 'soon'"),
    ],
)
def test_wrong_usage_is_two_also_where_the_environment_is_wrong(
    tmp_path: Path, arguments: list[str], problem: str
) -> None:
    wrong = {"N2F_SYNC_ACTIONS": "frob", "N2F_SANDBOX": "perhaps", "DBT_PROFILES_DIR": str(tmp_path / "no")}
    done = n2f_sync(tmp_path, *arguments, **wrong)
    assert (done.returncode, problem in done.stderr) == (2, True), done.stderr


def test_scopes_can_be_named_with_commas(tmp_path: Path) -> None:
    done = n2f_sync(tmp_path, "plan", "--scope", "users,projects")
    assert "N2F_BASE_URL" in done.stderr, done.stderr


def test_status_of_a_database_that_is_not_there_is_empty_and_makes_none(tmp_path: Path) -> None:
    for path in (tmp_path / "none.duckdb", tmp_path / "no folder" / "none.duckdb"):
        done = n2f_sync(tmp_path, "status", "--json", N2F_SYNC_DUCKDB_PATH=str(path))
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["runs"] == []
        assert not path.exists()
        assert not path.with_name("none.duckdb.lock").exists()
    assert not (tmp_path / "no folder").exists()


def test_status_while_a_run_is_at_work_is_five_at_once(tmp_path: Path) -> None:
    path = tmp_path / "n2f.duckdb"
    script = (
        "import duckdb, sys, pathlib; from loader.duckdb_database import DuckDBDatabase as D\n"
        "with D(path=pathlib.Path(sys.argv[1])).lock():\n"
        "    c = duckdb.connect(sys.argv[1]); print('held', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", script, str(path)]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as running:
        assert running.stdout is not None
        running.stdout.readline()
        done = n2f_sync(tmp_path, "status", "--json", N2F_SYNC_DUCKDB_PATH=str(path))
        running.communicate()
    assert done.returncode == 5, done.stderr
    assert json.loads(done.stdout)["remedy"] == "Wait until it has ended."
    assert "End process" not in done.stderr
    assert "waiting" not in done.stderr


def test_with_nothing_configured_one_line_says_what_to_set(tmp_path: Path) -> None:
    done = n2f_sync(tmp_path, "run")
    assert done.returncode == 1
    lines = [line for line in done.stderr.splitlines() if line.startswith("error:")]
    assert len(lines) == 1
    for word in ("N2F_BASE_URL", "N2F_CLIENT_ID", "N2F_CLIENT_SECRET", "make demo"):
        assert word in lines[0]
    assert done.stdout == ""


def test_with_json_an_error_is_an_object_on_stdout(tmp_path: Path) -> None:
    done = n2f_sync(tmp_path, "push", "--json")
    assert json.loads(done.stdout)["error"] == "configuration"
    assert done.returncode == 1


def test_a_wrong_variable_is_one_with_its_name(tmp_path: Path) -> None:
    reachable = {"N2F_BASE_URL": "http://127.0.0.1:9/", "N2F_CLIENT_ID": "id", "N2F_CLIENT_SECRET": "Sesame"}
    done = n2f_sync(tmp_path, "run", N2F_MAX_CONSECUTIVE_FAILURES="none", **reachable)
    assert done.returncode == 1
    assert "N2F_MAX_CONSECUTIVE_FAILURES is 'none'" in done.stderr
    done = n2f_sync(tmp_path, "run", N2F_SYNC_SCOPES="cars", **reachable)
    assert done.returncode == 1
    assert "there is no scope cars" in done.stderr
    assert "Sesame" not in done.stderr


def test_status_before_the_first_run_says_so(engine: Engine, tmp_path: Path) -> None:
    with engine.database(tmp_path) as database:
        done = n2f_sync(tmp_path, "status", **database)
    assert (done.returncode, done.stdout.startswith("Nothing has run yet")) == (0, True), done.stderr


def test_an_n2f_that_cannot_be_reached_is_one_line_and_one_failed_run(engine: Engine, tmp_path: Path) -> None:
    unreachable = {
        "N2F_BASE_URL": "http://127.0.0.1:9/", "N2F_CLIENT_ID": str(tmp_path), "N2F_CLIENT_SECRET": "Sesame",
        "N2F_MAX_ATTEMPTS": "2", "N2F_BACKOFF_INITIAL": "0.01",
        "N2F_WRITES_PER_MINUTE": "0", "N2F_READS_PER_MINUTE": "0",
    }  # fmt: skip
    with engine.database(tmp_path) as database:
        done = n2f_sync(tmp_path, "run", **unreachable, **database)
        told = n2f_sync(tmp_path, "status", "--json", **database)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("error:")
    assert "Traceback" not in done.stderr
    assert "Sesame" not in done.stderr
    runs = json.loads(told.stdout)["runs"]
    assert [(run["command"], run["status"], run["exit_code"]) for run in runs] == [("run", "failed", 1)]
