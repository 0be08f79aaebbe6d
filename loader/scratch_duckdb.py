"""The scratch place of the embedded engine: a file of its own, in a folder that is gone afterwards."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from loader.database import Database, Warehouse
from loader.scratch import Filling
from loader.transform import Project

_CATALOG = "n2f_impact_scratch"
_ATTACH = "attach ? as n2f_impact_scratch (read_write)"
_DETACH = "detach n2f_impact_scratch"
_SCHEMA = "create schema n2f_impact_scratch.<schema>"
_COPY = "create table <target> as select * from <source> where <condition>"


@dataclass(frozen=True, slots=True, kw_only=True)
class DuckDBScratch:
    """A file beside nothing of the site's."""

    site: Database
    file: Path

    def environment(self) -> dict[str, str]:
        """See `Scratch.environment`."""
        return {"N2F_SYNC_DUCKDB_PATH": str(self.file)}

    def is_target(self, target: Mapping[str, Any]) -> bool:
        """See `Scratch.is_target`."""
        return Path(str(target.get("path"))) == self.file

    def refuse_a_run(self) -> None:
        """See `Scratch.refuse_a_run`. `filling` opens the file to be read, which a run alone stands in the way of."""

    def empty(self, project: Project) -> None:
        """See `Scratch.empty`. The file is new, and its folder goes with it."""

    @contextmanager
    def filling(self) -> Iterator[Filling]:
        """See `Scratch.filling`."""
        with self.site.connect(read_only=True) as warehouse:
            warehouse.execute(_ATTACH, (str(self.file),))
            try:
                yield Filling(warehouse=warehouse, catalog=_CATALOG, schema_sql=_SCHEMA, copy_sql=_COPY)
            finally:
                warehouse.execute(_DETACH)

    def keeping(self, warehouse: Warehouse) -> Filling:
        """See `Scratch.keeping`."""
        return Filling(
            warehouse=warehouse, catalog=self.file.stem, schema_sql="create schema <schema>", copy_sql=_COPY
        )
