"""A site made of the sample data, on the embedded engine, for commands that have to show something without one.

The sample and its N2F are the package `demo`; everything else is the code of every run.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from loader import sync
from loader.database import Database
from loader.errors import ConfigurationError
from loader.progress import Progress
from loader.settings import SyncSettings
from loader.workplace import Workplace

CHOSEN_BY_NOBODY = {"DBT_TARGET": "", "DBT_PROFILE": ""}
"""Variables that would send dbt and the loader to another output of the profile than the one for sample data."""


def refuse_other_database(database: Database, file: Path) -> None:
    """Raise ConfigurationError unless a database is this very file: sample data is for no site's own tables."""
    if Path(database.describe()) != file:
        raise ConfigurationError(
            f"the profile goes by a database of its own, {database.describe()}",
            doing="finding a place for the sample data",
            remedy="Let its output `duckdb` read N2F_SYNC_DUCKDB_PATH, as profiles.yml.example does.",
        )


def fill_agresso(database: Database, tables: Mapping[str, Sequence[Mapping[str, str]]]) -> None:
    """Fill the two tables that stand for Agresso's views on the embedded engine; they are there."""
    with database.connect() as warehouse, warehouse.transaction():
        for table, rows in tables.items():
            for row in rows:
                sql = "insert into {agresso.<table>} (<columns>) values (<marks>)"
                sql = sql.replace("<table>", table).replace("<columns>", ", ".join(row))
                sql = sql.replace("<marks>", ", ".join("?" for _ in row))
                warehouse.execute(sql, [value or None for value in row.values()])


@contextmanager
def sample_site(root: Path, settings: SyncSettings, progress: Progress) -> Iterator[Workplace]:
    """Make a site in a folder of its own, with a fresh snapshot of the demo's N2F; it is gone afterwards.

    Args:
        root: the folder of the dbt project.
        settings: what a run there may do.
        progress: who is told how far it is.

    Raises:
        ConfigurationError: the package that the demo's N2F needs is not installed.
    """
    try:
        from demo.harness import DemoN2F
        from demo.sample import agresso_rows, sample_world
    except ModuleNotFoundError as error:
        raise ConfigurationError(
            f"the package {error.name} is not installed",
            doing="making a site of the sample data",
            remedy="Run `make setup`, or `pip install 'n2f-sync[demo]'`.",
        ) from None
    with TemporaryDirectory(prefix="n2f-sync-sample-") as name, DemoN2F(sample_world()) as n2f:
        folder = Path(name).resolve()
        place = Workplace(
            root=root,
            env={
                "N2F_BASE_URL": n2f.base_url,
                "N2F_CLIENT_ID": n2f.client_id,
                "N2F_CLIENT_SECRET": n2f.client_secret,
                "N2F_READS_PER_MINUTE": "0",
                "N2F_WRITES_PER_MINUTE": "0",
                "N2F_SYNC_TARGET": "duckdb",
                "N2F_SYNC_DUCKDB_PATH": str(folder / "sample.duckdb"),
                **CHOSEN_BY_NOBODY,
                "DBT_TARGET_PATH": str(folder / "target"),
                "DBT_LOG_PATH": str(folder / "logs"),
            },
            settings=settings,
            progress=progress,
            ledger_dir=folder,
        )
        refuse_other_database(place.database, folder / "sample.duckdb")
        progress.stage("making a site of the sample data")
        place.project.create_loader_tables()
        fill_agresso(place.database, agresso_rows())
        sync.take_a_snapshot(place)
        yield place
