"""The wire that a run steps on: counts what happens in this process, and kills it at one moment.

What is wrapped is the border of the project: statements of the loader and of dbt, calls to N2F, and files other than
the database. What lies between two of them nobody outside can see, so that a kill there is one of these.
"""

from __future__ import annotations

import functools
import json
import os
import re
import select
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dbt.adapters.sql.connections import SQLConnectionManager
from filelock import FileLock
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection

from loader.duckdb_database import DuckDBWarehouse
from loader.ledger import Ledger
from loader.progress import TimedProgress
from loader.push import Pusher
from tests.kills.points import Group, Moment

_STAGES = {
    "preparing the snapshot": "set-up",
    "reading N2F": "snapshot",
    "comparing Agresso with N2F": "build",
    "freezing the plan": "freeze",
    "sending the plan": "push",
}
"""By what the loader tells of its progress. Before the first it sets up; the end comes when the push is over."""

_COMMENT = re.compile(r"\s*/\*.*?\*/", re.DOTALL)
_PATIENCE = 60.0  # seconds that an answer of N2F may take


class Wire:
    """Counts moments by group; all threads of the process step on it.

    Args:
        deadly: the moment at which the process dies; None for never.
        told: the file for what was counted.
    """

    def __init__(self, deadly: Moment | None, told: Path) -> None:
        self._deadly = deadly
        self._told = told
        self._lock = threading.Lock()
        self._counted: Counter[Group] = Counter()
        self.stage = "set-up"

    def step(self, what: str, name: str) -> None:
        """Count a moment, and die if it is the one."""
        with self._lock:
            group = Group(self.stage, what)
            self._counted[group] += 1
            if Moment(*group, self._counted[group]) == self._deadly:
                self._told.write_text(json.dumps({"died": name}))
                os.kill(os.getpid(), signal.SIGKILL)
                time.sleep(_PATIENCE)  # the signal is on its way

    def tell(self) -> None:
        """Write down what was counted."""
        groups = [[*group, count] for group, count in self._counted.items()]
        self._told.write_text(json.dumps({"groups": groups}))

    def around(self, owner: Any, method: str, what: str, name: Callable[..., str]) -> None:
        """Step before and after every call of a method."""
        original = getattr(owner, method)

        @functools.wraps(original)
        def stepping(*arguments: Any, **named: Any) -> Any:
            said = name(*arguments, **named)
            self.step(what, f"before {said}")
            result = original(*arguments, **named)
            self.step(what, f"after {said}")
            return result

        setattr(owner, method, stepping)


def lay(wire: Wire) -> None:
    """Lay the wire through the modules of this process, for good."""
    _through_stages(wire)
    _through_files(wire)
    _through_the_loaders_database(wire)
    _through_dbt(wire)
    _through_calls(wire)


def _through_stages(wire: Wire) -> None:
    begin, push = TimedProgress.stage, Pusher.push

    def stage(self: TimedProgress, title: str) -> None:
        wire.stage = _STAGES[title]
        begin(self, title)

    def pushed(self: Pusher) -> Any:
        outcome = push(self)
        wire.stage = "finish"
        return outcome

    TimedProgress.stage = stage  # type: ignore[method-assign]
    Pusher.push = pushed  # type: ignore[method-assign]


def _through_files(wire: Wire) -> None:
    wire.around(FileLock, "acquire", "file", lambda *_, **__: "locking")
    wire.around(FileLock, "release", "file", lambda *_, **__: "unlocking")
    wire.around(Ledger, "open", "file", lambda *_, **__: "reading the calls of the last minute")
    wire.around(Ledger, "add", "file", lambda _ledger, _at, kind, event: f"noting a {kind} {event}")


def _through_the_loaders_database(wire: Wire) -> None:
    stream, transaction = DuckDBWarehouse.stream, DuckDBWarehouse.transaction

    def streaming(self: Any, sql: str, *arguments: Any, **named: Any) -> Iterator[Any]:
        wire.step("loader", f"before {_verb(sql)}")
        yield from stream(self, sql, *arguments, **named)
        wire.step("loader", f"after {_verb(sql)}")

    @contextmanager
    def committing(self: Any) -> Iterator[None]:
        with transaction(self):
            yield
            wire.step("loader", "before commit")
        wire.step("loader", "after commit")

    for method in ("execute", "rows"):
        wire.around(DuckDBWarehouse, method, "loader", lambda _self, sql, *_: _verb(sql))
    wire.around(DuckDBWarehouse, "insert_page", "loader", lambda *_: "insert of a page")
    DuckDBWarehouse.stream = streaming  # type: ignore[method-assign]
    DuckDBWarehouse.transaction = committing  # type: ignore[method-assign]


def _through_dbt(wire: Wire) -> None:
    wire.around(SQLConnectionManager, "add_query", "dbt", lambda _self, sql, *_, **__: _verb(sql))


def _through_calls(wire: Wire) -> None:
    """Four moments of a call: before; sent; answered by N2F, of which nothing is read yet; and after."""
    send, hear = HTTPAdapter.send, HTTPConnection.getresponse
    method = ""

    def step(moment: str) -> None:
        what = "read" if method in ("GET", "auth") else f"write-{moment}"
        wire.step(what, f"{moment} {method}")

    def sending(self: HTTPAdapter, request: Any, *arguments: Any, **named: Any) -> Any:
        nonlocal method
        method = "auth" if request.url.endswith("/auth") else request.method
        step("before")
        answer = send(self, request, *arguments, **named)
        step("after")
        return answer

    def hearing(self: HTTPConnection) -> Any:
        step("sent")
        select.select([self.sock], [], [], _PATIENCE)
        step("answered")
        return hear(self)

    HTTPAdapter.send = sending  # type: ignore[method-assign]
    HTTPConnection.getresponse = hearing  # type: ignore[method-assign]


def _verb(sql: str) -> str:
    return _COMMENT.sub("", sql).split(maxsplit=1)[0].strip(";").lower()
