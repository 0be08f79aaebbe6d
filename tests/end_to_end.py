"""`n2f-sync` as a process, on a database of either engine and an N2F of a test's own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from demo.harness import DemoN2F
from loader.database import Database
from loader.transform import Project
from loader.warehouse import open_database
from tests.engines import ROOT, Engine, Environment
from tests.models.compiled import dbt, dbt_environment
from tests.models.loading import AGRESSO_VIEWS, insert

PATIENCE = 900  # seconds that a command may take; a stand-in for SQL Server may be slow


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

    def __init__(self, engine: Engine, folder: Path, n2f: DemoN2F, database: Environment) -> None:
        self.engine = engine
        self.folder = folder
        self.n2f = n2f
        unset = {name: "" for name in os.environ if name.startswith("N2F_")}
        self.environment = unset | dbt_environment(folder) | database | {
            "N2F_BASE_URL": n2f.base_url,
            "N2F_CLIENT_ID": n2f.client_id,
            "N2F_CLIENT_SECRET": n2f.client_secret,
            "N2F_READS_PER_MINUTE": "0",
            "N2F_WRITES_PER_MINUTE": "0",
            "N2F_BACKOFF_INITIAL": "0.01",
            "N2F_BACKOFF_MAX": "0.05",
            "N2F_SYNC_ACTIONS": "create,update",
        }  # fmt: skip

    def database(self) -> Database:
        """Return the database as the loader makes it of the profile."""
        return open_database(Project(ROOT, self.environment).target(), ROOT)

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
            out, err = process.communicate(timeout=PATIENCE)
        return Ended(code=process.returncode, out=out, err=err)

    def load_agresso(self, tables: Mapping[str, Sequence[Mapping[str, str | None]]]) -> None:
        """Fill Agresso's two views, before anything else was run."""
        dbt("run-operation", "create_loader_tables", environment=self.environment)
        with self.engine.connect(self.environment) as connection:
            for view, rows in tables.items():
                insert(
                    connection,
                    self.engine.agresso(self.environment, view),
                    [[row.get(column) or None for column in AGRESSO_VIEWS[view]] for row in rows],
                )

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Ask the database."""
        with self.engine.connect(self.environment) as connection:
            rows: list[tuple[Any, ...]] = connection.execute(sql).fetchall()
            return rows

    def writes(self) -> int:
        """How many writes N2F was sent since its statistics were reset."""
        return sum(call["method"] != "GET" and call["kind"] != "auth" for call in self.n2f.stats["calls"])


@contextmanager
def site_on(engine: Engine, folder: Path, n2f: DemoN2F) -> Iterator[Site]:
    """Make a site with a database of its own on this engine."""
    with engine.database(folder) as database:
        yield Site(engine, folder, n2f, database)
