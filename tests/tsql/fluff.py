"""sqlfluff in the tsql dialect, a second parser of compiled SQL that also knows what a query refers to."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

CONFIG = Path(__file__).with_name("sqlfluff_tsql.cfg")


def violations(texts: Mapping[str, str], folder: Path) -> dict[str, list[str]]:
    """Lint texts by name, two at a time; said are those that have violations, what cannot be parsed among them."""
    folder.mkdir(exist_ok=True)
    for name, text in texts.items():
        (folder / f"{name}.sql").write_text(f"{text}\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "sqlfluff", "lint", "--config", str(CONFIG), "--format", "json", "--nocolor",
         "--disable-progress-bar", "--processes", str(os.cpu_count() or 1), str(folder)],
        capture_output=True, text=True, check=False, cwd=folder, encoding="utf-8",
    )  # fmt: skip
    assert done.returncode in {0, 1}, done.stderr
    files = json.loads(done.stdout)
    assert {Path(file["filepath"]).stem for file in files} == set(texts)
    return {
        Path(file["filepath"]).stem: [
            f"{found['code']}: {found['description']}" for found in file["violations"]
        ]
        for file in files
        if file["violations"]
    }
