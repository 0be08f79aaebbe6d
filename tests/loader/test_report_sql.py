"""What `report` asks is T-SQL too: parsed by Microsoft's grammar, with functions that SQL Server has."""

from __future__ import annotations

import pytest

from loader import report_sql
from loader.database import render
from loader.explain_sql import Query
from tests.tsql.grammar import VERSIONS, parse_errors
from tests.tsql.vocabulary import unknown_functions

QUERIES = {name: value.sql for name, value in vars(report_sql).items() if isinstance(value, Query)} | {
    name: getattr(report_sql, name) for name in ("NEWEST_RUN", "PLAN_OF_RUN", "SETTINGS", "COMPANIES")
}


@pytest.mark.parametrize("name", QUERIES)
def test_sql_server_can_read_it(name: str) -> None:
    sql = render(QUERIES[name], "n2f")
    assert "<" not in sql.replace("<=", "").replace("<>", "")
    for version in VERSIONS:
        assert parse_errors(sql, version) == []
    assert unknown_functions(sql) == []
