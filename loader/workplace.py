"""Where a command works: project, database and settings, and the frame that every command has.

The frame takes the lock, leaves a row in `n2f_sync.runs` whatever happens, and turns a signal into an error.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from loader.api import N2FClient
from loader.clock import Clock, SystemClock
from loader.config import load_api_settings
from loader.database import Warehouse, utc_now
from loader.ended import EndedRun, History
from loader.errors import ConfigurationError, DatabaseError, SyncError
from loader.ledger import only_run_of_client
from loader.logs import note_run
from loader.metrics import TABLES, RunMetrics, measure
from loader.plan import Plan
from loader.progress import Progress, TimedProgress
from loader.runs import Run, begin, finish
from loader.seeds import scope_names
from loader.settings import ApiSettings, SyncSettings
from loader.stop import Stop, StoppableClock, next_time_of_day
from loader.summary import Summary
from loader.transform import project_of
from loader.warehouse import open_database

logger = logging.getLogger(__name__)


class InterruptedRunError(SyncError):
    """A signal ended the run, not while changes were being sent: then it is an ordinary, early end."""

    code = "interrupted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What the steps of one command share.

    Attributes:
        max_consecutive_failures: after so many calls in a row without a proper answer, a push ends.
    """

    run: Run
    api: ApiSettings
    client: N2FClient
    warehouse: Warehouse
    stop: Stop
    max_consecutive_failures: int

    def take(self, plan: Plan) -> None:
        """Note in the run which plan it works on."""
        self.run.snapshot_id, self.run.plan_id = plan.snapshot_id, plan.plan_id
        self.run.rejected_count = plan.findings.rejected_count


class Workplace:
    """The place of one command.

    Args:
        root: the folder of `dbt_project.yml`.
        env: what `read_environment` returned.
        settings: what the command may do.
        progress: who is told how far it is.
        ledger_dir: where the calls of the last minute are remembered; None for the project's own place.
        clock: what waits and deadlines go by; None for the machine's own clock.

    Attributes:
        ended: the run that `recorded` has written down with its end; None while there is none.

    Raises:
        ConfigurationError: the dbt profile is missing or wrong.
    """

    def __init__(
        self,
        *,
        root: Path,
        env: Mapping[str, str],
        settings: SyncSettings,
        progress: Progress,
        ledger_dir: Path | None = None,
        clock: Clock | None = None,
    ) -> None:
        self.root = root
        self.env = env
        self.settings = settings
        self.progress = TimedProgress(progress)
        self._ledger_dir = ledger_dir
        self._clock = clock or SystemClock()
        self.project = project_of(root, env, settings)
        self.database = open_database(self.project.target(), root)
        self.ended: EndedRun | None = None

    def recorded(self, command: str, work: Callable[[Job], Summary]) -> Summary:
        """Do the work under the locks of database and client, and write down how it ended.

        One connection stays open from the first row to the last, also while dbt works: no other process can
        take a DuckDB file away in between, and dbt, which opens and closes it for every model, finds it
        open. Without that, a build of small models takes half as long again.
        """
        try:
            return self._recorded(command, work)
        except KeyboardInterrupt as interrupt:  # it came while the run was being written down, or its end
            raise _interrupted(str(interrupt), "beginning or ending a run") from None

    def _recorded(self, command: str, work: Callable[[Job], Summary]) -> Summary:
        with self.database.lock():
            api = load_api_settings(self.env, ledger_dir=self._ledger_dir)
            max_failures = max_consecutive_failures(self.env)
            refuse_unknown_scopes(self.settings.scopes, self.root)
            stop = self._stop(api)
            with (
                stop.listening(),
                _only_run_of_client(api),
                N2FClient(api, clock=StoppableClock(stop)) as client,
                self.database.connect(holds_lock=True) as warehouse,
            ):
                # An older version may have made some of them, and `push` and `snapshot` build nothing that would.
                if not all(warehouse.has_table("n2f_sync", table) for table in ("runs", *TABLES)):
                    self.project.create_loader_tables()
                job = Job(
                    run=begin(warehouse, command, is_dry_run=self.settings.dry_run),
                    api=api,
                    client=client,
                    warehouse=warehouse,
                    stop=stop,
                    max_consecutive_failures=max_failures,
                )
                note_run(job.run.run_id)
                return self._with_end_noted(job, work)

    def _with_end_noted(self, job: Job, work: Callable[[Job], Summary]) -> Summary:
        try:
            summary = work(job)
        except KeyboardInterrupt as interrupt:
            error = _interrupted(str(interrupt), f"at work on run {job.run.run_id}")
            self._note_failure(job, error.exit_code, str(error))
            raise error from None
        except SyncError as error:
            self._note_failure(job, error.exit_code, str(error))
            raise
        except BaseException as error:
            self._note_failure(job, SyncError.exit_code, f"unexpected {type(error).__name__}")
            raise
        message = str(summary.error) if summary.error is not None else summary.stopped
        metrics = self._finish(job, status=summary.status, exit_code=summary.exit_code, message=message)
        return replace(summary, stages=self.progress.times(), metrics=metrics)

    def _note_failure(self, job: Job, exit_code: int, message: str) -> None:
        """Write down a failure; that this fails too must not hide what failed first."""
        with suppress(DatabaseError):
            self._finish(job, status="failed", exit_code=exit_code, message=message)

    def _finish(self, job: Job, *, status: str, exit_code: int, message: str | None) -> RunMetrics | None:
        """End the run, with its metrics in the same transaction; without them where they cannot be written."""
        finished_at = utc_now()
        end = partial(
            finish, job.warehouse, job.run,
            status=status, exit_code=exit_code, message=message, finished_at=finished_at,
        )  # fmt: skip
        metrics: RunMetrics | None
        history: History | None
        try:
            with job.warehouse.transaction():
                metrics = measure(
                    job.warehouse, job.run, job.client.stats, self.progress.times(), finished_at
                )
                metrics.write(job.warehouse, job.run.run_id)
                end()
                history = History.read(
                    job.warehouse, job.run
                )  # before the commit, which is the last of a run
        except DatabaseError as error:
            end()
            logger.warning("the metrics of this run are lost: %s", error.message)
            metrics = history = None
        self.ended = EndedRun(
            run=job.run, status=status, exit_code=exit_code, finished_at=finished_at, metrics=metrics,
            history=history,
        )  # fmt: skip
        return metrics

    def _stop(self, api: ApiSettings) -> Stop:
        """Return when to stop; a time of day counts from now, so that a slow snapshot does not add a day."""
        until = self.settings.until
        if until is None:
            return Stop(clock=self._clock)
        instant = next_time_of_day(until, api.quota.timezone, self._clock.now())
        return Stop(until=instant, label=f"--until {until}", clock=self._clock)


def refuse_unknown_scopes(scopes: frozenset[str] | None, root: Path) -> None:
    """Raise ConfigurationError where the project has no scope of that name."""
    known = scope_names(root)
    unknown = sorted((scopes or frozenset()) - set(known))
    if unknown:
        raise ConfigurationError(
            f"there is no scope {', '.join(unknown)}",
            doing="reading the settings",
            remedy=f"Choose among {', '.join(known)}, in N2F_SYNC_SCOPES or with --scope.",
        )


def _only_run_of_client(api: ApiSettings) -> AbstractContextManager[None]:
    if api.ledger_dir is None:
        return nullcontext()
    return only_run_of_client(api.ledger_dir, api.base_url, api.client_id)


def _interrupted(signal_name: str, doing: str) -> InterruptedRunError:
    return InterruptedRunError(
        f"{signal_name or 'SIGINT'} received",
        doing=doing,
        remedy="`n2f-sync run` starts afresh; `n2f-sync push` takes up a plan that was being sent.",
    )


def max_consecutive_failures(env: Mapping[str, str]) -> int:
    """Return after how many calls in a row without a proper answer a push ends; raises ConfigurationError."""
    name = "N2F_MAX_CONSECUTIVE_FAILURES"
    text = env.get(name, "10").strip()
    if not text.isdecimal() or int(text) < 1:
        raise ConfigurationError(
            f"{name} is {text[:80]!r}",
            doing="reading the settings",
            remedy=f"Set {name} to a whole number, at least 1, or unset it.",
        )
    return int(text)
