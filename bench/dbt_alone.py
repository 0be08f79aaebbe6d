"""What `dbtRunner` alone does of a sync: one parse, and the two selections of the loader, on one manifest.

Run as `python -m bench.dbt_alone`. The DuckDB file stays open meanwhile, as in a run of n2f-sync: dbt then finds it
open for every model, which is faster, so that the reference is at its best.
"""

from __future__ import annotations

import os
from typing import Any

import duckdb
from dbt.cli.main import dbtRunner

from loader.transform import BUILD, PREPARE


def main() -> None:
    """Run dbt, and end with an error where it does."""
    common = ["--log-level", "none", "--log-level-file", "none"]
    with duckdb.connect(os.environ["N2F_SYNC_DUCKDB_PATH"], config={"memory_limit": "800MB"}):
        manifest: Any = dbtRunner().invoke(["parse", *common]).result
        for selection in (PREPARE, BUILD):
            outcome = dbtRunner(manifest).invoke([*selection, *common])
            if not outcome.success:
                raise SystemExit(f"dbt {' '.join(selection)} failed: {outcome.exception}")


if __name__ == "__main__":
    main()
