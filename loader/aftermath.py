"""What follows a command, however it ended: the metrics file, and word to whom it may concern, once."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from loader.ended import Ended
from loader.errors import LockedError, SyncError, UsageError
from loader.notify_settings import NotifySettings, load_notify_settings
from loader.stop import Stop

if TYPE_CHECKING:
    from loader.summary import Summary
    from loader.workplace import Workplace

logger = logging.getLogger(__name__)

_UNTOLD = (LockedError, UsageError)
"""Another run is at work and will tell of itself; who types is told at once."""

_SENDING = ("run", "push")


class Aftermath:
    """What is to be done once a command has ended.

    Args:
        command: run, snapshot, plan or push.
        env: what `read_environment` returned.
        metrics_file: what the option says; None for the variable.
        is_dry_run: whether the command was told to send nothing.

    Attributes:
        place: where the command works; None before `watch` has made it.

    Raises:
        ConfigurationError: a variable is wrong.
    """

    def __init__(
        self, command: str, env: Mapping[str, str], *, metrics_file: Path | None, is_dry_run: bool
    ) -> None:
        self.place: Workplace | None = None
        self._command = command
        self._is_dry = is_dry_run or command not in _SENDING
        self._settings: NotifySettings = load_notify_settings(env)
        variable = env.get("N2F_SYNC_METRICS_FILE", "").strip()
        self._metrics_file = metrics_file or (Path(variable) if variable else None)

    def watch(
        self,
        place: Callable[[], Workplace],
        work: Callable[[Workplace], Summary],
        *,
        show: Callable[[Summary], None] | None = None,
    ) -> Summary:
        """Do the work at the place, show what it came to, then what follows it; errors go on as they came."""
        try:
            self.place = place()
            summary = work(self.place)
        except _UNTOLD:
            raise
        except SyncError as error:
            self._follow(exit_code=error.exit_code, error=error.code)
            raise
        except Exception:
            self._follow(exit_code=SyncError.exit_code, error="unexpected")
            raise
        if show is not None:
            show(summary)
        error_kind = summary.error.code if summary.error is not None else None
        self._follow(exit_code=summary.exit_code, error=error_kind, summary=summary)
        return summary

    def _follow(self, *, exit_code: int, error: str | None, summary: Summary | None = None) -> None:
        ended = Ended(
            command=self._command,
            is_dry=self._is_dry,
            exit_code=exit_code,
            error=error,
            run=self.place.ended if self.place is not None else None,
            summary=summary,
        )
        with Stop().listening():
            _shielded("the metrics file is not written", lambda: self._write_metrics(ended))
            _shielded("no word is sent of this run", lambda: self._send_word(ended))

    def _write_metrics(self, ended: Ended) -> None:
        if self._metrics_file is not None:
            from loader.metrics_file import write_metrics_file

            write_metrics_file(self._metrics_file, ended)

    def _send_word(self, ended: Ended) -> None:
        if self._settings.webhook is not None or self._settings.mailbox is not None:
            from loader.notice import notice_of
            from loader.notify import send

            notice = notice_of(ended, self._settings)
            if notice is not None:
                send(notice, self._settings)


def _shielded(failure: str, action: Callable[[], None]) -> None:
    """Do it. What goes wrong, a signal too, is a warning: the command has ended, and its exit code stands."""
    try:
        action()
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - nothing here may change how the command ended
        logger.warning("%s: %s", failure, type(error).__name__)
