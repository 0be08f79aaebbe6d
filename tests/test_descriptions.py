"""Every table and column stands described in the database itself, in the words of YAML, and stays so."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engines import Engine, Environment
from tests.models.compiled import NO_TESTS, dbt, dbt_environment

Descriptions = dict[tuple[str, str, str], str]
"""Schema, relation and column ('' for the relation itself) -> its description."""

SCHEMAS = ("n2f_raw", "n2f_sync", "n2f_staging", "n2f_diff")

_QUERIES = {
    "duckdb": """
        select schema_name, table_name, '', coalesce(comment, '') from duckdb_tables()
        union all
        select schema_name, view_name, '', coalesce(comment, '') from duckdb_views()
        union all
        select schema_name, table_name, column_name, coalesce(comment, '') from duckdb_columns()
    """,
    "sqlserver": """
        select object_schema_name(objects.object_id), objects.name, coalesce(columns.name, ''),
            coalesce(cast(properties.value as nvarchar(3750)), '')
        from sys.objects as objects
        cross apply (
            select 0 as column_id, cast(null as sysname) as name
            union all
            select own.column_id, own.name from sys.columns as own where own.object_id = objects.object_id
        ) as columns
        left join sys.extended_properties as properties
            on properties.class = 1 and properties.major_id = objects.object_id
            and properties.minor_id = columns.column_id and properties.name = 'MS_Description'
        where objects.type in ('U', 'V')
    """,
}
_UPDATE = "exec sp_updateextendedproperty 'MS_Description', 'something else'"
_WRONG = {
    "duckdb": (
        "comment on column n2f_diff.push_changes.sequence is 'something else'",
        "comment on table n2f_sync.runs is 'something else'",
    ),
    "sqlserver": (
        f"{_UPDATE}, 'SCHEMA', 'n2f_diff', 'TABLE', 'push_changes', 'COLUMN', 'sequence'",
        f"{_UPDATE}, 'SCHEMA', 'n2f_sync', 'TABLE', 'runs'",
    ),
}


@pytest.fixture(scope="module")
def built(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Environment]:
    """A database that dbt has built twice: what a night makes anew has lost its comments by then."""
    folder = tmp_path_factory.mktemp("described")
    with engine.database(folder) as database:
        environment = dbt_environment(folder) | database
        dbt("build", *NO_TESTS, environment=environment)
        dbt("run", "--select", "push_changes", "failing_rows", "+snapshot_in_use", environment=environment)
        yield environment


def in_database(engine: Engine, environment: Environment) -> Descriptions:
    """What the engine's own catalogue says."""
    with engine.connect(environment) as connection:
        rows = connection.execute(_QUERIES[engine.name]).fetchall()
    return {(schema, name, column): text for schema, name, column, text in rows if schema in SCHEMAS}


def in_yaml(environment: Environment) -> Descriptions:
    """What the manifest says, each in one line."""
    manifest = json.loads((Path(environment["DBT_TARGET_PATH"]) / "manifest.json").read_text())
    found: Descriptions = {}
    for node in [*manifest["nodes"].values(), *manifest["sources"].values()]:
        if node["resource_type"] in {"model", "seed", "source"} and node["schema"] in SCHEMAS:
            relation = (node["schema"], node.get("identifier") or node["alias"])
            found[*relation, ""] = " ".join(node["description"].split())
            for column in node["columns"].values():
                found[*relation, column["name"]] = " ".join(column["description"].split())
    return found


def test_every_table_and_column_is_described_in_the_words_of_yaml(engine: Engine, built: Environment) -> None:
    described = in_database(engine, built)
    assert [key for key, text in described.items() if not text] == []
    assert described == in_yaml(built)
    assert {schema for schema, _, _ in described} == set(SCHEMAS)
    assert len(described) > 700


def test_a_doc_block_stands_there_written_out(engine: Engine, built: Environment) -> None:
    described = in_database(engine, built)
    assert described["n2f_diff", "diff_users", "firstname_old"] == "First name, from Prenom. As N2F holds it."


def test_what_somebody_else_wrote_there_is_put_right_by_a_command_of_its_own(
    engine: Engine, built: Environment
) -> None:
    with engine.connect(built) as connection:
        for statement in _WRONG[engine.name]:
            connection.execute(statement)
    assert "something else" in in_database(engine, built).values()
    dbt("run-operation", "describe_tables", environment=built)
    assert in_database(engine, built) == in_yaml(built)
