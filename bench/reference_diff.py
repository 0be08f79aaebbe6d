"""The reference of the comparison in a process of its own: `python -m bench.reference_diff FILE`, seconds as JSON."""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from pathlib import Path

import duckdb

from bench.diff import REFERENCE
from bench.processes import ROOT
from loader.profile import read_target


def main() -> None:
    """Write its changes into a table of a file, as dbt writes push_changes, under the settings of the profile."""
    target = read_target(ROOT, ROOT, os.environ)
    assert target is not None
    query = REFERENCE.read_text(encoding="utf-8")
    with (
        tempfile.TemporaryDirectory(prefix="n2f-bench-") as folder,
        duckdb.connect(Path(folder) / "reference.duckdb", config=target["config_options"]) as connection,
    ):
        connection.execute(f"set threads = 2; attach '{sys.argv[1]}' as n2f (read_only); use n2f")
        started = time.perf_counter()
        connection.execute(f"create table reference.changes as {query}")
        sys.stdout.write(json.dumps({"seconds": time.perf_counter() - started}))


if __name__ == "__main__":
    main()
