"""The engine of production: settings, the connection string, what errors say, and the lock's session."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path

import mssql_python_odbc
import pyodbc
import pytest

from loader.engine_errors import is_engine_error, odbc_error
from loader.errors import ConfigurationError, DatabaseError, SyncError
from loader.sqlserver_database import SQLServerDatabase
from loader.transform import Project, odbc_connection
from loader.warehouse import open_database
from tests.engines import ROOT, Environment, SQLServerEngine, profiles_dir
from tests.models.compiled import dbt, dbt_environment

SECRET = "Sesame"
DRIVER = "[Microsoft][ODBC Driver 18 for SQL Server]"
SERVER = DRIVER + "[SQL Server]"
NASTY = "a;b} {c='\"PWD=x;\\ é$ {{1}}"
"""A password of what means something in a connection string, in YAML, in Jinja and in a shell."""

WAYS = {
    "sql": {"N2F_SYNC_SQLSERVER_USER": "n2f_sync", "N2F_SYNC_SQLSERVER_PASSWORD": NASTY},
    "windows": {"N2F_SYNC_SQLSERVER_WINDOWS_LOGIN": "yes"},
    "application": {
        "N2F_SYNC_SQLSERVER_AUTHENTICATION": "ActiveDirectoryServicePrincipal",
        "N2F_SYNC_SQLSERVER_USER": "f3b1-application",
        "N2F_SYNC_SQLSERVER_PASSWORD": NASTY,
    },
    "integrated": {"N2F_SYNC_SQLSERVER_AUTHENTICATION": "ActiveDirectoryIntegrated"},
}
"""The ways to log in that need no token before the connection is opened."""


@pytest.fixture
def settings(tmp_path: Path) -> Environment:
    """A server that is named and not there; what the process's own environment says of one does not count."""
    unset = {name: "" for name in os.environ if name.startswith(("N2F_", "DBT_"))}
    return unset | dbt_environment(tmp_path) | {
        "N2F_SYNC_TARGET": "sqlserver",
        "N2F_SYNC_SQLSERVER_HOST": "db.example.test",
        "N2F_SYNC_SQLSERVER_DATABASE": "n2f",
        "N2F_SYNC_SQLSERVER_PORT": "1444",
        "DBT_PROFILES_DIR": str(profiles_dir(tmp_path)),
    }  # fmt: skip


def parts_of(settings: Environment) -> list[str]:
    """Return the connection string that the loader makes, in its parts; values between braces stay whole."""
    text, _ = odbc_connection(Project(ROOT, settings).target())
    parts, start, is_open = [], 0, False
    for place, char in enumerate(text):
        is_open = (char == "{" or is_open) and not (char == "}" and is_open)
        if char == ";" and not is_open:
            parts.append(text[start:place])
            start = place + 1
    return [*parts, text[start:]]


@pytest.mark.parametrize(
    ("blank", "named"),
    [
        ({"HOST"}, "N2F_SYNC_SQLSERVER_HOST is not set"),
        ({"DATABASE"}, "N2F_SYNC_SQLSERVER_DATABASE is not set"),
        ({"HOST", "DATABASE"}, "N2F_SYNC_SQLSERVER_HOST and N2F_SYNC_SQLSERVER_DATABASE are not set"),
        ({"USER", "PASSWORD"}, "N2F_SYNC_SQLSERVER_USER and N2F_SYNC_SQLSERVER_PASSWORD are not set"),
    ],
)
def test_what_is_not_set_is_named(settings: Environment, blank: set[str], named: str) -> None:
    target = Project(
        ROOT, settings | WAYS["sql"] | {f"N2F_SYNC_SQLSERVER_{part}": " " for part in blank}
    ).target()
    with pytest.raises(ConfigurationError, match=named) as raised:
        open_database(target, ROOT)
    assert "docs/sql-server.md" in raised.value.remedy


def test_what_describes_a_database_holds_no_secret(settings: Environment) -> None:
    database = open_database(Project(ROOT, settings | WAYS["sql"]).target(), ROOT)
    assert database.describe() == "n2f on db.example.test"
    assert NASTY not in repr(database)
    assert "PWD" not in repr(database)
    assert database.exists()


CAPTURE = """
import json, sys, pyodbc
def connect(*arguments, **named):
    named["attrs_before"] = {key: value.hex() for key, value in (named["attrs_before"] or {}).items()}
    print("HANDED " + json.dumps([arguments, named], sort_keys=True), flush=True)
    raise pyodbc.InterfaceError("28000", "nobody is there")
pyodbc.connect = connect
"""
BY_DBT = CAPTURE + "from dbt.cli.main import cli; cli(['debug', '--connection'])"
BY_LOADER = (
    CAPTURE
    + """
from pathlib import Path
from loader.transform import Project
from loader.warehouse import open_database
with open_database(Project(Path.cwd(), {}).target(), Path.cwd()).connect(): pass
"""
)


def handed_to_pyodbc(script: str, environment: Environment) -> str:
    """Run a script and return what pyodbc was to connect with."""
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT, env=os.environ | environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    handed = {line for line in done.stdout.splitlines() if line.startswith("HANDED ")}
    assert len(handed) == 1, done.stdout + done.stderr
    return handed.pop()


@pytest.mark.parametrize("way", WAYS)
def test_the_loader_connects_with_what_dbt_connects_with(settings: Environment, way: str) -> None:
    environment = settings | WAYS[way]
    by_loader = handed_to_pyodbc(BY_LOADER, environment)
    assert by_loader == handed_to_pyodbc(BY_DBT, environment)
    assert "SERVER=db.example.test,1444" in by_loader


@pytest.mark.parametrize("way", WAYS)
def test_the_connection_is_encrypted_and_the_certificate_checked_unless_switched_off(
    settings: Environment, way: str
) -> None:
    for unclear in ("", "perhaps"):
        either = {"N2F_SYNC_SQLSERVER_ENCRYPT": unclear, "N2F_SYNC_SQLSERVER_TRUST_CERT": unclear}
        parts = parts_of(settings | WAYS[way] | either)
        assert {"encrypt=Yes", "TrustServerCertificate=No"} <= set(parts)
    off = {"N2F_SYNC_SQLSERVER_ENCRYPT": "false", "N2F_SYNC_SQLSERVER_TRUST_CERT": "true"}
    assert {"encrypt=No", "TrustServerCertificate=Yes"} <= set(parts_of(settings | WAYS[way] | off))


def test_a_password_of_any_characters_is_one_value_of_the_connection_string(settings: Environment) -> None:
    parts = parts_of(settings | WAYS["sql"])
    assert "UID={n2f_sync}" in parts
    assert [part for part in parts if part.startswith("PWD=")] == ["PWD={" + NASTY.replace("}", "}}") + "}"]


def test_a_windows_account_needs_no_password_and_an_instance_no_port(settings: Environment) -> None:
    parts = parts_of(settings | WAYS["windows"] | {"N2F_SYNC_SQLSERVER_HOST": "SRV\\ERP"})
    assert {"Trusted_Connection=yes", "SERVER=SRV\\ERP"} <= set(parts)
    assert [part for part in parts if part.startswith(("UID", "PWD"))] == []


def test_settings_that_contradict_each_other_are_an_error_without_the_password(settings: Environment) -> None:
    target = Project(ROOT, settings | WAYS["integrated"] | {"N2F_SYNC_SQLSERVER_PASSWORD": NASTY}).target()
    with (
        pytest.raises(ConfigurationError, match="password is not valid") as raised,
        open_database(target, ROOT).connect(),
    ):
        pass
    assert_without_password(raised.value, NASTY)


@pytest.mark.parametrize(
    ("state", "text", "said"),
    [
        ("42S02", f"{SERVER}Invalid object name 'n2f_sync.runs'. (208) (SQLExecDirectW)",
         "Invalid object name 'n2f_sync.runs'. (SQLSTATE 42S02)"),
        ("42000", (f"{SERVER}The SELECT permission was denied on the object 'iris_N2F_User', database 'agresso',"
         " schema 'dbo'. (229) (SQLExecDirectW)"), "The SELECT permission was denied on the object"),
        ("40001", (f"{SERVER}Transaction (Process ID 52) was deadlocked on lock resources with another process and"
         " has been chosen as the deadlock victim. Rerun the transaction. (1205) (SQLExecDirectW)"),
         "chosen as the deadlock victim"),
        ("28000", f"{SERVER}Login failed for user 'n2f_sync'. (18456) (SQLDriverConnect)",
         "Login failed for user 'n2f_sync'. (SQLSTATE 28000)"),
        ("42000", (f'{SERVER}Cannot open database "n2f" requested by the login. The login failed. (4060)'
         " (SQLDriverConnect)"), 'Cannot open database "n2f"'),
        ("IM002", ("[Microsoft][ODBC Driver Manager] Data source name not found and no default driver specified (0)"
         " (SQLDriverConnect)"), "Data source name not found and no default driver specified (SQLSTATE IM002)"),
        ("08001", (f"{DRIVER}SSL Provider: The certificate chain was issued by an authority that is not trusted."
         f" (-2146893019) (SQLDriverConnect); [08001] {DRIVER}Client unable to establish connection"
         " (-2146893019)"), "The certificate chain was issued by an authority that is not trusted."),
        ("08S01", f"{DRIVER}TCP Provider: Error code 0x68 (104) (SQLExecDirectW)",
         "TCP Provider: Error code 0x68 (SQLSTATE 08S01)"),
        ("HYT00", f"{DRIVER}Login timeout expired (0) (SQLDriverConnect)", "Login timeout expired"),
        ("01000", ("[unixODBC][Driver Manager]Can't open lib 'ODBC Driver 18 for SQL Server' : file not found (0)"
         " (SQLDriverConnect)"), "Can't open lib 'ODBC Driver 18 for SQL Server' : file not found"),
        ("08001", (f"{DRIVER}SSL Provider: [error:0A000086:SSL routines::certificate verify failed:self-signed"
         " certificate] (-1) (SQLDriverConnect)"), "certificate verify failed:self-signed certificate"),
    ],
)  # fmt: skip
def test_an_error_about_objects_rights_and_the_connection_is_told(state: str, text: str, said: str) -> None:
    raised = str(pyodbc.Error(state, f"[{state}] {text}"))
    assert is_engine_error(raised)
    error = odbc_error(raised, doing="trying", remedy="Look.")
    assert said in error.message
    assert SERVER not in error.message


@pytest.mark.parametrize(
    ("state", "text", "number"),
    [
        ("22018", "Conversion failed when converting the nvarchar value 'Sesame' to data type int. (245)", 245),
        ("22018", "Conversion failed when converting the nvarchar value 'Ses\\name\nSesame' to int. (245)", 245),
        ("23000", ("Violation of PRIMARY KEY constraint 'PK'. Cannot insert duplicate key in object 'dbo.runs'."
         f" The duplicate key value is (Sesame). (2627) (SQLExecDirectW); [23000] {SERVER}The statement has been"
         " terminated. (3621)"), 2627),
        ("23000", ("Cannot insert duplicate key row in object 'n2f_sync.runs' with unique index 'ix_runs'. The"
         " duplicate key value is (Sesame). (2601)"), 2601),
        ("22001", ("String or binary data would be truncated in table 'n2f.n2f_sync.runs', column 'run_id'."
         " Truncated value: 'Sesame'. (2628)"), 2628),
        ("22003", "Arithmetic overflow error for type varchar, value = 123456.000000. (232)", 232),
        ("42000", "Sesame (208) is what the trigger says (50000)", 50000),
        ("42000", "JSON text is not properly formatted. Unexpected character 'S' is found at position 0. (13609)",
         13609),
    ],
)  # fmt: skip
def test_an_error_that_may_quote_a_value_is_told_by_its_number(state: str, text: str, number: int) -> None:
    ending = "" if "SQLExecDirectW" in text else " (SQLExecDirectW)"
    raised = str(pyodbc.Error(state, f"[{state}] {SERVER}{text}{ending}"))
    error = odbc_error(raised, doing="trying", remedy="Look.")
    assert error.message == f"SQL Server error {number} (SQLSTATE {state})"


def test_a_server_that_does_not_answer_is_an_error_with_a_remedy_and_without_the_password(
    settings: Environment,
) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    nobody = {
        "N2F_SYNC_SQLSERVER_HOST": "127.0.0.1",
        "N2F_SYNC_SQLSERVER_PORT": str(port),
        "N2F_SYNC_SQLSERVER_DRIVER": os.environ.get("N2F_SYNC_SQLSERVER_DRIVER") or packaged_driver(),
    }
    target = Project(ROOT, settings | WAYS["sql"] | nobody).target()
    database = open_database(target | {"login_timeout": 1, "retries": 1}, ROOT)
    with pytest.raises(DatabaseError) as raised, database.connect():
        pass
    assert raised.value.doing == "connecting to n2f on 127.0.0.1"
    assert "`dbt debug` tries the same connection" in raised.value.remedy
    assert_without_password(raised.value, NASTY)


def packaged_driver() -> str:
    """Return the driver of the package mssql-python-odbc."""
    found = sorted(Path(mssql_python_odbc.__file__).parent.glob("libs/**/libmsodbcsql-18*"))
    assert found
    return str(next((path for path in found if "x86_64" in path.parts and "debian" in str(path)), found[0]))


def assert_without_password(error: SyncError, password: str) -> None:
    """Neither the line that people read, nor its JSON, nor a traceback holds the password."""
    told = "".join([str(error), str(error.to_json()), *traceback.format_exception(error)])
    assert password not in told
    assert "PWD" not in told


# With a server.


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Environment]:
    """A database of the server with the loader's tables."""
    if why := SQLServerEngine.missing():
        pytest.skip(why)
    folder = tmp_path_factory.mktemp("server")
    with SQLServerEngine().database(folder) as database:
        environment = dbt_environment(folder) | database
        dbt("run-operation", "create_loader_tables", environment=environment)
        yield environment


@pytest.fixture
def database(server: Environment) -> SQLServerDatabase:
    """It, as the loader makes it of the profile."""
    found = open_database(Project(ROOT, server).target(), ROOT)
    assert isinstance(found, SQLServerDatabase)
    return found


MODE = "select applock_mode('public', 'n2f_sync', 'Session')"


@pytest.mark.sqlserver
def test_the_run_that_holds_the_lock_works_in_the_session_that_holds_it(database: SQLServerDatabase) -> None:
    with database.lock():
        with database.connect(holds_lock=True) as warehouse, database.connect() as other:
            assert warehouse.rows(MODE) == [("Exclusive",)]
            assert other.rows(MODE) == [("NoLock",)]
        with database.connect(holds_lock=True) as warehouse:
            assert warehouse.rows(MODE) == [("Exclusive",)]


@pytest.mark.sqlserver
def test_a_run_whose_session_broke_ends_and_its_lock_is_free(database: SQLServerDatabase) -> None:
    with database.lock(), database.connect(holds_lock=True) as warehouse:
        warehouse.close()
        with pytest.raises(DatabaseError):
            warehouse.rows("select 1")
    with database.lock():
        pass


@pytest.mark.sqlserver
def test_status_is_told_while_a_run_is_at_work(database: SQLServerDatabase, server: Environment) -> None:
    with database.lock():
        done = subprocess.run(
            [sys.executable, "-m", "loader", "status", "--json"],
            cwd=ROOT, env=os.environ | server, capture_output=True, text=True, check=False,
        )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["runs"] == []


@pytest.mark.sqlserver
def test_a_password_that_the_server_refuses_is_an_error_without_it(server: Environment) -> None:
    wrong = {"N2F_SYNC_SQLSERVER_USER": "n2f_nobody", "N2F_SYNC_SQLSERVER_PASSWORD": NASTY}
    login = {"N2F_SYNC_SQLSERVER_WINDOWS_LOGIN": "", "N2F_SYNC_SQLSERVER_AUTHENTICATION": ""}
    refusing = open_database(Project(ROOT, server | wrong | login).target(), ROOT)
    with pytest.raises(DatabaseError, match="Login failed") as raised, refusing.connect():
        pass
    assert_without_password(raised.value, NASTY)


@pytest.mark.sqlserver
def test_a_key_that_is_there_already_is_an_error_that_does_not_quote_it(database: SQLServerDatabase) -> None:
    sql = "insert into {n2f_sync.runs} (run_id, command, started_at, status, is_dry_run) values (?, 'run', ?, 'x', 0)"
    with database.connect() as warehouse:
        now = warehouse.rows("select sysutcdatetime()")[0][0]
        warehouse.execute(sql, (SECRET, now))
        with pytest.raises(DatabaseError, match="SQL Server error") as raised:
            warehouse.execute(sql, (SECRET, now))
        warehouse.execute("delete from {n2f_sync.runs}")
    assert SECRET not in "".join(traceback.format_exception(raised.value))
