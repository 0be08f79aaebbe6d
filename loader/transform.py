"""dbt, run in this very process. The only importer of `dbt`, and late: importing it costs two seconds.

dbt prints nothing: its events go to `logging`, its failures become errors of the loader that name the models
and tests. What a model read is never quoted.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from typing import Any

from loader.engine_errors import held_file, is_engine_error, safe_message
from loader.errors import ConfigurationError, DatabaseError, DataError, SyncError

logger = logging.getLogger(__name__)

_PREPARED = ("resource_type:seed", "+lists_not_read")
"""What has to exist before a snapshot is taken: seeds, and the views that say which nested lists to read, or again."""

_NO_TESTS = ("--exclude-resource-type", "test", "--exclude-resource-type", "unit_test")
_NO_SEEDS = ("--exclude-resource-type", "seed")
_NO_UNIT_TESTS = ("--exclude-resource-type", "unit_test")
_NODE_EVENTS = frozenset(
    {"LogModelResult", "LogSeedResult", "LogTestResult", "LogFreshnessResult", "LogSnapshotResult"}
)
_OURS = ("N2F_", "DBT_")  # how variables begin that mean something to the loader or to dbt
_NAMED = 5  # failed nodes that a message names


class Project:
    """The dbt project, as one run of the loader uses it.

    Args:
        root: the folder of `dbt_project.yml`.
        environment: what `env_var` of profile and models reads, above the process's own environment.
    """

    def __init__(self, root: Path, environment: Mapping[str, str]) -> None:
        self.root = root
        self._environment = dict(environment)
        self._manifest: Any = None

    def target(self) -> dict[str, Any]:
        """Return the target of the profile with its `type`, rendered by dbt. It may hold a password.

        Raises:
            ConfigurationError: there is no profile, or dbt does not accept it.
        """
        profiles = self._profiles_dir()
        with self._as_dbt_sees_it():
            from argparse import Namespace

            from dbt.config.runtime import load_profile
            from dbt.flags import set_from_args
            from dbt_common.context import set_invocation_context
            from dbt_common.exceptions import DbtBaseException

            try:
                set_invocation_context(os.environ)
                set_from_args(Namespace(PROFILES_DIR=str(profiles), PROJECT_DIR=str(self.root)), None)
                credentials = load_profile(str(self.root), {}).credentials
            except DbtBaseException as error:
                raise ConfigurationError(
                    _first_lines(str(error)),
                    doing=f"reading {profiles / 'profiles.yml'}",
                    remedy="Compare it with profiles.yml.example; `dbt debug` says more.",
                ) from None
        return {"type": credentials.type, **credentials.to_dict(omit_none=True)}

    def create_loader_tables(self) -> None:
        """Make the loader's tables where they are missing."""
        self._invoke("making the loader's tables", ["run-operation", "create_loader_tables"])

    def prepare(self) -> None:
        """Build what `_PREPARED` names."""
        self._invoke("preparing the snapshot with dbt", ["build", "--select", *_PREPARED, *_NO_TESTS])

    def build(self) -> None:
        """Build and test all models, from the newest complete snapshot to the changes; `prepare` came before.

        Raises:
            DatabaseError: a model failed.
            DataError: a test of severity error failed.
        """
        self._invoke("building the models with dbt", ["build", *_NO_SEEDS, *_NO_UNIT_TESTS])

    def _invoke(self, doing: str, arguments: Sequence[str]) -> None:
        profiles = self._profiles_dir()
        common = [
            "--project-dir",
            str(self.root),
            "--profiles-dir",
            str(profiles),
            "--log-level",
            "none",
            "--log-level-file",
            "none",
        ]
        started = time.monotonic()
        with self._as_dbt_sees_it():
            from dbt.cli.main import dbtRunner

            if self._manifest is None:
                parsed = dbtRunner(callbacks=[_log_event]).invoke(["parse", *common])
                self._check(parsed, doing)
                self._manifest = parsed.result
            outcome = dbtRunner(self._manifest, callbacks=[_log_event]).invoke([*arguments, *common])
        self._check(outcome, doing)
        count = len(getattr(outcome.result, "results", ()))
        logger.info("%s: %d nodes in %.1f s", doing, count, time.monotonic() - started)

    def _check(self, outcome: Any, doing: str) -> None:
        """Raise what went wrong. An interrupt comes back from dbt as a result and is raised again."""
        if isinstance(outcome.exception, KeyboardInterrupt | SyncError):
            raise outcome.exception
        results = getattr(outcome.result, "results", None) or []
        errors = [result for result in results if result.status == "error"]
        failures = [result for result in results if result.status == "fail"]
        if outcome.exception is not None or errors:
            message = str(outcome.exception) if outcome.exception is not None else errors[0].message or ""
            raise _failed(message, [result.node.name for result in errors], doing)
        if failures:
            names = [result.node.name for result in failures]
            raise DataError(
                f"{_count(names, 'dbt test')} failed: {_some(names)}",
                doing=doing,
                remedy=f"Run the SQL of {_where(failures[0], self.root)} to see the rows, and correct them.",
                tests=names,
            )
        if not outcome.success:
            raise _failed("dbt stopped without saying why", [], doing)

    def _profiles_dir(self) -> Path:
        """Return where `profiles.yml` stands: `DBT_PROFILES_DIR` as for dbt, else the project's root."""
        folder = self._environment.get("DBT_PROFILES_DIR") or os.environ.get("DBT_PROFILES_DIR")
        profiles = self.root / ((folder or "").strip() or ".")
        if not (profiles / "profiles.yml").is_file():
            raise ConfigurationError(
                f"{profiles / 'profiles.yml'} is missing",
                doing="looking for the dbt profile",
                remedy="Run `make setup`, or copy profiles.yml.example to profiles.yml.",
            )
        return profiles

    @contextmanager
    def _as_dbt_sees_it(self) -> Iterator[None]:
        """Set the environment, and the folder that relative paths of the profile start from, for one call.

        What is blank in the environment counts as unset, as it does for `read_environment`.
        """
        before, folder = dict(os.environ), Path.cwd()
        blank = [name for name, text in before.items() if name.startswith(_OURS) and not text.strip()]
        for name in blank:
            del os.environ[name]
        os.environ.update(self._environment)
        os.chdir(self.root)
        try:
            yield
        finally:
            os.chdir(folder)
            for name in {*blank, *self._environment}:
                if name in before:
                    os.environ[name] = before[name]
                else:
                    os.environ.pop(name, None)


def odbc_connection(target: Mapping[str, Any]) -> tuple[str, dict[int, bytes]]:
    """Return the connection string, and what has to be set before connecting, as dbt-sqlserver makes them.

    A token of Entra is fetched where `authentication` asks for one.

    Args:
        target: what `Project.target` returned, of an output of type sqlserver.

    Raises:
        ConfigurationError: dbt-sqlserver does not take the settings.
    """
    from dbt.adapters.sqlserver.sqlserver_auth import get_pyodbc_attrs_before_credentials
    from dbt.adapters.sqlserver.sqlserver_backend import build_pyodbc_connection_string
    from dbt.adapters.sqlserver.sqlserver_credentials import SQLServerCredentials
    from dbt.adapters.sqlserver.sqlserver_helpers import (
        validate_connection_requirements,
        validate_pyodbc_requirements,
    )
    from dbt_common.exceptions import DbtBaseException

    names = {field.name for field in fields(SQLServerCredentials)}
    try:
        credentials = SQLServerCredentials(**{key: text for key, text in target.items() if key in names})
        validate_connection_requirements(credentials)
        validate_pyodbc_requirements(credentials)
        return build_pyodbc_connection_string(credentials), get_pyodbc_attrs_before_credentials(credentials)
    except DbtBaseException as error:
        raise ConfigurationError(
            _first_lines(str(error)),
            doing="reading the dbt profile",
            remedy="Compare the output sqlserver with profiles.yml.example.",
        ) from None


def _log_event(event: Any) -> None:
    """Pass an event of dbt on to `logging`, if it is one that names a node and nothing that was read."""
    if event.info.name in _NODE_EVENTS:
        level = logging.WARNING if event.info.level == "warn" else logging.DEBUG
        logger.log(level, "dbt: %s", event.info.msg)


def _failed(message: str, nodes: Sequence[str], doing: str) -> SyncError:
    text = _first_lines(message)
    return held_file(message, doing=doing) or DatabaseError(
        f"{_count(nodes, 'dbt node')} failed: {_some(nodes)}: {text}" if nodes else f"dbt failed: {text}",
        doing=doing,
        remedy="Run `dbt build` in the project to see all of it.",
        nodes=list(nodes),
    )


def _first_lines(message: str) -> str:
    """Return the head of an error of dbt: its kind and place, and the engine's reason where that is safe."""
    lines = [line.strip() for line in message.splitlines()]
    lines = [line for line in lines if line and not line.startswith(">")]
    if not lines:
        return "no message"
    head, rest = lines[0], lines[1:]
    if head.startswith(("Runtime Error", "Database Error")) and rest and is_engine_error(rest[0]):
        return f"{head}: {safe_message(rest[0])}"
    return ": ".join([head, *rest[:2]])[:400]


def _count(names: Sequence[str], noun: str) -> str:
    return f"{len(names)} {noun}{'' if len(names) == 1 else 's'}"


def _some(names: Sequence[str]) -> str:
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")


def _where(result: Any, root: Path) -> str:
    """Return where the SQL of a node stands, as seen from the project where it is inside."""
    path = Path(getattr(result.node, "compiled_path", None) or result.node.name)
    return str(path.relative_to(root) if path.is_relative_to(root) else path)
