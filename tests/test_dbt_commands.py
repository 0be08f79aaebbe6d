"""dbt's own commands, called directly from the root on a fresh set-up, before any snapshot was ever taken."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engines import Engine, Environment
from tests.models.compiled import dbt, dbt_environment
from tests.models.loading import AGRESSO_VIEWS, insert


@pytest.fixture(scope="module")
def fresh(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Environment]:
    """A database without anything of ours."""
    folder = tmp_path_factory.mktemp("fresh")
    with engine.database(folder) as database:
        yield dbt_environment(folder) | database


def test_dbt_build_passes_all_models_data_tests_and_unit_tests(fresh: Environment) -> None:
    dbt("build", "--warn-error", environment=fresh)


def test_the_tables_of_the_loader_exist_empty_and_the_plan_is_empty(
    engine: Engine, fresh: Environment
) -> None:
    with engine.connect(fresh) as connection:
        tables = connection.execute(
            "select table_schema, table_name from information_schema.tables"
            " where table_schema in ('n2f_raw', 'n2f_sync') or table_name = 'push_changes'"
        ).fetchall()
        names = [f"{schema}.{table}" for schema, table in tables]
        names += [engine.agresso(fresh, view) for view in AGRESSO_VIEWS]
        counts = {name: connection.execute(f"select count(*) from {name}").fetchone() for name in names}
    assert {schema for schema, _ in tables} == {"n2f_raw", "n2f_sync", "n2f_diff"}
    assert len(counts) == 22
    assert set(counts.values()) == {(0,)}


def test_an_agresso_without_any_snapshot_is_an_empty_plan_too(engine: Engine, fresh: Environment) -> None:
    view = engine.agresso(fresh, "iris_N2F_User")
    with engine.connect(fresh) as connection:
        insert(connection, view, [["ann@firm.example", "Ann", *[None] * 27]])
    dbt("build", "--exclude-resource-type", "unit_test", environment=fresh)
    with engine.connect(fresh) as connection:
        assert connection.execute("select count(*) from n2f_diff.push_changes").fetchall() == [(0,)]
        assert connection.execute("select check_name from n2f_diff.plan_blockers").fetchall() == [
            ("no_complete_snapshot",)
        ]
        assert connection.execute(f"select Prenom from {view}").fetchall() == [("Ann",)]


def test_dbt_test_and_docs_work_too(fresh: Environment) -> None:
    dbt("test", environment=fresh)
    dbt("docs", "generate", environment=fresh)
    assert (Path(fresh["DBT_TARGET_PATH"]) / "catalog.json").exists()
