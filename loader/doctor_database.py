"""The database, as the doctor sees it: what it is, the tables, the views, the last run.

What an engine has to itself stands in `doctor_duckdb` and `doctor_sqlserver`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from loader.checkup import Finding, failed, not_checked, ok, problem, warning
from loader.database import Database, Warehouse, utc_now
from loader.errors import SyncError
from loader.plan import LONGEST_SNAPSHOT_AGE
from loader.status import Status, read_status
from loader.warehouse import open_database

if TYPE_CHECKING:
    from loader.transform import Source

_COUNT = "select count(*) from <relation>"
_AGRESSO = "agresso"  # what the project calls the source of the two views
_READ = ("run at work", "rights", "loader's tables", "Agresso's views", "last snapshot", "last run")


class EngineChecks(Protocol):
    """What is checked in a way of the engine's own."""

    def before_opening(self) -> Iterator[Finding]:
        """Yield what can be said without opening it; with a problem it is not opened."""

    def is_at_work(self, warehouse: Warehouse | None) -> bool:
        """Return whether a run has the lock; None stands for a database that is not open."""

    def opened(self, warehouse: Warehouse) -> Iterator[Finding]:
        """Yield what the database is, and whether the loader can work with it."""

    def rights(self, warehouse: Warehouse) -> Iterator[Finding]:
        """Yield whether the login may do what a run does."""

    def columns(self, warehouse: Warehouse, source: Source) -> list[str]:
        """Return the columns of a table or view; none where it is not there, or may not be read."""

    def absent(self, source: Source) -> Finding:
        """Return what it means that one of Agresso's views is not there."""


def examine_database(
    target: Mapping[str, Any] | None, root: Path, sources: Sequence[Source] | None
) -> list[Finding]:
    """Return what the database came to.

    Args:
        target: of the profile; None where there is none.
        root: what relative paths of the target start from.
        sources: what the models read and do not make; None where the project does not parse.
    """
    if target is None:
        return not_checked(["database", *_READ], since="there is no usable profile")
    try:
        database = open_database(target, root)
    except SyncError as error:
        return [failed("database", error), *not_checked(_READ, since="there is no database")]
    checks = _checks_of(target, database)
    before = list(checks.before_opening())
    if any(finding.status == "problem" for finding in before):
        return [*before, *not_checked(_READ, since="the database cannot be used")]
    if not database.exists():
        return [*before, *not_checked(_READ, since="the database is not there before the first run")]
    return [*before, *_opened(database, checks, sources)]


def _opened(database: Database, checks: EngineChecks, sources: Sequence[Source] | None) -> list[Finding]:
    try:
        with database.connect(read_only=True) as warehouse:
            opened = [*checks.opened(warehouse), *_run_at_work(checks, warehouse)]
            return [*opened, *_read(checks, warehouse, sources)]
    except SyncError as error:
        if checks.is_at_work(None):
            at_work = ok("database", f"{database.describe()}, which a run works on")
            return [at_work, *not_checked(_READ, since="a run is at work, which has the database to itself")]
        return [failed("database", error), *not_checked(_READ, since="the database was not read")]


def _checks_of(target: Mapping[str, Any], database: Database) -> EngineChecks:
    """Return the checks of an engine; only its own driver is imported."""
    if target["type"] == "duckdb":
        from loader.doctor_duckdb import DuckDBChecks

        return DuckDBChecks(database)
    from loader.doctor_sqlserver import SQLServerChecks

    return SQLServerChecks(database)


def _run_at_work(checks: EngineChecks, warehouse: Warehouse) -> Iterator[Finding]:
    is_at_work = checks.is_at_work(warehouse)
    yield ok("run at work", "one is; a second one would end with exit code 5" if is_at_work else "none")


def _read(checks: EngineChecks, warehouse: Warehouse, sources: Sequence[Source] | None) -> Iterator[Finding]:
    yield from checks.rights(warehouse)
    if sources is None:
        since = "the dbt project, which names them, does not parse"
        yield from not_checked(["loader's tables", "Agresso's views"], since=since)
    else:
        yield _tables(warehouse, [source for source in sources if source.group != _AGRESSO])
        for source in sources:
            if source.group == _AGRESSO:
                yield _view(checks, warehouse, source)
    try:
        yield from _history(read_status(warehouse, run_count=1))
    except SyncError as error:
        yield failed("last run", error)


def _tables(warehouse: Warehouse, sources: Sequence[Source]) -> Finding:
    """Say whether the tables are there that are only ever added to; what is missing is no problem."""
    missing = [source for source in sources if not warehouse.has_table(source.group, source.name)]
    if len(missing) == len(sources):
        return ok("loader's tables", "none yet: the first run makes them")
    if missing:
        names = ", ".join(f"{source.group}.{source.name}" for source in missing)
        return ok("loader's tables", f"the next run makes {names}")
    return ok("loader's tables", f"all {len(sources)} the models read are there")


def _view(checks: EngineChecks, warehouse: Warehouse, source: Source) -> Finding:
    """Say whether one of Agresso's views has all its columns, as a run asks before it calls N2F."""
    try:
        found = {name.lower() for name in checks.columns(warehouse, source)}
        if not found:
            return checks.absent(source)
        lost = [name for name in source.columns if name.lower() not in found]
        if lost:
            remedy = "Ask whoever owns the view to give them back: until then no run plans or sends anything."
            return problem(source.name, f"{source.relation} lacks the columns {', '.join(lost)}", remedy)
        count = warehouse.rows(_COUNT.replace("<relation>", source.relation))[0][0]
    except SyncError as error:
        return failed(source.name, error)
    says = f"{source.relation}: all {len(source.columns)} columns, {count} rows"
    if not count:
        return warning(
            source.name, says, "See why it has none: while N2F holds some, nothing of what it feeds is sent."
        )
    return ok(source.name, says)


def _history(found: Status) -> Iterator[Finding]:
    """Say when N2F was last read, and how the last run ended."""
    if found.snapshot is None:
        yield ok("last snapshot", "none yet")
    else:
        age = utc_now() - datetime.fromisoformat(found.snapshot["completed_at"].removesuffix("Z"))
        hours = age.total_seconds() / 3600
        use = "too old to plan from" if age > LONGEST_SNAPSHOT_AGE else "young enough to plan from"
        count, at = found.snapshot["document_count"], _minute(found.snapshot["completed_at"])
        yield ok("last snapshot", f"{count} documents, {at}, {hours:.1f} h old: {use}")
    if not found.runs:
        yield ok("last run", "none yet")
        return
    last = found.runs[0]
    began = f"`{last['command']}` of {_minute(last['started_at'])}"
    if last["finished_at"] is None:
        yield ok("last run", f"{began} has not noted its end: it is at work, or was killed")
    else:
        yield ok("last run", f"{began}: {last['status']}, exit code {last['exit_code']}")


def _minute(instant: str) -> str:
    return f"{instant[:16].replace('T', ' ')} UTC"
