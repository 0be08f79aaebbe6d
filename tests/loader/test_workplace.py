"""The frame of every command: who is kept out while one is at work."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from demo.harness import DemoN2F
from loader.errors import LockedError
from loader.settings import SyncSettings
from loader.summary import Summary, summarize
from loader.workplace import Job, Workplace
from tests.loader.workbench import ROOT, Silent
from tests.models.compiled import dbt_environment


def place(folder: Path, built: Path, n2f: DemoN2F, *, client_id: str = "one", ledger: Path) -> Workplace:
    """Return a place with a database of its own."""
    folder.mkdir()
    environment = dbt_environment(folder) | {
        "N2F_BASE_URL": n2f.base_url,
        "N2F_CLIENT_ID": client_id,
        "N2F_CLIENT_SECRET": n2f.client_secret,
    }
    shutil.copy(built, environment["N2F_SYNC_DUCKDB_PATH"])
    return Workplace(
        root=ROOT, env=environment, settings=SyncSettings(), progress=Silent(), ledger_dir=ledger
    )


def nothing(job: Job) -> Summary:
    """Do no work."""
    return summarize(job.warehouse, job.run, None, SyncSettings())


def test_runs_of_one_client_are_serial_whatever_their_databases(
    built: Path, tmp_path: Path, n2f: DemoN2F
) -> None:
    first = place(tmp_path / "a", built, n2f, ledger=tmp_path)
    same = place(tmp_path / "b", built, n2f, ledger=tmp_path)
    other = place(tmp_path / "c", built, n2f, client_id="two", ledger=tmp_path)

    def meanwhile(job: Job) -> Summary:
        with pytest.raises(LockedError, match="as this client") as raised:
            same.recorded("run", nothing)
        assert raised.value.exit_code == 5
        assert other.recorded("run", nothing).exit_code == 0
        return nothing(job)

    assert first.recorded("run", meanwhile).exit_code == 0
    with same.database.connect() as warehouse:
        assert warehouse.rows("select count(*) from {n2f_sync.runs}") == [(0,)]
    assert same.recorded("run", nothing).exit_code == 0
