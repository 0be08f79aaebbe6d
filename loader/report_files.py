"""Where a report goes: which file, and what is written into it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from loader import report_csv
from loader.database import Database
from loader.errors import UsageError
from loader.private_files import write_private
from loader.report import (
    all_changes,
    all_rejected,
    plan_of,
    refuse_missing,
    report_of,
    wanted_run,
)  # fmt: skip
from loader.report_page import page_parts


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A file that was written, and whether another of that name was there before."""

    path: Path
    is_replaced: bool

    def describe(self) -> str:
        """Return it in words."""
        return f"{self.path.absolute()}{' (in place of the one before it)' if self.is_replaced else ''}"


def refuse_contradictions(*, as_json: bool, as_csv: bool, output: Path | None) -> None:
    """Raise UsageError where options exclude each other."""
    if as_json and (as_csv or output is not None):
        raise UsageError(
            "--json writes no file",
            doing="reading the command line",
            remedy="Leave out --csv and --output, or leave out --json.",
        )


def write_page(database: Database, run_id: str | None, output: Path | None) -> Written:
    """Write the page of a run; raises what `report_of` and `write_private` raise."""
    report = report_of(database, run_id)
    path = _place(output, report.run["run_id"], "html")
    return Written(path=path, is_replaced=write_private(path, page_parts(report)))


def write_csv(database: Database, run_id: str | None, output: Path | None) -> Written:
    """Write the results of a run, row by row as they come; raises what `report_of` and `write_private` raise."""
    refuse_missing(database)
    with database.connect() as warehouse:
        wanted = wanted_run(warehouse, run_id)
        plan_id = plan_of(warehouse, wanted)
        lines = report_csv.csv_lines(
            wanted,
            plan_id,
            all_changes(warehouse, plan_id) if plan_id is not None else (),
            all_rejected(warehouse, plan_id) if plan_id is not None else (),
        )
        path = _place(output, wanted, "csv")
        return Written(path=path, is_replaced=write_private(path, lines, encoding=report_csv.ENCODING))


def _place(output: Path | None, run_id: str, suffix: str) -> Path:
    """Return the file that is named, or one named after the run in the folder that is, else here."""
    own_name = f"n2f-sync-report-{run_id}.{suffix}"
    if output is None:
        return Path(own_name)
    return output / own_name if output.is_dir() else output
