"""The profile as it is read without dbt: the very target that dbt reads, and nothing that dbt refuses."""

from __future__ import annotations

import os
import string
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from dbt.config.runtime import load_profile
from dbt.flags import set_from_args
from dbt_common.context import set_invocation_context
from dbt_common.exceptions import DbtBaseException
from hypothesis import example, given, settings
from hypothesis import strategies as st

from loader.errors import ConfigurationError
from loader.odbc import connection_string
from loader.profile import read_target
from loader.transform import Project, odbc_connection
from tests.engines import ROOT

PROJECT = "name: tiny\nversion: '1.0.0'\nconfig-version: 2\nprofile: n2f_sync\n"
EXAMPLE = (ROOT / "profiles.yml.example").read_text()
FILLED = {
    "N2F_SYNC_TARGET": "sqlserver",
    "N2F_SYNC_SQLSERVER_HOST": "db.example.test",
    "N2F_SYNC_SQLSERVER_DATABASE": "n2f",
    "N2F_SYNC_SQLSERVER_USER": "n2f_sync",
    "N2F_SYNC_SQLSERVER_PASSWORD": "Sesame",
}
USED = {
    "duckdb": ("path", "config_options", "retries"),
    "sqlserver": (
        "driver", "host", "database", "schema", "UID", "PWD", "port", "windows_login", "authentication", "encrypt",
        "trust_cert", "retries", "login_timeout",
    ),
}  # fmt: skip
"""What the loader takes from a target. All of it has to be read, with what dbt's adapters add where it is missing."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project and the example profile."""
    folder = tmp_path_factory.mktemp("profile")
    write(folder, EXAMPLE)
    return folder


def write(folder: Path, profile: str) -> None:
    """Write the two files that say where the database is."""
    (folder / "dbt_project.yml").write_text(PROJECT)
    (folder / "profiles.yml").write_text(profile, encoding="utf-8")


def by_dbt(folder: Path, environ: dict[str, str]) -> dict[str, Any] | None:
    """Return the target as dbt's own function reads it; None where dbt refuses the profile."""
    with mock.patch.dict(os.environ, environ, clear=True):
        set_invocation_context(os.environ)
        set_from_args(Namespace(PROFILES_DIR=str(folder), PROJECT_DIR=str(folder)), None)
        chosen = (environ.get("DBT_PROFILE"), environ.get("DBT_TARGET"))
        try:
            credentials = load_profile(str(folder), {}, *chosen).credentials
        except DbtBaseException:
            return None
        return {"type": credentials.type, **credentials.to_dict(omit_none=True)}


def same(folder: Path, environ: dict[str, str]) -> dict[str, Any] | None:
    """Return the target read without dbt, having seen that dbt reads the same."""
    read, expected = read_target(folder, folder, environ), by_dbt(folder, environ)
    if read is not None:
        assert expected is not None, "dbt refuses what was read"
        assert read == {name: expected[name] for name in read}
        assert [name for name in USED[read["type"]] if name in expected and name not in read] == []
    return read


TEXT = st.text(string.printable + "éÅ漢😀 {}%#'\"\\", max_size=12)
YES_OR_NO = st.sampled_from(
    ["", " ", "true", "TRUE ", "1", "yes", "on", "false", "0", "no", "off", "perhaps"]
)
ENVIRONMENTS = st.fixed_dictionaries(
    {},
    optional={
        "N2F_SYNC_TARGET": st.sampled_from(["duckdb", "sqlserver", " sqlserver ", "", " ", "oracle"]),
        "N2F_SYNC_DUCKDB_PATH": st.sampled_from(
            ["", " ", "x.duckdb", "a b/.n2f.db.duckdb", "/", "md:x", "?x", "é'\".duckdb", "C:\\x\\n2f.duckdb"]
        )
        | TEXT,
        "N2F_SYNC_DUCKDB_MEMORY_LIMIT": st.sampled_from(["", "2GB", "12", "none"]),
        "N2F_SYNC_SQLSERVER_DRIVER": TEXT,
        "N2F_SYNC_SQLSERVER_HOST": st.sampled_from(["db.example.test", "SRV\\ERP", " x ", ""]),
        "N2F_SYNC_SQLSERVER_PORT": st.sampled_from(
            ["1444", " 1 ", "", "abc", "1.5", "0x10", "True", "-1", "1_0"]
        ),
        "N2F_SYNC_SQLSERVER_DATABASE": TEXT,
        "N2F_SYNC_SQLSERVER_USER": TEXT,
        "N2F_SYNC_SQLSERVER_PASSWORD": TEXT,
        "N2F_SYNC_SQLSERVER_AUTHENTICATION": st.sampled_from(
            ["", "sql", "SQL", "msi", "ActiveDirectoryIntegrated"]
        ),
        "N2F_SYNC_SQLSERVER_WINDOWS_LOGIN": YES_OR_NO,
        "N2F_SYNC_SQLSERVER_ENCRYPT": YES_OR_NO,
        "N2F_SYNC_SQLSERVER_TRUST_CERT": YES_OR_NO,
        "DBT_TARGET": st.sampled_from(["duckdb", "sqlserver", "oracle"]),
        "DBT_PROFILE": st.sampled_from(["n2f_sync", "another"]),
    },
)


@settings(max_examples=300, deadline=None)
@given(environ=ENVIRONMENTS)
@example({"N2F_SYNC_DUCKDB_PATH": ";"})
@example({"N2F_SYNC_DUCKDB_PATH": "a/"})
@example({"N2F_SYNC_DUCKDB_PATH": "a/;"})
def test_in_any_environment_the_example_is_read_as_dbt_reads_it(
    folder: Path, environ: dict[str, str]
) -> None:
    same(folder, environ)


@pytest.mark.parametrize(
    "environ",
    [
        {},
        {"N2F_SYNC_DUCKDB_PATH": "elsewhere/n2f.duckdb", "N2F_SYNC_DUCKDB_MEMORY_LIMIT": "2GB"},
        FILLED,
        FILLED | {"N2F_SYNC_SQLSERVER_WINDOWS_LOGIN": "yes", "N2F_SYNC_SQLSERVER_ENCRYPT": "no"},
        FILLED | {"N2F_SYNC_SQLSERVER_AUTHENTICATION": "ActiveDirectoryServicePrincipal"},
        FILLED | {"DBT_TARGET": "duckdb"},
        dict.fromkeys(FILLED, " "),
    ],
)
def test_the_example_needs_no_dbt(folder: Path, environ: dict[str, str]) -> None:
    read = same(folder, environ)
    assert read is not None
    assert [name for name in USED[read["type"]] if name not in read] == []


def test_dbt_target_chooses_for_the_loader_too(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It does for dbt: the two would work in different databases."""
    for name in FILLED:
        monkeypatch.delenv(name, raising=False)
    for unusual in ({}, {"N2F_SYNC_SQLSERVER_PORT": "0x10"}):
        assert Project(folder, {"DBT_TARGET": "sqlserver", **unusual}).target()["type"] == "sqlserver"


DUCKDB = "n2f_sync: {target: d, outputs: {d: {type: duckdb, %s}}}"
SQLSERVER = "n2f_sync: {target: s, outputs: {s: {type: sqlserver, %s}}}"


@pytest.mark.parametrize(
    "profile",
    [
        DUCKDB % "path: x.duckdb",
        DUCKDB % "path: x.duckdb, retries: {}",
        DUCKDB % "path: x.duckdb, retries: {connect_attempts: 7, query_attempts: null}",
        DUCKDB % "path: x.duckdb, schema: \"{{ 'a' ~ 1 }}\", threads: \"{{ '4' | as_number }}\"",
        DUCKDB
        % "path: \"{{ env_var('HOME', 1) }}/{{ env_var('NO', 'n2f') }}.duckdb\", config_options: {threads: 2}",
        DUCKDB % "path: \"{% if env_var('NO', '') %}a{% else %}b{% endif %}\\n\"",
        "n2f_sync: {outputs: {default: {type: duckdb, path: x.duckdb}}}",
        SQLSERVER % "driver: d, server: h, database: b, schema: s, user: u, password: p",
        SQLSERVER
        % "driver: d, host: h, database: b, schema: s, UID: '1', pass: \"{{ '007' | as_text }}\", port: null",
        SQLSERVER
        % "driver: d, host: h, trusted_connection: true, login_timeout: 7, retries: 1, encrypt: false",
    ],
)
def test_a_plain_profile_of_ones_own_needs_no_dbt(tmp_path: Path, profile: str) -> None:
    write(tmp_path, profile)
    assert same(tmp_path, {"HOME": "/home/n2f"}) is not None


@pytest.mark.parametrize(
    "profile",
    [
        "", "n2f_sync:", "n2f_sync: [", "another: {}", "n2f_sync: {target: d}", "n2f_sync: {target: d, outputs: {}}",
        "n2f_sync: {target: d, outputs: {d: duckdb}}", "n2f_sync: {target: d, outputs: {d: {path: x}}}",
        "n2f_sync: {target: d, outputs: {d: {type: oracle}}}",
        "n2f_sync: {target: \"{{ env_var('NO') }}\", outputs: {d: {type: duckdb, path: x}}}",
        DUCKDB % "path: \"{{ env_var('NO') }}\"",
        DUCKDB % "path: \"{{ env_var('NO' }}\"",
        DUCKDB % "path: 7",
        DUCKDB % "path: /",
        DUCKDB % "path: x, database: y",
        DUCKDB % "path: x, threads: many",
        DUCKDB % "path: x, retries: {attempts: 3}",
        DUCKDB % "path: x, retries: {connect_attempts: '3'}",
        DUCKDB % "path: x, retries: 3",
        DUCKDB % "path: x, keep_open: \"{{ 'perhaps' | as_bool }}\"",
        DUCKDB % "path: x, keep_open: 'no'",
        SQLSERVER % "host: h, port: '1433'",
        SQLSERVER % "host: h, port: \"{{ 'abc' | as_number }}\"",
        SQLSERVER % "host: h, server: i",
        SQLSERVER % "host: h, password: 12345",
        SQLSERVER % "host: h, query_timeout: -1",
        SQLSERVER % "host: h, encrypt: 'yes'",
    ],
)  # fmt: skip
def test_a_profile_that_dbt_refuses_is_a_configuration_error(tmp_path: Path, profile: str) -> None:
    write(tmp_path, profile)
    assert by_dbt(tmp_path, {}) is None
    assert read_target(tmp_path, tmp_path, {}) is None
    with pytest.raises(ConfigurationError, match=r"reading .*profiles\.yml"):
        Project(tmp_path, {}).target()


@pytest.mark.parametrize(
    "profile",
    [
        DUCKDB % "path: x, extensions: [json]",
        DUCKDB % "path: \"{{ var('x', 'n2f.duckdb') }}\"",
        DUCKDB % "path: \"{{ dbt_version | default('n2f.duckdb') }}\"",
        SQLSERVER % "host: h, password: \"{{ env_var('DBT_ENV_SECRET_PASSWORD') }}\"",
        SQLSERVER % "host: h, password: 'a{{b'",
    ],
)
def test_what_is_not_plain_is_read_by_dbt(
    tmp_path: Path, profile: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DBT_ENV_SECRET_PASSWORD", "Sesame")
    for name in ("DBT_TARGET", "DBT_PROFILE", "DBT_PROFILES_DIR"):
        monkeypatch.delenv(name, raising=False)
    write(tmp_path, profile)
    assert read_target(tmp_path, tmp_path, os.environ) is None
    target = Project(tmp_path, {}).target()
    assert target == by_dbt(tmp_path, dict(os.environ))
    assert target.get("PWD") in {None, "Sesame", "a{{b"}


@pytest.fixture
def without_plain_logins(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Connection strings as dbt-sqlserver alone makes them."""
    monkeypatch.setattr("loader.transform.connection_string", lambda _: None)
    return


PLAIN = FILLED | {"N2F_SYNC_SQLSERVER_DRIVER": "ODBC Driver 18 for SQL Server"}


@pytest.mark.parametrize(
    ("environ", "is_plain"),
    [
        (PLAIN, True),
        (PLAIN | {"N2F_SYNC_SQLSERVER_PASSWORD": "a;b} {c='\"PWD=x;\\ é$ "}, True),
        (PLAIN | {"N2F_SYNC_SQLSERVER_USER": "", "N2F_SYNC_SQLSERVER_PASSWORD": ""}, True),
        (PLAIN | {"N2F_SYNC_SQLSERVER_WINDOWS_LOGIN": "yes"}, True),
        (PLAIN | {"N2F_SYNC_SQLSERVER_HOST": "SRV\\ERP", "N2F_SYNC_SQLSERVER_PORT": "1444"}, True),
        (PLAIN | {"N2F_SYNC_SQLSERVER_PORT": "0"}, True),
        (PLAIN | {"N2F_SYNC_SQLSERVER_ENCRYPT": "no", "N2F_SYNC_SQLSERVER_TRUST_CERT": "yes"}, True),
        (PLAIN | {"N2F_SYNC_SQLSERVER_DRIVER": "/opt/driver 18.so"}, True),
        (PLAIN | {"N2F_SYNC_SQLSERVER_DRIVER": "{in braces}"}, True),
        (PLAIN | {"N2F_SYNC_SQLSERVER_DRIVER": "half } a brace"}, True),
        (PLAIN | {"N2F_SYNC_SQLSERVER_AUTHENTICATION": "ActiveDirectoryServicePrincipal"}, False),
    ],
)
@pytest.mark.usefixtures("without_plain_logins")
def test_the_connection_string_is_the_one_of_dbt_sqlserver(
    folder: Path, environ: dict[str, str], is_plain: bool
) -> None:
    target = read_target(folder, folder, environ)
    assert target is not None
    text = connection_string(target)
    assert (text is not None) is is_plain
    by_adapter, attributes = odbc_connection(target)
    if is_plain:
        assert (by_adapter, attributes) == (text, {})


@pytest.mark.parametrize("lacking", ["HOST", "DATABASE"])
@pytest.mark.usefixtures("without_plain_logins")
def test_what_dbt_sqlserver_refuses_gets_no_connection_string(folder: Path, lacking: str) -> None:
    target = read_target(folder, folder, PLAIN | {f"N2F_SYNC_SQLSERVER_{lacking}": ""})
    assert target is not None
    assert connection_string(target) is None
    with pytest.raises(ConfigurationError, match="profile field is required"):
        odbc_connection(target)
