"""dbt's own commands, called directly from the root on a fresh set-up, before any snapshot was ever taken."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from tests.models.compiled import dbt, dbt_environment, insert

Environment = dict[str, str]


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """A folder without a database."""
    return dbt_environment(tmp_path_factory.mktemp("fresh"))


def test_dbt_build_passes_all_models_data_tests_and_unit_tests(fresh: Environment) -> None:
    dbt("build", "--warn-error", environment=fresh)


def test_the_tables_of_the_loader_exist_empty_and_the_plan_is_empty(fresh: Environment) -> None:
    with duckdb.connect(fresh["N2F_SYNC_DUCKDB_PATH"], read_only=True) as connection:
        tables = connection.execute(
            "select schema_name, table_name, estimated_size from duckdb_tables()"
            " where schema_name in ('n2f_raw', 'n2f_sync', 'agresso') or table_name = 'push_changes'"
        ).fetchall()
    assert {schema for schema, _, _ in tables} == {"n2f_raw", "n2f_sync", "agresso", "n2f_diff"}
    assert {size for _, _, size in tables} == {0}


def test_an_agresso_without_any_snapshot_is_an_empty_plan_too(fresh: Environment) -> None:
    with duckdb.connect(fresh["N2F_SYNC_DUCKDB_PATH"]) as connection:
        row = ["ann@firm.example", "Ann", *[None] * 27]
        insert(connection, 'agresso."iris_N2F_User"', [row])
    dbt("build", "--exclude-resource-type", "unit_test", environment=fresh)
    with duckdb.connect(fresh["N2F_SYNC_DUCKDB_PATH"], read_only=True) as connection:
        assert connection.execute("select count(*) from n2f_diff.push_changes").fetchall() == [(0,)]
        assert connection.execute("select check_name from n2f_diff.plan_blockers").fetchall() == [
            ("no_complete_snapshot",)
        ]
        assert connection.execute('select Prenom from agresso."iris_N2F_User"').fetchall() == [("Ann",)]


def test_dbt_test_and_docs_work_too(fresh: Environment) -> None:
    dbt("test", environment=fresh)
    dbt("docs", "generate", environment=fresh)
    assert (Path(fresh["DBT_TARGET_PATH"]) / "catalog.json").exists()
