"""Every batch, and what it runs, is T-SQL by Microsoft's own grammar."""

from __future__ import annotations

import pytest

from tests.tsql.grammar import VERSIONS, errors_by_batch, parse_errors, unwrapped
from tests.tsql.recorder import Recording


@pytest.mark.parametrize("version", VERSIONS)
def test_every_batch_parses(recording: Recording, version: str) -> None:
    assert errors_by_batch([batch.sql for batch in recording.batches], version) == {}


def test_what_a_batch_runs_is_parsed_too(recording: Recording) -> None:
    texts = {text for batch in recording.batches for text in unwrapped(batch.sql)}
    assert len(texts) > len({batch.sql for batch in recording.batches}) + len(recording.planned)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_broken_model_fails(broken: Recording, version: str) -> None:
    wrong = errors_by_batch([batch.sql for batch in broken.batches], version)
    assert all("limit 3" in text for text in wrong)
    assert any("broken_grammar__dbt_tmp" in text for text in wrong)


@pytest.mark.parametrize(
    "sql",
    [
        "select 1 as a limit 3",
        "exec('select 1 as a limit 3')",
        "exec('exec(''select 1 as a limit 3'')')",
        "exec sp_describe_first_result_set @tsql = N'select 1 as a limit 3'",
        "select name from sys.dm_exec_describe_first_result_set(N'select 1 as a limit 3', null, 0)",
        "create view v as select a from (with b as (select 1 as a) select a from b) as c",
        "select a from b where is_open",
        "select a from b where a ilike 'c'",
    ],
)
def test_what_is_no_tsql_fails_wherever_it_stands(sql: str) -> None:
    assert [parse_errors(sql, version) != [] for version in VERSIONS] == [True] * len(VERSIONS)


@pytest.mark.parametrize(
    "sql",
    [
        "select '?, limit 3' as a from b where c = ? -- ?",
        "select \"a\" from [b] where c = N'it''s'",
        "exec('select ''a''')",
    ],
)
def test_what_is_tsql_passes(sql: str) -> None:
    assert [parse_errors(sql, version) for version in VERSIONS] == [[]] * len(VERSIONS)


def test_each_version_has_a_grammar_of_its_own() -> None:
    sql = "select a from b where a is distinct from c"
    assert parse_errors(sql, "2019")
    assert parse_errors(sql, "2022") == []


def test_an_unknown_version_is_no_proof() -> None:
    with pytest.raises(AssertionError, match="1999"):
        parse_errors("select 1 as a", "1999")
