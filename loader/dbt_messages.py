"""What dbt says, in the loader's words: its events as log lines, its failures as errors that name nodes.

What a model read is never quoted.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from loader.engine_errors import held_file, is_engine_error, safe_message
from loader.errors import DatabaseError, SyncError

logger = logging.getLogger(__name__)

_NODE_EVENTS = frozenset(
    {"LogModelResult", "LogSeedResult", "LogTestResult", "LogFreshnessResult", "LogSnapshotResult"}
)
_NAMED = 5  # failed nodes that a message names


def log_event(event: Any) -> None:
    """Pass an event of dbt on to `logging`, if it is one that names a node and nothing that was read."""
    if event.info.name in _NODE_EVENTS:
        level = logging.WARNING if event.info.level == "warn" else logging.DEBUG
        logger.log(level, "dbt: %s", event.info.msg)


def failed(message: str, nodes: Sequence[str], doing: str) -> SyncError:
    """Return the error for what dbt said of these nodes, or of none."""
    text = first_lines(message)
    return held_file(message, doing=doing) or DatabaseError(
        f"{count(nodes, 'dbt node')} failed: {some(nodes)}: {text}" if nodes else f"dbt failed: {text}",
        doing=doing,
        remedy="Run `dbt build` in the project to see all of it.",
        nodes=list(nodes),
    )


def first_lines(message: str) -> str:
    """Return the head of an error of dbt: its kind and place, and the engine's reason where that is safe."""
    lines = [line.strip() for line in message.splitlines()]
    lines = [line for line in lines if line and not line.startswith(">")]
    if not lines:
        return "no message"
    head, rest = lines[0], lines[1:]
    if is_engine_error(head):  # it came while results were fetched: dbt passes such an error on as it is
        return safe_message(head)
    if head.startswith(("Runtime Error", "Database Error")) and rest and is_engine_error(rest[0]):
        return f"{head}: {safe_message(rest[0])}"
    return ": ".join([head, *rest[:2]])[:400]


def count(names: Sequence[str], noun: str) -> str:
    """Return `1 dbt node`, `2 dbt nodes`."""
    return f"{len(names)} {noun}{'' if len(names) == 1 else 's'}"


def some(names: Sequence[str]) -> str:
    """Return the first few names, and how many more there are."""
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")


def where(result: Any, root: Path) -> str:
    """Return where the SQL of a node stands, as seen from the project where it is inside."""
    path = Path(getattr(result.node, "compiled_path", None) or result.node.name)
    return str(path.relative_to(root) if path.is_relative_to(root) else path)
