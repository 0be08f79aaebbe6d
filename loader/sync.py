"""The commands that change something: a whole run, and each of its steps alone."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from functools import partial

from loader.artifacts import kept_artifacts
from loader.journal import Journal
from loader.plan import LONGEST_SNAPSHOT_AGE, Plan, freeze, load_plan, refuse_unpushable
from loader.progress import SENDING
from loader.push import Pusher
from loader.ranks import Ranks
from loader.seeds import Resource, endpoints, snapshot_resources
from loader.selection import Selection
from loader.snapshot import has_tables, reusable_snapshot, take_snapshot
from loader.summary import Summary, summarize
from loader.workplace import Job, Workplace

logger = logging.getLogger(__name__)

_READING = "reading N2F"


def run(place: Workplace, *, max_age: timedelta | None = None) -> Summary:
    """Snapshot, compare, plan and push; with `dry_run` all but the writes.

    Args:
        place: where, and with which settings.
        max_age: how old a snapshot may be that is used instead of a new one; None for a new one.
    """

    def work(job: Job) -> Summary:
        _snapshot(place, job, max_age)
        _build(place, job)
        return _push(place, job, _freeze(place, job))

    return place.recorded("run", work)


def take_a_snapshot(place: Workplace) -> Summary:
    """Read N2F and nothing else."""

    def work(job: Job) -> Summary:
        _snapshot(place, job, None)
        return summarize(job.warehouse, job.run, None, place.settings)

    return place.recorded("snapshot", work)


def make_a_plan(place: Workplace, *, max_age: timedelta | None = LONGEST_SNAPSHOT_AGE) -> Summary:
    """Compare, and freeze a plan: from the newest snapshot where it serves, else from a new one."""

    def work(job: Job) -> Summary:
        _snapshot(place, job, max_age)
        _build(place, job)
        return _foreseen(place, job, _freeze(place, job))

    return place.recorded("plan", work)


def push_a_plan(place: Workplace, *, plan_id: str | None = None) -> Summary:
    """Send a plan, the newest one unless another is named, or what a push that was killed left of it."""

    def work(job: Job) -> Summary:
        plan = load_plan(job.warehouse, plan_id)
        job.take(plan)
        return _push(place, job, plan)

    return place.recorded("push", work)


def _snapshot(place: Workplace, job: Job, max_age: timedelta | None) -> None:
    """Find a snapshot that serves, or take one.

    dbt starts while the first lists are read, where none of them waits for it: they have tables, and no view has to
    say whether an older snapshot serves. What dbt does in the database comes when they have landed.
    """
    resources = snapshot_resources(place.root)
    if max_age is None and has_tables(job.warehouse, resources):
        with ExitStack() as meanwhile:
            meanwhile.enter_context(place.project.parsing())
            _take(place, job, resources, partial(_prepare, place, meanwhile))
        return
    _prepare(place)
    if max_age is not None:
        found = reusable_snapshot(job.warehouse, base_url=job.api.base_url, max_age=max_age)
        if found is not None:
            job.run.snapshot_id = found
            logger.info("the snapshot %s serves", found)
            return
    _take(place, job, resources, None)


def _prepare(place: Workplace, meanwhile: ExitStack | None = None) -> None:
    """Let dbt build what nested lists are named by, once it has done what it did meanwhile."""
    place.progress.stage("preparing the snapshot")
    if meanwhile is not None:
        meanwhile.close()
    place.project.prepare()
    if meanwhile is not None:
        place.progress.stage(_READING)


def _take(
    place: Workplace, job: Job, resources: Sequence[Resource], prepare: Callable[[], None] | None
) -> None:
    place.progress.stage(_READING)
    snapshot = take_snapshot(
        job.warehouse,
        job.client,
        resources,
        base_url=job.api.base_url,
        progress=place.progress,
        prepare=prepare,
    )
    job.run.snapshot_id = snapshot.snapshot_id
    logger.info("snapshot: %d documents in %d calls", snapshot.document_count, snapshot.call_count)


def _build(place: Workplace, job: Job) -> None:
    place.progress.stage("comparing Agresso with N2F")
    with kept_artifacts(place.project.target_dir(), job.run.run_id):
        place.project.build()


def _freeze(place: Workplace, job: Job) -> Plan:
    place.progress.stage("freezing the plan")
    plan = freeze(
        job.warehouse,
        run_id=job.run.run_id,
        settings=place.settings,
        base_url=job.api.base_url,
        snapshot_id=job.run.snapshot_id,
    )
    job.take(plan)
    return plan


def _foreseen(place: Workplace, job: Job, plan: Plan) -> Summary:
    """Return the summary of a plan that is not sent now, with how it would go."""
    summary = summarize(job.warehouse, job.run, plan, place.settings)
    return replace(summary, forecast=_selection(place, job, plan).forecast())


def _selection(place: Workplace, job: Job, plan: Plan) -> Selection:
    """Return what says which rows of a plan go out within the limits of this run."""
    return Selection(
        Ranks(job.warehouse, plan.plan_id),
        job.client.pacer,
        max_writes=place.settings.max_writes,
        deadline=job.stop.until,
        deadline_label=job.stop.label,
    )


def _push(place: Workplace, job: Job, plan: Plan) -> Summary:
    """Send a plan that may be sent; a dry run only finds out whether it may."""
    refuse_unpushable(job.warehouse, plan, base_url=job.api.base_url)
    if job.run.is_dry_run:
        return _foreseen(place, job, plan)
    place.progress.stage(SENDING)
    outcome = Pusher(
        Journal(job.warehouse, run_id=job.run.run_id, plan_id=plan.plan_id),
        job.client,
        allowed=endpoints(place.root),
        stop=job.stop,
        progress=place.progress,
        selection=_selection(place, job, plan),
        max_consecutive_failures=job.max_consecutive_failures,
    ).push()
    return summarize(
        job.warehouse,
        job.run,
        plan,
        place.settings,
        is_pushed=True,
        stopped=outcome.stopped,
        error=outcome.error,
    )
