"""A disk, a log or a pipe that takes no more: what was done is known, the exit code is right, the next run heals it.

A limit on the size of files that the process may write (RLIMIT_FSIZE) stands in for a disk that is full: the
operating system refuses the write just so. `/dev/full` is a log on such a disk.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from demo.harness import DemoN2F
from demo.sample import agresso_rows, sample_world
from tests.end_to_end import PATIENCE, Ended, Site, site_on
from tests.engines import DuckDBEngine

if sys.platform == "win32":
    pytest.skip("Windows has neither RLIMIT_FSIZE nor /dev/full", allow_module_level=True)

import resource

DEV_FULL = Path("/dev/full")


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """The sample on the embedded engine: the disk of SQL Server is another machine's."""
    with DemoN2F(sample_world()) as n2f, site_on(DuckDBEngine(), tmp_path, n2f) as site:
        site.load_agresso(agresso_rows())
        yield site


def limited(site: Site, *arguments: str, size: int) -> Ended:
    """Run a command that cannot write beyond `size` bytes of any file."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    return ended(site, *arguments, preexec_fn=limit)


def ended(site: Site, *arguments: str, preexec_fn: Callable[[], None] | None = None, **streams: int) -> Ended:
    done = subprocess.run(
        [sys.executable, "-m", "loader", *arguments],
        cwd=site.folder,
        env=os.environ | site.environment | {"PYTHONUNBUFFERED": ""},  # as a scheduler starts it
        text=True,
        check=False,
        timeout=PATIENCE,
        preexec_fn=preexec_fn,
        **({"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | streams),
    )
    return Ended(code=done.returncode, out=done.stdout or "", err=done.stderr or "")


def test_a_disk_that_is_full_stops_the_push_and_the_next_one_heals_it(site: Site) -> None:
    assert site.command("plan").code == 0
    planned = site.rows("select count(*) from n2f_sync.planned_changes where decision = 'send'")[0][0]
    stopped = limited(site, "push", size=4096)
    assert stopped.code == 1
    error = stopped.err.splitlines()[-1]
    assert error.startswith("error: ")
    assert "File too large" in error
    assert "Traceback" not in stopped.err
    assert 0 < site.writes() < planned

    assert site.command("push").code in (0, 3)
    assert site.writes() <= planned + 1  # at most one call is repeated
    assert site.rows("select count(*) from n2f_sync.push_results") == [(planned,)]


@pytest.mark.skipif(not DEV_FULL.exists(), reason="needs /dev/full")
@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_a_log_that_is_full_changes_nothing_but_the_log(site: Site, stream: str) -> None:
    with DEV_FULL.open("w") as full:
        done = ended(site, "run", **{stream: full.fileno()})
    assert done.code == 0
    assert site.writes() > 0
    assert site.rows("select status, exit_code from n2f_sync.runs") == [("succeeded", 0)]
    if stream == "stdout":
        assert "stdout cannot be written" in done.err.splitlines()[-1]


def test_a_reader_that_leaves_is_no_error(site: Site) -> None:
    """As `n2f-sync status | head -1` does."""
    reading, writing = os.pipe()
    os.close(reading)
    done = ended(site, "status", stdout=writing)
    os.close(writing)
    assert (done.code, done.err) == (0, "")
