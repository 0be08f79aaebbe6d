"""Tables that live for a night are stored without compression on DuckDB, and nothing else is: see compression.sql."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import duckdb

from tests.engines import ROOT
from tests.models.compiled import dbt, dbt_environment

ROW_GROUP = 122_880  # rows that DuckDB writes at once, and compresses or not
# Holds the file open while dbt builds, as a run of n2f-sync does, and goes on with it.
SCRIPT = """
import json, os, sys
from pathlib import Path
from dbt.cli.main import dbtRunner
from loader.profile import read_target
from loader.warehouse import open_database

root = Path.cwd()
target = read_target(root, Path(os.environ["DBT_PROFILES_DIR"]), os.environ)
with open_database(target, root).connect() as warehouse:
    assert dbtRunner().invoke(["--quiet", "run", "--select", "stg_agresso__users"]).success
    warehouse.execute("create table kept as select * from n2f_staging.stg_agresso__users")
    stored = {
        table: sorted({row[0] for row in warehouse.rows(
            f"select compression from pragma_storage_info('{table}')"
            " where column_name = 'adresse_email' and segment_type = 'VARCHAR' and row_group_id = 0"
        )})
        for table in ("n2f_staging.stg_agresso__users", "kept")
    }
print(json.dumps(stored))
"""


def test_text_that_dbt_makes_anew_is_stored_plain_and_what_follows_is_compressed(tmp_path: Path) -> None:
    environment = dbt_environment(tmp_path)
    dbt("run-operation", "create_loader_tables", environment=environment)
    with duckdb.connect(environment["N2F_SYNC_DUCKDB_PATH"]) as connection:
        connection.execute(
            """
            insert into agresso."iris_N2F_User" (AdresseEmail)
            select 'user' || i || '@firm.example' from range(?) as numbers (i)
            """,
            [2 * ROW_GROUP],
        )
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        cwd=ROOT, env=os.environ | environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    stored = json.loads(done.stdout.splitlines()[-1])
    assert stored["n2f_staging.stg_agresso__users"] == ["Uncompressed"]
    assert stored["kept"] != ["Uncompressed"]
