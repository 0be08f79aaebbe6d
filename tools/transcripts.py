"""docs/transcripts.md: every command as a new user types it, and what it prints: `python -m tools.transcripts`.

The commands run as processes on a copy of the project, on the sample data and the demo's N2F over HTTP, one after the
other on one database. What differs from run to run (ids, times, ports, paths) is replaced by text of the same width.
"""

from __future__ import annotations

import csv
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from demo.harness import DemoN2F
from demo.sample import AGRESSO_PATHS, sample_world
from tools.transcript_steps import FILL_AGRESSO, STEPS, Edit, Step

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "transcripts.md"

_PLACE = "/srv/n2f-sync"
_COPIED = ("dbt_project.yml", "dbt_project", ".env.example")
_DATABASE = "n2f.duckdb"
_CUT = "[… {} lines …]"

_VOLATILE = (
    (re.compile(r"\d{8}T\d{12}Z-[0-9a-f]{4}"), "20261122T203000000000Z-1a2b"),
    (re.compile(r"\d{8}T\d{12}(?=…)"), "20261122T203000000000"),  # an id that a table cut
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z"), "2026-11-22T20:30:00.000000Z"),
    (re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}"), "2026-11-22 20:30:00,000"),
    # Data hold days, which stay: midnight.
    (re.compile(r"\d{4}-\d\d-\d\d([ T])(?!00:00:00Z)\d\d:\d\d:\d\d"), r"2026-11-22\g<1>20:30:00"),
    (re.compile(r"\d{4}-\d\d-\d\d([ T])\d\d:\d\d(?!:)"), r"2026-11-22\g<1>20:30"),
    (re.compile(r"(at|it is) \d\d:\d\d( CES?T)?"), r"\g<1> 20:30\g<2>"),
    (re.compile(r"127\.0\.0\.1:\d{5}"), "127.0.0.1:40000"),
    (re.compile(r"\b\d+\.\d+ s\b"), "1.2 s"),
    (re.compile(r"HEAD \([0-9a-f]{7,}\)"), "HEAD (48ee9b2)"),
    (re.compile(r"\b\d+\.\d MB"), "17.8 MB"),
)

_INTRODUCTION = """\
# Transcripts

Made by `make transcripts`: each command as a new user types it, one after the other, on the sample data of
[demo/README.md](../demo/README.md) and the demo's N2F, without its quotas. What differs from run to run is replaced:
ids and times stand still, the project is in `/srv/n2f-sync`. Long output is cut, as it says. Without a terminal, as
here, progress is lines of the log; with one it is a bar. [runbook.md](runbook.md) says what to do with what you see.

The settings are three variables: `N2F_BASE_URL`, `N2F_CLIENT_ID` and `N2F_CLIENT_SECRET`."""


def write_page() -> None:
    """Run every step and write the page."""
    PAGE.write_text("\n".join(_lines()) + "\n", "utf-8")


def replaced(text: str, place: Path) -> str:
    """Return what was printed without what differs from run to run."""
    text = text.replace(str(place), _PLACE)
    for pattern, instead in _VOLATILE:
        text = pattern.sub(instead, text)
    return text


def shortened(lines: list[str], step: Step) -> list[str]:
    """Return the first and the last lines, and how many there are between them."""
    left_out = len(lines) - step.head - step.tail
    if left_out <= 1:
        return lines
    return [*lines[: step.head], _CUT.format(left_out), *(lines[-step.tail :] if step.tail else [])]


def _lines() -> Iterator[str]:
    yield _INTRODUCTION
    # A path of ordinary length, so that what the terminal folds is folded as elsewhere.
    with tempfile.TemporaryDirectory(prefix="n2f") as folder, DemoN2F(sample_world()) as n2f:
        place = Path(folder).resolve()
        environment = _environment(_copied(place), n2f)
        heading = None
        for step in STEPS:
            if step.part != heading:
                heading = step.part
                yield from ("", f"## {heading}")
            yield from ("", step.note, "")
            if step.command == FILL_AGRESSO:
                _fill_agresso(place / _DATABASE)
                continue
            yield from _transcript(step, place, environment)


def _transcript(step: Step, place: Path, environment: dict[str, str]) -> Iterator[str]:
    program, *words = step.command.split()
    arguments = [str(Path(sys.executable).with_name(program))]
    left = {name: value for name, value in environment.items() if name not in step.without}
    with _edited(place, step.edit):
        done = subprocess.run(  # noqa: S603 - the steps are our own
            [*arguments, *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            cwd=place,
            env=left,
        )
    if done.returncode != step.exit_code:
        raise SystemExit(f"{step.command} ended with {done.returncode}, not {step.exit_code}:\n{done.stdout}")
    lines = [line.rstrip() for line in replaced(done.stdout, place).splitlines()]
    yield from (
        "```text",
        f"$ {step.command}",
        *shortened(lines, step),
        "```",
        "",
        f"Exit code {done.returncode}.",
    )


@contextmanager
def _edited(place: Path, edit: Edit | None) -> Iterator[None]:
    """Make an edit, and take it back."""
    if edit is None:
        yield
        return
    path = place / edit.path
    text = path.read_text("utf-8")
    if text.count(edit.old) != 1:
        raise SystemExit(f"{edit.path} does not hold {edit.old!r} once")
    path.write_text(text.replace(edit.old, edit.new), "utf-8")
    try:
        yield
    finally:
        path.write_text(text, "utf-8")


def _copied(place: Path) -> Path:
    """Copy the project into a repository of its own, so that neither its database nor its `.env` is touched."""
    for name in _COPIED:
        source = ROOT / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, place / name)
    shutil.copy(ROOT / "profiles.yml.example", place / "profiles.yml")
    who = ("-c", "user.name=n2f-sync", "-c", "user.email=n2f-sync@fictis.example")
    for words in (
        ("init", "--quiet"),
        ("add", *_COPIED),
        (*who, "commit", "--quiet", "--message", "As it is"),
    ):
        subprocess.run(["git", *words], cwd=place, check=True)  # noqa: S603, S607 - git of this machine
    return place


def _environment(place: Path, n2f: DemoN2F) -> dict[str, str]:
    inherited = {name: text for name, text in os.environ.items() if not name.startswith(("N2F_", "DBT_"))}
    return inherited | {
        "N2F_BASE_URL": n2f.base_url,
        "N2F_CLIENT_ID": n2f.client_id,
        "N2F_CLIENT_SECRET": n2f.client_secret,
        "N2F_READS_PER_MINUTE": "0",
        "N2F_WRITES_PER_MINUTE": "0",
        "DBT_PROJECT_DIR": str(place),
        "PYTHONUNBUFFERED": "1",
        "COLUMNS": "110",
    }


def _fill_agresso(database: Path) -> None:
    """Fill the two tables that stand for Agresso's views, as somebody with the embedded database would."""
    with duckdb.connect(str(database)) as connection:
        for view, path in AGRESSO_PATHS.items():
            with path.open(encoding="utf-8", newline="") as file:
                for row in csv.DictReader(file):
                    marks = ", ".join("?" for _ in row)
                    sql = f'insert into agresso."{view}" ({", ".join(row)}) values ({marks})'  # noqa: S608 - our names
                    connection.execute(sql, [value or None for value in row.values()])


if __name__ == "__main__":
    write_page()
