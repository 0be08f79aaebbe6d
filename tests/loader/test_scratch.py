"""Which database `n2f-sync impact` builds in on SQL Server: never one that anything else is in."""

from __future__ import annotations

from pathlib import Path

import pytest

from loader.errors import ConfigurationError
from loader.scratch import Scratch, scratch_of
from loader.warehouse import open_database
from tests.engines import NO_ODBC, has_odbc

pytestmark = pytest.mark.skipif(not has_odbc(), reason=NO_ODBC)

TARGET = {
    "type": "sqlserver", "host": "server.example", "database": "n2f", "UID": "n2f_sync", "PWD": "Sesame",
    "authentication": "sql",
}  # fmt: skip
VARIABLE = "N2F_SYNC_IMPACT_DATABASE"


def scratch(tmp_path: Path, **env: str) -> Scratch:
    """What these variables make of it."""
    return scratch_of(open_database(TARGET, tmp_path), TARGET, env, tmp_path)


@pytest.mark.parametrize("name", ["", " ", "n2f", "N2F", "Agresso"])
def test_no_database_is_built_in_that_is_not_for_this_alone(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigurationError, match=VARIABLE) as error:
        scratch(tmp_path, **{VARIABLE: name, "N2F_SYNC_AGRESSO_DATABASE": "agresso"})
    assert "a database that a DBA made for this alone" in error.value.remedy


def test_dbt_and_the_loader_are_told_the_scratch_database_by_the_variables_of_the_site(
    tmp_path: Path,
) -> None:
    found = scratch(tmp_path, **{VARIABLE: "n2f_impact"})
    assert found.environment() == {
        "N2F_SYNC_SQLSERVER_DATABASE": "n2f_impact",
        "N2F_SYNC_AGRESSO_DATABASE": "n2f_impact",
        "N2F_SYNC_AGRESSO_SCHEMA": "agresso",
    }
    assert found.is_target(TARGET | {"database": "N2F_IMPACT"})
    assert not found.is_target(TARGET)
