"""Whole runs over real HTTP: the loader's own snapshot, plan and push, on random worlds.

After one run N2F is what the plain-Python reading of the contract expects, the writes are exactly the needed ones,
each once and in order, and a second run sends none.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given

from demo.harness import DemoN2F
from loader.api import N2FClient
from loader.config import load_api_settings, load_sync_settings
from loader.database import Warehouse
from loader.journal import Journal
from loader.plan import freeze
from loader.progress import LogProgress
from loader.push import Pusher
from loader.ranks import Ranks
from loader.seeds import endpoints, snapshot_resources
from loader.selection import Selection
from loader.snapshot import take_snapshot
from loader.stop import Stop
from tests.engines import ROOT, Connection
from tests.models.comparison import encoded
from tests.models.lab import Lab
from tests.reference.oracle import canonical_user, canonical_value, expect
from tests.reference.strategies import worlds
from tests.reference.world import World

Key = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """What a run did: the plan's order, the results by key, and the calls that N2F saw."""

    order: list[Key]
    results: dict[Key, str]
    writes: list[tuple[str, str, Any]]
    get_count: int
    list_count: int


class Runs:
    """Runs on one database and one N2F, one after the other."""

    def __init__(self, lab: Lab, n2f: DemoN2F, warehouse: Warehouse, connection: Connection) -> None:
        self._lab, self._n2f, self._warehouse, self._connection = lab, n2f, warehouse, connection
        self._count = 0

    def run(self) -> Ran:
        """Do what `n2f-sync run` does, the models by their compiled SQL."""
        self._count += 1
        run_id = f"run-{self._count}"
        self._n2f.reset_stats()
        api = load_api_settings({
            "N2F_BASE_URL": self._n2f.base_url, "N2F_CLIENT_ID": self._n2f.client_id,
            "N2F_CLIENT_SECRET": self._n2f.client_secret, "N2F_READS_PER_MINUTE": "0",
            "N2F_WRITES_PER_MINUTE": "0",
        })  # fmt: skip
        with N2FClient(api) as client:
            take_snapshot(
                self._warehouse,
                client,
                snapshot_resources(ROOT),
                base_url=api.base_url,
                progress=LogProgress(),
            )
            self._lab.build(self._connection)
            plan = freeze(
                self._warehouse, run_id=run_id, settings=load_sync_settings({}), base_url=api.base_url
            )
            Pusher(
                Journal(self._warehouse, run_id=run_id, plan_id=plan.plan_id), client,
                allowed=endpoints(ROOT), stop=Stop(), progress=LogProgress(),
                selection=Selection(Ranks(self._warehouse, plan.plan_id), client.pacer),
            ).push()  # fmt: skip
        return self._ran(run_id, plan.plan_id)

    def _ran(self, run_id: str, plan_id: str) -> Ran:
        order = self._warehouse.rows(
            "select scope, entity_key from {n2f_sync.planned_changes} where plan_id = ? order by sequence",
            [plan_id],
        )
        results = self._warehouse.rows(
            "select scope, entity_key, status from {n2f_sync.push_results} where run_id = ?", [run_id]
        )
        lists = self._warehouse.rows(
            "select count(*) from {n2f_raw.lists} where snapshot_id = (select max(snapshot_id) from {n2f_raw.lists})"
        )
        calls = [call for call in self._n2f.stats["calls"] if call["path"] != "auth"]
        return Ran(
            order=[(scope, key) for scope, key in order],
            results={(scope, key): status for scope, key, status in results},
            writes=[(c["method"], c["path"], c["payload"]) for c in calls if c["method"] != "GET"],
            get_count=sum(call["method"] == "GET" for call in calls),
            list_count=int(lists[0][0]),
        )


@pytest.fixture(scope="module")
def n2f() -> Iterator[DemoN2F]:
    with DemoN2F() as server:
        yield server


@contextmanager
def runs_on(lab: Lab, n2f: DemoN2F, world: World) -> Iterator[Runs]:
    """A database and an N2F in the state of a world."""
    n2f.reset(world.n2f)
    with lab.open_before_snapshot(world) as connection:
        yield Runs(lab, n2f, lab.warehouse(connection), connection)


def written(expected: Any) -> list[tuple[str, str, Any]]:
    """The expected writes as N2F sees them."""
    return [(write.method, encoded(write.path), write.payload) for write in expected.writes]


def test_one_run_brings_n2f_in_step_and_a_second_sends_nothing(lab: Lab, n2f: DemoN2F) -> None:
    @lab.examples(25)
    @given(world=worlds(hidden_fields=False, listed_twice=False, shared_keys=False, n2f_cycles=False))
    def are_brought_in_step(world: World) -> None:
        with runs_on(lab, n2f, world) as runs:
            first = runs.run()
            expected = expect(world, order=first.order)
            assert first.writes == written(expected)
            assert first.results == expected.results
            assert first.get_count == first.list_count
            held = n2f.world()
            assert users_of(world, held["users"]) == users_of(world, list(expected.users_after.values()))
            assert values_of(held["axis_values"]) == {
                key: canonical_value(document) for key, document in expected.values_after.items()
            }
            second = runs.run()
            tried_again = {key for key, status in first.results.items() if status == "failed"}
            if not tried_again:
                assert second.writes == []
            assert len(second.writes) <= len(tried_again | waiting(first))

    are_brought_in_step()


def waiting(ran: Ran) -> set[Key]:
    """What was skipped for something that failed may go out once it no longer has to wait."""
    return {key for key, status in ran.results.items() if status == "skipped"}


def users_of(world: World, documents: list[dict[str, Any]]) -> dict[str, Any]:
    """Users by mail as spelled, in one spelling of everything else."""
    return {str(document.get("mail") or ""): canonical_user(world, document) for document in documents}


def values_of(lists: dict[str, dict[str, list[dict[str, Any]]]]) -> dict[tuple[str, str, str], Any]:
    """Values by company, axis and code as spelled."""
    return {
        (company, axis, str(document.get("code") or "")): canonical_value(document)
        for company, axes in lists.items()
        for axis, documents in axes.items()
        for document in documents
    }
