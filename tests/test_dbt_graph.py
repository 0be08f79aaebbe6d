"""What dbt itself tells of the project: groups and owners, exposures, doc blocks, and how fresh the snapshot is."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from loader.database import utc_now
from loader.plan import LONGEST_SNAPSHOT_AGE
from tests.engines import ROOT, Engine, Environment
from tests.models.compiled import NO_TESTS, dbt, dbt_environment
from tests.models.loading import insert
from tests.tsql.recorder import sqlserver_environment

Manifest = dict[str, Any]
MODELS = ROOT / "dbt_project" / "models"


@pytest.fixture(scope="module")
def built(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Environment]:
    """A database as `make setup` makes it."""
    folder = tmp_path_factory.mktemp("graph")
    with engine.database(folder) as database:
        environment = dbt_environment(folder) | database
        dbt("build", *NO_TESTS, environment=environment)
        yield environment


@pytest.fixture(scope="module")
def manifest(built: Environment) -> Manifest:
    """The project as dbt sees it."""
    found: Manifest = json.loads((Path(built["DBT_TARGET_PATH"]) / "manifest.json").read_text())
    return found


# Groups, owners, exposures


def test_every_model_and_seed_has_a_group_with_an_owner(manifest: Manifest) -> None:
    owners = {group["name"]: group["owner"] for group in manifest["groups"].values()}
    nodes = [node for node in manifest["nodes"].values() if node["resource_type"] in {"model", "seed"}]
    assert len(nodes) > 60
    assert [node["name"] for node in nodes if node["config"]["group"] not in owners] == []
    assert {node["config"]["group"] for node in nodes} == set(owners)
    assert all(owner["name"] for owner in owners.values())


def test_what_others_may_lean_on_is_public_and_steps_of_a_decision_are_not(manifest: Manifest) -> None:
    access = {
        node["name"]: (node["access"], node["schema"])
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model"
    }
    assert {schema for kind, schema in access.values() if kind == "public"} == {"n2f_diff"}
    for name in ("push_changes", "push_dependencies", "rejected_rows"):  # section 4 of the contract
        assert access[name] == ("public", "n2f_diff")
    assert access["int_users_mapped"][0] == "protected"


def test_the_nightly_job_and_n2f_hang_on_the_plan(manifest: Manifest) -> None:
    exposures = {exposure["name"]: exposure for exposure in manifest["exposures"].values()}
    assert exposures.keys() >= {"nightly_job", "n2f_api", "explain", "prune", "dba_queries"}
    for name in ("nightly_job", "n2f_api"):
        assert "model.n2f_sync.push_changes" in exposures[name]["depends_on"]["nodes"]
    assert all(exposure["owner"]["name"] and exposure["description"] for exposure in exposures.values())


def test_whatever_nothing_else_reads_is_read_by_an_exposure(manifest: Manifest) -> None:
    exposed = {
        node for exposure in manifest["exposures"].values() for node in exposure["depends_on"]["nodes"]
    }
    models = [key for key, node in manifest["nodes"].items() if node["resource_type"] == "model"]
    last = {
        key for key in models if not any(child.startswith("model.") for child in manifest["child_map"][key])
    }
    assert last - exposed == set()


def test_what_the_loader_reads_of_dbts_tables_stands_in_an_exposure(manifest: Manifest) -> None:
    exposed = {
        node.rsplit(".", 1)[-1]
        for exposure in manifest["exposures"].values() for node in exposure["depends_on"]["nodes"]
    }  # fmt: skip
    read = {
        name
        for path in (ROOT / "loader").glob("*.py")
        for name in re.findall(r"\{n2f_(?:diff|staging)\.(\w+)\}", path.read_text("utf-8"))
    }
    assert "push_changes" in read
    assert read - exposed == set()


# Doc blocks


def test_every_doc_block_is_used() -> None:
    blocks = {
        name for path in MODELS.rglob("*.md") for name in re.findall(r"{% docs (\w+) %}", path.read_text())
    }
    used = {
        name for path in MODELS.rglob("*.yml") for name in re.findall(r"doc\('(\w+)'\)", path.read_text())
    }
    assert blocks
    assert blocks == used


def test_what_many_columns_of_one_name_mean_alike_is_written_once() -> None:
    """A description that three columns of one name share is a doc block."""
    written: Counter[tuple[str, str]] = Counter()
    for path in MODELS.rglob("*.yml"):
        properties = yaml.safe_load(path.read_text())
        sources = [table for source in properties.get("sources", []) for table in source["tables"]]
        for relation in [*properties.get("models", []), *sources]:
            written.update({
                (column["name"], " ".join(column["description"].split()))
                for column in relation.get("columns", [])
                if "{{ doc(" not in column["description"]
            })  # fmt: skip
    copied = {key for key, count in written.items() if count > 3}
    assert copied - {key for key in copied if key[0] in ALIASED} == set()


ALIASED = {"company_uuid", "axis", "page", "position", "document"}
"""Columns of n2f_raw, which YAML's own anchors write once."""


# Freshness


def freshness(environment: Environment) -> tuple[int, dict[str, Any]]:
    """Ask dbt on a machine whose zone is far from UTC."""
    command = [sys.executable, "-c", "from dbt.cli.main import cli; cli()", "source", "freshness"]
    done = subprocess.run(
        command, cwd=ROOT, env=os.environ | environment | {"TZ": "America/New_York"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    sources = json.loads((Path(environment["DBT_TARGET_PATH"]) / "sources.json").read_text())
    (found,) = sources["results"]
    return done.returncode, found


@pytest.mark.parametrize(
    ("minutes", "status", "code"), [(None, "error", 1), (345, "pass", 0), (361, "error", 1)]
)
def test_dbt_says_of_the_snapshot_what_the_guard_says(
    engine: Engine, built: Environment, minutes: int | None, status: str, code: int
) -> None:
    now = utc_now()
    with engine.connect(built) as connection:
        connection.execute("delete from n2f_raw.snapshots")
        if minutes is not None:
            at = now - timedelta(minutes=minutes)
            insert(
                connection,
                "n2f_raw.snapshots",
                [
                    ["s1", "http://n2f.example/", at, at, 0, 0],
                    ["s2", "http://n2f.example/", now, None, None, None],
                ],
            )
    returned, found = freshness(built)
    assert (found["status"], returned) == (status, code)
    if minutes is not None:
        assert found["max_loaded_at_time_ago_in_s"] == pytest.approx(minutes * 60, abs=600)
    dbt("run", "--select", "snapshot_in_use", environment=built)
    with engine.connect(built) as connection:
        blockers = {
            row[0] for row in connection.execute("select check_name from n2f_diff.plan_blockers").fetchall()
        }
    assert bool(blockers & {"no_complete_snapshot", "stale_snapshot"}) == (status == "error")


def test_the_six_hours_are_the_same_everywhere(manifest: Manifest) -> None:
    snapshots = manifest["sources"]["source.n2f_sync.n2f_raw.snapshots"]
    assert snapshots["freshness"]["error_after"] == {"count": 6, "period": "hour"}
    assert timedelta(hours=6) == LONGEST_SNAPSHOT_AGE
    assert "hours_ago(6)" in manifest["nodes"]["model.n2f_sync.plan_blockers"]["raw_code"]


def test_on_sql_server_an_age_is_told_by_utc_too(tmp_path: Path) -> None:
    done = dbt(
        "compile", "--no-populate-cache", "--no-introspect", "--quiet",
        "--inline", "select {{ dbt.current_timestamp() }} as snapshotted_at",
        environment=sqlserver_environment(tmp_path),
    )  # fmt: skip
    assert done.stdout.strip() == "select cast(sysutcdatetime() as datetime2(6)) as snapshotted_at"
