"""The ratios that a release has to keep, each beside its bound, all taken in one run."""

from __future__ import annotations

import json
from dataclasses import dataclass
from statistics import median

from bench import diff, nights, processes, push, quota_use, worlds
from bench.figures import Figure, Section
from bench.place import Place, landed_place_of, place_of
from bench.references import Loop, bare_reads

SMALL, LARGE = 1_000, 100_000
"""Users of the two worlds of the snapshot."""

HUGE, HUGE_MEMORY_LIMIT = 1_000_000, "6GB"
"""Users of the world of the models, and what the engine is given there."""

MEMORY_LIMIT = "50MB"
"""What the engine is given where the memory of two snapshots is compared."""

NIGHTS = {
    "3,000 writes from 19:30": ("2026-11-24T19:30:00", 3_000),
    "600 writes from 05:55": ("2026-11-25T05:55:00", 600),
}
"""When each begins in Brussels, and how many there are."""

WRITES, QUOTA = 200, 100
"""Writes on a real clock, and how many a minute: two minutes."""

TURNS = 5
"""How often what takes some seconds is measured, in turn with its reference."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratio:
    """A figure with the most it may be."""

    key: str
    title: str
    value: float
    bound: float
    digits: int = 2


def measure() -> Section:
    """Measure all; takes some minutes, of which two are waits for a quota."""
    found = [*_paces(), *_sizes(), _models()]
    seen = [_figure(each, each.value) for each in found]
    bounds = [_figure(each, each.bound) for each in found]
    return Section(title="Ratios", columns={"seen": seen, "at most": bounds})


def _figure(ratio: Ratio, value: float) -> Figure:
    return Figure(key=ratio.key, title=ratio.title, value=value, digits=ratio.digits)


def _paces() -> list[Ratio]:
    """Time of a paced push ÷ least time that the contract's rule leaves for calls of the same length."""
    found = []
    for name, (begin, count) in NIGHTS.items():
        ratio, broken = nights.burst(begin, count)
        found += _pace(f"{name}, simulated", f"simulated_{count}", ratio, broken)
    real = {figure.key: figure.value for figure in quota_use.measure(changes=WRITES, quota=QUOTA)}
    name = f"{WRITES} writes at {QUOTA} a minute, real clock"
    return [*found, *_pace(name, f"real_{WRITES}", real["ratio_at_this_pace"], real["violations"])]


def _pace(name: str, key: str, ratio: float, broken: float) -> list[Ratio]:
    return [
        Ratio(key=key, title=f"{name}: time ÷ least time", value=ratio, bound=1.01, digits=4),
        Ratio(key=f"{key}_refused", title=f"{name}: calls beyond the quota", value=broken, bound=0, digits=0),
    ]


def _sizes() -> list[Ratio]:
    """What grows with the company: reading and memory; and a push without quota."""
    with place_of(users=SMALL, values=0, scopes="users") as small:
        small_memory = _memory_of_a_snapshot(small)
    with place_of(users=LARGE, values=0, scopes="users") as place:
        large_memory = _memory_of_a_snapshot(place)
        snapshot = _snapshot_against_loop(place)
        pushed = {figure.key: figure.value for figure in push.measure(place)}
    size = f"{LARGE:,} users"
    return [
        Ratio(
            key="push",
            title="push without quota ÷ (bare loop + the engine's own durable commits)",
            value=pushed["ratio_with_commit"],
            bound=1.3,
        ),
        Ratio(
            key="snapshot",
            title=f"snapshot of {size} ÷ bare loop",
            value=snapshot,
            bound=1.4,
        ),
        Ratio(
            key="memory_mb",
            title=f"peak memory of a snapshot of {size}, above that of {SMALL:,}, engine held to {MEMORY_LIMIT}, MB",
            value=large_memory - small_memory,
            bound=50,
            digits=0,
        ),
    ]


def _snapshot_against_loop(place: Place) -> float:
    """Return seconds of a snapshot ÷ those of a bare loop over the same pages: medians, of turns that alternate."""
    snapshots, loops = [], []
    for _ in range(TURNS):
        taken = processes.run("bench.snapshot_alone", environment=place.environment)
        snapshot = Loop(**json.loads(taken.output))
        loop = bare_reads(place.base_url, users_alone=True)
        if loop.calls != snapshot.calls:
            raise SystemExit(f"the snapshot read {snapshot.calls} pages, the bare loop {loop.calls}")
        snapshots.append(snapshot.seconds)
        loops.append(loop.seconds)
    return median(snapshots) / median(loops)


def _memory_of_a_snapshot(place: Place) -> float:
    """Run `n2f-sync snapshot` with the scope that the place has; return the most MB that the process held."""
    environment = place.environment | {"N2F_SYNC_DUCKDB_MEMORY_LIMIT": MEMORY_LIMIT}
    return processes.run("loader", "snapshot", "--json", environment=environment).memory_mb


def _models() -> Ratio:
    """Compare the models from staging to `push_changes` with the query by hand, by medians of turns that alternate."""
    models, queries = [], []
    with landed_place_of(users=HUGE, memory_limit=HUGE_MEMORY_LIMIT) as place:
        with place.connect() as connection:
            worlds.edit(connection)
        place.dbt("run", "--select", "+push_changes")
        diff.same_changes(place)
        for _ in range(TURNS):
            taken = processes.run("bench.models_alone", environment=place.environment)
            models.append(json.loads(taken.output)["seconds"])
            taken = processes.run("bench.reference_diff", str(place.database), environment=place.environment)
            queries.append(json.loads(taken.output)["seconds"])
    return Ratio(
        key="models",
        title=f"models from staging to `push_changes`, {HUGE:,} users ÷ query by hand",
        value=median(models) / median(queries),
        bound=2,
    )
