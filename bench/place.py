"""A company in step: N2F in a process, a database with Agresso's views, and the settings of a run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from bench import processes, worlds
from bench.processes import ROOT, Ended
from demo.server import DEFAULT_CREDENTIALS
from loader.profile import read_target
from loader.progress import LogProgress
from loader.seeds import snapshot_resources
from loader.snapshot import take_snapshot
from loader.warehouse import open_database

DBT_STAGES = ("preparing the snapshot", "comparing Agresso with N2F")
"""Stages of a run that are dbt's: what says which lists to read, and all else."""

DBT = "from dbt.cli.main import cli; cli()"
"""What `python -c` makes dbt of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A run of n2f-sync, and the summary that it printed."""

    ended: Ended
    summary: dict[str, Any]

    def stage(self, *names: str) -> float:
        """Seconds of these stages together, 0 for one that there was not."""
        return sum(float(stage["seconds"]) for stage in self.summary["stages"] if stage["stage"] in names)

    def total(self, status: str) -> int:
        """How many changes came to this."""
        return int(self.summary["totals"][status])


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a benchmark works."""

    users: int
    values: int
    folder: Path
    base_url: str
    environment: dict[str, str]

    @property
    def database(self) -> Path:
        """The file of the embedded engine."""
        return self.folder / "n2f.duckdb"

    @property
    def run_results(self) -> Path:
        """What dbt noted of its last command: seconds per node."""
        return self.folder / "target" / "run_results.json"

    def sync(self, *options: str) -> Run:
        """Run `n2f-sync run`."""
        ended = processes.run("loader", "run", "--json", *options, environment=self.environment)
        return Run(ended=ended, summary=json.loads(ended.output))

    def dbt(self, *arguments: str) -> None:
        """Run dbt in a process of its own; end the benchmark where it fails."""
        quiet = ["--quiet", "--log-level", "none", "--log-level-file", "none"]
        subprocess.run(
            [sys.executable, "-c", DBT, *quiet, *arguments], cwd=ROOT, env=self.environment, check=True
        )

    @contextmanager
    def connect(self, *, read_only: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:
        """Open the database while no run is at work."""
        with duckdb.connect(str(self.database), read_only=read_only) as connection:
            yield connection


@contextmanager
def place_of(*, users: int, values: int, writes_per_minute: int = 0, scopes: str = "") -> Iterator[Place]:
    """Yield a company of this size, in step; with a quota of writes, the loader and N2F both know it.

    `scopes` are those that its commands work on, by default all.
    """
    with tempfile.TemporaryDirectory(prefix="n2f-bench-") as name:
        folder = Path(name)
        worlds.write_n2f(folder / "n2f.json", users=users, values=values)
        quota = ["--writes-per-minute", str(writes_per_minute)] if writes_per_minute else []
        with processes.n2f(folder / "n2f.json", *quota) as base_url:
            place = Place(
                users=users, values=values, folder=folder, base_url=base_url,
                environment=_environment(folder, base_url, writes_per_minute) | {"N2F_SYNC_SCOPES": scopes},
            )  # fmt: skip
            _fill(place)
            yield place


@contextmanager
def landed_place_of(*, users: int, memory_limit: str) -> Iterator[Place]:
    """Yield a company of this size, with users alone, whose snapshot landed without an N2F that would be asked for it.

    An N2F of a million users would be slow to start, and none is needed by what asks dbt alone.
    """
    with tempfile.TemporaryDirectory(prefix="n2f-bench-") as name:
        folder = Path(name)
        base_url = "http://127.0.0.1:1/services/api/v2/"
        environment = _environment(folder, base_url, 0) | {
            "N2F_SYNC_SCOPES": "users", "N2F_SYNC_DUCKDB_MEMORY_LIMIT": memory_limit
        }  # fmt: skip
        place = Place(users=users, values=0, folder=folder, base_url=base_url, environment=environment)
        _fill(place)
        place.dbt("seed")
        _land(place)
        yield place


def _fill(place: Place) -> None:
    """Make the loader's tables, and give Agresso's views the people and projects."""
    place.dbt("run-operation", "create_loader_tables")
    with place.connect() as connection:
        worlds.load_agresso(connection, users=place.users, values=place.values)


def _land(place: Place) -> None:
    """Take a snapshot, as the loader does, from an N2F that is in this process."""
    target = read_target(ROOT, ROOT, place.environment)
    assert target is not None
    lists = [resource for resource in snapshot_resources(ROOT) if resource.parents is None]
    with open_database(target, ROOT).connect() as warehouse:
        n2f = worlds.N2FInProcess(users=place.users)
        take_snapshot(warehouse, n2f, lists, base_url=place.base_url, progress=LogProgress())


def _environment(folder: Path, base_url: str, writes_per_minute: int) -> dict[str, str]:
    """Return the environment of a run: nothing of what this shell has set for the project."""
    ours = ("N2F_", "DBT_")
    memory_limit = "N2F_SYNC_DUCKDB_MEMORY_LIMIT"
    kept = {
        name: text for name, text in os.environ.items() if not name.startswith(ours) or name == memory_limit
    }
    return kept | {
        "N2F_BASE_URL": base_url, "N2F_CLIENT_ID": DEFAULT_CREDENTIALS.client_id,
        "N2F_CLIENT_SECRET": DEFAULT_CREDENTIALS.client_secret, "N2F_READS_PER_MINUTE": "0",
        "N2F_WRITES_PER_MINUTE": str(writes_per_minute), "N2F_SANDBOX": "false",
        "N2F_SYNC_TARGET": "duckdb", "N2F_SYNC_DUCKDB_PATH": str(folder / "n2f.duckdb"),
        "N2F_SYNC_ACTIONS": "create,update,delete", "N2F_SYNC_SCOPES": "",
        "N2F_SYNC_ONLY_COMPANIES": "", "N2F_SYNC_ONLY_MAILS": "",
        "DBT_TARGET_PATH": str(folder / "target"), "DBT_LOG_PATH": str(folder / "logs"),
    }  # fmt: skip
