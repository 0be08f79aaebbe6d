"""Names resolve and collations agree: what a server says of a query when it has the tables before it."""

from __future__ import annotations

import pytest

from tests.tsql.collations import columns_of, findings
from tests.tsql.labels import AGRESSO, BINARY, DATABASE, JSON_KEY, LITERAL, explicit, implicit, together
from tests.tsql.metadata import Catalogue
from tests.tsql.recorder import Recording
from tests.tsql.scopes import Columns
from tests.tsql.warehouse import Warehouse, created_tables, inferred

TABLES: dict[tuple[str, str], Columns] = {
    ("n", "users"): {"mail": implicit(BINARY), "Name": implicit(BINARY), "age": None},
    ("n", "others"): {"mail": implicit(DATABASE), "age": None},
    ("dbo", "view"): {"code": implicit(AGRESSO)},
}


@pytest.mark.parametrize("kind", ["model", "test", "unit_test"])
def test_names_resolve_and_collations_agree(warehouse: Warehouse, kind: str) -> None:
    assert {node: found for node, found in warehouse.findings.items() if node.startswith(f"{kind}.")} == {}


def test_every_table_is_known_with_the_columns_that_it_has_on_duckdb(
    warehouse: Warehouse, catalogue: Catalogue
) -> None:
    tables = {
        ("dbo" if schema == "agresso" else schema, name): columns
        for (schema, name), columns in catalogue.tables.items()
    }
    assert {key: list(columns) for key, columns in warehouse.tables.items() if key in tables} == {
        key: [name for name, _kind in columns] for key, columns in tables.items()
    }


def test_all_text_of_the_project_is_binary_and_nothing_else_is_text(
    warehouse: Warehouse, catalogue: Catalogue
) -> None:
    texts = {
        (schema, name, column): kind == "nvarchar"
        for (schema, name), columns in catalogue.tables.items() if schema != "agresso" for column, kind in columns
    }  # fmt: skip
    assert texts == {
        (*key, column): label is not None and label.collation == BINARY
        for key, columns in warehouse.tables.items() if key[0] != "dbo" for column, label in columns.items()
    }  # fmt: skip


def test_a_broken_model_fails(broken: Recording, catalogue: Catalogue) -> None:
    found = inferred(broken, catalogue).findings
    assert "two collations" in found["model.n2f_sync.broken_collations"][0]
    assert "unknown column: nowhere.scope" in found["model.n2f_sync.broken_references"][0]


@pytest.mark.parametrize(
    ("labels", "result"),
    [
        ((None, None), None),
        ((LITERAL, None, LITERAL), LITERAL),
        ((LITERAL, implicit(BINARY)), implicit(BINARY)),
        ((implicit(BINARY), implicit(BINARY)), implicit(BINARY)),
        ((implicit(JSON_KEY), explicit(BINARY), implicit(DATABASE)), explicit(BINARY)),
    ],
)
def test_the_stronger_label_wins(labels: tuple[object, ...], result: object) -> None:
    assert together(labels) == together(reversed(labels)) == result


@pytest.mark.parametrize(
    "sql",
    [
        "select users.mail from n.users as users inner join n.others as others on users.mail = others.mail",
        "select users.mail from n.users as users where users.mail in (select others.mail from n.others as others)",
        "select mail from n.users union all select mail from n.others",
        "select mail from n.users except select 'a' as mail union select mail from n.others",
        "select coalesce(users.mail, others.mail) as a from n.users as users cross join n.others as others",
        "select case when users.age = 1 then users.mail else others.mail end as a from n.users, n.others",
        "with a as (select 'x' as mail) select users.mail from n.users as users join a on a.mail = users.mail",
        "with a as (select mail from n.others union all select Name from n.users join a on 1 = 1) select mail from a",
        "select nullif(users.mail, others.mail) as a from n.users as users, n.others as others",
        "select mail from n.users where not exists (select users.mail intersect select code from dbo.[view])",
        "select mail collate Latin1_General_100_BIN2 + mail collate Danish_Norwegian_CI_AS as a from n.users",
    ],
)
def test_two_collations_that_meet_are_found(sql: str) -> None:
    assert any("two collations" in found for found in findings(sql, TABLES))


@pytest.mark.parametrize(
    "sql",
    [
        "select mail from n.others where mail = 'a'",
        "select distinct mail from n.others",
        "select mail, count(*) as a from n.others group by mail",
        "select row_number() over (partition by mail order by age) as a from n.others",
        "select replace(mail, 'a', 'b') as a from n.others",
        "select max(code) as a from dbo.[view]",
        "select p.[value] as a from dbo.[view] as v cross apply openjson(v.code) as p where p.[value] = 'a'",
        "select e.a from n.users as u cross apply openjson(u.mail) with (a nvarchar(9) '$.a') as e where e.a like 'b%'",
    ],
)
def test_text_that_compares_by_another_collation_is_found(sql: str) -> None:
    assert any("not Latin1_General_100_BIN2" in found for found in findings(sql, TABLES))


@pytest.mark.parametrize(
    ("sql", "finding"),
    [
        ("select nothing from n.users", "unknown column"),
        ("select name from n.users", "unknown column"),
        ("select u.mail from n.users as u group by m", "unknown column"),
        ("select age as a from n.users where a = 1", "unknown column"),
        ("select mail from n.users as u, n.others as o", "ambiguous column"),
        ("select a.mail from n.users as u", "unknown column"),
        (
            "select u.age from n.users as u join (select age as n from n.others where age = u.age) as x on n = 1",
            "unknown column",
        ),
        ("select a.* from n.users as u", "unknown relation"),
        ("select mail from n.nowhere", "unknown table"),
        ("select mail from users", "unknown table"),
        ("select mail from n.users union all select mail, age from n.users", "columns"),
        ("with a as (select max(age) from n.users) select * from a", "without a name"),
        ("select u.*, u.age from n.users as u", "two columns age"),
    ],
)
def test_names_that_do_not_resolve_are_found(sql: str, finding: str) -> None:
    assert any(finding in found for found in findings(sql, TABLES))


@pytest.mark.parametrize(
    "sql",
    [
        "select u.mail from n.users as u join n.others as o on u.mail = o.mail collate Latin1_General_100_BIN2",
        "with a as (select N'x' collate Latin1_General_100_BIN2 as b) select b from a join n.users on b = Name",
        "select mail as m from n.users where Name <> 'a' and age in (1, 2) order by m",
        "with a as (select age from n.users union all select age + 1 from a where age < 3) select age from a",
        "select p.[key] as k from n.users cross apply openjson(mail) as p where p.[key] = 'a' and p.[value] = 'b'",
        "select t.n from (values (1), (2)) as t (n) where exists (select 1 as a from n.users as u where u.age = t.n)",
        "select cast(age as nvarchar(9)) collate Latin1_General_100_BIN2 as a from n.users where isjson(mail) = 1",
        "select case mail when 'a' then 1 else 0 end as a, concat(mail, age) as b from n.users",
    ],
)
def test_names_and_collations_that_agree_pass(sql: str) -> None:
    assert findings(sql, TABLES) == []


def test_a_table_made_of_literals_has_the_collation_of_its_database() -> None:
    sql = "select 'a' as b, 1 as c, mail collate Latin1_General_100_BIN2 as d from n.others"
    assert columns_of(sql, TABLES) == ({"b": implicit(DATABASE), "c": None, "d": implicit(BINARY)}, [])


def test_ddl_says_the_collation_of_each_column() -> None:
    sql = "create table [n].[t] ([a] nvarchar(9) collate Latin1_General_100_BIN2, b nvarchar(max), c int, index i (a))"
    assert dict(created_tables(sql)) == {
        ("n", "t"): {"a": implicit(BINARY), "b": implicit(DATABASE), "c": None}
    }
