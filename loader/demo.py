"""`n2f-sync demo`: the main job on sample data, against an N2F that runs on this machine.

Everything but the N2F and the sample is the very code of `n2f-sync run`.
"""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from loader import render_rows, render_summary, sync
from loader.errors import ConfigurationError
from loader.planned_rows import planned_rows, rejected_rows
from loader.progress import Progress
from loader.sample import CHOSEN_BY_NOBODY, fill_agresso, refuse_other_database
from loader.settings import SyncSettings
from loader.summary import IN_STEP, Summary
from loader.terminal import Terminal
from loader.workplace import Workplace

if TYPE_CHECKING:
    from demo.harness import DemoN2F

_DATABASE = "n2f-demo.duckdb"
_DBT = "n2f-demo-dbt"

_FAILED = 1  # exit code when the demo did not end as it should


def run_demo(terminal: Terminal, root: Path, folder: Path | None) -> int:
    """Plan, sync, and sync again; return 0 if the second sync found nothing to do, else 1.

    Args:
        terminal: where everything is shown.
        root: the folder of the dbt project.
        folder: where the database is made, which is emptied first; None for `.n2f-sync/demo` of the project.
    """
    try:
        from demo.harness import DemoN2F
        from demo.sample import agresso_rows, sample_world
    except ModuleNotFoundError as error:
        raise ConfigurationError(
            f"the package {error.name} is not installed",
            doing="starting the demo",
            remedy="Run `make setup`, or `pip install 'n2f-sync[demo]'`.",
        ) from None
    folder = _emptied(folder or root / ".n2f-sync" / "demo")
    with DemoN2F(sample_world()) as n2f:
        demo = _Demo(terminal, root, folder, n2f)
        demo.load_agresso(agresso_rows())
        demo.plan()
        demo.first_sync()
        return IN_STEP if demo.second_sync() else _FAILED


class _Demo:
    def __init__(self, terminal: Terminal, root: Path, folder: Path, n2f: DemoN2F) -> None:
        self._terminal = terminal
        self._root = root
        self._folder = folder
        self._n2f = n2f
        self._deleting = SyncSettings(actions=frozenset({"create", "update", "delete"}))

    def load_agresso(self, tables: dict[str, list[dict[str, str]]]) -> None:
        """Fill the two tables that stand for Agresso's views on the embedded engine."""
        with self._terminal.progress() as progress:
            progress.stage("loading a sample Agresso")
            place = self._place(self._deleting, progress)
            place.project.create_loader_tables()
            fill_agresso(place.database, tables)

    def plan(self) -> None:
        """Show what a sync with deletes would send, and the guard that holds some of it back."""
        self._title("1. n2f-sync plan --delete --rows: what would be sent")
        with self._terminal.progress() as progress:
            place = self._place(self._deleting, progress)
            summary = sync.make_a_plan(place)
        with place.database.connect() as warehouse:
            rejected = rejected_rows(warehouse)
            self._terminal.show(
                render_rows.rows(planned_rows(warehouse, summary.run.plan_id or ""), rejected)
            )
        self._terminal.show(render_summary.summary(summary))

    def first_sync(self) -> None:
        """Send all of it, the guard being lifted."""
        self._title("2. n2f-sync run --delete --allow-mass-delete: the whole sync")
        self._run(replace(self._deleting, allow_mass=frozenset({"delete"})))

    def second_sync(self) -> bool:
        """Run again; return whether nothing was left to do."""
        self._title("3. n2f-sync run --delete: once more")
        summary = self._run(self._deleting)
        writes = [
            call for call in self._n2f.stats["calls"] if call["method"] != "GET" and call["kind"] != "auth"
        ]
        is_in_step = summary.exit_code == IN_STEP and not writes
        self._terminal.show(
            [
                f"{len(writes)} writes: "
                + ("nothing is left to do." if is_in_step else "N2F is not in step."),
                f"The database is kept in {self._folder}; `make demo` makes it anew.",
            ]
        )
        return is_in_step

    def _run(self, settings: SyncSettings) -> Summary:
        self._n2f.reset_stats()
        with self._terminal.progress() as progress:
            summary = sync.run(self._place(settings, progress))
        self._terminal.show(render_summary.summary(summary))
        return summary

    def _place(self, settings: SyncSettings, progress: Progress) -> Workplace:
        place = Workplace(
            root=self._root,
            env={
                "N2F_BASE_URL": self._n2f.base_url,
                "N2F_CLIENT_ID": self._n2f.client_id,
                "N2F_CLIENT_SECRET": self._n2f.client_secret,
                "N2F_READS_PER_MINUTE": "0",
                "N2F_WRITES_PER_MINUTE": "0",
                "N2F_SYNC_TARGET": "duckdb",
                "N2F_SYNC_DUCKDB_PATH": str(self._folder / _DATABASE),
                **CHOSEN_BY_NOBODY,
                "DBT_TARGET_PATH": str(self._folder / _DBT / "target"),
                "DBT_LOG_PATH": str(self._folder / _DBT / "logs"),
            },
            settings=settings,
            progress=progress,
            ledger_dir=self._folder,
        )
        refuse_other_database(place.database, self._folder / _DATABASE)
        return place

    def _title(self, text: str) -> None:
        self._terminal.show(["", text, "-" * len(text)])


def _emptied(folder: Path) -> Path:
    """Return the folder without what an earlier demo left; whatever else lies there is not touched."""
    for name in (_DATABASE, f"{_DATABASE}.wal"):
        (folder / name).unlink(missing_ok=True)
    shutil.rmtree(folder / _DBT, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    return folder.resolve()
