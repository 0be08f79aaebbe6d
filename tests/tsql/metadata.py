"""What a SQL Server that has built this project once would answer to the adapter's own questions.

The names and order of the columns are those of the same models built on DuckDB; their types are what the macros of
`cross_db/types.sql` make of them on SQL Server.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from tests.models.compiled import CATALOG

Column = tuple[str, str]
"""(name, type)"""

SQLSERVER_TYPES = {
    "VARCHAR": "nvarchar",
    "BOOLEAN": "bit",
    "TIMESTAMP": "datetime2",
    "INTEGER": "int",
    "BIGINT": "bigint",
    "DOUBLE": "float",
    "DATE": "date",
}
PYTHON_TYPES = {
    "nvarchar": str,
    "varchar": str,
    "bit": bool,
    "int": int,
    "integer": int,
    "bigint": int,
    "float": float,
}
MAX_LENGTHS = {"nvarchar": -1, "bit": 1, "int": 4, "bigint": 8, "datetime2": 8, "float": 8, "date": 3}


class NoAnswerError(Exception):
    """A question that the stand-in does not know: it has to be taught, never to guess."""


@dataclass(frozen=True, slots=True)
class ResultSet:
    """What a batch gives back: columns with the Python types that pyodbc reports, and rows."""

    columns: tuple[tuple[str, type], ...] = ()
    rows: tuple[tuple[object, ...], ...] = ()


NOTHING = ResultSet()


@dataclass(slots=True)
class Catalogue:
    """The relations of the project by schema and name."""

    database: str
    tables: dict[tuple[str, str], tuple[Column, ...]]
    views: frozenset[tuple[str, str]] = frozenset()
    """Which of them are views."""
    is_built: bool = False
    """Whether the relations are there already: of the first night none is, of every later night all are."""
    described: dict[str, tuple[Column, ...]] = field(init=False)

    def __post_init__(self) -> None:
        self.described = {name: columns for (_schema, name), columns in self.tables.items()}

    def answer(self, sql: str, node: str) -> ResultSet:
        """Answer a batch that was sent while this node ran."""
        for pattern, method in QUESTIONS:
            found = pattern.search(sql)
            if found:
                return method(self, found, node)
        return NOTHING

    def relations(self, asked: re.Match[str], _node: str) -> ResultSet:
        """List the relations of a schema."""
        schema = asked["schema"]
        names = [name for (of, name) in self.tables if of == schema] if self.is_built else []
        rows = tuple((self.database, name, schema, "table") for name in names)
        return ResultSet(tuple((name, str) for name in ("database", "name", "schema", "table_type")), rows)

    def columns_of_relation(self, asked: re.Match[str], node: str) -> ResultSet:
        """Describe the columns of a table; of a unit test's own table they are those of the tested model."""
        name = asked["name"].strip('"[]')
        columns = self.described.get(name) or self.columns_of_node(node)
        return ResultSet(
            (("column_name", str), ("data_type", str), ("character_maximum_length", int),
             ("numeric_precision", int), ("numeric_scale", int)),
            tuple((column, kind, MAX_LENGTHS[kind], 0, 6 if kind == "datetime2" else 0) for column, kind in columns),
        )  # fmt: skip

    def columns_of_node(self, node: str) -> tuple[Column, ...]:
        """Return the columns of a model, or of the model that a unit test tests."""
        model = node.split(".")[2]
        if model not in self.described:
            raise NoAnswerError(f"the columns of {node}")
        return self.described[model]

    def described_query(self, _asked: re.Match[str], node: str) -> ResultSet:
        """Describe the model's own query, for its contract or for a unit test that expects no rows."""
        return ResultSet(
            (
                ("is_hidden", bool),
                ("name", str),
                ("system_type_name", str),
                ("error_number", int),
                ("message", str),
            ),
            tuple((False, column, kind, None, None) for column, kind in self.columns_of_node(node)),
        )

    def wrapped_query(self, _asked: re.Match[str], node: str) -> ResultSet:
        """Give no rows of the model's own query, which does not begin with a CTE."""
        return ResultSet(
            tuple((column, PYTHON_TYPES.get(kind, str)) for column, kind in self.columns_of_node(node))
        )

    def contract(self, asked: re.Match[str], _node: str) -> ResultSet:
        """Give no rows of the columns that a contract names, each of the type that it names."""
        casts = re.findall(r"cast\(null as (\w+)[^,]*?\)\s+as (\w+)", asked["casts"], re.IGNORECASE)
        return ResultSet(tuple((name, PYTHON_TYPES[kind.lower()]) for kind, name in casts))

    def unit_test(self, _asked: re.Match[str], node: str) -> ResultSet:
        """Give no rows, neither actual nor expected ones: nothing differs."""
        names = [column for column, _kind in self.columns_of_node(node)]
        return ResultSet(tuple((name, str) for name in (*names, "actual_or_expected")))

    def data_test(self, _asked: re.Match[str], _node: str) -> ResultSet:
        """Count no failures."""
        return ResultSet(
            (("failures", int), ("should_warn", str), ("should_error", str)), ((0, "false", "false"),)
        )  # fmt: skip

    def descriptions(self, asked: re.Match[str], _node: str) -> ResultSet:
        """List relations and columns of some schemas: those of n2f_raw have an empty description, others none yet."""
        schemas = re.findall(r"N'(\w+)'", asked["schemas"])
        names = ("schema_name", "relation_name", "kind", "column_name", "description")
        rows = [
            (schema, name, "view" if (schema, name) in self.views else "table", column, "", int(schema == "n2f_raw"))
            for (schema, name), columns in self.tables.items() if schema in schemas
            for column in ("", *(column for column, _kind in columns))
        ]  # fmt: skip
        return ResultSet((*((name, str) for name in names), ("is_described", int)), tuple(rows))

    def schemas(self, _asked: re.Match[str], _node: str) -> ResultSet:
        """List the schemas."""
        names = sorted({schema for schema, _name in self.tables}) if self.is_built else []
        return ResultSet((("schema", str),), tuple((name,) for name in names))

    def referencing_views(self, _asked: re.Match[str], _node: str) -> ResultSet:
        """List no views that read a relation which is about to be dropped."""
        return ResultSet((("schema_name", str), ("view_name", str)))

    def grants(self, _asked: re.Match[str], _node: str) -> ResultSet:
        """List no grants."""
        return ResultSet((("grantee", str), ("privilege_type", str)))

    def unknown(self, asked: re.Match[str], node: str) -> ResultSet:
        """Refuse a batch that would give rows."""
        raise NoAnswerError(f"{node}: {asked.string[:2000]}")


Answer = Callable[[Catalogue, re.Match[str], str], ResultSet]


def questions(*pairs: tuple[str, Answer]) -> Sequence[tuple[re.Pattern[str], Answer]]:
    """Compile the patterns; the first that is found answers."""
    return tuple((re.compile(pattern, re.IGNORECASE | re.DOTALL), answer) for pattern, answer in pairs)


QUESTIONS = questions(
    (r"as \[actual_or_expected\]|as \"actual_or_expected\"", Catalogue.unit_test),
    (r"\) dbt_internal_test;", Catalogue.data_test),
    (r"declare @schema_id int = schema_id\('(?P<schema>\w+)'\)", Catalogue.relations),
    (r"c\.object_id = object_id\('[^')]*?(?P<name>[^.')]+)'\)", Catalogue.columns_of_relation),
    (r"left join sys\.extended_properties .* schemas\.name in \((?P<schemas>[^)]*)\)", Catalogue.descriptions),
    (r"select name as \[schema\]\s+from sys\.schemas|select\s+name as \[schema\]", Catalogue.schemas),
    (r"from sys\.sql_expression_dependencies", Catalogue.referencing_views),
    (r"from INFORMATION_SCHEMA\.TABLE_PRIVILEGES", Catalogue.grants),
    (r"^\W*(/\*.*?\*/)?\s*select is_hidden, .*dm_exec_describe_first_result_set|exec sp_describe_first_result_set",
     Catalogue.described_query),
    (r"select \* from \(\s*select\s+(?P<casts>cast\(null as .*)\) dbt_sbq_tmp\s+where 1 = 0", Catalogue.contract),
    (r"^\W*(/\*.*?\*/)?\s*select top 0 \* from \(|dbt_sbq_tmp\s+where 1 = 0\s*$", Catalogue.wrapped_query),
    (r"^\s*(/\*.*?\*/)?\s*(use \[\w+\];)?\s*(--[^\n]*\n\s*)*(select|with)\b", Catalogue.unknown),
)  # fmt: skip


def catalogue_of(path: Path, database: str) -> Catalogue:
    """Read the tables of a project that dbt has built on DuckDB."""
    with duckdb.connect(str(path), read_only=True) as built:
        rows = built.execute(
            "select table_schema, table_name, column_name, data_type from information_schema.columns "
            "where table_catalog = ? order by table_schema, table_name, ordinal_position",
            [CATALOG],
        ).fetchall()
        views = built.execute(
            "select table_schema, table_name from information_schema.tables "
            "where table_catalog = ? and table_type = 'VIEW'",
            [CATALOG],
        ).fetchall()
    tables: dict[tuple[str, str], tuple[Column, ...]] = {}
    for schema, table, column, kind in rows:
        tables[schema, table] = (*tables.get((schema, table), ()), (column, SQLSERVER_TYPES[kind]))
    return Catalogue(database, tables, frozenset(views))
