"""What the loader costs beside dbt: a sync with nothing to do, against `dbtRunner` alone with the same selections."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import duckdb

from bench import worlds
from demo.harness import DemoN2F
from loader.config import load_sync_settings

ROOT = Path(__file__).resolve().parents[1]
USERS = 300
WARM = 1  # runs before the first that counts: they build what is missing and leave a parse behind


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What a process took: seconds by the clock, and of processor (its children's too)."""

    wall: float
    cpu: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Startup:
    """Medians of a sync with nothing to do, of its reference, and of two commands that need no dbt."""

    loader: Cost
    reference: Cost
    help: Cost
    status: Cost

    @property
    def ratio(self) -> float:
        """Processor seconds of the loader for one of `dbtRunner` alone: N2F's latency is in neither."""
        return self.loader.cpu / self.reference.cpu


def process(command: Sequence[str], environment: Mapping[str, str]) -> Cost:
    """Run a command and return what it took."""
    with tempfile.TemporaryFile("w+") as said:
        started = time.perf_counter()
        running = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=said, stderr=said)
        _, status, usage = os.wait4(running.pid, 0)
        wall = time.perf_counter() - started
        running.returncode = os.waitstatus_to_exitcode(status)
        if running.returncode:
            said.seek(0)
            raise SystemExit(f"{' '.join(command)} ended with {running.returncode}: {said.read()[-2000:]}")
    return Cost(wall=wall, cpu=usage.ru_utime + usage.ru_stime)


def median(costs: Sequence[Cost]) -> Cost:
    """Return the median of each figure."""
    return Cost(
        wall=statistics.median(cost.wall for cost in costs), cpu=statistics.median(cost.cpu for cost in costs)
    )


def measure(folder: Path, *, users: int = USERS, repeats: int = 3) -> Startup:
    """Measure in turns, in a folder of their own, on DuckDB: reference and loader see the same database and parse."""
    worlds.write_n2f(folder / "n2f.json", users=users, values=users)
    database = folder / "n2f.duckdb"
    with DemoN2F(json.loads((folder / "n2f.json").read_text())) as n2f:
        environment = os.environ | {
            "N2F_BASE_URL": n2f.base_url, "N2F_CLIENT_ID": n2f.client_id, "N2F_CLIENT_SECRET": n2f.client_secret,
            "N2F_READS_PER_MINUTE": "0", "N2F_WRITES_PER_MINUTE": "0", "N2F_SYNC_TARGET": "duckdb",
            "N2F_SYNC_DUCKDB_PATH": str(database), "DBT_TARGET_PATH": str(folder / "target"),
            "DBT_LOG_PATH": str(folder / "logs"), "DBT_PROFILES_DIR": str(folder), "N2F_SANDBOX": "false",
            "N2F_SYNC_ACTIONS": "create,update",
        }  # fmt: skip
        (folder / "profiles.yml").write_text((ROOT / "profiles.yml.example").read_text())
        dbt = [sys.executable, "-c", "from dbt.cli.main import cli; cli()"]
        process([*dbt, "--quiet", "run-operation", "create_loader_tables"], environment)
        with duckdb.connect(str(database)) as connection:
            worlds.load_agresso(connection, users=users, values=users)
        # What the loader passes on, so that neither finds the other's parse stale.
        environment |= load_sync_settings(environment).dbt_environment()
        commands = {
            "loader": [sys.executable, "-m", "loader", "run", "--json"],
            "reference": [sys.executable, "-m", "bench.dbt_alone"],
            "help": [sys.executable, "-m", "loader", "--help"],
            "status": [sys.executable, "-m", "loader", "status"],
        }
        costs: dict[str, list[Cost]] = {name: [] for name in commands}
        for turn in range(WARM + repeats):
            for name, command in commands.items():
                cost = process(command, environment)
                if turn >= WARM:
                    costs[name].append(cost)
        assert n2f.stats["writes"] == WARM + repeats, "nothing was to be written but tokens"
    return Startup(**{name: median(found) for name, found in costs.items()})


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        measured = measure(Path(name))
    print(json.dumps(asdict(measured) | {"ratio": measured.ratio}, indent=2))  # noqa: T201
