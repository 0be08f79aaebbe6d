"""A view of Agresso that is not what it was: the run stops before it plans or sends, and says which and what."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from demo.harness import DemoN2F
from demo.sample import agresso_rows, sample_world
from tests.end_to_end import Site, site_on
from tests.engines import Engine


@pytest.fixture
def site(engine: Engine, tmp_path: Path) -> Iterator[Site]:
    with DemoN2F(sample_world()) as n2f, site_on(engine, tmp_path, n2f) as site:
        site.load_agresso(agresso_rows())
        yield site


def alter(site: Site, view: str, change: str) -> None:
    with site.engine.connect(site.environment) as connection:
        connection.execute(f"alter table {site.engine.agresso(site.environment, view)} {change}")


@pytest.mark.parametrize(
    ("view", "column"), [("iris_N2F_User", "Matricule"), ("iris_N2F_Analytics", "status")]
)
def test_a_view_that_lost_a_column_stops_the_run_before_anything_is_planned_or_sent(
    site: Site, view: str, column: str
) -> None:
    alter(site, view, f"drop column {column}")
    ended = site.command("run", "--delete")
    assert ended.code == 1
    error = ended.err.splitlines()[-1]
    assert view in error
    assert f"lacks the columns {column} (while" in error
    # What dbt does not wait for is read while it starts.
    assert {call["path"].partition("?")[0] for call in site.n2f.stats["calls"]} <= {
        "auth", "companies", "roles", "userprofiles", "users",
    }  # fmt: skip
    assert site.writes() == 0
    for table in ("n2f_sync.plans", "n2f_sync.push_attempts", "n2f_raw.axes"):
        assert site.rows(f"select count(*) from {table}") == [(0,)]
    assert site.rows("select count(*) from n2f_raw.snapshots where completed_at is not null") == [(0,)]
    assert site.rows("select exit_code from n2f_sync.runs") == [(1,)]


def test_a_view_with_a_new_column_is_read_as_before(site: Site) -> None:
    alter(site, "iris_N2F_User", f"add {'column ' * (site.engine.name == 'duckdb')}Extra int")
    ended = site.command("run", "--dry-run", "--json")
    assert ended.code == 0, ended.err
