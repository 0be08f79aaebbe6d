"""Where the commands of a story work: the loader's own `Workplace`, with database, dbt's part and time exchanged."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

from demo.harness import DemoN2F
from loader.progress import TimedProgress
from loader.settings import SyncSettings
from loader.summary import Summary
from loader.workplace import Job, Workplace
from tests.engines import ROOT
from tests.soak.laboratory import DbtStandIn, StoryDatabase
from tests.soak.record import Quota
from tests.soak.times import TimeOfALife
from tests.soak.weather import Options
from tests.soak.wire import Wire


class Silence:
    """A watcher of progress who says nothing."""

    def stage(self, title: str) -> None:
        """See `loader.progress.Progress`."""

    def advance(self, done: int, total: int | None, what: str, ahead: object = None) -> None:
        """See `loader.progress.Progress`."""


class AtOnce(Executor):
    """Lands pages in the thread that reads them, so that a seed tells the same story every time."""

    def submit(self, work: Callable[..., Any], /, *arguments: Any, **named: Any) -> Future[Any]:
        """Do it; a kill or a signal that strikes meanwhile comes out at once."""
        done: Future[Any] = Future()
        done.set_result(work(*arguments, **named))
        return done


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchanged:
    """What is not the loader's own in one command."""

    project: DbtStandIn
    database: StoryDatabase
    clock: TimeOfALife
    wire: Wire


class SoakPlace(Workplace):
    """A workplace that does not ask dbt where its database is; `recorded` and all below it are the loader's."""

    def __init__(
        self, *, env: dict[str, str], settings: SyncSettings, ledger_dir: Path, exchanged: Exchanged
    ) -> None:
        self.root = ROOT
        self.env = env
        self.settings = settings
        self.progress = TimedProgress(Silence())
        self.project: Any = exchanged.project
        self.database: Any = exchanged.database
        self._ledger_dir = ledger_dir
        self._clock = exchanged.clock
        self._wire = exchanged.wire

    def recorded(self, command: str, work: Callable[[Job], Summary]) -> Summary:
        """See `Workplace.recorded`; the client's calls take the story's wire."""
        with patch("loader.landing.one_thread", AtOnce):
            return super().recorded(command, lambda job: work(self._wire.carry(job)))


def environment(n2f: DemoN2F, quota: Quota) -> dict[str, str]:
    """Return the variables of a story."""
    fixed = {"N2F_READS_PER_MINUTE": quota.reads, "N2F_WRITES_PER_MINUTE": quota.writes}
    return {
        "N2F_BASE_URL": n2f.base_url, "N2F_CLIENT_ID": n2f.client_id, "N2F_CLIENT_SECRET": n2f.client_secret,
        **{name: str(number) for name, number in fixed.items() if number is not None},
    }  # fmt: skip


def sync_settings(options: Options) -> SyncSettings:
    """Return a night's options as the loader takes them."""
    said = options.settings
    return SyncSettings(
        sandbox=said.sandbox,
        sandbox_company=said.sandbox_company,
        actions=said.actions,
        scopes=said.scopes,
        only_companies=said.only_companies,
        only_mails=said.only_mails,
        allow_mass=said.allow_mass,
        max_writes=options.max_writes,
        until=options.until,
        dry_run=options.is_dry_run,
        strict=said.strict,
    )
