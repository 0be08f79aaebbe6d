"""A prune that is killed by SIGKILL at its n-th delete: `python -m tests.loader.killed_prune N`."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from datetime import timedelta

from loader.retention import Ages, prune
from loader.transform import Project
from loader.warehouse import open_database
from tests.engines import ROOT


def main(deadly: int) -> None:
    """Prune, and die once the n-th delete was made, before its transaction is committed."""
    database = open_database(Project(ROOT, dict(os.environ)).target(), ROOT)
    with database.connect() as warehouse:
        kind = type(warehouse)
    execute, done = kind.execute, 0

    def deadly_execute(self: object, sql: str, parameters: Sequence[object] = ()) -> None:
        nonlocal done
        execute(self, sql, parameters)  # type: ignore[arg-type]
        done += sql.startswith("delete")
        if done == deadly:
            os.kill(os.getpid(), signal.SIGKILL)

    kind.execute = deadly_execute  # type: ignore[method-assign]
    prune(database, Ages(snapshots=timedelta(days=30)))


if __name__ == "__main__":
    main(int(sys.argv[1]))
