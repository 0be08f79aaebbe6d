"""dbt as a process of its own, and what it compiles on one of the engines."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any, NamedTuple

from tests.engines import CATALOG, ROOT, Environment, profiles_dir

NO_TESTS = ("--exclude-resource-type", "test", "--exclude-resource-type", "unit_test")


def dbt(*arguments: str, environment: Environment, project: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Run dbt in a process of its own, so that nothing it keeps in memory reaches another test."""
    command = [sys.executable, "-c", "from dbt.cli.main import cli; cli()", *arguments]
    done = subprocess.run(
        command, cwd=project, env=os.environ | environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    return done


def dbt_environment(folder: Path) -> Environment:
    """Keep a dbt of the tests away from the developer's own database, target and log."""
    unset = dict.fromkeys(
        ("N2F_SANDBOX", "N2F_SANDBOX_COMPANY", "N2F_SYNC_ACTIONS", "N2F_SYNC_SCOPES", "N2F_SYNC_ALLOW_MASS",
         "N2F_SYNC_ONLY_COMPANIES", "N2F_SYNC_ONLY_MAILS"), ""
    )  # fmt: skip
    return unset | {
        "N2F_SYNC_ACTIONS": "create,update,delete",
        "N2F_SYNC_TARGET": "duckdb",
        "N2F_SYNC_DUCKDB_PATH": str(folder / f"{CATALOG}.duckdb"),
        "DBT_TARGET_PATH": str(folder / "target"),
        "DBT_LOG_PATH": str(folder / "logs"),
        "DBT_PROFILES_DIR": str(profiles_dir(folder)),
    }


class Model(NamedTuple):
    """A model as dbt compiled it."""

    schema: str
    name: str
    materialized: str
    relation: str
    sql: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CompiledModels:
    """The models in an order in which they can be built, and the seeds' names."""

    models: tuple[Model, ...]
    seeds: tuple[str, ...]

    @classmethod
    def by_dbt(cls, environment: Environment) -> CompiledModels:
        """Let dbt build the project on a database without anything, and keep what it ran."""
        dbt("build", *NO_TESTS, environment=environment)
        nodes = _nodes(environment)
        models = {key: node for key, node in nodes.items() if node["resource_type"] == "model"}
        order = TopologicalSorter(
            {key: [up for up in node["depends_on"]["nodes"] if up in models] for key, node in models.items()}
        ).static_order()
        return cls(
            models=tuple(_model(models[key]) for key in order),
            seeds=tuple(node["name"] for node in nodes.values() if node["resource_type"] == "seed"),
        )


def data_tests_by_dbt(environment: Environment) -> dict[str, str]:
    """Return the SQL of every data test by its name: rows that it returns are failures."""
    dbt("compile", "--select", "resource_type:test", environment=environment)
    return {
        node["name"]: node["compiled_code"]
        for node in _nodes(environment).values()
        if node["resource_type"] == "test"
    }


def _nodes(environment: Environment) -> dict[str, dict[str, Any]]:
    manifest = Path(environment["DBT_TARGET_PATH"]) / "manifest.json"
    nodes: dict[str, dict[str, Any]] = json.loads(manifest.read_text())["nodes"]
    return nodes


def _model(node: dict[str, Any]) -> Model:
    return Model(
        schema=node["schema"],
        name=node["name"],
        materialized=node["config"]["materialized"],
        relation=node["relation_name"],
        sql=node["compiled_code"],
    )
