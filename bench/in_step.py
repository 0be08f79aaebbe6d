"""A run that finds nothing to do: the whole of it, and its snapshot against a bare loop over the same pages."""

from __future__ import annotations

from bench.figures import Figure
from bench.place import DBT_STAGES, Place
from bench.references import bare_reads


def measure(place: Place) -> list[Figure]:
    """Measure a run on a company in step; the first one, so that dbt builds everything."""
    run = place.sync()
    if run.total("succeeded"):
        raise SystemExit(f"a company in step was sent {run.total('succeeded')} writes")
    with place.connect(read_only=True) as connection:
        calls = connection.execute(
            "select call_count from n2f_raw.snapshots order by started_at desc limit 1"
        ).fetchall()[0][0]
    loop = bare_reads(place.base_url)
    if loop.calls != calls:
        raise SystemExit(f"the snapshot read {calls} pages, the bare loop {loop.calls}")
    snapshot = run.stage("reading N2F")
    return [
        Figure(key="run_seconds", title="in step: whole run, s", value=run.ended.seconds, digits=1),
        Figure(key="run_cpu_seconds", title="of it processor, s", value=run.ended.cpu_seconds, digits=1),
        Figure(key="run_memory_mb", title="peak memory, MB", value=run.ended.memory_mb, digits=0),
        Figure(key="writes", title="writes sent (needed: 0)", value=run.total("succeeded"), digits=0),
        Figure(key="dbt_seconds", title="dbt, s", value=run.stage(*DBT_STAGES), digits=1),
        Figure(key="pages", title="snapshot: pages", value=calls, digits=0),
        Figure(key="snapshot_seconds", title="snapshot, s", value=snapshot),
        Figure(
            key="bare_reads_seconds",
            title="reference: bare loop over the same pages, no database, s",
            value=loop.seconds,
        ),
        Figure(key="snapshot_ratio", title="**snapshot ÷ bare loop**", value=snapshot / loop.seconds),
    ]
