"""The comparison on a company out of step, against one query by hand that finds the same changes."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

from bench import processes, worlds
from bench.figures import Figure
from bench.place import DBT_STAGES, Place

REFERENCE = Path(__file__).with_name("reference_diff.sql")

_CHANGES = """
    select
        sequence, scope, action, entity_key, http_method, path_template, path_params_json, payload_json, previous_json,
        changed_columns
    from n2f_diff.push_changes
"""


def measure(place: Place) -> list[Figure]:
    """Measure a dry run on an edited company, from a snapshot that is there, and the reference on the same file."""
    with place.connect() as connection:
        worlds.edit(connection)
    run = place.sync("--dry-run", "--max-age", "6h")
    if "reading N2F" in {stage["stage"] for stage in run.summary["stages"]}:
        raise SystemExit("the comparison took a snapshot of its own")
    nodes = _seconds_of_nodes(place.run_results)
    ended = processes.run("bench.reference_diff", str(place.database), environment=place.environment)
    reference = json.loads(ended.output)
    changes = same_changes(place)
    dbt = run.stage(DBT_STAGES[-1])
    return [
        Figure(key="changes", title="changes found, the same by both", value=changes, digits=0),
        Figure(key="dbt_seconds", title="dbt build, s", value=dbt, digits=1),
        Figure(key="models_seconds", title="its models, s of two threads", value=nodes["model"], digits=1),
        Figure(key="tests_seconds", title="its data tests, s of two threads", value=nodes["test"], digits=1),
        Figure(
            key="process_cpu_seconds",
            title="whole process (dbt's start, both builds, the plan): processor, s",
            value=run.ended.cpu_seconds,
            digits=1,
        ),
        Figure(key="memory_mb", title="peak memory of the process, MB", value=run.ended.memory_mb, digits=0),
        Figure(
            key="reference_seconds",
            title="reference: one DuckDB query by hand, s",
            value=reference["seconds"],
        ),
        Figure(
            key="reference_cpu_seconds",
            title="reference: processor of its process, s",
            value=ended.cpu_seconds,
        ),
        Figure(
            key="reference_memory_mb",
            title="reference: peak memory of its process, MB",
            value=ended.memory_mb,
            digits=0,
        ),
        Figure(key="ratio", title="**dbt build ÷ query**", value=dbt / reference["seconds"], digits=1),
        Figure(
            key="cpu_ratio",
            title="**processor of the whole process ÷ that of the query's**",
            value=run.ended.cpu_seconds / ended.cpu_seconds,
            digits=1,
        ),
        Figure(key="memory_ratio", title="**memory ÷ memory**", value=run.ended.memory_mb / ended.memory_mb),
    ]


def same_changes(place: Place) -> int:
    """Return how many changes there are; end the benchmark where the two sets differ."""
    reference = REFERENCE.read_text(encoding="utf-8")
    with place.connect(read_only=True) as connection:
        connection.execute(f"create temp table reference as {reference}")
        for left, right in (("from reference", _CHANGES), (_CHANGES, "from reference")):
            found = connection.execute(f"select * from (({left}) except all ({right})) limit 3").fetchall()
            if found:
                raise SystemExit(f"the two comparisons differ, for example in {found}")
        return int(connection.execute("select count(*) from reference").fetchall()[0][0])


def _seconds_of_nodes(run_results: Path) -> Counter[str]:
    """Return the seconds of dbt's last build by kind of node; two threads work at once."""
    seconds: Counter[str] = Counter()
    for result in json.loads(run_results.read_text(encoding="utf-8"))["results"]:
        seconds[result["unique_id"].split(".")[0]] += result["execution_time"]
    return seconds
