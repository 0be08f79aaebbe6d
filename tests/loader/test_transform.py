"""dbt in process, on a tiny project: what it reads, that it prints nothing, and what its failures become."""

from __future__ import annotations

import logging
import os
from pathlib import Path

import duckdb
import pytest
from dbt.task.build import BuildTask

from loader.errors import ConfigurationError, DatabaseError, DataError
from loader.transform import Project

PROFILES = """
tiny:
  target: "{{ env_var('TINY_TARGET', 'duckdb') }}"
  outputs:
    duckdb: {type: duckdb, path: "{{ env_var('TINY_PATH', 'tiny.duckdb') }}", schema: main, keep_open: false}
"""
SECRET = "Sesame"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project with one model and one test."""
    files = {
        "dbt_project.yml": (
            "name: tiny\nversion: '1.0.0'\nconfig-version: 2\nprofile: tiny\n"
            "flags: {send_anonymous_usage_stats: false}\n"
        ),
        "profiles.yml": PROFILES,
        "models/numbers.sql": (
            "{{ config(materialized='table') }}"
            'select cast(\'{{ env_var("TINY_NUMBER", "1") }}\' as integer) as n'
        ),
        "tests/n_is_small.sql": "select * from {{ ref('numbers') }} where n > 9",
        "macros/create_loader_tables.sql": (
            "{% macro create_loader_tables() %}"
            "{% do run_query('create table made (a integer)') %}{% endmacro %}"
        ),
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    return tmp_path


def test_a_build_prints_nothing_and_tells_the_log(
    root: Path, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "loader")
    Project(root, {}).build()
    assert capfd.readouterr() == ("", "")
    assert any("building the models with dbt: 2 nodes" in line for line in caplog.messages)
    assert any("numbers" in line for line in caplog.messages)


def test_models_read_the_environment_of_the_project_and_the_process_keeps_its_own(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TINY_NUMBER", "5")
    here = Path.cwd()
    Project(root, {"TINY_NUMBER": "7", "TINY_OTHER": "x"}).build()
    assert os.environ["TINY_NUMBER"] == "5"
    assert "TINY_OTHER" not in os.environ
    assert Path.cwd() == here
    with duckdb.connect(str(root / "tiny.duckdb")) as connection:
        assert connection.execute("select n from numbers").fetchall() == [(7,)]


def test_a_blank_variable_counts_as_unset_and_is_put_back(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    profiles = PROFILES.replace("TINY_PATH", "N2F_SYNC_DUCKDB_PATH").replace("TINY_TARGET", "N2F_SYNC_TARGET")
    (root / "profiles.yml").write_text(profiles)
    for name in ("N2F_SYNC_TARGET", "N2F_SYNC_DUCKDB_PATH", "DBT_PROFILES_DIR"):
        monkeypatch.setenv(name, " ")
    project = Project(root, {})
    assert project.target()["path"] == "tiny.duckdb"
    project.create_loader_tables()
    assert (root / "tiny.duckdb").is_file()
    assert os.environ["N2F_SYNC_TARGET"] == os.environ["DBT_PROFILES_DIR"] == " "


@pytest.mark.parametrize("blank", ["", " "])
def test_the_example_profile_takes_a_blank_variable_for_an_unset_one(root: Path, blank: str) -> None:
    example = Path(__file__).parents[2] / "profiles.yml.example"
    (root / "profiles.yml").write_text(example.read_text().replace("n2f_sync:", "tiny:", 1))
    # What is given to the project is set as it is, as it is for a dbt that is called directly.
    target = Project(root, {"N2F_SYNC_TARGET": blank, "N2F_SYNC_DUCKDB_PATH": blank}).target()
    assert (target["type"], target["path"]) == ("duckdb", "n2f.duckdb")


def test_a_failed_test_is_a_data_error_that_names_it_and_where_its_rows_are(root: Path) -> None:
    with pytest.raises(DataError) as raised:
        Project(root, {"TINY_NUMBER": "77"}).build()
    assert "1 dbt test failed: n_is_small" in str(raised.value)
    assert "n_is_small.sql" in raised.value.remedy
    assert "77" not in str(raised.value)


def test_a_failed_model_is_a_database_error_that_names_it_and_quotes_no_data(root: Path) -> None:
    with pytest.raises(DatabaseError) as raised:
        Project(root, {"TINY_NUMBER": SECRET}).build()
    assert "numbers" in str(raised.value)
    assert "Conversion Error" in str(raised.value)
    assert SECRET not in str(raised.value)
    assert raised.value.details["nodes"] == ["numbers"]


def test_sql_that_cannot_be_understood_is_an_error_that_says_why(root: Path) -> None:
    (root / "models" / "numbers.sql").write_text("select nothing from nowhere")
    with pytest.raises(DatabaseError, match="Table with name nowhere does not exist"):
        Project(root, {}).build()


def test_a_project_that_cannot_be_read_is_an_error_that_says_why(root: Path) -> None:
    (root / "models" / "numbers.sql").write_text("select {{ ref('nothing') }}")
    with pytest.raises(DatabaseError, match="depends on a node named 'nothing'"):
        Project(root, {}).build()


def test_the_tables_of_the_loader_are_made_by_the_macro(root: Path) -> None:
    Project(root, {}).create_loader_tables()
    with duckdb.connect(str(root / "tiny.duckdb")) as connection:
        assert connection.execute("select count(*) from made").fetchall() == [(0,)]


def test_the_target_is_rendered_by_dbt(root: Path) -> None:
    target = Project(root, {"TINY_PATH": "elsewhere.duckdb"}).target()
    assert (target["type"], target["path"]) == ("duckdb", "elsewhere.duckdb")


def test_a_profile_in_another_folder_is_found_as_dbt_finds_it(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (root / "elsewhere").mkdir()
    (root / "profiles.yml").rename(root / "elsewhere" / "profiles.yml")
    assert Project(root, {"DBT_PROFILES_DIR": "elsewhere"}).target()["type"] == "duckdb"
    monkeypatch.setenv("DBT_PROFILES_DIR", str(root / "elsewhere"))
    assert Project(root, {}).target()["type"] == "duckdb"


def test_a_missing_profile_is_an_error_that_names_make_setup(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DBT_PROFILES_DIR", raising=False)
    (root / "profiles.yml").unlink()
    with pytest.raises(ConfigurationError, match="make setup"):
        Project(root, {}).target()


def test_a_target_that_the_profile_does_not_have_is_a_configuration_error(root: Path) -> None:
    with pytest.raises(ConfigurationError, match="does not have a target named 'oracle'"):
        Project(root, {"TINY_TARGET": "oracle"}).target()


def test_a_profile_that_is_no_yaml_is_a_configuration_error(root: Path) -> None:
    (root / "profiles.yml").write_text("tiny: [")
    with pytest.raises(ConfigurationError):
        Project(root, {}).target()


def test_an_interrupt_comes_out_as_one(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt("SIGTERM")

    monkeypatch.setattr(BuildTask, "run", interrupted)
    with pytest.raises(KeyboardInterrupt, match="SIGTERM"):
        Project(root, {}).build()
