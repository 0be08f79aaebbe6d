"""Commands as processes of their own, with what each cost as the operating system counts it."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
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
    """Run `python -m module arguments` and measure it; end the benchmark where it fails."""
    command = [sys.executable, "-m", module, *arguments]
    with tempfile.TemporaryDirectory(prefix="n2f-bench-") as folder:
        report = Path(folder) / "report.json"
        ended = subprocess.run(
            [sys.executable, "-m", "bench.measured", str(report), *command],
            cwd=ROOT, env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if ended.returncode:
            said = (ended.stdout + ended.stderr)[-_SHOWN:]
            raise SystemExit(f"{' '.join(command)} ended with {ended.returncode}: {said}")
        return Ended(**json.loads(report.read_text(encoding="utf-8")), output=ended.stdout)


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
