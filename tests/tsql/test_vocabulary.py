"""Functions and words of the project's own SQL: what a grammar takes for names."""

from __future__ import annotations

import pytest

from tests.tsql.recorder import Recording, Text, own_texts
from tests.tsql.vocabulary import forbidden_tokens, unknown_functions

OF_FIXTURES = ("top", "varchar")
"""Words of unit tests alone: dbt writes `top 0` for no rows, and Agresso's columns may be of any type."""


def wrong_words(text: Text) -> list[str]:
    return forbidden_tokens(text.sql, allowed=OF_FIXTURES if text.kind == "unit_test" else ())


def test_every_function_is_known_to_sql_server_2017(recording: Recording) -> None:
    wrong = {text.node: found for text in own_texts(recording) if (found := unknown_functions(text.sql))}
    assert wrong == {}


def test_no_word_means_something_else_on_sql_server(recording: Recording) -> None:
    wrong = {text.node: found for text in own_texts(recording) if (found := wrong_words(text))}
    assert wrong == {}


def test_all_that_is_sent_to_be_run_is_ascii(recording: Recording) -> None:
    assert [batch.node for batch in recording.batches if not batch.sql.isascii()] == []


def test_broken_models_fail(broken: Recording) -> None:
    texts = {text.node.split(".")[2]: text.sql for text in own_texts(broken) if text.kind == "model"}
    assert unknown_functions(texts["broken_functions"]) == ["greatest() is not in the vocabulary"]
    assert forbidden_tokens(texts["broken_words"]) == ["varchar: not Unicode: type_text()"]
    assert unknown_functions(texts["run_scopes"]) == forbidden_tokens(texts["run_scopes"]) == []


@pytest.mark.parametrize(
    "sql",
    [
        "greatest(a, b)", "json_object('a': b)", "isjson(a, object)", "trim(a, ' ')", "concat(a)", "substring(a, 2)",
        "coalesce(a)", "list_filter(a, 'b')", "string_split(a, ',', 1)", "dbo.own(a)", "now()",
    ],
)  # fmt: skip
def test_a_function_that_sql_server_2017_does_not_have_fails(sql: str) -> None:
    assert unknown_functions(f"select {sql} as c from d")


@pytest.mark.parametrize(
    "sql",
    [
        "trim(a)",
        "concat(a, b, 'greatest(a, b)')",
        "cast(a as nvarchar(9))",
        "[greatest](a) /* greatest(a) */",
        "a in (1, 2)",
    ],
)
def test_a_function_that_it_has_passes(sql: str) -> None:
    assert unknown_functions(f"select {sql} as c from d") == []


@pytest.mark.parametrize(
    "sql",
    [
        "select a::integer from b", "select a || b from c", "select a from b limit 3", "select true as a",
        "select a from b where c = false", "select getdate() as a", "select top 1 a from b", "select 'é' as a",
        "select a from b where a is distinct from c", "select a from b where a is not distinct from c",
        "select isnull(a, b) from c", "select convert(int, a) from c", "select cast(a as varchar(9)) from b",
        "select cast(a as nvarchar) from b", "select cast(a as text) from b", "select a from b order by a",
        "select a from (select b from c order by d) as e", "select a from b join c using (d)",
        "with recursive a as (select 1 as b) select b from a", "select a -> 'b' from c",
        "select current_timestamp as a",
    ],
)  # fmt: skip
def test_a_word_that_sql_server_does_not_take_fails(sql: str) -> None:
    assert forbidden_tokens(sql)


@pytest.mark.parametrize(
    "sql",
    [
        "select 'true || limit ::' as a -- limit é", "select [limit], \"top\" from b", "select b.limit from b",
        "select row_number() over (partition by a order by b) as c from d", "select a as text from b",
        "select string_agg(a, ',') within group (order by b) as c from d", "select cast(a as nvarchar(max)) from b",
    ],
)  # fmt: skip
def test_a_literal_a_comment_and_a_name_are_no_words(sql: str) -> None:
    assert forbidden_tokens(sql) == []
