"""`n2f-sync` as a process, on a database and an N2F of a test's own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from demo.harness import DemoN2F
from tests.models.compiled import dbt, dbt_environment


@dataclass(frozen=True, kw_only=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str

    def json(self) -> dict[str, Any]:
        """Return what `--json` printed."""
        found: dict[str, Any] = json.loads(self.out)
        return found


class Site:
    """A folder with a database, and the environment that points there."""

    def __init__(self, folder: Path, n2f: DemoN2F) -> None:
        self.folder = folder
        self.n2f = n2f
        unset = {name: "" for name in os.environ if name.startswith("N2F_")}
        self.environment = unset | dbt_environment(folder) | {
            "N2F_BASE_URL": n2f.base_url,
            "N2F_CLIENT_ID": n2f.client_id,
            "N2F_CLIENT_SECRET": n2f.client_secret,
            "N2F_READS_PER_MINUTE": "0",
            "N2F_WRITES_PER_MINUTE": "0",
            "N2F_BACKOFF_INITIAL": "0.01",
            "N2F_BACKOFF_MAX": "0.05",
            "N2F_SYNC_ACTIONS": "create,update",
            "N2F_SYNC_DUCKDB_PATH": str(folder / "n2f.duckdb"),
        }  # fmt: skip

    @property
    def database(self) -> Path:
        """The file."""
        return Path(self.environment["N2F_SYNC_DUCKDB_PATH"])

    def start(self, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        """Start a command."""
        return subprocess.Popen(
            [sys.executable, "-W", "error::ResourceWarning", "-m", "loader", *arguments],
            cwd=self.folder,
            env=os.environ | self.environment | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def command(self, *arguments: str, **environment: str) -> Ended:
        """Run a command to its end."""
        with self.start(*arguments, **environment) as process:
            out, err = process.communicate(timeout=300)
        return Ended(code=process.returncode, out=out, err=err)

    def load_agresso(self, tables: Mapping[str, list[dict[str, str]]]) -> None:
        """Fill Agresso's two views, before anything else was run."""
        dbt("run-operation", "create_loader_tables", environment=self.environment)
        with duckdb.connect(str(self.database)) as connection:
            for table, rows in tables.items():
                columns, marks = ", ".join(rows[0]), ", ".join("?" * len(rows[0]))
                connection.executemany(
                    f"insert into agresso.{table} ({columns}) values ({marks})",
                    [[value or None for value in row.values()] for row in rows],
                )

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Ask the database."""
        with duckdb.connect(str(self.database), read_only=True) as connection:
            return connection.execute(sql).fetchall()

    def writes(self) -> int:
        """How many writes N2F was sent since its statistics were reset."""
        return sum(call["method"] != "GET" and call["kind"] != "auth" for call in self.n2f.stats["calls"])
