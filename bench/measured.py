"""Runs a command and says what it cost: `python -m bench.measured REPORT COMMAND…`, figures as JSON into REPORT.

It stands between the benchmark and what is measured because Linux counts towards the most memory that a process held
what its parent held when it was started (`ru_maxrss` survives `execve`): this one holds next to nothing.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path


def main() -> None:
    """Run it with the same input, output and environment, and end as it ended."""
    started = time.perf_counter()
    process = subprocess.Popen(sys.argv[2:])
    # `os.wait4` tells what this one child used; `resource` would tell of all children together.
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    report = {
        "seconds": seconds, "cpu_seconds": usage.ru_utime + usage.ru_stime, "memory_mb": usage.ru_maxrss / 1024
    }  # fmt: skip
    Path(sys.argv[1]).write_text(json.dumps(report), encoding="utf-8")
    sys.exit(process.returncode)


if __name__ == "__main__":
    main()
