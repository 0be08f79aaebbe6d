"""What the loader holds at once does not grow with the company: bytes that Python holds, large against small."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from pathlib import Path

from bench import processes, worlds
from demo.server import DEFAULT_CREDENTIALS
from loader.api import N2FClient
from loader.database import Warehouse
from loader.journal import Journal
from loader.plan import freeze
from loader.runs import begin
from loader.seeds import snapshot_resources
from loader.settings import ApiSettings, QuotaSettings, SyncSettings
from loader.snapshot import take_snapshot
from tests.loader.workbench import HERE, ROOT, Silent, add_snapshot, put_changes, user

MOST = 1.3
"""Of four or five times the rows, the memory may be so many times as much; holding all would be four or five."""


def peak_of(work: Callable[[], object]) -> int:
    """The most bytes that Python held at once while this was done, above what it held before."""
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_snapshot_of_five_times_the_pages_holds_no_more_at_once(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    """N2F is a process of its own: its memory is not the loader's."""
    peaks = []
    for users in (3_000, 15_000):
        worlds.write_n2f(tmp_path / "n2f.json", users=users, values=users)
        with processes.n2f(tmp_path / "n2f.json") as base_url:
            settings = ApiSettings(
                base_url=base_url,
                client_id=DEFAULT_CREDENTIALS.client_id,
                client_secret=DEFAULT_CREDENTIALS.client_secret,
                quota=QuotaSettings(reads_per_minute=0, writes_per_minute=0),
            )
            with N2FClient(settings) as client:
                taken = []

                def snapshot(
                    client: N2FClient = client, url: str = base_url, taken: list[int] = taken
                ) -> None:
                    made = take_snapshot(
                        warehouse, client, snapshot_resources(ROOT), base_url=url, progress=Silent()
                    )
                    taken.append(made.document_count)

                peaks.append(peak_of(snapshot))
                assert taken == [2 * users + 5]
    assert peaks[1] / peaks[0] < MOST, peaks


def test_a_plan_of_four_times_the_changes_is_frozen_and_read_with_no_more_at_once(
    warehouse: Warehouse,
) -> None:
    peaks = []
    for number, count in enumerate((2_500, 10_000)):
        add_snapshot(warehouse, snapshot_id=f"snapshot-{number}")
        put_changes(warehouse, [user(f"u{each}", needs=[]) for each in range(count)])
        run = begin(warehouse, "plan", is_dry_run=False)
        read = []

        def freeze_and_read(run_id: str = run.run_id, read: list[int] = read) -> None:
            plan = freeze(warehouse, run_id=run_id, settings=SyncSettings(), base_url=HERE)
            journal = Journal(warehouse, run_id=run_id, plan_id=plan.plan_id)
            read.append(sum(1 for sequence, _ in journal.places() if journal.change(sequence)))

        peaks.append(peak_of(freeze_and_read))
        assert read == [count]
    assert peaks[1] / peaks[0] < MOST, peaks
