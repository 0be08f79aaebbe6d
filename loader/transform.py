"""dbt, run in this very process. The only importer of `dbt`, and late: importing it costs two seconds.

dbt prints nothing: its events go to `logging`, its failures become errors of the loader that name the models
and tests. What a model read is never quoted.
"""

from __future__ import annotations

import logging
import os
import shutil
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from loader.dbt_messages import count, failed, first_lines, log_event, some, where
from loader.errors import ConfigurationError, DataError, SyncError
from loader.odbc import connection_string
from loader.profile import read_target

if TYPE_CHECKING:
    from loader.settings import SyncSettings

logger = logging.getLogger(__name__)

_NO_SEEDS = ("--exclude-resource-type", "seed")
_NO_TESTS = ("--exclude-resource-type", "test")
_NO_UNIT_TESTS = ("--exclude-resource-type", "unit_test")

_TURN = 0.0005
"""Seconds: a page that is read takes several turns, and would wait 5 ms for each while dbt parses."""

PREPARE = ("build", "--select", "resource_type:seed", "+lists_not_read", *_NO_TESTS, *_NO_UNIT_TESTS)
"""Builds what has to exist before lists are read that hang on others: seeds, and the views that name those lists."""

BUILD = ("build", *_NO_SEEDS, *_NO_UNIT_TESTS)
"""Builds and tests everything else. Unit tests are about the models, not about tonight's data: CI runs them."""

_PREPARING = "preparing the snapshot with dbt"
_OFFLINE = ("--no-populate-cache", "--no-introspect")
_OURS = ("N2F_", "DBT_")  # how variables begin that mean something to the loader or to dbt


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A table or view that models read and dbt does not make; `relation` is its full name as SQL writes it."""

    group: str
    name: str
    database: str
    schema: str
    relation: str
    columns: tuple[str, ...]


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
        """Return the target of the profile with its `type`, as dbt reads it. It may hold a password.

        dbt itself is asked where the profile is not a plain one; see `loader.profile`.

        Raises:
            ConfigurationError: there is no profile, or dbt does not accept it.
        """
        profiles = self.profiles_dir()
        with self._as_dbt_sees_it():
            if (target := read_target(self.root, profiles, os.environ)) is not None:
                return target
            from argparse import Namespace

            from dbt.config.runtime import load_profile
            from dbt.flags import set_from_args
            from dbt_common.context import set_invocation_context
            from dbt_common.exceptions import DbtBaseException

            try:
                set_invocation_context(os.environ)
                set_from_args(Namespace(PROFILES_DIR=str(profiles), PROJECT_DIR=str(self.root)), None)
                credentials = load_profile(
                    str(self.root),
                    {},
                    profile_name_override=os.environ.get("DBT_PROFILE") or None,
                    target_override=os.environ.get("DBT_TARGET") or None,
                ).credentials
            except DbtBaseException as error:
                raise ConfigurationError(
                    first_lines(str(error)),
                    doing=f"reading {profiles / 'profiles.yml'}",
                    remedy="Compare it with profiles.yml.example; `dbt debug` says more.",
                ) from None
        return {"type": credentials.type, **credentials.to_dict(omit_none=True)}

    def create_loader_tables(self) -> None:
        """Make the loader's tables where they are missing."""
        self._invoke("making the loader's tables", ["run-operation", "create_loader_tables"])

    @contextmanager
    def parsing(self) -> Iterator[None]:
        """Import dbt and parse the project in a thread of its own while the block runs. No statement is made.

        Folder and environment of the process are dbt's meanwhile, as whenever dbt is asked. A block that ends early
        waits for the parse: it cannot be interrupted.

        Raises:
            DatabaseError: the project does not parse; at the end of the block.
            ConfigurationError: there is no profile.
        """
        if self._manifest is not None:
            yield
            return
        common = self._common()
        parser = ThreadPoolExecutor(max_workers=1, thread_name_prefix="dbt")
        with self._as_dbt_sees_it(), _turns_of(_TURN), parser as pool:
            parsed = pool.submit(self._parse, _PREPARING, common)
            yield
            parsed.result()

    def prepare(self) -> None:
        """Build what `PREPARE` names."""
        self._invoke(_PREPARING, PREPARE)

    def build(self) -> None:
        """Build and test all models, from the newest complete snapshot to the changes; `prepare` came before.

        Raises:
            DatabaseError: a model failed.
            DataError: a test of severity error failed.
        """
        self._invoke("building the models with dbt", BUILD)

    def build_all(self, *select: str, doing: str) -> None:
        """Build seeds and models, those that are selected or all, and test nothing; `doing` is what errors say."""
        chosen = ["--select", *select] if select else []
        self._invoke(doing, ["build", *chosen, *_NO_TESTS, *_NO_UNIT_TESTS])

    def test(self, *, doing: str) -> None:
        """Run the data tests on what is built; raises DataError, which names those that failed in `tests`."""
        self._invoke(doing, ["test", *_NO_UNIT_TESTS])

    def operate(self, macro: str, *, doing: str) -> None:
        """Run a macro."""
        self._invoke(doing, ["run-operation", macro])

    def compiled(self, names: Sequence[str], *, doing: str) -> dict[str, str]:
        """Return the SQL of analyses by name, for the engine of the target."""
        found = self._invoke(doing, ["compile", "--select", *names, *_OFFLINE])
        return {result.node.name: result.node.compiled_code for result in found.results}

    def sources(self, scratch: Path) -> tuple[Source, ...]:
        """Parse the project and return what it reads and does not make; dbt writes into `scratch` alone.

        Raises:
            DatabaseError: the project does not parse.
            ConfigurationError: there is no profile.
        """
        parsed_before = self.target_dir() / "partial_parse.msgpack"
        if parsed_before.is_file():  # what has not changed since is not parsed again
            shutil.copy(parsed_before, scratch)
        written = ["--no-write-json", "--target-path", str(scratch), "--log-path", str(scratch)]
        common = self._common()
        with self._as_dbt_sees_it():
            from dbt.cli.main import dbtRunner

            parsed = dbtRunner(callbacks=[log_event]).invoke(["parse", *written, *common])
        self._check(parsed, "parsing the dbt project")
        manifest: Any = parsed.result
        return tuple(
            Source(
                group=source.source_name,
                name=source.name,
                database=source.database,
                schema=source.schema,
                relation=source.relation_name,
                columns=tuple(source.columns),
            )
            for source in manifest.sources.values()
        )

    def _common(self) -> list[str]:
        """Return the options of every command of dbt."""
        folders = ["--project-dir", str(self.root), "--profiles-dir", str(self.profiles_dir())]
        return [*folders, "--log-level", "none", "--log-level-file", "none"]

    def _invoke(self, doing: str, arguments: Sequence[str]) -> Any:
        common, started = self._common(), time.monotonic()
        with self._as_dbt_sees_it():
            from dbt.cli.main import dbtRunner

            if self._manifest is None:
                self._parse(doing, common)
            outcome = dbtRunner(self._manifest, callbacks=[log_event]).invoke([*arguments, *common])
        self._check(outcome, doing)
        nodes = len(getattr(outcome.result, "results", ()))
        logger.info("%s: %d nodes in %.1f s", doing, nodes, time.monotonic() - started)
        return outcome.result

    def _parse(self, doing: str, common: Sequence[str]) -> None:
        from dbt.cli.main import dbtRunner

        parsed = dbtRunner(callbacks=[log_event]).invoke(["parse", *common])
        self._check(parsed, doing)
        self._manifest = parsed.result

    def _check(self, outcome: Any, doing: str) -> None:
        """Raise what went wrong. An interrupt comes back from dbt as a result and is raised again."""
        if isinstance(outcome.exception, KeyboardInterrupt | SyncError):
            raise outcome.exception
        results = getattr(outcome.result, "results", None) or []
        errors = [result for result in results if result.status == "error"]
        failures = [result for result in results if result.status == "fail"]
        if outcome.exception is not None or errors:
            message = str(outcome.exception) if outcome.exception is not None else errors[0].message or ""
            raise failed(message, [result.node.name for result in errors], doing)
        if failures:
            names = [result.node.name for result in failures]
            raise DataError(
                f"{count(names, 'dbt test')} failed: {some(names)}",
                doing=doing,
                remedy=f"Run the SQL of {where(failures[0], self.root)} to see the rows, and correct them.",
                tests=names,
            )
        if not outcome.success:
            raise failed("dbt stopped without saying why", [], doing)

    def target_dir(self) -> Path:
        """Return where dbt writes its artifacts: `DBT_TARGET_PATH` as for dbt, else `target` of the project."""
        return self.root / (self._folder("DBT_TARGET_PATH") or "target")

    def profiles_dir(self) -> Path:
        """Return where `profiles.yml` stands: `DBT_PROFILES_DIR` as for dbt, else the project's root."""
        profiles = self.root / (self._folder("DBT_PROFILES_DIR") or ".")
        if not (profiles / "profiles.yml").is_file():
            raise ConfigurationError(
                f"{profiles / 'profiles.yml'} is missing",
                doing="looking for the dbt profile",
                remedy="Run `make setup`, or copy profiles.yml.example to profiles.yml.",
            )
        return profiles

    def _folder(self, variable: str) -> str:
        return (self._environment.get(variable) or os.environ.get(variable) or "").strip()

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


def project_of(root: Path, env: Mapping[str, str], settings: SyncSettings) -> Project:
    """Return the dbt project in `root` as these settings make it."""
    passed_on = {name: value for name, value in env.items() if name.startswith(("N2F_SYNC_", "DBT_"))}
    return Project(root, passed_on | settings.dbt_environment())


def odbc_connection(target: Mapping[str, Any]) -> tuple[str, dict[int, bytes]]:
    """Return the connection string, and what has to be set before connecting, as dbt-sqlserver makes them.

    dbt-sqlserver itself is asked where the login is neither of SQL Server nor of Windows; a token of Entra is fetched
    where `authentication` asks for one.

    Args:
        target: what `Project.target` returned, of an output of type sqlserver.

    Raises:
        ConfigurationError: dbt-sqlserver does not take the settings.
    """
    if (plain := connection_string(target)) is not None:
        return plain, {}
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
            first_lines(str(error)),
            doing="reading the dbt profile",
            remedy="Compare the output sqlserver with profiles.yml.example.",
        ) from None


@contextmanager
def _turns_of(seconds: float) -> Iterator[None]:
    """Let no thread of Python keep the others waiting for longer while the block runs."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(seconds)
    try:
        yield
    finally:
        sys.setswitchinterval(before)
