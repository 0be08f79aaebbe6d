"""The whole `dbt build` runs against the stand-in, to the end."""

from __future__ import annotations

import re
from collections import Counter

import pyodbc
import pytest

from tests.models.compiled import ROOT
from tests.tsql.metadata import Catalogue, NoAnswerError
from tests.tsql.recorder import Recording, RecordingPyodbcConnection, Tape, own_texts


def test_every_node_of_the_project_succeeds(recording: Recording) -> None:
    assert recording.wrong() == []
    assert {node for node, _status in recording.outcomes} == set(recording.planned)


def test_the_build_holds_all_models_and_all_tests(recording: Recording) -> None:
    files = list((ROOT / "dbt_project" / "models").rglob("*.sql"))
    kinds = Counter(node.split(".")[0] for node in recording.planned)
    assert kinds["model"] == len(files)
    assert kinds["seed"] == len(list((ROOT / "dbt_project" / "seeds").glob("*.csv")))
    assert kinds["test"] > kinds["model"]
    assert kinds["unit_test"] > kinds["test"]


def test_every_model_test_and_hook_is_recorded(recording: Recording) -> None:
    written = {text.node for text in own_texts(recording)}
    assert {node for node in recording.planned if not node.startswith("seed.")} == written


def test_each_batch_is_sent_in_autocommit_as_the_adapter_opens_its_connections(recording: Recording) -> None:
    assert all(batch.is_autocommit for batch in recording.batches)


def test_seeds_are_sent_as_parameters_and_nothing_else_of_their_values(recording: Recording) -> None:
    inserts = [batch for batch in recording.batches if re.match(r"\s*insert into", batch.sql)]
    assert inserts
    assert all(batch.node.startswith("seed.") and "'" not in batch.sql for batch in inserts)
    assert all(len(batch.parameters) == batch.sql.count("?") for batch in inserts)


def test_a_second_night_empties_the_seeds_and_drops_no_table_of_the_loader(recording: Recording) -> None:
    truncated = {batch.node for batch in recording.batches if "truncate table" in batch.sql}
    assert truncated == {node for node in recording.planned if node.startswith("seed.")}
    dropped = [
        batch.sql
        for batch in recording.batches
        if re.search(r"(drop|truncate)\W.*n2f_(raw|sync)", batch.sql, re.I)
    ]
    assert dropped == []


def test_all_tables_of_the_loader_are_made_only_where_they_are_missing(recording: Recording) -> None:
    made = [
        text.sql for text in own_texts(recording) if "create table" in text.sql and text.kind == "operation"
    ]
    assert len(made) == 19
    guarded = re.compile(r"(/\*.*?\*/)?\s*if object_id\(N'[^']+', N'U'\) is null\s+(begin\s+)?create table")
    assert [sql for sql in made if not guarded.match(sql)] == []


def test_settings_that_are_not_ascii_are_sent_as_ascii(broken: Recording) -> None:
    assert broken.wrong() == []
    sent = "".join(batch.sql for batch in broken.batches)
    assert sent.isascii()
    assert "u00c9" in sent
    assert "u00eb" in sent


def test_the_stand_in_refuses_a_question_that_it_does_not_know() -> None:
    catalogue = Catalogue("n2f", {})
    with pytest.raises(NoAnswerError):
        catalogue.answer("select name from sys.databases", "model.n2f_sync.some_model")
    with pytest.raises(pyodbc.ProgrammingError, match=r"sys\.databases"):
        RecordingPyodbcConnection(catalogue, Tape(), autocommit=True).cursor().execute(
            "select name from sys.databases"
        )
