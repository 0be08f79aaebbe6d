"""The reference of the comparison in a process of its own: `python -m bench.reference_diff FILE`, seconds as JSON."""

from __future__ import annotations

import json
import os
import sys
import time

import duckdb

from bench.diff import REFERENCE


def main() -> None:
    """Run the query with what the profile gives the models: two threads, and the memory limit."""
    limit = os.environ.get("N2F_SYNC_DUCKDB_MEMORY_LIMIT", "").strip() or "800MB"
    query = REFERENCE.read_text(encoding="utf-8")
    with duckdb.connect(sys.argv[1], read_only=True) as connection:
        connection.execute(f"set memory_limit = '{limit}'; set threads = 2")
        started = time.perf_counter()
        connection.execute(f"create temp table reference as {query}")
        sys.stdout.write(json.dumps({"seconds": time.perf_counter() - started}))


if __name__ == "__main__":
    main()
