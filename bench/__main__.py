"""Runs `n2f-sync run` on worlds in step and out of step, of several sizes, and prints what it took."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import requests
from rich.console import Console
from rich.table import Table

from bench import worlds
from demo.server import DEFAULT_CREDENTIALS

ROOT = Path(__file__).resolve().parents[1]
SIZES = (1_000, 10_000, 100_000)
MAX_CHANGES = 1_000
PAGE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """A run of n2f-sync as a process of its own; memory is its peak, in MB, dbt and DuckDB in it."""

    seconds: float
    memory: float
    summary: dict[str, Any]

    def stage(self, name: str) -> float:
        """Seconds of a stage, 0 for one that there was not."""
        return sum(stage["seconds"] for stage in self.summary["stages"] if stage["stage"] == name)


@contextmanager
def n2f(world: Path) -> Iterator[str]:
    """Run the demo's N2F as a process, without quotas; yield its base URL."""
    command = [sys.executable, "-m", "demo.server", "--port", "0", "--world", str(world)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            yield server.stdout.readline().split()[-1]
        finally:
            server.terminate()


def sync(environment: dict[str, str]) -> Finished:
    """Run `n2f-sync run` and measure it."""
    with tempfile.TemporaryFile("w+") as said:
        started = time.perf_counter()
        command = [sys.executable, "-m", "loader", "run", "--json"]
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=said, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        text = said.read()
    if process.returncode:
        raise SystemExit(f"n2f-sync run ended with {process.returncode}: {text[:2000]}")
    return Finished(seconds=seconds, memory=usage.ru_maxrss / 1024, summary=json.loads(text))


def bare_session(base_url: str) -> requests.Session:
    """Open the reference: a session with a token, and nothing else."""
    session = requests.Session()
    session.trust_env = False
    answer = session.post(f"{base_url}auth", json={
        "client_id": DEFAULT_CREDENTIALS.client_id, "client_secret": DEFAULT_CREDENTIALS.client_secret
    })  # fmt: skip
    session.headers["Authorization"] = f"Bearer {answer.json()['response']['token']}"
    return session


def bare_posts(base_url: str, users: int) -> float:
    """Seconds to post so many users in a bare loop."""
    with bare_session(base_url) as session:
        payloads = [
            {name: field for name, field in worlds.user(number).items() if name != "uuid"}
            for number in range(users)
        ]
        started = time.perf_counter()
        for payload in payloads:
            session.post(f"{base_url}users", json=payload).raise_for_status()
        return time.perf_counter() - started


def bare_reads(base_url: str) -> float:
    """Seconds to read the pages of the users in a bare loop, without a database."""
    with bare_session(base_url) as session:
        started, start = time.perf_counter(), 0
        while True:
            answer = session.get(f"{base_url}users?start={start}&limit={PAGE}")
            if len(answer.json()["response"].get("data", [])) < PAGE:
                return time.perf_counter() - started
            start += PAGE


def bare_commits(folder: Path, rows: int) -> float:
    """Seconds that the engine needs to commit so many single rows durably, in a file of its own."""
    with duckdb.connect(str(folder / "commits.duckdb")) as connection:
        connection.execute("create or replace table results (sequence integer, status varchar, said varchar)")
        started = time.perf_counter()
        for number in range(rows):
            connection.execute("insert into results values (?, 'succeeded', ?)", [number, "x" * 200])
        return time.perf_counter() - started


def measure(users: int, folder: Path) -> dict[str, Any]:
    """Measure one size: a run in step, a run with changes, and the references."""
    worlds.write_n2f(folder / "n2f.json", users=users, values=users)
    changes = min(users // 4, MAX_CHANGES)
    database = folder / "n2f.duckdb"
    with n2f(folder / "n2f.json") as base_url:
        environment = os.environ | {
            "N2F_BASE_URL": base_url, "N2F_CLIENT_ID": DEFAULT_CREDENTIALS.client_id,
            "N2F_CLIENT_SECRET": DEFAULT_CREDENTIALS.client_secret, "N2F_READS_PER_MINUTE": "0",
            "N2F_WRITES_PER_MINUTE": "0", "N2F_SYNC_DUCKDB_PATH": str(database), "N2F_SYNC_TARGET": "duckdb",
            "DBT_TARGET_PATH": str(folder / "target"), "DBT_LOG_PATH": str(folder / "logs"),
            "N2F_SANDBOX": "false", "N2F_SYNC_ACTIONS": "create,update",
        }  # fmt: skip
        dbt = [sys.executable, "-c", "from dbt.cli.main import cli; cli()"]
        subprocess.run(
            [*dbt, "--quiet", "run-operation", "create_loader_tables"], cwd=ROOT, env=environment, check=True
        )
        with duckdb.connect(str(database)) as connection:
            worlds.load_agresso(connection, users=users, values=users)
        in_step = sync(environment)
        with duckdb.connect(str(database)) as connection:
            worlds.change(connection, users=changes)
        changed = sync(environment)
        reads = bare_reads(base_url)
        posts = bare_posts(base_url, changes)
    commits = bare_commits(folder, changes)
    push = changed.stage("sending the plan")
    return {
        "users": users, "values": users, "changes": changes,
        "in_step_seconds": in_step.seconds, "in_step_memory_mb": in_step.memory,
        "in_step_writes": in_step.summary["totals"]["succeeded"],
        "changed_writes": changed.summary["totals"]["succeeded"],
        "snapshot_seconds": in_step.stage("reading N2F"), "bare_reads_of_users_seconds": reads,
        "dbt_seconds": in_step.stage("preparing the snapshot") + in_step.stage("comparing Agresso with N2F"),
        "plan_seconds": in_step.stage("freezing the plan"),
        "push_seconds": push, "push_ms_a_row": 1000 * push / changes, "bare_ms_a_row": 1000 * posts / changes,
        "commit_ms_a_row": 1000 * commits / changes,
    }  # fmt: skip


def show(rows: list[dict[str, Any]]) -> None:
    """Print the figures as a table: a size a column."""
    table = Table(title="n2f-sync run, against the demo's N2F without quotas")
    table.add_column("")
    for row in rows:
        table.add_column(f"{row['users']:,} users, {row['values']:,} values", justify="right")
    lines = [
        ("in step: whole run, s", "in_step_seconds", 1), ("  peak memory, MB", "in_step_memory_mb", 0),
        ("  writes sent (needed: 0)", "in_step_writes", 0), ("  snapshot, s", "snapshot_seconds", 2),
        ("    reference: bare loop over the pages of users, s", "bare_reads_of_users_seconds", 2),
        ("  dbt, s", "dbt_seconds", 1), ("  plan, s", "plan_seconds", 2),
        ("changed: rows", "changes", 0), ("  writes sent", "changed_writes", 0),
        ("  push, s", "push_seconds", 2), ("  push, ms a row", "push_ms_a_row", 2),
        ("    reference: bare requests.Session, ms a row", "bare_ms_a_row", 2),
        ("    reference: one-row commit of the engine, ms", "commit_ms_a_row", 2),
    ]  # fmt: skip
    for title, key, digits in lines:
        table.add_row(title, *(f"{row[key]:,.{digits}f}" for row in rows))
    table.add_row(
        "  push ÷ (bare session + commit)",
        *(f"{row['push_ms_a_row'] / (row['bare_ms_a_row'] + row['commit_ms_a_row']):.2f}" for row in rows),
    )
    Console(width=120).print(table)


def main() -> None:
    """Measure the sizes that are asked for."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("sizes", nargs="*", type=int, default=SIZES, help="numbers of users")
    parser.add_argument("--output", type=Path, default=ROOT / "target" / "bench.json", help="figures as JSON")
    chosen = parser.parse_args()
    rows = []
    for users in chosen.sizes:
        with tempfile.TemporaryDirectory() as folder:
            rows.append(measure(users, Path(folder)))
    chosen.output.parent.mkdir(exist_ok=True)
    chosen.output.write_text(json.dumps(rows, indent=2))
    show(rows)


if __name__ == "__main__":
    main()
