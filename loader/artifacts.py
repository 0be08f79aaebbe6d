"""Keeps what dbt says of each run's build: `run_results.json` and `manifest.json`, below dbt's target folder.

Compressed copies, one folder a run, its owner's alone. dbt writes these files over in place, so links would not
do. They hold no data: compiled SQL, which has the mails that a run is limited to, is left out, and of an error what
the loader tells of it.
"""

from __future__ import annotations

import gzip
import json
import logging
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from loader.dbt_messages import first_lines

logger = logging.getLogger(__name__)

KEPT = 30
"""Builds of which the artifacts are kept."""

NAMES = ("run_results.json", "manifest.json")

_FOLDER = "runs"
_COMPILED = ("compiled_code", "compiled_path")


@contextmanager
def kept_artifacts(target: Path, run_id: str) -> Iterator[None]:
    """Keep what dbt writes into its target folder meanwhile, also where the build fails.

    That it cannot be kept (a full disk) is a warning, and no reason to stop a run.
    """
    before = {name: _written_at(target / name) for name in NAMES}
    try:
        yield
    finally:
        try:
            written = [name for name in NAMES if _written_at(target / name) != before[name]]
            _keep(target, run_id, written)
        except Exception as error:  # noqa: BLE001 - also where dbt writes its files in another form one day
            logger.warning("dbt's artifacts of run %s are not kept: %s", run_id, type(error).__name__)


def _keep(target: Path, run_id: str, names: list[str]) -> None:
    if not names:
        return
    folder = target / _FOLDER / run_id
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name in names:
        document = _without_data(json.loads((target / name).read_bytes()))
        descriptor = os.open(folder / f"{name}.gz", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file, gzip.open(file, "wb", compresslevel=1) as packed:
            packed.write(json.dumps(document, separators=(",", ":")).encode())
    for old in sorted(path for path in folder.parent.iterdir() if path.is_dir())[:-KEPT]:
        shutil.rmtree(old)


def _without_data(document: dict[str, Any]) -> dict[str, Any]:
    for node in [*document.get("nodes", {}).values(), *document.get("results", ())]:
        for name in _COMPILED:
            node.pop(name, None)
    for result in document.get("results", ()):
        if result["status"] == "error":
            result["message"] = first_lines(result["message"] or "")
    return document


def _written_at(path: Path) -> int | None:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return None
