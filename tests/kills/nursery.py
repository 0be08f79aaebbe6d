"""Where runs are born: a process that has imported and parsed everything, and forks a child for each of them.

Starting costs `n2f-sync` more time than all of its work here. What forks has no connection and no second thread
but those that dbt's parser keeps asleep, so that a child is as good as a new process. What it spares the child is
importing, and dbt's parsing, which touches neither the database nor N2F.

`python -m tests.kills.nursery FD ...`: the first job, the first line of stdin, is done in this process and warms it;
after that each descriptor is a lane with jobs of its own, one after the other.
"""

from __future__ import annotations

import gc
import os
import signal
import socket
import sys
import threading
from pathlib import Path
from typing import Any, TextIO

from dbt.adapters.duckdb.connections import DuckDBConnectionManager

from loader import cli
from loader.options import workplace
from loader.progress import LogProgress
from loader.transform import Project
from loader.workplace import Workplace
from tests.kills.job import Job
from tests.kills.points import Moment
from tests.kills.wire import Wire, lay

_PATIENCE = 900  # seconds that a command may take; what hangs is ended by the system and told as that

_PARSE, _SETTLE = (
    Project.__init__,
    Workplace.__init__,
)  # as they are, whatever a process that forks put in their place


def main() -> None:
    """Do the first job, then those of each lane."""
    sockets = [socket.socket(fileno=int(number)) for number in sys.argv[1:]]
    first = Job.of_line(sys.stdin.readline())
    manifest = _warmed(first)
    for mine in sockets:
        if os.fork() == 0:
            for other in sockets:
                if other is not mine:
                    other.close()
            _serve(mine.makefile("rw"), manifest)
            os._exit(0)
    for mine in sockets:
        mine.close()  # who reads on the other end shall hear when a lane dies
    for _ in sockets:
        os.wait()


def _warmed(job: Job) -> Any:
    """Do a job in this process, and return dbt's manifest, parsed anew; end as one thread without connections."""
    code = _do(job, None)
    if code != 0:
        raise SystemExit(f"the first job ended with {code}")
    project = workplace(LogProgress(), {}).project
    project._invoke("parsing the project", ["parse"])
    DuckDBConnectionManager.close_all_connections()  # dbt keeps one for its next command in this process
    if threading.active_count() != 1:
        raise SystemExit(f"{threading.enumerate()} are alive: this process cannot be forked")
    gc.collect()
    gc.freeze()
    return project._manifest


def _serve(lane: TextIO, manifest: Any) -> None:
    """Do job after job, each in a child, and say how it ended: its exit code, or minus the signal."""
    lane.write("ready\n")
    lane.flush()
    for line in lane:
        child = os.fork()
        if child == 0:
            os._exit(_do(Job.of_line(line), manifest))
        _, status = os.waitpid(child, 0)
        lane.write(f"{os.waitstatus_to_exitcode(status)}\n")
        lane.flush()


def _do(job: Job, manifest: Any) -> int:
    """Be `n2f-sync` with these arguments; return its exit code."""
    output = os.open(job.output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    for descriptor in (1, 2):
        os.dup2(output, descriptor)
    os.close(output)
    os.environ.update(job.environment)
    sys.argv = ["n2f-sync", *job.arguments]
    _hand_over(manifest, Path(job.ledger_dir))
    wire = None
    if manifest is not None:
        signal.alarm(_PATIENCE)
        wire = Wire(Moment(*job.deadly) if job.deadly else None, Path(job.counted))
        lay(wire)
    try:
        cli.main()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    else:
        code = 0
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    if wire is not None:
        wire.tell()
    return code


def _hand_over(manifest: Any, ledger_dir: Path) -> None:
    """Let this process take dbt's manifest as parsed, and remember calls in a folder of the test."""

    def as_parsed(self: Project, *arguments: Any, **named: Any) -> None:
        _PARSE(self, *arguments, **named)
        self._manifest = manifest  # None: it is parsed when it is needed

    def settled(self: Workplace, **named: Any) -> None:
        _SETTLE(self, **named, ledger_dir=ledger_dir)

    Project.__init__ = as_parsed  # type: ignore[method-assign]
    Workplace.__init__ = settled  # type: ignore[method-assign]


if __name__ == "__main__":
    main()
