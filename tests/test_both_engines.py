"""The demo's sample on both engines: the same plan row by row, the same calls, and the same N2F in the end."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from demo.harness import DemoN2F
from demo.sample import agresso_rows, sample_world
from tests.end_to_end import Site, site_on
from tests.engines import DuckDBEngine, SQLServerEngine

pytestmark = pytest.mark.sqlserver

Row = tuple[Any, ...]
Both = dict[str, Site]

CHANGES = (
    "sequence", "scope", "action", "entity_key", "http_method", "path_template", "path_params_json",
    "payload_json", "previous_json", "changed_columns", "decision", "decision_reason", "decision_detail",
)  # fmt: skip
REJECTED = ("scope", "entity_key", "reason", "detail", "source")
DEPENDENCIES = ("scope", "entity_key", "depends_on_scope", "depends_on_key")
GUARDS = ("scope", "action", "change_count", "n2f_count", "verdict", "message")
RESULTS = ("scope", "action", "entity_key", "status", "http_status", "attempts", "error")


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    """The sample on each engine, each with an N2F of its own, planned and not pushed."""
    if why := SQLServerEngine.missing():
        pytest.skip(why)
    with ExitStack() as stack:
        sites = {}
        for engine in (DuckDBEngine(), SQLServerEngine()):
            n2f = stack.enter_context(DemoN2F(sample_world()))
            site = stack.enter_context(site_on(engine, tmp_path_factory.mktemp(engine.name), n2f))
            site.load_agresso(agresso_rows())
            planned = site.command("plan", "--delete", "--json")
            assert planned.code == 4, planned.out + planned.err
            sites[engine.name] = site
        yield sites


def read(site: Site, table: str, columns: tuple[str, ...]) -> list[Row]:
    """Read a table, JSON as what it says, in an order that no collation has a part in."""
    rows = [
        tuple(
            json.loads(value) if name.endswith("_json") and value is not None else value
            for name, value in zip(columns, row, strict=True)
        )
        for row in site.rows(f"select {', '.join(columns)} from {table}")
    ]
    return sorted(rows, key=repr)


def assert_same(both: Both, table: str, columns: tuple[str, ...]) -> None:
    """The table holds the same rows on both engines, and some."""
    embedded, server = (read(both[name], table, columns) for name in ("duckdb", "sqlserver"))
    assert embedded
    assert server == embedded


@pytest.mark.parametrize(
    ("table", "columns"),
    [
        ("n2f_diff.push_changes", CHANGES),
        ("n2f_diff.rejected_rows", REJECTED),
        ("n2f_diff.push_dependencies", DEPENDENCIES),
        ("n2f_diff.push_safety", GUARDS),
    ],
)
def test_the_plan_is_the_same(both: Both, table: str, columns: tuple[str, ...]) -> None:
    assert_same(both, table, columns)


def test_a_whole_run_sends_the_same_in_the_same_order_and_leaves_n2f_the_same(both: Both) -> None:
    for site in both.values():
        ended = site.command("run", "--delete", "--allow-mass-delete", "--json")
        assert ended.code == 0, ended.out + ended.err
    assert_same(both, "n2f_sync.push_results", RESULTS)
    assert writes(both["sqlserver"]) == writes(both["duckdb"])
    assert both["sqlserver"].n2f.world() == both["duckdb"].n2f.world()


def writes(site: Site) -> list[tuple[str, str, Any]]:
    """What N2F was sent, in order."""
    return [
        (call["method"], call["path"], call["payload"])
        for call in site.n2f.stats["calls"]
        if call["method"] != "GET" and call["kind"] != "auth"
    ]
