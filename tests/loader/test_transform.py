"""dbt in process, on a tiny project: what it reads, that it prints nothing, and what its failures become."""

from __future__ import annotations

import logging
import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from dbt.adapters.sql.connections import SQLConnectionManager
from dbt.task.build import BuildTask
from dbt.task.run import ModelRunner

from loader.errors import ConfigurationError, DatabaseError, DataError
from loader.transform import Project
from tests.engines import Engine, Environment, profiles_dir

FILES = {
    "dbt_project.yml": (
        "name: tiny\nversion: '1.0.0'\nconfig-version: 2\nprofile: n2f_sync\n"
        "flags: {send_anonymous_usage_stats: false}\n"
    ),
    "models/numbers.sql": (
        "{{ config(materialized='table', as_columnstore=false) }}"
        'select cast(\'{{ env_var("TINY_NUMBER", "1") }}\' as integer) as n'
    ),
    "tests/n_is_small.sql": "select * from {{ ref('numbers') }} where n > 9",
    "macros/create_loader_tables.sql": (
        "{% macro create_loader_tables() %}{% do run_query('create table made (a integer)') %}{% endmacro %}"
    ),
}
"""A project with one model and one test, for the profile that a fresh set-up has."""
SECRET = "Sesame"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the project. What the process's own environment chooses does not count there."""
    for name in ("N2F_SYNC_TARGET", "N2F_SYNC_DUCKDB_PATH", "DBT_PROFILES_DIR", "DBT_TARGET_PATH"):
        monkeypatch.delenv(name, raising=False)
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    profiles_dir(tmp_path)
    return tmp_path


@pytest.fixture
def database(engine: Engine, root: Path) -> Iterator[Environment]:
    """A database without anything."""
    with engine.database(root) as environment:
        yield environment


def rows(engine: Engine, database: Environment, sql: str) -> list[tuple[Any, ...]]:
    """Ask the database."""
    with engine.connect(database) as connection:
        found: list[tuple[Any, ...]] = connection.execute(sql).fetchall()
        return found


def test_a_build_prints_nothing_and_tells_the_log(
    root: Path, database: Environment, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "loader")
    Project(root, database).build()
    assert capfd.readouterr() == ("", "")
    assert any("building the models with dbt: 2 nodes" in line for line in caplog.messages)
    assert any("numbers" in line for line in caplog.messages)


def test_models_read_the_environment_of_the_project_and_the_process_keeps_its_own(
    root: Path, engine: Engine, database: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TINY_NUMBER", "5")
    here = Path.cwd()
    Project(root, database | {"TINY_NUMBER": "7", "TINY_OTHER": "x"}).build()
    assert os.environ["TINY_NUMBER"] == "5"
    assert "TINY_OTHER" not in os.environ
    assert Path.cwd() == here
    assert rows(engine, database, "select n from n2f_staging.numbers") == [(7,)]


def test_a_blank_variable_counts_as_unset_and_is_put_back(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (root / "profiles.yml").write_text(
        """n2f_sync: {target: "{{ env_var('N2F_SYNC_TARGET', 'duckdb') }}", outputs: {duckdb: {type: duckdb,
        path: "{{ env_var('N2F_SYNC_DUCKDB_PATH', 'tiny.duckdb') }}", schema: main, keep_open: false}}}"""
    )
    for name in ("N2F_SYNC_TARGET", "N2F_SYNC_DUCKDB_PATH", "DBT_PROFILES_DIR"):
        monkeypatch.setenv(name, " ")
    project = Project(root, {})
    assert project.target()["path"] == "tiny.duckdb"
    project.create_loader_tables()
    assert (root / "tiny.duckdb").is_file()
    assert os.environ["N2F_SYNC_TARGET"] == os.environ["DBT_PROFILES_DIR"] == " "


@pytest.mark.parametrize("blank", ["", " "])
def test_the_example_profile_takes_a_blank_variable_for_an_unset_one(root: Path, blank: str) -> None:
    # What is given to the project is set as it is, as it is for a dbt that is called directly.
    target = Project(root, {"N2F_SYNC_TARGET": blank, "N2F_SYNC_DUCKDB_PATH": blank}).target()
    assert (target["type"], target["path"]) == ("duckdb", "n2f.duckdb")


def test_a_failed_test_is_a_data_error_that_names_it_and_where_its_rows_are(
    root: Path, database: Environment
) -> None:
    with pytest.raises(DataError) as raised:
        Project(root, database | {"TINY_NUMBER": "77"}).build()
    assert "1 dbt test failed: n_is_small" in str(raised.value)
    assert "n_is_small.sql" in raised.value.remedy
    assert "77" not in str(raised.value)


def test_a_failed_model_is_a_database_error_that_names_it_and_quotes_no_data(
    root: Path, engine: Engine, database: Environment
) -> None:
    with pytest.raises(DatabaseError) as raised:
        Project(root, database | {"TINY_NUMBER": SECRET}).build()
    assert "1 dbt node failed: numbers" in str(raised.value)
    assert {"duckdb": "Conversion Error", "sqlserver": "SQL Server error"}[engine.name] in str(raised.value)
    assert SECRET not in str(raised.value)
    assert raised.value.details["nodes"] == ["numbers"]


@pytest.mark.parametrize(
    ("raised", "told"),
    [
        (f"Conversion Error: Could not convert string '{SECRET}' to INT32", "numbers: Conversion Error"),
        (
            f"('22018', '[22018] [Microsoft][ODBC Driver 18 for SQL Server][SQL Server]Not a number: {SECRET} (245)')",
            "numbers: SQL Server error 245 (SQLSTATE 22018)",
        ),
    ],
    ids=["duckdb", "sqlserver"],
)
def test_an_engine_error_that_dbt_passes_on_as_it_is_quotes_no_data(
    root: Path, monkeypatch: pytest.MonkeyPatch, raised: str, told: str
) -> None:
    def fetch(*_: object) -> None:
        raise RuntimeError(raised)

    # dbt makes errors of its own of those that executing a statement raises, and not while results are fetched.
    monkeypatch.setattr(ModelRunner, "execute", fetch)
    with pytest.raises(DatabaseError) as error:
        Project(root, {}).build()
    assert told in str(error.value)
    assert SECRET not in str(error.value)


def test_sql_that_cannot_be_understood_is_an_error_that_says_why(
    root: Path, engine: Engine, database: Environment
) -> None:
    (root / "models" / "numbers.sql").write_text("select nothing from nowhere")
    # The server's words are told by their number, and a stand-in may give another one; 42 is what the state says.
    why = {"duckdb": "Table with name nowhere does not exist", "sqlserver": r"\(SQLSTATE 42"}
    with pytest.raises(DatabaseError, match=f"numbers.*{why[engine.name]}"):
        Project(root, database).build()


def test_a_project_that_cannot_be_read_is_an_error_that_says_why(root: Path, database: Environment) -> None:
    (root / "models" / "numbers.sql").write_text("select {{ ref('nothing') }}")
    with pytest.raises(DatabaseError, match="depends on a node named 'nothing'"):
        Project(root, database).build()


def test_a_parse_in_the_background_touches_no_database_and_is_the_one_that_builds(
    root: Path, engine: Engine, database: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    parses: list[str] = []
    parse = Project._parse

    def counted(self: Project, *arguments: Any) -> None:
        parses.append(threading.current_thread().name)
        parse(self, *arguments)

    monkeypatch.setattr(Project, "_parse", counted)
    monkeypatch.setattr(SQLConnectionManager, "add_query", None)  # a statement would fail
    monkeypatch.setattr(SQLConnectionManager, "open", None)
    project, here = Project(root, database | {"TINY_NUMBER": "7"}), Path.cwd()
    turn = sys.getswitchinterval()
    with project.parsing():
        assert sys.getswitchinterval() < turn  # who reads meanwhile is not kept waiting
    assert sys.getswitchinterval() == turn
    monkeypatch.undo()
    assert "TINY_NUMBER" not in os.environ
    assert Path.cwd() == here
    with project.parsing():  # nothing is parsed twice
        pass
    project.build()
    assert len(parses) == 1
    assert parses[0].startswith("dbt")
    assert rows(engine, database, "select n from n2f_staging.numbers") == [(7,)]


def test_what_is_wrong_with_a_parse_in_the_background_is_told_at_the_end_of_the_block(
    root: Path, database: Environment
) -> None:
    (root / "models" / "numbers.sql").write_text("select {{ ref('nothing') }}")
    done = []
    with (
        pytest.raises(DatabaseError, match="depends on a node named 'nothing'"),
        Project(root, database).parsing(),
    ):
        done.append("the block")
    assert done == ["the block"]
    assert not any(thread.name.startswith("dbt") for thread in threading.enumerate())


@pytest.mark.parametrize("error", [KeyboardInterrupt("SIGTERM"), DataError("no", doing="x", remedy="y")])
def test_what_ends_the_block_early_is_what_is_told(
    root: Path, database: Environment, error: BaseException
) -> None:
    (root / "models" / "numbers.sql").write_text("select {{ ref('nothing') }}")
    here = Path.cwd()
    with pytest.raises(type(error)) as raised, Project(root, database).parsing():
        raise error
    assert raised.value is error
    assert Path.cwd() == here


def test_the_tables_of_the_loader_are_made_by_the_macro(
    root: Path, engine: Engine, database: Environment
) -> None:
    Project(root, database).create_loader_tables()
    assert rows(engine, database, "select count(*) from made") == [(0,)]


def test_the_target_is_rendered_by_dbt(root: Path, engine: Engine, database: Environment) -> None:
    target = Project(root, database).target()
    place = {"duckdb": ("path", "DUCKDB_PATH"), "sqlserver": ("database", "SQLSERVER_DATABASE")}
    setting, variable = place[engine.name]
    assert (target["type"], target[setting]) == (engine.name, database[f"N2F_SYNC_{variable}"])


def test_a_profile_in_another_folder_is_found_as_dbt_finds_it(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (root / "elsewhere").mkdir()
    (root / "profiles.yml").rename(root / "elsewhere" / "profiles.yml")
    assert Project(root, {"DBT_PROFILES_DIR": "elsewhere"}).target()["type"] == "duckdb"
    monkeypatch.setenv("DBT_PROFILES_DIR", str(root / "elsewhere"))
    assert Project(root, {}).target()["type"] == "duckdb"


def test_a_missing_profile_is_an_error_that_names_make_setup(root: Path) -> None:
    (root / "profiles.yml").unlink()
    with pytest.raises(ConfigurationError, match="make setup"):
        Project(root, {}).target()


def test_a_target_that_the_profile_does_not_have_is_a_configuration_error(root: Path) -> None:
    with pytest.raises(ConfigurationError, match="does not have a target named 'oracle'"):
        Project(root, {"N2F_SYNC_TARGET": "oracle"}).target()


def test_a_profile_that_is_no_yaml_is_a_configuration_error(root: Path) -> None:
    (root / "profiles.yml").write_text("n2f_sync: [")
    with pytest.raises(ConfigurationError):
        Project(root, {}).target()


def test_an_interrupt_comes_out_as_one(
    root: Path, database: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt("SIGTERM")

    monkeypatch.setattr(BuildTask, "run", interrupted)
    with pytest.raises(KeyboardInterrupt, match="SIGTERM"):
        Project(root, database).build()
