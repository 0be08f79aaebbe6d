"""Commands as processes of their own, with what each cost as the operating system counts it."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

_SHOWN = 2000  # characters of what a failed command said


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A process that has ended.

    Attributes:
        seconds: from its start to its end.
        cpu_seconds: of all its threads.
        memory_mb: the most it held at once, everything in it.
        output: what it wrote to stdout.
    """

    seconds: float
    cpu_seconds: float
    memory_mb: float
    output: str


def run(module: str, *arguments: str, environment: Mapping[str, str] | None = None) -> Ended:
    """Run `python -m module arguments` and measure it; end the benchmark where it fails.

    `os.wait4` tells what this one child used; `resource` would tell of all children together.
    """
    command = [sys.executable, "-m", module, *arguments]
    with tempfile.TemporaryFile("w+") as said, tempfile.TemporaryFile("w+") as complained:
        started = time.perf_counter()
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=said, stderr=complained)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        complained.seek(0)
        output, errors = said.read(), complained.read()
    if process.returncode:
        raise SystemExit(
            f"{' '.join(command)} ended with {process.returncode}: {(output + errors)[-_SHOWN:]}"
        )
    return Ended(
        seconds=seconds,
        cpu_seconds=usage.ru_utime + usage.ru_stime,
        memory_mb=usage.ru_maxrss / 1024,
        output=output,
    )


@contextmanager
def n2f(world: Path, *options: str) -> Iterator[str]:
    """Run the demo's N2F as a process, without quotas unless options say so; yield its base URL."""
    command: Sequence[str] = [
        sys.executable, "-m", "demo.server", "--port", "0", "--world", str(world), *options
    ]  # fmt: skip
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            yield server.stdout.readline().split()[-1]
        finally:
            server.terminate()
