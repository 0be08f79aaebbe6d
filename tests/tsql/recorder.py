"""A stand-in for SQL Server under the real dbt: records every batch that dbt sends, and answers what dbt reads.

`python -m tests.tsql.recorder DUCKDB_FILE RECORDING COMMAND…` runs dbt with the whole adapter, except that
`pyodbc.connect` gives a connection to nothing. A process of its own, since it replaces a function of a library.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import Lock

import pyodbc
from dbt.cli.main import dbtRunner
from dbt_common.events.contextvars import get_node_info

from tests.models.compiled import ROOT, dbt_environment
from tests.tsql.grammar import inner_batches
from tests.tsql.metadata import NOTHING, Catalogue, NoAnswerError, ResultSet, catalogue_of

DATABASE = "n2f"
AGRESSO_DATABASE = "agresso_prod"
GOOD = ("success", "pass")


@dataclass(frozen=True, slots=True)
class Batch:
    """One call of `Cursor.execute`."""

    node: str
    """What dbt was running: a model, a seed, a test, a unit test, a hook; empty between them."""
    sql: str
    parameters: tuple[str, ...]
    is_autocommit: bool


@dataclass(frozen=True, slots=True)
class Recording:
    """All that a build sent, and how dbt says it went."""

    batches: tuple[Batch, ...]
    outcomes: tuple[tuple[str, str], ...]
    """Node and status (with dbt's message, where it went wrong), of every command."""
    planned: tuple[str, ...]
    """All seeds, models, data tests and unit tests of the manifest."""

    def wrong(self) -> list[str]:
        """Say which nodes did not succeed, and why."""
        return [f"{node}: {status}" for node, status in self.outcomes if status not in GOOD]


VIEW = re.compile(
    r"\A\s*create(?: or alter)? view\s+(?P<name>\S+)\s+as\s+(?P<body>.*?);?\s*\Z", re.IGNORECASE | re.DOTALL
)


@dataclass(frozen=True, slots=True)
class Text:
    """A piece of SQL that this project wrote: a query, of which dbt makes a view, or a hook's statement."""

    node: str
    kind: str
    """model, test, unit_test, or operation (a hook)."""
    sql: str


def own_texts(recording: Recording) -> list[Text]:
    """Give what the project itself wrote of a recording, each once."""
    found = {}
    for batch in recording.batches:
        kind = batch.node.split(".")[0]
        if kind == "operation" and ("create table" in batch.sql or "extendedproperty N" in batch.sql):
            found[Text(batch.node, kind, batch.sql)] = None
        for inner in inner_batches(batch.sql):
            view = VIEW.match(inner)
            if view:
                found[Text(batch.node, kind, view["body"].strip())] = None
    return list(found)


class Tape:
    """The batches of all connections, in the order of their sending."""

    def __init__(self) -> None:
        self.batches: list[Batch] = []
        self._lock = Lock()

    def add(self, batch: Batch) -> None:
        """Record a batch."""
        with self._lock:
            self.batches.append(batch)


class RecordingPyodbcConnection:
    """What the adapter uses of `pyodbc.Connection`; the adapter knows pyodbc's by the name of its class."""

    def __init__(self, catalogue: Catalogue, tape: Tape, *, autocommit: bool) -> None:
        self.autocommit = autocommit
        self.timeout = 0
        self.closed = False
        self._catalogue = catalogue
        self._tape = tape

    def cursor(self) -> RecordingCursor:
        """Open a cursor."""
        return RecordingCursor(self, self._catalogue, self._tape)

    def add_output_converter(self, sql_type: int, converter: object) -> None:
        """Take the converter of a type of which no value will come."""

    def commit(self) -> None:
        """End a transaction, which nothing needs."""

    def rollback(self) -> None:
        """End a transaction, which nothing needs."""

    def close(self) -> None:
        """Close the connection."""
        self.closed = True


class RecordingCursor:
    """What the adapter uses of `pyodbc.Cursor`."""

    def __init__(self, connection: RecordingPyodbcConnection, catalogue: Catalogue, tape: Tape) -> None:
        self.rowcount = -1
        self._connection = connection
        self._catalogue = catalogue
        self._tape = tape
        self._result = NOTHING
        self._rows: list[tuple[object, ...]] = []

    @property
    def description(self) -> list[tuple[object, ...]] | None:
        """Describe the columns of the result, or say that there is none."""
        columns = [(name, kind, None, None, None, None, True) for name, kind in self._result.columns]
        return columns or None

    def execute(self, sql: str, parameters: Sequence[object] = ()) -> RecordingCursor:
        """Record a batch, and answer it."""
        node = str(get_node_info().get("unique_id", ""))
        texts = tuple(str(parameter) for parameter in parameters)
        self._tape.add(Batch(node, sql, texts, self._connection.autocommit))
        try:
            self._show(self._catalogue.answer(sql, node))
        except NoAnswerError as error:
            raise pyodbc.ProgrammingError("42000", f"The stand-in knows no answer to: {error}") from error
        return self

    def _show(self, result: ResultSet) -> None:
        self._result = result
        self._rows = list(result.rows)

    def fetchall(self) -> list[tuple[object, ...]]:
        """Give all rows that are left."""
        return self.fetchmany(len(self._rows))

    def fetchmany(self, size: int) -> list[tuple[object, ...]]:
        """Give some rows."""
        given, self._rows = self._rows[:size], self._rows[size:]
        return given

    def nextset(self) -> bool:
        """Say that no further result comes."""
        return False

    def close(self) -> None:
        """Close the cursor."""

    def cancel(self) -> None:
        """Cancel nothing."""


def record(catalogue: Catalogue, commands: Sequence[Sequence[str]]) -> Recording:
    """Run dbt's commands in this process, from the second on with all relations there."""
    tape = Tape()
    outcomes: list[tuple[str, str]] = []

    def connect(_connection_string: str, **options: object) -> RecordingPyodbcConnection:
        return RecordingPyodbcConnection(catalogue, tape, autocommit=bool(options["autocommit"]))

    pyodbc.connect = connect
    manifest = dbtRunner().invoke(["parse"]).result
    for arguments in commands:
        done = dbtRunner().invoke(list(arguments))
        if done.exception:
            raise done.exception
        for run in done.result.results:
            if run.node.resource_type == "exposure":
                continue  # of which dbt builds nothing
            status = str(run.status)
            outcomes.append(
                (run.node.unique_id, status if run.status in GOOD else f"{status}: {run.message}")
            )
        catalogue.is_built = True
    planned = (node for node in (*manifest.nodes, *manifest.unit_tests) if not node.startswith("analysis."))
    return Recording(tuple(tape.batches), tuple(outcomes), tuple(planned))


def record_build(built: Path, folder: Path, *commands: str, **environment: str) -> Recording:
    """Record dbt commands (each one text) in a process of its own, as a first night followed by others."""
    target = folder / "recording.json"
    done = subprocess.run(
        [sys.executable, "-m", "tests.tsql.recorder", str(built), str(target), *commands],
        cwd=ROOT, env=os.environ | sqlserver_environment(folder) | environment,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-4000:]
    content = json.loads(target.read_text())
    return Recording(
        tuple(Batch(**batch | {"parameters": tuple(batch["parameters"])}) for batch in content["batches"]),
        tuple((node, status) for node, status in content["outcomes"]),
        tuple(content["planned"]),
    )


def sqlserver_environment(folder: Path) -> dict[str, str]:
    """Name a server that is nowhere, and Agresso in another database of it."""
    return dbt_environment(folder) | {
        "N2F_SYNC_TARGET": "sqlserver",
        "N2F_SYNC_SQLSERVER_HOST": "stand-in.invalid",
        "N2F_SYNC_SQLSERVER_DATABASE": DATABASE,
        "N2F_SYNC_SQLSERVER_USER": "somebody",
        "N2F_SYNC_SQLSERVER_PASSWORD": "some password",
        "N2F_SYNC_SQLSERVER_AUTHENTICATION": "sql",
        "N2F_SYNC_SQLSERVER_WINDOWS_LOGIN": "",
        "N2F_SYNC_AGRESSO_DATABASE": AGRESSO_DATABASE,
        "N2F_SYNC_AGRESSO_SCHEMA": "dbo",
    }


def main(built: str, target: str, *commands: str) -> None:
    """Record, and write what was recorded as JSON."""
    recording = record(catalogue_of(Path(built), DATABASE), [command.split() for command in commands])
    Path(target).write_text(json.dumps(asdict(recording), ensure_ascii=False))


if __name__ == "__main__":
    main(*sys.argv[1:])
