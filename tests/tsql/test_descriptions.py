"""The extended properties that dbt would write on SQL Server: one for each table, view and column, in YAML's words."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tests.tsql.metadata import Catalogue
from tests.tsql.recorder import Recording

LONGEST = 3750
"""Characters: a property holds 7,500 bytes."""

_PROPERTY = re.compile(
    r"exec sys\.sp_(?P<verb>add|update)extendedproperty N'MS_Description', N'(?P<text>(?:[^']|'')*)', "
    r"N'SCHEMA', N'(?P<schema>\w+)', N'(?P<kind>TABLE|VIEW)', N'(?P<relation>\w+)'(?:, N'COLUMN', N'(?P<column>\w+)')?;"
)


def properties(recording: Recording) -> Iterator[re.Match[str]]:
    """The properties that all batches of a recording write."""
    for batch in recording.batches:
        yield from _PROPERTY.finditer(batch.sql)


def test_every_relation_and_column_is_described_and_nothing_else(
    recording: Recording, catalogue: Catalogue
) -> None:
    written = {(found["schema"], found["relation"], found["column"] or "") for found in properties(recording)}
    assert written == {
        (schema, relation, column)
        for (schema, relation), columns in catalogue.tables.items()
        if schema != "agresso"
        for column in ("", *(name for name, _kind in columns))
    }
    assert sum(batch.sql.count("extendedproperty N'") for batch in recording.batches) == len(
        list(properties(recording))
    )


def test_a_view_is_described_as_a_view_and_a_table_as_a_table(
    recording: Recording, catalogue: Catalogue
) -> None:
    wrong = [
        (found["schema"], found["relation"])
        for found in properties(recording)
        if (found["kind"] == "VIEW") != ((found["schema"], found["relation"]) in catalogue.views)
    ]
    assert wrong == []
    assert ("n2f_diff", "failing_rows") in catalogue.views


def test_what_has_no_description_yet_is_added_and_what_has_an_empty_one_is_written_over(
    recording: Recording,
) -> None:
    verbs = {(found["schema"] == "n2f_raw", found["verb"]) for found in properties(recording)}
    assert verbs == {(True, "update"), (False, "add")}


def test_a_description_fits_into_a_property_and_ends_as_data(recording: Recording) -> None:
    texts = [found["text"].replace("''", "'") for found in properties(recording)]
    assert max(map(len, texts)) <= LONGEST
    assert any("'" in text for text in texts)
    assert all(text.strip() for text in texts)
