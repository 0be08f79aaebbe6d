"""docs/queries.md: every query runs before the first run and after it, says what the sample says, and is T-SQL."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from demo.harness import DemoN2F
from demo.sample import agresso_rows, sample_world
from tests.end_to_end import Ended, Site, site_on
from tests.engines import ROOT, Engine
from tests.models.compiled import NO_TESTS, dbt
from tests.test_sqlserver_files import examples
from tests.tsql.grammar import VERSIONS, errors_by_batch

PAGE = ROOT / "docs" / "queries.md"
BLOCK = re.compile(r"(?ms)^## (?P<heading>[^\n]+)$|^```sql\n(?P<sql>.*?)^```$")
ENGINES = {"-- DuckDB": "duckdb", "-- SQL Server": "sqlserver"}

HELD = "pia.majuscule@fictis.example"
LET_GO = "antoine.milieux@fictis.example"
ACCENT = "helene.accentier@fictis.example"

Rows = list[tuple[Any, ...]]


@dataclass(frozen=True, kw_only=True)
class Query:
    """A query of the page, under its heading, and the engine that it is for, '' for both."""

    heading: str
    number: int
    sql: str
    engine: str

    def __str__(self) -> str:
        return f"{self.heading} {self.number}"


def queries() -> list[Query]:
    """All queries of the page in order."""
    found: list[Query] = []
    heading = ""
    for match in BLOCK.finditer(PAGE.read_text("utf-8")):
        if match["heading"]:
            heading = match["heading"]
            continue
        number = sum(query.heading == heading for query in found) + 1
        engine = ENGINES.get(match["sql"].partition("\n")[0], "")
        found.append(Query(heading=heading, number=number, sql=match["sql"], engine=engine))
    return found


@dataclass(kw_only=True)
class Asked:
    """The answers of all queries, before the first run and after it, by heading and number."""

    site: Site
    before: dict[str, Rows] = field(default_factory=dict)
    after: dict[str, Rows] = field(default_factory=dict)
    run: dict[str, Any] = field(default_factory=dict)


def ask(site: Site, run_id: str) -> dict[str, Rows]:
    """Run every query of the page with the keys, the day and the run of this sample."""
    answers = {}
    today = datetime.now(UTC).date().isoformat()
    for query in queries():
        if query.engine not in {"", site.engine.name}:
            continue
        sql = query.sql.replace("2026-11-22T20", f"{today}T00").replace("2026-11-22", today)
        sql = re.sub(r"'\d{8}T\d+Z-\w{4}'", f"'{run_id}'", sql)
        with site.engine.connect(site.environment) as connection:
            result = connection.execute(sql)
            answers[str(query)] = [] if sql.lstrip().startswith(("insert", "update")) else result.fetchall()
    return answers


@pytest.fixture(scope="module")
def asked(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    """The sample: all queries on an empty database, a hold of the page and one to let go of, a run, all queries."""
    folder = tmp_path_factory.mktemp("queries")
    with DemoN2F(sample_world()) as n2f, site_on(engine, folder, n2f) as site:
        site.load_agresso(agresso_rows())
        dbt("build", *NO_TESTS, environment=site.environment)
        asked = Asked(site=site)
        asked.before = ask(site, "none")
        with engine.connect(site.environment) as connection:
            connection.execute("delete from n2f_sync.holds")
            insert = next(query.sql for query in queries() if query.sql.startswith("insert"))
            connection.execute(insert)
            connection.execute(insert.replace(HELD, LET_GO))
            update = next(query.sql for query in queries() if query.sql.startswith("update"))
            connection.execute(update)
        ended: Ended = site.command("run", "--delete", "--json", N2F_SYNC_ONLY_MAILS="")
        assert ended.code == 4, ended.err
        asked.run = ended.json()
        asked.after = ask(site, asked.run["run_id"])
        yield asked


def test_the_page_has_all_that_was_asked_for() -> None:
    headings = {query.heading for query in queries()}
    assert headings == set(re.findall(r"(?m)^## (.+)$", PAGE.read_text("utf-8")))
    assert len(headings) >= 13


@pytest.mark.parametrize("version", VERSIONS)
def test_every_query_is_tsql(version: str) -> None:
    texts = [query.sql for query in queries() if query.engine != "duckdb"]
    assert len(texts) >= 18
    assert errors_by_batch(texts, version) == {}
    assert len(examples(PAGE, "sql")) == len(queries())


def test_no_literal_needs_the_prefix_of_unicode() -> None:
    assert [query.sql for query in queries() if not query.sql.isascii()] == []


def test_before_the_first_run_every_query_answers(asked: Asked) -> None:
    told = {name for name, rows in asked.before.items() if rows}
    assert told <= {
        "What will be deleted tonight, and why 2",  # a guard of each class, all ok
        "How old the snapshot is 2",  # that there is none
        "What a column means 1",
        "What a column means 2",
        "Holding a row back, and letting go 3",  # the hold that the page makes
    }


def test_what_will_be_deleted_is_told_with_the_cause(asked: Asked) -> None:
    rows = asked.after["What will be deleted tonight, and why 1"]
    deletes = {row[1]: row for row in rows}
    assert len(rows) == len(deletes) == 6 + 8 + 14, "users, values, and those of the guard"
    assert deletes["jan.vertrekman@exempla.example"][2] == "send"
    assert all(row[3] for row in rows), "a delete without a cause"
    assert {row[2:3] + row[4:5] for row in rows if "OLD" in row[1]} == {("withheld", "guard")}
    guards = {
        (scope, action): verdict
        for scope, action, verdict, *_ in asked.after["What will be deleted tonight, and why 2"]
    }
    assert guards["subposts", "delete"] == "over_limit"
    assert [key for key, verdict in guards.items() if verdict != "ok"] == [("subposts", "delete")]


def test_who_changed_what_is_old_and_new_of_each_field_that_was_sent(asked: Asked) -> None:
    rows = asked.after["Who changed what on a date 1"]
    changed = {(row[3], row[4]): (row[5], row[6]) for row in rows if row[2] == "update"}
    assert changed[ACCENT, "firstname"] == ('"Helene"', '"Hélène"')
    assert {row[7] for row in rows} == {asked.run["run_id"]}
    succeeded = asked.site.rows("select count(*) from n2f_sync.push_results where status = 'succeeded'")[0][0]
    assert len({(row[1], row[3]) for row in rows}) == succeeded == asked.run["totals"]["succeeded"]
    assert (HELD, "firstname") not in changed
    tried = asked.after["Who changed what on a date 2"]
    assert [(row[1], row[2], row[5]) for row in tried] == [("update", "succeeded", "firstname")]


def test_the_undo_list_holds_every_old_value_of_what_was_changed_and_deleted(asked: Asked) -> None:
    rows = asked.after["The list to undo a run by 1"]
    undo = {(row[1], row[3]): (row[2], row[4]) for row in rows}
    assert undo[ACCENT, "firstname"] == ("update", '"Helene"')
    was = {found["mail"]: found for found in sample_world()["users"]}
    leaver = was["jan.vertrekman@exempla.example"]
    restored = {
        field: json.loads(old)
        for (key, field), (action, old) in undo.items()
        if key == "jan.vertrekman@exempla.example" and action == "delete" and old is not None
    }
    assert restored
    assert {name: leaver[name] for name in restored} == restored
    assert {"firstname", "lastname", "company", "managerMail"} <= restored.keys()
    assert {old for action, old in undo.values() if action == "create"} == {None}


def test_a_hold_of_the_page_holds_and_one_that_was_let_go_of_does_not(asked: Asked) -> None:
    holds = {row[1]: row for row in asked.after["Holding a row back, and letting go 3"]}
    assert holds[HELD][4] is None
    assert holds[HELD][5] == "update"
    assert holds[LET_GO][4] is not None
    assert holds[LET_GO][5] is None
    not_sent = {row[3]: row[:2] for row in asked.after["Which rows were left, and what was not sent 1"]}
    assert not_sent[HELD] == ("withheld", "users")
    assert LET_GO not in not_sent
    assert len(not_sent) == 14 + 1, "the guard's deletes, and the held row"


def test_rejected_rows_are_told_with_their_reason(asked: Asked) -> None:
    rows = {row[1]: row[2] for row in asked.after["What is rejected, and since when 1"]}
    assert rows["max.nullepart@fictis.example"] == "unknown_company"
    assert rows["marie.epousel@fictis.example"] == "possible_rename"


def test_the_nights_and_the_snapshot_are_those_of_the_run(asked: Asked) -> None:
    ((run_id, command, *_rest),) = asked.after["What the last 30 nights were 1"]
    assert (run_id, command) == (asked.run["run_id"], "run")
    assert [row[0] for row in asked.after["How old the snapshot is 1"]] == [asked.run["snapshot_id"]]
    assert [row[0] for row in asked.after["How old the snapshot is 2"]] == ["written_since"]
    age = next(
        rows
        for name, rows in asked.after.items()
        if name in {"How old the snapshot is 3", "How old the snapshot is 4"}
    )
    assert 0 <= age[0][1] < 60
    assert asked.after["What `n2f-sync prune` may delete 1"] == []


def test_a_column_says_what_it_means(asked: Asked) -> None:
    rows = next(rows for name, rows in asked.after.items() if name.startswith("What a column means"))
    meanings = {(schema, table): text for schema, table, _column, text in rows}
    assert meanings["n2f_diff", "push_changes"].startswith("send; off (the action was not asked for")
    assert meanings["n2f_sync", "planned_changes"] == "send, off, withheld or fail."


def test_the_artifacts_of_the_build_are_kept_and_hold_nobodys_data(asked: Asked) -> None:
    folder = Path(asked.site.environment["DBT_TARGET_PATH"]) / "runs" / asked.run["run_id"]
    kept = {path.name: gzip.decompress(path.read_bytes()).decode() for path in folder.iterdir()}
    assert kept.keys() == {"run_results.json.gz", "manifest.json.gz"}
    assert len(json.loads(kept["run_results.json.gz"])["results"]) > 150
    mails = {row["AdresseEmail"].strip() for row in agresso_rows()["iris_N2F_User"] if row["AdresseEmail"]}
    assert len(mails) > 50
    assert [mail for mail in mails for text in kept.values() if len(mail) > 5 and mail in text] == []
    nodes = json.loads(kept["manifest.json.gz"])["nodes"].values()
    assert [node["name"] for node in nodes if "compiled_code" in node] == []


def test_all_that_the_queries_read_stands_in_dbts_exposure() -> None:
    exposures = yaml.safe_load((ROOT / "dbt_project" / "models" / "exposures.yml").read_text())["exposures"]
    (listed,) = (exposure["depends_on"] for exposure in exposures if exposure["name"] == "dba_queries")
    read = {name for query in queries() for name in re.findall(r"\b(n2f_\w+\.\w+)", query.sql)}
    known = {
        f"n2f_diff.{found[1]}"
        if (found := re.fullmatch(r"ref\('(\w+)'\)", text))
        else ".".join(re.findall(r"'(\w+)'", text))
        for text in listed
    }
    assert read <= known
