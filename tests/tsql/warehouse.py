"""The collations of all tables, from what dbt sent: DDL says some, the others follow from the models' queries."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from sqlglot.tokens import Token

from tests.tsql.collations import columns_of
from tests.tsql.grammar import tokens, unwrapped
from tests.tsql.labels import AGRESSO, BINARY, DATABASE, Label, implicit
from tests.tsql.metadata import Catalogue
from tests.tsql.recorder import VIEW, Batch, Recording, own_texts
from tests.tsql.scopes import Columns, of_types


@dataclass(slots=True)
class Warehouse:
    """Tables with the labels of their columns, and what was found wrong on the way."""

    tables: dict[tuple[str, str], Columns] = field(default_factory=dict)
    findings: dict[str, list[str]] = field(default_factory=dict)
    """By model, data test or unit test; only those that have any."""

    def add(self, node: str, found: list[str]) -> None:
        """Note what is wrong with a node."""
        if found:
            self.findings[node] = [*self.findings.get(node, []), *found]


def inferred(recording: Recording, catalogue: Catalogue, agresso_schema: str = "dbo") -> Warehouse:
    """Follow the collations through all that a recording holds."""
    warehouse = Warehouse()
    for (schema, name), typed in catalogue.tables.items():
        if schema == "agresso":
            warehouse.tables[agresso_schema, name] = of_types(typed, AGRESSO)
    for batch in recording.batches:
        warehouse.tables.update(created_tables(batch.sql))
    contracted = dict(warehouse.tables)
    schemas = {name: schema for schema, name in catalogue.tables}
    for text in own_texts(recording):
        if text.kind == "model":
            name = text.node.split(".")[2]
            key = (schemas.get(name, "n2f_staging"), name)
            columns, found = columns_of(text.sql, warehouse.tables)
            warehouse.tables[key] = contracted.get(key, columns)
            warehouse.add(text.node, [*found, *wrong_columns(columns, catalogue.tables.get(key))])
        elif text.kind == "test":
            warehouse.add(text.node, columns_of(text.sql, warehouse.tables)[1])
    for batch in recording.batches:
        if batch.node.startswith("unit_test."):
            warehouse.add(batch.node, unit_test_findings(batch))
    return warehouse


def wrong_columns(columns: Columns, built: tuple[tuple[str, str], ...] | None) -> Iterator[str]:
    """Compare a model's columns with those it has on DuckDB, and say which are text that compares elsehow."""
    if built is not None and list(columns) != [name for name, _kind in built]:
        yield f"columns {list(columns)}, on DuckDB {[name for name, _kind in built]}"
    for name, label in columns.items():
        if label is not None and not label.is_exact():
            yield f"column {name} would be of {label.collation} collation, not {BINARY}"


def unit_test_findings(batch: Batch) -> list[str]:
    """Say what is wrong in a unit test: in the model on its fixtures, or in the union of actual and expected rows."""
    views: dict[tuple[str, str], Columns] = {}
    found: list[str] = []
    if "actual_or_expected" not in batch.sql:
        return found
    for inner in unwrapped(batch.sql):
        view = VIEW.match(inner)
        if view:
            schema, name = (part.strip('[]"') for part in view["name"].split("."))
            views[schema, name], wrong = columns_of(view["body"], {})
            found += wrong
        elif inner.lstrip().startswith("with dbt_internal_unit_test_actual"):
            found += columns_of(inner, views)[1]
    return found


def created_tables(sql: str) -> Iterator[tuple[tuple[str, str], Columns]]:
    """Give the tables that a batch creates by their columns; what dbt builds aside has the model's name."""
    for inner in unwrapped(sql) if "create table" in sql.lower() else ():
        stream = tokens(inner)
        for place in range(len(stream) - 2):
            if [token.text.lower() for token in stream[place : place + 2]] != ["create", "table"]:
                continue
            end = next(index for index in range(place, len(stream)) if stream[index].text == "(")
            schema, name = (token.text for token in stream[end - 3 : end : 2])
            yield (schema, name.removesuffix("__dbt_tmp")), dict(definitions(stream[end + 1 :]))


def definitions(stream: list[Token]) -> Iterator[tuple[str, Label | None]]:
    """Give name and label of each column, from the first token behind the opening parenthesis on."""
    depth = 0
    item: list[str] = []
    for token in stream:
        depth += (token.text == "(") - (token.text == ")")
        if depth >= 0 and not (depth == 0 and token.text == ","):
            item.append(token.text)
            continue
        if item[0].lower() != "index":
            words = [text.lower() for text in item]
            collation = item[words.index("collate") + 1] if "collate" in words else DATABASE
            yield item[0], implicit(collation) if words[1].endswith("char") else None
        item = []
        if depth < 0:
            return
