"""A snapshot of users without dbt, in a process of its own: `python -m bench.snapshot_alone`, figures as JSON.

A whole `n2f-sync snapshot` parses the project meanwhile, which shares Python's lock with the reading: that is hidden
behind an N2F that takes its time, and would be measured here as if it were the snapshot's.
"""

from __future__ import annotations

import json
import os
import sys
import time

from bench.processes import ROOT
from loader.api import N2FClient
from loader.config import load_api_settings
from loader.profile import read_target
from loader.progress import LogProgress
from loader.seeds import snapshot_resources
from loader.snapshot import take_snapshot
from loader.warehouse import open_database

_LISTS = ("companies", "roles", "userprofiles", "users")


def main() -> None:
    """Take it as the loader does."""
    target = read_target(ROOT, ROOT, os.environ)
    assert target is not None
    database = open_database(target, ROOT)
    resources = [resource for resource in snapshot_resources(ROOT) if resource.name in _LISTS]
    settings = load_api_settings(dict(os.environ))
    with database.connect() as warehouse, N2FClient(settings) as client:
        started = time.perf_counter()
        snapshot = take_snapshot(
            warehouse, client, resources, base_url=settings.base_url, progress=LogProgress()
        )
        seconds = time.perf_counter() - started
    sys.stdout.write(json.dumps({"seconds": seconds, "calls": snapshot.call_count}))


if __name__ == "__main__":
    main()
