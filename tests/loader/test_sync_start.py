"""How a sync begins: what dbt does while the first lists are read, and when it comes first."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from demo.harness import DemoN2F
from loader import sync
from loader.errors import DatabaseError
from loader.settings import SyncSettings
from loader.transform import Project
from loader.workplace import Workplace
from tests.engines import Environment
from tests.loader.workbench import ROOT, Silent

FIRST = {"companies", "roles", "userprofiles", "users"}
"""The lists that hang on no other one."""


@pytest.fixture
def place(environment: Environment, n2f: DemoN2F, tmp_path: Path) -> Workplace:
    """A place on a database that dbt has built, and a running N2F."""
    return place_on(environment, n2f, tmp_path)


def place_on(environment: Environment, n2f: DemoN2F, folder: Path, **settings: Any) -> Workplace:
    """Return a place on a database."""
    api = {
        "N2F_BASE_URL": n2f.base_url,
        "N2F_CLIENT_ID": n2f.client_id,
        "N2F_CLIENT_SECRET": n2f.client_secret,
    }
    return Workplace(
        root=ROOT,
        env=environment | api,
        settings=SyncSettings(**settings),
        progress=Silent(),
        ledger_dir=folder,
    )


def read(n2f: DemoN2F) -> set[str]:
    """Return the lists that N2F was asked for."""
    return {kind.removeprefix("GET ") for kind in n2f.stats["counts"] if kind.startswith("GET ")}


def before(monkeypatch: pytest.MonkeyPatch, method: str, look: Callable[[], None]) -> None:
    """Let something happen before a method of the project."""
    real = getattr(Project, method)

    def looking(self: Project, *arguments: object) -> object:
        look()
        return real(self, *arguments)

    monkeypatch.setattr(Project, method, looking)


def test_dbt_parses_while_the_first_lists_are_read_and_builds_before_the_nested_ones(
    place: Workplace, n2f: DemoN2F, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared: list[tuple[set[str], list[tuple[object, ...]]]] = []

    def wait_for_a_list() -> None:
        end = time.monotonic() + 20
        while not read(n2f):
            assert time.monotonic() < end, "nothing is read before dbt has parsed"
            time.sleep(0.01)

    def look() -> None:
        with place.database.connect(holds_lock=True) as warehouse:
            landed = warehouse.rows("select distinct resource from {n2f_raw.lists}")
        prepared.append((read(n2f), landed))

    before(monkeypatch, "_parse", wait_for_a_list)
    before(monkeypatch, "prepare", look)
    assert sync.take_a_snapshot(place).exit_code == 0
    ((asked, landed),) = prepared
    assert asked == FIRST
    assert {resource for (resource,) in landed} == FIRST
    assert read(n2f) == FIRST | {"axes", "axis_values"}
    assert n2f.stats["max_in_flight"] == 1


def test_a_project_that_does_not_parse_stops_the_run_before_anything_is_planned(
    place: Workplace, n2f: DemoN2F, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> None:
        raise DatabaseError(
            "dbt failed: no such macro", doing="preparing the snapshot with dbt", remedy="none"
        )

    before(monkeypatch, "_parse", broken)
    with pytest.raises(DatabaseError, match="no such macro"):
        sync.run(place)
    assert read(n2f) <= FIRST
    assert n2f.stats["counts"].get("POST users", 0) == 0
    with place.database.connect() as warehouse:
        assert warehouse.rows("select completed_at from {n2f_raw.snapshots}") == [(None,)]
        assert warehouse.rows("select status, exit_code from {n2f_sync.runs}") == [("failed", 1)]


@pytest.mark.parametrize("why", ["an older snapshot may serve", "a list has no table yet"])
def test_dbt_comes_first_where_a_snapshot_waits_for_it(
    place: Workplace, n2f: DemoN2F, monkeypatch: pytest.MonkeyPatch, why: str
) -> None:
    asked: list[set[str]] = []
    before(monkeypatch, "prepare", lambda: asked.append(read(n2f)))
    max_age = None
    if why == "a list has no table yet":
        with place.database.connect() as warehouse:
            warehouse.execute("drop table {n2f_raw.roles}")
    else:
        max_age = timedelta(minutes=15)
    assert sync.run(place, max_age=max_age).exit_code in {0, 3}
    assert asked == [set()]
    assert read(n2f) == FIRST | {"axes", "axis_values"}


@pytest.mark.parametrize(
    ("scope", "nested"),
    [("users", set()), ("projects", {"axis_values"}), ("plates", {"axes", "axis_values"})],
)
def test_only_lists_that_the_chosen_scopes_need_are_read(
    environment: Environment, n2f: DemoN2F, tmp_path: Path, scope: str, nested: set[str]
) -> None:
    everything = place_on(environment, n2f, tmp_path)
    chosen = place_on(environment, n2f, tmp_path, scopes=frozenset({scope}))
    assert sync.take_a_snapshot(chosen).exit_code == 0
    assert read(n2f) == FIRST | nested
    paths = [call["path"].partition("?")[0] for call in n2f.stats["calls"] if "/axes/" in call["path"]]
    assert len(paths) == bool(nested)
    if environment["N2F_SYNC_TARGET"] == "sqlserver":  # whose database other tests share
        everything.project.prepare()
