"""A view of Agresso that is not what it was: the run stops before it reads N2F, and says which and what."""

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
def test_a_view_that_lost_a_column_stops_the_run_before_any_call(site: Site, view: str, column: str) -> None:
    alter(site, view, f"drop column {column}")
    ended = site.command("run", "--delete")
    assert ended.code == 1
    error = ended.err.splitlines()[-1]
    assert view in error
    assert f"lacks the columns {column} (while" in error
    assert site.n2f.stats["calls"] == []
    assert site.rows("select exit_code from n2f_sync.runs") == [(1,)]


def test_a_view_with_a_new_column_is_read_as_before(site: Site) -> None:
    alter(site, "iris_N2F_User", f"add {'column ' * (site.engine.name == 'duckdb')}Extra int")
    ended = site.command("run", "--dry-run", "--json")
    assert ended.code == 0, ended.err
