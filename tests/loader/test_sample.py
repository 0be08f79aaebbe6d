"""Sample data goes into a database of its own, whatever the environment or the profile says."""

from __future__ import annotations

from pathlib import Path

import pytest

from loader.errors import ConfigurationError
from loader.sample import CHOSEN_BY_NOBODY, refuse_other_database
from loader.transform import Project
from loader.warehouse import open_database
from tests.engines import ROOT
from tests.models.compiled import dbt_environment


def test_no_variable_of_dbt_leads_to_another_output(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DBT_TARGET", "sqlserver")
    ours = {"N2F_SYNC_DUCKDB_PATH": str(tmp_path / "sample.duckdb")} | CHOSEN_BY_NOBODY
    target = Project(ROOT, dbt_environment(tmp_path) | ours).target()
    assert (target["type"], target["path"]) == ("duckdb", str(tmp_path / "sample.duckdb"))


def test_a_profile_with_a_database_of_its_own_is_refused(tmp_path: Path) -> None:
    environment = dbt_environment(tmp_path)
    (tmp_path / "profiles.yml").write_text(
        f"{{n2f_sync: {{target: duckdb, outputs: {{duckdb: {{type: duckdb, path: {tmp_path / 'site.duckdb'}}}}}}}}}"
    )
    database = open_database(Project(ROOT, environment | CHOSEN_BY_NOBODY).target(), ROOT)
    with pytest.raises(ConfigurationError, match="goes by a database of its own"):
        refuse_other_database(database, tmp_path / "sample.duckdb")
    refuse_other_database(database, tmp_path / "site.duckdb")
