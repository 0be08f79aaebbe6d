"""The models from staging to `push_changes` for users, without the loader: `python -m bench.models_alone`, as JSON.

The DuckDB file stays open meanwhile, as in a run of n2f-sync. `seconds` is from the start of the first model to the end
of the last, dbt's own work on each of them included.
"""

from __future__ import annotations

import json
import os
import sys
from datetime import datetime
from typing import Any

from dbt.cli.main import dbtRunner

from bench.processes import ROOT
from loader.profile import read_target
from loader.warehouse import open_database

SELECTION = ("stg_n2f__user_documents+,+push_changes", "stg_agresso__users+,+push_changes")
"""Every model that has users in it, on the way to the plan."""

VALUES = ("dbt_project/models/intermediate/axis_values", "diff_axis_values")
"""What comes after users in dbt's graph and has axis values alone; it is not measured."""


def main() -> None:
    """Run them, and end with an error where one fails."""
    quiet = ["--quiet", "--log-level", "none", "--log-level-file", "none"]
    target = read_target(ROOT, ROOT, os.environ)
    assert target is not None
    with open_database(target, ROOT).connect():
        outcome = dbtRunner().invoke([*quiet, "run", "--select", *SELECTION, "--exclude", *VALUES])
    if not outcome.success:
        raise SystemExit(f"dbt run failed: {outcome.exception}")
    results: Any = outcome.result
    instants = [instant for result in results for instant in _instants(result)]
    seconds = (max(instants) - min(instants)).total_seconds()
    sys.stdout.write(json.dumps({"seconds": seconds, "models": len(results)}))


def _instants(result: Any) -> list[datetime]:
    """Return when dbt began and ended to compile and to execute a node."""
    if not str(result.node.unique_id).startswith("model."):
        return []
    return [instant for timing in result.timing for instant in (timing.started_at, timing.completed_at)]


if __name__ == "__main__":
    main()
