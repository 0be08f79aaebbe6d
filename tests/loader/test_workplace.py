"""The frame of every command: who is kept out while one is at work."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from demo.harness import DemoN2F
from loader import workplace
from loader.errors import LockedError
from loader.settings import SyncSettings
from loader.summary import Summary, summarize
from loader.workplace import Job, Workplace
from tests.engines import Engine
from tests.loader.workbench import ROOT, Silent
from tests.models.compiled import dbt_environment


@contextmanager
def place(engine: Engine, folder: Path, n2f: DemoN2F, *, client_id: str = "one") -> Iterator[Workplace]:
    """A place with a database of its own, in which nothing is yet."""
    folder.mkdir()
    with engine.database(folder) as database:
        environment = dbt_environment(folder) | database | {
            "N2F_BASE_URL": n2f.base_url,
            "N2F_CLIENT_ID": client_id,
            "N2F_CLIENT_SECRET": n2f.client_secret,
        }  # fmt: skip
        yield Workplace(
            root=ROOT, env=environment, settings=SyncSettings(), progress=Silent(), ledger_dir=folder.parent
        )


def nothing(job: Job) -> Summary:
    """Do no work."""
    return summarize(job.warehouse, job.run, None, SyncSettings())


def test_runs_of_one_client_are_serial_whatever_their_databases(
    engine: Engine, tmp_path: Path, n2f: DemoN2F
) -> None:
    with (
        place(engine, tmp_path / "a", n2f) as first,
        place(engine, tmp_path / "b", n2f) as same,
        place(engine, tmp_path / "c", n2f, client_id="two") as other,
    ):

        def meanwhile(job: Job) -> Summary:
            with pytest.raises(LockedError, match="as this client") as raised:
                same.recorded("run", nothing)
            assert raised.value.exit_code == 5
            assert other.recorded("run", nothing).exit_code == 0
            return nothing(job)

        assert first.recorded("run", meanwhile).exit_code == 0
        with same.database.connect() as warehouse:
            assert not warehouse.has_table("n2f_sync", "runs")
        assert same.recorded("run", nothing).exit_code == 0


@pytest.mark.parametrize("moment", ["begin", "finish"])
def test_a_signal_while_a_run_is_written_down_is_an_error_like_any_other(
    engine: Engine, tmp_path: Path, n2f: DemoN2F, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    real = getattr(workplace, moment)

    def interrupted(*arguments: object, **options: object) -> object:
        done = real(*arguments, **options)
        signal.raise_signal(signal.SIGTERM)
        return done

    with place(engine, tmp_path / "a", n2f) as here:
        with monkeypatch.context() as patched:
            patched.setattr(workplace, moment, interrupted)
            with pytest.raises(workplace.InterruptedRunError, match="SIGTERM received") as raised:
                here.recorded("run", nothing)
        assert raised.value.exit_code == 1
        assert here.recorded("run", nothing).exit_code == 0
        with here.database.connect() as warehouse:
            assert warehouse.rows("select count(*) from {n2f_sync.runs} where status = 'running'") == [(0,)]
