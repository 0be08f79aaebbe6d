"""A lane: a site with a database, an N2F and a line to the nursery, where one night after the other is run."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

import duckdb

from demo.harness import DemoN2F
from demo.sample import agresso_rows, sample_world
from tests.end_to_end import Site, site_on
from tests.engines import ROOT, DuckDBEngine
from tests.kills.job import Job
from tests.kills.points import Group, Moment
from tests.models.loading import AGRESSO_VIEWS, create_agresso_table, insert

FIRST_PLAN = ("plan", "--scope", "plates", "--scope", "subposts", "--delete", "--allow-mass-delete")
NIGHT = ("run", "--delete", "--allow-mass-create", "--allow-mass-update", "--allow-mass-delete")
RESUME = ("push",)

_MANY_CALLS = "100000"  # a minute: the ledger is kept, and nobody waits
_TURNS_TO_HEAR = 20
_PATIENCE = 10.0  # seconds until N2F has done with a call whose caller died

Rows = dict[str, Counter[tuple[Any, ...]]]
"""All rows of tables, by name."""


@dataclass(frozen=True, kw_only=True)
class Ended:
    """How a command ended.

    Attributes:
        code: its exit code, or minus the signal that killed it.
        died: what it was about when it stepped on the wire.
    """

    code: int
    output: str
    died: str
    counted: dict[Group, int]


class Lane:
    """One site.

    Attributes:
        line: the line to the nursery.
        world: what N2F holds before the night.
        before: the rows of the tables that are only ever added to, before it.
    """

    def __init__(self, site: Site, prepared: Path) -> None:
        self.site = site
        self.n2f = site.n2f
        self.database = Path(site.environment["N2F_SYNC_DUCKDB_PATH"])
        self.ledger_dir = site.folder / "calls"
        self._prepared = prepared
        self.world: dict[str, Any] = {}
        self.before: Rows = {}
        self.line: TextIO

    def job(self, *arguments: str, deadly: Moment | None = None) -> Job:
        """Return a command as the nursery takes it."""
        environment = self.site.environment | {
            "N2F_READS_PER_MINUTE": _MANY_CALLS,
            "N2F_WRITES_PER_MINUTE": _MANY_CALLS,
            "DBT_WRITE_JSON": "0",  # files for people, a third of dbt's time
        }
        return Job(
            arguments=list(arguments),
            environment=environment,
            ledger_dir=str(self.ledger_dir),
            output=str(self.site.folder / "output.txt"),
            counted=str(self.site.folder / "counted.json"),
            deadly=deadly,
        )

    def morning(self) -> None:
        """Put everything where it was before the night."""
        for path in self.database.parent.glob(f"{self.database.name}*"):
            path.unlink()
        shutil.rmtree(self.ledger_dir, ignore_errors=True)
        shutil.copy(self._prepared, self.database)
        with duckdb.connect(self.database) as connection:  # each lane has an N2F of its own
            connection.execute("update n2f_raw.snapshots set base_url = ?", [self.n2f.base_url])
        self.n2f.reset(self.world)

    def command(self, *arguments: str, deadly: Moment | None = None) -> Ended:
        """Run a command until its end, and wait until N2F has none of its calls in hand."""
        job = self.job(*arguments, deadly=deadly)
        Path(job.counted).unlink(missing_ok=True)
        self.line.write(job.to_line())
        self.line.flush()
        told = self.line.readline()
        if not told:
            raise RuntimeError(f"the nursery is gone: {Path(job.output).read_text()[-2000:]}")
        self._let_n2f_end()
        return ended(job, int(told))

    def _let_n2f_end(self) -> None:
        """Wait until N2F has heard what was sent to it by who is dead now, and has done it."""
        for _ in range(_TURNS_TO_HEAR):
            _ = self.n2f.stats  # a turn of its event loop
        end = time.monotonic() + _PATIENCE
        while self.n2f.in_flight and time.monotonic() < end:
            time.sleep(0.01)

    @contextmanager
    def wreck(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Open the database as it lies there, in a copy: who opens it repairs it, and that is the next run's part."""
        folder = self.site.folder / "wreck"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        for suffix in ("", ".wal"):
            path = Path(f"{self.database}{suffix}")
            if path.exists():
                shutil.copy(path, folder)
        with duckdb.connect(folder / self.database.name) as connection:
            yield connection


def ended(job: Job, code: int) -> Ended:
    """Read what a command left."""
    path = Path(job.counted)
    told = json.loads(path.read_text()) if path.exists() else {}
    return Ended(
        code=code,
        output=Path(job.output).read_text(),
        died=told.get("died", ""),
        counted={Group(stage, what): count for stage, what, count in told.get("groups", ())},
    )


def history(connection: duckdb.DuckDBPyConnection) -> Rows:
    """Return all rows of `n2f_raw` and `n2f_sync`."""
    tables = connection.execute(
        "select table_schema || '.' || table_name from information_schema.tables"
        " where table_schema in ('n2f_raw', 'n2f_sync') and table_type = 'BASE TABLE'"
    ).fetchall()
    return {table: Counter(connection.execute(f"from {table}").fetchall()) for (table,) in tables}


@contextmanager
def lanes(folder: Path, how_many: int) -> Iterator[list[Lane]]:
    """Make lanes before the same night. An earlier one was planned by the nursery's first job, and pushed."""
    with ExitStack() as stack:
        made = []
        for number in range(how_many):
            place = folder / f"lane-{number}"
            place.mkdir()
            n2f = stack.enter_context(DemoN2F(sample_world()))
            site = stack.enter_context(site_on(DuckDBEngine(), place, n2f))
            made.append(Lane(site, folder / "prepared.duckdb"))
        first = made[0]
        _load_agresso(first.site)
        lines = stack.enter_context(_nursery(first.job(*FIRST_PLAN), how_many))
        for lane, line in zip(made, lines, strict=True):
            lane.line = line
        pushed = first.command("push")
        assert pushed.code == 0, pushed.output
        shutil.copy(first.database, folder / "prepared.duckdb")
        for lane in made:
            lane.world = first.n2f.world()
            lane.morning()
            with lane.wreck() as connection:
                lane.before = history(connection)
        yield made


@contextmanager
def _nursery(first: Job, how_many: int) -> Iterator[Sequence[TextIO]]:
    """Start the nursery with its first job; yield a line to it for each lane."""
    pairs = [socket.socketpair() for _ in range(how_many)]
    theirs = [pair[1].fileno() for pair in pairs]
    with ExitStack() as stack:
        nursery = stack.enter_context(
            subprocess.Popen(
                [sys.executable, "-m", "tests.kills.nursery", *map(str, theirs)],
                cwd=ROOT,
                env=os.environ | first.environment,
                stdin=subprocess.PIPE,
                pass_fds=theirs,
                text=True,
            )
        )
        for _, their in pairs:
            their.close()
        lines = []
        for ours, _ in pairs:  # closed before the nursery is waited for: it ends with its lanes
            stack.callback(ours.close)
            lines.append(stack.enter_context(ours.makefile("rw")))
        assert nursery.stdin is not None
        nursery.stdin.write(first.to_line())
        nursery.stdin.flush()
        for line in lines:
            assert line.readline() == "ready\n", Path(first.output).read_text()[-4000:]
        yield lines


def _load_agresso(site: Site) -> None:
    """Make Agresso's two views as tables of text, before anything else is there."""
    with site.engine.connect(site.environment) as connection:
        for view, rows in agresso_rows().items():
            columns = AGRESSO_VIEWS[view]
            ddl = ", ".join(f'"{column}" varchar' for column in columns)
            create_agresso_table(connection, site.engine, site.environment, view, ddl)
            cells = [[row.get(column) or None for column in columns] for row in rows]
            insert(connection, site.engine.agresso(site.environment, view), cells)
