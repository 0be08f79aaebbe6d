"""Measures n2f-sync against named references in the same run, and prints Markdown tables; see docs/performance.md."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from bench import diff, in_step, nights, push, quota_use, ratios, startup
from bench.figures import Figure, Section
from bench.place import place_of
from bench.processes import ROOT

VALUES: dict[int, int] = {1_000: 1_000, 10_000: 10_000, 100_000: 500_000}
"""Users, and how many axis values go with them; a size that is not named has five times as many values."""

PARTS = ("ratios", "startup", "worlds", "nights", "quota")


def worlds_of(sizes: Sequence[int]) -> Iterator[Section]:
    """Measure companies of these sizes."""
    columns: dict[str, dict[str, list[Figure]]] = {"A run in step": {}, "The comparison": {}, "The push": {}}
    for users in sizes:
        values = VALUES.get(users, 5 * users)
        column = f"{users:,} users, {values:,} values"
        with place_of(users=users, values=values) as place:
            for title, part in zip(columns, (in_step, diff, push), strict=True):
                columns[title][column] = part.measure(place)
    for title, figures in columns.items():
        yield Section(title=title, columns=figures)


def measured(parts: Sequence[str], sizes: Sequence[int]) -> Iterator[Section]:
    """Measure what was asked for, a section at a time."""
    if "ratios" in parts:
        yield ratios.measure()
    if "startup" in parts:
        yield Section(title="Nothing to do", columns={f"{startup.USERS} users": startup.measure()})
    if "worlds" in parts:
        yield from worlds_of(sizes)
    if "nights" in parts:
        simulated = {name: nights.measure(name) for name in nights.NIGHTS}
        yield Section(title="Writes on a simulated clock", columns=simulated)
    if "quota" in parts:
        column = f"{quota_use.CHANGES} changes, {quota_use.QUOTA} writes a minute"
        yield Section(title="A push under a quota", columns={column: quota_use.measure()})


def main() -> None:
    """Measure, print each table when it is there, and write all figures as JSON."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("sizes", nargs="*", type=int, default=list(VALUES), help="numbers of users")
    parser.add_argument("--only", choices=PARTS, action="append", help="this part alone; repeatable")
    parser.add_argument("--output", type=Path, default=ROOT / "target" / "bench.json", help="figures as JSON")
    chosen = parser.parse_args()
    machine = {
        "taken_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "processors": os.cpu_count(),
        "python": platform.python_version(),
        "duckdb": duckdb.__version__,
        "load_before": os.getloadavg()[0],
    }
    sections = []
    for section in measured(chosen.only or PARTS, chosen.sizes):
        sections.append(section.to_json())
        sys.stdout.write(f"{section.to_markdown()}\n\n")
        sys.stdout.flush()
        chosen.output.parent.mkdir(parents=True, exist_ok=True)
        chosen.output.write_text(json.dumps({"machine": machine, "sections": sections}, indent=2))
    sys.stdout.write(", ".join(f"{name} {value}" for name, value in machine.items()) + "\n")


if __name__ == "__main__":
    main()
