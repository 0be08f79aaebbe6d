"""The macros that make one project of two engines, each on awkward values: the results stand once, for both engines."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.engines import ROOT, Connection, Engine, Environment
from tests.models.compiled import dbt, dbt_environment
from tests.models.loading import insert, utc_now
from tests.models.macro_cases import TEXT_CASES, Case
from tests.models.macro_json_cases import JSON_CASES, MEMBERS_AS_ROWS, NAMES_AS_ROWS
from tests.reference.world import ANALYTICS_COLUMNS, USER_COLUMNS

CASES = (*TEXT_CASES, *JSON_CASES)
ROWS_CASES = (NAMES_AS_ROWS, MEMBERS_AS_ROWS)
FOLDER = ROOT / "dbt_project" / "macros" / "cross_db"
ENGINES_OWN = ("default__", "duckdb__", "sqlserver__")
TYPES = {
    "duckdb": {
        "exact": "varchar", "text": "varchar", "padded": "varchar", "integer": "bigint", "decimal": "decimal(18, 4)",
        "float": "double", "date": "date", "instant": "timestamp", "datetime": "timestamp", "flag": "boolean",
    },
    "sqlserver": {
        "exact": "nvarchar(max) collate Latin1_General_100_BIN2", "text": "nvarchar(4000)", "padded": "nchar(10)",
        "integer": "bigint", "decimal": "decimal(18, 4)", "float": "float", "date": "date", "instant": "datetime2",
        "datetime": "datetime", "flag": "bit",
    },
}  # fmt: skip
EXPRESSIONS = {
    "now_utc": "select {{ now_utc() }} as result",
    "hours_ago": "select {{ hours_ago(30) }} as result",
    "types": "{{ type_text() }}, {{ type_id() }}, {{ type_flag() }}, {{ type_number() }}, {{ type_instant() }}",
    "agresso_columns": "{{ tojson(agresso_columns()) }}",
    "descriptions": "{{ present_descriptions(['tried']) }}",
}
OPERATIONS = """
{% macro make_tables() %}
    {% do adapter.create_schema(api.Relation.create(database=target.database, schema='tried')) %}
    {% set columns = [['id', type_id(), true], ['note', type_text(), false], ['other', 'integer', true]] %}
    {% for _ in range(2) %}
        {% do create_table_if_missing('tried.unique_ids', columns, {'columns': ['id'], 'is_unique': true}) %}
        {% do create_table_if_missing('tried.any_ids', columns, {'columns': ['id', 'other'], 'is_unique': false}) %}
        {% do create_table_if_missing('tried.without_index', columns) %}
        {% do create_agresso_tables_if_missing() %}
    {% endfor %}
    {% for statement_of_storage in [store_text_plain(), store_text_compressed()] if statement_of_storage %}
        {% do run_query(statement_of_storage) %}
    {% endfor %}
    {% for table in ['unique_ids', 'any_ids', 'without_index'] %}
        {% set statement_of_index = index_on(loader_relation('tried.' ~ table), ['other']) %}
        {% if statement_of_index %}{% do run_query(statement_of_index) %}{% endif %}
    {% endfor %}
    {% call statement('fill', auto_begin=False) %}
        insert into {{ loader_relation('tried.unique_ids') }} (id, other) values ('x', 1)
    {% endcall %}
    {% do create_table_if_missing('tried.unique_ids', columns) %}
    {% for _ in range(2) %}
        {% do add_column_if_missing('tried.unique_ids', 'added', 'integer') %}
    {% endfor %}
    {% for text in ["first", "the table's own"] %}
        {% set of_table = {'schema': 'tried', 'relation': 'unique_ids', 'kind': 'table', 'is_new': loop.first} %}
        {% call statement('describe', auto_begin=False) %}
            {{ set_descriptions([
                dict(of_table, column='', text=text), dict(of_table, column='note', text='of a column'),
            ]) }}
        {% endcall %}
    {% endfor %}
{% endmacro %}
{% macro ask_an_unknown_engine() %} {{ default__text('a') }} {% endmacro %}
"""
TRIED = " ".join([OPERATIONS, *EXPRESSIONS.values(), *(case.sql for case in (*CASES, *ROWS_CASES))])


@dataclass(frozen=True, slots=True, kw_only=True)
class Macros:
    """A project that has these macros and nothing else, and what dbt makes of the queries in it."""

    engine: Engine
    connection: Connection
    project: Path
    environment: Environment

    def sql(self, name: str) -> str:
        """Return a query as dbt compiled it."""
        folder = Path(self.environment["DBT_TARGET_PATH"]) / "compiled" / "n2f_sync" / "analyses"
        return (folder / f"{slug(name)}.sql").read_text()

    def one(self, name: str) -> Any:
        """Return the one value of a query."""
        row = self.connection.execute(self.sql(name)).fetchone()
        assert row is not None
        return row[0]

    def give(self, case: Case) -> None:
        """Make the relation that a case reads."""
        types = TYPES[self.engine.name]
        columns = "".join(f", {column} {types[kind]} null" for column, kind in case.columns.items())
        self.connection.execute("drop table if exists given")
        self.connection.execute(f"create table given (position integer{columns})")
        insert(self.connection, "given", [
            [position, *(given if isinstance(given, tuple) else (given,))]
            for position, (given, _) in enumerate(case.expected, 1)
        ])  # fmt: skip


def slug(name: str) -> str:
    """Return a name as dbt has files."""
    return re.sub(r"\W+", "_", name)


@pytest.fixture(scope="module")
def macros(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Macros]:
    """All queries, compiled by one dbt."""
    project = tmp_path_factory.mktemp("macros")
    shutil.copytree(FOLDER, project / "macros")
    (project / "macros" / "operations.sql").write_text(OPERATIONS)
    (project / "analyses").mkdir()
    for name, sql in [*EXPRESSIONS.items(), *((case.name, case.sql) for case in (*CASES, *ROWS_CASES))]:
        (project / "analyses" / f"{slug(name)}.sql").write_text(sql)
    (project / "dbt_project.yml").write_text(
        "{name: n2f_sync, profile: n2f_sync, config-version: 2, macro-paths: [macros],"
        " analysis-paths: [analyses], flags: {send_anonymous_usage_stats: false}}"
    )
    with engine.database(project) as database:
        environment = dbt_environment(project) | database
        dbt("compile", environment=environment, project=project)
        dbt("run-operation", "make_tables", environment=environment, project=project)
        with engine.connect(environment) as connection:
            yield Macros(engine=engine, connection=connection, project=project, environment=environment)


def read(case: Case, row: tuple[Any, ...]) -> Any:
    """Return a result as it is expected."""
    (value,) = row
    return [json.loads(value)] if case.is_json and value is not None else value


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_macro_gives_the_same_on_every_engine(macros: Macros, case: Case) -> None:
    macros.give(case)
    results = [read(case, row) for row in macros.connection.execute(macros.sql(case.name)).fetchall()]
    assert [
        f"{given!r} gives {result!r}, not {expected!r}"
        for result, (given, expected) in zip(results, case.expected, strict=True)
        if result != expected
    ] == []


def test_the_names_of_a_document_are_rows(macros: Macros) -> None:
    macros.give(NAMES_AS_ROWS)
    found = macros.connection.execute(macros.sql(NAMES_AS_ROWS.name)).fetchall()
    wanted = [
        (position, *entry)
        for position, (_, entries) in enumerate(NAMES_AS_ROWS.expected, 1)
        for entry in entries
    ]
    assert sorted(found, key=str) == sorted(wanted, key=str)


def test_the_members_of_an_object_are_rows(macros: Macros) -> None:
    macros.give(MEMBERS_AS_ROWS)
    found = macros.connection.execute(macros.sql(MEMBERS_AS_ROWS.name)).fetchall()
    wanted = [
        (position, name, json.loads(value))
        for position, (_, members) in enumerate(MEMBERS_AS_ROWS.expected, 1)
        for name, value in members
    ]
    read_found = [(position, name, json.loads(value)) for position, name, value in found]
    assert sorted(read_found, key=str) == sorted(wanted, key=str)


@pytest.mark.parametrize(("name", "hours"), [("now_utc", 0), ("hours_ago", 30)])
def test_instants_are_utc_without_zone(macros: Macros, name: str, hours: int) -> None:
    expected = utc_now() - timedelta(hours=hours)
    assert abs(macros.one(name) - expected) < timedelta(minutes=1)


def test_a_table_of_all_types_keeps_what_python_writes(macros: Macros) -> None:
    types = re.findall(r"\w+(?:\(\w+\))?(?: collate \w+)?", macros.sql("types"))
    columns = ", ".join(f"c{place} {type_}" for place, type_ in enumerate(types))
    instant = datetime(2024, 2, 29, 13, 45, 10, 123456)  # noqa: DTZ001
    row = ("Zoë €😀 " + "x" * 5000 + ".", "a" * 64, True, 1234567.891, instant)
    macros.connection.execute("drop table if exists typed")
    macros.connection.execute(f"create table typed ({columns})")
    insert(macros.connection, "typed", [row])
    assert macros.connection.execute("select * from typed").fetchall() == [row]


def test_text_and_ids_compare_exactly(macros: Macros) -> None:
    text, id_, *_ = re.findall(r"\w+(?:\(\w+\))?(?: collate \w+)?", macros.sql("types"))
    macros.connection.execute("drop table if exists typed")
    macros.connection.execute(f"create table typed (a {text}, b {id_})")
    insert(macros.connection, "typed", [["A", "a"], ["é", "é"], ["e", "e"]])
    rows = macros.connection.execute("select a from typed where a = b or a = 'E' or b = 'A'").fetchall()
    assert sorted(rows) == [("e",), ("é",)]


def test_agressos_columns_are_the_contracts(macros: Macros) -> None:
    columns = {view: tuple(names) for view, names in json.loads(macros.sql("agresso_columns")).items()}
    assert columns == {"iris_N2F_User": USER_COLUMNS, "iris_N2F_Analytics": ANALYTICS_COLUMNS}


def test_agressos_views_stand_there_empty(macros: Macros) -> None:
    view = macros.engine.agresso(macros.environment, "iris_N2F_User")
    assert macros.connection.execute(f"select count(*) from {view}").fetchone() == (0,)


def test_a_table_that_exists_is_left_as_it_is(macros: Macros) -> None:
    rows = macros.connection.execute("select id, note, other from tried.unique_ids").fetchall()
    assert rows == [("x", None, 1)]


def test_a_column_that_is_added_holds_null_in_old_rows(macros: Macros) -> None:
    assert macros.connection.execute("select id, added from tried.unique_ids").fetchall() == [("x", None)]


def test_descriptions_are_written_written_over_and_read_back(macros: Macros) -> None:
    found = macros.connection.execute(macros.sql("descriptions")).fetchall()
    assert {row[2:5] for row in found if row[1] == "unique_ids" and row[4]} == {
        ("table", "", "the table's own"), ("table", "note", "of a column"),
    }  # fmt: skip
    described = {row[3]: bool(row[5]) for row in found if row[1] == "unique_ids"}
    assert described == {"": True, "note": True, "id": False, "other": False, "added": False}


@pytest.mark.parametrize("table", ["unique_ids", "any_ids", "without_index"])
def test_a_table_requires_what_it_says(macros: Macros, table: str) -> None:
    with pytest.raises(Exception, match=r"(?i)null"):
        macros.connection.execute(f"insert into tried.{table} (id) values ('y')")


def test_an_engine_without_its_own_version_is_an_error(macros: Macros, tmp_path: Path) -> None:
    elsewhere = macros.environment | {"N2F_SYNC_DUCKDB_PATH": str(tmp_path / "other.duckdb")}
    with pytest.raises(AssertionError, match=f"text has no version for the engine {macros.engine.name}"):
        dbt("run-operation", "ask_an_unknown_engine", environment=elsewhere, project=macros.project)


def test_every_macro_is_tried() -> None:
    text = "\n".join(path.read_text() for path in FOLDER.glob("*.sql"))
    names = set(re.findall(r"\{%-?\s*macro (\w+)\(", text))
    public = {name for name in names if not name.startswith(ENGINES_OWN)} - {"not_dispatched"}
    assert public - set(re.findall(r"\b\w+(?=\()", TRIED)) == set()
