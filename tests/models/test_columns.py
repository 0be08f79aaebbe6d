"""Every column that a model or a seed has in the database is described in YAML, and nothing else is."""

from __future__ import annotations

from collections import defaultdict

import pytest
import yaml

from tests.engines import ROOT
from tests.models.lab import Lab
from tests.reference.world import World

Columns = dict[str, set[str]]


def described_columns() -> Columns:
    """Name -> columns with a description, of the models and seeds of all YAML files."""
    found: Columns = {}
    for path in (ROOT / "dbt_project").rglob("*.yml"):
        properties = yaml.safe_load(path.read_text())
        for relation in [*properties.get("models", []), *properties.get("seeds", [])]:
            columns = relation.get("columns", [])
            found[relation["name"]] = {column["name"] for column in columns if column.get("description")}
    return found


@pytest.fixture(scope="session")
def columns_in_database(lab: Lab) -> Columns:
    """Name -> columns, of what dbt builds on an empty database."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    with lab.open(World()) as connection:
        rows = connection.execute("""
            select table_name, column_name from information_schema.columns
            where table_schema in ('n2f_staging', 'n2f_diff')
        """).fetchall()
    for table, column in rows:
        found[table].add(column)
    return dict(found)


def test_every_relation_is_described(columns_in_database: Columns) -> None:
    assert columns_in_database.keys() == described_columns().keys()


@pytest.mark.parametrize("name", sorted(described_columns()))
def test_every_column_is_described_and_no_other(columns_in_database: Columns, name: str) -> None:
    assert columns_in_database[name] == described_columns()[name]
