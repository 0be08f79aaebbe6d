"""What is told of a run, and whether: by its exit code, and by that of the run before. It names nobody.

Counts, exit code, run id, the numbers of guards and the kind of an error are all there is: no name, mail, code, payload
or word of N2F, since webhooks and mailboxes are other people's.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from loader.ended import Ended
from loader.needs import Need
from loader.notify_settings import NotifySettings
from loader.runs import STATUSES

_EVENT_OF = {1: "failure", 4: "guard", 3: "incomplete"}
"""Of exit codes; of wrong usage (2) and of another run at work (5) nothing is told."""

_TITLES = {
    "failure": "n2f-sync was stopped by an error",
    "guard": "n2f-sync: a guard withheld changes",
    "incomplete": "n2f-sync: rows failed, were skipped or are left",
    "recovery": "n2f-sync is in step again",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One piece of news: a title, lines for people, and fields for machines."""

    event: str
    title: str
    lines: tuple[str, ...]
    fields: dict[str, Any]

    @property
    def text(self) -> str:
        """The lines as one text."""
        return "\n".join(self.lines)


def notice_of(ended: Ended, settings: NotifySettings) -> Notice | None:
    """Return what is to be told of how a command ended; None for nothing."""
    event = event_of(ended, settings)
    if event is None:
        return None
    return Notice(
        event=event,
        title=f"{_TITLES[event]} (exit code {ended.exit_code})",
        lines=tuple(_lines(ended)),
        fields=_fields(ended, event),
    )


def event_of(ended: Ended, settings: NotifySettings) -> str | None:
    """Return which of the events it is that word is to be sent of.

    A recovery is an exit code 0 after a run that was to send something and ended with a code of an event that
    word is sent of.
    """
    if ended.is_dry and not settings.is_told_of_dry_runs:
        return None
    event = _EVENT_OF.get(ended.exit_code)
    history = ended.run.history if ended.run is not None else None
    if ended.exit_code == 0 and not ended.is_dry and history is not None:
        before = _EVENT_OF.get(history.previous_exit_code or 0)
        event = "recovery" if before in settings.events else None
    return event if event in settings.events else None


def _lines(ended: Ended) -> Iterator[str]:
    what = f"{ended.command} {ended.run.run.run_id}" if ended.run is not None else ended.command
    yield f"{what}: exit code {ended.exit_code}" + (f", error of kind {ended.error}" if ended.error else "")
    summary = ended.summary
    if summary is None:
        yield "The log and `n2f-sync status` say more."
        return
    for count in summary.counts:
        numbers = ", ".join(f"{getattr(count, name)} {name}" for name in STATUSES if getattr(count, name))
        if numbers:
            yield f"{count.scope} {count.action}: {numbers}"
    if summary.findings.rejected_count:
        yield f"rejected: {summary.findings.rejected_count}"
    for need in summary.needs:
        yield f"{need.text}. {need.remedy}" + (f" {need.command}" if need.command else "")


def _fields(ended: Ended, event: str) -> dict[str, Any]:
    summary, run = ended.summary, ended.run
    counts = summary.counts if summary is not None else ()
    guards = [breached.guard for breached in summary.guards] if summary is not None else []
    return {
        "event": event,
        "command": ended.command,
        "run_id": run.run.run_id if run is not None else None,
        "exit_code": ended.exit_code,
        "status": run.status if run is not None else "failed",
        "error": ended.error,
        "finished_at": f"{run.finished_at.isoformat()}Z" if run is not None else None,
        "counts": [
            {
                "scope": count.scope,
                "action": count.action,
                **{name: getattr(count, name) for name in STATUSES},
            }
            for count in counts
        ],
        "rejected": summary.findings.rejected_count if summary is not None else None,
        "guards": [
            {
                "scope": guard.scope,
                "action": guard.action,
                "verdict": guard.verdict,
                "change_count": guard.change_count,
                "n2f_count": guard.n2f_count,
            }
            for guard in guards
        ],
        "needs": [_need(need) for need in summary.needs] if summary is not None else [],
    }


def _need(need: Need) -> dict[str, Any]:
    return {"kind": need.kind, "reason": need.reason, "text": need.text, "remedy": need.remedy}
