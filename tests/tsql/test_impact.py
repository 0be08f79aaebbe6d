"""The queries of `n2f-sync impact`, which no build sends: T-SQL by the grammar, the vocabulary and sqlfluff."""

from __future__ import annotations

from pathlib import Path

import pytest

from loader.impact_rows import ANALYSES
from loader.scratch_sqlserver import SQLSERVER_TEXTS
from tests.models.compiled import ROOT, dbt
from tests.tsql.fluff import violations
from tests.tsql.grammar import VERSIONS, errors_by_batch
from tests.tsql.recorder import sqlserver_environment
from tests.tsql.vocabulary import forbidden_tokens, unknown_functions

ORDERED = ["order by outside of a window"]
"""They are asked as they stand, and no view is made of them: their order is allowed."""


@pytest.fixture(scope="module")
def queries(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The analyses by name, compiled for a server that is nowhere."""
    folder = tmp_path_factory.mktemp("analyses")
    offline = ("--no-populate-cache", "--no-introspect")
    dbt("compile", "--select", *ANALYSES, *offline, environment=sqlserver_environment(folder))
    compiled = folder / "target" / "compiled" / "n2f_sync" / "dbt_project" / "analyses"
    return {path.stem: path.read_text() for path in compiled.glob("*.sql")}


def test_every_analysis_is_asked(queries: dict[str, str]) -> None:
    files = (ROOT / "dbt_project" / "analyses").glob("*.sql")
    assert set(queries) == {path.stem for path in files} == set(ANALYSES)


@pytest.mark.parametrize("version", VERSIONS)
def test_they_parse(queries: dict[str, str], version: str) -> None:
    assert errors_by_batch([*queries.values(), *SQLSERVER_TEXTS], version) == {}
    assert (
        len(errors_by_batch([queries["impact_rows"].replace("cross apply", "cross lateral")], version)) == 1
    )


def test_they_use_known_functions_and_no_word_that_means_something_else(queries: dict[str, str]) -> None:
    assert {name: found for name, sql in queries.items() if (found := unknown_functions(sql))} == {}
    assert {name: forbidden_tokens(sql) for name, sql in queries.items()} == dict.fromkeys(ANALYSES, ORDERED)
    assert all(sql.isascii() for sql in queries.values())


def test_sqlfluff_knows_what_they_refer_to(queries: dict[str, str], tmp_path: Path) -> None:
    assert violations(queries, tmp_path / "analyses") == {}
