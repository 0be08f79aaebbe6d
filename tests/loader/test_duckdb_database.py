"""The embedded engine: its file, who may open it, what keeps runs apart, and what its errors say."""

from __future__ import annotations

import subprocess
import sys
import time
import traceback
from pathlib import Path

import pytest

from loader.duckdb_database import DuckDBDatabase
from loader.errors import ConfigurationError, DatabaseError, LockedError
from loader.warehouse import open_database

SECRET = "Sesame"


@pytest.fixture
def empty(tmp_path: Path) -> DuckDBDatabase:
    """A database without anything."""
    return DuckDBDatabase(path=tmp_path / "empty.duckdb")


def test_the_file_is_made_with_its_folder(tmp_path: Path) -> None:
    database = DuckDBDatabase(path=tmp_path / "made" / "here.duckdb")
    with database.lock(), database.connect() as warehouse:
        assert warehouse.rows("select 1") == [(1,)]
    assert database.path.is_file()


def test_an_error_names_its_kind_and_quotes_no_data(empty: DuckDBDatabase) -> None:
    parameters = (SECRET,)
    with empty.connect() as warehouse, pytest.raises(DatabaseError) as raised:
        warehouse.rows("select cast(? as integer)", parameters)
    assert str(raised.value).startswith("Conversion Error (while running 'select cast(? as integer)'")
    assert SECRET not in "".join(traceback.format_exception(raised.value))
    assert SECRET not in str(raised.value.to_json())


def test_an_error_about_sql_says_what_is_wrong(empty: DuckDBDatabase) -> None:
    with (
        empty.connect() as warehouse,
        pytest.raises(DatabaseError, match="Table with name nothing does not exist"),
    ):
        warehouse.rows("select * from nothing")


def test_a_file_that_another_process_holds_is_an_error_with_its_id(empty: DuckDBDatabase) -> None:
    script = (
        "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('held', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", script, str(empty.path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        with pytest.raises(DatabaseError) as raised, empty.connect():
            pass
        holder.communicate()
    assert str(raised.value).startswith(f"the process {holder.pid} has the database file open")
    assert raised.value.details["pid"] == holder.pid


def test_a_file_that_a_run_holds_is_locked_at_once_but_for_the_holder_of_the_lock(
    empty: DuckDBDatabase,
) -> None:
    script = (
        "import duckdb, sys, pathlib; from loader.duckdb_database import DuckDBDatabase as D\n"
        "with D(path=pathlib.Path(sys.argv[1])).lock():\n"
        "    c = duckdb.connect(sys.argv[1]); print('held', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", script, str(empty.path)]
    patient = DuckDBDatabase(path=empty.path, connect_attempts=10)
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        began = time.monotonic()
        with pytest.raises(LockedError, match="a run is at work") as raised, patient.connect():
            pass
        assert time.monotonic() - began < 1
        with pytest.raises(DatabaseError, match="has the database file open"), empty.connect(holds_lock=True):
            pass
        holder.communicate()
    assert raised.value.exit_code == 5
    assert raised.value.remedy == "Wait until it has ended."


def test_a_run_that_holds_the_lock_still_says_which_process_has_its_file(empty: DuckDBDatabase) -> None:
    script = (
        "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('held', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", script, str(empty.path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        with (
            empty.lock(),
            pytest.raises(DatabaseError, match=str(holder.pid)),
            empty.connect(holds_lock=True),
        ):
            pass
        holder.communicate()


def test_a_file_that_is_let_go_soon_is_waited_for(empty: DuckDBDatabase) -> None:
    script = (
        "import duckdb, sys, time; c = duckdb.connect(sys.argv[1]); print('held', flush=True); time.sleep(1)"
    )
    command = [sys.executable, "-c", script, str(empty.path)]
    patient = DuckDBDatabase(path=empty.path, connect_attempts=10)
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        with patient.connect() as warehouse:
            assert warehouse.rows("select 1") == [(1,)]


def test_a_folder_that_cannot_be_written_to_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    database = DuckDBDatabase(path=tmp_path / "file" / "x.duckdb")
    with pytest.raises(DatabaseError, match="cannot be written to"), database.lock():
        pass


@pytest.mark.parametrize(
    ("target", "problem"),
    [
        ({"type": "postgres"}, "cannot work with the engine 'postgres'"),
        ({"type": "duckdb", "path": ":memory:"}, "is not a file"),
        ({"type": "duckdb", "path": "md:cloud"}, "is not a file"),
        ({"type": "duckdb", "path": "data/n2f_sync.duckdb"}, "a schema in it has that name"),
        ({"type": "duckdb", "path": ".n2f_raw.db.duckdb"}, "a schema in it has that name"),
    ],
)
def test_a_target_that_the_loader_cannot_use_is_refused(target: dict[str, object], problem: str) -> None:
    with pytest.raises(ConfigurationError, match=problem):
        open_database(target, Path("/project"))


def test_a_target_of_the_profile_becomes_a_database() -> None:
    target = {
        "type": "duckdb", "path": "data/n2f.duckdb", "config_options": {"threads": 1},
        "retries": {"connect_attempts": 5},
    }  # fmt: skip
    database = open_database(target, Path("/project"))
    assert database == DuckDBDatabase(
        path=Path("/project/data/n2f.duckdb"), config={"threads": 1}, connect_attempts=5
    )
    assert database.describe() == "/project/data/n2f.duckdb"
    assert (
        open_database({"type": "duckdb", "path": "/abs/n2f.duckdb"}, Path("/project")).describe()
        == "/abs/n2f.duckdb"
    )
