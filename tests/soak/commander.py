"""Does one command of a story and gathers what there is to know of it."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from demo.harness import DemoN2F
from loader import sync
from loader.errors import SyncError
from loader.plan import LONGEST_SNAPSHOT_AGE
from loader.summary import Summary
from tests.reference.world import Settings, World
from tests.soak import moves
from tests.soak.laboratory import DbtStandIn, SoakLab, StoryDatabase, set_holds
from tests.soak.life import Killed, Life
from tests.soak.place import Exchanged, SoakPlace, environment, sync_settings
from tests.soak.record import Call, Command, How, Plan, Quota, Result, Row
from tests.soak.scene import Scene
from tests.soak.times import Time, TimeOfALife
from tests.soak.weather import Name, Options, Weather
from tests.soak.wire import Wire

_EARLIER = 120.0  # seconds

_COMMANDS: dict[str, Callable[[SoakPlace], Summary]] = {
    "run": sync.run,
    "snapshot": sync.take_a_snapshot,
    "plan": lambda place: sync.make_a_plan(place, max_age=LONGEST_SNAPSHOT_AGE),
    "push": sync.push_a_plan,
}

_ROWS = """
    select sequence, scope, action, entity_key, http_method, path_template, path_params_json, payload_json,
        decision, decision_reason, selection_rank
    from n2f_sync.planned_changes where plan_id = ? order by sequence
"""
_DEPENDENCIES = """
    select scope, entity_key, depends_on_scope, depends_on_key from n2f_sync.planned_dependencies where plan_id = ?
"""
_RESULTS = """
    select run_id, sequence, status, http_status, attempts, error from n2f_sync.push_results where plan_id = ?
    order by finished_at, sequence
"""
_MARKS = "select sequence from n2f_sync.push_attempts where plan_id = ? order by started_at"
_RUNS = "select run_id, status, exit_code from n2f_sync.runs order by run_id"
_SNAPSHOT = "select max(snapshot_id) from n2f_raw.snapshots where completed_at is not null"
_HALF_READ = """
    select snapshots.snapshot_id
    from n2f_raw.snapshots as snapshots
    left join n2f_raw.lists as lists on lists.snapshot_id = snapshots.snapshot_id
    where snapshots.completed_at is not null
    group by snapshots.snapshot_id, snapshots.document_count, snapshots.call_count
    having (coalesce(sum(lists.document_count), 0), coalesce(sum(lists.page_count), 0))
        is distinct from (snapshots.document_count, snapshots.call_count)
"""
_LISTS = "select resource, company_uuid, axis from n2f_raw.lists where snapshot_id = ?"
_DOCUMENTS = """
    select document from n2f_raw.<resource>
    where snapshot_id = ? and company_uuid is not distinct from ? and axis is not distinct from ?
    order by page, position
"""


class Commander:
    """Gives the commands of one story."""

    def __init__(
        self, *, rng: random.Random, lab: SoakLab, connection: Any, n2f: DemoN2F, time: Time, scene: Scene,
        quota: Quota, ledger_dir: Path,
    ) -> None:  # fmt: skip
        self.n2f, self.time, self.scene = n2f, time, scene
        self._rng, self._lab, self._connection = rng, lab, connection
        self._quota, self._ledger_dir = quota, ledger_dir
        self._dbt = DbtStandIn(lab, connection, time)
        self._dbt.on_built = self._note_world
        self._page_size = rng.choice((2, 3, 200))
        self._token_seconds = rng.choice((3600.0, 3600.0, 900.0, 300.0))
        self._earlier: list[Call] = []
        self._worlds: dict[str, World] = {}
        self._settings = Settings()
        self._built: World | None = None
        self._moved_at: datetime | None = None
        self._landed: tuple[str, ...] = ()

    def load(self, held: dict[str, Any]) -> None:
        """Let N2F hold this, and write Agresso and the holds as the scene has them now."""
        self._moved_at = self.time.now().replace(tzinfo=None)
        self.n2f.set_world(held)
        world = self._world({})
        self._lab.load_agresso(self._connection, world)
        set_holds(self._connection, world)

    def do(
        self, night: int, name: Name, options: Options, weather: Weather, *, is_calm: bool = False
    ) -> Command:
        """Do one command."""
        self._settings = options.settings
        life = Life(weather.end)
        self._dbt.life, self._dbt.world = life, self._world({})
        self._built, self._landed = None, ()
        self._prepare_n2f(weather)
        wire = Wire(
            n2f=self.n2f, time=self.time, life=life, rng=random.Random(self._rng.random()),  # noqa: S311
            stalls=weather.stalls, meanwhile=dict.fromkeys(weather.meanwhile, self._meanwhile),
            page_size=self._page_size,
        )  # fmt: skip
        exchanged = Exchanged(
            project=self._dbt, database=StoryDatabase(self._connection, life),
            clock=TimeOfALife(self.time, life), wire=wire,
        )  # fmt: skip
        place = SoakPlace(
            env=environment(self.n2f, self._quota), settings=sync_settings(options),
            ledger_dir=self._ledger_dir, exchanged=exchanged,
        )  # fmt: skip
        plans, runs = self._plan_ids(), self._runs()
        pushed = plans[-1] if plans and name == "push" else None
        before = self._results(pushed), self._marks(pushed)
        how, code, error = _ended(place, _COMMANDS[name])
        if error == "interrupted" and "signal" not in life.struck_by:
            raise SystemExit(130)  # somebody has had enough
        if name != "push":
            pushed = next(iter(self._plan_ids()[len(plans) :]), None)
        calls = self._calls(wire)
        command = Command(
            night=night, name=name, how=how, exit_code=code, error=error, struck_by=life.struck_by, is_calm=is_calm,
            is_dry_run=options.is_dry_run, max_writes=options.max_writes, until=options.until,
            quota=self._quota,
            calls=calls, earlier=tuple(self._earlier), max_in_flight=self.n2f.stats["max_in_flight"],
            run=next(iter(self._runs()[len(runs) :]), None), plan=self._plan(pushed),
            results_before=before[0], results=self._results(pushed),
            marks_before=before[1], marks=self._marks(pushed), landed=(*self._landed, *self._half_read()),
        )  # fmt: skip
        self._remember(calls)
        return command

    def _prepare_n2f(self, weather: Weather) -> None:
        self.n2f.reset_stats()
        self.n2f.clear_faults()
        self.n2f.set_options(token_seconds=self._token_seconds)
        for fault in weather.faults:
            self.n2f.add_fault(**fault)

    def _meanwhile(self) -> None:
        """Let somebody edit N2F while the loader is at work."""
        held = self.n2f.world()
        moves.edit_n2f(self._rng, held)
        self.n2f.set_world(held)
        self._moved_at = self.time.tick()

    def _world(self, held: dict[str, Any]) -> World:
        return self.scene.world(held, self._settings, self.time.now().replace(tzinfo=None))

    def _note_world(self) -> None:
        """Keep the world of a build, and compare what the snapshot holds with N2F."""
        (snapshot_id,) = self._connection.execute(_SNAPSHOT).fetchone()
        landed: dict[str, Any] = {name: [] for name in ("companies", "roles", "userprofiles", "users")}
        landed |= {"axes": {}, "axis_values": {}}
        held = self.n2f.world()
        differences = []
        for resource, company, axis in self._connection.execute(_LISTS, [snapshot_id]).fetchall():
            sql = _DOCUMENTS.replace("<resource>", resource)
            rows = self._connection.execute(sql, [snapshot_id, company, axis]).fetchall()
            documents = [json.loads(document) for (document,) in rows]
            now: Any = held[resource]
            if axis is not None:
                landed[resource].setdefault(company, {})[axis] = documents
                now = now.get(company, {}).get(axis, [])
            elif company is not None:
                landed[resource][company] = documents
                now = now.get(company, [])
            else:
                landed[resource] = documents
            if documents != now:
                differences.append(f"{resource} {company or ''} {axis or ''} is another list than N2F's")
        self._built = self._world(landed)
        self._landed = () if self._was_moved_since(snapshot_id) else tuple(differences)

    def _half_read(self) -> list[str]:
        """Name snapshots that are marked complete and count other documents than their lists do."""
        rows = self._connection.execute(_HALF_READ).fetchall()
        return [f"the snapshot {snapshot_id} is complete without all that it read" for (snapshot_id,) in rows]

    def _was_moved_since(self, snapshot_id: str) -> bool:
        sql = "select started_at from n2f_raw.snapshots where snapshot_id = ?"
        (started,) = self._connection.execute(sql, [snapshot_id]).fetchone()
        return self._moved_at is not None and bool(self._moved_at >= started)

    def _plan_ids(self) -> list[str]:
        rows = self._connection.execute("select plan_id from n2f_sync.plans order by plan_id").fetchall()
        return [plan_id for (plan_id,) in rows]

    def _plan(self, plan_id: str | None) -> Plan | None:
        if plan_id is None:
            return None
        if plan_id not in self._worlds:
            assert self._built is not None, "a plan was frozen without a build"
            self._worlds[plan_id] = self._built
        rows = self._connection.execute(_ROWS, [plan_id]).fetchall()
        pairs = self._connection.execute(_DEPENDENCIES, [plan_id]).fetchall()
        return Plan(
            plan_id=plan_id,
            world=self._worlds[plan_id],
            rows=tuple(map(Row.of_table, rows)),
            depends_on=frozenset(
                ((scope, key), (on_scope, on_key)) for scope, key, on_scope, on_key in pairs
            ),
        )

    def _results(self, plan_id: str | None) -> tuple[Result, ...]:
        rows = self._connection.execute(_RESULTS, [plan_id]).fetchall()
        names = ("run_id", "sequence", "status", "http_status", "attempts", "error")
        return tuple(Result(**dict(zip(names, row, strict=True))) for row in rows)

    def _marks(self, plan_id: str | None) -> tuple[int, ...]:
        return tuple(sequence for (sequence,) in self._connection.execute(_MARKS, [plan_id]).fetchall())

    def _runs(self) -> list[dict[str, Any]]:
        rows = self._connection.execute(_RUNS).fetchall()
        return [dict(zip(("run_id", "status", "exit_code"), row, strict=True)) for row in rows]

    def _calls(self, wire: Wire) -> tuple[Call, ...]:
        seen = self.n2f.stats["calls"]
        heard = wire.heard + [None] * (len(seen) - len(wire.heard))
        return tuple(
            Call(
                method=call["method"], path=call["path"], kind=call["kind"], at=call["at"],
                payload=call["payload"], answered=call["status"], heard=status,
            )
            for call, status in zip(seen, heard, strict=True)
        )  # fmt: skip

    def _remember(self, calls: tuple[Call, ...]) -> None:
        everything = [*self._earlier, *calls]
        self._earlier = [call for call in everything if call.at > everything[-1].at - _EARLIER]


def _ended(place: SoakPlace, work: Callable[[SoakPlace], Summary]) -> tuple[How, int | None, str]:
    try:
        return "ended", work(place).exit_code, ""
    except Killed:
        return "killed", None, ""
    except SyncError as error:
        return "error", error.exit_code, error.code
