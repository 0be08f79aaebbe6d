"""Two recordings a session: of the whole project, and of a copy of it with a model broken for each check."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.models.compiled import CATALOG, ROOT, dbt, dbt_environment
from tests.tsql.metadata import Catalogue, catalogue_of
from tests.tsql.recorder import DATABASE, Recording, record_build
from tests.tsql.warehouse import Warehouse, inferred

NO_TESTS = "--exclude-resource-type test --exclude-resource-type unit_test"
BROKEN = {
    "broken_grammar": "select a = 1 as b from {{ ref('run_scopes') }} limit 3",
    "broken_functions": "select greatest(1, 2) as a",
    "broken_words": "select cast(scope as varchar(9)) as a from {{ ref('run_scopes') }}",
    "broken_references": "select nowhere.scope from {{ ref('run_scopes') }} as scopes",
    "broken_collations": """
        with chosen as (select 'users' as scope)
        select scopes.resource
        from {{ ref('run_scopes') }} as scopes
        inner join chosen on scopes.scope = chosen.scope
    """,
}


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project as dbt builds it on DuckDB: where the stand-in knows the columns from."""
    folder = tmp_path_factory.mktemp("duckdb")
    dbt("build", *NO_TESTS.split(), environment=dbt_environment(folder))
    return folder / f"{CATALOG}.duckdb"


@pytest.fixture(scope="session")
def catalogue(built: Path) -> Catalogue:
    """The names and types of all columns."""
    return catalogue_of(built, DATABASE)


@pytest.fixture(scope="session")
def recordings(built: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Recording, Recording]:
    """Both recordings, made at the same time."""
    project = tmp_path_factory.mktemp("broken_project")
    shutil.copy(ROOT / "dbt_project.yml", project)
    shutil.copytree(ROOT / "dbt_project", project / "dbt_project")
    for name, sql in BROKEN.items():
        (project / "dbt_project" / "models" / f"{name}.sql").write_text(sql)
    with ThreadPoolExecutor() as pool:
        whole = pool.submit(
            record_build, built, tmp_path_factory.mktemp("recording"),
            "build", "seed", "run --select push_changes run_scopes",
        )  # fmt: skip
        broken = pool.submit(
            record_build, built, tmp_path_factory.mktemp("broken_recording"),
            "run --select broken_* settings", DBT_PROJECT_DIR=str(project),
            N2F_SYNC_ONLY_COMPANIES="F001, L'Été", N2F_SYNC_ONLY_MAILS="zoë@firm.example",
            N2F_SANDBOX="true", N2F_SANDBOX_COMPANY="L'Été",
        )  # fmt: skip
        return whole.result(), broken.result()


@pytest.fixture(scope="session")
def recording(recordings: tuple[Recording, Recording]) -> Recording:
    """What `dbt build` sends on a first night with everything; of a second night the seeds and two models."""
    return recordings[0]


@pytest.fixture(scope="session")
def broken(recordings: tuple[Recording, Recording]) -> Recording:
    """What `dbt run` sends of models that are broken on purpose, and of settings that are not ASCII."""
    return recordings[1]


@pytest.fixture(scope="session")
def warehouse(recording: Recording, catalogue: Catalogue) -> Warehouse:
    """Names and collations of all tables."""
    return inferred(recording, catalogue)
