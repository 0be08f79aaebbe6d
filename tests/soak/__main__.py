"""`python -m tests.soak`: tells stories until so many nights have passed; see `make soak`."""

from __future__ import annotations

import argparse
import hashlib
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from tests.soak.invariants import BrokenInvariantError
from tests.soak.laboratory import SoakLab
from tests.soak.soaking import stories

_COUNTED = (
    "calls",
    "failed calls",
    "lost answers",
    "writes",
    "deletes",
    "kills",
    "signals",
    "results",
    "withheld",
)
_EVERY = 10.0  # seconds between two lines of progress


def main(arguments: Sequence[str] | None = None) -> int:
    """Soak; 0 when no invariant was broken, else 1."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "--nights", type=int, default=1000, help="at least so many; the last story is told to its end"
    )
    parser.add_argument(
        "--seed", type=int, default=1, help="of the first story; the next one has the next number"
    )
    parser.add_argument("--jobs", type=int, default=1, help="processes that tell stories at the same time")
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        _say("compiling the models with dbt")
        lab = SoakLab.compiled_in(Path(folder))
        began = spoken = time.monotonic()
        counts: Counter[str] = Counter()
        digest = hashlib.sha256()
        try:
            for told in stories(lab, Path(folder), seed=chosen.seed, nights=chosen.nights, jobs=chosen.jobs):
                counts += told.counts
                counts.update(nights=told.nights, stories=1)
                digest.update(told.digest.encode())
                if time.monotonic() - spoken > _EVERY:
                    spoken = time.monotonic()
                    _say(f"{counts['nights']} nights, {counts['stories']} stories, last seed {told.seed}")
        except BrokenInvariantError as broken:
            _say(str(broken))
            return 1
    _say(
        f"{counts['nights']} nights of {counts['stories']} stories from seed {chosen.seed}: no invariant broken"
    )
    _say(", ".join(f"{counts[name]} {name}" for name in _COUNTED))
    _say(", ".join(f"{count} {name}" for name, count in sorted(counts.items()) if name.startswith("command")))
    _say(f"{time.monotonic() - began:.0f} s, digest {digest.hexdigest()[:16]}")
    return 0


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
