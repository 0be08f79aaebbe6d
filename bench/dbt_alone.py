"""What `dbtRunner` alone does of a sync: one parse, and the two selections of the loader, on one manifest.

Run as `python -m bench.dbt_alone`. The DuckDB file stays open meanwhile, as in a run of n2f-sync: dbt then finds it
open for every model, which is faster, so that the reference is at its best.
"""

from __future__ import annotations

import os
from typing import Any

from dbt.cli.main import dbtRunner

from bench.processes import ROOT
from loader.profile import read_target
from loader.transform import BUILD, PREPARE
from loader.warehouse import open_database


def main() -> None:
    """Run dbt, and end with an error where it does."""
    common = ["--log-level", "none", "--log-level-file", "none"]
    target = read_target(ROOT, ROOT, os.environ)
    assert target is not None
    with open_database(target, ROOT).connect():
        manifest: Any = dbtRunner().invoke(["parse", *common]).result
        for selection in (PREPARE, BUILD):
            outcome = dbtRunner(manifest).invoke([*selection, *common])
            if not outcome.success:
                raise SystemExit(f"dbt {' '.join(selection)} failed: {outcome.exception}")


if __name__ == "__main__":
    main()
