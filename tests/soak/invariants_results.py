"""What must hold of the tables after a command, by what N2F and the wire recorded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from tests.soak.record import Command, Result, Row

_SIGNALLED = frozenset({"running", "succeeded", "incomplete", "guarded", "dry_run"})
"""What a run may be called too when a signal came while its row was being written, at its begin or its end; a signal
before that leaves none."""

_INCOMPLETE = frozenset({"failed", "skipped", "left"})
_ERRORS_THAT_FAULTS_MAKE = frozenset({"api", "network", "authentication", "interrupted"})


def one_result_each(command: Command) -> Iterator[str]:
    """A push that ended leaves one result for each row that is not off, and none for those that are."""
    if command.plan is None:
        return
    count = Counter(each.sequence for each in command.results)
    is_complete = command.how == "ended" and command.is_push
    for row in command.plan.rows:
        number = count[row.sequence]
        if number > 1 or (row.decision == "off" and number):
            yield f"{row.key} ({row.decision}) has {number} results"
        elif is_complete and row.decision != "off" and not number:
            yield f"{row.key} ({row.decision}) has no result"


def results_are_true(command: Command) -> Iterator[str]:
    """A result says what N2F answered: its last status, and how often it was asked."""
    if command.plan is None:
        return
    before = {each.sequence for each in command.results_before}
    rows = {row.sequence: row for row in command.plan.rows}
    for result in command.results:
        if result.sequence not in before:
            for problem in _false(command, rows[result.sequence], result):
                yield f"{rows[result.sequence].key} is {result.status}, and {problem}"


def nothing_is_lost(command: Command) -> Iterator[str]:
    """At most one row is marked and has no result, and that only after a kill; whatever was sent has one or is it."""
    if command.plan is None:
        return
    settled = {each.sequence for each in command.results}
    sent = {row.sequence for _, row in command.writes if row is not None}
    unsettled = (set(command.marks) | sent) - settled
    if len(unsettled) > (command.how != "ended" or not command.is_push):
        yield f"{len(unsettled)} rows were marked or sent and have no result, after a command that {command.how}"
    lost = [each for each in command.results_before if each not in command.results]
    if lost:
        yield f"results of an earlier command are gone or changed: {lost}"


def the_run_is_written_down(command: Command) -> Iterator[str]:
    """A command that was not killed has a row in `runs` that says how it ended; one that was has none that does.

    A kill right after a statement was committed may be one after the very last.
    """
    run = command.run
    if command.how == "killed":
        is_at_its_very_end = command.struck_by.startswith("kill, committed")
        if run is not None and run["status"] != "running" and not is_at_its_very_end:
            yield f"it was killed, and its run is {run['status']}"
        return
    if command.error == "interrupted" and (run["status"] in _SIGNALLED if run else not command.calls):
        return
    if run is None:
        yield "it has no row in runs"
    elif run["status"] == "running" or run["exit_code"] != command.exit_code:
        yield f"it ended with {command.exit_code}, and its run is {run['status']} with {run['exit_code']}"


def the_exit_code_is_right(command: Command) -> Iterator[str]:
    """0 means in step, 3 that something is left to do, 4 that a guard spoke; errors are such as faults make."""
    code, plan = command.exit_code, command.plan
    if command.how == "error":
        is_refused_plan = command.name == "push" and command.error == "data"
        if command.is_calm or not (command.error in _ERRORS_THAT_FAULTS_MAKE or is_refused_plan):
            yield f"it ended with an error: {command.error}"
    if command.how != "ended" or plan is None or not command.is_push or command.run is None:
        return
    mine = [each.status for each in command.results if each.run_id == command.run["run_id"]]
    is_guarded = any(row.reason in ("guard", "source_empty") for row in plan.rows)
    is_incomplete = not _INCOMPLETE.isdisjoint(mine)
    if code == 0 and (is_guarded or is_incomplete):
        yield f"exit code 0 with {Counter(mine)}"
    if is_guarded and code not in (1, 4):
        yield f"a guard withheld something, and the exit code is {code}"
    if code == 3 and not is_incomplete and not plan.world.settings.strict:
        yield f"exit code 3 with {Counter(mine)}"


def the_snapshot_is_n2f(command: Command) -> Iterator[str]:
    """What a plan was made of is what N2F held, where nobody changed it meanwhile, and what is complete is whole."""
    yield from command.landed


def _false(command: Command, row: Row, result: Result) -> Iterator[str]:
    calls = command.calls_of(row)
    last = calls[-1] if calls else None
    if result.status == "succeeded" and (last is None or not last.is_success):
        yield f"N2F was last heard to say {last}"
    if result.status == "failed" and last is not None and last.is_success:
        yield f"N2F said {last}"
    if result.status in ("skipped", "withheld", "left") and calls:
        yield f"it was sent: {last}"
    if (result.status == "withheld") != (row.decision == "withheld"):
        yield f"the plan says {row.decision}"
    if result.status in ("succeeded", "failed") and row.decision == "send" and not _had_no_token(command):
        if result.attempts != len(calls):
            yield f"{len(calls)} calls were made for it, not {result.attempts}"
        elif last is not None and result.http_status != last.heard:
            yield f"its status is {result.http_status}, where {last.heard} was heard"


def _had_no_token(command: Command) -> bool:
    """Whether a token was asked for in vain at some time: what comes after one that was got is another call.

    The row whose turn it was then fails with what became of the call for a token.
    """
    following = (*command.calls[1:], None)
    return any(
        call.kind == "auth" and (after is None or after.kind == "auth")
        for call, after in zip(command.calls, following, strict=True)
    )
