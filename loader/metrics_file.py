"""The metrics of the last run as a text file for the node exporter. The only importer of `prometheus_client`."""

from __future__ import annotations

import logging
import os
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from prometheus_client import CollectorRegistry, Gauge, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from loader.database import utc_now
from loader.ended import Ended
from loader.metrics import RunMetrics
from loader.runs import STATUSES
from loader.summary import Summary

logger = logging.getLogger(__name__)

_PREFIX = "n2f_sync"
_LAST_SUCCESS = f"{_PREFIX}_last_success_timestamp_seconds"
_RUN_STATUSES = ("succeeded", "incomplete", "guarded", "failed", "dry_run")

# Readable for all on purpose, whatever the umask: the exporter runs as somebody else, and it holds numbers alone.
_MODE = 0o644


def write_metrics_file(path: Path, ended: Ended) -> None:
    """Put a new file in the place of the old one; that it cannot be written is a warning and stops nothing."""
    try:
        _replace(path, generate_latest(_registry(ended, path)))
    except OSError as error:
        logger.warning("the metrics file %s cannot be written: %s", path, error.strerror)


def _replace(path: Path, text: bytes) -> None:
    """Write beside it and rename: the exporter never sees half a file, nor takes the other for one of its own.

    `prometheus_client.write_to_textfile` does the same, with the mode that the umask leaves.
    """
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".tmp", dir=path.parent)
    new = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(text)
        new.chmod(_MODE)
        new.replace(path)
    except OSError:
        new.unlink(missing_ok=True)
        raise


def _registry(ended: Ended, path: Path) -> CollectorRegistry:
    registry = CollectorRegistry()

    run, summary = ended.run, ended.summary
    finished_at = run.finished_at if run is not None else utc_now()
    at = _gauge(registry, "last_run_timestamp_seconds", "When the last command ended.", ["command"])
    at.labels(command=ended.command).set(_seconds(finished_at))
    _gauge(registry, "last_run_exit_code", "Its exit code.", []).set(ended.exit_code)
    status = run.status if run is not None else "failed"
    statuses = _gauge(registry, "last_run_status", "1 for its status, 0 for the others.", ["status"])
    for name in _RUN_STATUSES:
        statuses.labels(status=name).set(name == status)
    if (last_success := _last_success(ended, path)) is not None:
        text = "When a run that was not dry last ended with exit code 0."
        _gauge(registry, "last_success_timestamp_seconds", text, []).set(last_success)
    if run is not None and run.metrics is not None:
        _add_metrics(registry, run.metrics)
    if summary is not None:
        _add_counts(registry, summary)
    return registry


def _add_metrics(registry: CollectorRegistry, metrics: RunMetrics) -> None:
    calls = _gauge(registry, "last_run_calls", "Attempts of calls to N2F.", ["kind"])
    calls.labels(kind="read").set(metrics.read_count)
    calls.labels(kind="write").set(metrics.write_count)
    stages = _gauge(registry, "last_run_stage_seconds", "How long each step took.", ["stage"])
    for stage in metrics.stages:
        stages.labels(stage=stage.stage).inc(stage.seconds)
    megabytes = metrics.peak_memory_mb
    for name, text, value in (
        ("duration_seconds", "How long it took.", metrics.duration_seconds),
        ("retries", "Attempts after the first of their call.", metrics.retry_count),
        ("quota_wait_seconds", "Time waited because a quota was used up.", metrics.quota_seconds),
        ("backoff_wait_seconds", "Time waited before retries.", metrics.backoff_seconds),
        ("sent_rows", "Changes that were sent.", metrics.sent_count),
        ("rows_per_second", "How fast they were sent.", metrics.rows_per_second),
        ("peak_memory_bytes", "The most memory it held.", megabytes and megabytes * 2**20),
    ):
        if value is not None:
            _gauge(registry, f"last_run_{name}", text, []).set(value)


def _add_counts(registry: CollectorRegistry, summary: Summary) -> None:
    labels = ["scope", "action", "status"]
    changes = _gauge(registry, "last_run_changes", "Changes by what became of them.", labels)
    for count in summary.counts:
        for status in STATUSES:
            number = getattr(count, status)
            changes.labels(scope=count.scope, action=count.action, status=status).set(number)
    rejected = _gauge(registry, "last_run_rejected_rows", "Rows that nothing is sent for.", ["scope"])
    for scope, number in summary.rejected_by_scope().items():
        rejected.labels(scope=scope).set(number)
    rates = _gauge(
        registry, "last_run_success_ratio", "Of what was tried, what succeeded.", ["scope", "action"]
    )
    for rate in summary.success_rates:
        if rate.success_rate is not None:
            rates.labels(scope=rate.scope, action=rate.action).set(rate.success_rate)
    needs = _gauge(registry, "last_run_needs", "Kinds of things that need a person.", [])
    needs.set(len(summary.needs))


def _gauge(registry: CollectorRegistry, name: str, text: str, labels: list[str]) -> Gauge:
    return Gauge(f"{_PREFIX}_{name}", text, labels, registry=registry)


def _last_success(ended: Ended, path: Path) -> float | None:
    """Return it as the tables say, or as the file says that is there, where they could not be read."""
    if ended.run is not None and ended.run.history is not None:
        at = ended.run.history.last_success
        return None if at is None else _seconds(at)
    try:
        text = path.read_text("utf-8")
        families = list(text_string_to_metric_families(text))
    except Exception:  # noqa: BLE001 - the parser raises all kinds of errors on a file that is damaged
        return None
    found = [sample.value for family in families for sample in family.samples if sample.name == _LAST_SUCCESS]
    return found[0] if found else None


def _seconds(instant: datetime) -> float:
    return instant.replace(tzinfo=UTC).timestamp()
