"""docs/runbook.md, and its French version, hold every message there is and no other."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from tests.tsql.grammar import VERSIONS, errors_by_batch
from tools.message_texts import Code, Texts
from tools.messages import messages

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
RUNBOOK = DOCS / "runbook.md"
CELL = re.compile(r"(`+) ?(.+?) ?\1")
FENCED = re.compile(r"(?ms)^```(\w+)\n(.*?)^```$")


def rows(text: str) -> Iterator[list[str]]:
    """The rows of all tables of a page, without their headings."""
    lines = text.splitlines()
    for number, line in enumerate(lines):
        is_heading = number + 1 < len(lines) and lines[number + 1].startswith("| ---")
        if line.startswith("|") and not line.startswith("| ---") and not is_heading:
            yield [cell.strip() for cell in line.strip("|").split(" | ")]


def told(page: Path) -> list[str]:
    """The messages of a runbook, in order: the first cells of the tables of its last part."""
    part = page.read_text("utf-8").split("\n## ")[-1]
    found = []
    for cells in rows(part):
        code = CELL.fullmatch(cells[0])
        if code is not None:
            assert code[1] not in code[2], "a backtick inside needs two around it"
            found.append(code[2])
    return found


@cache
def found_in_code() -> dict[str, set[str]]:
    """Every message of the code by kind."""
    return messages(ROOT)


def there_are() -> set[str]:
    """Every message of the code, of all kinds."""
    return {text for texts in found_in_code().values() for text in texts}


def test_the_search_finds_messages_of_every_kind() -> None:
    found = found_in_code()
    assert "… is not set" in found["errors"]
    assert "N2F answered …: no JSON" in found["errors"]
    assert "depends on … …, which was not sent successfully before" in found["rows"]
    assert "this machine's is … s behind N2F's (± … s)" in found["doctor"]
    assert "there is no complete snapshot of N2F" in found["blockers"]
    assert "… …s of …, N2F holds …: the limit is … % and … rows" in found["guards"]
    assert {"possible_rename", "guard"} <= found["reasons"]
    assert "… lacks the columns …" in found["raised"]
    assert all(found.values())


def test_every_message_is_in_the_runbook_and_no_other() -> None:
    written = told(RUNBOOK)
    assert sorted(there_are() - set(written)) == [], (
        "tell in docs/runbook.md and docs/fr/runbook.md what to do"
    )
    assert sorted(set(written) - there_are()) == [], "nothing says that any more"


def test_no_message_is_told_twice() -> None:
    written = told(RUNBOOK)
    assert sorted({text for text in written if written.count(text) > 1}) == []


def test_every_message_says_what_it_means_and_what_to_do() -> None:
    for cells in rows(RUNBOOK.read_text("utf-8").split("\n## ")[-1]):
        assert len(cells) == 3, cells
        assert all(cells), cells


# The search itself


def patterns(source: str, tmp_path: Path) -> dict[str, list[str]]:
    """What the calls of `say` in a module may say."""
    (tmp_path / "module.py").write_text(source)
    code = Code.read([tmp_path / "module.py"])
    texts = Texts(code)
    return {
        str(call.lineno): texts.of(call.args[0], call)
        for call in code.calls
        if texts.names(call.func, call) == {"say"}
    }


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("say('plain')", ["plain"]),
        ("say(f'{a} of {b!r}')", ["… of …"]),
        ("say('one' if a else f'{b} two')", ["one", "… two"]),
        ("def f():\n    text = 'a'\n    if x:\n        text = 'b'\n    say(text)", ["a", "b"]),
        ("def f(text):\n    say(f'x {text}')\nf('a')\nf(text='b')", ["x a", "x b"]),
        ("def f():\n    kind, text = A, 'b'\n    say(text)", ["b"]),
        ("say('a' + (f': {b}' if b else ''))", ["a: …", "a"]),
        ("say(f'{count(names, 'row')} failed')".replace("'row'", '"row"'), ["… row… failed"]),
        ("say(unknown)", ["…"]),
    ],
)
def test_a_text_is_followed_to_where_it_is_written(source: str, expected: list[str], tmp_path: Path) -> None:
    (found,) = patterns(source, tmp_path).values()
    assert found == expected


# The queries


def tables() -> dict[str, list[str]]:
    """Every table of the project and of the loader with its columns."""
    found: dict[str, list[str]] = {}
    folders = {"diff": "n2f_diff", "reporting": "n2f_diff"}
    for path in sorted((ROOT / "dbt_project" / "models").rglob("*.yml")):
        parsed: dict[str, Any] = yaml.safe_load(path.read_text("utf-8"))
        for model in parsed.get("models", []):
            schema = folders.get(path.relative_to(ROOT / "dbt_project" / "models").parts[0], "n2f_staging")
            found[f"{schema}.{model['name']}"] = [column["name"] for column in model["columns"]]
        for source in parsed.get("sources", []):
            for table in source["tables"]:
                found[f"{source['name']}.{table['name']}"] = [column["name"] for column in table["columns"]]
    return found


def queries(page: Path) -> list[str]:
    """The queries of a page."""
    return [text for language, text in FENCED.findall(page.read_text("utf-8")) if language == "sql"]


def test_the_queries_run_on_the_tables_that_there_are() -> None:
    assert len(queries(RUNBOOK)) >= 2
    with duckdb.connect() as connection:
        for name, columns in tables().items():
            schema, _, table = name.partition(".")
            connection.execute(f"create schema if not exists {schema}")
            typed = ", ".join(f'"{column}" varchar' for column in columns)
            connection.execute(f'create table {schema}."{table}" ({typed})')
        for query in queries(RUNBOOK):
            for statement in duckdb.extract_statements(query):
                assert connection.execute(statement).fetchall() == []


@pytest.mark.parametrize("version", VERSIONS)
def test_the_queries_are_those_of_sql_server_too(version: str) -> None:
    assert errors_by_batch(queries(RUNBOOK), version) == {}
